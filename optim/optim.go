package optim

import (
	"errors"
	"fmt"
	"math"

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
	// such as a negative learning rate, are an error, and nothing is changed.
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
	LR          float64 // learning rate, positive; 0 only from a schedule
	WeightDecay float64 // strength of the pull of weights towards 0
	// InitialLR is the learning rate that a [Schedule] multiplies. If it is 0, it
	// becomes LR when the group is added.
	InitialLR float64
}

// quantity is something an optimizer gathers for every parameter: as many
// numbers as the parameter has, or a single one.
type quantity struct {
	name   string
	single bool
}

// each returns quantities of as many numbers as the parameter has.
func each(names ...string) []quantity {
	q := make([]quantity, len(names))
	for i, name := range names {
		q[i].name = name
	}
	return q
}

// shape returns the shape of what is gathered for p.
func (q quantity) shape(p *grad.Param) tensor.Shape {
	if q.single {
		return tensor.Shape{1}
	}
	return p.Shape()
}

// base is what all optimizers have in common.
type base struct {
	name       string
	quantities []quantity
	groups     []*Group
	slots      map[*grad.Param]*slot
	names      map[string]*grad.Param
	work       []*slot // what a step has to do
	clipping   clipping
	err        error // a setting that cannot be
}

// slot is what an optimizer knows of a parameter.
type slot struct {
	p          *grad.Param
	group      *Group
	quantities []quantity
	step       int              // steps taken
	state      []*tensor.Tensor // one for each quantity
	g          []float32        // gradient of the step at hand
	square     float64          // Σ g²
}

func newBase(name string, params []*grad.Param, lr float64, o *options, quantities []quantity) base {
	b := base{name: name, quantities: quantities, slots: map[*grad.Param]*slot{}, names: map[string]*grad.Param{}, clipping: o.clipping}
	if o.err != nil {
		b.fail(o.err)
	}
	b.add(Group{Params: params, LR: lr, WeightDecay: o.weightDecay}, quantities)
	return b
}

// String returns the name of the rule, such as "AdamW".
func (b *base) String() string { return b.name }

// Groups implements [Optimizer].
func (b *base) Groups() []*Group { return b.groups }

// AddGroup adds parameters with settings of their own, such as a lower learning
// rate for a part that is already trained. Names must differ, since they tell
// parameters apart in the state: take all from nn.Params of one network, see the
// example. A parameter that is in a group already is an error of Step.
func (b *base) AddGroup(g Group) { b.add(g, b.quantities) }

func (b *base) add(g Group, quantities []quantity) *Group {
	group := &g
	if g.InitialLR == 0 {
		group.InitialLR = g.LR
	}
	b.groups = append(b.groups, group)
	for _, p := range g.Params {
		if other := b.names[p.Name]; other != nil && other != p {
			b.fail(fmt.Errorf("two parameters are named %q; take them from nn.Params of the whole network", p.Name))
		}
		b.names[p.Name] = p
		if b.slots[p] != nil {
			b.fail(fmt.Errorf("parameter %q is in two groups", p.Name))
			continue
		}
		b.slots[p] = &slot{p: p, group: group, quantities: quantities}
	}
	return group
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
		if !(g.InitialLR > 0) || math.IsInf(g.InitialLR, 0) {
			return fmt.Errorf("optim: %s: group %d: learning rate %v, want a positive number", b.name, i, g.InitialLR)
		}
		if !(g.LR >= 0) || math.IsInf(g.LR, 0) {
			return fmt.Errorf("optim: %s: group %d: learning rate %v, want 0 or a positive number", b.name, i, g.LR)
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
	if err := b.begin(t); err != nil {
		return err
	}
	parallel.For(len(b.work), update)
	t.Commit()
	return nil
}

// begin gathers in b.work the slots that have a gradient on the tape, and clips
// the gradients. After an error nothing has changed.
func (b *base) begin(t *grad.Tape) error {
	if err := b.check(); err != nil {
		return err
	}
	b.work = b.work[:0]
	for p, g := range t.Params {
		s := b.slots[p]
		if s == nil || !p.Trainable() {
			continue
		}
		s.g = g.Data()
		b.work = append(b.work, s)
	}
	if err := b.clip(); err != nil {
		return err
	}
	for _, s := range b.work {
		if s.state == nil {
			s.allocate()
		}
		s.step++
	}
	return nil
}

func (s *slot) allocate() {
	s.state = make([]*tensor.Tensor, len(s.quantities))
	for i, q := range s.quantities {
		s.state[i] = tensor.Make[float32](q.shape(s.p)...)
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
		for i, q := range s.quantities {
			m[p.Name+"."+q.name] = s.state[i]
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
			s.allocate()
		})
		for i, q := range s.quantities {
			name := p.Name + "." + q.name
			v, ok := m[name].(*tensor.Tensor)
			if !ok {
				return fmt.Errorf("optim: %s: state %q is missing: %w", b.name, name, ErrState)
			}
			if want := q.shape(p); !v.Shape().Equal(want) {
				return fmt.Errorf("optim: %s: state %q has shape %v, want %v: %w", b.name, name, v.Shape(), want, ErrState)
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
