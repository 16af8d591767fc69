package optim

import (
	"math"

	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Adam follows running means of the gradient and of its square, as
// torch.optim.Adam and AdamW. With gradient g, step t, learning rate γ and weight
// decay λ:
//
//	g ← g + λ·w            Adam;   w ← w − γ·λ·w  AdamW
//	m ← β₁·m + (1−β₁)·g
//	v ← β₂·v + (1−β₂)·g²
//	w ← w − γ·m/(1−β₁ᵗ) / (√(v/(1−β₂ᵗ)) + ε)
//
// (Kingma and Ba 2015, arXiv 1412.6980; Loshchilov and Hutter 2019, arXiv
// 1711.05101.)
type Adam struct {
	base
	beta1, beta2, eps float64
	decoupled         bool
}

// NewAdam returns Adam over a group of parameters with learning rate lr, 0.001
// being usual. It takes [Betas], by default 0.9 and 0.999, [Eps], by default
// 1e-8, and [WeightDecay], by default 0, which is added to the gradient.
func NewAdam(params []*grad.Param, lr float64, opts ...Option) *Adam {
	return newAdam("Adam", false, 0, params, lr, opts)
}

// NewAdamW returns AdamW, which shrinks weights directly: [WeightDecay] is 0.01
// by default. It takes the options of [NewAdam].
func NewAdamW(params []*grad.Param, lr float64, opts ...Option) *Adam {
	return newAdam("AdamW", true, 0.01, params, lr, opts)
}

func newAdam(name string, decoupled bool, decay float64, params []*grad.Param, lr float64, opts []Option) *Adam {
	o := options{beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: decay}.with(opts)
	a := &Adam{
		base:  newBase(name, params, lr, &o, each("exp_avg", "exp_avg_sq")),
		beta1: o.beta1, beta2: o.beta2, eps: o.eps, decoupled: decoupled,
	}
	a.takes(&o, "Betas", "Eps", "WeightDecay")
	a.adaptive(&o)
	return a
}

// adaptive checks the settings that Adam and its kin have in common.
func (b *base) adaptive(o *options) {
	b.between("β₁", o.beta1, 0, 1)
	b.between("β₂", o.beta2, 0, 1)
	b.between("ε", o.eps, 0, math.Inf(1))
}

// Step implements [Optimizer].
func (a *Adam) Step(t *grad.Tape) error { return a.step(t, a) }

// Do updates one parameter; it implements the task of a step.
func (a *Adam) Do(_, i int) { a.work[i].adam(a.beta1, a.beta2, a.eps, a.decoupled) }

// adam takes a step of Adam; the first two quantities are m and v.
func (s *slot) adam(beta1, beta2, eps float64, decoupled bool) {
	t := float64(s.step)
	vec.Adam(s.values(), s.g, s.buf(0), s.buf(1), vec.AdamStep{
		LR: s.group.LR, Beta1: beta1, Beta2: beta2, Eps: eps,
		Decay: s.group.WeightDecay, Decoupled: decoupled,
		StepSize:       s.group.LR / (1 - math.Pow(beta1, t)),
		RootCorrection: math.Sqrt(1 - math.Pow(beta2, t)),
	})
}
