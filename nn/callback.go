package nn

import (
	"errors"
	"time"

	"github.com/gannet-ml/gannet/tensor"
)

// Callback is told what happens during [Trainer.Fit], on the goroutine that
// trains. An error ends training and Fit returns it; [ErrStop] ends it as if
// all epochs were done. A Callback is also an [Option] of Fit.
type Callback func(e *Event) error

// ErrStop, returned by a [Callback], ends training without an error.
var ErrStop = errors.New("nn: stop training")

// Kind says what an [Event] reports.
type Kind uint8

// The events of a run, in the order in which they come.
const (
	FitBegin   Kind = iota // training starts or goes on
	EpochBegin             // an epoch starts or goes on
	StepEnd                // a step was taken; Event.StepLoss is its loss
	EpochEnd               // an epoch is complete; Event.History has its record
	FitEnd                 // training ended, for whatever reason; Event.Err says which
)

// Event is what a [Callback] is told. It is valid during the call.
type Event struct {
	Kind    Kind
	Trainer *Trainer
	History *History // the epochs that are complete

	Epoch, Epochs int           // current epoch from 1 on, and how many are wanted
	Step, Steps   int           // steps done in this epoch, and how many it has
	Samples       int           // samples seen in this epoch since Fit began
	Elapsed       time.Duration // time spent in this epoch since Fit began

	StepLoss float64 // StepEnd: loss of the step
	Loss     float64 // mean loss of the epoch so far, weighted by samples
	Err      error   // FitEnd: what Fit will return
}

// History is what [Trainer.Fit] recorded, one entry for each complete epoch.
type History struct {
	Epochs []EpochRecord `json:"epochs"`
}

// EpochRecord is one line of a [History].
type EpochRecord struct {
	Epoch   int     `json:"epoch"` // from 1 on
	Loss    float64 `json:"loss"`  // mean training loss over the samples of the epoch
	Samples int     `json:"samples"`
	Seconds float64 `json:"seconds"` // time spent training; validation not counted
	// Validation holds what [Validate] measured after the epoch, by name.
	Validation map[string]float64 `json:"validation,omitempty"`
}

// Last returns the record of the last epoch, the zero record if there is none.
func (h *History) Last() EpochRecord {
	if len(h.Epochs) == 0 {
		return EpochRecord{}
	}
	return h.Epochs[len(h.Epochs)-1]
}

// Metric measures predictions, batch by batch. The package nn/metric has the
// usual ones.
type Metric interface {
	// Name is a short name such as "accuracy".
	Name() string
	// Reset forgets what was measured.
	Reset()
	// Update takes in the outputs of a network for a batch, [N, …], and what
	// they should have been.
	Update(output *tensor.Tensor, target tensor.Any) error
	// Value returns the result over everything since Reset.
	Value() float64
}
