package grad

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// shrink is what the functions share that are 0 where |x| ≤ Lambda: dx = g
// outside of that, else 0.
type shrink struct{ Lambda float32 }

func (*shrink) Needs() Needs { return Needs{In: 1} }

func (op *shrink) Infer(in, out []tensor.Shape) error {
	if !(op.Lambda >= 0) {
		return fmt.Errorf("lambda is %v, want at least 0", op.Lambda)
	}
	return sameShape{}.Infer(in, out)
}

func (op *shrink) Backward(c *Call) { mapGrad(c, 0, (*shrinkGrad)(op), c.In(0)) }

// shrinkGrad is the kernel of the gradient of shrink.
type shrinkGrad shrink

// Rows implements [loop.Kernel].
func (op *shrinkGrad) Rows(dst []float32, in [][]float32) {
	for i, x := range in[1] {
		if -op.Lambda <= x && x <= op.Lambda {
			dst[i] = 0
		} else {
			dst[i] = in[0][i]
		}
	}
}

// hardshrink keeps what it does not set to 0.
type hardshrink struct{ shrink }

func (*hardshrink) Name() string       { return "Hardshrink" }
func (op *hardshrink) Forward(c *Call) { mapOut(c, op) }

// Rows implements [loop.Kernel].
func (op *hardshrink) Rows(dst []float32, in [][]float32) {
	for i, x := range in[0] {
		if -op.Lambda <= x && x <= op.Lambda {
			x = 0
		}
		dst[i] = x
	}
}

// Hardshrink returns 0 where |x| ≤ lambda, else x. A negative lambda is an error.
func Hardshrink(x *Var, lambda float32) *Var { return apply1(hardshrink{shrink{lambda}}, x) }

// softshrink moves the rest towards 0.
type softshrink struct{ shrink }

func (*softshrink) Name() string       { return "Softshrink" }
func (op *softshrink) Forward(c *Call) { mapOut(c, op) }

// Rows implements [loop.Kernel].
func (op *softshrink) Rows(dst []float32, in [][]float32) {
	for i, x := range in[0] {
		switch {
		case x > op.Lambda:
			x -= op.Lambda
		case x < -op.Lambda:
			x += op.Lambda
		case x == x: // NaN stays
			x = 0
		}
		dst[i] = x
	}
}

// Softshrink returns 0 where |x| ≤ lambda, else x moved towards 0 by lambda. A
// negative lambda is an error.
func Softshrink(x *Var, lambda float32) *Var { return apply1(softshrink{shrink{lambda}}, x) }

// tanhshrink: dx = g·tanh²x.
type tanhshrink struct{ sameShape }

func (*tanhshrink) Name() string     { return "Tanhshrink" }
func (*tanhshrink) Needs() Needs     { return Needs{In: 1} }
func (*tanhshrink) Forward(c *Call)  { mapOut(c, loop.Unary(tanhshrinkRow)) }
func (*tanhshrink) Backward(c *Call) { mapGrad(c, 0, loop.Binary(tanhshrinkGrad), c.In(0)) }

func tanhshrinkRow(dst, x []float32) {
	vec.Tanh(dst, x)
	vec.Sub(dst, x, dst)
}

func tanhshrinkGrad(dst, g, x []float32) {
	vec.Tanh(dst, x)
	vec.Square(dst, dst)
	vec.Mul(dst, dst, g)
}

// Tanhshrink returns x - tanh x.
func Tanhshrink(x *Var) *Var { return apply1(tanhshrink{}, x) }
