package optim

import (
	"math"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// Adamax is Adam with the greatest of the past gradients, which fade, in place
// of their mean square, as torch.optim.Adamax. With gradient g, step t, weight
// decay λ and learning rate γ:
//
//	g ← g + λ·w
//	m ← β₁·m + (1−β₁)·g
//	u ← max(β₂·u, |g| + ε)
//	w ← w − γ/(1−β₁ᵗ) · m/u
//
// (Kingma and Ba 2015, arXiv 1412.6980, algorithm 2.)
type Adamax struct {
	base
	beta1, beta2, eps float64
}

// NewAdamax returns Adamax over a group of parameters with learning rate lr,
// 0.002 being usual. It takes [Betas], by default 0.9 and 0.999, [Eps], by
// default 1e-8, and [WeightDecay].
func NewAdamax(params []*grad.Param, lr float64, opts ...Option) *Adamax {
	o := options{beta1: 0.9, beta2: 0.999, eps: 1e-8}.with(opts)
	a := &Adamax{
		base:  newBase("Adamax", params, lr, &o, each("exp_avg", "exp_inf")),
		beta1: o.beta1, beta2: o.beta2, eps: o.eps,
	}
	a.takes(&o, "Betas", "Eps", "WeightDecay")
	a.adaptive(&o)
	return a
}

// Step implements [Optimizer].
func (a *Adamax) Step(t *grad.Tape) error { return a.step(t, a) }

// Do updates one parameter; it implements the task of a step.
func (a *Adamax) Do(_, i int) {
	p := a.work[i]
	w, g, m, u := p.values(), p.g, p.buf(0), p.buf(1)
	beta1, take1, beta2 := float32(a.beta1), float32(1-a.beta1), float32(a.beta2)
	decay, eps := float32(p.group.WeightDecay), float32(a.eps)
	lr := float32(p.group.LR / (1 - math.Pow(a.beta1, float64(p.step))))
	for i, x := range w {
		d := g[i] + float32(decay*x)
		mean := float32(beta1*m[i]) + float32(take1*d)
		most := max(float32(beta2*u[i]), float32(math.Abs(float64(d)))+eps)
		m[i], u[i] = mean, most
		w[i] = x - float32(lr*mean)/most
	}
}
