package nn_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
)

// stripesTrainer returns a trainer of a network for pictures of stripes.
func stripesTrainer(lr float64) *nn.Trainer {
	net, err := nn.Init(1, nn.Seq(
		conv.New2D(1, 4, 3, conv.Same), nn.NewBatchNorm(4), nn.ReLU,
		conv.MaxPool2D(2), nn.Flatten, nn.NewLinear(4*4*4, 2),
	))
	if err != nil {
		log.Fatal(err)
	}
	return &nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewAdam(nn.Params(net), lr)}
}

// rate prints the learning rate at the end of every epoch.
func rate(e *nn.Event) error {
	if e.Kind == nn.EpochEnd {
		fmt.Printf("%.4f ", e.Trainer.Optimizer.Groups()[0].LR)
	}
	return nil
}

// The rate rises to its peak, 0.01, and falls to almost nothing.
func ExampleScheduleSteps() {
	loader := data.NewLoader(stripes(), data.BatchSize(8), data.Shuffle(1))
	_, err := stripesTrainer(0.01).Fit(context.Background(), loader, nn.Epochs(5),
		nn.ScheduleSteps(optim.OneCycle(5*loader.Batches())), nn.Callback(rate))
	fmt.Println(err)
	// Output: 0.0072 0.0095 0.0061 0.0019 0.0000 <nil>
}

func ExampleScheduleEpochs() {
	loader := data.NewLoader(stripes(), data.BatchSize(8), data.Shuffle(1))
	_, err := stripesTrainer(0.01).Fit(context.Background(), loader, nn.Epochs(5),
		nn.ScheduleEpochs(optim.Step(2, 0.1)), nn.Callback(rate))
	fmt.Println(err)
	// Output: 0.0100 0.0100 0.0010 0.0010 0.0001 <nil>
}

// A loss must fall by half in an epoch here, else the rate does.
func ExampleReduceOnPlateau() {
	loader := data.NewLoader(stripes(), data.BatchSize(8), data.Shuffle(1))
	_, err := stripesTrainer(1e-9).Fit(context.Background(), loader, nn.Epochs(4),
		nn.Validate(data.NewLoader(stripes())),
		nn.ReduceOnPlateau(nn.Lowest("loss"), 0.1, 0, nn.PlateauThreshold(0.5)),
		nn.Callback(func(e *nn.Event) error {
			if e.Kind == nn.EpochEnd {
				fmt.Printf("%.0e ", e.Trainer.Optimizer.Groups()[0].LR)
			}
			return nil
		}))
	fmt.Println(err)
	// Output: 1e-09 1e-09 1e-10 1e-11 <nil>
}

// Validation, and the network after Swap, use the average of the weights.
func ExampleAverageSteps() {
	ctx, trainer := context.Background(), stripesTrainer(0.01)
	ema := optim.NewEMA(nn.Params(trainer.Model), 0.9)
	loader, test := data.NewLoader(stripes(), data.BatchSize(8), data.Shuffle(1)), data.NewLoader(stripes())
	h, err := trainer.Fit(ctx, loader, nn.Epochs(5), nn.Validate(test), nn.AverageSteps(ema))
	if err != nil {
		log.Fatal(err)
	}
	ema.Swap()
	r, err := trainer.Evaluate(ctx, test)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(ema.Updates(), "updates; the same loss:", r.Values["loss"] == h.Last().Validation["loss"])
	// Output: 40 updates; the same loss: true
}

// Stochastic weight averaging: the mean of the weights after the last three epochs,
// and statistics of batch normalisation that belong to it.
func ExampleAverageEpochs() {
	ctx, trainer := context.Background(), stripesTrainer(0.01)
	swa := optim.NewSWA(nn.Params(trainer.Model))
	loader := data.NewLoader(stripes(), data.BatchSize(8), data.Shuffle(1))
	if _, err := trainer.Fit(ctx, loader, nn.Epochs(8), nn.AverageEpochs(swa, 6)); err != nil {
		log.Fatal(err)
	}
	swa.Swap()
	if err := nn.UpdateNorms(ctx, trainer.Model, loader); err != nil {
		log.Fatal(err)
	}
	r, err := trainer.Evaluate(ctx, data.NewLoader(stripes()))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(swa.Updates(), "updates; loss below 0.1:", r.Values["loss"] < 0.1)
	// Output: 3 updates; loss below 0.1: true
}

func ExampleUpdateNorms() {
	norm := nn.NewBatchNorm(1)
	net, err := nn.Init(1, nn.Seq(norm))
	if err != nil {
		log.Fatal(err)
	}
	if err := nn.UpdateNorms(context.Background(), net, data.NewLoader(stripes(), data.BatchSize(16))); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("mean %.2f, variance %.2f\n", norm.RunningMean.Value.Data(), norm.RunningVar.Value.Data())
	// Output: mean [0.49], variance [0.34]
}

// The search leaves the network as it was.
func ExampleFindRate() {
	trainer := stripesTrainer(0.01)
	loader := data.NewLoader(stripes(), data.BatchSize(8), data.Shuffle(1))
	curve, err := nn.FindRate(context.Background(), trainer, loader, 1e-6, 1, 60)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("between 0.001 and 0.1:", curve.Suggestion > 0.001 && curve.Suggestion < 0.1)
	// Output: between 0.001 and 0.1: true
}
