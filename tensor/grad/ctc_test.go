package grad_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func TestGoldenCTC(t *testing.T) {
	nntest.Golden(t, "testdata/ctc.json", 1e-5, func(c *golden, x []*grad.Var) []*grad.Var {
		return []*grad.Var{grad.CTC(x[0], lengthsIn(x), c.Ints("targets"), c.Int("blank", 0))}
	})
}

// lengthsIn returns the second input, if there is one.
func lengthsIn(x []*grad.Var) *grad.Var {
	if len(x) > 1 {
		return x[1]
	}
	return nil
}

// TestCTC runs the suite; targets in the layouts of the inputs among it.
func TestCTC(t *testing.T) {
	wide := tensor.New([]int{1, 9, 2, 9, 2, 9, 2, 9, 0, 9, 0, 9, 3, 9, 1, 9, 0, 9}, 3, 3, 2).Index(2, 0)
	for name, c := range map[string]struct {
		inputs  []*tensor.Tensor
		targets *tensor.Ints
		blank   int
	}{
		"plain":         {[]*tensor.Tensor{values(1, 2, 5, 4)}, tensor.New([]int{1, 2, 2, 3, 0, 0}, 2, 3), 0},
		"lengths":       {[]*tensor.Tensor{values(1, 3, 6, 4), tensor.New([]float32{6, 2, 4}, 3)}, wide, 0},
		"column":        {[]*tensor.Tensor{values(1, 2, 4, 3), tensor.New([]float32{4, 3}, 2, 1)}, tensor.New([]int{1, 0}, 2, 1), 2},
		"one step":      {[]*tensor.Tensor{values(1, 2, 1, 3)}, tensor.New([]int{2, 0}, 2, 1), 0},
		"no labels":     {[]*tensor.Tensor{values(1, 2, 3, 3)}, tensor.Make[int](2, 0), 0},
		"blanks alone":  {[]*tensor.Tensor{values(1, 2, 3, 1)}, tensor.Make[int](2, 0), 0},
		"empty batch":   {[]*tensor.Tensor{tensor.Zeros(0, 3, 2)}, tensor.Make[int](0, 2), 0},
		"large numbers": {[]*tensor.Tensor{tensor.AddScalar(values(1, 2, 4, 3), 500)}, tensor.New([]int{1, 2, 1, 1}, 2, 2), 0},
	} {
		t.Run(name, func(t *testing.T) {
			k := nntest.Case{
				Inputs: c.inputs,
				F:      func(x ...*grad.Var) *grad.Var { return grad.CTC(x[0], lengthsIn(x), c.targets, c.blank) },
				Shape:  c.inputs[0].Shape()[:1],
			}
			if len(c.inputs) > 1 {
				k.Constant = []int{1}
			}
			nntest.Run(t, k)
		})
	}
}

// read returns what a path reads as.
func read(path []int, blank int) []int {
	var labels []int
	for t, k := range path {
		if k != blank && (t == 0 || path[t-1] != k) {
			labels = append(labels, k)
		}
	}
	return labels
}

// everyPath calls f with every path of so many steps.
func everyPath(steps, classes int, f func(path []int)) {
	path := make([]int, steps)
	for {
		f(path)
		t := steps - 1
		for t >= 0 && path[t] == classes-1 {
			path[t] = 0
			t--
		}
		if t < 0 {
			return
		}
		path[t]++
	}
}

// TestCTCPaths compares losses and gradients with sums over all paths, for every
// target that some path reads as.
func TestCTCPaths(t *testing.T) {
	for _, c := range []struct{ steps, classes, blank int }{{1, 2, 0}, {2, 3, 2}, {3, 2, 1}, {4, 3, 1}, {5, 3, 0}, {4, 4, 3}} {
		x := tensor.Normal(uint64(c.steps), 0, 2, 1, c.steps, c.classes)
		p := tensor.Zeros(c.steps, c.classes)
		for s := range c.steps {
			sum := 0.0
			for k := range c.classes {
				sum += math.Exp(float64(x.At(0, s, k)))
			}
			for k := range c.classes {
				p.Set(float32(math.Exp(float64(x.At(0, s, k)))/sum), s, k)
			}
		}
		probability := map[string]float64{}
		through := map[string][]float64{} // of each step and class
		targets := map[string][]int{}
		everyPath(c.steps, c.classes, func(path []int) {
			labels := read(path, c.blank)
			name, product := fmt.Sprint(labels), 1.0
			for s, k := range path {
				product *= float64(p.At(s, k))
			}
			if targets[name] == nil {
				targets[name], through[name] = append([]int{}, labels...), make([]float64, c.steps*c.classes)
			}
			probability[name] += product
			for s, k := range path {
				through[name][s*c.classes+k] += product
			}
		})
		for name, labels := range targets {
			in := grad.NewTape(grad.Gradients, 1).Input(x).RequireGrad()
			y := grad.CTC(in, nil, tensor.New(labels, 1, len(labels)), c.blank)
			if err := y.Backward(); err != nil {
				t.Fatal(err)
			}
			want := -math.Log(probability[name])
			if got := float64(y.Data().Item()); math.Abs(got-want) > 1e-5*max(1, want) {
				t.Errorf("%+v, target %s: loss %v, want %v", c, name, got, want)
			}
			for i, g := range in.Grad().Data() {
				want := float64(p.Data()[i]) - through[name][i]/probability[name]
				if math.Abs(float64(g)-want) > 1e-5 {
					t.Errorf("%+v, target %s: gradient %d is %v, want %v", c, name, i, g, want)
				}
			}
		}
	}
}

// TestCTCImpossible checks targets that no path reads as, or only one whose
// probability is 0: the loss is +∞, the gradient 0, and others are as alone.
func TestCTCImpossible(t *testing.T) {
	never := float32(math.Inf(-1))
	x := tensor.Normal(1, 0, 1, 4, 3, 3)
	for s := range 3 {
		x.Set(never, 2, s, 1)
	}
	targets := tensor.New([]int{
		1, 1, 1, // five steps at least
		1, 2, 0,
		2, 1, 0, // label 1 has the probability 0
		1, 1, 0, // three steps are just enough
	}, 4, 3)
	in := grad.NewTape(grad.Gradients, 1).Input(x).RequireGrad()
	y := grad.CTC(in, nil, targets, 0)
	if err := y.BackwardFrom(nil); err != nil {
		t.Fatal(err)
	}
	for i, impossible := range []bool{true, false, true, false} {
		loss, g := float64(y.Data().At(i)), in.Grad().Index(0, i)
		if math.IsInf(loss, 1) != impossible || math.IsNaN(loss) {
			t.Errorf("loss %d is %v, want it infinite: %v", i, loss, impossible)
		}
		if zero := g.Equal(tensor.Zeros(3, 3)); zero != impossible {
			t.Errorf("gradient %d is %v, want zeros: %v", i, g, impossible)
		}
		alone := grad.NewTape(grad.Gradients, 1).Input(x.Slice(0, i, i+1)).RequireGrad()
		l := grad.CTC(alone, nil, targets.Slice(0, i, i+1), 0)
		if err := l.Backward(); err != nil {
			t.Fatal(err)
		}
		if l.Data().Item() != y.Data().At(i) || !alone.Grad().Index(0, 0).Equal(g) {
			t.Errorf("sequence %d alone has another loss or gradient", i)
		}
	}
}

// TestCTCLengths checks that padding is not read, and has no gradient.
func TestCTCLengths(t *testing.T) {
	nan := float32(math.NaN())
	x := tensor.Full(nan, 2, 5, 3)
	short := tensor.Normal(1, 0, 1, 2, 3, 3)
	x.Slice(1, 0, 3).Copy(short)
	targets := tensor.New([]int{1, 2, 2, 2}, 2, 2)
	tape := grad.NewTape(grad.Gradients, 1)
	padded, alone := tape.Input(x).RequireGrad(), tape.Input(short).RequireGrad()
	y := grad.CTC(padded, tape.Input(tensor.Full[float32](3, 2)), targets, 0)
	want := grad.CTC(alone, nil, targets, 0)
	if err := grad.Add(y, want).BackwardFrom(nil); err != nil {
		t.Fatal(err)
	}
	g := padded.Grad()
	if !y.Data().Equal(want.Data()) || !g.Slice(1, 0, 3).Clone().Equal(alone.Grad()) || !g.Slice(1, 3, 5).Clone().Equal(tensor.Zeros(2, 2, 3)) {
		t.Errorf("losses %v and gradient %v, want %v and %v", y.Data(), g, want.Data(), alone.Grad())
	}
}

// TestCTCExtreme checks logits that scaled probabilities would lose: what is all but
// impossible at first is all that is left in the end.
func TestCTCExtreme(t *testing.T) {
	const steps, big = 60, 500
	x := tensor.Zeros(1, steps, 2)
	for s := range steps {
		x.Set(big, 0, s, 0) // the blank is sure
	}
	labels := make([]int, steps/2)
	for i := range labels {
		labels[i] = 1
	}
	in := grad.NewTape(grad.Gradients, 1).Input(x).RequireGrad()
	y := grad.CTC(in, nil, tensor.New(labels, 1, steps/2), 0)
	if err := y.Backward(); err != nil {
		t.Fatal(err)
	}
	// Of 60 steps 30 are labels, 29 the blanks between them and one more blank, for
	// which there are 31 places, or a label, for which there are 30.
	want := float64(big*steps/2) - math.Log(31)
	if got := float64(y.Data().Item()); math.Abs(got-want) > 1e-6*want {
		t.Errorf("loss %v, want %v", got, want)
	}
	sum := 0.0
	for s := range steps {
		sum += float64(in.Grad().At(0, s, 1))
	}
	if math.Abs(sum+steps/2) > 1e-3 {
		t.Errorf("the gradients of the label add up to %v, want %v", sum, -steps/2)
	}
}

// TestCTCHuge gives logits that swallow the logarithm of their sum.
func TestCTCHuge(t *testing.T) {
	y := grad.CTC(grad.NewTape(grad.Evaluation, 1).Input(tensor.Full[float32](3e38, 1, 2, 4)), nil, tensor.New([]int{1}, 1, 1), 0)
	// Three of the sixteen walks, all alike, are right.
	if got, want := float64(y.Data().Item()), math.Log(16./3); math.Abs(got-want) > 1e-6 {
		t.Errorf("loss %v, want %v; %v", got, want, y.Err())
	}
}

// TestCTCNaN checks that NaN is not lost, wherever it is.
func TestCTCNaN(t *testing.T) {
	for s := range 4 {
		x := tensor.Normal(1, 0, 1, 1, 4, 3)
		x.Set(float32(math.NaN()), 0, s, 2)
		in := grad.NewTape(grad.Gradients, 1).Input(x).RequireGrad()
		y := grad.CTC(in, nil, tensor.New([]int{1, 1}, 1, 2), 0)
		if err := y.Backward(); err != nil {
			t.Fatal(err)
		}
		if v := y.Data().Item(); v == v {
			t.Errorf("NaN at step %d gives the loss %v", s, v)
		}
		if !slices.ContainsFunc(in.Grad().Data(), func(v float32) bool { return v != v }) {
			t.Errorf("NaN at step %d gives the gradient %v", s, in.Grad())
		}
	}
}

func TestCTCErrors(t *testing.T) {
	x, targets := tensor.Zeros(2, 4, 3), tensor.New([]int{1, 2, 1, 0}, 2, 2)
	for _, c := range []struct {
		x       *tensor.Tensor
		lengths *tensor.Tensor
		targets *tensor.Ints
		blank   int
		want    string
	}{
		{tensor.Zeros(4, 3), nil, targets, 0, "input has shape [4 3], want [batch steps classes] with at least one step and class"},
		{tensor.Zeros(2, 0, 3), nil, targets, 0, "input has shape [2 0 3], want [batch steps classes] with at least one step and class"},
		{tensor.Zeros(2, 4, 0), nil, targets, 0, "input has shape [2 4 0], want [batch steps classes] with at least one step and class"},
		{x, tensor.Ones(3), targets, 0, "lengths have shape [3], want [2]"},
		{x, nil, tensor.Make[int](2), 0, "targets have shape [2], want [2 labels]"},
		{x, nil, tensor.Make[int](3, 2), 0, "targets have shape [3 2], want [2 labels]"},
		{x, nil, targets, -1, "blank is class -1, want 0 to 2"},
		{x, nil, targets, 3, "blank is class 3, want 0 to 2"},
		{x, tensor.New([]float32{4, 5}, 2), targets, 0, "length 5 of sequence 1, want a whole number from 1 to 4"},
		{x, tensor.New([]float32{0, 4}, 2), targets, 0, "length 0 of sequence 0, want a whole number from 1 to 4"},
		{x, tensor.New([]float32{4, 2.5}, 2), targets, 0, "length 2.5 of sequence 1, want a whole number from 1 to 4"},
		{x, tensor.New([]float32{float32(math.NaN()), 1}, 2), targets, 0, "length NaN of sequence 0, want a whole number from 1 to 4"},
		{x, nil, tensor.New([]int{1, 2, 3, 1}, 2, 2), 0, "label 0 of sequence 1 is 3, want 0 to 2"},
		{x, nil, tensor.New([]int{1, -1, 1, 1}, 2, 2), 0, "label 1 of sequence 0 is -1, want 0 to 2"},
		{x, nil, tensor.New([]int{1, 2, 0, 1}, 2, 2), 0, "label 1 of sequence 1 is 1, and label 0 the blank, which ends a target"},
	} {
		tape := grad.NewTape(grad.Gradients, 1)
		var lengths *grad.Var
		if c.lengths != nil {
			lengths = tape.Input(c.lengths)
		}
		err := grad.CTC(tape.Input(c.x), lengths, c.targets, c.blank).Err()
		if err == nil || err.Error() != "grad: CTC: "+c.want {
			t.Errorf("error is %v, want grad: CTC: %s", err, c.want)
		}
	}
}
