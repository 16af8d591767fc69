package tensorboard

import (
	"maps"
	"slices"

	"github.com/gannet-ml/gannet/nn"
)

// Log returns a callback for nn.Trainer.Fit that writes, under the number of the
// step since training began,
//
//   - "train/step_loss" and "train/learning_rate", of the first group, every so many
//     steps; 0 leaves them out,
//   - "train/loss" and "validation/…" at the end of every epoch, and then flushes.
func (w *Writer) Log(every int) nn.Callback {
	return func(e *nn.Event) error {
		step := (e.Epoch-1)*e.Steps + e.Step
		switch e.Kind {
		case nn.StepEnd:
			if every <= 0 || step%every != 0 {
				return nil
			}
			if err := w.Scalar("train/step_loss", step, e.StepLoss); err != nil {
				return err
			}
			return w.Scalar("train/learning_rate", step, e.Trainer.Optimizer.Groups()[0].LR)
		case nn.EpochEnd:
			r := e.History.Last()
			if err := w.Scalar("train/loss", step, r.Loss); err != nil {
				return err
			}
			for _, name := range slices.Sorted(maps.Keys(r.Validation)) {
				if err := w.Scalar("validation/"+name, step, r.Validation[name]); err != nil {
					return err
				}
			}
			return w.Flush()
		case nn.FitEnd:
			return w.Flush()
		}
		return nil
	}
}
