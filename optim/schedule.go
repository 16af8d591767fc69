package optim

import (
	"fmt"
	"math"
)

// Schedule is the factor by which learning rates are multiplied at a step,
// counted from 0: the rate of a group is InitialLR times the factor. A Schedule
// is a function of the step alone, so there is nothing to save, and any function
// will do. What a step is, one of the optimizer or an epoch, is up to whoever
// applies it; nn.ScheduleSteps and nn.ScheduleEpochs do so while training.
//
// Schedules are made by [Step], [MultiStep], [Exponential], [Polynomial],
// [Cosine], [CosineRestarts], [OneCycle], [Warmup] and [Sequence]. If their
// settings cannot be, the factor is NaN at every step, which is an error of
// Apply.
type Schedule func(step int) float64

// Apply sets the learning rates of all groups of an optimizer for a step. A
// factor that is negative or not finite is an error, and nothing is changed.
func (s Schedule) Apply(o Optimizer, step int) error {
	factor := s(step)
	if !(factor >= 0) || math.IsInf(factor, 0) {
		return fmt.Errorf("optim: Schedule: the factor is %v at step %d, want 0 or a positive number; NaN comes from settings that cannot be", factor, step)
	}
	for _, g := range o.Groups() {
		if g.InitialLR == 0 { // an optimizer of the user's own need not know of it
			g.InitialLR = g.LR
		}
		g.LR = g.InitialLR * factor
	}
	return nil
}

// never is the schedule of settings that cannot be.
func never(int) float64 { return math.NaN() }

// only returns s if the settings can be.
func only(valid bool, s Schedule) Schedule {
	if !valid {
		return never
	}
	return s
}

// positive reports whether x is a positive finite number.
func positive(x float64) bool { return x > 0 && !math.IsInf(x, 0) }

// unit reports whether x is from 0 to 1.
func unit(x float64) bool { return x >= 0 && x <= 1 }

// Step multiplies by gamma every so many steps, as
// torch.optim.lr_scheduler.StepLR: gamma^⌊step/every⌋. It wants every at least 1
// and gamma positive.
func Step(every int, gamma float64) Schedule {
	return only(every >= 1 && positive(gamma), func(step int) float64 { return math.Pow(gamma, float64(step/every)) })
}

// MultiStep multiplies by gamma at each milestone, as MultiStepLR. It wants gamma
// positive.
func MultiStep(gamma float64, milestones ...int) Schedule {
	return only(positive(gamma), func(step int) float64 {
		passed := 0
		for _, m := range milestones {
			if step >= m {
				passed++
			}
		}
		return math.Pow(gamma, float64(passed))
	})
}

// Exponential multiplies by gamma at every step, as ExponentialLR. It wants gamma
// positive.
func Exponential(gamma float64) Schedule {
	return only(positive(gamma), func(step int) float64 { return math.Pow(gamma, float64(step)) })
}

// Polynomial falls from 1 to 0 in total steps, as PolynomialLR:
// (1 − step/total)^power, and 0 from there on. Power 1 is a straight line. It
// wants total at least 1 and power positive.
func Polynomial(total int, power float64) Schedule {
	return only(total >= 1 && positive(power), func(step int) float64 { return math.Pow(1-part(step, total), power) })
}

// part returns step/total, at most 1.
func part(step, total int) float64 { return float64(min(step, total)) / float64(total) }

// Cosine falls from 1 to floor in total steps along half a wave, as
// CosineAnnealingLR, and stays there:
//
//	floor + (1−floor)·(1 + cos(π·step/total))/2
//
// PyTorch's eta_min is floor times the initial rate. It wants total at least 1 and
// floor from 0 to 1. (Loshchilov and Hutter 2017, arXiv 1608.03983.)
func Cosine(total int, floor float64) Schedule {
	return only(total >= 1 && unit(floor), func(step int) float64 { return cosine(1, floor, part(step, total)) })
}

// cosine goes from a to b along half a wave while x goes from 0 to 1.
func cosine(a, b, x float64) float64 { return b + float64((a-b)/2*(1+math.Cos(math.Pi*x))) }

// line goes from a to b in a straight line while x goes from 0 to 1.
func line(a, b, x float64) float64 { return a + float64((b-a)*x) }

// CosineRestarts is [Cosine] again and again, as CosineAnnealingWarmRestarts: the
// first time in first steps, then each time in mult times as many. It wants first
// and mult at least 1 and floor from 0 to 1.
func CosineRestarts(first, mult int, floor float64) Schedule {
	return only(first >= 1 && mult >= 1 && unit(floor), func(step int) float64 {
		at, length := float64(step), float64(first)
		if mult == 1 {
			at = math.Mod(at, length)
		}
		for at >= length {
			at -= length
			length *= float64(mult)
		}
		return cosine(1, floor, at/length)
	})
}

// Warmup rises from the factor from to 1 in so many steps, in a straight line, and
// stays there, as LinearLR. It wants steps at least 1 and from from 0 to 1;
// 0 takes a first step that changes nothing.
func Warmup(steps int, from float64) Schedule {
	return only(steps >= 1 && unit(from), func(step int) float64 { return line(from, 1, part(step, steps)) })
}

// Phase is a part of a [Sequence].
type Phase struct {
	Steps    int // how long it takes; of no account in the last phase
	Schedule Schedule
}

// Sequence is one schedule after the other, as SequentialLR; each counts its
// steps from 0. The last goes on for ever. It wants at least one phase, schedules
// that are not nil and lengths that are not negative.
//
//	optim.Sequence(optim.Phase{500, optim.Warmup(500, 0.01)}, optim.Phase{9500, optim.Cosine(9500, 0)})
func Sequence(phases ...Phase) Schedule {
	valid := len(phases) > 0
	for _, p := range phases {
		valid = valid && p.Schedule != nil && p.Steps >= 0
	}
	return only(valid, func(step int) float64 {
		last := len(phases) - 1
		for _, p := range phases[:last] {
			if step < p.Steps {
				return p.Schedule(step)
			}
			step -= p.Steps
		}
		return phases[last].Schedule(step)
	})
}
