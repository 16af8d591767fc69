package tensor

import (
	"fmt"
	"slices"
)

// Concat joins arrays along an axis, in which alone their shapes may differ. It
// panics if there is no array or the shapes do not fit.
func Concat[T Element](axis int, arrays ...*Array[T]) *Array[T] {
	if len(arrays) == 0 {
		panic("tensor: Concat of no arrays")
	}
	s := arrays[0].Shape().Clone()
	axis = s.axis(axis)
	s[axis] = 0
	for _, a := range arrays {
		if a.Rank() == len(s) {
			s[axis] += a.Shape()[axis]
		}
	}
	return ConcatTo(Make[T](s...), axis, arrays...)
}

// ConcatTo is [Concat] into dst, which no array may overlap.
func ConcatTo[T Element](dst *Array[T], axis int, arrays ...*Array[T]) *Array[T] {
	axis = dst.Shape().axis(axis)
	at := 0
	var part Array[T]
	for i, a := range arrays {
		fits := a.Rank() == dst.Rank() && at+a.Shape()[axis] <= dst.Shape()[axis]
		for j := 0; fits && j < a.Rank(); j++ {
			fits = j == axis || a.Shape()[j] == dst.Shape()[j]
		}
		if !fits {
			panic(fmt.Sprintf("tensor: Concat: array %d of shape %v does not fit into %v along axis %d", i, a.Shape(), dst.Shape(), axis))
		}
		dst.SliceTo(&part, axis, at, at+a.Shape()[axis]).Copy(a)
		at += a.Shape()[axis]
	}
	if at != dst.Shape()[axis] {
		panic(fmt.Sprintf("tensor: ConcatTo: arrays have %d elements along axis %d, want %d", at, axis, dst.Shape()[axis]))
	}
	return dst
}

// Stack joins arrays of one shape along a new axis, at position axis of the
// result; -1 puts it last. It panics if there is no array or the shapes differ.
func Stack[T Element](axis int, arrays ...*Array[T]) *Array[T] {
	views := make([]*Array[T], len(arrays))
	for i, a := range arrays {
		if !a.Shape().Equal(arrays[0].Shape()) {
			panic(fmt.Sprintf("tensor: Stack: array %d has shape %v, want %v", i, a.Shape(), arrays[0].Shape()))
		}
		views[i] = a.Unsqueeze(axis)
	}
	return Concat(axis, views...)
}

// Split returns views of consecutive parts of a along an axis. It panics if the
// sizes do not add up to the size of the axis.
func (a *Array[T]) Split(axis int, sizes ...int) []*Array[T] {
	axis = a.Shape().axis(axis)
	parts := make([]*Array[T], len(sizes))
	at := 0
	for i, n := range sizes {
		if n < 0 || at+n > a.Shape()[axis] {
			at = -1
			break
		}
		parts[i] = a.Slice(axis, at, at+n)
		at += n
	}
	if at != a.Shape()[axis] {
		panic(fmt.Sprintf("tensor: Split of axis %d of shape %v into %v", axis, a.Shape(), sizes))
	}
	return parts
}

// Take returns the parts of a at the given positions of an axis. The axes of
// index take the place of the axis. It panics if a position is out of range.
func (a *Array[T]) Take(axis int, index *Ints) *Array[T] {
	axis = a.Shape().axis(axis)
	s := slices.Concat(a.Shape()[:axis], index.Shape(), a.Shape()[axis+1:])
	flat := index
	if index.Rank() != 1 {
		flat = index.Clone().Flatten(0, -1)
	}
	part := a.Shape().Clone()
	part[axis] = flat.Len()
	out := Make[T](part...)
	var to, from Array[T]
	for i := range flat.Len() {
		out.IndexTo(&to, axis, i).Copy(a.IndexTo(&from, axis, flat.At(i)))
	}
	return out.Reshape(s...)
}

// GatherAlong returns, for an axis, the array of the shape of index with
//
//	out[i][j][k] = a[index[i][j][k]][j][k]   for axis 0
//	out[i][j][k] = a[i][index[i][j][k]][k]   for axis 1
//
// and so on. It panics if the numbers of axes differ, index is longer than a
// along another axis, or a position is out of range.
func (a *Array[T]) GatherAlong(axis int, index *Ints) *Array[T] {
	out := Make[T](index.Shape()...)
	axis = a.Shape().axis(axis)
	alongIndex("GatherAlong", axis, a, index, out, func(lane, v []T, i, step int) { v[0] = lane[i*step] })
	return out
}

// ScatterAlong is the converse of [Array.GatherAlong]: it sets a at the given
// positions of an axis to the elements of src,
//
//	a[index[i][j][k]][j][k] = src[i][j][k]   for axis 0
//
// and so on. Of elements that meet in one place the last in row-major order
// stays. It panics if src and index differ in shape, and like
// [Array.GatherAlong].
func (a *Array[T]) ScatterAlong(axis int, index *Ints, src *Array[T]) {
	mustBe("ScatterAlong", src.Shape(), index.Shape())
	axis = a.Shape().axis(axis)
	alongIndex("ScatterAlong", axis, a, index, src, func(lane, v []T, i, step int) { lane[i*step] = v[0] })
}

// ScatterAddAlong adds where [Array.ScatterAlong] sets, in row-major order of
// src.
func ScatterAddAlong[T Number](a *Array[T], axis int, index *Ints, src *Array[T]) {
	mustBe("ScatterAddAlong", src.Shape(), index.Shape())
	axis = a.Shape().axis(axis)
	alongIndex("ScatterAddAlong", axis, a, index, src, func(lane, v []T, i, step int) { lane[i*step] += v[0] })
}

// alongIndex calls f for each element v of an array of the shape of index, with
// the lane of a that it belongs to and its position in the lane.
func alongIndex[T Element](op string, axis int, a *Array[T], index *Ints, values *Array[T], f func(lane, v []T, i, step int)) {
	fits := index.Rank() == a.Rank()
	for i := 0; fits && i < a.Rank(); i++ {
		fits = i == axis || index.Shape()[i] <= a.Shape()[i]
	}
	if !fits {
		panic(fmt.Sprintf("tensor: %s: index of shape %v does not fit %v along axis %d", op, index.Shape(), a.Shape(), axis))
	}
	n, step := a.Shape()[axis], a.step(axis)
	var w walk
	w.init(index.Shape())
	w.add(index.Shape(), index.stride)
	w.add(index.Shape(), values.stride)
	w.add(index.Shape(), a.stride)
	w.stride[2][axis] = 0
	for ok := w.start(); ok; ok = w.next() {
		for i := range w.len() {
			at := index.data[w.off[0]+i*w.step(0)]
			if at < 0 || at >= n {
				panic(fmt.Sprintf("tensor: %s: index %d out of range for axis %d of shape %v", op, at, axis, a.Shape()))
			}
			f(a.data[w.off[2]+i*w.step(2):], values.data[w.off[1]+i*w.step(1):], at, step)
		}
	}
}

// Flip returns a copy of a with the order along the given axes reversed.
func (a *Array[T]) Flip(axes ...int) *Array[T] {
	out := a
	for _, axis := range axes {
		axis = a.Shape().axis(axis)
		n := a.Shape()[axis]
		index := Make[int](n)
		for i := range n {
			index.data[i] = n - 1 - i
		}
		out = out.Take(axis, index)
	}
	if out == a {
		return a.Clone()
	}
	return out
}

// Roll returns a copy of a with element i moved to i+shift along an axis; what
// leaves at one end comes in at the other.
func (a *Array[T]) Roll(axis, shift int) *Array[T] {
	n := a.Dim(axis)
	if n == 0 {
		return a.Clone()
	}
	cut := ((-shift)%n + n) % n
	return Concat(axis, a.Slice(axis, cut, n), a.Slice(axis, 0, cut))
}

// Pad returns a copy of a with margins of value v: pads[i] elements before and
// after axis i. It panics unless there is a pair for each axis, and if one is
// negative.
func (a *Array[T]) Pad(v T, pads ...[2]int) *Array[T] {
	s := a.Shape().Clone()
	ok := len(pads) == len(s)
	for i := 0; ok && i < len(s); i++ {
		ok = pads[i][0] >= 0 && pads[i][1] >= 0
		s[i] += pads[i][0] + pads[i][1]
	}
	if !ok {
		panic(fmt.Sprintf("tensor: Pad(%v) of shape %v", pads, a.Shape()))
	}
	out := Full(v, s...)
	in := out
	for i, p := range pads {
		in = in.Slice(i, p[0], s[i]-p[1])
	}
	in.Copy(a)
	return out
}

// Repeat returns a repeated times[i] times along axis i, as whole blocks: 1 2
// becomes 1 2 1 2. It panics unless there is a number for each axis, and if one
// is negative. [Array.Expand] repeats axes of size 1 without copying.
func (a *Array[T]) Repeat(times ...int) *Array[T] {
	if len(times) != a.Rank() || len(times) > 0 && slices.Min(times) < 0 {
		panic(fmt.Sprintf("tensor: Repeat(%v) of shape %v", times, a.Shape()))
	}
	// Axis i becomes two, of sizes times[i] and its own.
	split, wide, s := Shape{}, Shape{}, Shape{}
	for i, d := range a.Shape() {
		split = append(split, 1, d)
		wide = append(wide, times[i], d)
		s = append(s, times[i]*d)
	}
	out := Make[T](s...)
	src := a
	if !src.CanReshape(split) {
		src = src.Clone()
	}
	out.Reshape(wide...).Copy(src.Reshape(split...))
	return out
}
