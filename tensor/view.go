package tensor

import (
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/internal/loop"
)

// The methods of this file return views: they share memory with their receiver
// and copy nothing. Each has a form that ends in To and writes the view into a
// header of the caller's, which is returned and which may be the receiver
// itself; code that must not allocate uses those.

// become makes dst a header like a, in memory of its own.
func (a *Array[T]) become(dst *Array[T]) *Array[T] {
	if dst == a {
		return dst
	}
	dst.data = a.data
	dst.shape = append(dst.shape[:0], a.Shape()...)
	dst.stride = append(dst.stride[:0], a.stride...)
	if dst.shape == nil {
		dst.shape = Shape{}
	}
	if a.shape == nil {
		dst.stride = append(dst.stride[:0], 1)
	}
	return dst
}

// step returns the stride of an axis.
func (a *Array[T]) step(axis int) int {
	if a.stride == nil { // the zero value
		return 1
	}
	return a.stride[axis]
}

// Slice returns the part of a with index lo ≤ i < hi along an axis. It panics
// unless 0 ≤ lo ≤ hi ≤ Dim(axis).
func (a *Array[T]) Slice(axis, lo, hi int) *Array[T] {
	return a.SliceTo(new(Array[T]), axis, lo, hi)
}

// SliceTo is [Array.Slice] with the view written to dst.
func (a *Array[T]) SliceTo(dst *Array[T], axis, lo, hi int) *Array[T] {
	axis = a.Shape().axis(axis)
	if lo < 0 || hi < lo || hi > a.Shape()[axis] {
		panic(fmt.Sprintf("tensor: Slice(%d, %d, %d) of shape %v", axis, lo, hi, a.Shape()))
	}
	a.become(dst)
	if lo < hi && a.Len() > 0 { // an empty view must not point past the end
		dst.data = dst.data[lo*dst.stride[axis]:]
	}
	dst.shape[axis] = hi - lo
	return dst
}

// Index returns the part of a at index i of an axis, which the view lacks. It
// panics if i is out of range.
func (a *Array[T]) Index(axis, i int) *Array[T] {
	return a.IndexTo(new(Array[T]), axis, i)
}

// IndexTo is [Array.Index] with the view written to dst.
func (a *Array[T]) IndexTo(dst *Array[T], axis, i int) *Array[T] {
	axis = a.Shape().axis(axis)
	a.SliceTo(dst, axis, i, i+1)
	dst.shape = slices.Delete(dst.shape, axis, axis+1)
	dst.stride = slices.Delete(dst.stride, axis, axis+1)
	return dst
}

// Permute returns a with its axes in another order: axis i of the view is axis
// axes[i] of a. It panics unless axes is a permutation of at most 16 axes.
func (a *Array[T]) Permute(axes ...int) *Array[T] {
	return a.PermuteTo(new(Array[T]), axes...)
}

// PermuteTo is [Array.Permute] with the view written to dst, which must not be
// the receiver.
func (a *Array[T]) PermuteTo(dst *Array[T], axes ...int) *Array[T] {
	a.become(dst)
	var seen [loop.MaxRank]bool
	ok := len(axes) == a.Rank() && len(axes) <= len(seen)
	for i := 0; ok && i < len(axes); i++ {
		x := axes[i]
		ok = x >= 0 && x < len(axes) && !seen[x]
		if ok {
			seen[x] = true
			dst.shape[i], dst.stride[i] = a.Shape()[x], a.step(x)
		}
	}
	if !ok {
		panic(fmt.Sprintf("tensor: Permute(%v) of shape %v", slices.Clone(axes), a.Shape()))
	}
	return dst
}

// Transpose returns a with two axes exchanged; negative axes count from the
// right, so that Transpose(-2, -1) transposes a matrix or a batch of them.
func (a *Array[T]) Transpose(i, j int) *Array[T] {
	return a.TransposeTo(new(Array[T]), i, j)
}

// TransposeTo is [Array.Transpose] with the view written to dst.
func (a *Array[T]) TransposeTo(dst *Array[T], i, j int) *Array[T] {
	i, j = a.Shape().axis(i), a.Shape().axis(j)
	a.become(dst)
	dst.shape[i], dst.shape[j] = dst.shape[j], dst.shape[i]
	dst.stride[i], dst.stride[j] = dst.stride[j], dst.stride[i]
	return dst
}

// Reshape returns a with other axes and the same elements in row-major order.
// One size may be -1 and follows from the others. It panics if the numbers of
// elements differ, or if a is a strided view that cannot be reshaped without
// copying; [Array.Clone] it first.
func (a *Array[T]) Reshape(shape ...int) *Array[T] {
	return a.ReshapeTo(new(Array[T]), shape...)
}

// ReshapeTo is [Array.Reshape] with the view written to dst, which must not be
// the receiver.
func (a *Array[T]) ReshapeTo(dst *Array[T], shape ...int) *Array[T] {
	var buf [8]int
	s, err := AppendReshape(buf[:0], a.Shape(), shape)
	if err != nil {
		panic("tensor: " + err.Error())
	}
	dst.shape = append(dst.shape[:0], s...)
	dst.stride = slices.Grow(dst.stride[:0], len(s))[:len(s)]
	dst.data = a.data
	if dst.shape == nil {
		dst.shape = Shape{}
	}
	if !reshapeStrides(dst.stride, dst.shape, a.Shape(), a.stride) {
		panic(fmt.Sprintf("tensor: Reshape to %v of a strided view, shape %v, strides %v", dst.shape, a.shape, a.stride))
	}
	return dst
}

// CanReshape reports whether [Array.Reshape] to a shape of the same size needs
// no copy.
func (a *Array[T]) CanReshape(shape Shape) bool {
	if a.Contiguous() {
		return true
	}
	var buf [8]int
	return reshapeStrides(slices.Grow(buf[:0], len(shape))[:len(shape)], shape, a.shape, a.stride)
}

// AppendReshape returns the shape want, with a size of -1 replaced, in the
// memory of dst, or an error if an array of shape have cannot have it.
func AppendReshape(dst, have, want Shape) (Shape, error) {
	dst = append(dst[:0], want...)
	free, n := -1, 1
	for i, d := range want {
		switch {
		case d == -1 && free < 0:
			free = i
		case d < 0:
			return nil, fmt.Errorf("reshape %v to %v: bad size %d at axis %d", have, want.Clone(), d, i)
		default:
			n *= d
		}
	}
	size := have.Size()
	if free >= 0 && n > 0 && size%n == 0 {
		dst[free] = size / n
		n = size
	}
	if n != size || free >= 0 && n == 0 {
		return nil, fmt.Errorf("reshape %v to %v: %d elements do not fit", have, want.Clone(), size)
	}
	return dst, nil
}

// reshapeStrides fills in the strides of a view of the new shape over an array
// of the old one, and reports whether there is such a view. Groups of old axes
// that lie without gaps are regrouped; a group ends where sizes agree.
func reshapeStrides(stride []int, shape, oldShape Shape, oldStride []int) bool {
	if shape.Size() == 0 || oldStride == nil {
		for i := range stride {
			stride[i] = 1
		}
		return true
	}
	i, j := len(oldShape), len(shape)
	for i > 0 || j > 0 {
		// Take axes from the right until both sides have the same size.
		i0, j0, m, n := i, j, 1, 1
		for {
			if m <= n && i > 0 && (m < n || i0 == i && j0 == j) {
				i--
				m *= oldShape[i]
			} else if n < m && j > 0 {
				j--
				n *= shape[j]
			} else if m == n && i0 == i && j0 == j && j > 0 { // only sizes of 1 are left
				j--
				n *= shape[j]
			}
			if m == n {
				break
			}
		}
		// The old axes of the group must be one run of constant step.
		step, inner := 1, -1 // inner: the stride that continues the run
		for k := i0 - 1; k >= i; k-- {
			if oldShape[k] == 1 {
				continue
			}
			if inner < 0 {
				step = oldStride[k]
			} else if oldStride[k] != inner {
				return false
			}
			inner = oldStride[k] * oldShape[k]
		}
		for k := j0 - 1; k >= j; k-- {
			stride[k] = step
			step *= shape[k]
		}
	}
	return true
}

// Expand returns a repeated to a larger shape as by [Broadcast], without
// copying: repeated axes have stride 0, so the view is not to be written to. It
// panics if a does not broadcast to the shape.
func (a *Array[T]) Expand(shape ...int) *Array[T] {
	return a.ExpandTo(new(Array[T]), shape)
}

// ExpandTo is [Array.Expand] with the view written to dst, which must not be
// the receiver.
func (a *Array[T]) ExpandTo(dst *Array[T], shape Shape) *Array[T] {
	have := a.Shape()
	extra := len(shape) - len(have)
	dst.data = a.data
	dst.shape = append(dst.shape[:0], shape...)
	dst.stride = slices.Grow(dst.stride[:0], len(shape))[:len(shape)]
	if dst.shape == nil {
		dst.shape = Shape{}
	}
	for i := range shape {
		switch {
		case i < extra || have[i-extra] == 1 && shape[i] != 1:
			dst.stride[i] = 0
		case have[i-extra] == shape[i]:
			dst.stride[i] = a.step(i - extra)
		default:
			extra = -1
		}
		if extra < 0 {
			break
		}
	}
	if extra < 0 || !shape.valid() {
		panic(fmt.Sprintf("tensor: shape %v does not broadcast to %v", have, shape.Clone()))
	}
	return dst
}

// Squeeze returns a without the given axes, which must have size 1, or, if none
// is given, without any axis of size 1. It panics if a given axis has another
// size.
func (a *Array[T]) Squeeze(axes ...int) *Array[T] {
	return a.SqueezeTo(new(Array[T]), axes...)
}

// SqueezeTo is [Array.Squeeze] with the view written to dst.
func (a *Array[T]) SqueezeTo(dst *Array[T], axes ...int) *Array[T] {
	have := a.Shape()
	for _, x := range axes {
		if have[have.axis(x)] != 1 {
			panic(fmt.Sprintf("tensor: Squeeze of axis %d of shape %v, want size 1", x, have))
		}
	}
	a.become(dst)
	n, rank := 0, len(dst.shape)
	for i, d := range dst.shape {
		named := len(axes) == 0
		for _, x := range axes {
			named = named || x == i || x+rank == i
		}
		if d != 1 || !named {
			dst.shape[n], dst.stride[n] = d, dst.stride[i]
			n++
		}
	}
	dst.shape, dst.stride = dst.shape[:n], dst.stride[:n]
	return dst
}

// Unsqueeze returns a with a new axis of size 1, at position axis of the view;
// -1 puts it last. It panics unless -Rank()-1 ≤ axis ≤ Rank().
func (a *Array[T]) Unsqueeze(axis int) *Array[T] {
	return a.UnsqueezeTo(new(Array[T]), axis)
}

// UnsqueezeTo is [Array.Unsqueeze] with the view written to dst.
func (a *Array[T]) UnsqueezeTo(dst *Array[T], axis int) *Array[T] {
	at := axis
	if at < 0 {
		at += a.Rank() + 1
	}
	if at < 0 || at > a.Rank() {
		panic(fmt.Sprintf("tensor: Unsqueeze(%d) of shape %v", axis, a.Shape()))
	}
	a.become(dst)
	step := 1
	if at < len(dst.shape) {
		step = dst.shape[at] * dst.stride[at]
	}
	dst.shape = slices.Insert(dst.shape, at, 1)
	dst.stride = slices.Insert(dst.stride, at, step)
	return dst
}

// Flatten returns a with axes first to last, both included, joined into one;
// negative axes count from the right, so that Flatten(0, -1) joins all. A
// scalar becomes an array of one element. It panics like [Array.Reshape].
func (a *Array[T]) Flatten(first, last int) *Array[T] {
	return a.FlattenTo(new(Array[T]), first, last)
}

// FlattenTo is [Array.Flatten] with the view written to dst, which must not be
// the receiver.
func (a *Array[T]) FlattenTo(dst *Array[T], first, last int) *Array[T] {
	have := a.Shape()
	if len(have) == 0 {
		return a.ReshapeTo(dst, 1)
	}
	first, last = have.axis(first), have.axis(last)
	if last < first {
		panic(fmt.Sprintf("tensor: Flatten(%d, %d) of shape %v", first, last, have))
	}
	var buf [8]int
	s := append(append(buf[:0], have[:first]...), have[first:last+1].Size())
	return a.ReshapeTo(dst, append(s, have[last+1:]...)...)
}
