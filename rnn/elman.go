package rnn

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// block is the number of sequences that one task takes through all steps. A
// fork and join for a whole sequence costs nothing; one for each step would cost
// more than the step. Sequences do not interact, so results do not depend on it.
const block = 16

// elman is the operation behind [RNN]. Its inputs are x, wih, whh, bih, bhh and
// h0, of which the last three may be absent. With b = bih + bhh it computes
//
//	y_t = σ(x_t·Wihᵀ + b + y_{t−1}·Whhᵀ),  y_{−1} = h0
//
// the first two terms as one product over all steps. Backward, from the last
// step to the first, with d_t the gradient with respect to σ's argument:
//
//	d_t = (dy_t + d_{t+1}·Whh) ⊙ σ'(y_t)
//	dWih = Σ_t d_tᵀ·x_t   dWhh = Σ_t d_tᵀ·y_{t−1}   db = Σ_t d_t
//	dx_t = d_t·Wih        dh0 = d_0·Whh
type elman struct{ Activation Activation }

func (*elman) Name() string { return "RNN" }

func (op *elman) Infer(in, out []tensor.Shape) error {
	if err := op.Activation.check(); err != nil {
		return err
	}
	x, wih, whh := in[0], in[1], in[2]
	switch {
	case len(x) != 3 || x[1] == 0:
		return fmt.Errorf("input has shape %v, want [batch steps features] with at least one step", x)
	case len(wih) != 2:
		return fmt.Errorf("input weight has shape %v, want [hidden features]", wih)
	case x[2] != wih[1]:
		return fmt.Errorf("input has %d features in a step, want %d", x[2], wih[1])
	case !whh.Equal(tensor.Shape{wih[0], wih[0]}):
		return fmt.Errorf("recurrent weight has shape %v, want [%d %d]", whh, wih[0], wih[0])
	}
	for _, b := range in[3:5] {
		if b != nil && !b.Equal(tensor.Shape{wih[0]}) {
			return fmt.Errorf("bias has shape %v, want [%d]", b, wih[0])
		}
	}
	if h0 := in[5]; h0 != nil && !h0.Equal(tensor.Shape{x[0], wih[0]}) {
		return fmt.Errorf("initial state has shape %v, want [%d %d]", h0, x[0], wih[0])
	}
	out[0] = append(out[0][:0], x[0], x[1], wih[0])
	return nil
}

func (*elman) Needs() grad.Needs { return grad.Needs{In: 0b100111, Out: 1} }

// scan is the working state of an elman: it takes blocks of sequences through
// all steps.
type scan struct {
	Activation
	n, t, in, h int
	y, h0       []float32 // states [N, T, H], initial state [N, H] or nil
	d, dh0      []float32 // Backward: gradients in the same layout
	whh         gemm.Packed
	backward    bool

	call gemm.Call // of the products over all steps
	a, b gemm.Matrix
	work [parallel.MaxWorkers]*step // of each worker, once it had something to do
}

type step struct {
	call gemm.Call
	a    gemm.Matrix
}

// scan returns the working state, made ready for the call.
func (op *elman) scan(c *grad.Call) *scan {
	s := grad.Work[scan](c)
	x, y := c.InShape(0), c.OutShape(0)
	s.Activation, s.n, s.t, s.in, s.h = op.Activation, x[0], x[1], x[2], y[2]
	s.y, s.h0 = c.Out(0).Data(), c.InData(5)
	return s
}

// blocks returns the number of tasks.
func (s *scan) blocks() int { return (s.n + block - 1) / block }

func (op *elman) Forward(c *grad.Call) {
	s := op.scan(c)
	wih, whh := c.InData(1), c.InData(2)
	bias := c.Scratch(s.h)
	sumBiases(bias, c.InData(3), c.InData(4))
	s.a = gemm.Matrix{Data: c.InData(0), I: s.in, K: 1}
	s.b = gemm.Matrix{Data: wih, I: s.in, K: 1}
	s.call = gemm.Call{M: s.n * s.t, N: s.h, K: s.in, A: &s.a, B: &s.b, C: s.y, CRow: s.h, Init: gemm.ColBias, Bias: bias}
	s.call.Run()
	s.b = gemm.Matrix{Data: whh, I: s.h, K: 1}
	s.whh.SetB(s.h, s.h, &s.b)
	s.backward = false
	parallel.For(s.blocks(), s)
}

// sumBiases writes the sum of two biases to dst; either may be nil.
func sumBiases(dst, a, b []float32) {
	clear(dst)
	if a != nil {
		vec.Add(dst, dst, a)
	}
	if b != nil {
		vec.Add(dst, dst, b)
	}
}

// Do implements [parallel.Task]; a part is a block of sequences.
func (s *scan) Do(worker, i int) {
	lo := i * block
	hi := min(lo+block, s.n)
	w := s.work[worker]
	if w == nil {
		w = new(step)
		s.work[worker] = w
	}
	if s.backward {
		s.blockBackward(w, lo, hi)
	} else {
		s.blockForward(w, lo, hi)
	}
}

// at returns the states, or gradients, of all steps from sequence n, step t on.
func (s *scan) at(x []float32, n, t int) []float32 { return x[(n*s.t+t)*s.h:] }

func (s *scan) blockForward(w *step, lo, hi int) {
	for t := range s.t {
		switch {
		case t > 0:
			w.a = gemm.Matrix{Data: s.at(s.y, lo, t-1), I: s.t * s.h, K: 1}
		case s.h0 != nil:
			w.a = gemm.Matrix{Data: s.h0[lo*s.h:], I: s.h, K: 1}
		}
		if t > 0 || s.h0 != nil {
			w.call = gemm.Call{M: hi - lo, N: s.h, K: s.h, A: &w.a, B: &s.whh, C: s.at(s.y, lo, t), CRow: s.t * s.h, Init: gemm.FromC}
			w.call.Run()
		}
		for n := lo; n < hi; n++ {
			s.apply(s.at(s.y, n, t)[:s.h])
		}
	}
}

// blockBackward turns s.d from the gradient with respect to the states into d_t.
func (s *scan) blockBackward(w *step, lo, hi int) {
	for t := s.t - 1; t >= 0; t-- {
		for n := lo; n < hi; n++ {
			s.back(s.at(s.d, n, t)[:s.h], s.at(s.y, n, t)[:s.h])
		}
		w.a = gemm.Matrix{Data: s.at(s.d, lo, t), I: s.t * s.h, K: 1}
		w.call = gemm.Call{M: hi - lo, N: s.h, K: s.h, A: &w.a, B: &s.whh}
		switch {
		case t > 0:
			w.call.C, w.call.CRow, w.call.Init = s.at(s.d, lo, t-1), s.t*s.h, gemm.FromC
		case s.dh0 != nil:
			w.call.C, w.call.CRow = s.dh0[lo*s.h:], s.h
		default:
			continue
		}
		w.call.Run()
	}
}

func (op *elman) Backward(c *grad.Call) {
	s := op.scan(c)
	s.d = c.Scratch(s.n * s.t * s.h)
	copy(s.d, c.GradOutData(0))
	s.dh0 = nil
	if c.Needed(5) {
		s.dh0 = c.Scratch(s.n * s.h)
	}
	s.b = gemm.Matrix{Data: c.InData(2), I: 1, K: s.h}
	s.whh.SetB(s.h, s.h, &s.b)
	s.backward = true
	parallel.For(s.blocks(), s)

	rows := s.n * s.t
	if dw, add := c.BeginGrad(1); dw != nil {
		s.product(dw, s.h, s.in, rows, gemm.Matrix{Data: s.d, I: 1, K: s.h}, gemm.Matrix{Data: c.InData(0), I: 1, K: s.in}, add)
		c.EndGrad(1)
	}
	if dw, add := c.BeginGrad(2); dw != nil {
		before := c.Scratch(rows * s.h) // y_{t−1}
		s.shift(before)
		s.product(dw, s.h, s.h, rows, gemm.Matrix{Data: s.d, I: 1, K: s.h}, gemm.Matrix{Data: before, I: 1, K: s.h}, add)
		c.EndGrad(2)
	}
	for i := 3; i < 5; i++ {
		if db, add := c.BeginGrad(i); db != nil {
			if !add {
				clear(db)
			}
			for r := range rows {
				vec.Add(db, db, s.d[r*s.h:][:s.h])
			}
			c.EndGrad(i)
		}
	}
	if dx, add := c.BeginGrad(0); dx != nil {
		s.product(dx, rows, s.in, s.h, gemm.Matrix{Data: s.d, I: s.h, K: 1}, gemm.Matrix{Data: c.InData(1), I: 1, K: s.in}, add)
		c.EndGrad(0)
	}
	if dh, add := c.BeginGrad(5); dh != nil {
		if add {
			vec.Add(dh, dh, s.dh0)
		} else {
			copy(dh, s.dh0)
		}
		c.EndGrad(5)
	}
}

// product computes dst [m, n] = a·b over k terms, or adds it.
func (s *scan) product(dst []float32, m, n, k int, a, b gemm.Matrix, add bool) {
	s.a, s.b = a, b
	s.call = gemm.Call{M: m, N: n, K: k, A: &s.a, B: &s.b, C: dst, CRow: n}
	if add {
		s.call.Init = gemm.FromC
	}
	s.call.Run()
}

// shift writes the state before each step to dst.
func (s *scan) shift(dst []float32) {
	for n := range s.n {
		to := s.at(dst, n, 0)
		if s.h0 != nil {
			copy(to[:s.h], s.h0[n*s.h:])
		} else {
			clear(to[:min(s.h, len(to))])
		}
		copy(to[s.h:s.t*s.h], s.at(s.y, n, 0))
	}
}
