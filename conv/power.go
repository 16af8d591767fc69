package conv

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// PowerPool2D is a layer that replaces each window of a channel by its p-norm:
//
//	y = (Σ xᵖ)^(1/p)   over the window
//
// It lies between the sum, p = 1, and the maximum, which it comes close to for
// large p and positive x. Shapes: x [N, C, H, W], y [N, C, H', W'] as for
// [Conv2D]. Windows next to each other touch unless a stride is given; padding
// counts as zeros. As in PyTorch's lp_pool2d there are no absolute values: with
// an odd p the sum may be negative, with one that is no integer so may x, and the
// result then is NaN. Where y is 0 the gradient is 0, unless p is 1; PyTorch's is
// NaN there. (Sermanet, Chintala and LeCun: Convolutional neural networks applied
// to house numbers digit classification, 2012, arXiv 1204.3968.)
type PowerPool2D struct {
	P      float64 // above 0
	Kernel [2]int  // rows, columns
	Settings
}

// LPPool2D returns a layer that takes the p-norm of square windows.
func LPPool2D(p float64, kernel int, opts ...Option) *PowerPool2D {
	return &PowerPool2D{P: p, Kernel: [2]int{kernel, kernel}, Settings: applyPool(opts).settings()}
}

// Build checks the settings. nn.Init and nn.Load call it.
func (l *PowerPool2D) Build() error {
	op := l.op()
	if err := op.check(); err != nil {
		return fmt.Errorf("conv: %s: %w", op.Name(), err)
	}
	return nil
}

func (l *PowerPool2D) op() pool2D {
	return pool2D{Kernel: l.Kernel, Settings: l.Settings, Kind: power, P: l.P}
}

// Forward applies the layer to x [N, C, H, W].
//
//go:noinline
func (l *PowerPool2D) Forward(x *grad.Var) *grad.Var {
	// Inlined into another package, the list of inputs would cost an allocation.
	return grad.Apply(l.op(), x)
}

// checkPower reports an exponent that makes no norm.
func (op *pool2D) checkPower() error {
	if op.Kind == power && !(op.P > 0 && op.P <= math.MaxFloat64) {
		return fmt.Errorf("power %v, want a finite number above 0", op.P)
	}
	return nil
}

func (op *pool2D) power(y, x []float32) {
	for i := range op.out[0] {
		h0, h1, top := op.span(0, i)
		for j := range op.out[1] {
			w0, w1, left := op.span(1, j)
			var s float64
			for h := h0; h < h1; h++ {
				row := x[(top+h*op.dilation[0])*op.in[1]:]
				for w := w0; w < w1; w++ {
					s += raise(float64(row[left+w*op.dilation[1]]), op.P)
				}
			}
			y[i*op.out[1]+j] = float32(raise(s, 1/op.P))
		}
	}
}

// powerBackward: dx = dy·(x/y)ᵖ⁻¹.
func (op *pool2D) powerBackward(dx, dy, x, y []float32) {
	for i := range op.out[0] {
		h0, h1, top := op.span(0, i)
		for j := range op.out[1] {
			w0, w1, left := op.span(1, j)
			v, d := float64(y[i*op.out[1]+j]), float64(dy[i*op.out[1]+j])
			if v == 0 && op.P != 1 {
				continue
			}
			for h := h0; h < h1; h++ {
				at := (top + h*op.dilation[0]) * op.in[1]
				for w := w0; w < w1; w++ {
					k := at + left + w*op.dilation[1]
					dx[k] += float32(d * raise(float64(x[k])/v, op.P-1))
				}
			}
		}
	}
}

// raise is math.Pow, faster for the exponents that are usual.
func raise(x, p float64) float64 {
	switch p {
	case 0:
		return 1
	case 0.5:
		return math.Sqrt(x)
	case 1:
		return x
	case 2:
		return float64(x * x) // not fused with what follows
	}
	return math.Pow(x, p)
}
