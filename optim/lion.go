package optim

import "github.com/gannet-ml/gannet/tensor/grad"

// Lion takes steps of the same length for every weight, along the sign of a
// momentum. With gradient g, weight decay λ and learning rate γ:
//
//	c = β₁·m + (1−β₁)·g
//	w ← w − γ·(sign(c) + λ·w)
//	m ← β₂·m + (1−β₂)·g
//
// It wants a learning rate 3 to 10 times less than AdamW's and so much more
// weight decay. (Chen et al. 2023, arXiv 2302.06675, program 1.)
type Lion struct {
	base
	beta1, beta2 float64
}

// NewLion returns Lion over a group of parameters with learning rate lr, 0.0001
// being usual. It takes [Betas], by default 0.9 and 0.99, and [WeightDecay], by
// default 0, which shrinks weights directly.
func NewLion(params []*grad.Param, lr float64, opts ...Option) *Lion {
	o := options{beta1: 0.9, beta2: 0.99}.with(opts)
	l := &Lion{base: newBase("Lion", params, lr, &o, each("exp_avg")), beta1: o.beta1, beta2: o.beta2}
	l.takes(&o, "Betas", "WeightDecay")
	l.adaptive(&o)
	return l
}

// Step implements [Optimizer].
func (l *Lion) Step(t *grad.Tape) error { return l.step(t, l) }

// Do updates one parameter; it implements the task of a step.
func (l *Lion) Do(_, i int) {
	p := l.work[i]
	w, g, m := p.values(), p.g, p.buf(0)
	beta1, take1, beta2, take2 := float32(l.beta1), float32(1-l.beta1), float32(l.beta2), float32(1-l.beta2)
	shrink, lr := float32(1-float64(p.group.LR*p.group.WeightDecay)), float32(p.group.LR)
	for i, d := range g {
		c := float32(beta1*m[i]) + float32(take1*d)
		m[i] = float32(beta2*m[i]) + float32(take2*d)
		w[i] = float32(shrink*w[i]) - float32(lr*sign(c))
	}
}

// sign returns −1, 1 or, for zeros and NaN, x.
func sign(x float32) float32 {
	switch {
	case x > 0:
		return 1
	case x < 0:
		return -1
	}
	return x
}
