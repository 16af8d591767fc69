package grad_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// TestInPlace compares a network whose rectifiers and sums work in place, on a whole
// result, on a view of one and on a part of one, with the same network whose do not: it
// has the same results and gradients.
func TestInPlace(t *testing.T) {
	p := param("w", tensor.Normal(2, 0, 1, 6, 5))
	net := func(tape *grad.Tape, relu func(*grad.Var) *grad.Var, add func(a, b *grad.Var) *grad.Var) (y, x *grad.Var) {
		x = tape.Input(tensor.Normal(1, 0, 1, 4, 5)).RequireGrad()
		h := grad.Linear(x, tape.Use(p), nil) // [4 6]
		other := grad.AddScalar(h, 0.5)       // from h before it is gone
		h = relu(h)
		h = add(add(grad.Mul(h, h), other), grad.Slice(x, 1, 0, 1)) // the last, [4 1], is repeated
		h = relu(grad.Reshape(h, 2, 2, 6))
		h = grad.Add(h, grad.MulScalar(h, 2))
		h = add(h, h)
		part := relu(grad.Slice(h, 0, 1, 2)) // what is left of h lies beside it
		return grad.Sum(grad.Mul(part, part)), x
	}
	run := func(relu func(*grad.Var) *grad.Var, add func(a, b *grad.Var) *grad.Var) (results [][]float32) {
		tape := grad.NewTape(grad.Training, 1)
		for range 2 { // the second time in used memory
			tape.Reset()
			tape.ZeroGrad()
			y, x := net(tape, relu, add)
			if err := y.Backward(); err != nil {
				t.Fatal(err)
			}
			results = append(results, slices.Clone(y.Data().Data()), slices.Clone(x.Grad().Data()), slices.Clone(tape.ParamGrad(p).Data()))
		}
		return results
	}
	want := run(grad.ReLU, grad.Add)
	for i, got := range run(grad.ReLUInPlace, grad.AddInPlace) {
		if !slices.Equal(got, want[i]) {
			t.Errorf("result %d is %v, want %v", i, got, want[i])
		}
	}
}

// TestInPlaceTwice goes back twice, from sums in the place of what needs no gradient.
func TestInPlaceTwice(t *testing.T) {
	run := func(add func(a, b *grad.Var) *grad.Var, base func(x, h *grad.Var) *grad.Var) []float32 {
		tape := grad.NewTape(grad.Training, 1)
		p := param("w", tensor.Normal(2, 0, 1, 5, 5))
		x := tape.Input(tensor.Normal(1, 0, 1, 4, 5))
		h := grad.Linear(x, tape.Use(p), nil)
		h = add(base(x, h), h)
		y := grad.Sum(grad.Mul(h, h))
		for range 2 {
			if err := y.Backward(); err != nil {
				t.Fatal(err)
			}
		}
		return slices.Clone(tape.ParamGrad(p).Data())
	}
	for name, base := range map[string]func(x, h *grad.Var) *grad.Var{
		"constant": func(x, _ *grad.Var) *grad.Var { return grad.AddScalar(x, 1) },
		"detached": func(_, h *grad.Var) *grad.Var { return h.Detach() },
		"view":     func(x, _ *grad.Var) *grad.Var { return grad.Slice(grad.Concat(0, x, x), 0, 2, 6) },
		"chain": func(x, h *grad.Var) *grad.Var {
			return grad.ReLUInPlace(grad.AddInPlace(grad.AddScalar(x, 1), h.Detach()))
		},
	} {
		if got, want := run(grad.AddInPlace, base), run(grad.Add, base); !slices.Equal(got, want) {
			t.Errorf("%s: gradient %v after two ways back, want %v", name, got, want)
		}
	}
}

// TestOverwritten gives operations what is gone, and overwrites what must stay.
func TestOverwritten(t *testing.T) {
	p := param("w", tensor.Ones(3, 3))
	for _, c := range []struct {
		name string
		run  func(tape *grad.Tape, x *grad.Var) *grad.Var
		want string
	}{
		{"used afterwards", func(_ *grad.Tape, x *grad.Var) *grad.Var {
			h := grad.AddScalar(x, 1)
			return grad.Add(grad.ReLUInPlace(h), h)
		}, "Add: input 1 is gone: an operation in place has overwritten it"},
		{"view used afterwards", func(_ *grad.Tape, x *grad.Var) *grad.Var {
			h := grad.AddScalar(x, 1)
			row := grad.Slice(h, 0, 0, 1)
			return grad.Add(grad.ReLUInPlace(h), row)
		}, "Add: input 1 is gone"},
		{"twice", func(_ *grad.Tape, x *grad.Var) *grad.Var {
			return grad.ReLUInPlace(grad.ReLUInPlace(grad.AddScalar(x, 1)))
		}, "ReLU: the input must not be overwritten: an operation before needs it for its gradient"},
		{"needed before", func(_ *grad.Tape, x *grad.Var) *grad.Var {
			h := grad.AddScalar(x, 1)
			return grad.Add(grad.Mul(h, h), grad.ReLUInPlace(h))
		}, "ReLU: the input must not be overwritten: an operation before needs it for its gradient"},
		{"needed by its maker", func(_ *grad.Tape, x *grad.Var) *grad.Var {
			return grad.ReLUInPlace(grad.Tanh(x))
		}, "ReLU: the input must not be overwritten: Tanh needs its result for its gradient"},
		{"another view", func(tape *grad.Tape, x *grad.Var) *grad.Var {
			h := grad.AddScalar(x, 1)
			return grad.AddInPlace(h, grad.Transpose(h, 0, 1))
		}, "Add: input 1 lies in the memory that the result takes, but is another view of it"},
		{"a row of itself", func(tape *grad.Tape, x *grad.Var) *grad.Var {
			h := grad.AddScalar(x, 1)
			return grad.AddInPlace(h, grad.Slice(h, 0, 0, 1))
		}, "Add: input 1 lies in the memory that the result takes"},
		{"back from what is gone", func(_ *grad.Tape, x *grad.Var) *grad.Var {
			h := grad.AddScalar(grad.Sum(x), 1)
			grad.ReLUInPlace(h)
			_ = h.Backward() // the error stays on the tape
			return h
		}, "Backward: the result is gone: an operation in place has overwritten it"},
		{"larger than its place", func(_ *grad.Tape, x *grad.Var) *grad.Var {
			return grad.AddInPlace(grad.AddScalar(grad.Slice(x, 0, 0, 1), 1), x)
		}, "Add: the sum has shape [3 3], want that of the first input, [1 3]"},
		{"input", func(_ *grad.Tape, x *grad.Var) *grad.Var { return grad.ReLUInPlace(x) },
			"ReLU: the input is no result of an operation, which alone may be overwritten"},
		{"view of a parameter", func(tape *grad.Tape, _ *grad.Var) *grad.Var {
			return grad.ReLUInPlace(grad.Reshape(tape.Use(p), 9))
		}, "ReLU: the input is no result of an operation"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tape := grad.NewTape(grad.Training, 1)
			y := c.run(tape, tape.Input(tensor.Ones(3, 3)).RequireGrad())
			if err := y.Err(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			tape.Reset()
			if y := grad.ReLUInPlace(grad.AddScalar(tape.Input(tensor.Ones(3, 3)), 1)); y.Err() != nil || y.Data().At(0, 0) != 2 {
				t.Errorf("after an error: %v, %v", y.Data(), y.Err())
			}
		})
	}
}

// TestInPlaceOtherwise predicts, where memory is none that Backward needs.
func TestInPlaceOtherwise(t *testing.T) {
	tape := grad.NewTape(grad.Evaluation, 1)
	x := tape.Input(tensor.Full[float32](-1, 2))
	if y := grad.AddInPlace(x, x); y.Err() != nil || y.Data().At(0) != -2 || x.Data().At(0) != -1 {
		t.Errorf("AddInPlace of -1 and -1 is %v, %v; x is %v now, want what it was", y.Data(), y.Err(), x.Data())
	}
	if y := grad.ReLUInPlace(x); y.Err() != nil || y.Data().At(0) != 0 || x.Data().At(0) != -1 {
		t.Errorf("ReLUInPlace of -1 is %v, %v; x is %v now, want what it was", y.Data(), y.Err(), x.Data())
	}
}
