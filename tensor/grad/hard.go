package grad

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// The activations of this file change their formula at some points. To which side
// these belong in Backward is as in PyTorch.

// hardtanh: dx = g where Lo < x < Hi, else 0.
type hardtanh struct{ Lo, Hi float32 }

func (*hardtanh) Name() string { return "Hardtanh" }
func (*hardtanh) Needs() Needs { return Needs{In: 1} }

func (op *hardtanh) Infer(in, out []tensor.Shape) error {
	if !(op.Lo < op.Hi) {
		return fmt.Errorf("bounds are %v and %v, want the first less than the second", op.Lo, op.Hi)
	}
	return sameShape{}.Infer(in, out)
}

func (op *hardtanh) Forward(c *Call)  { mapOut(c, op) }
func (op *hardtanh) Backward(c *Call) { mapGrad(c, 0, (*hardtanhGrad)(op), c.In(0)) }

// Rows implements [loop.Kernel].
func (op *hardtanh) Rows(dst []float32, in [][]float32) { (*clamp)(op).limit(dst, in[0]) }

// hardtanhGrad is the kernel of the gradient of hardtanh.
type hardtanhGrad hardtanh

// Rows implements [loop.Kernel].
func (op *hardtanhGrad) Rows(dst []float32, in [][]float32) {
	for i, x := range in[1] {
		if x <= op.Lo || x >= op.Hi {
			dst[i] = 0
		} else {
			dst[i] = in[0][i]
		}
	}
}

// Hardtanh returns x limited to lo ≤ x ≤ hi; NaN stays NaN. Unlike that of
// [Clamp], its gradient at the bounds is 0. Bounds that are not in order are an
// error.
func Hardtanh(x *Var, lo, hi float32) *Var { return apply1(hardtanh{lo, hi}, x) }

// relu6 is a hardtanh of fixed bounds.
type relu6 struct{ hardtanh }

func (*relu6) Name() string { return "ReLU6" }

// ReLU6 returns min(max(x, 0), 6). Its gradient at 0 and 6 is 0.
func ReLU6(x *Var) *Var { return apply1(relu6{hardtanh{0, 6}}, x) }

// hardsigmoid: dx = g/6 where -3 < x < 3, else 0.
type hardsigmoid struct{ sameShape }

func (*hardsigmoid) Name() string     { return "Hardsigmoid" }
func (*hardsigmoid) Needs() Needs     { return Needs{In: 1} }
func (*hardsigmoid) Forward(c *Call)  { mapOut(c, loop.Unary(hardsigmoidRow)) }
func (*hardsigmoid) Backward(c *Call) { mapGrad(c, 0, loop.Binary(hardsigmoidGrad), c.In(0)) }

func hardsigmoidRow(dst, x []float32) {
	vec.AddScalar(dst, x, 3)
	vec.Clamp(dst, dst, 0, 6)
	vec.MulScalar(dst, dst, 1./6)
}

func hardsigmoidGrad(dst, g, x []float32) {
	for i, v := range x {
		if v <= -3 || v >= 3 {
			dst[i] = 0
		} else {
			dst[i] = g[i] * (1. / 6)
		}
	}
}

// Hardsigmoid returns min(max(x+3, 0), 6)/6, straight lines in place of
// [Sigmoid].
func Hardsigmoid(x *Var) *Var { return apply1(hardsigmoid{}, x) }

// hardswish: dx = 0 where x < -3, g where x ≥ 3, else g·(x/3 + 1/2).
type hardswish struct{ sameShape }

func (*hardswish) Name() string     { return "Hardswish" }
func (*hardswish) Needs() Needs     { return Needs{In: 1} }
func (*hardswish) Forward(c *Call)  { mapOut(c, loop.Unary(hardswishRow)) }
func (*hardswish) Backward(c *Call) { mapGrad(c, 0, loop.Binary(hardswishGrad), c.In(0)) }

func hardswishRow(dst, x []float32) {
	hardsigmoidRow(dst, x)
	vec.Mul(dst, dst, x)
}

func hardswishGrad(dst, g, x []float32) {
	for i, v := range x {
		switch {
		case v < -3:
			dst[i] = 0
		case v >= 3:
			dst[i] = g[i]
		default:
			dst[i] = g[i] * (v*(1./3) + 0.5)
		}
	}
}

// Hardswish returns x·min(max(x+3, 0), 6)/6, a cheap stand-in for [SiLU] (Howard
// et al. 2019, arXiv 1905.02244).
func Hardswish(x *Var) *Var { return apply1(hardswish{}, x) }
