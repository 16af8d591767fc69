package optim

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Optimizer changes parameters so that a loss falls. One optimizer serves one
// training tape.
type Optimizer interface {
	// Step takes the gradients that Backward left on the tape, changes the
	// parameters, and commits what layers staged, see [grad.Tape.Commit].
	// Parameters without a gradient stay as they are. Settings that cannot be,
	// such as a learning rate of 0, are an error, and nothing is changed.
	Step(t *grad.Tape) error
	// Groups returns the groups of parameters. Schedules change their learning
	// rates between steps.
	Groups() []*Group
	// State returns what the optimizer has gathered, by parameter name and the
	// name of the quantity, for a checkpoint. It shares memory with the
	// optimizer.
	State() map[string]tensor.Any
	// SetState continues with a state that State returned. A missing, surplus or
	// wrong-shaped entry is an error, and nothing is changed.
	SetState(map[string]tensor.Any) error
}

// Group is a set of parameters that share settings.
type Group struct {
	Params      []*grad.Param
	LR          float64 // learning rate, positive
	WeightDecay float64 // strength of the pull of weights towards 0
}

// quantity is something an optimizer gathers for every parameter.
type quantity = string

// base is what all optimizers have in common.
type base struct {
	name       string
	quantities []quantity
	groups     []*Group
	slots      map[*grad.Param]*slot
	work       []*slot // what a step has to do
	err        error   // a setting that cannot be
}

// slot is what an optimizer knows of a parameter.
type slot struct {
	p     *grad.Param
	group *Group
	step  int              // steps taken
	state []*tensor.Tensor // one for each quantity
	g     []float32        // gradient of the step at hand
}

func newBase(name string, params []*grad.Param, lr, decay float64, quantities ...quantity) base {
	b := base{name: name, quantities: quantities, slots: map[*grad.Param]*slot{}}
	b.add(Group{Params: params, LR: lr, WeightDecay: decay})
	return b
}

// Groups implements [Optimizer].
func (b *base) Groups() []*Group { return b.groups }

// AddGroup adds parameters with settings of their own, such as a lower learning
// rate for a part that is already trained. A parameter that is in a group
// already is an error of Step.
func (b *base) AddGroup(g Group) { b.add(g) }

func (b *base) add(g Group) {
	group := &g
	b.groups = append(b.groups, group)
	for _, p := range g.Params {
		for other := range b.slots {
			if other != p && other.Name == p.Name && p.Name != "" {
				b.fail(fmt.Errorf("two parameters are named %q; take them from nn.Params of the whole network", p.Name))
			}
		}
		if b.slots[p] != nil {
			b.fail(fmt.Errorf("parameter %q is in two groups", p.Name))
			continue
		}
		b.slots[p] = &slot{p: p, group: group}
	}
}

// fail keeps the first setting that cannot be, for Step to report.
func (b *base) fail(err error) {
	if b.err == nil {
		b.err = fmt.Errorf("optim: %s: %w", b.name, err)
	}
}

// between reports a setting outside of [lo, hi).
func (b *base) between(name string, v, lo, hi float64) {
	if !(v >= lo && v < hi) {
		b.fail(fmt.Errorf("%s %v, want at least %v and less than %v", name, v, lo, hi))
	}
}

// check reports settings that cannot be.
func (b *base) check() error {
	if b.err != nil {
		return b.err
	}
	for i, g := range b.groups {
		if !(g.LR > 0) || math.IsInf(g.LR, 0) {
			return fmt.Errorf("optim: %s: group %d: learning rate %v, want a positive number", b.name, i, g.LR)
		}
		if !(g.WeightDecay >= 0) || math.IsInf(g.WeightDecay, 0) {
			return fmt.Errorf("optim: %s: group %d: weight decay %v, want 0 or a positive number", b.name, i, g.WeightDecay)
		}
	}
	return nil
}

// step runs update, whose parts are the slots in b.work, over all parameters that
// have a gradient on the tape.
func (b *base) step(t *grad.Tape, update parallel.Task) error {
	if err := b.check(); err != nil {
		return err
	}
	b.work = b.work[:0]
	for p, g := range t.Params {
		s := b.slots[p]
		if s == nil || !p.Trainable() {
			continue
		}
		if s.state == nil {
			s.allocate(len(b.quantities))
		}
		s.step++
		s.g = g.Data()
		b.work = append(b.work, s)
	}
	parallel.For(len(b.work), update)
	t.Commit()
	return nil
}

func (s *slot) allocate(n int) {
	s.state = make([]*tensor.Tensor, n)
	for i := range s.state {
		s.state[i] = tensor.Make[float32](s.p.Shape()...)
	}
}

// values returns the parameter's values and a quantity's.
func (s *slot) values() []float32   { return s.p.Value.Data() }
func (s *slot) buf(i int) []float32 { return s.state[i].Data() }

// State implements [Optimizer]. The entries of a parameter w are "w.step", the
// number of its steps, and one for each quantity, such as "w.momentum_buffer".
func (b *base) State() map[string]tensor.Any {
	m := map[string]tensor.Any{}
	for p, s := range b.slots {
		if s.step == 0 {
			continue
		}
		m[p.Name+".step"] = tensor.New([]int{s.step})
		for i, q := range b.quantities {
			m[p.Name+"."+q] = s.state[i]
		}
	}
	return m
}

// SetState implements [Optimizer].
func (b *base) SetState(m map[string]tensor.Any) error {
	used := 0
	var sets []func()
	for p, s := range b.slots {
		entry, ok := m[p.Name+".step"]
		if !ok {
			sets = append(sets, func() { s.step, s.state = 0, nil })
			continue
		}
		step, ok := entry.(*tensor.Ints)
		if !ok || step.Len() != 1 || step.Item() < 1 {
			return fmt.Errorf("optim: %s: state %q is no number of steps: %w", b.name, p.Name+".step", ErrState)
		}
		used++
		sets = append(sets, func() {
			s.step = step.Item()
			s.allocate(len(b.quantities))
		})
		for i, q := range b.quantities {
			name := p.Name + "." + q
			v, ok := m[name].(*tensor.Tensor)
			if !ok {
				return fmt.Errorf("optim: %s: state %q is missing: %w", b.name, name, ErrState)
			}
			if !v.Shape().Equal(p.Shape()) {
				return fmt.Errorf("optim: %s: state %q has shape %v, want %v: %w", b.name, name, v.Shape(), p.Shape(), ErrState)
			}
			used++
			sets = append(sets, func() { s.state[i].Copy(v) })
		}
	}
	if used != len(m) {
		return fmt.Errorf("optim: %s: state has %d entries, want the %d of this optimizer's parameters: %w", b.name, len(m), used, ErrState)
	}
	for _, set := range sets {
		set()
	}
	return nil
}

// ErrState is wrapped by errors about a state that belongs to another optimizer
// or network.
var ErrState = errors.New("foreign state")

// Option changes a setting of an optimizer; each constructor says which ones it
// takes.
type Option func(*options)

type options struct {
	used                             []string
	momentum, dampening, weightDecay float64
	beta1, beta2, eps                float64
	nesterov                         bool
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
