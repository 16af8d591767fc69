package grad_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func TestTuple(t *testing.T) {
	tape := grad.NewTape(grad.Training, 1)
	a, b := tape.Input(tensor.Ones(2)), tape.Input(tensor.Ones(3))
	v := grad.Tuple(a, b)
	if v.Parts() != 2 || v.Part(0) != a || v.Part(1) != b || v.Tape() != tape || !v.Shape().Equal(tensor.Shape{0}) {
		t.Errorf("a tuple has %d parts, %v and %v, and shape %v", v.Parts(), v.Part(0), v.Part(1), v.Shape())
	}
	if a.Parts() != 1 || a.Part(0) != a || grad.Tuple(a) != a {
		t.Error("a variable is not the only part of itself")
	}
	nested := grad.Tuple(v, a, b)
	if nested.Parts() != 3 || nested.Part(0) != v || nested.Part(0).Part(1) != b {
		t.Error("a tuple in a tuple is not its part")
	}
	if len(tape.Calls()) != 0 {
		t.Errorf("tuples made %d calls, want 0", len(tape.Calls()))
	}
}

// TestTupleGradient tests that gradients go through tuples to the parts, and
// which the inputs are of which they are wanted.
func TestTupleGradient(t *testing.T) {
	tape := grad.NewTape(grad.Gradients, 1)
	a, b := tape.Input(tensor.New([]float32{1, 2}, 2)), tape.Input(tensor.New([]float32{3, 4}, 2))
	v := grad.Tuple(a, b).RequireGrad()
	v = grad.Tuple(grad.Square(v.Part(1)), v.Part(0))
	y := grad.Sum(grad.Mul(v.Part(0), v.Part(1))) // Σ b²·a
	if err := y.Backward(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(a.Grad().Data(), []float32{9, 16}) || !slices.Equal(b.Grad().Data(), []float32{6, 16}) {
		t.Errorf("gradients are %v and %v, want [9 16] and [6 16]", a.Grad(), b.Grad())
	}
	if g := v.Grad(); g != nil {
		t.Errorf("a tuple has the gradient %v, want none", g)
	}
}

func TestTupleErrors(t *testing.T) {
	x := tensor.Ones(2)
	other := grad.NewTape(grad.Training, 1).Input(x)
	pair := func(a *grad.Var) *grad.Var { return grad.Tuple(a, a) }
	for _, c := range []struct {
		f    func(a *grad.Var) *grad.Var
		want string
	}{
		{func(a *grad.Var) *grad.Var { return pair(a).Part(2) }, "grad: Part: no part 2, have 2"},
		{func(a *grad.Var) *grad.Var { return pair(a).Part(-1) }, "grad: Part: no part -1, have 2"},
		{func(a *grad.Var) *grad.Var { return a.Part(1) }, "grad: Part: no part 1, have 1"},
		{func(a *grad.Var) *grad.Var { return grad.Tuple(a, nil) }, "grad: Tuple: part 1 is nil"},
		{func(a *grad.Var) *grad.Var { return grad.Tuple(nil, a) }, "grad: Tuple: part 0 is nil"},
		{func(a *grad.Var) *grad.Var { return grad.Tuple(a, other) }, "grad: Tuple: the parts are on different tapes"},
		{func(a *grad.Var) *grad.Var { return grad.ReLU(pair(a)) }, "grad: ReLU: input 0 is a tuple of 2 variables, want one; Part takes it apart"},
		{func(a *grad.Var) *grad.Var { return grad.Add(a, pair(a)) }, "grad: Add: input 1 is a tuple of 2 variables, want one; Part takes it apart"},
		{func(a *grad.Var) *grad.Var { return pair(a).Detach() }, "grad: Detach: input 0 is a tuple of 2 variables, want one; Part takes it apart"},
		{func(a *grad.Var) *grad.Var { _ = pair(a).Backward(); return a }, "grad: Backward: the result is a tuple of 2 variables, want one; Part takes it apart"},
		{func(a *grad.Var) *grad.Var { _ = pair(a).BackwardFrom(x); return a }, "grad: Backward: the result is a tuple of 2 variables, want one; Part takes it apart"},
	} {
		tape := grad.NewTape(grad.Training, 1)
		y := c.f(tape.Input(x))
		if got := fmt.Sprint(tape.Err()); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
		if n := len(tape.Calls()); n != 0 {
			t.Errorf("%s: %d calls were recorded, want 0", c.want, n)
		}
		// The error is carried on, and is not replaced.
		if got := fmt.Sprint(grad.Tuple(y, y).Part(5).Err()); y.Tape() == tape && got != c.want {
			t.Errorf("after the error: %s\nwant %s", got, c.want)
		}
	}
}

func TestTuplePanics(t *testing.T) {
	for _, vs := range [][]*grad.Var{nil, {nil, nil}} {
		func() {
			defer func() {
				if got := recover(); got != "grad: Tuple: no variables" {
					t.Errorf("Tuple of %v: %v, want a panic", vs, got)
				}
			}()
			grad.Tuple(vs...)
		}()
	}
}

// TestTupleAllocations tests that tuples of one step are used again in the next,
// also when an error ended it.
func TestTupleAllocations(t *testing.T) {
	tape := grad.NewTape(grad.Evaluation, 1)
	x, y := tensor.Ones(2), tensor.Ones(3)
	step := func() {
		a, b := tape.Input(x), tape.Input(y)
		for range 3 {
			v := grad.Tuple(a, b, grad.Tuple(b, a))
			a, b = v.Part(2).Part(1), v.Part(1)
		}
		if a.Data().Len() != 2 || b.Data().Len() != 3 {
			t.Error("parts come in another order")
		}
		tape.Reset()
	}
	step()
	if n := testing.AllocsPerRun(10, step); n > 0 {
		t.Errorf("tuples make %v allocations, want 0", n)
	}
}

func TestTuplePlan(t *testing.T) {
	tape := grad.NewTape(grad.Trace, 1)
	a, b := tape.Input(tensor.Ones(2)), tape.Input(tensor.Ones(2))
	v := grad.Tuple(a, b)
	y := grad.Sub(v.Part(0), v.Part(1))
	for _, c := range [][2][]*grad.Var{{{v}, {y}}, {{a, b}, {v}}} {
		const want = "grad: Plan: an input or a result is a tuple of 2 variables, want one; Part takes it apart"
		if _, err := tape.Plan(c[0], c[1], nil); err == nil || err.Error() != want {
			t.Errorf("Plan: %v, want %s", err, want)
		}
	}
	p, err := tape.Plan([]*grad.Var{v.Part(0), v.Part(1)}, []*grad.Var{y}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	p.In(0).Fill(7)
	p.In(1).Fill(3)
	if err := p.Run(context.Background()); err != nil || p.Out(0).At(1) != 4 {
		t.Errorf("the plan gives %v, %v, want fours", p.Out(0), err)
	}
}
