package optim

import (
	"math"

	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Adagrad divides the gradient by the root of the sum of all its squares, as
// torch.optim.Adagrad. With gradient g, step t, weight decay λ, learning rate γ
// and its decay η:
//
//	g ← g + λ·w
//	s ← s + g²
//	w ← w − γ/(1+(t−1)·η) · g/(√s + ε)
//
// (Duchi, Hazan and Singer 2011, JMLR 12.)
type Adagrad struct {
	base
	lrDecay, initial, eps float64
}

// NewAdagrad returns Adagrad over a group of parameters with learning rate lr,
// 0.01 being usual. It takes [LRDecay], [InitialAccumulator], [Eps], by default
// 1e-10, and [WeightDecay].
func NewAdagrad(params []*grad.Param, lr float64, opts ...Option) *Adagrad {
	o := options{eps: 1e-10}.with(opts)
	a := &Adagrad{
		base:    newBase("Adagrad", params, lr, &o, each("sum")),
		lrDecay: o.lrDecay, initial: o.initial, eps: o.eps,
	}
	a.takes(&o, "LRDecay", "InitialAccumulator", "Eps", "WeightDecay")
	a.between("decay of the learning rate", o.lrDecay, 0, math.Inf(1))
	a.between("initial accumulator", o.initial, 0, math.Inf(1))
	a.between("ε", o.eps, 0, math.Inf(1))
	return a
}

// Step implements [Optimizer].
func (a *Adagrad) Step(t *grad.Tape) error { return a.step(t, a) }

// Do updates one parameter; it implements the task of a step.
func (a *Adagrad) Do(_, i int) {
	p := a.work[i]
	w, g, sum := p.values(), p.g, p.buf(0)
	if p.step == 1 {
		vec.Fill(sum, float32(a.initial))
	}
	decay, eps := float32(p.group.WeightDecay), float32(a.eps)
	lr := float32(p.group.LR / (1 + float64(float64(p.step-1)*a.lrDecay)))
	for i, x := range w {
		d := g[i] + float32(decay*x)
		s := sum[i] + float32(d*d)
		sum[i] = s
		w[i] = x - float32(lr*d)/(sqrt(s)+eps)
	}
}
