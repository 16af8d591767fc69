package grad

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// concat: the gradient of an input is its part of g.
type concat struct{ Axis int }

func (*concat) Name() string { return "Concat" }
func (*concat) Needs() Needs { return Needs{} }

func (op *concat) Infer(in, out []tensor.Shape) error {
	axis, err := axisOf(op.Axis, in[0])
	if err != nil {
		return err
	}
	op.Axis = axis
	s := append(out[0][:0], in[0]...)
	s[axis] = 0
	for i, x := range in {
		ok := len(x) == len(s)
		for j := 0; ok && j < len(s); j++ {
			ok = j == axis || x[j] == in[0][j]
		}
		if !ok {
			return fmt.Errorf("input %d has shape %v, want that of input 0, %v, but for axis %d", i, x, in[0], axis)
		}
		s[axis] += x[axis]
	}
	out[0] = s
	return nil
}

// part returns the part of the result, or of its gradient, that input i fills,
// which begins at position at, and where the next part begins.
func (op *concat) part(c *Call, y *tensor.Tensor, i, at int) (part *tensor.Tensor, next int) {
	next = at + c.InShape(i)[op.Axis]
	return y.SliceTo(&c.header, op.Axis, at, next), next
}

func (op *concat) Forward(c *Call) {
	at := 0
	for i := range c.in {
		part, next := op.part(c, c.Out(0), i, at)
		part.Copy(c.In(i))
		at = next
	}
}

func (op *concat) Backward(c *Call) {
	at := 0
	for i := range c.in {
		part, next := op.part(c, c.GradOut(0), i, at)
		if dst, first := c.GradIn(i); dst != nil {
			addGrad(dst, part, first)
		}
		at = next
	}
}

// Concat joins inputs along an axis, in which alone their shapes may differ; a
// negative axis counts from the right. It panics if there is no input.
//
//go:noinline
func Concat(axis int, xs ...*Var) *Var { return Apply(concat{Axis: axis}, xs...) }

// stack: the gradient of an input is its part of g.
type stack struct{ Axis int }

func (*stack) Name() string { return "Stack" }
func (*stack) Needs() Needs { return Needs{} }

func (op *stack) Infer(in, out []tensor.Shape) error {
	x, n := in[0], len(in[0])
	if op.Axis < -n-1 || op.Axis > n {
		return fmt.Errorf("new axis %d for inputs of shape %v, want %d to %d", op.Axis, x, -n-1, n)
	}
	if op.Axis < 0 {
		op.Axis += n + 1
	}
	for i := range in {
		if !in[i].Equal(x) {
			return fmt.Errorf("input %d has shape %v, want that of input 0, %v", i, in[i], x)
		}
	}
	out[0] = append(append(append(out[0][:0], x[:op.Axis]...), len(in)), x[op.Axis:]...)
	return nil
}

func (op *stack) Forward(c *Call) {
	for i := range c.in {
		c.Out(0).IndexTo(&c.header, op.Axis, i).Copy(c.In(i))
	}
}

func (op *stack) Backward(c *Call) {
	for i := range c.in {
		if dst, first := c.GradIn(i); dst != nil {
			addGrad(dst, c.GradOut(0).IndexTo(&c.header, op.Axis, i), first)
		}
	}
}

// Stack joins inputs of one shape along a new axis, at position axis of the
// result; -1 puts it last. It panics if there is no input.
//
//go:noinline
func Stack(axis int, xs ...*Var) *Var { return Apply(stack{Axis: axis}, xs...) }
