package optim

import (
	"math"

	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// LAMB is AdamW whose step is as long, for each parameter, as the learning rate
// says in proportion to the parameter, which suits very large batches. With
// gradient g, step t, weight decay λ and learning rate γ:
//
//	m ← β₁·m + (1−β₁)·g
//	v ← β₂·v + (1−β₂)·g²
//	r = m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε) + λ·w
//	w ← w − γ·‖w‖/‖r‖·r
//
// with 1 for the quotient of the norms where one of them is 0. Norms are over
// one parameter, such as the weight of a layer. (You et al. 2020, arXiv
// 1904.00962, algorithm 2 with φ(x) = x.)
type LAMB struct {
	base
	beta1, beta2, eps float64
}

// NewLAMB returns LAMB over a group of parameters with learning rate lr. It
// takes [Betas], by default 0.9 and 0.999, [Eps], by default 1e-6, and
// [WeightDecay], by default 0.01.
func NewLAMB(params []*grad.Param, lr float64, opts ...Option) *LAMB {
	o := options{beta1: 0.9, beta2: 0.999, eps: 1e-6, weightDecay: 0.01}.with(opts)
	l := &LAMB{
		base:  newBase("LAMB", params, lr, &o, each("exp_avg", "exp_avg_sq")),
		beta1: o.beta1, beta2: o.beta2, eps: o.eps,
	}
	l.takes(&o, "Betas", "Eps", "WeightDecay")
	l.adaptive(&o)
	return l
}

// Step implements [Optimizer].
func (l *LAMB) Step(t *grad.Tape) error { return l.step(t, l) }

// Do updates one parameter; it implements the task of a step.
func (l *LAMB) Do(_, i int) {
	p := l.work[i]
	w, g, m, v := p.values(), p.g, p.buf(0), p.buf(1)
	r := mem.Get(len(w))
	defer mem.Put(r)
	t := float64(p.step)
	correct := float32(1 / (1 - math.Pow(l.beta1, t)))
	root := float32(math.Sqrt(1 - math.Pow(l.beta2, t)))
	beta1, take1, beta2, take2 := float32(l.beta1), float32(1-l.beta1), float32(l.beta2), float32(1-l.beta2)
	decay, eps := float32(p.group.WeightDecay), float32(l.eps)
	for i, d := range g {
		m1 := float32(beta1*m[i]) + float32(take1*d)
		v1 := float32(beta2*v[i]) + float32(float32(take2*d)*d)
		m[i], v[i] = m1, v1
		r[i] = float32(correct*m1)/(sqrt(v1)/root+eps) + float32(decay*w[i])
	}
	lr := float32(p.group.LR * trust(w, r))
	for i, x := range w {
		w[i] = x - float32(lr*r[i])
	}
}

// trust returns ‖w‖/‖r‖, 1 where one of them is 0.
func trust(w, r []float32) float64 {
	a, b := sumSquares(w), sumSquares(r)
	if a == 0 || b == 0 {
		return 1
	}
	return math.Sqrt(a / b)
}
