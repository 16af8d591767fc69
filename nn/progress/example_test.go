package progress_test

import (
	"os"
	"time"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/progress"
)

// The callback is given to Fit. Here it is told of a first epoch by hand.
func ExampleBar() {
	callback := progress.Bar(os.Stdout, progress.Every(time.Minute))
	// history, err := trainer.Fit(ctx, loader, nn.Epochs(100), callback)

	history := &nn.History{Epochs: []nn.EpochRecord{{
		Epoch: 1, Loss: 0.6931, Samples: 10000, Seconds: 12.5,
		Validation: map[string]float64{"accuracy": 0.5312},
	}}}
	for _, kind := range []nn.Kind{nn.FitBegin, nn.EpochBegin, nn.EpochEnd, nn.FitEnd} {
		if err := callback(&nn.Event{Kind: kind, Epoch: 1, Epochs: 1, History: history}); err != nil {
			panic(err)
		}
	}
	// Output:
	// epoch 1/1  loss 0.6931  validation accuracy 0.5312  12.5s  800 samples/s
	// trained 1 epoch in 0.0s
}
