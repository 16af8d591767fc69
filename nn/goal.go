package nn

import (
	"fmt"
	"maps"
	"slices"
)

// TrainLoss names, in a [Goal], the mean training loss of an epoch.
const TrainLoss = "train_loss"

// Goal is a measure of an epoch that should become low or high. [Lowest] and
// [Highest] make one.
type Goal struct {
	// Name is that of a value which [Validate] enters in the history, such as
	// "accuracy" or "loss", or [TrainLoss].
	Name string
	// Lower says that lower values are better.
	Lower bool
	// MinDelta is by how much a value must be better to count as such.
	MinDelta float64
}

// Lowest is the goal of a low value, such as Lowest("loss").
func Lowest(name string) Goal { return Goal{Name: name, Lower: true} }

// Highest is the goal of a high value, such as Highest("accuracy").
func Highest(name string) Goal { return Goal{Name: name} }

// Best returns the position in the history of the epoch that is nearest to the
// goal, the first of several, or -1 if there is none: the history is empty, or all
// its values are NaN. It is an error if an epoch lacks the value.
func (g Goal) Best(h *History) (int, error) {
	best, top := -1, 0.0
	for i, e := range h.Epochs {
		v, ok := g.cost(e)
		if !ok {
			return -1, fmt.Errorf("nn: epoch %d has no value %q, has %q and %q", e.Epoch, g.Name,
				slices.Sorted(maps.Keys(e.Validation)), TrainLoss)
		}
		if v == v && (best < 0 || v < top-g.MinDelta) {
			best, top = i, v
		}
	}
	return best, nil
}

// cost returns the value of an epoch, turned so that lower is better, or false if
// the epoch lacks it.
func (g Goal) cost(e EpochRecord) (v float64, ok bool) {
	v, ok = e.Validation[g.Name]
	if g.Name == TrainLoss {
		v, ok = e.Loss, true
	}
	if !g.Lower {
		v = -v
	}
	return v, ok
}

// EarlyStop ends training, as if all epochs were done, when the value of the goal
// has not become better for so many epochs (Prechelt 1998). It reads the history
// alone, so that a run that is resumed ends where one that never stopped does.
// [KeepBest] keeps the weights of the best epoch.
func EarlyStop(g Goal, patience int) Callback {
	return func(e *Event) error {
		if patience < 1 {
			return fmt.Errorf("nn: EarlyStop: patience of %d epochs, want at least 1", patience)
		}
		if e.Kind != EpochEnd && e.Kind != FitBegin {
			return nil
		}
		best, err := g.Best(e.History)
		if err != nil {
			return err
		}
		if len(e.History.Epochs)-1-max(best, 0) >= patience {
			return ErrStop
		}
		return nil
	}
}

// KeepBest writes the weights of the network to a file, as [SaveWeights] does,
// after every epoch that is the best so far; if weights are averaged, the averages,
// which are what validation measures.
func KeepBest(path string, g Goal) Callback {
	return func(e *Event) error {
		if e.Kind != EpochEnd {
			return nil
		}
		best, err := g.Best(e.History)
		if err != nil || best != len(e.History.Epochs)-1 {
			return err
		}
		if e.Average != nil {
			e.Average.Swap()
			defer e.Average.Swap()
		}
		return SaveWeights(path, e.Trainer.Model)
	}
}
