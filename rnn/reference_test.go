package rnn_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// layer is a recurrent layer as a function of x, wih, whh, bih, bhh and, for an
// RNN, h0; the last three may be nil.
type layer func(x []*grad.Var, a rnn.Activation) *grad.Var

func apply(x []*grad.Var, a rnn.Activation) *grad.Var {
	return rnn.Apply(x[0], x[1], x[2], x[3], x[4], x[5], a)
}

func applyConv(x []*grad.Var, a rnn.Activation) *grad.Var {
	return rnn.ApplyConv(x[0], x[1], x[2], x[3], x[4], a)
}

// unrolled is apply, written step by step.
func unrolled(x []*grad.Var, a rnn.Activation) *grad.Var {
	h := x[5]
	if h == nil {
		h = x[0].Tape().Const(tensor.Zeros(x[0].Shape()[0], x[1].Shape()[0]))
	}
	return steps(x[0], h, a, func(xt, h *grad.Var) *grad.Var {
		return grad.Add(grad.Linear(xt, x[1], x[3]), grad.Linear(h, x[2], x[4]))
	})
}

// unrolledConv is applyConv, written step by step with convolutions of pictures
// that are one pixel high.
func unrolledConv(x []*grad.Var, a rnn.Activation) *grad.Var {
	s := x[0].Shape()
	h := x[0].Tape().Const(tensor.Zeros(s[0], x[1].Shape()[0], s[3]))
	slide := func(x, w, b *grad.Var) *grad.Var {
		return grad.Squeeze(conv.Apply2D(grad.Unsqueeze(x, 2), grad.Unsqueeze(w, 2), b, conv.Settings{Same: true}), 2)
	}
	return steps(x[0], h, a, func(xt, h *grad.Var) *grad.Var {
		return grad.Add(slide(xt, x[1], x[3]), slide(h, x[2], x[4]))
	})
}

func steps(x, h *grad.Var, a rnn.Activation, sum func(xt, h *grad.Var) *grad.Var) *grad.Var {
	var all []*grad.Var
	for t := range x.Shape()[1] {
		h = sum(grad.Index(x, 1, t), h)
		if a == rnn.ReLU {
			h = grad.ReLU(h)
		} else {
			h = grad.Tanh(h)
		}
		all = append(all, h)
	}
	return grad.Stack(1, all...)
}

// differentiate returns the result of a layer and the gradients of all inputs; the
// gradient of the result is random.
func differentiate(t *testing.T, f layer, a rnn.Activation, in []*tensor.Tensor) []*tensor.Tensor {
	t.Helper()
	tape := grad.NewTape(grad.Gradients, 1)
	vars := make([]*grad.Var, len(in))
	for i, x := range in {
		if x != nil {
			vars[i] = tape.Input(x).RequireGrad()
		}
	}
	y := f(vars, a)
	if err := y.BackwardFrom(tensor.Uniform(99, -1, 1, y.Shape()...)); err != nil {
		t.Fatal(err)
	}
	out := []*tensor.Tensor{y.Data().Clone()}
	for _, v := range vars {
		if v != nil {
			out = append(out, v.Grad().Clone())
		}
	}
	return out
}

func uniform(seed uint64, shape ...int) *tensor.Tensor {
	return tensor.Uniform(seed, -0.6, 0.6, shape...)
}

// inputs returns random inputs of apply.
func inputs(seed uint64, n, t, in, hidden int, bias, state bool) []*tensor.Tensor {
	x := []*tensor.Tensor{uniform(seed, n, t, in), uniform(seed+1, hidden, in), uniform(seed+2, hidden, hidden), nil, nil, nil}
	if bias {
		x[3], x[4] = uniform(seed+3, hidden), uniform(seed+4, hidden)
	}
	if state {
		x[5] = uniform(seed+5, n, hidden)
	}
	return x
}

// inputsConv returns random inputs of applyConv.
func inputsConv(seed uint64, n, t, in, hidden, kernel, width int, bias bool) []*tensor.Tensor {
	x := []*tensor.Tensor{uniform(seed, n, t, in, width), uniform(seed+1, hidden, in, kernel), uniform(seed+2, hidden, hidden, kernel), nil, nil}
	if bias {
		x[3], x[4] = uniform(seed+3, hidden), uniform(seed+4, hidden)
	}
	return x
}

func everyLevel(t *testing.T, f func(t *testing.T)) {
	for _, l := range cpu.Available {
		t.Run("level="+l.String(), func(t *testing.T) {
			defer cpu.Set(cpu.Set(l))
			f(t)
		})
	}
}

var activations = []rnn.Activation{rnn.Tanh, rnn.ReLU}

// compare allows an error relative to the largest element of each array.
func compare(t *testing.T, name string, got, want []*tensor.Tensor, tolerance float64) {
	t.Helper()
	for i, w := range want {
		largest := 0.0
		for _, v := range w.Data() {
			largest = max(largest, math.Abs(float64(v)))
		}
		if !got[i].Shape().Equal(w.Shape()) {
			t.Fatalf("%s: array %d has shape %v, want %v", name, i, got[i].Shape(), w.Shape())
		}
		for k, v := range w.Data() {
			if g := got[i].Data()[k]; !(math.Abs(float64(g)-float64(v)) <= tolerance*largest) {
				t.Fatalf("%s: array %d (the result, then gradients) at element %d of shape %v is %v, want %v", name, i, k, w.Shape(), g, v)
			}
		}
	}
}

// TestUnrolled compares with the layer written step by step. The seed is fixed,
// since at the kink of ReLU the two may rightly differ.
func TestUnrolled(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for i := range 40 {
			n, steps, in, hidden, a := 1+r.IntN(40), 1+r.IntN(6), 1+r.IntN(20), 1+r.IntN(35), activations[i%2]
			x := inputs(uint64(i), n, steps, in, hidden, r.IntN(3) > 0, r.IntN(2) > 0)
			name := fmt.Sprintf("case %d: RNN %s, batch %d, %d steps, %d inputs, %d hidden", i, a, n, steps, in, hidden)
			compare(t, name, differentiate(t, apply, a, x), differentiate(t, unrolled, a, x), 1e-5)
		}
	})
}

func TestUnrolledConv(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for i := range 30 {
			n, steps, in, hidden, a := 1+r.IntN(20), 1+r.IntN(5), 1+r.IntN(4), 1+r.IntN(7), activations[i%2]
			kernel, width := 1+2*r.IntN(3), 1+r.IntN(20)
			x := inputsConv(uint64(i), n, steps, in, hidden, kernel, width, r.IntN(3) > 0)
			name := fmt.Sprintf("case %d: ConvRNN %s, batch %d, %d steps, %d inputs, %d hidden, kernel %d, width %d",
				i, a, n, steps, in, hidden, kernel, width)
			compare(t, name, differentiate(t, applyConv, a, x), differentiate(t, unrolledConv, a, x), 1e-5)
		}
	})
}

// TestFormula computes the recurrence in float64, as the documentation has it.
func TestFormula(t *testing.T) {
	const n, T, in, hidden = 19, 5, 3, 4
	x := inputs(7, n, T, in, hidden, true, true)
	want := tensor.Zeros(n, T, hidden)
	for s := range n {
		h := make([]float64, hidden)
		for i := range h {
			h[i] = float64(x[5].At(s, i))
		}
		for step := range T {
			next := make([]float64, hidden)
			for i := range next {
				sum := float64(x[3].At(i)) + float64(x[4].At(i))
				for j := range in {
					sum += float64(x[1].At(i, j)) * float64(x[0].At(s, step, j))
				}
				for j := range h {
					sum += float64(x[2].At(i, j)) * h[j]
				}
				next[i] = math.Tanh(sum)
				want.Set(float32(next[i]), s, step, i)
			}
			h = next
		}
	}
	everyLevel(t, func(t *testing.T) {
		compare(t, "RNN", differentiate(t, apply, rnn.Tanh, x)[:1], []*tensor.Tensor{want}, 1e-6)
	})
}

// large are inputs that fill several blocks of sequences and parts of products.
func large() map[string]struct {
	layer
	x []*tensor.Tensor
} {
	type c = struct {
		layer
		x []*tensor.Tensor
	}
	return map[string]c{
		"RNN":     {apply, inputs(1, 50, 4, 96, 70, true, true)},
		"ConvRNN": {applyConv, inputsConv(2, 36, 3, 3, 16, 3, 33, true)},
	}
}

// TestWorkers: the bits do not depend on the number of workers.
func TestWorkers(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		for name, c := range large() {
			for _, a := range activations {
				var want []*tensor.Tensor
				for _, n := range []int{1, 2, 7} {
					before := parallel.SetWorkers(n)
					got := differentiate(t, c.layer, a, c.x)
					parallel.SetWorkers(before)
					if want == nil {
						want = got
					}
					compare(t, fmt.Sprintf("%s, %s, %d workers", name, a, n), got, want, 0)
				}
			}
		}
	})
}

// TestBatchIndependence: a sequence gets the same bits in any batch, result and
// gradient of the input.
func TestBatchIndependence(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		for name, c := range large() {
			run := func(lo, hi int) (y, dx *tensor.Tensor) {
				tape := grad.NewTape(grad.Gradients, 1)
				vars := make([]*grad.Var, len(c.x))
				for i, x := range c.x {
					if i == 0 || i == 5 {
						x = x.Slice(0, lo, hi)
					}
					vars[i] = tape.Input(x)
				}
				vars[0].RequireGrad()
				out := c.layer(vars, rnn.Tanh)
				if err := out.BackwardFrom(nil); err != nil {
					t.Fatal(err)
				}
				return out.Data().Clone(), vars[0].Grad().Clone()
			}
			n := c.x[0].Dim(0)
			y, dx := run(0, n)
			for _, part := range [][2]int{{0, 1}, {15, 17}, {n - 1, n}, {3, 25}} {
				lo, hi := part[0], part[1]
				y2, dx2 := run(lo, hi)
				compare(t, fmt.Sprintf("%s, sequences %d to %d", name, lo, hi), []*tensor.Tensor{y2, dx2},
					[]*tensor.Tensor{y.Slice(0, lo, hi).Clone(), dx.Slice(0, lo, hi).Clone()}, 0)
			}
		}
	})
}

// TestParts: a sequence that is cut in two gives the same bits as the whole, and
// nearly the same gradients.
func TestParts(t *testing.T) {
	parts := func(x []*grad.Var, a rnn.Activation) *grad.Var {
		T := x[0].Shape()[1]
		first := append([]*grad.Var{grad.Slice(x[0], 1, 0, 2)}, x[1:]...)
		y1 := apply(first, a)
		second := append([]*grad.Var{grad.Slice(x[0], 1, 2, T)}, x[1:5]...)
		return grad.Concat(1, y1, apply(append(second, rnn.Last.Forward(y1)), a))
	}
	everyLevel(t, func(t *testing.T) {
		for _, a := range activations {
			for _, state := range []bool{false, true} {
				x := inputs(3, 18, 5, 4, 9, true, state)
				got, want := differentiate(t, parts, a, x), differentiate(t, apply, a, x)
				compare(t, "states", got[:1], want[:1], 0)
				compare(t, "gradients", got, want, 1e-5)
			}
		}
	})
}

// TestZeroState: no initial state is one of zeros.
func TestZeroState(t *testing.T) {
	x := inputs(3, 3, 4, 5, 6, true, false)
	want := differentiate(t, apply, rnn.Tanh, x)
	x[5] = tensor.Zeros(3, 6)
	compare(t, "state of zeros", differentiate(t, apply, rnn.Tanh, x), want, 0)
}

// TestConvKernel1: with a kernel of 1 every place of the row is an RNN of its own.
func TestConvKernel1(t *testing.T) {
	const width = 5
	x := inputsConv(4, 3, 4, 3, 6, 1, width, true)
	y := differentiate(t, applyConv, rnn.Tanh, x)[0]
	for i := range width {
		one := []*tensor.Tensor{x[0].Index(-1, i), x[1].Index(-1, 0), x[2].Index(-1, 0), x[3], x[4], nil}
		want := differentiate(t, apply, rnn.Tanh, one)[0]
		compare(t, fmt.Sprintf("place %d", i), []*tensor.Tensor{y.Index(-1, i).Clone()}, []*tensor.Tensor{want}, 1e-6)
	}
}
