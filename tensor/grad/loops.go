package grad

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/tensor"
)

// What the operations of this package share.

// maxRank bounds the number of axes.
const maxRank = loop.MaxRank

// list holds a few axes or sizes by value: an op with a slice among its
// attributes would cost an allocation for each call.
type list struct {
	N int
	V [maxRank]int
}

func listOf(values []int) list {
	l := list{N: len(values)}
	copy(l.V[:], values)
	return l
}

// slice returns the values, or an error if there were too many to keep.
func (l *list) slice() ([]int, error) {
	if l.N > maxRank {
		return nil, fmt.Errorf("%d axes, want at most %d", l.N, maxRank)
	}
	return l.V[:l.N], nil
}

// axisOf returns an axis of shape s counted from the left; a negative one
// counts from the right.
func axisOf(axis int, s tensor.Shape) (int, error) {
	if axis < -len(s) || axis >= len(s) {
		return 0, fmt.Errorf("axis %d of an input of shape %v, want %d to %d", axis, s, -len(s), len(s)-1)
	}
	if axis < 0 {
		axis += len(s)
	}
	return axis, nil
}

// positive reports a setting that is not a positive number.
func positive(name string, v float32) error {
	if !(v > 0 && v <= math.MaxFloat32) {
		return fmt.Errorf("%s is %v, want a positive number", name, v)
	}
	return nil
}

// sameShape is the shape rule of elementwise functions of one input.
type sameShape struct{}

func (sameShape) Infer(in, out []tensor.Shape) error {
	out[0] = append(out[0][:0], in[0]...)
	return nil
}

// broadcast is the shape rule of elementwise functions of two inputs.
type broadcast struct{}

func (broadcast) Infer(in, out []tensor.Shape) error {
	s, err := tensor.AppendBroadcast(out[0], in[0], in[1])
	if err != nil {
		return err
	}
	out[0] = s
	return nil
}

// operand returns t for the loop engine.
func operand(t *tensor.Tensor) loop.Operand {
	return loop.Operand{Data: t.Raw(), Stride: t.Strides(), Shape: t.Shape()}
}

// mapOut computes output 0 from all inputs, element by element.
func mapOut(c *Call, k loop.Kernel) {
	var in [loop.MaxInputs]loop.Operand
	for i := range c.in {
		in[i] = operand(c.In(i))
	}
	out := c.Out(0)
	loop.Run(k, false, out.Shape(), operand(out), in[:len(c.in)]...)
}

// mapGrad computes k(g, with…) element by element, where g is the gradient of
// output 0, and adds it to the gradient of input i, summed over the axes along
// which that input was repeated.
func mapGrad(c *Call, i int, k loop.Kernel, with ...*tensor.Tensor) {
	dst, first := c.GradIn(i)
	if dst == nil {
		return
	}
	g := c.GradOut(0)
	var in [loop.MaxInputs]loop.Operand
	in[0] = operand(g)
	for j, t := range with {
		in[1+j] = operand(t)
	}
	args := in[:1+len(with)]
	if dst.Shape().Equal(g.Shape()) {
		loop.Run(k, !first, g.Shape(), operand(dst), args...)
		return
	}
	t := c.header.Bind(c.Scratch(g.Len()), g.Shape())
	loop.Run(k, false, g.Shape(), operand(t), args...)
	sumGrad(dst, t, first)
}

// sumGrad writes g to dst, or adds it, summed over the axes along which the
// shape of dst is repeated to that of g.
func sumGrad(dst, g *tensor.Tensor, first bool) {
	if dst.Shape().Equal(g.Shape()) {
		addGrad(dst, g, first)
		return
	}
	loop.SumTo(operand(dst), dst.Shape(), operand(g), g.Shape(), !first)
}

// The functions of this package call Apply through these, which are not inlined.
// That a generic function does not keep its arguments is known to the compiler
// only in the package that instantiates it; inlined into another one, the slice
// of inputs would cost an allocation for each call.

//go:noinline
func apply1[O any, P interface {
	*O
	Op
}](attributes O, x *Var) *Var {
	return Apply[O, P](attributes, x)
}

//go:noinline
func apply2[O any, P interface {
	*O
	Op
}](attributes O, a, b *Var) *Var {
	return Apply[O, P](attributes, a, b)
}

//go:noinline
func apply3[O any, P interface {
	*O
	Op
}](attributes O, a, b, c *Var) *Var {
	return Apply[O, P](attributes, a, b, c)
}
