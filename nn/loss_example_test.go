package nn_test

import (
	"context"
	"fmt"
	"log"
	"math"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// lossOf applies a loss outside of a network.
func lossOf(loss nn.Loss, output *tensor.Tensor, target tensor.Any) *tensor.Tensor {
	tape := grad.NewTape(grad.Evaluation, 0)
	l := loss(tape.Input(output), target)
	if err := tape.Err(); err != nil {
		log.Fatal(err)
	}
	return l.Data()
}

// Settings: a class that is rare counts more, labels are not quite sure, and what
// has no label has the label −100.
func ExampleNewCrossEntropy() {
	loss := nn.NewCrossEntropy(nn.ClassWeights(1, 1, 5), nn.LabelSmoothing(0.1), nn.IgnoreLabel(-100))
	logits := tensor.New([]float32{4, 0, 0, 0, 4, 0, 0, 4, 0}, 3, 3)
	fmt.Printf("%.3f\n", lossOf(loss, logits, tensor.New([]int{0, 2, -100}, 3)).Item())
	// Output: 3.302
}

// Probabilities as the target, as when two samples are mixed, and a loss for each
// sample.
func ExampleNewCrossEntropy_probabilities() {
	loss := nn.NewCrossEntropy(nn.PerSample)
	logits := tensor.New([]float32{2, 0, 0, 2}, 2, 2)
	target := tensor.New([]float32{0.75, 0.25, 0.75, 0.25}, 2, 2)
	fmt.Printf("%.3f\n", lossOf(loss, logits, target).Data())
	// Output: [0.627 1.627]
}

// A label for each place of a picture: outputs [N, C, H, W], labels [N, H, W].
func ExampleNewCrossEntropy_dense() {
	loss := nn.NewCrossEntropy(nn.IgnoreLabel(255))
	logits := tensor.Zeros(1, 2, 2, 2)
	logits.Set(3, 0, 1, 0, 0) // one place is sure of class 1
	labels := tensor.New([]int{1, 0, 255, 255}, 1, 2, 2)
	fmt.Printf("%.3f\n", lossOf(loss, logits, labels).Item())
	// Output: 0.371
}

// Every sample has a weight, found by its place in the data set.
func ExamplePerSample() {
	net, err := nn.Init(1, nn.Seq(nn.Flatten, nn.NewLinear(64, 2)))
	if err != nil {
		log.Fatal(err)
	}
	weights := make([]float32, 64) // of the samples
	for i := range weights {
		weights[i] = 1 / float32(1+i%4)
	}
	loss := nn.NewCrossEntropy(nn.PerSample)
	trainer := nn.Trainer{Optimizer: optim.NewSGD(nn.Params(net), 0.1)}
	trainer.Compute = func(t *grad.Tape, b *data.Batch) *grad.Var {
		w := tensor.Zeros(len(b.Index))
		for i, sample := range b.Index {
			w.Data()[i] = weights[sample]
		}
		return grad.Mean(grad.Mul(loss(net.Forward(t.Input(b.X)), b.Y), t.Const(w)))
	}
	h, err := trainer.Fit(context.Background(), data.NewLoader(stripes(), data.BatchSize(8), data.Shuffle(1)), nn.Epochs(10))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the loss falls to a fifth:", h.Last().Loss < h.Epochs[0].Loss/5)
	// Output: the loss falls to a fifth: true
}

// An option that does not apply is an error where the loss is used.
func ExampleLossOption() {
	tape := grad.NewTape(grad.Training, 0)
	l := nn.NewHuber(1, nn.LabelSmoothing(0.1))(tape.Input(tensor.Zeros(2)), tensor.Zeros(2))
	fmt.Println(l.Err())
	// Output: grad: Huber: option LabelSmoothing does not apply
}

// Two properties, of which the second is rare.
func ExampleNewBCEWithLogits() {
	logits := tensor.New([]float32{2, -2, -2, -2}, 2, 2)
	target := tensor.New([]float32{1, 0, 0, 1}, 2, 2)
	fmt.Printf("%.3f\n", lossOf(nn.BCEWithLogits, logits, target).Item())
	fmt.Printf("%.3f\n", lossOf(nn.NewBCEWithLogits(nn.PositiveWeights(1, 10)), logits, target).Item())
	// Output:
	// 0.627
	// 5.413
}

// A negative that is found easily counts for next to nothing.
func ExampleNewFocal() {
	loss := nn.NewFocal(2, nn.PerSample)
	fmt.Printf("%.4f\n", lossOf(loss, tensor.New([]float32{-4, 0, 4}, 3), tensor.Zeros(3)).Data())
	// Output: [0.0000 0.1300 2.9062]
}

// The losses of numbers differ in what one target far off means to them.
func ExampleNewHuber() {
	x, t := tensor.Zeros(4), tensor.New([]float32{0.5, -0.5, 0.5, 10}, 4)
	for _, loss := range []nn.Loss{nn.MSE, nn.L1, nn.SmoothL1, nn.NewHuber(2)} {
		fmt.Printf("%.3f ", lossOf(loss, x, t).Item())
	}
	// Output: 25.188 2.875 2.469 4.594
}

// Scores of three classes: the first sample leads by more than the margin.
func ExampleNewHinge() {
	scores := tensor.New([]float32{3, 1, 0, 1, 0.5, 1}, 2, 3)
	fmt.Printf("%.2f\n", lossOf(nn.NewHinge(nn.PerSample), scores, tensor.New([]int{0, 2}, 2)).Data())
	// Output: [0.00 0.50]
}

func ExampleNewKLDiv() {
	x := tensor.Log(tensor.New([]float32{0.5, 0.5, 0.9, 0.1}, 2, 2))
	fmt.Printf("%.3f\n", lossOf(nn.KLDiv, x, tensor.New([]float32{0.5, 0.5, 0.5, 0.5}, 2, 2)).Item())
	// Output: 0.255
}

// A number and how far it may be off.
func ExampleGaussianNLL() {
	tape := grad.NewTape(grad.Evaluation, 0)
	mean, target := tape.Input(tensor.Zeros(2)), tensor.New([]float32{0.1, 2}, 2)
	for _, v := range []float32{0.5, 2, 8} {
		variance := tape.Input(tensor.Full(v, 2))
		fmt.Printf("%.3f ", nn.GaussianNLL(mean, variance, target).Data().Item())
	}
	// Output: 1.658 0.848 1.165
}

// Vectors that are alike and others that are not.
func ExampleTripletMargin() {
	tape := grad.NewTape(grad.Evaluation, 0)
	anchor := tape.Input(tensor.New([]float32{1, 0}, 1, 2))
	near := tape.Input(tensor.New([]float32{0.8, 0.1}, 1, 2))
	far := tape.Input(tensor.New([]float32{0, 1}, 1, 2))
	fmt.Printf("%.3f\n", nn.TripletMargin(anchor, near, far, 1).Data().Item())
	fmt.Printf("%.3f\n", nn.TripletMargin(anchor, far, near, 1).Data().Item())
	fmt.Printf("%.3f\n", nn.CosineSimilarity(anchor, near).Data().Data())
	fmt.Printf("%.3f\n", nn.CosineEmbedding(anchor, near, tensor.Ones(1), 0).Data().Item())
	// Output:
	// 0.000
	// 2.191
	// [0.992]
	// 0.008
}

// Three steps of which nothing is known, and two labels, which may begin at any: each
// of 27 paths is equally probable, and five of them read as 1, 2.
func ExampleNewCTC() {
	x, labels := tensor.Zeros(1, 3, 3), tensor.New([]int{1, 2}, 1, 2)
	fmt.Printf("%.3f\n", math.Exp(-float64(lossOf(nn.NewCTC(nn.Sum), x, labels).Item()))*27)
	fmt.Printf("%.3f\n", lossOf(nn.CTC, x, labels).Item()) // −log(5/27), for each label
	// Output:
	// 5.000
	// 0.843
}

// The sequences have lengths, and the last class is the blank, which fills targets up.
func ExampleBlank() {
	loss := nn.NewCTC(nn.Blank(2), nn.PerSample)
	tape := grad.NewTape(grad.Evaluation, 0)
	x := tape.Input(tensor.Zeros(2, 4, 3))
	l := loss(rnn.Ragged(x, []int{4, 1}), tensor.New([]int{0, 1, 1, 2}, 2, 2))
	fmt.Printf("%.3f\n", l.Data().Data())
	// Output: [1.686 1.099]
}

// A label that comes twice needs a blank between: three steps.
func ExampleZeroInfinity() {
	x, labels := tensor.Zeros(1, 2, 3), tensor.New([]int{1, 1}, 1, 2)
	fmt.Println(lossOf(nn.CTC, x, labels).Item(), lossOf(nn.NewCTC(nn.ZeroInfinity), x, labels).Item())
	// Output: +Inf 0
}
