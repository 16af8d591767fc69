package grad

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// checkLengths reports lengths of another number than that of the sequences.
func checkLengths(lengths tensor.Shape, batch int) error {
	if lengths != nil && !lengths.Equal(tensor.Shape{batch}) && !lengths.Equal(tensor.Shape{batch, 1}) {
		return fmt.Errorf("lengths have shape %v, want [%d]", lengths, batch)
	}
	return nil
}

// lengths reads input i, the lengths of so many sequences, for Forward and
// Backward, which may also find them in c.SaveInts(key, batch). Those of an absent
// input are all the number of steps. It reports whether they can be.
func (c *Call) lengths(i, key, batch, steps int) (lens []int, ok bool) {
	lens = c.SaveInts(key, batch)
	given := c.InData(i)
	if c.in[i] == nil {
		for n := range lens {
			lens[n] = steps
		}
	}
	for n, l := range given {
		if !(l >= 1 && l <= float32(steps) && l == float32(int(l)) && int(l) <= steps) { // float32(steps) may be above steps
			c.Fail(fmt.Errorf("length %v of sequence %d, want a whole number from 1 to %d", l, n, steps))
			return lens, false
		}
		lens[n] = int(l)
	}
	return lens, true
}

// clearPadding: dx = g where the steps are the sequence's own, else 0.
type clearPadding struct{}

func (*clearPadding) Name() string { return "ClearPadding" }
func (*clearPadding) Needs() Needs { return Needs{} }

func (*clearPadding) Infer(in, out []tensor.Shape) error {
	x := in[0]
	if len(x) < 2 {
		return fmt.Errorf("input has shape %v, want [batch steps …]", x)
	}
	out[0] = append(out[0][:0], x...)
	return checkLengths(in[1], x[0])
}

func (*clearPadding) Forward(c *Call) {
	s := c.InShape(0)
	if lens, ok := c.lengths(1, 0, s[0], s[1]); ok {
		copySteps(c.Out(0).Data(), c.InData(0), lens, s)
	}
}

func (*clearPadding) Backward(c *Call) {
	dst, first := c.GradIn(0)
	if dst == nil {
		return
	}
	s := c.InShape(0)
	dx := c.Scratch(s.Size())
	copySteps(dx, c.GradOutData(0), c.SaveInts(0, s[0]), s)
	addGrad(dst, c.header.Bind(dx, s), first)
}

// copySteps copies sequences and sets what is behind their ends to 0.
func copySteps(dst, x []float32, lens []int, s tensor.Shape) {
	size := s[2:].Size()
	for n, l := range lens {
		lo, mid, hi := n*s[1]*size, (n*s[1]+l)*size, (n+1)*s[1]*size
		copy(dst[lo:mid], x[lo:mid])
		clear(dst[mid:hi])
	}
}

// ClearPadding returns sequences x with zeros for padding: the steps of sequence i
// are the first lengths[i] of its T, what follows them is not read. Shapes: x [N, T,
// …], lengths [N], or nil if there is no padding. A length that is not a whole number
// from 1 to T is an error.
func ClearPadding(x, lengths *Var) *Var {
	if lengths == nil {
		return x
	}
	return apply2(clearPadding{}, x, lengths)
}
