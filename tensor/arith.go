package tensor

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/internal/vec"
)

// operand returns x for the loop engine.
func operand(x *Tensor) loop.Operand {
	return loop.Operand{Data: x.data, Stride: x.stride, Shape: x.shape}
}

func unary(op string, f loop.Unary, dst, x *Tensor) *Tensor {
	if dst == nil {
		dst = Make[float32](x.Shape()...)
	}
	mustBe(op, dst.Shape(), x.Shape())
	loop.Run(f, false, dst.Shape(), operand(dst), operand(x))
	return dst
}

func scalar(op string, f func(dst, x []float32, s float32), s float32, dst, x *Tensor) *Tensor {
	if dst == nil {
		dst = Make[float32](x.Shape()...)
	}
	mustBe(op, dst.Shape(), x.Shape())
	loop.RunScalar(f, s, false, dst.Shape(), operand(dst), operand(x))
	return dst
}

func binary(op string, f loop.Binary, dst, a, b *Tensor) *Tensor {
	var buf [maxRank]int
	s := mustBroadcast(op, buf[:0], a.Shape(), b.Shape())
	if dst == nil {
		dst = Make[float32](s.Clone()...)
	}
	mustBe(op, dst.Shape(), s)
	loop.Run(f, false, dst.Shape(), operand(dst), operand(a), operand(b))
	return dst
}

// Add returns a + b, both broadcast to a common shape. Like the other functions
// of two arrays it panics if there is none.
func Add(a, b *Tensor) *Tensor { return binary("Add", vec.Add, nil, a, b) }

// AddTo is [Add] into dst.
func AddTo(dst, a, b *Tensor) *Tensor { return binary("AddTo", vec.Add, dst, a, b) }

// Sub returns a - b.
func Sub(a, b *Tensor) *Tensor { return binary("Sub", vec.Sub, nil, a, b) }

// SubTo is [Sub] into dst.
func SubTo(dst, a, b *Tensor) *Tensor { return binary("SubTo", vec.Sub, dst, a, b) }

// Mul returns a · b.
func Mul(a, b *Tensor) *Tensor { return binary("Mul", vec.Mul, nil, a, b) }

// MulTo is [Mul] into dst.
func MulTo(dst, a, b *Tensor) *Tensor { return binary("MulTo", vec.Mul, dst, a, b) }

// Div returns a / b.
func Div(a, b *Tensor) *Tensor { return binary("Div", vec.Div, nil, a, b) }

// DivTo is [Div] into dst.
func DivTo(dst, a, b *Tensor) *Tensor { return binary("DivTo", vec.Div, dst, a, b) }

// Maximum returns the larger of a and b: NaN if either is.
func Maximum(a, b *Tensor) *Tensor { return binary("Maximum", vec.Max, nil, a, b) }

// MaximumTo is [Maximum] into dst.
func MaximumTo(dst, a, b *Tensor) *Tensor { return binary("MaximumTo", vec.Max, dst, a, b) }

// Minimum returns the smaller of a and b: NaN if either is.
func Minimum(a, b *Tensor) *Tensor { return binary("Minimum", vec.Min, nil, a, b) }

// MinimumTo is [Minimum] into dst.
func MinimumTo(dst, a, b *Tensor) *Tensor { return binary("MinimumTo", vec.Min, dst, a, b) }

// Pow returns aᵇ, with the special cases of [math.Pow].
func Pow(a, b *Tensor) *Tensor { return binary("Pow", powRow, nil, a, b) }

// PowTo is [Pow] into dst.
func PowTo(dst, a, b *Tensor) *Tensor { return binary("PowTo", powRow, dst, a, b) }

// AddScalar returns x + s.
func AddScalar(x *Tensor, s float32) *Tensor { return scalar("AddScalar", vec.AddScalar, s, nil, x) }

// AddScalarTo is [AddScalar] into dst.
func AddScalarTo(dst, x *Tensor, s float32) *Tensor {
	return scalar("AddScalarTo", vec.AddScalar, s, dst, x)
}

// MulScalar returns x · s.
func MulScalar(x *Tensor, s float32) *Tensor { return scalar("MulScalar", vec.MulScalar, s, nil, x) }

// MulScalarTo is [MulScalar] into dst.
func MulScalarTo(dst, x *Tensor, s float32) *Tensor {
	return scalar("MulScalarTo", vec.MulScalar, s, dst, x)
}

// PowScalar returns xˢ.
func PowScalar(x *Tensor, s float32) *Tensor { return scalar("PowScalar", powScalar, s, nil, x) }

// PowScalarTo is [PowScalar] into dst.
func PowScalarTo(dst, x *Tensor, s float32) *Tensor {
	return scalar("PowScalarTo", powScalar, s, dst, x)
}

// Neg returns -x.
func Neg(x *Tensor) *Tensor { return unary("Neg", vec.Neg, nil, x) }

// NegTo is [Neg] into dst.
func NegTo(dst, x *Tensor) *Tensor { return unary("NegTo", vec.Neg, dst, x) }

// Abs returns |x|.
func Abs(x *Tensor) *Tensor { return unary("Abs", vec.Abs, nil, x) }

// AbsTo is [Abs] into dst.
func AbsTo(dst, x *Tensor) *Tensor { return unary("AbsTo", vec.Abs, dst, x) }

// Sqrt returns √x: NaN for x < 0.
func Sqrt(x *Tensor) *Tensor { return unary("Sqrt", vec.Sqrt, nil, x) }

// SqrtTo is [Sqrt] into dst.
func SqrtTo(dst, x *Tensor) *Tensor { return unary("SqrtTo", vec.Sqrt, dst, x) }

// Exp returns eˣ.
func Exp(x *Tensor) *Tensor { return unary("Exp", vec.Exp, nil, x) }

// ExpTo is [Exp] into dst.
func ExpTo(dst, x *Tensor) *Tensor { return unary("ExpTo", vec.Exp, dst, x) }

// Log returns ln x: -Inf for 0 and NaN for x < 0.
func Log(x *Tensor) *Tensor { return unary("Log", vec.Log, nil, x) }

// LogTo is [Log] into dst.
func LogTo(dst, x *Tensor) *Tensor { return unary("LogTo", vec.Log, dst, x) }

// Tanh returns tanh x.
func Tanh(x *Tensor) *Tensor { return unary("Tanh", vec.Tanh, nil, x) }

// TanhTo is [Tanh] into dst.
func TanhTo(dst, x *Tensor) *Tensor { return unary("TanhTo", vec.Tanh, dst, x) }

// Sigmoid returns 1 / (1 + e⁻ˣ).
func Sigmoid(x *Tensor) *Tensor { return unary("Sigmoid", vec.Sigmoid, nil, x) }

// SigmoidTo is [Sigmoid] into dst.
func SigmoidTo(dst, x *Tensor) *Tensor { return unary("SigmoidTo", vec.Sigmoid, dst, x) }

// Erf returns erf x, the error function.
func Erf(x *Tensor) *Tensor { return unary("Erf", vec.Erf, nil, x) }

// ErfTo is [Erf] into dst.
func ErfTo(dst, x *Tensor) *Tensor { return unary("ErfTo", vec.Erf, dst, x) }

// Square returns x².
func Square(x *Tensor) *Tensor { return unary("Square", vec.Square, nil, x) }

// SquareTo is [Square] into dst.
func SquareTo(dst, x *Tensor) *Tensor { return unary("SquareTo", vec.Square, dst, x) }

// Recip returns 1/x.
func Recip(x *Tensor) *Tensor { return unary("Recip", vec.Recip, nil, x) }

// RecipTo is [Recip] into dst.
func RecipTo(dst, x *Tensor) *Tensor { return unary("RecipTo", vec.Recip, dst, x) }

// Clamp returns x limited to lo ≤ x ≤ hi; NaN stays NaN. It panics if lo > hi or
// either is NaN.
func Clamp(x *Tensor, lo, hi float32) *Tensor {
	return ClampTo(Make[float32](x.Shape()...), x, lo, hi)
}

// ClampTo is [Clamp] into dst.
func ClampTo(dst, x *Tensor, lo, hi float32) *Tensor {
	if !(lo <= hi) {
		panic(fmt.Sprintf("tensor: Clamp: bounds %v and %v", lo, hi))
	}
	scalar("ClampTo", vec.MaxScalar, lo, dst, x)
	return scalar("ClampTo", vec.MinScalar, hi, dst, dst)
}

// Where returns the elements of a where mask is true and those of b elsewhere,
// all three broadcast to a common shape.
func Where[T Element](mask *Bools, a, b *Array[T]) *Array[T] {
	s := mustBroadcast("Where", nil, mask.Shape(), mustBroadcast("Where", nil, a.Shape(), b.Shape()))
	return WhereTo(Make[T](s...), mask, a, b)
}

// WhereTo is [Where] into dst. The arguments broadcast to the shape of dst.
func WhereTo[T Element](dst *Array[T], mask *Bools, a, b *Array[T]) *Array[T] {
	mustExpand("WhereTo", mask.Shape(), dst.Shape())
	mustExpand("WhereTo", a.Shape(), dst.Shape())
	mustExpand("WhereTo", b.Shape(), dst.Shape())
	var w walk
	w.init(dst.Shape())
	w.add(dst.Shape(), dst.stride)
	w.add(mask.Shape(), mask.stride)
	w.add(a.Shape(), a.stride)
	w.add(b.Shape(), b.stride)
	for ok := w.start(); ok; ok = w.next() {
		d, m := dst.data[w.off[0]:], mask.data[w.off[1]:]
		x, y := a.data[w.off[2]:], b.data[w.off[3]:]
		for i := range w.len() {
			v := y[i*w.step(3)]
			if m[i*w.step(1)] {
				v = x[i*w.step(2)]
			}
			d[i*w.step(0)] = v
		}
	}
	return dst
}

func powRow(dst, a, b []float32) {
	for i := range dst {
		dst[i] = float32(math.Pow(float64(a[i]), float64(b[i])))
	}
}

func powScalar(dst, x []float32, s float32) {
	if s == 2 {
		vec.Square(dst, x)
		return
	}
	for i, v := range x {
		dst[i] = float32(math.Pow(float64(v), float64(s)))
	}
}
