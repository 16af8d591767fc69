package tensor

import "math"

// Number is an element type with an order.
type Number interface {
	float32 | int | uint8
}

// Eq reports where a = b, both broadcast to a common shape. Like the other
// comparisons it panics if there is none, and holds for no NaN but in [Ne].
func Eq[T Number](a, b *Array[T]) *Bools { return EqTo(compared("Eq", a, b), a, b) }

// EqTo is [Eq] into dst.
func EqTo[T Number](dst *Bools, a, b *Array[T]) *Bools {
	return zip("EqTo", dst, a, b, func(x, y T) bool { return x == y })
}

// Ne reports where a ≠ b.
func Ne[T Number](a, b *Array[T]) *Bools { return NeTo(compared("Ne", a, b), a, b) }

// NeTo is [Ne] into dst.
func NeTo[T Number](dst *Bools, a, b *Array[T]) *Bools {
	return zip("NeTo", dst, a, b, func(x, y T) bool { return x != y })
}

// Lt reports where a < b.
func Lt[T Number](a, b *Array[T]) *Bools { return LtTo(compared("Lt", a, b), a, b) }

// LtTo is [Lt] into dst.
func LtTo[T Number](dst *Bools, a, b *Array[T]) *Bools {
	return zip("LtTo", dst, a, b, func(x, y T) bool { return x < y })
}

// Le reports where a ≤ b.
func Le[T Number](a, b *Array[T]) *Bools { return LeTo(compared("Le", a, b), a, b) }

// LeTo is [Le] into dst.
func LeTo[T Number](dst *Bools, a, b *Array[T]) *Bools {
	return zip("LeTo", dst, a, b, func(x, y T) bool { return x <= y })
}

// Gt reports where a > b.
func Gt[T Number](a, b *Array[T]) *Bools { return GtTo(compared("Gt", a, b), a, b) }

// GtTo is [Gt] into dst.
func GtTo[T Number](dst *Bools, a, b *Array[T]) *Bools {
	return zip("GtTo", dst, a, b, func(x, y T) bool { return x > y })
}

// Ge reports where a ≥ b.
func Ge[T Number](a, b *Array[T]) *Bools { return GeTo(compared("Ge", a, b), a, b) }

// GeTo is [Ge] into dst.
func GeTo[T Number](dst *Bools, a, b *Array[T]) *Bools {
	return zip("GeTo", dst, a, b, func(x, y T) bool { return x >= y })
}

// And reports where a and b are both true.
func And(a, b *Bools) *Bools { return AndTo(compared("And", a, b), a, b) }

// AndTo is [And] into dst.
func AndTo(dst, a, b *Bools) *Bools {
	return zip("AndTo", dst, a, b, func(x, y bool) bool { return x && y })
}

// Or reports where a or b is true.
func Or(a, b *Bools) *Bools { return OrTo(compared("Or", a, b), a, b) }

// OrTo is [Or] into dst.
func OrTo(dst, a, b *Bools) *Bools {
	return zip("OrTo", dst, a, b, func(x, y bool) bool { return x || y })
}

// Not reports where a is false.
func Not(a *Bools) *Bools { return NotTo(Make[bool](a.Shape()...), a) }

// NotTo is [Not] into dst.
func NotTo(dst, a *Bools) *Bools {
	return zip("NotTo", dst, a, a, func(x, _ bool) bool { return !x })
}

// compared returns an array for the result of a comparison.
func compared[T Element](op string, a, b *Array[T]) *Bools {
	return Make[bool](mustBroadcast(op, nil, a.Shape(), b.Shape())...)
}

// zip sets dst to f(a, b).
func zip[D, T Element](op string, dst *Array[D], a, b *Array[T], f func(x, y T) D) *Array[D] {
	var buf [maxRank]int
	mustBe(op, dst.Shape(), mustBroadcast(op, buf[:0], a.Shape(), b.Shape()))
	var w walk
	w.init(dst.Shape())
	w.add(dst.Shape(), dst.stride)
	w.add(a.Shape(), a.stride)
	w.add(b.Shape(), b.stride)
	for ok := w.start(); ok; ok = w.next() {
		d, x, y := dst.data[w.off[0]:], a.data[w.off[1]:], b.data[w.off[2]:]
		ds, xs, ys := w.step(0), w.step(1), w.step(2)
		for i := range w.len() {
			d[i*ds] = f(x[i*xs], y[i*ys])
		}
	}
	return dst
}

// CountTrue returns how many elements are true. To count along an axis, sum:
// Sum(Convert[float32](a), axis).
func CountTrue(a *Bools) int {
	n := 0
	var w walk
	w.init(a.Shape())
	w.add(a.Shape(), a.stride)
	for ok := w.start(); ok; ok = w.next() {
		for i := range w.len() {
			if a.data[w.off[0]+i*w.step(0)] {
				n++
			}
		}
	}
	return n
}

// AnyTrue reports whether an element is true.
func AnyTrue(a *Bools) bool { return CountTrue(a) > 0 }

// AllTrue reports whether every element is true, which holds for an empty array.
func AllTrue(a *Bools) bool { return CountTrue(a) == a.Len() }

// Equal reports whether a and b have the same shape and equal elements. An
// array with a NaN is not equal to itself.
func (a *Array[T]) Equal(b *Array[T]) bool {
	if !a.Shape().Equal(b.Shape()) {
		return false
	}
	var w walk
	w.init(a.Shape())
	w.add(a.Shape(), a.stride)
	w.add(b.Shape(), b.stride)
	for ok := w.start(); ok; ok = w.next() {
		for i := range w.len() {
			if a.data[w.off[0]+i*w.step(0)] != b.data[w.off[1]+i*w.step(1)] {
				return false
			}
		}
	}
	return true
}

// AllClose reports whether a and b have the same shape and everywhere
//
//	|a - b| ≤ atol + rtol·|b|
//
// Infinities are close to themselves, NaN to nothing. PyTorch's defaults are
// rtol = 1e-5 and atol = 1e-8.
func AllClose(a, b *Tensor, rtol, atol float64) bool {
	if !a.Shape().Equal(b.Shape()) {
		return false
	}
	var w walk
	w.init(a.Shape())
	w.add(a.Shape(), a.stride)
	w.add(b.Shape(), b.stride)
	for ok := w.start(); ok; ok = w.next() {
		for i := range w.len() {
			x, y := float64(a.data[w.off[0]+i*w.step(0)]), float64(b.data[w.off[1]+i*w.step(1)])
			if x != y && !(math.Abs(x-y) <= atol+rtol*math.Abs(y) && !math.IsInf(y, 0)) {
				return false
			}
		}
	}
	return true
}
