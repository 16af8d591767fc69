package nn

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/vec"
)

// MSE is the mean squared error of outputs x with targets t of the same shape,
// *tensor.Tensor: mean (x−t)². Its gradient is 2·(x−t)/size. [NewMSE] has
// settings.
var MSE Loss = NewMSE()

// NewMSE returns [MSE] with settings, torch.nn.MSELoss. It takes [Sum] and
// [PerSample].
func NewMSE(opts ...LossOption) Loss {
	return newLossOptions("MSE", opts).byPoint(pointwise{pointLoss: squaredError{}})
}

type squaredError struct{}

func (squaredError) value(dst []float32, in [][]float32) {
	vec.Sub(dst, in[0], in[1])
	vec.Square(dst, dst)
}

func (squaredError) slope(dst []float32, in [][]float32) {
	vec.Sub(dst, in[0], in[1])
	vec.MulScalar(dst, dst, 2)
}

// L1 is the mean absolute error of outputs x with targets t of the same shape,
// *tensor.Tensor: mean |x−t|. Single targets that are far off count less than with
// [MSE]. Its gradient is sign(x−t)/size, 0 where the two are equal.
var L1 Loss = NewL1()

// NewL1 returns [L1] with settings, torch.nn.L1Loss. It takes [Sum] and
// [PerSample].
func NewL1(opts ...LossOption) Loss {
	return newLossOptions("L1", opts).byPoint(pointwise{pointLoss: &bend{slopeMax: 1}})
}

// SmoothL1 is [L1] with its kink rounded off, of outputs x with targets t of the
// same shape, *tensor.Tensor (Girshick 2015, arXiv 1504.08083):
//
//	mean of d²/(2·β) if |d| < β, else |d| − β/2    d = x−t
//
// with β = 1. [NewSmoothL1] has settings.
var SmoothL1 Loss = NewSmoothL1(1)

// NewSmoothL1 returns [SmoothL1] with the given β, torch.nn.SmoothL1Loss; 0 makes
// it [L1]. It takes [Sum] and [PerSample].
func NewSmoothL1(beta float64, opts ...LossOption) Loss {
	o := newLossOptions("SmoothL1", opts)
	o.finite("beta", beta, false)
	return o.byPoint(pointwise{pointLoss: &bend{width: float32(beta), slopeMax: 1}})
}

// Huber is [MSE] for small and [L1] for large differences, of outputs x with
// targets t of the same shape, *tensor.Tensor (Huber 1964):
//
//	mean of d²/2 if |d| < δ, else δ·(|d| − δ/2)    d = x−t
//
// with δ = 1. It is δ times [SmoothL1] with β = δ.
var Huber Loss = NewHuber(1)

// NewHuber returns [Huber] with the given δ, torch.nn.HuberLoss. It takes [Sum] and
// [PerSample].
func NewHuber(delta float64, opts ...LossOption) Loss {
	o := newLossOptions("Huber", opts)
	o.finite("delta", delta, true)
	return o.byPoint(pointwise{pointLoss: &bend{width: float32(delta), slopeMax: float32(delta)}})
}

// bend is a parabola about 0 that goes over into straight lines:
//
//	s·d²/(2·w) if |d| < w, else s·(|d| − w/2)
//
// for the slope s of the lines and the width w.
type bend struct{ width, slopeMax float32 }

func (l *bend) value(dst []float32, in [][]float32) {
	vec.Sub(dst, in[0], in[1])
	vec.Abs(dst, dst)
	for i, d := range dst {
		if d < l.width {
			dst[i] = l.slopeMax * d / l.width * d / 2
		} else {
			dst[i] = l.slopeMax * (d - l.width/2)
		}
	}
}

func (l *bend) slope(dst []float32, in [][]float32) {
	vec.Sub(dst, in[0], in[1])
	for i, d := range dst {
		switch {
		case d > 0 && d >= l.width:
			dst[i] = l.slopeMax
		case d < 0 && d <= -l.width:
			dst[i] = -l.slopeMax
		case d != 0:
			dst[i] = l.slopeMax * d / l.width // also of NaN
		}
	}
}

// PoissonNLL is the loss of counts: the negative log-likelihood of targets t ≥ 0 as
// numbers from Poisson distributions whose means have the logarithms x, outputs of
// the same shape; both are *tensor.Tensor:
//
//	mean of eˣ − t·x
//
// What does not depend on x, ln t!, is left out, as in torch.nn.PoissonNLLLoss. The
// gradient is (eˣ − t)/size.
var PoissonNLL Loss = NewPoissonNLL()

// NewPoissonNLL returns [PoissonNLL] with settings. It takes [Sum] and [PerSample].
func NewPoissonNLL(opts ...LossOption) Loss {
	return newLossOptions("PoissonNLL", opts).byPoint(pointwise{pointLoss: poisson{}})
}

type poisson struct{}

func (poisson) check(_, t []float32) error { return notNegative("target", t) }

func (poisson) value(dst []float32, in [][]float32) {
	vec.Exp(dst, in[0])
	for i, t := range in[1] {
		dst[i] -= t * in[0][i]
	}
}

func (poisson) slope(dst []float32, in [][]float32) {
	vec.Exp(dst, in[0])
	vec.Sub(dst, dst, in[1])
}

// notNegative reports a number below 0.
func notNegative(what string, x []float32) error {
	if lo := vec.MinOf(x); lo < 0 {
		return fmt.Errorf("%s has the value %v, want 0 or more", what, lo)
	}
	return nil
}
