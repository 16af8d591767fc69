package nn_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// stripes returns 64 noisy 8×8 pictures of upright (0) and level (1) stripes.
func stripes() data.Dataset {
	x, labels := tensor.Normal(1, 0, 0.3, 64, 1, 8, 8), make([]int, 64)
	for i := range 64 * 8 * 8 {
		sample, row, column := i/64, i/8%8, i%8
		labels[sample] = sample % 2
		if sample%2 == 0 && column%4 < 2 || sample%2 == 1 && row%4 < 2 {
			x.Data()[i]++
		}
	}
	return data.Tensors(x, tensor.New(labels, 64))
}

// Train a network to tell two kinds of pictures apart, and keep its weights.
func ExampleTrainer() {
	net, err := nn.Init(1, nn.Seq(
		conv.New2D(1, 8, 3, conv.Same), nn.ReLU,
		conv.MaxPool2D(2), nn.Flatten,
		nn.NewLinear(8*4*4, 2),
	))
	if err != nil {
		log.Fatal(err)
	}
	ctx, train := context.Background(), stripes()
	trainer := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewSGD(nn.Params(net), 0.1)}
	history, err := trainer.Fit(ctx, data.NewLoader(train, data.BatchSize(8), data.Shuffle(1)), nn.Epochs(5))
	if err != nil {
		log.Fatal(err)
	}
	report, err := trainer.Evaluate(ctx, data.NewLoader(train), metric.Accuracy())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("loss below 0.1: %t, accuracy %.2f\n", history.Last().Loss < 0.1, report.Values["accuracy"])

	dir, err := os.MkdirTemp("", "gannet")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	fmt.Println(nn.SaveWeights(filepath.Join(dir, "stripes.safetensors"), net))
	// Output:
	// loss below 0.1: true, accuracy 1.00
	// <nil>
}

// Layers one after the other, and a description of what they do.
func ExampleSeq() {
	net, err := nn.Init(1, nn.Seq(
		conv.New2D(1, 8, 3, conv.Same), nn.NewBatchNorm(8), nn.ReLU,
		conv.MaxPool2D(2), nn.Flatten,
		nn.NewDropout(0.5), nn.NewLinear(8*4*4, 2),
	))
	if err != nil {
		log.Fatal(err)
	}
	overview, err := nn.Summary(net, tensor.Shape{1, 8, 8})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(overview)
	// Output:
	// Layer  Operation  Output     Parameters
	//        Input      [1 1 8 8]
	// 0      Conv2D     [1 8 8 8]  80
	// 1      BatchNorm  [1 8 8 8]  32
	// 2      ReLU       [1 8 8 8]
	// 3      MaxPool2D  [1 8 4 4]
	// 4      Flatten    [1 128]
	// 6      Linear     [1 2]      258
	// 354 trainable and 16 fixed parameters, 6.5 KiB of activations a sample
}

func ExampleSummary() {
	overview, err := nn.Summary(nn.Seq(nn.Flatten, nn.ReLU), tensor.Shape{3, 4})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(overview.Operations[0].Name, overview.Operations[0].Output)
	// Output: Flatten [1 12]
}

// A function without parameters becomes a layer.
func ExampleFunc() {
	swish := nn.Func("Swish", func(x *grad.Var) *grad.Var { return grad.Mul(x, grad.Sigmoid(x)) })
	tape := grad.NewTape(grad.Evaluation, 0)
	y := swish.Forward(tape.Input(tensor.New([]float32{-1, 0, 1}, 3)))
	fmt.Printf("%.2f\n", y.Data().Data())
	// Output: [-0.27 0.00 0.73]
}

// Initial values depend on the seed and the path of a parameter alone. Init also
// reports settings that cannot be.
func ExampleInit() {
	_, err := nn.Init(1, nn.Seq(nn.NewLinear(784, 100), nn.ReLU, nn.NewLinear(100, 0)))
	fmt.Println(err)
	// Output: nn: Init: 2: nn: Linear: 100 inputs and 0 outputs, want at least 1
}

// Residual is a block of layers with a way around them. A struct with a Forward
// method is a module, and its exported fields are its parts.
type Residual struct {
	Conv1, Conv2 *conv.Conv2D
	Norm1, Norm2 *nn.BatchNorm
}

// NewResidual returns a block that keeps the number of channels.
func NewResidual(channels int) *Residual {
	return &Residual{
		Conv1: conv.New2D(channels, channels, 3, conv.Same, conv.NoBias), Norm1: nn.NewBatchNorm(channels),
		Conv2: conv.New2D(channels, channels, 3, conv.Same, conv.NoBias), Norm2: nn.NewBatchNorm(channels),
	}
}

// Forward applies the block to x [N, channels, H, W].
func (r *Residual) Forward(x *grad.Var) *grad.Var {
	h := grad.ReLU(r.Norm1.Forward(r.Conv1.Forward(x)))
	return grad.ReLU(grad.Add(r.Norm2.Forward(r.Conv2.Forward(h)), x))
}

// The parameters of a block of one's own are found, and named by their paths.
func ExampleParams() {
	net, err := nn.Init(1, nn.Seq(conv.New2D(3, 16, 3, conv.Same), NewResidual(16)))
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range nn.Params(net) {
		if p.Trainable() {
			fmt.Println(p.Name, p.Shape())
		}
	}
	// Output:
	// 0.weight [16 3 3 3]
	// 0.bias [16]
	// 1.conv1.weight [16 16 3 3]
	// 1.conv2.weight [16 16 3 3]
	// 1.norm1.weight [16]
	// 1.norm1.bias [16]
	// 1.norm2.weight [16]
	// 1.norm2.bias [16]
}

// A mistake is returned with its place in the network.
func ExampleModule() {
	net, err := nn.Init(1, nn.Seq(nn.Flatten, nn.ReLU, nn.ReLU, nn.NewLinear(10, 2)))
	if err != nil {
		log.Fatal(err)
	}
	tape := grad.NewTape(grad.Training, 1)
	loss := nn.CrossEntropy(net.Forward(tape.Input(tensor.Zeros(1, 3, 4))), tensor.New([]int{0}, 1))
	fmt.Println(loss.Backward())
	// Output: nn: Seq.3 (Linear): input has 12 features, want 10
}

// A training loop without a Trainer.
func ExampleCrossEntropy() {
	net, err := nn.Init(1, nn.Seq(nn.Flatten, nn.NewLinear(64, 2)))
	if err != nil {
		log.Fatal(err)
	}
	opt := optim.NewSGD(nn.Params(net), 0.1)
	loader := data.NewLoader(stripes(), data.BatchSize(16), data.Shuffle(1))
	tape := grad.NewTape(grad.Training, 1) // made once, reused every step
	var first, last float32
	for epoch := range 10 {
		for batch, err := range loader.All(context.Background()) {
			if err != nil {
				log.Fatal(err)
			}
			loss := nn.CrossEntropy(net.Forward(tape.Input(batch.X)), batch.Y)
			if err := loss.Backward(); err != nil {
				log.Fatal(err) // also any shape mistake made on the way
			}
			last = loss.Data().Item()
			if epoch == 0 && batch.Number == 0 {
				first = last
			}
			if err := opt.Step(tape); err != nil {
				log.Fatal(err)
			}
			tape.Reset()
		}
	}
	fmt.Println("the loss falls to a tenth:", last < first/10)
	// Output: the loss falls to a tenth: true
}

// An autoencoder is compared with its own input, so there is a loss of another
// kind to compute.
func ExampleTrainer_compute() {
	net, err := nn.Init(1, nn.Seq(nn.Flatten, nn.NewLinear(64, 8), nn.Tanh, nn.NewLinear(8, 64)))
	if err != nil {
		log.Fatal(err)
	}
	trainer := nn.Trainer{Optimizer: optim.NewAdam(nn.Params(net), 0.01)}
	trainer.Compute = func(t *grad.Tape, b *data.Batch) *grad.Var {
		x := t.Input(b.X)
		return grad.Mean(grad.Square(grad.Sub(net.Forward(x), grad.Flatten(x, 1))))
	}
	h, err := trainer.Fit(context.Background(), data.NewLoader(stripes(), data.BatchSize(8)), nn.Epochs(10))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the loss falls to a half:", h.Last().Loss < h.Epochs[0].Loss/2)
	// Output: the loss falls to a half: true
}

// A callback is told what happens and may end training.
func ExampleCallback() {
	net, err := nn.Init(1, nn.Seq(nn.Flatten, nn.NewLinear(64, 2)))
	if err != nil {
		log.Fatal(err)
	}
	trainer := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewSGD(nn.Params(net), 0.1)}
	enough := nn.Callback(func(e *nn.Event) error {
		if e.Kind == nn.EpochEnd && e.History.Last().Validation["accuracy"] == 1 {
			return nn.ErrStop
		}
		return nil
	})
	loader := data.NewLoader(stripes(), data.BatchSize(8))
	h, err := trainer.Fit(context.Background(), loader, nn.Epochs(1000), enough,
		nn.Validate(data.NewLoader(stripes()), metric.Accuracy()))
	fmt.Println(len(h.Epochs) < 1000, h.Last().Validation["accuracy"], err)
	// Output: true 1 <nil>
}

// A run that is stopped continues from its checkpoint as if nothing had
// happened.
func ExampleCheckpoint() {
	dir, err := os.MkdirTemp("", "gannet")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "checkpoint")

	run := func(epochs int) *nn.History {
		net, err := nn.Init(1, nn.Seq(nn.Flatten, nn.NewDropout(0.2), nn.NewLinear(64, 2)))
		if err != nil {
			log.Fatal(err)
		}
		trainer := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewAdam(nn.Params(net), 0.01)}
		loader := data.NewLoader(stripes(), data.BatchSize(8), data.Shuffle(1))
		h, err := trainer.Fit(context.Background(), loader,
			nn.Epochs(epochs), nn.Checkpoint(path, 100), nn.Resume(path))
		if err != nil {
			log.Fatal(err)
		}
		return h
	}
	run(2)
	stopped := run(4) // two more epochs
	os.Remove(path)
	whole := run(4)
	fmt.Println("the same loss:", stopped.Last().Loss == whole.Last().Loss)
	// Output: the same loss: true
}

func ExamplePredictor() {
	net, err := nn.Init(1, nn.Seq(nn.Flatten, nn.NewLinear(64, 2), nn.Softmax))
	if err != nil {
		log.Fatal(err)
	}
	p, err := nn.NewPredictor(net, tensor.Shape{1, 8, 8})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	// Any number of goroutines may call it, with batches of any size.
	y, err := p.Predict(context.Background(), tensor.Zeros(5, 1, 8, 8))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(y.Shape())
	// Output: [5 2]
}

func init() { nn.Register("example.Residual", &Residual{}) } // so that files can contain it

// A file that says what the network looks like.
func ExampleSave() {
	dir, err := os.MkdirTemp("", "gannet")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "net.safetensors")

	net, err := nn.Init(1, nn.Seq(conv.New2D(3, 4, 3, conv.Same), NewResidual(4), nn.Flatten, nn.NewLinear(4*8*8, 2)))
	if err != nil {
		log.Fatal(err)
	}
	preprocess := data.Pipeline{data.Resize(8, 8), data.Normalize([]float32{0.5}, []float32{0.25})} // as in training
	info := nn.Info{Input: tensor.Shape{3, 8, 8}, Classes: []string{"cat", "dog"}, Preprocess: preprocess}
	if err := nn.Save(path, net, info); err != nil {
		log.Fatal(err)
	}
	again, read, err := nn.Load(path)
	if err != nil {
		log.Fatal(err)
	}
	p, err := nn.NewPredictor(again, read.Input)
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	x, err := read.Preprocess.Run(tensor.Zeros(3, 30, 40)) // a picture of any size
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(x.Shape(), p.InputShape(), p.OutputShape(), read.Classes)
	// Output: [3 8 8] [3 8 8] [2] [cat dog]
}

// A module of one's own in files is [Register]ed under a name while the program
// starts: nn.Register("example.Residual", &Residual{}).
func ExampleRegister() {
	err := nn.Save("net.safetensors", nn.Func("Cube", func(x *grad.Var) *grad.Var { return grad.Pow(x, 3) }), nn.Info{})
	fmt.Println(err)
	// Output: nn: Save: function "Cube" is not known; nn.Register it
}

// Weights without a description, for a network that the program builds itself.
func ExampleLoadWeights() {
	dir, err := os.MkdirTemp("", "gannet")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "weights.safetensors")

	trained, err := nn.Init(1, nn.NewLinear(3, 2))
	if err != nil {
		log.Fatal(err)
	}
	if err := nn.SaveWeights(path, trained); err != nil {
		log.Fatal(err)
	}
	net := nn.NewLinear(3, 2)
	fmt.Println(nn.LoadWeights(path, net), net.Weight.Value.Equal(trained.Weight.Value))
	fmt.Println(nn.LoadWeights(path, nn.Seq(nn.NewLinear(3, 2))) != nil, "for other names")
	// Output:
	// <nil> true
	// true for other names
}
