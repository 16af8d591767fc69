package nn

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
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
	FitBegin       Kind = iota // training starts or goes on
	EpochBegin                 // an epoch starts or goes on
	GradientsReady             // Event.Tape holds the gradients of the step that comes
	StepEnd                    // a step was taken; Event.StepLoss is its loss
	EpochEnd                   // an epoch is complete; Event.History has its record
	FitEnd                     // training ended, for whatever reason; Event.Err says which
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

	// Tape is that of training: [grad.Tape.Params] yields the gradients while they
	// are ready.
	Tape *grad.Tape

	// Average is that of [AverageSteps] or [AverageEpochs], nil if there is none.
	Average *optim.Average

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
	Epoch   int     // from 1 on
	Loss    float64 // mean training loss over the samples of the epoch
	Samples int
	Seconds float64 // time spent training; validation not counted
	Waiting float64 // seconds of these in which the network waited for the loader
	// Memory is how many bytes of the system's memory the process held when the epoch
	// ended, training and validation: with weights, gradients, the buffers of a step,
	// which stay for the next one, and data.
	Memory int64
	// Validation holds what [Validate] measured after the epoch, by name.
	Validation map[string]float64
}

// MarshalJSON writes the record as JSON. Numbers that JSON lacks, such as a
// validation loss that is infinite, become strings.
func (r EpochRecord) MarshalJSON() ([]byte, error) {
	v := make(map[string]number, len(r.Validation))
	for name, x := range r.Validation {
		v[name] = number(x)
	}
	return json.Marshal(epochJSON{r.Epoch, number(r.Loss), r.Samples, r.Seconds, r.Waiting, r.Memory, v})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *EpochRecord) UnmarshalJSON(text []byte) error {
	var j epochJSON
	if err := strict(text, &j); err != nil {
		return err
	}
	*r = EpochRecord{Epoch: j.Epoch, Loss: float64(j.Loss), Samples: j.Samples, Seconds: j.Seconds, Waiting: j.Waiting, Memory: j.Memory}
	if len(j.Validation) > 0 {
		r.Validation = make(map[string]float64, len(j.Validation))
	}
	for name, x := range j.Validation {
		r.Validation[name] = float64(x)
	}
	return nil
}

// epochJSON is an EpochRecord in JSON.
type epochJSON struct {
	Epoch      int               `json:"epoch"`
	Loss       number            `json:"loss"`
	Samples    int               `json:"samples"`
	Seconds    float64           `json:"seconds"`
	Waiting    float64           `json:"waiting"`
	Memory     int64             `json:"memory"`
	Validation map[string]number `json:"validation,omitempty"`
}

// number is a float64 that is a string in JSON if it is not finite.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	x := float64(n)
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return json.Marshal(strconv.FormatFloat(x, 'g', -1, 64))
	}
	return json.Marshal(x)
}

func (n *number) UnmarshalJSON(text []byte) error {
	var s string
	if json.Unmarshal(text, &s) != nil {
		return json.Unmarshal(text, (*float64)(n))
	}
	x, err := strconv.ParseFloat(s, 64)
	*n = number(x)
	return err
}

// WriteCSV writes the history as comma-separated values: a line of names, then one
// for each epoch. The values of validation come last, by name; one that an epoch
// lacks is empty.
func (h *History) WriteCSV(w io.Writer) error {
	seen := map[string]bool{}
	for _, e := range h.Epochs {
		for name := range e.Validation {
			seen[name] = true
		}
	}
	names := slices.Sorted(maps.Keys(seen))
	format := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	c := csv.NewWriter(w)
	head := []string{"epoch", TrainLoss, "samples", "seconds", "waiting", "memory"}
	for _, name := range names {
		head = append(head, "validation_"+name)
	}
	_ = c.Write(head) // errors stay in c
	for _, e := range h.Epochs {
		line := []string{strconv.Itoa(e.Epoch), format(e.Loss), strconv.Itoa(e.Samples), format(e.Seconds), format(e.Waiting), strconv.FormatInt(e.Memory, 10)}
		for _, name := range names {
			field := ""
			if v, ok := e.Validation[name]; ok {
				field = format(v)
			}
			line = append(line, field)
		}
		_ = c.Write(line)
	}
	c.Flush()
	return c.Error()
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
