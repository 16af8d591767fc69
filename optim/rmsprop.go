package optim

import (
	"math"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// RMSprop divides the gradient by a running root mean square of it, as
// torch.optim.RMSprop. With gradient g, weight decay λ, smoothing α, momentum μ
// and learning rate γ:
//
//	g ← g + λ·w
//	v ← α·v + (1−α)·g²
//	a ← α·a + (1−α)·g          Centered
//	d ← g / (√v + ε)           d ← g / (√(v−a²) + ε) if Centered
//	b ← μ·b + d                with momentum, and d ← b
//	w ← w − γ·d
//
// Where rounding makes v−a² negative, it counts as 0. (Tieleman and Hinton,
// lecture 6.5 of Neural Networks for Machine Learning, 2012; centered: Graves
// 2013, arXiv 1308.0850.)
type RMSprop struct {
	base
	alpha, eps, momentum float64
	centered             bool
	mean, buffer         int // the places of a and b among the quantities
}

// NewRMSprop returns RMSprop over a group of parameters with learning rate lr,
// 0.01 being usual. It takes [Alpha], by default 0.99, [Eps], by default 1e-8,
// [Momentum], [Centered] and [WeightDecay].
func NewRMSprop(params []*grad.Param, lr float64, opts ...Option) *RMSprop {
	o := options{alpha: 0.99, eps: 1e-8}.with(opts)
	names := []string{"square_avg"}
	r := &RMSprop{alpha: o.alpha, eps: o.eps, momentum: o.momentum, centered: o.centered}
	if o.centered {
		r.mean, names = len(names), append(names, "grad_avg")
	}
	if o.momentum != 0 {
		r.buffer, names = len(names), append(names, "momentum_buffer")
	}
	r.base = newBase("RMSprop", params, lr, &o, each(names...))
	r.takes(&o, "Alpha", "Eps", "Momentum", "Centered", "WeightDecay")
	r.between("α", o.alpha, 0, 1)
	r.between("ε", o.eps, 0, math.Inf(1))
	r.between("momentum", o.momentum, 0, math.Inf(1))
	return r
}

// Step implements [Optimizer].
func (r *RMSprop) Step(t *grad.Tape) error { return r.step(t, r) }

// Do updates one parameter; it implements the task of a step.
func (r *RMSprop) Do(_, i int) {
	p := r.work[i]
	w, g, v, mean, buf := p.values(), p.g, p.buf(0), p.buf(r.mean), p.buf(r.buffer)
	alpha, take, eps := float32(r.alpha), float32(1-r.alpha), float32(r.eps)
	momentum, decay, lr := float32(r.momentum), float32(p.group.WeightDecay), float32(p.group.LR)
	for i, x := range w {
		d := g[i] + float32(decay*x)
		square := float32(alpha*v[i]) + float32(float32(take*d)*d)
		v[i] = square
		if r.centered {
			a := float32(alpha*mean[i]) + float32(take*d)
			mean[i] = a
			square = max(square-float32(a*a), 0)
		}
		d /= sqrt(square) + eps
		if r.momentum != 0 {
			d += float32(momentum * buf[i])
			buf[i] = d
		}
		w[i] = x - float32(lr*d)
	}
}

// sqrt is math.Sqrt of float32, one instruction.
func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }
