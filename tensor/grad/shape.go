package grad

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// The operations of this file, but for Expand, return views: they share memory
// with their input, and its gradient with it, and compute nothing. So to slice
// T steps off a sequence costs O(T) in Backward, too.

// sharing is what views have in common.
type sharing struct{}

func (sharing) Needs() Needs   { return Needs{} }
func (sharing) Forward(*Call)  {}
func (sharing) Backward(*Call) {}

// inPlace is what operations have in common whose result takes the place of their first
// input: it is a view of all of it.
type inPlace struct{}

func (inPlace) overwrites() {}

func (inPlace) view(dst, src *tensor.Tensor) int {
	src.ReshapeTo(dst, src.Shape()...)
	return 0
}

// reshape is the view of [Reshape].
type reshape struct {
	sharing
	Shape list
}

func (*reshape) Name() string { return "Reshape" }

func (op *reshape) Infer(in, out []tensor.Shape) error {
	want, err := op.Shape.slice()
	if err != nil {
		return err
	}
	s, err := tensor.AppendReshape(out[0], in[0], want)
	if err != nil {
		return err
	}
	out[0] = s
	return nil
}

func (op *reshape) view(dst, src *tensor.Tensor) int {
	src.ReshapeTo(dst, op.Shape.V[:op.Shape.N]...)
	return 0
}

// Reshape returns x with other axes and the same elements in row-major order.
// One size may be -1 and follows from the others. The result is a view, unless x
// is a strided view itself that has to be copied.
func Reshape(x *Var, shape ...int) *Var {
	return apply1(reshape{Shape: listOf(shape)}, viewable(x, shape))
}

// viewable returns x, or a copy of it if x cannot be reshaped without one.
func viewable(x *Var, shape tensor.Shape) *Var {
	if x.tape.err != nil || x.data.Contiguous() || len(shape) > maxRank {
		return x
	}
	var buf [maxRank]int
	s, err := tensor.AppendReshape(buf[:0], x.data.Shape(), shape)
	if err != nil || x.data.CanReshape(s) {
		return x
	}
	return apply1(copied{}, x)
}

// flatten is the view of [Flatten].
type flatten struct {
	sharing
	From int
}

func (*flatten) Name() string { return "Flatten" }

func (op *flatten) Infer(in, out []tensor.Shape) error {
	from, err := axisOf(op.From, in[0])
	if err != nil {
		return err
	}
	out[0] = append(append(out[0][:0], in[0][:from]...), in[0][from:].Size())
	return nil
}

func (op *flatten) view(dst, src *tensor.Tensor) int {
	src.FlattenTo(dst, op.From, -1)
	return 0
}

// Flatten returns x with the axes from the given one on joined into one; a
// negative from counts from the right. Shapes: x [N, C, H, W], Flatten(x, 1)
// [N, C·H·W]. It copies only if x is a strided view that needs it.
func Flatten(x *Var, from int) *Var {
	if axis, err := axisOf(from, x.data.Shape()); err == nil && !x.data.Contiguous() {
		var buf [maxRank]int
		s := append(buf[:0], x.data.Shape()[:axis]...)
		x = viewable(x, append(s, x.data.Shape()[axis:].Size()))
	}
	return apply1(flatten{From: from}, x)
}

// permute is the view of [Permute].
type permute struct {
	sharing
	Axes list
}

func (*permute) Name() string { return "Permute" }

func (op *permute) Infer(in, out []tensor.Shape) error {
	axes, err := op.Axes.slice()
	if err != nil {
		return err
	}
	var seen [maxRank]bool
	s := out[0][:0]
	ok := len(axes) == len(in[0])
	for i := 0; ok && i < len(axes); i++ {
		var x int
		if x, err = axisOf(axes[i], in[0]); err != nil {
			return err
		}
		ok = !seen[x]
		seen[x] = true
		axes[i] = x
		s = append(s, in[0][x])
	}
	if !ok {
		return fmt.Errorf("axes %v for an input of shape %v, want each of its %d once", axes, in[0], len(in[0]))
	}
	out[0] = s
	return nil
}

func (op *permute) view(dst, src *tensor.Tensor) int {
	src.PermuteTo(dst, op.Axes.V[:op.Axes.N]...)
	return 0
}

// Permute returns a view of x with its axes in another order: axis i of the
// result is axis axes[i] of x. Negative axes count from the right.
func Permute(x *Var, axes ...int) *Var { return apply1(permute{Axes: listOf(axes)}, x) }

// transpose is the view of [Transpose].
type transpose struct {
	sharing
	Axes [2]int
}

func (*transpose) Name() string { return "Transpose" }

func (op *transpose) Infer(in, out []tensor.Shape) error {
	i, err := axisOf(op.Axes[0], in[0])
	if err != nil {
		return err
	}
	j, err := axisOf(op.Axes[1], in[0])
	if err != nil {
		return err
	}
	out[0] = append(out[0][:0], in[0]...)
	out[0][i], out[0][j] = out[0][j], out[0][i]
	return nil
}

func (op *transpose) view(dst, src *tensor.Tensor) int {
	src.TransposeTo(dst, op.Axes[0], op.Axes[1])
	return 0
}

// Transpose returns a view of x with two axes exchanged; negative axes count
// from the right, so that Transpose(x, -2, -1) transposes a matrix or a batch of
// them.
func Transpose(x *Var, i, j int) *Var { return apply1(transpose{Axes: [2]int{i, j}}, x) }

// slice is the view of [Slice].
type slice struct {
	sharing
	Axis, Lo, Hi int
}

func (*slice) Name() string { return "Slice" }

func (op *slice) Infer(in, out []tensor.Shape) error {
	axis, err := axisOf(op.Axis, in[0])
	if err != nil {
		return err
	}
	if op.Lo < 0 || op.Hi < op.Lo || op.Hi > in[0][axis] {
		return fmt.Errorf("elements %d to %d of axis %d of shape %v, want 0 ≤ lo ≤ hi ≤ %d", op.Lo, op.Hi, axis, in[0], in[0][axis])
	}
	out[0] = append(out[0][:0], in[0]...)
	out[0][axis] = op.Hi - op.Lo
	return nil
}

func (op *slice) view(dst, src *tensor.Tensor) int {
	src.SliceTo(dst, op.Axis, op.Lo, op.Hi)
	return offsetAlong(src, op.Axis, op.Lo)
}

// offsetAlong returns the distance of position i of an axis from its start.
func offsetAlong(x *tensor.Tensor, axis, i int) int {
	if x.Len() == 0 {
		return 0
	}
	axis, _ = axisOf(axis, x.Shape())
	return i * x.Strides()[axis]
}

// Slice returns a view of the part of x with positions lo ≤ i < hi along an axis;
// a negative axis counts from the right.
func Slice(x *Var, axis, lo, hi int) *Var { return apply1(slice{Axis: axis, Lo: lo, Hi: hi}, x) }

// index is the view of [Index].
type index struct {
	sharing
	Axis, At int
}

func (*index) Name() string { return "Index" }

func (op *index) Infer(in, out []tensor.Shape) error {
	axis, err := axisOf(op.Axis, in[0])
	if err != nil {
		return err
	}
	if op.At < 0 || op.At >= in[0][axis] {
		return fmt.Errorf("position %d of axis %d of shape %v, want 0 to %d", op.At, axis, in[0], in[0][axis]-1)
	}
	out[0] = append(append(out[0][:0], in[0][:axis]...), in[0][axis+1:]...)
	return nil
}

func (op *index) view(dst, src *tensor.Tensor) int {
	src.IndexTo(dst, op.Axis, op.At)
	return offsetAlong(src, op.Axis, op.At)
}

// Index returns a view of the part of x at position i of an axis, which the
// result lacks; a negative axis counts from the right.
func Index(x *Var, axis, i int) *Var { return apply1(index{Axis: axis, At: i}, x) }

// Split returns views of consecutive parts of x along an axis, which have the
// given sizes along it. Unlike [Slice] it allocates its result.
func Split(x *Var, axis int, sizes ...int) []*Var {
	total := 0
	for _, n := range sizes {
		total += n
	}
	if i, err := axisOf(axis, x.data.Shape()); err == nil && x.tape.err == nil && total != x.data.Shape()[i] {
		x = x.tape.Fail("Split", fmt.Errorf("sizes %v add up to %d, want the size %d of axis %d of shape %v", sizes, total, x.data.Shape()[i], axis, x.data.Shape()))
	}
	parts := make([]*Var, len(sizes))
	at := 0
	for i, n := range sizes {
		parts[i] = Slice(x, axis, at, at+n)
		at += n
	}
	return parts
}

// squeeze is the view of [Squeeze].
type squeeze struct {
	sharing
	Axes list
}

func (*squeeze) Name() string { return "Squeeze" }

func (op *squeeze) Infer(in, out []tensor.Shape) error {
	axes, err := op.Axes.slice()
	if err != nil {
		return err
	}
	var drop [maxRank]bool
	for _, a := range axes {
		i, err := axisOf(a, in[0])
		if err != nil {
			return err
		}
		if in[0][i] != 1 {
			return fmt.Errorf("axis %d of shape %v has size %d, want 1", a, in[0], in[0][i])
		}
		drop[i] = true
	}
	out[0] = out[0][:0]
	for i, d := range in[0] {
		if d != 1 || len(axes) > 0 && !drop[i] {
			out[0] = append(out[0], d)
		}
	}
	return nil
}

func (op *squeeze) view(dst, src *tensor.Tensor) int {
	src.SqueezeTo(dst, op.Axes.V[:op.Axes.N]...)
	return 0
}

// Squeeze returns a view of x without the given axes, which must have size 1, or,
// if none is given, without any axis of size 1.
func Squeeze(x *Var, axes ...int) *Var { return apply1(squeeze{Axes: listOf(axes)}, x) }

// unsqueeze is the view of [Unsqueeze].
type unsqueeze struct {
	sharing
	Axis int
}

func (*unsqueeze) Name() string { return "Unsqueeze" }

func (op *unsqueeze) Infer(in, out []tensor.Shape) error {
	n := len(in[0])
	if op.Axis < -n-1 || op.Axis > n {
		return fmt.Errorf("new axis %d for an input of shape %v, want %d to %d", op.Axis, in[0], -n-1, n)
	}
	if op.Axis < 0 {
		op.Axis += n + 1
	}
	out[0] = append(append(append(out[0][:0], in[0][:op.Axis]...), 1), in[0][op.Axis:]...)
	return nil
}

func (op *unsqueeze) view(dst, src *tensor.Tensor) int {
	src.UnsqueezeTo(dst, op.Axis)
	return 0
}

// Unsqueeze returns a view of x with a new axis of size 1 at position axis of the
// result; -1 puts it last.
func Unsqueeze(x *Var, axis int) *Var { return apply1(unsqueeze{Axis: axis}, x) }

// expand: dx = g summed over the repeated axes.
type expand struct{ Shape list }

func (*expand) Name() string { return "Expand" }
func (*expand) Needs() Needs { return Needs{} }

func (op *expand) Infer(in, out []tensor.Shape) error {
	want, err := op.Shape.slice()
	if err != nil {
		return err
	}
	s, err := tensor.AppendBroadcast(out[0], in[0], want)
	if err != nil || !s.Equal(want) {
		return fmt.Errorf("input has shape %v, want one that broadcasts to %v", in[0], want)
	}
	out[0] = s
	return nil
}

func (op *expand) Forward(c *Call)  { c.Out(0).Copy(c.In(0)) }
func (op *expand) Backward(c *Call) { passGrad(c, 0) }

// Expand returns x repeated to a larger shape as by [tensor.Broadcast]. Unlike
// Reshape and its kin it copies, and is seldom needed: elementwise operations repeat
// their inputs themselves.
func Expand(x *Var, shape ...int) *Var { return apply1(expand{Shape: listOf(shape)}, x) }

// detach is a copy without a gradient.
type detach struct{ copied }

func (*detach) Name() string { return "Detach" }
