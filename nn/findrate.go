package nn

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// RateCurve is what [FindRate] measured: the loss at learning rates that grow from
// step to step. The function Rates of nn/plot draws it.
type RateCurve struct {
	Rates  []float64 // of the first group of the optimizer
	Losses []float64 // of the batch, before the step at that rate
	Smooth []float64 // running mean of the losses
	// Suggestion is the rate around which the smooth loss falls fastest, 0 if it
	// never falls.
	Suggestion float64

	mean float64 // of the losses, with weights that do not add up to 1 yet
}

// The smoothing of the losses, and how many times its minimum a smooth loss may
// be before the search ends: those of fastai's Learner.lr_find.
const (
	rateSmoothing = 0.98
	rateExcess    = 4
)

// FindRate looks for a learning rate: it trains for so many steps, 100 being
// usual, while the rate grows exponentially from one value to another, such as
// from 1e-7 to 10, and ends early when the loss grows beyond measure. Then the
// network, the optimizer, the trainer and the loader are as they were before, also
// after an error. Further groups of the optimizer keep their ratio to the first.
//
//	curve, err := nn.FindRate(ctx, trainer, loader, 1e-7, 10, 100)
//	err = plot.Rates("rates.svg", curve)
//
// The smooth loss is a running mean with factor 0.98, freed from its start at 0 as
// in Adam. The suggestion is the middle of its steepest fall over a tenth of the
// steps, after the first tenth. (Smith 2017, arXiv 1506.01186, section 3.3;
// fastai's Learner.lr_find.)
func FindRate(ctx context.Context, t *Trainer, loader *data.Loader, from, to float64, steps int) (*RateCurve, error) {
	c, err := findRate(ctx, t, loader, from, to, steps)
	if err != nil {
		return nil, fmt.Errorf("nn: FindRate: %w", err)
	}
	return c, nil
}

func findRate(ctx context.Context, t *Trainer, loader *data.Loader, from, to float64, steps int) (c *RateCurve, err error) {
	switch {
	case !(from > 0 && from < to) || math.IsInf(to, 0):
		return nil, fmt.Errorf("rates from %v to %v, want positive ones that grow", from, to)
	case steps < 2:
		return nil, fmt.Errorf("%d steps, want at least 2", steps)
	}
	if err := t.complete(); err != nil {
		return nil, err
	}
	if err := loader.Err(); err != nil {
		return nil, err
	}
	if loader.Batches() == 0 {
		return nil, errors.New("the loader has no batches")
	}
	s, err := t.snapshot(loader)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.restore(t, loader)) }()
	c = &RateCurve{}
	for more := true; more; {
		for b, err := range loader.All(ctx) {
			if err != nil {
				return nil, err
			}
			part := float64(len(c.Rates)) / float64(steps-1)
			if more, err = c.step(t, b, from*math.Pow(to/from, part), s.ratios); err != nil {
				return nil, err
			}
			more = more && len(c.Rates) < steps
			if !more {
				break
			}
		}
	}
	c.suggest(max(steps/10, 1))
	return c, nil
}

// step trains on a batch and reports whether the search goes on.
func (c *RateCurve) step(t *Trainer, b *data.Batch, rate float64, ratios []float64) (more bool, err error) {
	for i, g := range t.Optimizer.Groups() {
		g.LR = rate * ratios[i]
	}
	loss, err := t.Step(b)
	var d *DivergedError
	if errors.As(err, &d) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	c.Rates, c.Losses = append(c.Rates, rate), append(c.Losses, loss)
	c.mean = float64(rateSmoothing*c.mean) + float64((1-rateSmoothing)*loss)
	smooth := c.mean / (1 - math.Pow(rateSmoothing, float64(len(c.Losses))))
	c.Smooth = append(c.Smooth, smooth)
	least := c.Smooth[c.least()]
	return least <= 0 || smooth <= rateExcess*least, nil
}

// least returns where the smooth loss is least.
func (c *RateCurve) least() int {
	at := 0
	for i, v := range c.Smooth {
		if v < c.Smooth[at] {
			at = i
		}
	}
	return at
}

// suggest finds the steepest fall over so many steps, which are as far apart
// everywhere on the logarithmic axis, after the first of them and before the
// minimum. Over single steps the noise of the batches would decide.
func (c *RateCurve) suggest(span int) {
	if len(c.Smooth) == 0 {
		return
	}
	steepest := 0.0
	for i := span; i+span <= c.least(); i++ {
		if d := c.Smooth[i+span] - c.Smooth[i]; d < steepest {
			steepest, c.Suggestion = d, c.Rates[i+span/2]
		}
	}
}

// snapshot is what a search for a rate changes.
type snapshot struct {
	params []named
	values []*tensor.Tensor
	state  map[string]tensor.Any
	rates  []float64
	ratios []float64 // of the groups' rates to that of the first
	cursor data.Cursor
	tape   *grad.Tape
	step   uint64
}

func (t *Trainer) snapshot(loader *data.Loader) (*snapshot, error) {
	s := &snapshot{state: map[string]tensor.Any{}, cursor: loader.Cursor(), tape: t.tape}
	if t.tape != nil {
		s.step = t.tape.Step()
	}
	var err error
	if s.params, err = (&fit{Trainer: t}).trained(); err != nil {
		return nil, err
	}
	for _, p := range s.params {
		if p.Value == nil {
			return nil, fmt.Errorf("parameter %q has no value; call nn.Init or load weights", p.path)
		}
		s.values = append(s.values, p.Value.Clone())
	}
	for name, v := range t.Optimizer.State() {
		s.state[name] = clone(v)
	}
	groups := t.Optimizer.Groups()
	for _, g := range groups {
		s.rates = append(s.rates, g.LR)
		s.ratios = append(s.ratios, initialRate(g)/initialRate(groups[0]))
	}
	return s, nil
}

// initialRate returns the rate of a group before any schedule.
func initialRate(g *optim.Group) float64 {
	if g.InitialLR == 0 {
		return g.LR
	}
	return g.InitialLR
}

// clone returns a copy of an array of any type.
func clone(v tensor.Any) tensor.Any {
	switch v := v.(type) {
	case *tensor.Tensor:
		return v.Clone()
	case *tensor.Ints:
		return v.Clone()
	case *tensor.Bytes:
		return v.Clone()
	case *tensor.Bools:
		return v.Clone()
	}
	return v
}

func (s *snapshot) restore(t *Trainer, loader *data.Loader) error {
	for i, p := range s.params {
		p.Value.Copy(s.values[i])
	}
	for i, g := range t.Optimizer.Groups() {
		g.LR = s.rates[i]
	}
	if t.tape = s.tape; t.tape != nil {
		t.tape.SetStep(s.step)
	}
	return errors.Join(t.Optimizer.SetState(s.state), loader.Seek(s.cursor))
}
