package nn_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// predicted are the networks that prediction is tested with, for pictures of one
// channel and 8×8 pixels.
var predicted = []struct {
	name string
	make func() nn.Module
}{
	{"CNN", newCNN},
	{"RNN", newRNN},
	{"ConvRNN", newConvRNN},
	{"Residual", func() nn.Module { return nn.Seq(newResidual(1), nn.Flatten, nn.NewLinear(64, 3), nn.Softmax) }},
}

func newPredictor(t testing.TB, net nn.Module) *nn.Predictor {
	t.Helper()
	p, err := nn.NewPredictor(net, tensor.Shape{1, 8, 8})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// forward computes outputs on a tape that does not train.
func forward(t testing.TB, net nn.Module, x *tensor.Tensor) *tensor.Tensor {
	t.Helper()
	tape := grad.NewTape(grad.Evaluation, 1)
	y := net.Forward(tape.Input(x))
	if err := tape.Err(); err != nil {
		t.Fatal(err)
	}
	return y.Data().Clone()
}

// prediction computes outputs by a predictor of its own, and compares them with those
// of Forward, from which they may differ in the last digits: a predictor folds batch
// normalisation into weights.
func prediction(t testing.TB, net nn.Module, x *tensor.Tensor) *tensor.Tensor {
	t.Helper()
	y, err := newPredictor(t, net).Predict(t.Context(), x)
	if err != nil {
		t.Fatal(err)
	}
	similar(t, y, forward(t, net, x))
	return y
}

// similar compares to a hundred thousandth of the largest value.
func similar(t testing.TB, got, want *tensor.Tensor) {
	t.Helper()
	if !got.Shape().Equal(want.Shape()) {
		t.Fatalf("shape is %v, want %v", got.Shape(), want.Shape())
	}
	largest, most := 0.0, 0.0
	w := want.Clone().Data()
	for i, v := range got.Clone().Data() {
		largest = max(largest, math.Abs(float64(w[i])))
		most = max(most, math.Abs(float64(v)-float64(w[i])))
	}
	if !(most <= 1e-5*largest) {
		t.Errorf("values differ by up to %v of %v", most, largest)
	}
}

// TestPredict compares predictions of batches of all kinds of sizes with
// predictions one by one, bit for bit, and those with Forward.
func TestPredict(t *testing.T) {
	sizes := []int{0, 1, 2, 3, 63, 64, 65, 130}
	x := nntest.Values(7, 130, 1, 8, 8)
	for _, level := range cpu.Available {
		for _, c := range predicted {
			t.Run(fmt.Sprintf("%s/level=%v", c.name, level), func(t *testing.T) {
				defer cpu.Set(cpu.Set(level))
				net := initialised(t, c.make())
				p := newPredictor(t, net)
				want := tensor.Zeros(append(tensor.Shape{130}, p.OutputShape()...)...)
				if !want.Shape()[1:].Equal(p.OutputShape()) || !p.InputShape().Equal(tensor.Shape{1, 8, 8}) {
					t.Errorf("shapes are %v and %v, want [1 8 8] and %v", p.InputShape(), p.OutputShape(), want.Shape()[1:])
				}
				for i := range 130 {
					one, err := p.Predict(t.Context(), x.Slice(0, i, i+1))
					if err != nil {
						t.Fatal(err)
					}
					want.Slice(0, i, i+1).Copy(one)
				}
				similar(t, want, forward(t, net, x))
				for _, n := range sizes {
					y, err := p.Predict(t.Context(), x.Slice(0, 0, n))
					if err != nil {
						t.Fatal(err)
					}
					if !y.Equal(want.Slice(0, 0, n)) {
						t.Errorf("a batch of %d differs from its samples alone", n)
					}
				}
			})
		}
	}
}

// TestPredictStrided is about views.
func TestPredictStrided(t *testing.T) {
	net := initialised(t, newCNN())
	p := newPredictor(t, net)
	x := nntest.Values(7, 6, 1, 8, 8)
	turned := x.Transpose(2, 3)
	y := tensor.Zeros(2, 6).Transpose(0, 1)
	if err := p.PredictInto(t.Context(), y, turned); err != nil {
		t.Fatal(err)
	}
	if want := prediction(t, net, turned.Clone()); !y.Equal(want) {
		t.Errorf("prediction of a view is %v, want %v", y, want)
	}
}

// TestPredictConcurrently predicts from many goroutines while training goes on:
// the weights are those of when the predictor was made.
func TestPredictConcurrently(t *testing.T) {
	tr := newTrainer(t, newCNN(), makers[1].make)
	p := newPredictor(t, tr.Model)
	x := nntest.Values(7, 70, 1, 8, 8)
	want := prediction(t, tr.Model, x)
	var wait sync.WaitGroup
	for g := range 50 {
		wait.Go(func() {
			for i := range 4 {
				n := 1 + (g*7+i*13)%70
				y, err := p.Predict(t.Context(), x.Slice(0, 0, n))
				if err != nil {
					t.Error(err)
				} else if !y.Equal(want.Slice(0, 0, n)) {
					t.Errorf("goroutine %d: a batch of %d differs", g, n)
				}
			}
		})
	}
	for range 5 {
		other := newPredictor(t, initialised(t, newRNN()))
		if _, err := other.Predict(t.Context(), x.Slice(0, 0, 3)); err != nil {
			t.Error(err)
		}
	}
	wait.Wait()
	if _, err := tr.Fit(t.Context(), newLoader()); err != nil {
		t.Fatal(err)
	}
	y, err := p.Predict(t.Context(), x)
	if err != nil || !y.Equal(want) {
		t.Errorf("training changes the results of a predictor that was there before (error %v)", err)
	}
	if forward(t, tr.Model, x).Equal(want) {
		t.Error("training does not change the network")
	}
}

// TestPredictorsConcurrently makes predictors of one network from several
// goroutines while it is used.
func TestPredictorsConcurrently(t *testing.T) {
	net := initialised(t, newCNN())
	x := nntest.Values(7, 3, 1, 8, 8)
	want := prediction(t, net, x)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			p, err := nn.NewPredictor(net, tensor.Shape{1, 8, 8})
			if err != nil {
				t.Error(err)
				return
			}
			defer p.Close()
			if y, err := p.Predict(t.Context(), x); err != nil || !y.Equal(want) {
				t.Errorf("prediction is %v, %v; want %v", y, err, want)
			}
		})
	}
	wait.Wait()
}

func TestPredictErrors(t *testing.T) {
	p := newPredictor(t, initialised(t, newCNN()))
	cases := []struct {
		dst, x *tensor.Tensor
		want   string
	}{
		{tensor.Zeros(1, 2), tensor.Zeros(1, 8, 8), "nn: Predict: input has shape [1 8 8], want a batch of [1 8 8]"},
		{tensor.Zeros(1, 2), tensor.Zeros(1, 3, 8, 8), "nn: Predict: input has shape [1 3 8 8], want a batch of [1 8 8]"},
		{tensor.Zeros(1, 2), tensor.Scalar(float32(0)), "nn: Predict: input has shape [], want a batch of [1 8 8]"},
		{tensor.Zeros(1, 3), tensor.Zeros(1, 1, 8, 8), "nn: Predict: output has shape [1 3], want a batch of [2]"},
		{tensor.Zeros(2), tensor.Zeros(1, 1, 8, 8), "nn: Predict: output has shape [2], want a batch of [2]"},
		{tensor.Zeros(3, 2), tensor.Zeros(2, 1, 8, 8), "nn: Predict: output is for 3 samples, input has 2"},
	}
	for _, c := range cases {
		if err := p.PredictInto(t.Context(), c.dst, c.x); err == nil || err.Error() != c.want {
			t.Errorf("PredictInto: %v, want %s", err, c.want)
		}
	}
	if _, err := p.Predict(t.Context(), tensor.Zeros(2, 8, 8)); err == nil {
		t.Error("Predict of a wrong shape gives no error")
	}
	if _, err := p.Predict(t.Context(), tensor.Scalar(float32(0))); err == nil {
		t.Error("Predict of a scalar gives no error")
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Predict(ctx, tensor.Zeros(3, 1, 8, 8)); !errors.Is(err, context.Canceled) {
		t.Errorf("Predict with a context that has ended: %v, want context.Canceled", err)
	}
	if y, err := p.Predict(t.Context(), tensor.Zeros(3, 1, 8, 8)); err != nil || !y.Equal(prediction(t, initialised(t, newCNN()), tensor.Zeros(3, 1, 8, 8))) {
		t.Errorf("the next prediction is %v, %v", y, err)
	}
}

func TestNewPredictorErrors(t *testing.T) {
	squash := nn.Func("Squash", func(x *grad.Var) *grad.Var { return grad.Reshape(x, 1, -1) })
	cases := []struct {
		name string
		net  nn.Module
		want string
	}{
		{"uninitialised", nn.NewLinear(8, 2), `nn: NewPredictor: parameter "weight" has no value; call nn.Init or load weights`},
		{"shape", initialised(t, nn.NewLinear(7, 2)), "grad: Linear: input has 8 features, want 7"},
		{"unreachable", &unexportedParam{weight: one()}, "nn: NewPredictor: the network: field weight of"},
		{"scalar", nn.Func("Sum", func(x *grad.Var) *grad.Var { return grad.Sum(x) }), "nn: Predict: output has shape [] for a batch of 1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if _, err := nn.NewPredictor(c.net, tensor.Shape{8}); err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("NewPredictor: %v, want %s", err, c.want)
			}
		})
	}
	for _, s := range []tensor.Shape{{-1}, {math.MaxInt}, {math.MaxInt, math.MaxInt}} {
		if _, err := nn.NewPredictor(nn.Flatten, s); err == nil || !strings.HasPrefix(err.Error(), "nn: NewPredictor: ") {
			t.Errorf("NewPredictor for samples of %v: %v, want an error", s, err)
		}
	}
	p, err := nn.NewPredictor(squash, tensor.Shape{8})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Predict(t.Context(), tensor.Zeros(2, 8)); err == nil || !strings.Contains(err.Error(), "output has shape [1 16] for a batch of 2") {
		t.Errorf("Predict of a network that mixes samples: %v, want an error", err)
	}
}

func TestPredictorClose(t *testing.T) {
	p, err := nn.NewPredictor(initialised(t, newCNN()), tensor.Shape{1, 8, 8})
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() { // either finishes or is told
			if _, err := p.Predict(t.Context(), tensor.Zeros(5, 1, 8, 8)); err != nil && err.Error() != "nn: Predict: the predictor is closed" {
				t.Errorf("Predict: %v", err)
			}
		})
	}
	p.Close()
	p.Close()
	wait.Wait()
	if _, err := p.Predict(t.Context(), tensor.Zeros(5, 1, 8, 8)); err == nil || err.Error() != "nn: Predict: the predictor is closed" {
		t.Errorf("Predict after Close: %v, want an error", err)
	}
}

func TestPredictAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, c := range predicted {
		t.Run(c.name, func(t *testing.T) {
			p := newPredictor(t, initialised(t, c.make()))
			x := nntest.Values(7, 67, 1, 8, 8)
			y := tensor.Zeros(append(tensor.Shape{67}, p.OutputShape()...)...)
			ctx := t.Context()
			predict := func() {
				if err := p.PredictInto(ctx, y, x); err != nil {
					t.Fatal(err)
				}
			}
			predict()
			if n := testing.AllocsPerRun(10, predict); n != 0 {
				t.Errorf("a prediction makes %v allocations, want 0", n)
			}
		})
	}
}

// TestPredictorLoader checks that predictions of a loader's batches, which it
// uses again, are right.
func TestPredictorLoader(t *testing.T) {
	net := initialised(t, newCNN())
	p := newPredictor(t, net)
	for b, err := range data.NewLoader(pictures(20), data.BatchSize(7)).All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		y, err := p.Predict(t.Context(), b.X)
		if err != nil || !y.Equal(prediction(t, net, b.X)) {
			t.Errorf("prediction of batch %d is %v, %v", b.Number, y, err)
		}
	}
}

// TestPredictorRefusesHugeResults keeps a network, which may come from a file,
// from asking for any amount of memory.
func TestPredictorRefusesHugeResults(t *testing.T) {
	for name, l := range map[string]nn.Module{
		"padded": conv.New2D(1, 1, 1, conv.Pad(1<<20, 1<<20)),
		"result": conv.New2D(1, 1<<20, 1, conv.Pad(64, 64)),
	} {
		net, err := nn.Init(1, nn.Seq(l))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := nn.NewPredictor(net, tensor.Shape{1, 4, 4}); err == nil || !strings.Contains(err.Error(), "want at most") {
			t.Errorf("%s: %v, want an error about the size", name, err)
		}
	}
}
