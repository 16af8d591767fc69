package optim

import (
	"errors"
	"math"

	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// SGD is stochastic gradient descent, as torch.optim.SGD. With gradient g, weight
// decay λ, momentum μ, dampening τ and learning rate γ:
//
//	g ← g + λ·w
//	b ← μ·b + (1−τ)·g      b ← g at the first step
//	w ← w − γ·b            w ← w − γ·(g + μ·b) with Nesterov
//
// (Polyak 1964; Nesterov 1983; Sutskever et al. 2013.)
type SGD struct {
	base
	momentum, dampening float64
	nesterov            bool
}

// NewSGD returns an optimizer of a group of parameters with learning rate lr. It
// takes [Momentum], [Dampening], [Nesterov], which needs momentum and no
// dampening, and [WeightDecay].
func NewSGD(params []*grad.Param, lr float64, opts ...Option) *SGD {
	o := options{}.with(opts)
	var q []quantity
	if o.momentum != 0 {
		q = each("momentum_buffer")
	}
	s := &SGD{
		base:     newBase("SGD", params, lr, &o, q),
		momentum: o.momentum, dampening: o.dampening, nesterov: o.nesterov,
	}
	s.takes(&o, "Momentum", "Dampening", "Nesterov", "WeightDecay")
	s.between("momentum", o.momentum, 0, math.Inf(1))
	s.between("dampening", o.dampening, 0, math.Nextafter(1, 2))
	if o.nesterov && (o.momentum == 0 || o.dampening != 0) {
		s.fail(errors.New("Nesterov needs momentum and no dampening"))
	}
	return s
}

// Step implements [Optimizer].
func (s *SGD) Step(t *grad.Tape) error { return s.step(t, s) }

// Do updates one parameter; it implements the task of a step.
func (s *SGD) Do(_, i int) {
	p := s.work[i]
	if s.momentum == 0 {
		vec.SGD(p.values(), p.g, p.group.LR, p.group.WeightDecay)
		return
	}
	vec.SGDMomentum(p.values(), p.g, p.buf(0), vec.SGDConfig{
		LR: p.group.LR, Momentum: s.momentum, Dampening: s.dampening, Decay: p.group.WeightDecay,
		Nesterov: s.nesterov, First: p.step == 1,
	})
}
