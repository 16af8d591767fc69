package rnn_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// gated are the equations of the documentation for one step of an LSTM or a GRU: the
// states after a step of those before it, from the sums of products and biases.
var gated = map[string]func(x, h *grad.Var, n int, hBefore, c *grad.Var) (after, cAfter *grad.Var){
	"LSTM": func(x, h *grad.Var, n int, _, c *grad.Var) (*grad.Var, *grad.Var) {
		z := grad.Add(x, h)
		gate := func(i int) *grad.Var { return grad.Slice(z, 1, i*n, (i+1)*n) }
		c = grad.Add(grad.Mul(grad.Sigmoid(gate(1)), c), grad.Mul(grad.Sigmoid(gate(0)), grad.Tanh(gate(2))))
		return grad.Mul(grad.Sigmoid(gate(3)), grad.Tanh(c)), c
	},
	"GRU": func(x, h *grad.Var, n int, before, c *grad.Var) (*grad.Var, *grad.Var) {
		part := func(v *grad.Var, i int) *grad.Var { return grad.Slice(v, 1, i*n, (i+1)*n) }
		r := grad.Sigmoid(grad.Add(part(x, 0), part(h, 0)))
		z := grad.Sigmoid(grad.Add(part(x, 1), part(h, 1)))
		new := grad.Tanh(grad.Add(part(x, 2), grad.Mul(r, part(h, 2))))
		return grad.Add(new, grad.Mul(z, grad.Sub(before, new))), c
	},
}

// unrolledGated applies the equations step by step to the sequences x.
func unrolledGated(kind string, x *grad.Var, params map[string]*grad.Var, n int) *grad.Var {
	batch := x.Shape()[0]
	h := x.Tape().Const(tensor.Zeros(batch, n))
	c := h
	var all []*grad.Var
	for t := range x.Shape()[1] {
		xs := grad.Linear(grad.Index(x, 1, t), params["weight_ih_l0"], params["bias_ih_l0"])
		hs := grad.Linear(h, params["weight_hh_l0"], params["bias_hh_l0"])
		h, c = gated[kind](xs, hs, n, h, c)
		all = append(all, h)
	}
	return grad.Stack(1, all...)
}

// TestUnrolledGated compares LSTM and GRU with the equations, over sizes round the
// edges of blocks and tiles.
func TestUnrolledGated(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 2))
		for i := range 20 {
			batch, steps, in, hidden := 1+r.IntN(40), 1+r.IntN(5), 1+r.IntN(20), 1+r.IntN(35)
			kind, l := "LSTM", rnn.Layer(rnn.NewLSTM(in, hidden))
			if i%2 == 1 {
				kind, l = "GRU", rnn.NewGRU(in, hidden)
			}
			initialized(t, nn.Module(l), false)
			x := uniform(uint64(i), batch, steps, in)
			run := func(f func(x *grad.Var) *grad.Var) []*tensor.Tensor {
				tape := grad.NewTape(grad.Gradients, 1)
				v := tape.Input(x).RequireGrad()
				y := f(v)
				if err := y.BackwardFrom(tensor.Uniform(99, -1, 1, y.Shape()...)); err != nil {
					t.Fatal(err)
				}
				out := []*tensor.Tensor{y.Data().Clone(), v.Grad().Clone()}
				for _, p := range nn.Params(l) {
					out = append(out, tape.ParamGrad(p).Clone())
				}
				return out
			}
			want := run(func(x *grad.Var) *grad.Var {
				params := map[string]*grad.Var{}
				for _, p := range nn.Params(l) {
					params[p.Name] = grad.Use(x, p)
				}
				return unrolledGated(kind, x, params, hidden)
			})
			name := fmt.Sprintf("case %d: %s, batch %d, %d steps, %d inputs, %d hidden", i, kind, batch, steps, in, hidden)
			compare(t, name, run(l.Forward), want, 1e-5)
		}
	})
}

// TestLayersWorkers: the bits of results and of all gradients do not depend on the
// number of workers.
func TestLayersWorkers(t *testing.T) {
	const batch, steps = 50, 5
	lengths := make([]int, batch)
	for i := range lengths {
		lengths[i] = 1 + i*7%steps
	}
	for name, l := range map[string]rnn.Layer{
		"LSTM":     rnn.NewLSTM(24, 70, rnn.Bidirectional, rnn.Layers(2)),
		"GRU":      rnn.NewGRU(24, 70, rnn.Bidirectional),
		"ConvLSTM": rnn.NewConvLSTM(3, 6, 3, rnn.Bidirectional),
	} {
		initialized(t, nn.Module(l), false)
		x := uniform(1, batch, steps, 24)
		if name == "ConvLSTM" {
			x = uniform(1, batch, steps, 3, 8)
		}
		var want []*tensor.Tensor
		for _, n := range []int{1, 2, 7} {
			before := parallel.SetWorkers(n)
			got, gradients := alone(t, l, x, lengths)
			parallel.SetWorkers(before)
			got = append(got, gradients...)
			if want == nil {
				want = got
			}
			compare(t, fmt.Sprintf("%s, %d workers", name, n), got, want, 0)
		}
	}
}
