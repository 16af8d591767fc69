package nn_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// applyLayer initialises a layer and applies it.
func applyLayer(layer nn.Module, x *tensor.Tensor) *tensor.Tensor {
	layer, err := nn.Init(1, layer)
	if err != nil {
		log.Fatal(err)
	}
	y := layer.Forward(grad.NewTape(grad.Evaluation, 0).Input(x))
	if err := y.Err(); err != nil {
		log.Fatal(err)
	}
	return y.Data()
}

// Activations without settings are values, the others have constructors; a zero
// field means PyTorch's default.
func ExampleLeakyReLU() {
	x := tensor.New([]float32{-4, -1, 0, 1, 4}, 5)
	fmt.Printf("%.2f\n", applyLayer(nn.SiLU, x).Data())
	fmt.Printf("%.2f\n", applyLayer(nn.Hardswish, x).Data())
	fmt.Printf("%.2f\n", applyLayer(&nn.LeakyReLU{}, x).Data())
	fmt.Printf("%.2f\n", applyLayer(nn.NewLeakyReLU(0.2), x).Data())
	fmt.Printf("%.2f\n", applyLayer(nn.NewELU(1), x).Data())
	fmt.Printf("%.2f\n", applyLayer(nn.NewPReLU(1), x).Data())
	// Output:
	// [-0.07 -0.27 0.00 0.73 3.93]
	// [-0.00 -0.33 0.00 0.67 4.00]
	// [-0.04 -0.01 0.00 1.00 4.00]
	// [-0.80 -0.20 0.00 1.00 4.00]
	// [-0.98 -0.63 0.00 1.00 4.00]
	// [-1.00 -0.25 0.00 1.00 4.00]
}

// Probabilities of the classes of each point of a picture.
func ExampleNewSoftmax() {
	x := tensor.New([]float32{0, 1, 2, 0, 1, 2}, 1, 2, 1, 3) // two classes, three points
	fmt.Printf("%.2f\n", applyLayer(nn.NewSoftmax(1), x).Data())
	// Output: [0.50 0.50 0.50 0.50 0.50 0.50]
}

// What each of the normalisations takes the mean over.
func ExampleLayerNorm() {
	x := tensor.New([]float32{1, 2, 3, 5, 7, 9, 0, 4}, 1, 4, 2) // one sample of four channels
	fmt.Printf("layer    %.1f\n", applyLayer(nn.NewLayerNorm(2), x).Data())
	fmt.Printf("rms      %.1f\n", applyLayer(nn.NewRMSNorm(2), x).Data())
	fmt.Printf("group    %.1f\n", applyLayer(nn.NewGroupNorm(2, 4), x).Data())
	fmt.Printf("instance %.1f\n", applyLayer(nn.NewInstanceNorm(4), x).Data())
	// Output:
	// layer    [-1.0 1.0 -1.0 1.0 -1.0 1.0 -1.0 1.0]
	// rms      [0.6 1.3 0.7 1.2 0.9 1.1 0.0 1.4]
	// group    [-1.2 -0.5 0.2 1.5 0.6 1.2 -1.5 -0.3]
	// instance [-1.0 1.0 -1.0 1.0 -1.0 1.0 -1.0 1.0]
}

// Words become vectors, and a sentence their mean. Row 0 is padding.
func ExampleEmbedding() {
	net, err := nn.Init(1, nn.Seq(
		&nn.Embedding{Vocabulary: 100, Dim: 8, PaddingIdx: new(int)},
		nn.Func("Mean", func(x *grad.Var) *grad.Var { return grad.Mean(x, 1) }),
		nn.NewLinear(8, 2),
	))
	if err != nil {
		log.Fatal(err)
	}
	p, err := nn.NewPredictor(net, tensor.Shape{4})
	if err != nil {
		log.Fatal(err)
	}
	defer p.Close()
	y, err := p.Predict(context.Background(), tensor.New([]float32{17, 4, 99, 0, 3, 0, 0, 0}, 2, 4))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(y.Shape())
	_, err = p.Predict(context.Background(), tensor.New([]float32{17, 4, 100, 0}, 1, 4))
	fmt.Println(err)
	// Output:
	// [2 2]
	// nn: Seq.0 (Embedding): id 100 at position [0 2], want a whole number from 0 to 99
}

// Weights of length g and direction v.
func ExampleWeightNorm() {
	net, err := nn.Init(1, nn.Seq(nn.NewWeightNorm(conv.New2D(3, 16, 3)), nn.Flatten, nn.NewWeightNorm(nn.NewLinear(16, 2))))
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range nn.Params(net) {
		fmt.Println(p.Name, p.Shape())
	}
	// Output:
	// 0.weight_v [16 3 3 3]
	// 0.weight_g [16 1 1 1]
	// 0.bias [16]
	// 2.weight_v [2 16]
	// 2.weight_g [2 1]
	// 2.bias [2]
}

// The block of a residual network that halves the picture.
func ExampleNewResidual() {
	block := nn.NewResidual(nn.Seq(
		conv.New2D(16, 32, 3, conv.Same, conv.Stride(2, 2), conv.NoBias), nn.NewBatchNorm(32), nn.ReLU,
		conv.New2D(32, 32, 3, conv.Same, conv.NoBias), nn.NewBatchNorm(32),
	), conv.New2D(16, 32, 1, conv.Stride(2, 2)))
	fmt.Println(applyLayer(nn.Seq(block, nn.ReLU), tensor.Zeros(1, 16, 8, 8)).Shape())
	fmt.Println(block.Body.(*nn.Sequential).Layers[0].(*conv.Conv2D).Weight.Name)
	// Output:
	// [1 32 4 4]
	// 0.body.0.weight
}

// Branches side by side, as in Inception, and an input that is passed on, as in
// DenseNet.
func ExampleConcat() {
	inception := nn.Concat(1, conv.New2D(8, 4, 1), conv.New2D(8, 6, 3, conv.Same), conv.New2D(8, 2, 5, conv.Same))
	dense := nn.Concat(1, nn.Identity, conv.New2D(12, 4, 3, conv.Same))
	fmt.Println(applyLayer(nn.Seq(inception, nn.ReLU, dense), tensor.Zeros(1, 8, 6, 6)).Shape())
	// Output: [1 16 6 6]
}

// Two ways to look at an input, added up.
func ExampleParallel() {
	fmt.Println(applyLayer(nn.Parallel(nn.Identity, nn.ReLU, nn.Tanh), tensor.New([]float32{-1, 0, 20}, 3)).Data()[2])
	// Output: 41
}

func ExampleReshape() {
	fmt.Println(applyLayer(nn.Reshape(3, 4, -1), tensor.Zeros(10, 96)).Shape())
	// Output: [10 3 4 8]
}

// A backbone that was trained elsewhere stays as it is, and a new head learns.
func ExampleFreeze() {
	backbone := nn.Seq(conv.New2D(1, 8, 3, conv.Same), nn.NewBatchNorm(8), nn.ReLU, conv.MaxPool2D(2), nn.Flatten)
	net, err := nn.Init(1, nn.Seq(backbone, nn.NewLinear(8*4*4, 2)))
	if err != nil {
		log.Fatal(err)
	}
	nn.Freeze(backbone)
	overview, err := nn.Summary(net, tensor.Shape{1, 8, 8})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(overview.Trainable, "values learn,", overview.Fixed, "stay")
	// Output: 258 values learn, 112 stay
}

// Whole channels are dropped while training.
func ExampleSpatialDropout() {
	tape := grad.NewTape(grad.Training, 3)
	y := nn.NewSpatialDropout(0.5).Forward(tape.Input(tensor.Ones(1, 4, 2)))
	fmt.Println(y.Data().Data())
	// Output: [2 2 0 0 2 2 0 0]
}
