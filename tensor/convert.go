package tensor

import "math"

// Convert returns the elements of x as another type:
//
//	labels := tensor.Convert[float32](mask)
//
// False and true are 0 and 1, and what is not 0 is true. Floats lose their
// fraction on the way to integers, and NaN becomes 0. Numbers outside the range
// of the new type become its nearest. An integer beyond 2²⁴ is rounded to
// float32.
func Convert[D, S Element](x *Array[S]) *Array[D] {
	return ConvertTo(Make[D](x.Shape()...), x)
}

// ConvertTo is [Convert] into dst, which must have the shape of x and not
// overlap it.
func ConvertTo[D, S Element](dst *Array[D], x *Array[S]) *Array[D] {
	mustBe("ConvertTo", dst.Shape(), x.Shape())
	if same, ok := any(x).(*Array[D]); ok {
		dst.Copy(same)
		return dst
	}
	switch s := any(x).(type) {
	case *Tensor:
		switch d := any(dst).(type) {
		case *Ints:
			zip("ConvertTo", d, s, s, func(v, _ float32) int { return truncate(v, math.MinInt, math.MaxInt) })
		case *Bytes:
			zip("ConvertTo", d, s, s, func(v, _ float32) uint8 { return uint8(truncate(v, 0, 255)) })
		case *Bools:
			zip("ConvertTo", d, s, s, func(v, _ float32) bool { return v != 0 })
		}
	case *Ints:
		switch d := any(dst).(type) {
		case *Tensor:
			zip("ConvertTo", d, s, s, func(v, _ int) float32 { return float32(v) })
		case *Bytes:
			zip("ConvertTo", d, s, s, func(v, _ int) uint8 { return uint8(min(max(v, 0), 255)) })
		case *Bools:
			zip("ConvertTo", d, s, s, func(v, _ int) bool { return v != 0 })
		}
	case *Bytes:
		switch d := any(dst).(type) {
		case *Tensor:
			zip("ConvertTo", d, s, s, func(v, _ uint8) float32 { return float32(v) })
		case *Ints:
			zip("ConvertTo", d, s, s, func(v, _ uint8) int { return int(v) })
		case *Bools:
			zip("ConvertTo", d, s, s, func(v, _ uint8) bool { return v != 0 })
		}
	case *Bools:
		switch d := any(dst).(type) {
		case *Tensor:
			zip("ConvertTo", d, s, s, func(v, _ bool) float32 { return oneIf[float32](v) })
		case *Ints:
			zip("ConvertTo", d, s, s, func(v, _ bool) int { return oneIf[int](v) })
		case *Bytes:
			zip("ConvertTo", d, s, s, func(v, _ bool) uint8 { return oneIf[uint8](v) })
		}
	}
	return dst
}

// oneIf returns 1 for true, 0 for false.
func oneIf[T Number](v bool) T {
	if v {
		return 1
	}
	return 0
}

// truncate returns v without its fraction, limited to lo and hi; 0 for NaN.
func truncate(v float32, lo, hi int) int {
	switch {
	case v != v:
		return 0
	case float64(v) >= float64(hi): // float64(MaxInt) is MaxInt + 1
		return hi
	case float64(v) <= float64(lo):
		return lo
	}
	return int(v)
}
