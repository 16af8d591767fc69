package optim

import (
	"math"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// RAdam is Adam without its division while the mean square is too uncertain, as
// torch.optim.RAdam. With gradient g, step t, weight decay λ, learning rate γ:
//
//	g ← g + λ·w
//	m ← β₁·m + (1−β₁)·g
//	v ← β₂·v + (1−β₂)·g²
//	ρ∞ = 2/(1−β₂) − 1
//	ρ = ρ∞ − 2·t·β₂ᵗ/(1−β₂ᵗ)
//	r = √((ρ−4)·(ρ−2)·ρ∞ / ((ρ∞−4)·(ρ∞−2)·ρ))
//	w ← w − γ·m/(1−β₁ᵗ) · r·√(1−β₂ᵗ)/(√v + ε)    if ρ > 5
//	w ← w − γ·m/(1−β₁ᵗ)                          otherwise
//
// (Liu et al. 2020, arXiv 1908.03265.)
type RAdam struct {
	base
	beta1, beta2, eps float64
}

// NewRAdam returns RAdam over a group of parameters with learning rate lr, 0.001
// being usual. It takes [Betas], by default 0.9 and 0.999, [Eps], by default
// 1e-8, and [WeightDecay].
func NewRAdam(params []*grad.Param, lr float64, opts ...Option) *RAdam {
	o := options{beta1: 0.9, beta2: 0.999, eps: 1e-8}.with(opts)
	a := &RAdam{
		base:  newBase("RAdam", params, lr, &o, each("exp_avg", "exp_avg_sq")),
		beta1: o.beta1, beta2: o.beta2, eps: o.eps,
	}
	a.takes(&o, "Betas", "Eps", "WeightDecay")
	a.adaptive(&o)
	return a
}

// Step implements [Optimizer].
func (a *RAdam) Step(t *grad.Tape) error { return a.step(t, a) }

// rectified returns r·√(1−β₂ᵗ) and whether the division takes place.
func (a *RAdam) rectified(t float64) (factor float64, ok bool) {
	power := math.Pow(a.beta2, t)
	limit := 2/(1-a.beta2) - 1
	rho := limit - 2*t*power/(1-power)
	if rho <= 5 {
		return 1, false
	}
	r := (rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)
	return math.Sqrt(r * (1 - power)), true
}

// Do updates one parameter; it implements the task of a step.
func (a *RAdam) Do(_, i int) {
	p := a.work[i]
	w, g, m, v := p.values(), p.g, p.buf(0), p.buf(1)
	t := float64(p.step)
	factor, divide := a.rectified(t)
	lr := float32(p.group.LR / (1 - math.Pow(a.beta1, t)) * factor)
	beta1, take1, beta2, take2 := float32(a.beta1), float32(1-a.beta1), float32(a.beta2), float32(1-a.beta2)
	decay, eps := float32(p.group.WeightDecay), float32(a.eps)
	for i, x := range w {
		d := g[i] + float32(decay*x)
		m1 := float32(beta1*m[i]) + float32(take1*d)
		v1 := float32(beta2*v[i]) + float32(float32(take2*d)*d)
		m[i], v[i] = m1, v1
		step := float32(lr * m1)
		if divide {
			step /= sqrt(v1) + eps
		}
		w[i] = x - step
	}
}
