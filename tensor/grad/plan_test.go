package grad_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// network has a constant, views of intermediate results, an input that is used
// late, and a result that is alive to the end.
func network(weights []*grad.Param, scale *tensor.Tensor) func(x *grad.Var) (y, hidden *grad.Var) {
	return func(x *grad.Var) (y, hidden *grad.Var) {
		h := grad.Mul(x, x.Tape().Const(scale))
		for _, w := range weights {
			h = grad.Tanh(grad.Linear(h, grad.Use(x, w), nil))
		}
		hidden = h
		a, b := grad.Slice(h, 1, 0, 8), grad.Slice(h, 1, 8, 16)
		h = grad.Concat(1, grad.Exp(b), grad.Neg(a.Detach()))
		return grad.Add(grad.Softmax(h, 1), x), hidden
	}
}

func TestPlan(t *testing.T) {
	mem.Poison.Store(true)
	defer mem.Poison.Store(false)
	var weights []*grad.Param
	for i := range 6 {
		weights = append(weights, param("w", values(uint64(i), 16, 16)))
	}
	scale := values(20, 16)
	f := network(weights, scale)
	tape := grad.NewTape(grad.Trace, 1)
	x := tape.Input(values(30, 5, 16))
	y, hidden := f(x)
	sum := 0 // of the sizes of all results that are not views
	for _, c := range tape.Calls() {
		if name := c.Op().Name(); name != "Slice" {
			sum += 4 * c.Outputs()[0].Data().Len()
		}
	}
	p, err := tape.Plan([]*grad.Var{x}, []*grad.Var{y, hidden}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if p.Bytes() > sum/2 {
		t.Errorf("the plan takes %d bytes, want at most half of all results, %d", p.Bytes(), sum)
	}

	eager := grad.NewTape(grad.Evaluation, 1)
	for i := range 3 {
		in := values(uint64(40+i), 5, 16)
		wantY, wantHidden := f(eager.Input(in))
		if i == 1 {
			scale.Fill(9) // what the plan has copied
		}
		p.In(0).Copy(in)
		if err := p.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		if !p.Out(0).Equal(wantY.Data()) || !p.Out(1).Equal(wantHidden.Data()) {
			t.Errorf("run %d: results differ from those of a plain tape", i)
		}
		if i == 1 {
			scale.Copy(values(20, 16))
		}
		eager.Reset()
	}
	if n := testing.AllocsPerRun(5, func() { _ = p.Run(context.Background()) }); n > 0 {
		t.Errorf("Run makes %v allocations, want 0", n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run with a cancelled context returns %v, want context.Canceled", err)
	}
}

// TestPlanComputedWeight tests that a weight that is computed is not packed once
// and for all.
func TestPlanComputedWeight(t *testing.T) {
	f := func(x *grad.Var) *grad.Var { return grad.Linear(x, grad.Square(x), nil) }
	tape := grad.NewTape(grad.Trace, 1)
	x := tape.Input(values(1, 3, 3))
	p, err := tape.Plan([]*grad.Var{x}, []*grad.Var{f(x)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	in := values(2, 3, 3)
	p.In(0).Copy(in)
	if err := p.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if want := f(grad.NewTape(grad.Evaluation, 1).Input(in)).Data(); !p.Out(0).Equal(want) {
		t.Errorf("result is %v, want %v", p.Out(0), want)
	}
}

// packing is the identity; Forward multiplies by what Prepack returned.
type packing struct{ Packs *int }

func (*packing) Name() string        { return "Packing" }
func (*packing) Needs() grad.Needs   { return grad.Needs{} }
func (*packing) Backward(*grad.Call) {}

func (*packing) Infer(in, out []tensor.Shape) error {
	out[0] = append(out[0][:0], in[0]...)
	return nil
}

func (op *packing) Prepack(c *grad.Call) any {
	*op.Packs++
	return c.In(1).Item()
}

func (*packing) Forward(c *grad.Call) {
	c.Out(0).Copy(c.In(0))
	if v, ok := c.Packed().(float32); ok {
		tensor.MulScalarTo(c.Out(0), c.Out(0), v)
	}
}

// TestPlanShare tests that packed operands are shared between plans of the same
// parameters, and not otherwise.
func TestPlanShare(t *testing.T) {
	a, b := param("a", tensor.Full[float32](2, 1)), param("b", tensor.Full[float32](3, 1))
	packs := 0
	plan := func(w *grad.Param, n int, share *grad.Plan) *grad.Plan {
		tape := grad.NewTape(grad.Trace, 1)
		x := tape.Input(tensor.Ones(n))
		y := grad.Apply(packing{&packs}, x, tape.Use(w))
		p, err := tape.Plan([]*grad.Var{x}, []*grad.Var{y}, share)
		if err != nil {
			t.Fatal(err)
		}
		p.In(0).Fill(1)
		if err := p.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
		return p
	}
	first := plan(a, 1, nil)
	second := plan(a, 4, first)
	if packs != 1 || second.Out(0).At(3) != 2 {
		t.Errorf("packed %d times for two plans, want once; result %v, want twos", packs, second.Out(0))
	}
	if third := plan(b, 1, first); packs != 2 || third.Out(0).At(0) != 3 {
		t.Errorf("another parameter: packed %d times, want twice; result %v, want 3", packs, third.Out(0))
	}
}

func TestPlanErrors(t *testing.T) {
	for _, mode := range []grad.Mode{grad.Evaluation, grad.Training, grad.Trace | grad.Gradients} {
		tape := grad.NewTape(mode, 1)
		x := tape.Input(tensor.Ones(1))
		if _, err := tape.Plan([]*grad.Var{x}, []*grad.Var{x}, nil); err == nil || !strings.Contains(err.Error(), "mode must include Trace") {
			t.Errorf("Plan of a tape of mode %b: %v, want an error about the mode", mode, err)
		}
	}

	// Data may be at fault in one run and not in the next.
	tape := grad.NewTape(grad.Trace, 1)
	x := tape.Input(tensor.Ones(3))
	index := tensor.New([]int{0, 2}, 2)
	p, err := tape.Plan([]*grad.Var{x}, []*grad.Var{grad.Take(x, 0, index)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	run := func() error { p.In(0).Fill(7); return p.Run(context.Background()) }
	index.Set(3, 1)
	if err := run(); err == nil || !strings.Contains(err.Error(), "index 3 of axis 0 of shape [3]") {
		t.Errorf("Run with an index out of range returns %v, want an error", err)
	}
	index.Set(1, 1)
	if err := run(); err != nil || p.Out(0).At(1) != 7 {
		t.Errorf("the next run gives %v, %v, want sevens", p.Out(0), err)
	}
}
