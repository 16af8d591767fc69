package nn_test

import (
	"context"
	"math"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// TestCTC runs the suite on every reduction and option, with lengths and without.
func TestCTC(t *testing.T) {
	targets := tensor.New([]int{1, 1, 1, 2, 1, 0, 0, 0, 0}, 3, 3) // the first needs five steps
	last := tensor.New([]int{1, 1, 1, 0, 1, 2, 2, 2, 2}, 3, 3)
	long, short := nntest.Values(1, 3, 6, 3), nntest.Values(2, 3, 4, 3)
	for name, c := range map[string]struct {
		x       *tensor.Tensor
		lengths []int
		targets *tensor.Ints
		opts    []nn.LossOption
	}{
		"plain":         {long, nil, targets, nil},
		"lengths":       {long, []int{5, 2, 6}, targets, nil},
		"blank":         {long, nil, last, []nn.LossOption{nn.Blank(2)}},
		"zero infinity": {short, []int{4, 3, 1}, targets, []nn.LossOption{nn.ZeroInfinity}},
	} {
		for reduction, shape := range map[string]tensor.Shape{"mean": {}, "sum": {}, "per sample": {3}} {
			opts := c.opts
			switch reduction {
			case "sum":
				opts = append(opts, nn.Sum)
			case "per sample":
				opts = append(opts, nn.PerSample)
			}
			loss := nn.NewCTC(opts...)
			inputs, constant := []*tensor.Tensor{c.x}, []int(nil)
			if c.lengths != nil {
				l := tensor.Zeros(3)
				for i, n := range c.lengths {
					l.Data()[i] = float32(n)
				}
				inputs, constant = append(inputs, l), []int{1}
			}
			t.Run(name+"/"+reduction, func(t *testing.T) {
				nntest.Run(t, nntest.Case{
					Inputs: inputs, Constant: constant, Shape: shape,
					F: func(x ...*grad.Var) *grad.Var { return loss(grad.Tuple(x...), c.targets) },
				})
			})
		}
	}
}

// TestCTCInfinite checks what a sequence that is too short does to the batch.
func TestCTCInfinite(t *testing.T) {
	x := nntest.Values(1, 2, 2, 3)
	targets := tensor.New([]int{1, 1, 2, 0}, 2, 2)
	possible := lossOf(nn.NewCTC(nn.Sum), x.Slice(0, 1, 2), targets.Slice(0, 1, 2)).Item()
	inf := float32(math.Inf(1))
	for name, c := range map[string]struct {
		loss nn.Loss
		want []float32
	}{
		"mean":                     {nn.CTC, []float32{inf}},
		"sum":                      {nn.NewCTC(nn.Sum), []float32{inf}},
		"per sample":               {nn.NewCTC(nn.PerSample), []float32{inf, possible}},
		"zero infinity/mean":       {nn.NewCTC(nn.ZeroInfinity), []float32{possible / 2}},
		"zero infinity/sum":        {nn.NewCTC(nn.ZeroInfinity, nn.Sum), []float32{possible}},
		"zero infinity/per sample": {nn.NewCTC(nn.ZeroInfinity, nn.PerSample), []float32{0, possible}},
	} {
		in := grad.NewTape(grad.Training, 1).Input(x).RequireGrad()
		l := c.loss(in, targets)
		if err := l.BackwardFrom(nil); err != nil {
			t.Fatal(err)
		}
		if got := l.Data(); !got.Equal(tensor.New(c.want, got.Shape()...)) {
			t.Errorf("%s: loss %v, want %v", name, got, c.want)
		}
		if g := in.Grad(); !g.Index(0, 0).Equal(tensor.Zeros(2, 3)) || g.Index(0, 1).Equal(tensor.Zeros(2, 3)) {
			t.Errorf("%s: gradient %v, want zeros for the first sequence alone", name, g)
		}
	}
}

func TestCTCErrors(t *testing.T) {
	x, y := tensor.Zeros(2, 4, 3), tensor.New([]int{1, 2, 1, 0}, 2, 2)
	plain := func(x *grad.Var) *grad.Var { return x }
	for _, c := range []struct {
		loss   nn.Loss
		x      *tensor.Tensor
		output func(x *grad.Var) *grad.Var
		target tensor.Any
		want   string
	}{
		{nn.CTC, x, plain, tensor.Zeros(2, 2), "target is a *tensor.Array[float32], want *tensor.Ints"},
		{nn.CTC, x, plain, nil, "target is a <nil>, want *tensor.Ints"},
		{nn.CTC, x, func(x *grad.Var) *grad.Var { return grad.Tuple(x, x, x) }, y, "output is a tuple of 3, want sequences and their lengths"},
		{nn.CTC, x, func(x *grad.Var) *grad.Var { return rnn.Ragged(x, []int{4, 7}) }, y, "length 7 of sequence 1, want a whole number from 1 to 4"},
		{nn.CTC, x, plain, tensor.New([]int{1, 2}, 2), "targets have shape [2], want [2 labels]"},
		{nn.CTC, tensor.Zeros(0, 4, 3), plain, tensor.Make[int](0, 2), "the batch is empty"},
		{nn.NewCTC(nn.Blank(3)), x, plain, y, "blank is class 3, want 0 to 2"},
		{nn.NewCTC(nn.IgnoreLabel(0)), x, plain, y, "option IgnoreLabel does not apply"},
	} {
		l := c.loss(c.output(grad.NewTape(grad.Training, 1).Input(c.x)), c.target)
		if err := l.Err(); err == nil || err.Error() != "grad: CTC: "+c.want {
			t.Errorf("error is %v, want grad: CTC: %s", err, c.want)
		}
	}
	for name, loss := range map[string]nn.Loss{"Blank": nn.NewNLL(nn.Blank(1)), "ZeroInfinity": nn.NewNLL(nn.ZeroInfinity)} {
		l := loss(grad.NewTape(grad.Training, 1).Input(tensor.Zeros(2, 3)), tensor.Make[int](2))
		if err := l.Err(); err == nil || err.Error() != "grad: NLL: option "+name+" does not apply" {
			t.Errorf("NLL takes option %s: %v", name, err)
		}
	}
}

// strokes are sequences of 4 to 12 steps in which each of up to three labels, 1 to 3,
// is to be seen for one or two steps, with nothing between them for one or two.
func strokes(n int, seed uint64) *data.Batch {
	const steps, features, most = 12, 4, 3
	b := &data.Batch{X: tensor.Normal(seed, 0, 0.3, n, steps, features), Y: tensor.Make[int](n, most)}
	lengths, random := tensor.Zeros(n), tensor.Uniform(seed+1, 0, 1, n*20)
	next := func(k int) int {
		v := int(random.Data()[0] * float32(k))
		random = random.Slice(0, 1, random.Len())
		return min(v, k-1)
	}
	for i := range n {
		t := 0
		for j := range 1 + next(most) {
			label := 1 + next(3)
			b.Y.(*tensor.Ints).Set(label, i, j)
			for range 1 + next(2) {
				b.X.Set(b.X.At(i, t, label)+2, i, t, label)
				t++
			}
			t += 1 + next(2)
		}
		lengths.Data()[i] = float32(t)
	}
	b.More = []*tensor.Tensor{lengths}
	return b
}

// TestCTCTraining trains a network with lengths: a step allocates nothing, and takes
// the same bits with any number of workers.
func TestCTCTraining(t *testing.T) {
	train := func(steps, workers int) (*nn.Trainer, float64) {
		defer tensor.SetWorkers(tensor.SetWorkers(workers))
		net, err := nn.Init(1, nn.Seq(rnn.NewGRU(4, 16), nn.Inputs(nn.NewLinear(16, 4), nn.Identity)))
		if err != nil {
			t.Fatal(err)
		}
		tr := &nn.Trainer{Model: net, Loss: nn.CTC, Optimizer: optim.NewAdam(nn.Params(net), 0.02)}
		last, b := 0.0, strokes(32, 1)
		for range steps {
			if last, err = tr.Step(b); err != nil {
				t.Fatal(err)
			}
		}
		return tr, last
	}
	tr, first := train(1, 1)
	one, last := train(60, 1)
	if !(last < first/5) {
		t.Errorf("the loss is %v after 60 steps and %v after one", last, first)
	}
	for _, workers := range []int{2, 7} {
		other, l := train(60, workers)
		for i, p := range nn.Params(other.Model) {
			if l != last || !p.Value.Equal(nn.Params(one.Model)[i].Value) {
				t.Errorf("%d workers: loss %v and %s have other bits", workers, l, p.Name)
			}
		}
	}
	if raceEnabled {
		return
	}
	b := strokes(32, 1)
	if n := testing.AllocsPerRun(20, func() {
		if _, err := tr.Step(b); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("a step allocates %v times", n)
	}
	p, err := nn.NewPredictor(nn.Seq(tr.Model, rnn.Padded), tensor.Shape{12, 4}, tensor.Shape{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if y, err := p.Predict(context.Background(), b.X, b.More...); err != nil || !y.Shape().Equal(tensor.Shape{32, 12, 4}) {
		t.Errorf("Predict: %v, %v", y.Shape(), err)
	}
}
