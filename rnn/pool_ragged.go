package rnn

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// pool is the operation behind [Pool] for sequences x whose lengths L, input 1, are the
// number of steps if they are absent:
//
//	last  y = x_{L−1}        mean  y = Σ_{t<L} x_t / L        max  y = max_{t<L} x_t
//	ends  the first half of the features of x_{L−1}, the second half of those of x_0
//
// Equally large steps share the gradient in equal parts.
type pool struct{ kind Pool }

func (*pool) Name() string { return "Pool" }

func (op *pool) Needs() grad.Needs {
	if op.kind == Max {
		return grad.Needs{In: 1, Out: 1}
	}
	return grad.Needs{}
}

func (op *pool) Infer(in, out []tensor.Shape) error {
	x := in[0]
	if err := checkLengths(x, in[1]); err != nil {
		return err
	}
	if op.kind == Ends && (len(x) < 3 || x[2]%2 != 0) {
		return fmt.Errorf("input has shape %v, want [batch steps features …] with an even number of features", x)
	}
	out[0] = append(append(out[0][:0], x[0]), x[2:]...)
	return nil
}

// checkLengths reports sequences without steps and lengths of another number.
func checkLengths(x, lengths tensor.Shape) error {
	if len(x) < 2 || x[1] == 0 {
		return fmt.Errorf("input has shape %v, want [batch steps …] with at least one step", x)
	}
	if lengths != nil && !lengths.Equal(tensor.Shape{x[0]}) && !lengths.Equal(tensor.Shape{x[0], 1}) {
		return fmt.Errorf("lengths have shape %v, want [%d]", lengths, x[0])
	}
	return nil
}

// lengthsOf returns the lengths of the sequences of a call, whose input 1 they are,
// for Forward and Backward, or nil if they cannot be.
func lengthsOf(c *grad.Call) []int {
	x := c.InShape(0)
	lens := c.SaveInts(0, x[0])
	given := c.InData(1)
	if given == nil {
		for i := range lens {
			lens[i] = x[1]
		}
		return lens
	}
	for i, l := range given {
		if err := checkLength(l, i, x[1]); err != nil {
			c.Fail(err)
			return nil
		}
		lens[i] = int(l)
	}
	return lens
}

func (op *pool) Forward(c *grad.Call) {
	lens := lengthsOf(c)
	if lens == nil {
		return
	}
	x, y := c.InData(0), c.Out(0).Data()
	steps, size := c.InShape(0)[1], c.OutShape(0)[1:].Size()
	for n, l := range lens {
		x, y := x[n*steps*size:], y[n*size:][:size]
		switch op.kind {
		case Last:
			copy(y, x[(l-1)*size:])
		case Ends:
			copy(y, x[(l-1)*size:][:size/2])
			copy(y[size/2:], x[size/2:size])
		case Mean:
			copy(y, x)
			for t := 1; t < l; t++ {
				vec.Add(y, y, x[t*size:])
			}
			vec.MulScalar(y, y, 1/float32(l))
		case Max:
			copy(y, x)
			for t := 1; t < l; t++ {
				vec.Max(y, y, x[t*size:])
			}
		}
	}
}

func (op *pool) Backward(c *grad.Call) {
	dst, add := c.BeginGrad(0)
	if dst == nil {
		return
	}
	if !add {
		clear(dst)
	}
	s := c.InShape(0)
	steps, size := s[1], c.OutShape(0)[1:].Size()
	g := c.GradOutData(0)
	var x, y, count []float32
	if op.kind == Max {
		x, y, count = c.InData(0), c.Out(0).Data(), c.Scratch(size)
	}
	for n, l := range c.SaveInts(0, s[0]) {
		dx, g := dst[n*steps*size:][:steps*size], g[n*size:][:size]
		last := dx[(l-1)*size:][:size]
		switch op.kind {
		case Last:
			vec.Add(last, last, g)
		case Ends:
			vec.Add(last[:size/2], last, g)
			vec.Add(dx[size/2:size], dx[size/2:], g[size/2:])
		case Mean:
			for t := range l {
				vec.Axpy(dx[t*size:][:size], g, 1/float32(l))
			}
		case Max:
			shareLargest(dx, g, x[n*steps*size:], y[n*size:], l, count)
		}
	}
	c.EndGrad(0)
}

// shareLargest adds to dx, for each element of y, the gradient g in equal parts to
// those of the l steps of x that are as large.
func shareLargest(dx, g, x, y []float32, l int, count []float32) {
	size := len(g)
	clear(count)
	for t := range l {
		for i, v := range x[t*size:][:size] {
			if v == y[i] {
				count[i]++
			}
		}
	}
	for t := range l {
		for i, v := range x[t*size:][:size] {
			if v == y[i] {
				dx[t*size+i] += g[i] / count[i]
			}
		}
	}
}

// applyPool pools sequences that may have lengths.
//
//go:noinline
func applyPool(op pool, x, lengths *grad.Var) *grad.Var {
	// Inlined into another package, the list of inputs would cost an allocation.
	return grad.Apply(op, x, lengths)
}
