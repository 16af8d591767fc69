// Command mnist trains a small convolutional network to read handwritten digits, or
// to tell ten kinds of clothes apart. Without arguments it works offline, on digits
// that it draws itself.
//
//	go run ./examples/mnist                              # drawn digits
//	go run ./examples/mnist -data DIR                    # MNIST
//	go run ./examples/mnist -set fashion -data DIR       # Fashion-MNIST
//	go run ./examples/mnist -download                    # either of them, fetched first
//	go run ./examples/mnist -predict PICTURE -load MODEL
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/mnist"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/examples/mnist/digits"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/nn/progress"
	"github.com/gannet-ml/gannet/optim"
)

// config is what the flags say.
type config struct {
	cli.Training
	set      string
	download bool
	predict  cli.Prediction
}

func main() { cli.Main("mnist", run) }

func run(ctx context.Context, args []string) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	if c.predict.Sample != "" {
		return cli.Classify(ctx, os.Stdout, c.predict.Sample, c.predict.Model)
	}
	return c.train(ctx)
}

// parse reads the flags.
func parse(args []string) (*config, error) {
	c := &config{Training: cli.Training{Batch: 128, LR: 0.004}}
	f := c.Flags("mnist", "`folder` with the four files of MNIST or Fashion-MNIST")
	f.Lookup("epochs").Usage += " (default 4 on MNIST, 20 on Fashion-MNIST, 3 on drawn digits)"
	f.StringVar(&c.set, "set", "digits", "what the pictures show: digits or fashion")
	f.BoolVar(&c.download, "download", false, "fetch the files into -data, or else the user's cache folder")
	c.predict.Flags(f, "classify this `picture` (PNG or JPEG)")
	if err := c.Parse(args); err != nil {
		return nil, err
	}
	switch {
	case c.set != "digits" && c.set != "fashion":
		return nil, fmt.Errorf("-set %q, want digits or fashion", c.set)
	case c.set == "fashion" && c.Data == "" && !c.download && c.predict.Sample == "":
		return nil, errors.New("-set fashion needs -data or -download")
	case c.Given("epochs"):
	case c.Data == "" && !c.download:
		c.Epochs = 3
	case c.set == "digits":
		c.Epochs = 4
	default:
		c.Epochs = 20
	}
	return c, c.predict.Check()
}

// pictures is a data set with what training needs to know of it.
type pictures struct {
	name        string
	train, test *data.ImageSet
	mean, std   []float32
	augment     data.Pipeline // what may happen to a picture without its class changing
}

// pictures returns MNIST, Fashion-MNIST or drawn digits.
func (c *config) pictures(ctx context.Context) (*pictures, error) {
	// Digits may be turned and slanted a little; clothes may be mirrored, digits not.
	digit := data.Pipeline{data.RandomAffine(10, data.Translate(0.1, 0.1), data.Scale(0.9, 1.1), data.Bilinear)}
	cloth := data.Pipeline{data.RandomCrop(28, 2), data.RandomHorizontalFlip(0.5)}
	p := &pictures{name: "mnist", mean: mnist.Mean, std: mnist.Std, augment: digit}
	load, fetch := mnist.Load, mnist.Download
	if c.set == "fashion" {
		p = &pictures{name: "fashion-mnist", mean: mnist.FashionMean, std: mnist.FashionStd, augment: cloth}
		load, fetch = mnist.LoadFashion, mnist.DownloadFashion
	}
	dir := c.Data
	if c.download {
		var err error
		dir, err = fetch(ctx, dir, func(file string, done, total int64) {
			fmt.Fprintf(os.Stderr, "\rdownloading %s: %d of %d KB ", file, done>>10, total>>10)
		})
		fmt.Fprintln(os.Stderr)
		if err != nil {
			return nil, err
		}
	}
	if dir == "" {
		fmt.Println("No -data given: training on digits drawn by a program, not written by hand.")
		p.name = "drawn-digits"
		p.train, p.test = data.Images(digits.Make(6000, c.Seed)), data.Images(digits.Make(1000, c.Seed+1))
		return p, nil
	}
	train, test, err := load(dir)
	if err != nil {
		return nil, err
	}
	p.train, p.test = train.(*data.ImageSet), test.(*data.ImageSet)
	return p, nil
}

// network returns six convolutions of 3×3, each with batch normalisation and ReLU,
// while pictures shrink from 28×28 to 3×3.
func network(classes int) *nn.Sequential {
	block := func(in, out int) *nn.Sequential {
		return nn.Seq(conv.New2D(in, out, 3, conv.Same, conv.NoBias), nn.NewBatchNorm(out), nn.ReLU)
	}
	return nn.Seq(
		block(1, 16), block(16, 16), conv.MaxPool2D(2),
		block(16, 32), block(32, 32), conv.MaxPool2D(2),
		block(32, 64), block(64, 64), conv.MaxPool2D(2),
		nn.Flatten, nn.NewDropout(0.2), nn.NewLinear(64*3*3, classes),
	)
}

// train trains, tests and saves a network, and shows what came of it.
func (c *config) train(ctx context.Context) error {
	if err := c.Prepare(); err != nil {
		return err
	}
	p, err := c.pictures(ctx)
	if err != nil {
		return err
	}
	classes := p.train.Spec().ClassNames
	net, err := nn.Init(c.Seed, network(len(classes)))
	if err != nil {
		return err
	}
	prepared := data.Pipeline{data.Resize(28, 28), data.Normalize(p.mean, p.std)}
	loader := data.NewLoader(data.Map(p.train, p.augment, data.Normalize(p.mean, p.std)),
		data.BatchSize(c.Batch), data.Shuffle(c.Seed))
	test := data.NewLoader(data.Map(p.test, prepared), data.BatchSize(250))
	fmt.Printf("%d pictures to train on, %d to test with\n", p.train.Len(), p.test.Len())

	t := nn.Trainer{
		Model: net, Loss: nn.CrossEntropy, Seed: c.Seed,
		Optimizer: optim.NewAdamW(nn.Params(net), c.LR, optim.WeightDecay(0.01)),
	}
	options := append(c.Checkpoint(p.name, 200),
		nn.Epochs(c.Epochs), nn.Validate(test, metric.Accuracy()),
		nn.ScheduleSteps(optim.OneCycle(c.Epochs*loader.Batches())),
		progress.Bar(os.Stderr))
	history, err := t.Fit(ctx, loader, options...)
	if err != nil {
		return err
	}

	return c.Finish(ctx, &cli.Trained{
		Model: "cnn", Dataset: p.name, Trainer: &t, History: history, Test: test, Pictures: p.test, Preprocess: prepared,
	})
}
