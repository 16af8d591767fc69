package nn_test

import (
	"context"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// TestFindRate checks the curve, and that training goes on as if there had been
// no search: before it, and in the middle of an epoch.
func TestFindRate(t *testing.T) {
	want := newTrainer(t, newCNN(), makers[2].make)
	run := func(tr *nn.Trainer, loader *data.Loader, epochs int) {
		t.Helper()
		if _, err := tr.Fit(t.Context(), loader, nn.Epochs(epochs)); err != nil {
			t.Fatal(err)
		}
	}
	wantLoader := newLoader()
	run(want, wantLoader, 1)
	run(want, wantLoader, 2)

	got, loader := newTrainer(t, newCNN(), makers[2].make), newLoader()
	for i, epochs := range []int{1, 2} {
		before, at, state := weights(got.Model), loader.Cursor(), len(got.Optimizer.State())
		c, err := nn.FindRate(t.Context(), got, loader, 1e-4, 1, 20)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Rates) != 20 || len(c.Losses) != 20 || len(c.Smooth) != 20 {
			t.Fatalf("the curve has %d rates, %d losses and %d means, want 20 of each", len(c.Rates), len(c.Losses), len(c.Smooth))
		}
		if c.Rates[0] != 1e-4 || math.Abs(c.Rates[19]-1) > 1e-12 || math.Abs(c.Rates[10]/c.Rates[9]-math.Pow(1e4, 1.0/19)) > 1e-12 {
			t.Errorf("rates are %v, want them to grow exponentially from 1e-4 to 1", c.Rates)
		}
		if math.Abs(c.Smooth[0]-c.Losses[0]) > 1e-12 {
			t.Errorf("the mean begins with %v, want the first loss, %v", c.Smooth[0], c.Losses[0])
		}
		sameWeights(t, "after the search", got.Model, before)
		if loader.Cursor() != at || got.Optimizer.Groups()[0].LR != 0.01 || len(got.Optimizer.State()) != state {
			t.Errorf("after search %d the loader is at %v and the rate is %v, want %v and 0.01", i, loader.Cursor(), got.Optimizer.Groups()[0].LR, at)
		}
		run(got, loader, epochs)
	}
	sameWeights(t, "trained after searches", got.Model, weights(want.Model))
}

// valley is a trainer of one weight w with loss (w−x)², where x is about 1, for
// which gradient descent grows beyond measure at rates above 1.
func valley(t *testing.T) (*nn.Trainer, *data.Loader, *grad.Param) {
	t.Helper()
	w := grad.NewParam(grad.Constant(0))
	w.Name = "w"
	if err := w.Init(1); err != nil {
		t.Fatal(err)
	}
	tr := &nn.Trainer{Optimizer: optim.NewSGD([]*grad.Param{w}, 1)}
	tr.Compute = func(tape *grad.Tape, b *data.Batch) *grad.Var {
		return grad.Sum(grad.Square(grad.Sub(tape.Input(b.X), tape.Use(w))))
	}
	x := tensor.New([]float32{0.9, 1, 1.1}, 3, 1)
	return tr, data.NewLoader(data.Tensors(x, tensor.Zeros(3, 1)), data.BatchSize(1)), w
}

// TestFindRateDiverges ends a search early.
func TestFindRateDiverges(t *testing.T) {
	tr, loader, w := valley(t)
	c, err := nn.FindRate(t.Context(), tr, loader, 1e-4, 1e4, 200)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.Rates); n < 50 || n >= 200 {
		t.Errorf("the curve has %d steps, want it to end early", n)
	}
	if !(c.Suggestion > 1e-3 && c.Suggestion < 1) {
		t.Errorf("suggestion is %v, want more than 1e-3 and less than 1", c.Suggestion)
	}
	if w.Value.Item() != 0 {
		t.Errorf("weight is %v after the search, want 0", w.Value.Item())
	}
	c, err = nn.FindRate(t.Context(), tr, loader, 1e10, 1e30, 5)
	if err != nil || c.Suggestion != 0 {
		t.Errorf("at rates that are far too large the suggestion is %+v, error %v; want 0", c, err)
	}
}

// TestFindRateGroups keeps the ratio of the groups, also after a schedule has
// brought the rates to 0.
func TestFindRateGroups(t *testing.T) {
	tr, loader, w := valley(t)
	v := grad.NewParam(grad.Constant(0))
	v.Name = "v"
	if err := v.Init(1); err != nil {
		t.Fatal(err)
	}
	o := optim.NewSGD([]*grad.Param{w}, 0.5)
	o.AddGroup(optim.Group{Params: []*grad.Param{v}, LR: 0.25})
	if err := optim.Polynomial(1, 1).Apply(o, 1); err != nil {
		t.Fatal(err)
	}
	tr.Optimizer = o
	var ratios []float64
	compute := tr.Compute
	tr.Compute = func(tape *grad.Tape, b *data.Batch) *grad.Var {
		ratios = append(ratios, o.Groups()[1].LR/o.Groups()[0].LR)
		return compute(tape, b)
	}
	if _, err := nn.FindRate(t.Context(), tr, loader, 1e-3, 1e-1, 3); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(ratios, []float64{0.5, 0.5, 0.5}) {
		t.Errorf("ratios of the rates are %v, want 0.5", ratios)
	}
	if a, b := o.Groups()[0].LR, o.Groups()[1].LR; a != 0 || b != 0 {
		t.Errorf("rates after the search are %v and %v, want 0", a, b)
	}
}

func TestFindRateErrors(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name     string
		ctx      context.Context
		loader   *data.Loader
		from, to float64
		steps    int
		change   func(tr *nn.Trainer)
		want     string
	}{
		{"from", t.Context(), newLoader(), 0, 1, 9, nil, "rates from 0 to 1, want positive ones that grow"},
		{"order", t.Context(), newLoader(), 1, 0.1, 9, nil, "rates from 1 to 0.1, want positive ones that grow"},
		{"infinite", t.Context(), newLoader(), 1, math.Inf(1), 9, nil, "rates from 1 to +Inf, want positive ones that grow"},
		{"steps", t.Context(), newLoader(), 0.1, 1, 1, nil, "1 steps, want at least 2"},
		{"no model", t.Context(), newLoader(), 0.1, 1, 9, func(tr *nn.Trainer) { tr.Model = nil }, "nn: Fit: the Trainer lacks a Model"},
		{"loader", t.Context(), data.NewLoader(pictures(8), data.BatchSize(0)), 0.1, 1, 9, nil, "batch size is 0"},
		{"no batches", t.Context(), data.NewLoader(pictures(0)), 0.1, 1, 9, nil, "the loader has no batches"},
		{"cancelled", cancelled, newLoader(), 0.1, 1, 9, nil, "context canceled"},
		{"sample", t.Context(), data.NewLoader(tornData{pictures(16)}, data.BatchSize(8)), 0.1, 1, 9, nil, "the picture is torn"},
		{"optimizer", t.Context(), newLoader(), 0.1, 1, 9, func(tr *nn.Trainer) {
			tr.Optimizer = optim.NewSGD(nn.Params(tr.Model), -1)
		}, "learning rate -1, want a positive number"},
	} {
		tr := newTrainer(t, newCNN(), makers[1].make)
		net := tr.Model
		before, at := weights(net), c.loader.Cursor()
		if c.change != nil {
			c.change(tr)
		}
		curve, err := nn.FindRate(c.ctx, tr, c.loader, c.from, c.to, c.steps)
		if err == nil || !strings.HasPrefix(err.Error(), "nn: FindRate: ") || !strings.Contains(err.Error(), c.want) || curve != nil {
			t.Errorf("%s: FindRate = %v, %v; want %s", c.name, curve, err, c.want)
		}
		sameWeights(t, c.name, net, before)
		if c.loader.Cursor() != at {
			t.Errorf("%s: loader is at %v after the error, want %v", c.name, c.loader.Cursor(), at)
		}
	}
}
