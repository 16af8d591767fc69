package optim

import (
	"math"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// NAdam is Adam with Nesterov's momentum, as torch.optim.NAdam. With gradient g,
// step t, weight decay λ, learning rate γ and momentum decay ψ:
//
//	μₜ = β₁·(1 − 0.96^(t·ψ)/2)      Πₜ = μ₁·μ₂·…·μₜ
//	g ← g + λ·w
//	m ← β₁·m + (1−β₁)·g
//	v ← β₂·v + (1−β₂)·g²
//	w ← w − γ·(μₜ₊₁·m/(1−Πₜ₊₁) + (1−μₜ)·g/(1−Πₜ)) / (√(v/(1−β₂ᵗ)) + ε)
//
// (Dozat 2016, Incorporating Nesterov Momentum into Adam.)
type NAdam struct {
	base
	beta1, beta2, eps, momentumDecay float64
}

// NewNAdam returns NAdam over a group of parameters with learning rate lr, 0.002
// being usual. It takes [Betas], by default 0.9 and 0.999, [Eps], by default
// 1e-8, [MomentumDecay], by default 0.004, and [WeightDecay].
func NewNAdam(params []*grad.Param, lr float64, opts ...Option) *NAdam {
	o := options{beta1: 0.9, beta2: 0.999, eps: 1e-8, momentumDecay: 0.004}.with(opts)
	a := &NAdam{
		base:  newBase("NAdam", params, lr, &o, append(each("exp_avg", "exp_avg_sq"), quantity{"mu_product", true})),
		beta1: o.beta1, beta2: o.beta2, eps: o.eps, momentumDecay: o.momentumDecay,
	}
	a.takes(&o, "Betas", "Eps", "MomentumDecay", "WeightDecay")
	a.adaptive(&o)
	a.between("momentum decay", o.momentumDecay, 0, math.Inf(1))
	return a
}

// Step implements [Optimizer].
func (a *NAdam) Step(t *grad.Tape) error { return a.step(t, a) }

// mu returns μₜ.
func (a *NAdam) mu(t int) float64 {
	return a.beta1 * (1 - math.Pow(0.96, float64(t)*a.momentumDecay)/2)
}

// Do updates one parameter; it implements the task of a step.
func (a *NAdam) Do(_, i int) {
	p := a.work[i]
	w, g, m, v, product := p.values(), p.g, p.buf(0), p.buf(1), p.buf(2)
	if p.step == 1 {
		product[0] = 1
	}
	mu, next := a.mu(p.step), a.mu(p.step+1)
	product[0] = float32(float64(product[0]) * mu)
	pi := float64(product[0])
	ofGrad := float32(p.group.LR * (1 - mu) / (1 - pi))
	ofMean := float32(p.group.LR * next / (1 - float64(pi*next)))
	beta1, take1, beta2, take2 := float32(a.beta1), float32(1-a.beta1), float32(a.beta2), float32(1-a.beta2)
	root := float32(math.Sqrt(1 - math.Pow(a.beta2, float64(p.step))))
	decay, eps := float32(p.group.WeightDecay), float32(a.eps)
	for i, x := range w {
		d := g[i] + float32(decay*x)
		m1 := float32(beta1*m[i]) + float32(take1*d)
		v1 := float32(beta2*v[i]) + float32(float32(take2*d)*d)
		m[i], v[i] = m1, v1
		w[i] = x - (float32(ofGrad*d)+float32(ofMean*m1))/(sqrt(v1)/root+eps)
	}
}
