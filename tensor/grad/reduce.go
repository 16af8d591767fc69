package grad

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// The reductions of this file work over the given axes, over all if none is
// given, and drop them from the shape. Negative axes count from the right.

// reduction is the shape rule of reductions.
type reduction struct {
	Axes list

	rank  int
	kept  [maxRank]int // the shape of the result, reduced axes having size 1
	count int          // of elements for each of the result
}

func (r *reduction) Infer(in, out []tensor.Shape) error {
	axes, err := r.Axes.slice()
	if err != nil {
		return err
	}
	var drop [maxRank]bool
	for i, a := range axes {
		if a, err = axisOf(a, in[0]); err != nil {
			return err
		}
		if drop[a] {
			return fmt.Errorf("axis %d is named twice", axes[i])
		}
		drop[a] = true
	}
	out[0], r.rank, r.count = out[0][:0], len(in[0]), 1
	for i, d := range in[0] {
		if len(axes) > 0 && !drop[i] {
			r.kept[i] = d
			out[0] = append(out[0], d)
			continue
		}
		r.kept[i] = 1
		r.count *= d
	}
	return nil
}

// shape returns the shape of the result with all axes.
func (r *reduction) shape() tensor.Shape { return r.kept[:r.rank] }

// with returns elements of the result, of its gradient, or of anything of their
// shape, with all axes. The operand is valid until the next call.
func (r *reduction) with(c *Call, data []float32) loop.Operand {
	return operand(c.header.Bind(data, r.shape()))
}

// reduce computes output 0.
func (r *reduction) reduce(c *Call, kind loop.Kind) {
	x := c.In(0)
	loop.Reduce(kind, false, x.Shape(), r.with(c, c.Out(0).Data()), operand(x))
}

// grad returns the gradient of output 0 with all axes.
func (r *reduction) grad(c *Call) *tensor.Tensor {
	return c.header.Bind(c.GradOutData(0), r.shape())
}

// sum: dx = g.
type sum struct{ reduction }

func (*sum) Name() string       { return "Sum" }
func (*sum) Needs() Needs       { return Needs{} }
func (op *sum) Forward(c *Call) { op.reduce(c, loop.Sum) }

func (op *sum) Backward(c *Call) {
	if dst, first := c.GradIn(0); dst != nil {
		addGrad(dst, op.grad(c), first)
	}
}

// Sum returns Σ x over the given axes; 0 if there are no elements.
func Sum(x *Var, axes ...int) *Var { return apply1(sum{reduction{Axes: listOf(axes)}}, x) }

// mean: dx = g/n.
type mean struct{ reduction }

func (*mean) Name() string { return "Mean" }
func (*mean) Needs() Needs { return Needs{} }

func (op *mean) Forward(c *Call) {
	op.reduce(c, loop.Sum)
	y := operand(c.Out(0))
	loop.Run((*meanKernel)(op), false, c.OutShape(0), y, y)
}

func (op *mean) Backward(c *Call) {
	if dst, first := c.GradIn(0); dst != nil {
		loop.Run((*meanKernel)(op), !first, dst.Shape(), operand(dst), operand(op.grad(c)))
	}
}

// meanKernel divides by the number of elements.
type meanKernel mean

// Rows implements [loop.Kernel].
func (op *meanKernel) Rows(dst []float32, in [][]float32) {
	n := float32(op.count)
	for i, v := range in[0] {
		dst[i] = v / n
	}
}

// Mean returns Σ x / n over the given axes, where n is the number of elements
// that go into each sum; NaN for n = 0.
func Mean(x *Var, axes ...int) *Var { return apply1(mean{reduction{Axes: listOf(axes)}}, x) }

// extreme is the gradient of [Max] and [Min]: dx = g/t where x = y, else 0, t
// being the number of such x.
type extreme struct{ reduction }

func (*extreme) Needs() Needs { return Needs{In: 1, Out: 1} }

func (op *extreme) Infer(in, out []tensor.Shape) error {
	if err := op.reduction.Infer(in, out); err != nil {
		return err
	}
	if op.count == 0 && out[0].Size() > 0 {
		return fmt.Errorf("input has shape %v, want at least one element to choose from", in[0])
	}
	return nil
}

func (op *extreme) Backward(c *Call) {
	dst, first := c.GradIn(0)
	if dst == nil {
		return
	}
	x, n := c.In(0), c.OutShape(0).Size()
	y, g := c.Out(0).Data(), c.GradOutData(0)
	// Two headers are in use at a time: chosen keeps the first.
	chosen := Work[tensor.Tensor](c).Bind(c.Scratch(x.Len()), x.Shape())
	loop.Run(loop.Binary(equal), false, x.Shape(), operand(chosen), operand(x), op.with(c, y))
	share := c.Scratch(n)
	loop.Reduce(loop.Sum, false, x.Shape(), op.with(c, share), operand(chosen))
	vec.Div(share, g, share)
	loop.Run(loop.Binary(vec.Mul), !first, x.Shape(), operand(dst), operand(chosen), op.with(c, share))
}

// equal gives 1 where a = b, else 0.
func equal(dst, a, b []float32) {
	for i, v := range a {
		if v == b[i] {
			dst[i] = 1
		} else {
			dst[i] = 0
		}
	}
}

type maxOver struct{ extreme }

func (*maxOver) Name() string       { return "Max" }
func (op *maxOver) Forward(c *Call) { op.reduce(c, loop.Max) }

// Max returns the largest element over the given axes, NaN if there is a NaN. No
// elements are an error. Elements that are equally large share the gradient in
// equal parts, as in torch.amax. [Maximum] compares two inputs.
func Max(x *Var, axes ...int) *Var { return apply1(maxOver{extreme{reduction{Axes: listOf(axes)}}}, x) }

type minOver struct{ extreme }

func (*minOver) Name() string       { return "Min" }
func (op *minOver) Forward(c *Call) { op.reduce(c, loop.Min) }

// Min returns the smallest element over the given axes, NaN if there is a NaN.
// No elements are an error. Elements that are equally small share the gradient
// in equal parts, as in torch.amin. [Minimum] compares two inputs.
func Min(x *Var, axes ...int) *Var { return apply1(minOver{extreme{reduction{Axes: listOf(axes)}}}, x) }

// logSumExp: dx = g·eˣ⁻ᵐ/Σ eˣ⁻ᵐ, m being the largest x. Taken from y, which is
// rounded, eˣ⁻ʸ would lose digits if x is large.
type logSumExp struct{ reduction }

func (*logSumExp) Name() string { return "LogSumExp" }
func (*logSumExp) Needs() Needs { return Needs{In: 1} }

func (op *logSumExp) Forward(c *Call) {
	x, y := c.In(0), c.Out(0).Data()
	largest, sum := c.Save(0, len(y)), c.Save(1, len(y))
	loop.Reduce(loop.Max, false, x.Shape(), op.with(c, largest), operand(x))
	for i, v := range largest {
		if math.IsInf(float64(v), 0) {
			largest[i] = 0 // ∞ - ∞ would be NaN
		}
	}
	e := Work[tensor.Tensor](c).Bind(c.Scratch(x.Len()), x.Shape())
	loop.Run(loop.Binary(expDiff), false, x.Shape(), operand(e), operand(x), op.with(c, largest))
	loop.Reduce(loop.Sum, false, x.Shape(), op.with(c, sum), operand(e))
	vec.Log(y, sum)
	vec.Add(y, y, largest)
}

func (op *logSumExp) Backward(c *Call) {
	dst, first := c.GradIn(0)
	if dst == nil {
		return
	}
	x, n := c.In(0), c.OutShape(0).Size()
	share := c.Scratch(n)
	vec.Div(share, c.GradOutData(0), c.Save(1, n))
	s := Work[tensor.Tensor](c).Bind(share, op.shape())
	loop.Run(loop.Ternary(logSumExpGrad), !first, x.Shape(), operand(dst), operand(s), operand(x), op.with(c, c.Save(0, n)))
}

// expDiff computes eᵃ⁻ᵇ.
func expDiff(dst, a, b []float32) {
	vec.Sub(dst, a, b)
	vec.Exp(dst, dst)
}

func logSumExpGrad(dst, share, x, largest []float32) {
	expDiff(dst, x, largest)
	vec.Mul(dst, dst, share)
}

// LogSumExp returns ln Σ eˣ over the given axes, without overflow: -Inf if there
// are no elements.
func LogSumExp(x *Var, axes ...int) *Var {
	return apply1(logSumExp{reduction{Axes: listOf(axes)}}, x)
}
