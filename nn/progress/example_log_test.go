package progress_test

import (
	"log/slog"
	"os"
	"time"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/progress"
)

// The logger leaves the time out here, so that the output is always the same.
func ExampleLog() {
	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	callback := progress.Log(logger)
	// history, err := trainer.Fit(ctx, loader, nn.Epochs(100), callback)

	history := &nn.History{Epochs: []nn.EpochRecord{{
		Epoch: 1, Loss: 0.6931, Samples: 10000, Seconds: 12.5,
		Validation: map[string]float64{"accuracy": 0.5312},
	}}}
	for _, kind := range []nn.Kind{nn.FitBegin, nn.EpochEnd, nn.FitEnd} {
		if err := callback(&nn.Event{Kind: kind, Epoch: 1, Epochs: 1, Steps: 157, History: history}); err != nil {
			panic(err)
		}
	}
	// Output:
	// level=INFO msg="training begins" epochs=1 steps=157
	// level=INFO msg=epoch epoch=1 epochs=1 loss=0.6931 samples=10000 seconds=12.5 waiting=0 memory=0 validation.accuracy=0.5312
	// level=INFO msg="training ends" epochs=1
}

// The bar of a terminal of 100 columns, a quarter of the way through an epoch.
func ExampleWidth() {
	callback := progress.Bar(os.Stdout, progress.Width(100))
	for _, e := range []*nn.Event{
		{Kind: nn.FitBegin, Epoch: 1, Epochs: 10},
		{Kind: nn.StepEnd, Epoch: 1, Epochs: 10, Step: 50, Steps: 200, Samples: 3200, Elapsed: 4 * time.Second, Loss: 0.6931},
	} {
		if err := callback(e); err != nil {
			panic(err)
		}
	}
	// Output: epoch  1/10 [=======>                      ]  50/200  loss 0.6931  800 samples/s  0:12 left
}
