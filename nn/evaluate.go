package nn

import (
	"context"
	"errors"
	"fmt"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Report is what [Trainer.Evaluate] measured.
type Report struct {
	Samples int
	// Values holds the mean loss under "loss", if the trainer has a Loss, and
	// the value of each metric under its name.
	Values map[string]float64
}

// Evaluate measures the network, in evaluation mode, on one pass through the
// loader: the loss, and the metrics, which it resets first. It changes neither
// the network nor the state of training.
func (t *Trainer) Evaluate(ctx context.Context, loader *data.Loader, metrics ...Metric) (*Report, error) {
	if t.Model == nil {
		return nil, errors.New("nn: Evaluate: the Trainer has no Model")
	}
	if loader == nil {
		return nil, errors.New("nn: Evaluate: the loader is nil")
	}
	// A pass that was broken off may have left the loader inside of an epoch.
	if err := loader.Seek(data.Cursor{Epoch: loader.Cursor().Epoch}); err != nil {
		return nil, fmt.Errorf("nn: Evaluate: %w", err)
	}
	p, err := NewPredictor(t.Model, loader.Spec().X, loader.Spec().More...)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	for _, m := range metrics {
		m.Reset()
	}
	r := &Report{Values: map[string]float64{}}
	tape := grad.NewTape(grad.Evaluation, 0)
	var y tensor.Tensor
	var buf []float32
	var sum float64
	for b, err := range loader.All(ctx) {
		if err != nil {
			return nil, err
		}
		n := b.X.Dim(0)
		size := n * p.out.Size()
		if cap(buf) < size {
			buf = make([]float32, size)
		}
		y.Bind(buf[:size], append(tensor.Shape{n}, p.out...))
		if err := p.PredictInto(ctx, &y, b.X, b.More...); err != nil {
			return nil, err
		}
		if t.Loss != nil {
			loss, err := t.measure(tape, &y, b.Y)
			if err != nil {
				return nil, err
			}
			sum += loss * float64(n)
		}
		for _, m := range metrics {
			if err := m.Update(&y, b.Y); err != nil {
				return nil, fmt.Errorf("nn: Evaluate: %w", err)
			}
		}
		r.Samples += n
	}
	if t.Loss != nil && r.Samples > 0 {
		r.Values["loss"] = sum / float64(r.Samples)
	}
	for _, m := range metrics {
		r.Values[m.Name()] = m.Value()
	}
	return r, nil
}

// measure returns the loss of the outputs y.
func (t *Trainer) measure(tape *grad.Tape, y *tensor.Tensor, target tensor.Any) (loss float64, err error) {
	defer func() {
		if e := tape.Err(); e != nil { // user code may have tripped over an empty result
			recover()
			err = e
		}
		tape.Reset()
	}()
	l := t.Loss(tape.Input(y), target)
	if tape.Err() != nil {
		return 0, tape.Err()
	}
	if l.Data().Len() != 1 {
		return 0, fmt.Errorf("nn: Evaluate: loss has shape %v, want a single number", l.Shape())
	}
	return float64(l.Data().Item()), nil
}
