package nn

import (
	"cmp"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// More activations without parameters or settings.
var (
	// SELU is λ·x where x > 0, else λ·α·(eˣ − 1), for which networks normalise
	// themselves (Klambauer et al. 2017, arXiv 1706.02515).
	SELU = Func("SELU", grad.SELU)
	// ReLU6 is min(max(x, 0), 6).
	ReLU6 = Func("ReLU6", grad.ReLU6)
	// SiLU is x/(1+e⁻ˣ), also called swish (Hendrycks and Gimpel 2016, arXiv
	// 1606.08415).
	SiLU = Func("SiLU", grad.SiLU)
	// Mish is x·tanh(ln(1+eˣ)) (Misra 2019, arXiv 1908.08681).
	Mish = Func("Mish", grad.Mish)
	// GELUTanh is the approximation of [GELU] by tanh; PyTorch's
	// GELU(approximate='tanh').
	GELUTanh = Func("GELUTanh", grad.GELUTanh)
	// Softsign is x/(1+|x|).
	Softsign = Func("Softsign", grad.Softsign)
	// Tanhshrink is x − tanh x.
	Tanhshrink = Func("Tanhshrink", grad.Tanhshrink)
	// LogSigmoid is −ln(1+e⁻ˣ).
	LogSigmoid = Func("LogSigmoid", grad.LogSigmoid)
	// Hardsigmoid is min(max(x+3, 0), 6)/6.
	Hardsigmoid = Func("Hardsigmoid", grad.Hardsigmoid)
	// Hardswish is x·min(max(x+3, 0), 6)/6 (Howard et al. 2019, arXiv 1905.02244).
	Hardswish = Func("Hardswish", grad.Hardswish)
)

// positiveSetting reports a setting of a layer that is neither a positive number nor 0.
func positiveSetting(layer, name string, v float64) error {
	if !(v >= 0 && v <= math.MaxFloat32) {
		return fmt.Errorf("nn: %s: %s %v, want a positive number", layer, name, v)
	}
	return nil
}

// orDefault returns v as the operations want it, or otherwise if it is 0.
func orDefault(v, otherwise float64) float32 { return float32(cmp.Or(v, otherwise)) }

// ELU is x where x > 0, else Alpha·(eˣ − 1), the exponential linear unit (Clevert,
// Unterthiner and Hochreiter 2015, arXiv 1511.07289).
type ELU struct {
	Alpha float64 // 0 means 1
}

// NewELU returns an exponential linear unit. An alpha that is not positive is
// reported by [Init] and by Forward; 0 means 1.
func NewELU(alpha float64) *ELU { return &ELU{alpha} }

// Build checks the setting.
func (l *ELU) Build() error { return positiveSetting("ELU", "alpha", l.Alpha) }

// Forward implements [Module].
func (l *ELU) Forward(x *grad.Var) *grad.Var { return grad.ELU(x, orDefault(l.Alpha, 1)) }

// CELU is x where x > 0, else Alpha·(e^(x/Alpha) − 1), whose slope is continuous
// for every Alpha (Barron 2017, arXiv 1704.07483).
type CELU struct {
	Alpha float64 // 0 means 1
}

// NewCELU returns a continuously differentiable exponential linear unit. An alpha
// that is not positive is reported by [Init] and by Forward; 0 means 1.
func NewCELU(alpha float64) *CELU { return &CELU{alpha} }

// Build checks the setting.
func (l *CELU) Build() error { return positiveSetting("CELU", "alpha", l.Alpha) }

// Forward implements [Module].
func (l *CELU) Forward(x *grad.Var) *grad.Var { return grad.CELU(x, orDefault(l.Alpha, 1)) }

// LeakyReLU is x where x > 0, else NegativeSlope·x (Maas, Hannun and Ng 2013).
type LeakyReLU struct {
	NegativeSlope float64 // 0 means 0.01
}

// NewLeakyReLU returns a rectifier that leaks; a slope of 0 means 0.01.
func NewLeakyReLU(negativeSlope float64) *LeakyReLU { return &LeakyReLU{negativeSlope} }

// Forward implements [Module].
func (l *LeakyReLU) Forward(x *grad.Var) *grad.Var {
	return grad.LeakyReLU(x, orDefault(l.NegativeSlope, 0.01))
}

// RReLU is x where x > 0, else s·x. While training, s is drawn for each element
// from [Lower, Upper]; otherwise it is the mean of the two (Xu et al. 2015, arXiv
// 1505.00853). What is drawn is keyed as in [Dropout].
type RReLU struct {
	Lower, Upper float64 // both 0 mean 1/8 and 1/3
}

// NewRReLU returns a rectifier with random slopes. Bounds in the wrong order are
// reported by [Init] and by Forward; both 0 mean 1/8 and 1/3.
func NewRReLU(lower, upper float64) *RReLU { return &RReLU{lower, upper} }

// bounds returns the settings.
func (l *RReLU) bounds() (lower, upper float64) {
	if l.Lower == 0 && l.Upper == 0 {
		return 1. / 8, 1. / 3
	}
	return l.Lower, l.Upper
}

// Build checks the settings.
func (l *RReLU) Build() error {
	if lower, upper := l.bounds(); !(lower <= upper) {
		return fmt.Errorf("nn: RReLU: slopes from %v to %v, want the first at most the second", lower, upper)
	}
	return nil
}

// Forward implements [Module].
func (l *RReLU) Forward(x *grad.Var) *grad.Var {
	lower, upper := l.bounds()
	return grad.RReLU(x, float32(lower), float32(upper))
}

// PReLU is x where x > 0, else w·x with a slope that is learned, one for each
// channel or one for all (He et al. 2015, arXiv 1502.01852). Shapes: x [N,
// Channels, …], or any if Channels is 1. Slopes start at 0.25, as in PyTorch.
type PReLU struct {
	Channels int

	Weight *grad.Param
}

// NewPReLU returns a rectifier with slopes for so many channels, 1 for a single
// slope. A number that cannot be is reported by [Init] and by Forward.
func NewPReLU(channels int) *PReLU {
	l := &PReLU{Channels: channels}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build checks the setting and makes the parameter if it is missing.
func (l *PReLU) Build() error {
	if l.Channels < 1 {
		return fmt.Errorf("nn: PReLU: %d channels, want at least 1", l.Channels)
	}
	if l.Weight == nil {
		l.Weight = grad.NewParam(grad.Constant(0.25), l.Channels)
	}
	return nil
}

// Forward implements [Module].
func (l *PReLU) Forward(x *grad.Var) *grad.Var {
	if l.Weight == nil {
		return x.Tape().Fail("PReLU", cmp.Or(l.Build(), grad.ErrNoParams))
	}
	return grad.PReLU(x, grad.Use(x, l.Weight))
}

// Softplus is ln(1 + e^(Beta·x))/Beta, or x where Beta·x > Threshold.
type Softplus struct {
	Beta      float64 // 0 means 1
	Threshold float64 // 0 means 20
}

// NewSoftplus returns a smooth rectifier. A beta that is not positive is reported
// by [Init] and by Forward; 0 means 1, and a threshold of 0 means 20.
func NewSoftplus(beta, threshold float64) *Softplus { return &Softplus{beta, threshold} }

// Build checks the settings.
func (l *Softplus) Build() error { return positiveSetting("Softplus", "beta", l.Beta) }

// Forward implements [Module].
func (l *Softplus) Forward(x *grad.Var) *grad.Var {
	return grad.Softplus(x, orDefault(l.Beta, 1), orDefault(l.Threshold, 20))
}

// Hardtanh is x limited to Min ≤ x ≤ Max.
type Hardtanh struct {
	Min, Max float64 // both 0 mean -1 and 1
}

// NewHardtanh returns a layer that limits its input. Bounds that are not in order
// are reported by [Init] and by Forward; both 0 mean -1 and 1.
func NewHardtanh(lo, hi float64) *Hardtanh { return &Hardtanh{lo, hi} }

// bounds returns the settings.
func (l *Hardtanh) bounds() (lo, hi float64) {
	if l.Min == 0 && l.Max == 0 {
		return -1, 1
	}
	return l.Min, l.Max
}

// Build checks the settings.
func (l *Hardtanh) Build() error {
	if lo, hi := l.bounds(); !(lo < hi) {
		return fmt.Errorf("nn: Hardtanh: bounds %v and %v, want the first less than the second", lo, hi)
	}
	return nil
}

// Forward implements [Module].
func (l *Hardtanh) Forward(x *grad.Var) *grad.Var {
	lo, hi := l.bounds()
	return grad.Hardtanh(x, float32(lo), float32(hi))
}

// Hardshrink is 0 where |x| ≤ Lambda, else x.
type Hardshrink struct {
	Lambda float64 // 0 means 0.5
}

// NewHardshrink returns a layer that sets what is small to 0. A negative lambda is
// reported by [Init] and by Forward; 0 means 0.5.
func NewHardshrink(lambda float64) *Hardshrink { return &Hardshrink{lambda} }

// Build checks the setting.
func (l *Hardshrink) Build() error { return positiveSetting("Hardshrink", "lambda", l.Lambda) }

// Forward implements [Module].
func (l *Hardshrink) Forward(x *grad.Var) *grad.Var {
	return grad.Hardshrink(x, orDefault(l.Lambda, 0.5))
}

// Softshrink is 0 where |x| ≤ Lambda, else x moved towards 0 by Lambda.
type Softshrink struct {
	Lambda float64 // 0 means 0.5
}

// NewSoftshrink returns a layer that moves its input towards 0. A negative lambda
// is reported by [Init] and by Forward; 0 means 0.5.
func NewSoftshrink(lambda float64) *Softshrink { return &Softshrink{lambda} }

// Build checks the setting.
func (l *Softshrink) Build() error { return positiveSetting("Softshrink", "lambda", l.Lambda) }

// Forward implements [Module].
func (l *Softshrink) Forward(x *grad.Var) *grad.Var {
	return grad.Softshrink(x, orDefault(l.Lambda, 0.5))
}

// Threshold is x where x > Threshold, else Value.
type Threshold struct{ Threshold, Value float64 }

// NewThreshold returns a layer that replaces what is not above a threshold.
func NewThreshold(threshold, value float64) *Threshold { return &Threshold{threshold, value} }

// Forward implements [Module].
func (l *Threshold) Forward(x *grad.Var) *grad.Var {
	return grad.Threshold(x, float32(l.Threshold), float32(l.Value))
}
