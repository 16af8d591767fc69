package vec

import "math"

// The updates follow torch.optim (PyTorch 1.13, single-tensor form). Settings
// are float64, as in Python; what multiplies a vector is computed in float64
// and rounded to float32 once. No step is fused, so every level gives the same
// bits.

// SGD computes one step of plain gradient descent:
//
//	g' = g + decay*w
//	w  = w - lr*g'
func SGD(w, g []float32, lr, decay float64) {
	sgd(w, fit(g, len(w)), float32(-lr), float32(decay))
}

// SGDConfig holds the settings of [SGDMomentum].
type SGDConfig struct {
	LR        float64
	Momentum  float64
	Dampening float64
	Decay     float64 // L2 penalty, added to the gradient as Decay*w
	Nesterov  bool
	First     bool // first step: buf holds nothing yet and becomes the gradient
}

// SGDMomentum computes one step of gradient descent with momentum:
//
//	g'  = g + decay*w
//	buf = momentum*buf + (1-dampening)*g', or g' if c.First
//	d   = g' + momentum*buf if c.Nesterov, else buf
//	w   = w - lr*d
//
// If c.First, buf is not read.
func SGDMomentum(w, g, buf []float32, c SGDConfig) {
	buf = fit(buf, len(w))
	keep, take := float32(c.Momentum), float32(1-c.Dampening)
	if c.First {
		clear(buf)
		keep, take = 0, 1
	}
	// d = (g' AND mask) + k*buf covers both kinds of momentum; multiplying g'
	// by 0 instead of masking it would turn an infinite gradient into NaN.
	mask, k := float32(0), float32(1)
	if c.Nesterov {
		mask, k = math.Float32frombits(math.MaxUint32), float32(c.Momentum)
	}
	sgdMomentum(w, fit(g, len(w)), buf, float32(-c.LR), float32(c.Decay), keep, take, mask, k)
}

// AdamStep holds the settings of one step t = 1, 2, … of [Adam].
type AdamStep struct {
	LR, Beta1, Beta2, Eps float64

	Decay     float64
	Decoupled bool // AdamW: w shrinks by LR*Decay; else Decay*w is added to the gradient

	StepSize       float64 // LR / (1 - Beta1ᵗ)
	RootCorrection float64 // √(1 - Beta2ᵗ)
}

// Adam computes one step of Adam (Kingma and Ba, 2015) or, if p.Decoupled,
// AdamW (Loshchilov and Hutter, 2019):
//
//	w  = w * (1 - lr*decay)          AdamW only
//	g' = g + decay*w                 Adam only
//	m  = beta1*m + (1-beta1)*g'
//	v  = beta2*v + (1-beta2)*g'*g'
//	w  = w - stepSize*m / (√v/rootCorrection + eps)
func Adam(w, g, m, v []float32, p AdamStep) {
	shrink, decay := float32(1), float32(p.Decay)
	if p.Decoupled {
		shrink, decay = float32(1-p.LR*p.Decay), 0
	}
	n := len(w)
	adam(w, fit(g, n), fit(m, n), fit(v, n), shrink, decay,
		float32(p.Beta1), float32(1-p.Beta1), float32(p.Beta2), float32(1-p.Beta2),
		float32(p.RootCorrection), float32(p.Eps), float32(-p.StepSize))
}
