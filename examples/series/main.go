// Command series tells time series apart: which gesture, which speaker, which season.
// Without arguments it works offline, on signals that it makes itself.
//
//	go run ./examples/series                                      # made signals
//	go run ./examples/series -data DIR -set JapaneseVowels        # files of the UCR/UEA archive
//	go run ./examples/series -data DIR -set GunPoint -model gru
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/series"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/examples/series/signals"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/nn/progress"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/rnn"
)

// config is what the flags say.
type config struct {
	cli.Training
	set   string
	model string
}

func main() { cli.Main("series", run) }

func run(ctx context.Context, args []string) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	return c.train(ctx)
}

// models are the networks.
var models = []string{"cnn", "lstm", "gru"}

// parse reads the flags.
func parse(args []string) (*config, error) {
	c := &config{Training: cli.Training{Epochs: 100, Batch: 16, LR: 0.003}}
	f := c.Flags("series", "`folder` with the files NAME_TRAIN.ts and NAME_TEST.ts, NAME being that of -set")
	f.Lookup("epochs").Usage += " (on made signals by default 8)"
	f.StringVar(&c.set, "set", "", "`name` of the set in -data")
	f.StringVar(&c.model, "model", "cnn", "network: "+strings.Join(models, ", "))
	if err := c.Parse(args); err != nil {
		return nil, err
	}
	switch {
	case (c.set == "") != (c.Data == ""):
		return nil, errors.New("-data DIR and -set NAME go together")
	case !slices.Contains(models, c.model):
		return nil, fmt.Errorf("-model %q, want one of %s", c.model, strings.Join(models, ", "))
	}
	if c.Data == "" && !c.Given("epochs") {
		c.Epochs = 8
	}
	return c, nil
}

// network returns a network for series of so many channels. The convolutional one is
// after the fully convolutional network of Wang, Yan and Oates 2017 (arXiv
// 1611.06455), with half of its channels; the recurrent ones read a series from both
// of its ends.
func network(model string, channels, classes int) *nn.Sequential {
	if model == "cnn" {
		block := func(in, out, kernel int) *nn.Sequential {
			return nn.Seq(conv.New1D(in, out, kernel, conv.Same, conv.NoBias), nn.NewBatchNorm(out), nn.ReLU)
		}
		return nn.Seq(
			block(channels, 64, 7), block(64, 128, 5), block(128, 64, 3),
			conv.GlobalAvgPool, nn.NewDropout(0.2), nn.NewLinear(64, classes),
		)
	}
	const hidden = 64
	var layer rnn.Layer = rnn.NewLSTM(channels, hidden, rnn.Bidirectional)
	if model == "gru" {
		layer = rnn.NewGRU(channels, hidden, rnn.Bidirectional)
	}
	return nn.Seq(layer, rnn.Max, nn.NewDropout(0.2), nn.NewLinear(2*hidden, classes))
}

// collections returns the series to train and to test with.
func (c *config) collections() (train, test *series.Collection, err error) {
	if c.Data == "" {
		fmt.Println("No -data given: learning signals that a program made.")
		return signals.Make(2000, c.Seed), signals.Make(1000, c.Seed+1), nil
	}
	if train, err = series.Load(filepath.Join(c.Data, c.set+"_TRAIN.ts")); err != nil {
		return nil, nil, err
	}
	if test, err = series.Load(filepath.Join(c.Data, c.set+"_TEST.ts")); err != nil {
		return nil, nil, err
	}
	switch {
	case len(train.Names) < 2:
		return nil, nil, fmt.Errorf("%s has no classes", c.set)
	case !slices.Equal(train.Names, test.Names):
		return nil, nil, fmt.Errorf("%s has the classes %q to train and %q to test with", c.set, train.Names, test.Names)
	}
	return train, test, nil
}

// prepared is a data set to learn from.
type prepared struct {
	name        string
	channels    int
	train, test data.Dataset
}

// prepare brings the channels to mean 0 and deviation 1 and all series to one length:
// convolutions see zeros at the end of shorter ones, recurrent layers their length.
func (c *config) prepare() (*prepared, error) {
	train, test, err := c.collections()
	if err != nil {
		return nil, err
	}
	scaler, err := series.FitScaler(train)
	if err != nil {
		return nil, err
	}
	p := &prepared{name: train.Name, channels: train.Channels()}
	options := []series.Option{series.Steps(max(train.Longest(), test.Longest())), series.MissingAs(0)}
	if c.model == "cnn" {
		options = append(options, series.ChannelsFirst)
	} else {
		options = append(options, series.Lengths)
	}
	for _, part := range []struct {
		from *series.Collection
		to   *data.Dataset
	}{{train, &p.train}, {test, &p.test}} {
		scaled, err := scaler.Apply(part.from)
		if err != nil {
			return nil, err
		}
		*part.to = scaled.Dataset(options...)
	}
	return p, nil
}

// train trains, tests and saves a network, and shows what came of it.
func (c *config) train(ctx context.Context) error {
	if err := c.Prepare(); err != nil {
		return err
	}
	p, err := c.prepare()
	if err != nil {
		return err
	}
	classes := p.train.Spec().ClassNames
	net, err := nn.Init(c.Seed, network(c.model, p.channels, len(classes)))
	if err != nil {
		return err
	}
	loader := data.NewLoader(p.train, data.BatchSize(c.Batch), data.Shuffle(c.Seed))
	test := data.NewLoader(p.test, data.BatchSize(256))
	fmt.Printf("%s: %d series to train on, %d to test with; samples are %v, %d classes\n",
		p.name, p.train.Len(), p.test.Len(), p.train.Spec().X, len(classes))
	t := nn.Trainer{
		Model: net, Loss: nn.CrossEntropy, Seed: c.Seed,
		Optimizer: optim.NewAdamW(nn.Params(net), c.LR, optim.WeightDecay(0.01), optim.ClipNorm(1)),
	}
	options := append(c.Checkpoint(p.name+"-"+c.model, 200),
		nn.Epochs(c.Epochs), nn.Validate(test, metric.Accuracy()),
		nn.ScheduleSteps(optim.OneCycle(c.Epochs*loader.Batches())),
		progress.Bar(os.Stderr))
	history, err := t.Fit(ctx, loader, options...)
	if err != nil {
		return err
	}
	return c.Finish(ctx, &cli.Trained{Model: c.model, Dataset: p.name, Trainer: &t, History: history, Test: test})
}
