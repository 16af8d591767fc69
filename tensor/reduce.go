package tensor

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/internal/mem"
)

// reduceAxes returns the shape of a reduction with its axes kept and dropped.
func reduceAxes(op string, s Shape, axes []int) (kept, dropped Shape) {
	kept = s.KeepDims(axes...)
	var gone [maxRank]bool
	for _, a := range axes {
		a = s.axis(a)
		if gone[a] {
			panic(fmt.Sprintf("tensor: %s: axis %d named twice in %v", op, a, axes))
		}
		gone[a] = true
	}
	dropped = Shape{}
	for i, d := range s {
		if len(axes) > 0 && !gone[i] {
			dropped = append(dropped, d)
		}
	}
	return kept, dropped
}

// reduce applies a To form to an array with the axes kept, and drops them.
func reduce(op string, f func(dst, x *Tensor) *Tensor, x *Tensor, axes []int) *Tensor {
	kept, dropped := reduceAxes(op, x.Shape(), axes)
	return f(Make[float32](kept...), x).Reshape(dropped...)
}

// reduceTo runs a reduction. It returns the number of elements of x to each of
// dst.
func reduceTo(op string, kind loop.Kind, dst, x *Tensor) int {
	mustExpand(op, dst.Shape(), x.Shape())
	n := perOutput(dst, x)
	if n == 0 && (kind == loop.Max || kind == loop.Min) && dst.Len() > 0 {
		panic(fmt.Sprintf("tensor: %s: no elements to reduce, shape %v", op, x.Shape()))
	}
	loop.Reduce(kind, false, x.Shape(), operand(dst), operand(x))
	return n
}

// perOutput returns how many elements of x are reduced to one of dst.
func perOutput(dst, x *Tensor) int {
	n := 1
	extra := x.Rank() - dst.Rank()
	for i, d := range x.Shape() {
		if i < extra || dst.Shape()[i-extra] == 1 {
			n *= d
		}
	}
	return n
}

// Sum returns Σ x over the given axes, all if none is given, and drops them.
func Sum(x *Tensor, axes ...int) *Tensor { return reduce("Sum", SumTo, x, axes) }

// SumTo is [Sum] into dst, over the axes along which dst is repeated. It is the
// transpose of broadcasting dst to the shape of x.
func SumTo(dst, x *Tensor) *Tensor {
	reduceTo("SumTo", loop.Sum, dst, x)
	return dst
}

// Mean returns Σ x / n, NaN for n = 0.
func Mean(x *Tensor, axes ...int) *Tensor { return reduce("Mean", MeanTo, x, axes) }

// MeanTo is [Mean] into dst, over the axes along which dst is repeated.
func MeanTo(dst, x *Tensor) *Tensor {
	n := reduceTo("MeanTo", loop.Sum, dst, x)
	return scalar("MeanTo", divideBy, float32(n), dst, dst)
}

func divideBy(dst, x []float32, s float32) {
	for i, v := range x {
		dst[i] = v / s
	}
}

// Prod returns the product of the elements, computed in float64.
func Prod(x *Tensor, axes ...int) *Tensor { return reduce("Prod", ProdTo, x, axes) }

// ProdTo is [Prod] into dst, over the axes along which dst is repeated.
func ProdTo(dst, x *Tensor) *Tensor {
	reduceTo("ProdTo", loop.Prod, dst, x)
	return dst
}

// Max returns the largest element, NaN if there is a NaN. It panics if there
// are no elements to choose from.
func Max(x *Tensor, axes ...int) *Tensor { return reduce("Max", MaxTo, x, axes) }

// MaxTo is [Max] into dst, over the axes along which dst is repeated.
func MaxTo(dst, x *Tensor) *Tensor {
	reduceTo("MaxTo", loop.Max, dst, x)
	return dst
}

// Min returns the smallest element, NaN if there is a NaN. It panics if there
// are no elements to choose from.
func Min(x *Tensor, axes ...int) *Tensor { return reduce("Min", MinTo, x, axes) }

// MinTo is [Min] into dst, over the axes along which dst is repeated.
func MinTo(dst, x *Tensor) *Tensor {
	reduceTo("MinTo", loop.Min, dst, x)
	return dst
}

// Var returns the variance Σ (x - mean)² / (n - correction). Correction 1 gives
// the unbiased estimate, the default of PyTorch, and 0 the variance of the
// elements themselves. It is NaN if n ≤ correction.
func Var(x *Tensor, correction int, axes ...int) *Tensor {
	return reduce("Var", func(dst, x *Tensor) *Tensor { return VarTo(dst, x, correction) }, x, axes)
}

// VarTo is [Var] into dst, over the axes along which dst is repeated.
func VarTo(dst, x *Tensor, correction int) *Tensor {
	MeanTo(dst, x)
	squaredDev(dst, x, dst.data[:dst.span()])
	n := float32(perOutput(dst, x) - correction)
	if n <= 0 {
		n = float32(math.NaN())
	}
	return scalar("VarTo", divideBy, n, dst, dst)
}

// Std returns the standard deviation, the square root of [Var].
func Std(x *Tensor, correction int, axes ...int) *Tensor {
	return reduce("Std", func(dst, x *Tensor) *Tensor { return StdTo(dst, x, correction) }, x, axes)
}

// StdTo is [Std] into dst, over the axes along which dst is repeated.
func StdTo(dst, x *Tensor, correction int) *Tensor {
	return SqrtTo(dst, VarTo(dst, x, correction))
}

// Norm returns the Euclidean norm √(Σ x²).
func Norm(x *Tensor, axes ...int) *Tensor { return reduce("Norm", NormTo, x, axes) }

// NormTo is [Norm] into dst, over the axes along which dst is repeated.
func NormTo(dst, x *Tensor) *Tensor {
	mustExpand("NormTo", dst.Shape(), x.Shape())
	zero := mem.Get(dst.span())
	clear(zero)
	squaredDev(dst, x, zero)
	mem.Put(zero)
	return SqrtTo(dst, dst)
}

// squaredDev sets dst to Σ (x - mean)²; mean is laid out like dst and may be
// its memory.
func squaredDev(dst, x *Tensor, mean []float32) {
	m := mem.Get(len(mean))
	copy(m, mean)
	loop.SumSquaredDev(x.Shape(), operand(dst), operand(x), m)
	mem.Put(m)
}

// span returns the length of the memory from the first element of a to the
// last.
func (a *Array[T]) span() int {
	if a.Len() == 0 {
		return 0
	}
	n := 1
	for i, d := range a.shape {
		n += (d - 1) * a.stride[i]
	}
	return n
}

// lanes prepares a walk over the first elements of the lanes of x along an
// axis.
func (w *walk) lanes(x Shape, axis int) {
	w.init(x)
	w.shape[axis] = 1
}

// along adds an array whose lanes run along axis.
func (w *walk) along(stride []int) {
	s := &w.stride[w.operands]
	copy(s[:], stride)
	w.operands++
}

// CumSum returns the running sums along an axis: element i of the result is the
// sum of elements 0 to i of x, computed in float64.
func CumSum(x *Tensor, axis int) *Tensor {
	return CumSumTo(Make[float32](x.Shape()...), x, axis)
}

// CumSumTo is [CumSum] into dst, which may be x.
func CumSumTo(dst, x *Tensor, axis int) *Tensor {
	mustBe("CumSumTo", dst.Shape(), x.Shape())
	axis = x.Shape().axis(axis)
	n, ds, xs := x.Shape()[axis], dst.step(axis), x.step(axis)
	if n == 0 {
		return dst
	}
	var w walk
	w.lanes(x.Shape(), axis)
	w.along(dst.stride)
	w.along(x.stride)
	for ok := w.start(); ok; ok = w.next() {
		for i := range w.len() {
			d, v := dst.data[w.off[0]+i*w.step(0):], x.data[w.off[1]+i*w.step(1):]
			sum := 0.0
			for k := range n {
				sum += float64(v[k*xs])
				d[k*ds] = float32(sum)
			}
		}
	}
	return dst
}

// ArgMax returns the positions of the largest elements along an axis, which is
// dropped: the first of equal ones, or the first NaN if there is one. It panics
// if the axis has size 0 and the result does not.
func ArgMax(x *Tensor, axis int) *Ints {
	_, s := reduceAxes("ArgMax", x.Shape(), []int{axis})
	return ArgMaxTo(Make[int](s...), x, axis)
}

// ArgMaxTo is [ArgMax] into dst.
func ArgMaxTo(dst *Ints, x *Tensor, axis int) *Ints { return argTo("ArgMaxTo", dst, x, axis, false) }

// ArgMin returns the positions of the smallest elements along an axis, which is
// dropped: the first of equal ones, or the first NaN if there is one. It panics
// if the axis has size 0 and the result does not.
func ArgMin(x *Tensor, axis int) *Ints {
	_, s := reduceAxes("ArgMin", x.Shape(), []int{axis})
	return ArgMinTo(Make[int](s...), x, axis)
}

// ArgMinTo is [ArgMin] into dst.
func ArgMinTo(dst *Ints, x *Tensor, axis int) *Ints { return argTo("ArgMinTo", dst, x, axis, true) }

func argTo(op string, dst *Ints, x *Tensor, axis int, least bool) *Ints {
	axis = x.Shape().axis(axis)
	var shape, stride [maxRank]int
	want := append(append(shape[:0], x.Shape()[:axis]...), x.Shape()[axis+1:]...)
	mustBe(op, dst.Shape(), want)
	n, step := x.Shape()[axis], x.step(axis)
	if n == 0 && dst.Len() > 0 {
		panic(fmt.Sprintf("tensor: %s: no elements to choose from, shape %v", op, x.Shape()))
	}
	// dst as it would be with the axis kept.
	kept := append(append(append(stride[:0], dst.stride[:axis]...), 0), dst.stride[axis:]...)
	var w walk
	w.lanes(x.Shape(), axis)
	w.along(kept)
	w.along(x.stride)
	for ok := w.start(); ok; ok = w.next() {
		for i := range w.len() {
			lane := x.data[w.off[1]+i*w.step(1):]
			dst.data[w.off[0]+i*w.step(0)] = argBest(lane, n, step, least)
		}
	}
	return dst
}

// argBest returns the position of the best of n elements.
func argBest(x []float32, n, step int, least bool) int {
	best, at := x[0], 0
	for k := range n {
		v := x[k*step]
		if v != v {
			return k
		}
		if least && v < best || !least && v > best {
			best, at = v, k
		}
	}
	return at
}
