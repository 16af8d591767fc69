package optim

import (
	"fmt"
	"slices"
)

// Option changes a setting of an optimizer; each constructor says which ones it
// takes.
type Option func(*options)

type options struct {
	used                             []string
	momentum, dampening, weightDecay float64
	beta1, beta2, eps                float64
	alpha, lrDecay, initial          float64
	momentumDecay                    float64
	nesterov, centered, matchRMS     bool
	clipping                         clipping
	err                              error // a setting that cannot be
}

// with returns the settings after options have changed them.
func (o options) with(opts []Option) options {
	for _, f := range opts {
		f(&o)
	}
	return o
}

// takes reports options that the optimizer does not take.
func (b *base) takes(o *options, takes ...string) {
	for _, u := range o.used {
		if !slices.Contains(takes, u) {
			b.fail(fmt.Errorf("option %s does not apply", u))
		}
	}
}

// Momentum keeps a running sum of gradients with the given factor, 0.9 being
// usual; 0 is the default.
func Momentum(m float64) Option {
	return func(o *options) { o.momentum, o.used = m, append(o.used, "Momentum") }
}

// Dampening lessens what a gradient adds to the momentum; 0 is the default.
func Dampening(d float64) Option {
	return func(o *options) { o.dampening, o.used = d, append(o.used, "Dampening") }
}

// Nesterov looks ahead by one step of momentum.
func Nesterov(o *options) { o.nesterov, o.used = true, append(o.used, "Nesterov") }

// WeightDecay pulls weights towards 0; each optimizer says how.
func WeightDecay(d float64) Option {
	return func(o *options) { o.weightDecay, o.used = d, append(o.used, "WeightDecay") }
}

// Betas are the decay rates of the running means of the gradient and of its
// square.
func Betas(beta1, beta2 float64) Option {
	return func(o *options) { o.beta1, o.beta2, o.used = beta1, beta2, append(o.used, "Betas") }
}

// Eps is added to a denominator.
func Eps(eps float64) Option {
	return func(o *options) { o.eps, o.used = eps, append(o.used, "Eps") }
}

// Alpha is the decay rate of the running means of [RMSprop].
func Alpha(alpha float64) Option {
	return func(o *options) { o.alpha, o.used = alpha, append(o.used, "Alpha") }
}

// Centered divides by an estimate of the standard deviation of the gradient in
// place of its root mean square.
func Centered(o *options) { o.centered, o.used = true, append(o.used, "Centered") }

// LRDecay lessens the learning rate of [Adagrad] from step to step; 0 is the
// default.
func LRDecay(d float64) Option {
	return func(o *options) { o.lrDecay, o.used = d, append(o.used, "LRDecay") }
}

// InitialAccumulator is what the sums of [Adagrad] begin with; 0 is the default.
func InitialAccumulator(v float64) Option {
	return func(o *options) { o.initial, o.used = v, append(o.used, "InitialAccumulator") }
}

// MomentumDecay says how fast the momentum of [NAdam] grows to β₁.
func MomentumDecay(psi float64) Option {
	return func(o *options) { o.momentumDecay, o.used = psi, append(o.used, "MomentumDecay") }
}
