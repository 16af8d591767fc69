package nn

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/metrics"
	"time"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Trainer trains a network on a data set. Fill in the fields and call
// [Trainer.Fit]; do not change them while it runs. One goroutine at a time uses
// a Trainer.
type Trainer struct {
	// Model is the network, initialised. If batches have further inputs, its input
	// is the [grad.Tuple] of X and those of More.
	Model Module
	// Loss compares its outputs with targets.
	Loss Loss
	// Optimizer changes its parameters.
	Optimizer optim.Optimizer
	// Seed keys the randomness of layers such as dropout.
	Seed uint64
	// Accumulate is the number of batches whose gradients are averaged for a step
	// of [Trainer.Fit], so that a step can see more samples than memory holds; 0
	// means 1. The batches that are left at the end of an epoch make a last,
	// smaller step.
	Accumulate int
	// Compute, if not nil, computes the loss of a batch in place of
	// Loss(Model.Forward(X), Y), for whatever is not inputs and target.
	Compute func(t *grad.Tape, b *data.Batch) *grad.Var

	tape   *grad.Tape
	weight [1]float32    // of the gradients of a batch
	seed   tensor.Tensor // weight in the shape of the loss
}

// Option is a setting of [Trainer.Fit]: [Epochs], [Validate], [Checkpoint],
// [Resume], [KeepLast], [ScheduleSteps], [ScheduleEpochs], [ReduceOnPlateau],
// [AverageSteps], [AverageEpochs], [Observe] or a [Callback].
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
	return option(func(f *fit) { f.validates, f.validation, f.metrics = true, l, metrics })
}

// Checkpoint writes a file from which [Resume] continues exactly: after every
// epoch, and when training is cancelled; if every is positive, also after so
// many steps. A file that is there is replaced only when the new one is complete.
func Checkpoint(path string, every int) Option {
	return option(func(f *fit) { f.path, f.every = path, every })
}

// Resume continues from a checkpoint of the same network, optimizer and loader,
// if the file exists; of a folder, from the last one that [KeepLast] wrote. The
// result has the same bits as if training had never stopped. Learning rates, also
// the initial ones that schedules multiply, are those of the checkpoint. A network
// of other shapes, another Seed, another kind of optimizer, or a loader with another
// number of samples, batch size or seed is an error; other settings of the optimizer,
// other schedules and other data of the same number are not noticed. What a Compute of
// one's own keeps from batch to batch, such as an rnn.Carry, is not in the file.
func Resume(path string) Option { return option(func(f *fit) { f.resume = path }) }

// Observe tells o of every operation of the steps: where time goes, and what the
// network computes. Package nn/inspect has observers.
func Observe(o grad.Observer) Option {
	return option(func(f *fit) { f.observers = append(f.observers, o) })
}

// DivergedError reports a loss that is not a finite number; the parameters are
// those before the step. It also reports parameters that are not finite, at the
// end of an epoch and before a checkpoint.
type DivergedError struct {
	Epoch, Step int // from 1 on; 0 outside of Fit
	Loss        float64
	// Layer and Op name the first operation whose result was not finite, see
	// [grad.Call.Layer]; Op is "Input" if the batch itself was not, "Input 1" and
	// so on for its further inputs, and names the parameter if that is all that is
	// known.
	Layer, Op string
}

func (e *DivergedError) Error() string {
	where := ""
	if e.Epoch > 0 {
		where = fmt.Sprintf(" at epoch %d, step %d", e.Epoch, e.Step)
	}
	op := e.Op
	if e.Layer != "" {
		op = fmt.Sprintf("%s (%s)", e.Layer, e.Op)
	}
	return fmt.Sprintf("nn: Fit: loss is %v%s; the first values that are not finite are those of %s; a lower learning rate may help", e.Loss, where, op)
}

// diverged returns the error of a loss that is not finite.
func (t *Trainer) diverged(b *data.Batch, loss float64) *DivergedError {
	e := &DivergedError{Loss: loss, Op: "Input"}
	if b.X != nil && b.X.Contiguous() && !finite(b.X.Data()) {
		return e
	}
	for i, x := range b.More {
		if x != nil && x.Contiguous() && !finite(x.Data()) {
			e.Op = fmt.Sprintf("Input %d", i+1)
			return e
		}
	}
	e.Op = "Loss"
	for _, c := range t.tape.Calls() {
		for _, v := range c.Outputs() {
			if x := v.Data(); x.Contiguous() && !finite(x.Data()) { // a strided one is a view of what was looked at
				e.Layer, e.Op = c.Layer(), c.Op().Name()
				return e
			}
		}
	}
	return e
}

// finite reports whether every element of x is a finite number.
func finite(x []float32) bool {
	for _, v := range x {
		if v-v != 0 { // NaN, or ∞ − ∞
			return false
		}
	}
	return true
}

// fit is the state of one call of Fit.
type fit struct {
	*Trainer
	loader     *data.Loader
	epochs     int
	validates  bool // after every epoch
	validation *data.Loader
	metrics    []Metric
	path       string
	every      int
	resume     string
	keepDir    string // of the checkpoints of the last epochs
	keepLast   int
	callbacks  []Callback
	observers  []grad.Observer
	accumulate int // batches in a step

	schedules   []optim.Schedule // of steps; the rates are those of all, multiplied
	plateaus    []*plateau
	average     *optim.Average
	averageFrom int // the first epoch of an average of epochs; 0: every step

	event   Event
	history History
	group   group         // the step at hand
	place   place         // after the last whole step
	sum     float64       // loss of the epoch's whole steps, times samples
	count   int           // samples of the epoch's whole steps
	begun   bool          // callbacks were told that the epoch begins
	before  time.Duration // spent in this epoch before a resume
	waited  time.Duration // in this epoch for the loader, also before a resume
	started time.Time
	paused  time.Duration // spent in callbacks and checkpoints since started
}

// Fit trains the network on the batches of loader. It returns what was recorded,
// also together with an error: the first of the data, the network, the optimizer
// or a callback, a [*DivergedError], or that of ctx, which is looked at before
// every step.
func (t *Trainer) Fit(ctx context.Context, loader *data.Loader, opts ...Option) (*History, error) {
	f := &fit{Trainer: t, loader: loader, epochs: 1, accumulate: max(t.Accumulate, 1)}
	for _, o := range opts {
		o.configure(f)
	}
	f.event = Event{Trainer: t, History: &f.history, Epochs: f.epochs, Average: f.average}
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
	if f.Accumulate < 0 {
		return fmt.Errorf("nn: Fit: accumulation over %d batches, want at least 1", f.Accumulate)
	}
	if f.keepDir != "" && f.keepLast < 1 {
		return fmt.Errorf("nn: Fit: the last %d checkpoints are to be kept, want at least 1", f.keepLast)
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
	if f.validates {
		if f.validation == nil {
			return errors.New("nn: Fit: validation: the loader is nil")
		}
		if err := f.validation.Err(); err != nil {
			return fmt.Errorf("nn: Fit: validation: %w", err)
		}
		if f.Model == nil {
			return errors.New("nn: Fit: validation needs a Model")
		}
	}
	for _, p := range f.plateaus {
		if err := p.check(f); err != nil {
			return fmt.Errorf("nn: Fit: ReduceOnPlateau: %w", err)
		}
	}
	if f.average != nil && f.average.Swapped() {
		return fmt.Errorf("nn: Fit: %w", errSwapped)
	}
	f.event.Steps = f.steps(f.loader.Batches())
	if f.resume != "" {
		if err := f.load(f.resume); err != nil {
			return err
		}
	}
	if f.tape == nil {
		f.tape = grad.NewTape(grad.Training, f.Seed)
	}
	f.tape.Observe(f.observers...)
	defer f.tape.Observe()
	defer f.tape.ZeroGrad() // of a step that was not taken
	f.event.Tape = f.tape
	f.mark()
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
	e.Step = f.steps(f.loader.Cursor().Batch)
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
	asked := time.Now()
	for b, err := range f.loader.All(ctx) {
		if err != nil {
			return err
		}
		f.waited += time.Since(asked)
		if err := f.batch(b); err != nil {
			return err
		}
		asked = time.Now()
	}
	return f.endEpoch(ctx)
}

// batch trains on one batch, and takes a step if it is the last one of a group.
func (f *fit) batch(b *data.Batch) error {
	e, g := &f.event, &f.group
	if g.left == 0 {
		*g = group{left: min(f.accumulate-b.Number%f.accumulate, f.loader.Batches()-b.Number)}
		g.weight = 1 / float32(g.left)
	}
	loss, err := f.backward(b, g.weight)
	if err != nil {
		var d *DivergedError
		if errors.As(err, &d) {
			d.Epoch, d.Step = e.Epoch, e.Step+1
		}
		return err
	}
	n := b.X.Dim(0)
	g.samples += n
	g.sum += loss * float64(n)
	if g.left--; g.left > 0 {
		return nil
	}
	if err := f.schedule(); err != nil {
		return err
	}
	if err := f.tell(GradientsReady); err != nil {
		return err
	}
	if err := f.update(); err != nil {
		return err
	}
	f.sum += g.sum
	f.count += g.samples
	f.mark()
	e.Step++
	e.Samples += g.samples
	e.StepLoss, e.Loss = g.sum/float64(g.samples), f.sum/float64(f.count)
	if err := f.updateAverage(); err != nil {
		return fmt.Errorf("nn: Fit: %w", err)
	}
	if err := f.tell(StepEnd); err != nil {
		return err
	}
	if f.path != "" && f.every > 0 && e.Step%f.every == 0 && e.Step < e.Steps {
		return f.save(f.path)
	}
	return nil
}

// group is the batches of a step so far.
type group struct {
	left    int     // batches that are still to come
	weight  float32 // of the gradients of each
	samples int
	sum     float64 // of losses times samples
}

// place is where training stands after a whole step.
type place struct {
	cursor data.Cursor
	step   uint64 // of the tape
}

// mark notes that a checkpoint goes back to this place.
func (f *fit) mark() {
	f.place = place{f.loader.Cursor(), f.tape.Step()}
}

// steps returns the number of steps that so many batches of an epoch make.
func (f *fit) steps(batches int) int { return (batches + f.accumulate - 1) / f.accumulate }

// wrecked returns an error if the last step left a weight that is not finite.
func (f *fit) wrecked() error {
	for _, g := range f.Optimizer.Groups() {
		for _, p := range g.Params {
			if p.Value != nil && !finite(p.Value.Data()) {
				return &DivergedError{Epoch: f.event.Epoch, Step: f.event.Step, Loss: f.event.StepLoss, Op: fmt.Sprintf("parameter %q", p.Name)}
			}
		}
	}
	return nil
}

// endEpoch records a complete epoch.
func (f *fit) endEpoch(ctx context.Context) error {
	if err := f.wrecked(); err != nil {
		return err
	}
	r := EpochRecord{
		Epoch: f.event.Epoch, Loss: f.sum / float64(max(f.count, 1)), Samples: f.count,
		Seconds: (f.before + time.Since(f.started) - f.paused).Seconds(), Waiting: f.waited.Seconds(),
	}
	if f.validates {
		// The order of a shuffled loader follows the epoch, also after a resume.
		if err := f.validation.Seek(data.Cursor{Epoch: r.Epoch - 1}); err != nil {
			return fmt.Errorf("nn: Fit: validation: %w", err)
		}
		report, err := f.validate(ctx)
		if err != nil {
			return err
		}
		r.Validation = report.Values
	}
	r.Memory = memoryHeld()
	f.history.Epochs = append(f.history.Epochs, r)
	f.sum, f.count, f.before, f.waited, f.begun = 0, 0, 0, 0, false
	f.mark()
	// What callbacks change at the end of an epoch, such as learning rates, is
	// part of the checkpoint, also when they end training.
	err := f.tell(EpochEnd)
	if err != nil && !errors.Is(err, ErrStop) {
		return err
	}
	if f.path != "" {
		err = cmp.Or(f.save(f.path), err)
	}
	if f.keepDir != "" {
		err = cmp.Or(f.keep(), err)
	}
	return err
}

// memoryHeld returns how many bytes of the system's memory the process holds. All of it is
// the Go runtime's but for files that are mapped.
func memoryHeld() int64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return int64(s[0].Value.Uint64() - s[1].Value.Uint64())
}

// tell tells the callbacks, up to the first that fails; one that ends training
// keeps nothing from the others. Their time does not count as training.
func (f *fit) tell(k Kind) error {
	f.event.Kind = k
	if k != FitBegin && k != FitEnd {
		f.event.Elapsed = time.Since(f.started) - f.paused
	}
	before := time.Now()
	var stop error
	for _, c := range f.callbacks {
		err := c(&f.event)
		if err != nil && !errors.Is(err, ErrStop) {
			return err
		}
		stop = cmp.Or(stop, err)
	}
	f.paused += time.Since(before)
	return stop
}

// Step trains on one batch and returns its loss. Once it has run, it allocates
// nothing. It is what [Trainer.Fit] does for every batch if gradients are not
// accumulated; a loss that is not finite is a [*DivergedError], and no step is
// taken.
func (t *Trainer) Step(b *data.Batch) (loss float64, err error) {
	if err := t.complete(); err != nil {
		return 0, err
	}
	loss, err = t.backward(b, 1)
	if err == nil {
		err = t.update()
	}
	return loss, err
}

// backward computes the loss of a batch and adds its gradients, times weight, to
// those on the tape. If it fails it drops all of them.
func (t *Trainer) backward(b *data.Batch, weight float32) (loss float64, err error) {
	if t.tape == nil {
		t.tape = grad.NewTape(grad.Training, t.Seed)
	}
	done := false
	defer t.finish(&err, &done)
	v := t.compute(b)
	if err := t.tape.Err(); err != nil {
		return 0, err
	}
	if v == nil || v.Tape() != t.tape {
		return 0, errors.New("nn: Fit: Compute returns nil or a result of another tape, want one of the tape it gets")
	}
	if n := v.Data().Len(); n != 1 {
		return 0, fmt.Errorf("nn: Fit: loss has shape %v, want a single number", v.Shape())
	}
	loss = float64(v.Data().Item())
	if math.IsNaN(loss) || math.IsInf(loss, 0) {
		return loss, t.diverged(b, loss)
	}
	t.weight[0] = weight
	if err := v.BackwardFrom(t.seed.Bind(t.weight[:], v.Shape())); err != nil {
		return loss, err
	}
	done = true
	return loss, nil
}

func (t *Trainer) compute(b *data.Batch) *grad.Var {
	if t.Compute != nil {
		return t.Compute(t.tape, b)
	}
	return t.Loss(t.Model.Forward(feed(t.tape, b.X, b.More)), b.Y)
}

// feed puts the inputs of a batch on a tape: one, or several as a tuple.
func feed(t *grad.Tape, x *tensor.Tensor, more []*tensor.Tensor) *grad.Var {
	v := t.Input(x)
	if len(more) == 0 {
		return v
	}
	var few [16]*grad.Var // more than that cost an allocation
	parts := append(few[:0], v)
	for _, x := range more {
		parts = append(parts, t.Input(x))
	}
	return grad.Tuple(parts...)
}

// update takes a step with the gradients on the tape, or drops them.
func (t *Trainer) update() error {
	err := t.Optimizer.Step(t.tape)
	if err != nil {
		t.tape.ZeroGrad()
	}
	return err
}

// finish ends a pass over a batch, and drops all gradients unless it was done. If
// user code tripped over a result that an earlier mistake left empty, that mistake
// is the error.
func (t *Trainer) finish(err *error, done *bool) {
	if t.tape.Err() != nil {
		if r := recover(); r != nil {
			*err = t.tape.Err()
		}
	}
	if !*done {
		t.tape.ZeroGrad()
	}
	t.tape.Reset()
}
