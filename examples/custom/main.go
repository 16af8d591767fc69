// Command custom shows how to extend the library: with an operation, layers, a block,
// a loss, a metric and a training loop of one's own. With these it learns to read
// digits that it draws itself, of which a part has wrong labels.
//
//	go run ./examples/custom
//	go run ./examples/custom -loss cross-entropy    # for comparison
//	go run ./examples/custom -loop                  # the loop in loop.go in place of a Trainer
package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/examples/mnist/digits"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/nn/plot"
	"github.com/gannet-ml/gannet/nn/progress"
	"github.com/gannet-ml/gannet/optim"
)

// The number of digits to train on and to test with.
const trainDigits, testDigits = 3000, 1000

// config is what the flags say.
type config struct {
	cli.Training
	loss  string
	wrong float64
	loop  bool
}

// losses are those that -loss names.
var losses = map[string]nn.Loss{"gce": GCE(0.7), "cross-entropy": nn.CrossEntropy}

func main() { cli.Main("custom", run) }

func run(ctx context.Context, args []string) error {
	c := &config{Training: cli.Training{Epochs: 12, Batch: 32, LR: 0.004}}
	f := c.Flags("custom", "")
	f.StringVar(&c.loss, "loss", "gce", "gce, which copes with wrong labels, or cross-entropy")
	f.Float64Var(&c.wrong, "wrong", 0.4, "share of the labels to train with that are wrong")
	f.BoolVar(&c.loop, "loop", false, "train with a loop of our own, without checkpoints")
	if err := c.Parse(args); err != nil {
		return err
	}
	switch {
	case losses[c.loss] == nil:
		return fmt.Errorf("-loss %q, want gce or cross-entropy", c.loss)
	case !(c.wrong >= 0 && c.wrong < 1):
		return fmt.Errorf("-wrong %v, want at least 0 and less than 1", c.wrong)
	case c.loop && c.Resume:
		return errors.New("-loop writes no checkpoints from which to -resume")
	}
	if err := c.Prepare(); err != nil {
		return err
	}
	return train(ctx, c)
}

// network returns a network for grey pictures, not yet initialised.
func network(classes int) *nn.Sequential {
	const width, pieces = 16, 2
	return nn.Seq(
		conv.New2D(1, pieces*width, 3, conv.Same), &Maxout{pieces}, conv.MaxPool2D(2),
		NewBlock(width, pieces), conv.MaxPool2D(2),
		NewBlock(width, pieces), nn.Flatten,
		nn.NewLinear(width*7*7, classes),
	)
}

// result is the report.
type result struct {
	Model           string  `json:"model"`
	Dataset         string  `json:"dataset"`
	Loss            string  `json:"loss"`
	Epochs          int     `json:"epochs"`
	Seed            uint64  `json:"seed"`
	TrainLoss       float64 `json:"train_loss"` // mean over the last epoch
	TestAccuracy    float64 `json:"test_accuracy"`
	Metric          string  `json:"metric"`
	Value           float64 `json:"value"`
	ImagesPerSecond float64 `json:"images_per_second"` // of training, in the last epoch
	Parameters      int     `json:"parameters"`
	Seconds         float64 `json:"seconds"` // of training, all epochs
}

// pictures returns the digits: to train with, of whose labels a share is wrong, and
// to test with.
func pictures(seed uint64, n int, wrong float64, preprocess data.Pipeline) (train, test data.Dataset) {
	x, y, classes := digits.Make(n, seed)
	for i := range n {
		r := rand.New(rand.NewPCG(^seed, uint64(i)))
		if r.Float64() < wrong {
			y.Set((y.At(i)+1+r.IntN(len(classes)-1))%len(classes), i)
		}
	}
	return data.Map(data.Images(x, y, classes), preprocess), data.Map(data.Images(digits.Make(testDigits, seed+1)), preprocess)
}

// train trains the network, saves it, loads it again and tests what was loaded.
func train(ctx context.Context, c *config) error {
	half := []float32{0.5}
	preprocess := data.Pipeline{data.Normalize(half, half)}
	samples, test := pictures(c.Seed, trainDigits, c.wrong, preprocess)
	spec := samples.Spec()
	net, err := nn.Init(c.Seed, network(spec.Classes))
	if err != nil {
		return err
	}
	overview, err := nn.Summary(net, spec.X)
	if err != nil {
		return err
	}
	fmt.Printf("%d digits to train on, %.0f %% of them with wrong labels, %d to test with; %d parameters, loss %s\n",
		samples.Len(), 100*c.wrong, test.Len(), overview.Trainable, c.loss)
	t := &training{
		net: net, loss: losses[c.loss], epochs: c.Epochs, seed: c.Seed,
		optimize: optim.NewAdamW(nn.Params(net), c.LR, optim.ClipNorm(1)),
		loader:   data.NewLoader(samples, data.BatchSize(c.Batch), data.Shuffle(c.Seed)),
	}
	t.schedule = optim.Cosine(c.Epochs*t.loader.Batches(), 0)
	history, err := c.fit(ctx, t, data.NewLoader(test, data.BatchSize(250)))
	if err != nil {
		return err
	}
	model := c.File("custom.safetensors")
	if err := nn.Save(model, net, nn.Info{Input: spec.X, Classes: spec.ClassNames, Preprocess: preprocess}); err != nil {
		return err
	}
	loaded, _, err := nn.Load(model)
	if err != nil {
		return err
	}
	sure := &SelectiveAccuracy{Coverage: 0.9}
	tester := nn.Trainer{Model: loaded}
	report, err := tester.Evaluate(ctx, data.NewLoader(test, data.BatchSize(250)), metric.Accuracy(), sure)
	if err != nil {
		return err
	}
	last := history.Last()
	r := result{
		Model: "maxout", Dataset: "digits", Loss: c.loss, Epochs: last.Epoch, Seed: c.Seed, TrainLoss: last.Loss,
		TestAccuracy: report.Values["accuracy"], Metric: sure.Name(), Value: sure.Value(),
		ImagesPerSecond: float64(last.Samples) / last.Seconds, Parameters: overview.Trainable,
	}
	for _, e := range history.Epochs {
		r.Seconds += e.Seconds
	}
	fmt.Printf("accuracy on the test digits %.1f %%, on the 90 %% that the network is surest of %.1f %%; %.0f images/s, %.0f s\n",
		100*r.TestAccuracy, 100*r.Value, r.ImagesPerSecond, r.Seconds)
	if c.JSON != "" {
		if err := cli.WriteJSON(c.JSON, []result{r}); err != nil {
			return err
		}
	}
	return plot.Curves(c.File("learning-curves.png"), plot.Run{Name: c.loss, History: history})
}

// fit trains in the way that the flags say.
func (c *config) fit(ctx context.Context, t *training, test *data.Loader) (*nn.History, error) {
	if c.loop {
		return t.loop(ctx, func(e nn.EpochRecord) { fmt.Printf("epoch %d: loss %.4f\n", e.Epoch, e.Loss) })
	}
	opts := append(c.Checkpoint(fmt.Sprintf("%s-%v", c.loss, c.wrong), 50),
		nn.Validate(test, metric.Accuracy(), &SelectiveAccuracy{Coverage: 0.9}),
		progress.Bar(os.Stderr))
	return t.fit(ctx, opts...)
}
