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
	o := options{beta1: 0.9, beta2: 0.999, eps: 1e-8, weightDecay: decay}
	for _, f := range opts {
		f(&o)
	}
	a := &Adam{
		base:  newBase(name, params, lr, o.weightDecay, "exp_avg", "exp_avg_sq"),
		beta1: o.beta1, beta2: o.beta2, eps: o.eps, decoupled: decoupled,
	}
	a.takes(&o, "Betas", "Eps", "WeightDecay")
	a.between("β₁", a.beta1, 0, 1)
	a.between("β₂", a.beta2, 0, 1)
	a.between("ε", a.eps, 0, math.Inf(1))
	return a
}

// Step implements [Optimizer].
func (a *Adam) Step(t *grad.Tape) error { return a.step(t, a) }

// Do updates one parameter; it implements the task of a step.
func (a *Adam) Do(_, i int) {
	p := a.work[i]
	t := float64(p.step)
	vec.Adam(p.values(), p.g, p.buf(0), p.buf(1), vec.AdamStep{
		LR: p.group.LR, Beta1: a.beta1, Beta2: a.beta2, Eps: a.eps,
		Decay: p.group.WeightDecay, Decoupled: a.decoupled,
		StepSize:       p.group.LR / (1 - math.Pow(a.beta1, t)),
		RootCorrection: math.Sqrt(1 - math.Pow(a.beta2, t)),
	})
}
