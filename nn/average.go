package nn

import (
	"context"
	"errors"

	"github.com/gannet-ml/gannet/optim"
)

// AverageSteps updates an average of the weights after every step, which is meant
// for [optim.NewEMA]. Validation measures the averages, and a [Checkpoint] holds
// them. Callbacks, and the network after Fit, have the weights themselves: Swap
// exchanges them.
//
//	ema := optim.NewEMA(nn.Params(net), 0.999)
//	_, err := trainer.Fit(ctx, loader, nn.Epochs(100), nn.AverageSteps(ema))
//	ema.Swap() // the network predicts with the averages
func AverageSteps(a *optim.Average) Option {
	return option(func(f *fit) { f.average, f.averageFrom = a, 0 })
}

// AverageEpochs updates an average of the weights after every epoch from number
// first on, 1 being the first of all, which is meant for [optim.NewSWA]. It does
// with it what [AverageSteps] does. The statistics of batch normalisation that the
// network has do not belong to such an average: [UpdateNorms] finds others after
// the final Swap, while validation uses them as they are.
//
//	swa := optim.NewSWA(nn.Params(net))
//	_, err := trainer.Fit(ctx, loader, nn.Epochs(100), nn.AverageEpochs(swa, 76))
//	swa.Swap()
//	err = nn.UpdateNorms(ctx, net, loader)
func AverageEpochs(a *optim.Average, first int) Option {
	return option(func(f *fit) { f.average, f.averageFrom = a, max(first, 1) })
}

// errSwapped is about a callback, or a program, that forgot to swap back.
var errSwapped = errors.New("the network has the averages of its weights; Swap them back")

// updateAverage takes the weights after a step into the average. That of epochs
// is updated by their last step, before anything can be cancelled.
func (f *fit) updateAverage() error {
	e := &f.event
	if f.average == nil || f.averageFrom > 0 && (e.Epoch < f.averageFrom || e.Step < e.Steps) {
		return nil
	}
	return f.average.Update()
}

// validate evaluates the network with the averages, if there are any.
func (f *fit) validate(ctx context.Context) (*Report, error) {
	if f.average != nil {
		f.average.Swap()
		defer f.average.Swap()
	}
	return f.Evaluate(ctx, f.validation, f.metrics...)
}
