package nn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Trainer trains a network on a data set. Fill in the fields and call
// [Trainer.Fit]; do not change them while it runs. One goroutine at a time uses
// a Trainer.
type Trainer struct {
	// Model is the network, initialised.
	Model Module
	// Loss compares its outputs with targets.
	Loss Loss
	// Optimizer changes its parameters.
	Optimizer optim.Optimizer
	// Seed keys the randomness of layers such as dropout.
	Seed uint64
	// Compute, if not nil, computes the loss of a batch in place of
	// Loss(Model.Forward(X), Y), for whatever is not input and target.
	Compute func(t *grad.Tape, b *data.Batch) *grad.Var

	tape *grad.Tape
}

// Option is a setting of [Trainer.Fit]: [Epochs], [Validate], [Checkpoint],
// [Resume] or a [Callback].
type Option interface{ configure(*fit) }

type option func(*fit)

func (o option) configure(f *fit) { o(f) }

func (c Callback) configure(f *fit) { f.callbacks = append(f.callbacks, c) }

// Epochs trains until the data were gone through n times, those before a
// [Resume] counted in. The default is 1.
func Epochs(n int) Option { return option(func(f *fit) { f.epochs = n }) }

// Validate evaluates the network after every epoch, with the loss and the
// metrics, and enters the results in the history.
func Validate(l *data.Loader, metrics ...Metric) Option {
	return option(func(f *fit) { f.validation, f.metrics = l, metrics })
}

// Checkpoint writes a file from which [Resume] continues exactly: after every
// epoch, and when training is cancelled; if every is positive, also after so
// many steps. A file that is there is replaced only when the new one is complete.
func Checkpoint(path string, every int) Option {
	return option(func(f *fit) { f.path, f.every = path, every })
}

// Resume continues from a checkpoint of the same network, optimizer and loader,
// if the file exists; the result has the same bits as if training had never
// stopped. Learning rates are those of the checkpoint. A network of other shapes,
// another number of batches or another Seed is an error; other settings of the
// optimizer, and another seed of the loader, are not noticed.
func Resume(path string) Option { return option(func(f *fit) { f.resume = path }) }

// DivergedError reports a loss that is not a finite number. The parameters are
// those before the step.
type DivergedError struct {
	Epoch, Step int // from 1 on
	Loss        float64
}

func (e *DivergedError) Error() string {
	return fmt.Sprintf("nn: Fit: loss is %v at epoch %d, step %d; a lower learning rate may help", e.Loss, e.Epoch, e.Step)
}

// fit is the state of one call of Fit.
type fit struct {
	*Trainer
	loader     *data.Loader
	epochs     int
	validation *data.Loader
	metrics    []Metric
	path       string
	every      int
	resume     string
	callbacks  []Callback

	event   Event
	history History
	sum     float64       // loss of the epoch so far, times samples
	count   int           // samples of the epoch so far
	begun   bool          // callbacks were told that the epoch begins
	before  time.Duration // spent in this epoch before a resume
	started time.Time
	paused  time.Duration // spent in callbacks and checkpoints since started
}

// Fit trains the network on the batches of loader. It returns what was recorded,
// also together with an error: the first of the data, the network, the optimizer
// or a callback, a [*DivergedError], or that of ctx, which is looked at before
// every step.
func (t *Trainer) Fit(ctx context.Context, loader *data.Loader, opts ...Option) (*History, error) {
	f := &fit{Trainer: t, loader: loader, epochs: 1}
	for _, o := range opts {
		o.configure(f)
	}
	f.event = Event{Trainer: t, History: &f.history, Epochs: f.epochs}
	err := f.run(ctx)
	if errors.Is(err, ErrStop) {
		err = nil
	}
	f.event.Err = err
	if e := f.tell(FitEnd); err == nil && e != nil && !errors.Is(e, ErrStop) {
		err = e
	}
	return &f.history, err
}

func (f *fit) run(ctx context.Context) error {
	if f.epochs < 1 {
		return fmt.Errorf("nn: Fit: %d epochs, want at least 1", f.epochs)
	}
	if err := f.complete(); err != nil {
		return err
	}
	if f.loader == nil {
		return errors.New("nn: Fit: the loader is nil")
	}
	if err := f.loader.Err(); err != nil {
		return fmt.Errorf("nn: Fit: %w", err)
	}
	if f.loader.Batches() == 0 {
		return errors.New("nn: Fit: the loader has no batches")
	}
	if f.validation != nil {
		if err := f.validation.Err(); err != nil {
			return fmt.Errorf("nn: Fit: validation: %w", err)
		}
		if f.Model == nil {
			return errors.New("nn: Fit: validation needs a Model")
		}
	}
	f.event.Steps = f.loader.Batches()
	if f.resume != "" {
		if err := f.load(f.resume); err != nil {
			return err
		}
	}
	if err := f.tell(FitBegin); err != nil {
		return err
	}
	for len(f.history.Epochs) < f.epochs {
		if err := f.epoch(ctx); err != nil {
			if ctx.Err() != nil && errors.Is(err, ctx.Err()) && f.path != "" {
				err = errors.Join(err, f.save(f.path))
			}
			return err
		}
	}
	return nil
}

// complete reports fields that must be set.
func (t *Trainer) complete() error {
	if t.Compute == nil && (t.Model == nil || t.Loss == nil) || t.Optimizer == nil {
		return errors.New("nn: Fit: the Trainer lacks a Model, Loss or Optimizer")
	}
	return nil
}

// epoch trains one epoch, or what is left of it.
func (f *fit) epoch(ctx context.Context) error {
	e := &f.event
	e.Epoch = len(f.history.Epochs) + 1
	e.Step = f.loader.Cursor().Batch
	e.Samples, e.Elapsed, e.StepLoss, e.Loss = 0, 0, 0, 0
	f.started, f.paused = time.Now(), 0
	if !f.begun || e.Step > 0 { // not again before the first step, nor where validation is all that is left
		f.begun = true
		if err := f.tell(EpochBegin); err != nil {
			return err
		}
	}
	if f.count > 0 && e.Step == 0 {
		return f.endEpoch(ctx) // resumed after the last step, where validation was cancelled
	}
	for b, err := range f.loader.All(ctx) {
		if err != nil {
			return err
		}
		loss, err := f.Step(b)
		if err != nil {
			var d *DivergedError
			if errors.As(err, &d) {
				d.Epoch, d.Step = e.Epoch, e.Step+1
			}
			return err
		}
		n := b.X.Dim(0)
		f.sum += loss * float64(n)
		f.count += n
		e.Step++
		e.Samples += n
		e.StepLoss, e.Loss = loss, f.sum/float64(f.count)
		if err := f.tell(StepEnd); err != nil {
			return err
		}
		if f.path != "" && f.every > 0 && e.Step%f.every == 0 && e.Step < e.Steps {
			if err := f.save(f.path); err != nil {
				return err
			}
		}
	}
	return f.endEpoch(ctx)
}

// endEpoch records a complete epoch.
func (f *fit) endEpoch(ctx context.Context) error {
	r := EpochRecord{
		Epoch: f.event.Epoch, Loss: f.sum / float64(max(f.count, 1)), Samples: f.count,
		Seconds: (f.before + time.Since(f.started) - f.paused).Seconds(),
	}
	if f.validation != nil {
		// The order of a shuffled loader follows the epoch, also after a resume.
		if err := f.validation.Seek(data.Cursor{Epoch: r.Epoch - 1}); err != nil {
			return fmt.Errorf("nn: Fit: validation: %w", err)
		}
		report, err := f.Evaluate(ctx, f.validation, f.metrics...)
		if err != nil {
			return err
		}
		r.Validation = report.Values
	}
	f.history.Epochs = append(f.history.Epochs, r)
	f.sum, f.count, f.before, f.begun = 0, 0, 0, false
	// What callbacks change at the end of an epoch, such as learning rates, is
	// part of the checkpoint, also when they end training.
	err := f.tell(EpochEnd)
	if f.path != "" && (err == nil || errors.Is(err, ErrStop)) {
		if e := f.save(f.path); e != nil {
			return e
		}
	}
	return err
}

// tell tells the callbacks. Their time does not count as training.
func (f *fit) tell(k Kind) error {
	f.event.Kind = k
	if k != FitBegin && k != FitEnd {
		f.event.Elapsed = time.Since(f.started) - f.paused
	}
	before := time.Now()
	for _, c := range f.callbacks {
		if err := c(&f.event); err != nil {
			return err
		}
	}
	f.paused += time.Since(before)
	return nil
}

// Step trains on one batch and returns its loss. Once it has run, it allocates
// nothing. It is what [Trainer.Fit] does for every batch; a loss that is not
// finite is a [*DivergedError], and no step is taken.
func (t *Trainer) Step(b *data.Batch) (loss float64, err error) {
	if err := t.complete(); err != nil {
		return 0, err
	}
	if t.tape == nil {
		t.tape = grad.NewTape(grad.Training, t.Seed)
	}
	stepped := false
	defer t.finish(&err, &stepped)
	v := t.compute(b)
	if err := t.tape.Err(); err != nil {
		return 0, err
	}
	if n := v.Data().Len(); n != 1 {
		return 0, fmt.Errorf("nn: Fit: loss has shape %v, want a single number", v.Shape())
	}
	loss = float64(v.Data().Item())
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return loss, &DivergedError{Loss: loss}
	}
	if err := v.Backward(); err != nil {
		return loss, err
	}
	if err := t.Optimizer.Step(t.tape); err != nil {
		return loss, err
	}
	stepped = true
	return loss, nil
}

func (t *Trainer) compute(b *data.Batch) *grad.Var {
	if t.Compute != nil {
		return t.Compute(t.tape, b)
	}
	return t.Loss(t.Model.Forward(t.tape.Input(b.X)), b.Y)
}

// finish ends a step, and drops what is left of one that was not taken. If user
// code tripped over a result that an earlier mistake left empty, that mistake is
// the error.
func (t *Trainer) finish(err *error, stepped *bool) {
	if t.tape.Err() != nil {
		if r := recover(); r != nil {
			*err = t.tape.Err()
		}
	}
	if !*stepped {
		t.tape.ZeroGrad()
	}
	t.tape.Reset()
}
