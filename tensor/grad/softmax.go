package grad

import (
	"math"

	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// alongAxis is the shape rule of functions that keep the shape and work along an
// axis, in lanes.
type alongAxis struct{ Axis int }

func (a *alongAxis) Infer(in, out []tensor.Shape) error {
	axis, err := axisOf(a.Axis, in[0])
	if err != nil {
		return err
	}
	a.Axis = axis
	out[0] = append(out[0][:0], in[0]...)
	return nil
}

// lanes runs a function of lanes over arrays whose lanes are rows.
type lanes struct {
	f       func(dst, a, b []float32)
	dst     []float32
	a, b    []float32 // b may be nil
	n       int       // length of a lane
	perPart int       // lanes
	header  tensor.Tensor
}

// lanePart is the work in elements worth a task.
const lanePart = 1 << 14

// in returns the elements of x with those of a lane side by side.
func (l *lanes) in(c *Call, x *tensor.Tensor, axis int) []float32 {
	v := x.TransposeTo(&l.header, axis, -1)
	if v.Contiguous() {
		return v.Data()
	}
	b := c.Scratch(x.Len())
	c.header.Bind(b, v.Shape()).Copy(v)
	return b
}

// run computes the lanes of dst, overwriting it, or adding to it.
func (l *lanes) run(c *Call, dst *tensor.Tensor, axis int, add bool) {
	if dst.Len() == 0 {
		return
	}
	v := dst.TransposeTo(&l.header, axis, -1)
	direct := v.Contiguous() && !add
	if direct {
		l.dst = v.Data()
	} else {
		l.dst = c.Scratch(dst.Len())
	}
	l.n = dst.Shape()[axis]
	l.perPart = max(1, lanePart/l.n)
	parallel.For((len(l.dst)/l.n+l.perPart-1)/l.perPart, l)
	if !direct {
		addGrad(v, c.header.Bind(l.dst, v.Shape()), !add)
	}
	l.dst, l.a, l.b = nil, nil, nil
}

// Do implements [parallel.Task].
func (l *lanes) Do(_, part int) {
	lo := part * l.perPart * l.n
	hi := min(lo+l.perPart*l.n, len(l.dst))
	for ; lo < hi; lo += l.n {
		var b []float32
		if l.b != nil {
			b = l.b[lo : lo+l.n]
		}
		l.f(l.dst[lo:lo+l.n], l.a[lo:lo+l.n], b)
	}
}

// forwardLanes computes output 0 from input 0.
func forwardLanes(c *Call, axis int, f func(dst, x, _ []float32)) {
	l := Work[lanes](c)
	l.f, l.a = f, l.in(c, c.In(0), axis)
	l.run(c, c.Out(0), axis, false)
}

// backwardLanes computes the gradient of input 0 from that of output 0 and from
// the output.
func backwardLanes(c *Call, axis int, f func(dst, g, y []float32)) {
	dst, first := c.GradIn(0)
	if dst == nil {
		return
	}
	l := Work[lanes](c)
	l.f, l.a, l.b = f, l.in(c, c.GradOut(0), axis), l.in(c, c.Out(0), axis)
	l.run(c, dst, axis, !first)
}

// softmax: dx = y·(g - Σ g·y), the sum being over the lane.
type softmax struct{ alongAxis }

func (*softmax) Name() string        { return "Softmax" }
func (*softmax) Needs() Needs        { return Needs{Out: 1} }
func (op *softmax) Forward(c *Call)  { forwardLanes(c, op.Axis, softmaxLane) }
func (op *softmax) Backward(c *Call) { backwardLanes(c, op.Axis, softmaxLaneGrad) }

func softmaxLane(dst, x, _ []float32) {
	sum := vec.ExpSum(dst, x, vec.MaxOf(x))
	vec.MulScalar(dst, dst, 1/sum)
}

func softmaxLaneGrad(dst, g, y []float32) {
	dot := vec.Dot(g, y)
	vec.AddScalar(dst, g, -dot)
	vec.Mul(dst, dst, y)
}

// Softmax returns
//
//	y = eˣ / Σ eˣ
//
// where the sum runs over the given axis; a negative axis counts from the right.
// The largest element is subtracted first, so that nothing overflows.
func Softmax(x *Var, axis int) *Var { return apply1(softmax{alongAxis{axis}}, x) }

// logSoftmax: dx = g - eʸ·Σ g, the sum being over the lane.
type logSoftmax struct{ alongAxis }

func (*logSoftmax) Name() string        { return "LogSoftmax" }
func (*logSoftmax) Needs() Needs        { return Needs{Out: 1} }
func (op *logSoftmax) Forward(c *Call)  { forwardLanes(c, op.Axis, logSoftmaxLane) }
func (op *logSoftmax) Backward(c *Call) { backwardLanes(c, op.Axis, logSoftmaxLaneGrad) }

// logSoftmaxLane subtracts the maximum before the logarithm of the sum, so that
// the result keeps its digits if x is large.
func logSoftmaxLane(dst, x, _ []float32) {
	largest := vec.MaxOf(x)
	sum := vec.ExpSum(dst, x, largest)
	vec.AddScalar(dst, x, -largest)
	vec.AddScalar(dst, dst, -float32(math.Log(float64(sum))))
}

func logSoftmaxLaneGrad(dst, g, y []float32) {
	sum := vec.Sum(g)
	vec.Exp(dst, y)
	vec.MulScalar(dst, dst, sum)
	vec.Sub(dst, g, dst)
}

// LogSoftmax returns
//
//	y = x - ln Σ eˣ
//
// the logarithm of [Softmax], accurate where that is close to 0.
func LogSoftmax(x *Var, axis int) *Var { return apply1(logSoftmax{alongAxis{axis}}, x) }

// softmin: dx = -y·(g - Σ g·y), the sum being over the lane.
type softmin struct{ alongAxis }

func (*softmin) Name() string        { return "Softmin" }
func (*softmin) Needs() Needs        { return Needs{Out: 1} }
func (op *softmin) Forward(c *Call)  { forwardLanes(c, op.Axis, softminLane) }
func (op *softmin) Backward(c *Call) { backwardLanes(c, op.Axis, softminLaneGrad) }

func softminLane(dst, x, _ []float32) {
	vec.Neg(dst, x)
	softmaxLane(dst, dst, nil)
}

func softminLaneGrad(dst, g, y []float32) {
	softmaxLaneGrad(dst, g, y)
	vec.Neg(dst, dst)
}

// Softmin returns [Softmax] of -x.
func Softmin(x *Var, axis int) *Var { return apply1(softmin{alongAxis{axis}}, x) }
