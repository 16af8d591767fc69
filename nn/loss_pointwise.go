package nn

import (
	"errors"
	"fmt"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// pointLoss is a loss l(x, t) of one number x of the output and one t of the
// target. The slices in are x, t and, if there are weights of channels, those.
type pointLoss interface {
	// value computes dst = l.
	value(dst []float32, in [][]float32)
	// slope computes dst = ∂l/∂x.
	slope(dst []float32, in [][]float32)
}

// domain is implemented by a [pointLoss] that is not defined for all numbers.
type domain interface {
	check(x, t []float32) error
}

// pointwise is the operation of a pointLoss; its inputs are the output of a
// network and a target of the same shape.
type pointwise struct {
	pointLoss
	name     string
	reduce   reduction
	perBatch bool      // the mean divides by the size of the batch
	weights  []float32 // one, or one for each channel, axis 1; or nil
}

// byPoint returns the loss op with the settings of o.
func (o *lossOptions) byPoint(op pointwise) Loss {
	op.name, op.reduce, op.weights = o.name, o.reduce, float32s(o.positiveWeights)
	return func(output *grad.Var, target tensor.Any) *grad.Var {
		t := output.Tape()
		if o.err != nil {
			return t.Fail(o.name, o.err)
		}
		y, ok := target.(*tensor.Tensor)
		if !ok {
			return t.Fail(o.name, fmt.Errorf("target is a %T, want *tensor.Tensor", target))
		}
		return grad.Apply(op, output, t.Const(y))
	}
}

func (op *pointwise) Name() string   { return op.name }
func (*pointwise) Needs() grad.Needs { return grad.Needs{In: 0b11} }

func (op *pointwise) Infer(in, out []tensor.Shape) error {
	x := in[0]
	switch n := len(op.weights); {
	case !in[1].Equal(x):
		return fmt.Errorf("output has shape %v, want that of the target, %v", x, in[1])
	case n > 1 && (len(x) < 2 || len(x) > loop.MaxRank || x[1] != n):
		return fmt.Errorf("output has shape %v, want [batch %d …] for as many weights", x, n)
	case op.reduce == toMean && x.Size() == 0:
		return errors.New("the batch is empty")
	}
	out[0] = op.reduce.appendShape(out[0], x)
	return nil
}

// pointState is the working state.
type pointState struct {
	losses  tensor.Tensor
	strides [loop.MaxRank]int // of the weights
}

// inputs appends what a pointLoss reads.
func (op *pointwise) inputs(dst []loop.Operand, c *grad.Call, s *pointState) []loop.Operand {
	dst = append(dst, operand(c.In(0)), operand(c.In(1)))
	switch len(op.weights) {
	case 0:
		return dst
	case 1:
		return append(dst, loop.Operand{Data: op.weights})
	}
	s.strides[1] = 1
	return append(dst, loop.Operand{Data: op.weights, Stride: s.strides[:len(c.InShape(0))]})
}

// count returns what the mean divides by.
func (op *pointwise) count(x tensor.Shape) float32 {
	switch {
	case op.reduce != toMean:
		return 1
	case op.perBatch && len(x) > 0:
		return float32(x[0])
	}
	return float32(x.Size())
}

func (op *pointwise) Forward(c *grad.Call) {
	if d, ok := op.pointLoss.(domain); ok {
		if err := d.check(c.InData(0), c.InData(1)); err != nil {
			c.Fail(err)
			return
		}
	}
	var buf [loop.MaxInputs]loop.Operand
	s := grad.Work[pointState](c)
	in, shape := op.inputs(buf[:0], c, s), c.InShape(0)
	y := c.Out(0)
	if op.reduce == toNone {
		loop.Run((*pointValue)(op), false, shape, operand(y), in...)
		return
	}
	l := s.losses.Bind(c.Scratch(shape.Size()), shape)
	loop.Run((*pointValue)(op), false, shape, operand(l), in...)
	sum := y.Data()
	loop.Reduce(loop.Sum, false, shape, loop.Operand{Data: sum}, operand(l))
	sum[0] /= op.count(shape)
}

func (op *pointwise) Backward(c *grad.Call) {
	dst, first := c.GradIn(0)
	if dst == nil {
		return
	}
	shape, g := dst.Shape(), operand(c.GradOut(0))
	if op.reduce != toNone {
		g.Data = c.Scratch(1)
		g.Data[0] = c.GradOut(0).Item() / op.count(shape)
	}
	var buf [loop.MaxInputs]loop.Operand
	in := op.inputs(append(buf[:0], g), c, grad.Work[pointState](c))
	loop.Run((*pointSlope)(op), !first, shape, operand(dst), in...)
}

// pointValue is the kernel of Forward.
type pointValue pointwise

// Rows implements [loop.Kernel].
func (op *pointValue) Rows(dst []float32, in [][]float32) { op.value(dst, in) }

// pointSlope is the kernel of Backward; the gradient of the result comes first.
type pointSlope pointwise

// Rows implements [loop.Kernel].
func (op *pointSlope) Rows(dst []float32, in [][]float32) {
	op.slope(dst, in[1:])
	vec.Mul(dst, dst, in[0])
}

// operand returns t for the loop engine.
func operand(t *tensor.Tensor) loop.Operand {
	return loop.Operand{Data: t.Raw(), Stride: t.Strides(), Shape: t.Shape()}
}

// rounding is how far the sum of two parts of a probability may be off 1.
const rounding = 1e-6

// inRange reports a number outside of [0, 1] by more than slack.
func inRange(what string, x []float32, slack float32) error {
	for _, v := range [...]float32{vec.MinOf(x), vec.MaxOf(x)} {
		if len(x) > 0 && (v < -slack || v > 1+slack) {
			return fmt.Errorf("%s has the value %v, want 0 to 1", what, v)
		}
	}
	return nil
}
