// Package pictest tests what the generated pictures of the examples promise.
package pictest

import (
	"context"
	"math"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"gonum.org/v1/gonum/stat"
)

// Make makes n pictures, bytes [n, C, H, W], their labels and the names of the
// labels.
type Make func(n int, seed uint64) (*tensor.Bytes, *tensor.Ints, []string)

// Promises tests that pictures depend on the seed and their number alone, that
// classes come in turn, and that the brightness of a picture says nothing.
func Promises(t *testing.T, generate Make) {
	const n = 20
	x, y, classes := generate(n, 1)
	more, _, _ := generate(n+5, 1)
	other, _, _ := generate(n, 2)
	for i := range n {
		if !x.Index(0, i).Equal(more.Index(0, i)) {
			t.Errorf("picture %d is another one if there are %d of them", i, n+5)
		}
		if x.Index(0, i).Equal(other.Index(0, i)) {
			t.Errorf("picture %d is the same with seeds 1 and 2", i)
		}
		if got, want := y.At(i), i%len(classes); got != want {
			t.Errorf("picture %d has label %d, want %d", i, got, want)
		}
	}
	const perClass = 150
	x, _, _ = generate(perClass*len(classes), 3)
	for c := range x.Dim(1) {
		even(t, x.Slice(1, c, c+1), classes)
	}
}

// even tests that the brightness of pictures, averages over pixels, has nearly the
// same mean for every class: it differs from that of all by less than a third of
// the standard deviation, of which chance alone makes up to a quarter.
func even(t *testing.T, x *tensor.Bytes, classes []string) {
	bright := make([]float64, x.Dim(0))
	for i := range bright {
		picture := x.Index(0, i).Clone().Data()
		for _, v := range picture {
			bright[i] += float64(v) / float64(len(picture))
		}
	}
	mean, std := stat.MeanStdDev(bright, nil)
	for class, name := range classes {
		var own []float64
		for i := class; i < len(bright); i += len(classes) {
			own = append(own, bright[i])
		}
		if d := (stat.Mean(own, nil) - mean) / std; math.Abs(d) > 1.0/3 {
			t.Errorf("pictures of %s are brighter than others by %.2f standard deviations, want less than a third", name, d)
		}
	}
}

// NeedsMoreThanALinearModel tests that, on test pictures, a linear model is right on
// less than the share linear and a small convolutional network on more than the share
// convolutional. It is skipped if tests are to be short.
func NeedsMoreThanALinearModel(t *testing.T, generate Make, linear, convolutional float64) {
	if testing.Short() {
		t.Skip("trains for some seconds")
	}
	x, y, classes := generate(3000, 1)
	half := data.Normalize([]float32{0.5}, []float32{0.5})
	train, test := data.Map(data.Images(x, y, classes), half), data.Map(data.Images(generate(1000, 2)), half)
	c, inputs := x.Dim(1), x.Dim(1)*x.Dim(2)*x.Dim(3)
	best := func(net nn.Module, rate float64, epochs int) float64 {
		net, err := nn.Init(1, net)
		if err != nil {
			t.Fatal(err)
		}
		trainer := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewAdam(nn.Params(net), rate)}
		h, err := trainer.Fit(context.Background(), data.NewLoader(train, data.BatchSize(32), data.Shuffle(1)),
			nn.Epochs(epochs), nn.Validate(data.NewLoader(test, data.BatchSize(250)), metric.Accuracy()))
		if err != nil {
			t.Fatal(err)
		}
		top := 0.0
		for _, e := range h.Epochs {
			top = max(top, e.Validation["accuracy"])
		}
		return top
	}
	if a := best(nn.Seq(nn.Flatten, nn.NewLinear(inputs, len(classes))), 0.0003, 10); a >= linear {
		t.Errorf("a linear model is right on %.1f %% of the test pictures, want less than %.0f %%", 100*a, 100*linear)
	} else {
		t.Logf("linear model: %.1f %%", 100*a)
	}
	net := nn.Seq(
		conv.New2D(c, 16, 3, conv.Same), nn.ReLU, conv.MaxPool2D(2),
		conv.New2D(16, 32, 3, conv.Same), nn.ReLU, conv.MaxPool2D(2),
		conv.New2D(32, 64, 3, conv.Same), nn.ReLU, conv.GlobalMaxPool,
		nn.NewLinear(64, len(classes)),
	)
	if a := best(net, 0.002, 5); a <= convolutional {
		t.Errorf("a small convolutional network is right on %.1f %% of the test pictures, want more than %.0f %%", 100*a, 100*convolutional)
	} else {
		t.Logf("convolutional network: %.1f %%", 100*a)
	}
}
