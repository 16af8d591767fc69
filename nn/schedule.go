package nn

import (
	"errors"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/optim"
)

// ScheduleSteps sets the learning rates before every step, counted from 0 over
// the whole training, those before a [Resume] counted in. The rate of a group of
// the optimizer is its InitialLR times the factor. Several schedules, also with
// [ScheduleEpochs] and [ReduceOnPlateau], multiply; what callbacks do to the rates
// is then overwritten. A factor that is negative or not finite is an error of Fit.
//
//	steps := 100 * loader.Batches()
//	trainer.Fit(ctx, loader, nn.Epochs(100), nn.ScheduleSteps(optim.OneCycle(steps)))
func ScheduleSteps(s optim.Schedule) Option {
	return option(func(f *fit) { f.schedules = append(f.schedules, s) })
}

// ScheduleEpochs sets the learning rates for every epoch, counted from 0, as
// [ScheduleSteps] does for steps.
func ScheduleEpochs(s optim.Schedule) Option {
	return option(func(f *fit) {
		f.schedules = append(f.schedules, func(step int) float64 { return s(step / f.event.Steps) })
	})
}

// schedule sets the learning rates for the next step.
func (f *fit) schedule() error {
	if len(f.schedules) == 0 {
		return nil
	}
	step := len(f.history.Epochs)*f.event.Steps + f.event.Step
	if err := optim.Schedule(f.factor).Apply(f.Optimizer, step); err != nil {
		return fmt.Errorf("nn: Fit: %w", err)
	}
	return nil
}

// factor returns the product of all schedules.
func (f *fit) factor(step int) float64 {
	product := 1.0
	for _, s := range f.schedules {
		product *= s(step)
	}
	return product
}

// PlateauOption is a setting of [ReduceOnPlateau].
type PlateauOption func(*plateau)

// PlateauThreshold is the part by which a value must be better than the best so far to
// count, besides the MinDelta of the [Goal]; 1e-4 is the default.
func PlateauThreshold(t float64) PlateauOption { return func(p *plateau) { p.threshold = t } }

// PlateauCooldown is for how many epochs after a reduction none is counted; 0 is the
// default.
func PlateauCooldown(epochs int) PlateauOption { return func(p *plateau) { p.cooldown = epochs } }

// PlateauFloor is what the factor does not fall below; 0 is the default.
func PlateauFloor(f float64) PlateauOption { return func(p *plateau) { p.floor = f } }

// plateau holds the settings of ReduceOnPlateau.
type plateau struct {
	goal               Goal
	factor             float64
	patience, cooldown int
	threshold, floor   float64
}

// ReduceOnPlateau multiplies the learning rates by factor when the value of the
// goal has not become better for more than patience epochs, as
// torch.optim.lr_scheduler.ReduceLROnPlateau, whose usual settings are 0.1 and 10.
// It takes [PlateauThreshold], [PlateauCooldown] and [PlateauFloor].
//
// The reductions follow from the history, so that a resumed run computes the same;
// epochs whose record lacks the value do not count. Rates are InitialLR times the
// factor, and times the schedules, see [ScheduleSteps].
func ReduceOnPlateau(g Goal, factor float64, patience int, opts ...PlateauOption) Option {
	p := &plateau{goal: g, factor: factor, patience: patience, threshold: 1e-4}
	for _, o := range opts {
		o(p)
	}
	return option(func(f *fit) {
		f.plateaus = append(f.plateaus, p)
		f.schedules = append(f.schedules, func(int) float64 { return p.reduced(&f.history) })
	})
}

// check reports settings that cannot be.
func (p *plateau) check(f *fit) error {
	switch {
	case !(p.factor > 0 && p.factor < 1):
		return fmt.Errorf("factor %v, want more than 0 and less than 1", p.factor)
	case p.patience < 0 || p.cooldown < 0:
		return fmt.Errorf("patience %d and cooldown %d, want none negative", p.patience, p.cooldown)
	case !(p.threshold >= 0 && p.threshold < 1):
		return fmt.Errorf("threshold %v, want at least 0 and less than 1", p.threshold)
	case !(p.floor >= 0 && p.floor <= 1):
		return fmt.Errorf("floor %v, want 0 to 1", p.floor)
	case p.goal.Name == TrainLoss:
		return nil
	case f.validation == nil:
		return errors.New("it needs Validate")
	}
	known := p.goal.Name == "loss" && f.Loss != nil
	for _, m := range f.metrics {
		known = known || m.Name() == p.goal.Name
	}
	if !known {
		return fmt.Errorf("validation has no %q", p.goal.Name)
	}
	return nil
}

// reduced returns the factor after the epochs of h.
func (p *plateau) reduced(h *History) float64 {
	factor, best := 1.0, math.Inf(1) // of values that are better the lower they are
	bad, cooling := 0, 0
	for _, e := range h.Epochs {
		v, ok := p.goal.cost(e)
		if !ok {
			continue
		}
		bad++
		if p.better(v, best) {
			best, bad = v, 0
		}
		if cooling > 0 {
			cooling--
			bad = 0
		}
		if bad > p.patience {
			factor = max(factor*p.factor, p.floor)
			bad, cooling = 0, p.cooldown
		}
	}
	return factor
}

// better reports whether v is less than the best so far by the threshold; NaN
// never is.
func (p *plateau) better(v, best float64) bool {
	if math.IsInf(best, 1) {
		return v < best
	}
	return v < best-float64(p.threshold*math.Abs(best))-p.goal.MinDelta
}
