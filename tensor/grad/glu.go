package grad

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// glu: with halves a and b of x and s = 1/(1 + e⁻ᵇ), da = g·s and db =
// g·a·s·(1 - s).
type glu struct{ Axis int }

func (*glu) Name() string { return "GLU" }
func (*glu) Needs() Needs { return Needs{In: 1} }

func (op *glu) Infer(in, out []tensor.Shape) error {
	axis, err := axisOf(op.Axis, in[0])
	if err != nil {
		return err
	}
	if in[0][axis]%2 != 0 {
		return fmt.Errorf("axis %d of an input of shape %v has size %d, want an even number", axis, in[0], in[0][axis])
	}
	op.Axis = axis
	out[0] = append(out[0][:0], in[0]...)
	out[0][axis] /= 2
	return nil
}

// halves are headers of the two halves of a tensor.
type halves struct{ a, b tensor.Tensor }

func (op *glu) cut(h *halves, x *tensor.Tensor) (a, b loop.Operand) {
	n := x.Shape()[op.Axis] / 2
	return operand(x.SliceTo(&h.a, op.Axis, 0, n)), operand(x.SliceTo(&h.b, op.Axis, n, 2*n))
}

func (op *glu) Forward(c *Call) {
	y := c.Out(0)
	a, b := op.cut(&Work[gluWork](c).x, c.In(0))
	loop.Run(loop.Binary(gluRow), false, y.Shape(), operand(y), a, b)
}

// gluWork holds the headers that a call of glu takes.
type gluWork struct{ x, dx halves }

func (op *glu) Backward(c *Call) {
	dst, first := c.GradIn(0)
	if dst == nil {
		return
	}
	w, g := Work[gluWork](c), c.GradOut(0)
	a, b := op.cut(&w.x, c.In(0))
	da, db := op.cut(&w.dx, dst)
	loop.Run(loop.Binary(gluRow), !first, g.Shape(), da, operand(g), b)
	loop.Run(loop.Ternary(gluGateGrad), !first, g.Shape(), db, operand(g), a, b)
}

func gluRow(dst, a, b []float32) {
	vec.Sigmoid(dst, b)
	vec.Mul(dst, dst, a)
}

func gluGateGrad(dst, g, a, b []float32) {
	vec.Sigmoid(dst, b)
	vec.SigmoidGrad(dst, g, dst)
	vec.Mul(dst, dst, a)
}

// GLU returns a/(1 + e⁻ᵇ), where a and b are the first and the second half of x
// along an axis: the gated linear unit (Dauphin et al. 2016, arXiv 1612.08083). A
// negative axis counts from the right. An odd number of elements along it is an
// error.
func GLU(x *Var, axis int) *Var { return apply1(glu{axis}, x) }
