package grad

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// pad: dx is the inner part of g.
type pad struct {
	Value  float32
	N      int
	Margin [maxRank][2]int // of the first N axes
}

func (*pad) Name() string { return "Pad" }
func (*pad) Needs() Needs { return Needs{} }

func (op *pad) Infer(in, out []tensor.Shape) error {
	if op.N != len(in[0]) || op.N > maxRank {
		return fmt.Errorf("%d pairs of margins for an input of shape %v, want %d", op.N, in[0], len(in[0]))
	}
	out[0] = append(out[0][:0], in[0]...)
	for i := range in[0] {
		m := op.Margin[i]
		if m[0] < 0 || m[1] < 0 {
			return fmt.Errorf("margins %v of axis %d, want none negative", m, i)
		}
		out[0][i] += m[0] + m[1]
	}
	return nil
}

// inner returns the part of y that the input takes up.
func (op *pad) inner(c *Call, y *tensor.Tensor) *tensor.Tensor {
	part := y
	for i, d := range c.InShape(0) {
		lo := op.Margin[i][0]
		part = part.SliceTo(&c.header, i, lo, lo+d)
	}
	return part
}

func (op *pad) Forward(c *Call) {
	y := c.Out(0)
	y.Fill(op.Value)
	op.inner(c, y).Copy(c.In(0))
}

func (op *pad) Backward(c *Call) {
	if dst, first := c.GradIn(0); dst != nil {
		addGrad(dst, op.inner(c, c.GradOut(0)), first)
	}
}

// Pad returns x with margins of a constant value: margins[i] elements before and
// after axis i. There must be a pair for each axis, none negative.
func Pad(x *Var, value float32, margins ...[2]int) *Var {
	op := pad{Value: value, N: len(margins)}
	copy(op.Margin[:], margins)
	return apply1(op, x)
}
