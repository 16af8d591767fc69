package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// training is what it takes to train a network, by a Trainer or by a loop of our own.
type training struct {
	net      nn.Module
	loss     nn.Loss
	optimize optim.Optimizer
	schedule optim.Schedule // of steps
	loader   *data.Loader
	epochs   int
	seed     uint64
}

// fit trains with a Trainer.
func (t *training) fit(ctx context.Context, opts ...nn.Option) (*nn.History, error) {
	trainer := nn.Trainer{Model: t.net, Loss: t.loss, Optimizer: t.optimize, Seed: t.seed}
	opts = append(opts, nn.Epochs(t.epochs), nn.ScheduleSteps(t.schedule))
	return trainer.Fit(ctx, t.loader, opts...)
}

// loop trains with a loop of our own, and comes to the same bits as fit. The tape is
// made once: its memory is used again in every step. The optimizer clips gradients.
func (t *training) loop(ctx context.Context, report func(e nn.EpochRecord)) (*nn.History, error) {
	h := &nn.History{}
	tape := grad.NewTape(grad.Training, t.seed)
	step := 0
	for epoch := range t.epochs {
		e := nn.EpochRecord{Epoch: epoch + 1}
		start := time.Now()
		for batch, err := range t.loader.All(ctx) {
			if err != nil {
				return h, err
			}
			loss := t.loss(t.net.Forward(tape.Input(batch.X)), batch.Y)
			if err := loss.Backward(); err != nil { // also reports any mistake made on the way
				return h, err
			}
			n, v := batch.X.Dim(0), float64(loss.Data().Item())
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return h, fmt.Errorf("loss is %v at epoch %d, step %d", v, epoch+1, step+1)
			}
			if err := t.schedule.Apply(t.optimize, step); err != nil {
				return h, err
			}
			if err := t.optimize.Step(tape); err != nil { // takes the gradients off the tape
				return h, err
			}
			tape.Reset() // all results of the step are given back
			e.Loss += v * float64(n)
			e.Samples += n
			step++
		}
		if e.Samples == 0 {
			return h, errors.New("the loader has no batches")
		}
		e.Loss /= float64(e.Samples)
		e.Seconds = time.Since(start).Seconds()
		h.Epochs = append(h.Epochs, e)
		report(e)
	}
	return h, nil
}
