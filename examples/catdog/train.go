package main

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"io"
	"os"
	"text/tabwriter"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/cifar"
	"github.com/gannet-ml/gannet/examples/catdog/drawings"
	"github.com/gannet-ml/gannet/examples/catdog/networks"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/nn/plot"
	"github.com/gannet-ml/gannet/nn/progress"
	"github.com/gannet-ml/gannet/optim"
)

// The number of drawings to train on and to test with.
const trainDrawings, testDrawings = 2000, 600

// pictures is a data set with what a model needs to know of it.
type pictures struct {
	name        string
	train, test data.Dataset
	raw         *data.ImageSet // the test set as it comes
	preprocess  data.Pipeline
}

// pictures returns CIFAR-10's cats and dogs, or drawings of them.
func (c *config) pictures(ctx context.Context) (*pictures, error) {
	dir := c.Data
	if c.download {
		var err error
		dir, err = cifar.Download(ctx, dir, func(done, total int64) {
			of := ""
			if total >= 0 {
				of = fmt.Sprintf(" of %d", total>>20)
			}
			fmt.Fprintf(os.Stderr, "\rdownloading CIFAR-10: %d%s MB ", done>>20, of)
		})
		fmt.Fprintln(os.Stderr)
		if err != nil {
			return nil, err
		}
	}
	if dir != "" {
		train, test, err := cifar.Load(dir, cifar.Cat, cifar.Dog)
		if err != nil {
			return nil, err
		}
		return prepared("cifar-10", train.(*data.ImageSet), test.(*data.ImageSet), cifar.Mean, cifar.Std), nil
	}
	fmt.Println("No -data given: training on generated drawings of cats and dogs, not on photographs.")
	train, test := data.Images(drawings.Make(trainDrawings, c.Seed)), data.Images(drawings.Make(testDrawings, c.Seed+1))
	half := []float32{0.5}
	return prepared("drawings", train, test, half, half), nil
}

// prepared puts pictures through what a model's file says of it: a size, which
// these have already, and normalisation.
func prepared(name string, train, test *data.ImageSet, mean, std []float32) *pictures {
	in := train.Spec().X
	p := data.Pipeline{data.Resize(in[1], in[2]), data.Normalize(mean, std)}
	return &pictures{name: name, train: data.Map(train, p), test: data.Map(test, p), raw: test, preprocess: p}
}

// train trains and tests all models, and shows what came of it.
func train(ctx context.Context, c *config) error {
	if err := c.Prepare(); err != nil {
		return err
	}
	p, err := c.pictures(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%d pictures to train on, %d to test with; learning rate %v, batches of %d\n",
		p.train.Len(), p.test.Len(), c.LR, c.Batch)
	var results []*cli.Result
	var curves []plot.Run
	for _, m := range c.models {
		r, h, err := c.model(ctx, p, m)
		if err != nil {
			return fmt.Errorf("%s: %w", m, err)
		}
		results = append(results, r)
		if c.JSON != "" { // after each model, lest a later one takes it along
			if err := cli.WriteJSON(c.JSON, results); err != nil {
				return err
			}
		}
		curves = append(curves, plot.Run{Name: m, History: h})
	}
	fmt.Println()
	table(os.Stdout, p.raw.Spec().ClassNames, results)
	picture := c.File("learning-curves.png")
	if err := plot.Curves(picture, curves...); err != nil {
		return err
	}
	fmt.Printf("\nLearning curves: %s\n", picture)
	if c.JSON != "" {
		fmt.Printf("Report: %s\n", c.JSON)
	}
	return c.try(ctx, p)
}

// modelFile returns where a model is kept.
func (c *config) modelFile(name string) string { return c.File(name + ".safetensors") }

// model trains, tests and saves one model.
func (c *config) model(ctx context.Context, p *pictures, name string) (*cli.Result, *nn.History, error) {
	net, err := networks.New(name, len(p.raw.Spec().ClassNames), c.Seed)
	if err != nil {
		return nil, nil, err
	}
	overview, err := nn.Summary(net, p.train.Spec().X)
	if err != nil {
		return nil, nil, err
	}
	fmt.Printf("\n%s: %d parameters, %d epochs\n", name, overview.Trainable, c.passes(name))
	t := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewSGD(nn.Params(net), c.LR), Seed: c.Seed}
	test := data.NewLoader(p.test, data.BatchSize(256))
	opts := append(c.Checkpoint(name, 50),
		nn.Epochs(c.passes(name)), nn.Validate(test, metric.Accuracy()), progress.Bar(os.Stderr))
	history, err := t.Fit(ctx, data.NewLoader(p.train, data.BatchSize(c.Batch), data.Shuffle(c.Seed)), opts...)
	if err != nil {
		return nil, nil, err
	}
	r, err := cli.Measure(ctx, &t, history, test)
	if err != nil {
		return nil, nil, err
	}
	r.Model, r.Dataset, r.Seed = name, p.name, c.Seed
	err = nn.Save(c.modelFile(name), net, nn.Info{
		Input: p.train.Spec().X, Classes: p.raw.Spec().ClassNames, Preprocess: p.preprocess,
	})
	if err != nil {
		return nil, nil, err
	}
	return r, history, nil
}

// table prints the results of the test set.
func table(w io.Writer, classes []string, results []*cli.Result) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "model\taccuracy\tprecision\trecall\tF1\t%s right\t%s right\timages/s\tseconds\t\n", classes[0], classes[1])
	for _, r := range results {
		fmt.Fprintf(t, "%s\t%.1f %%\t%.3f\t%.3f\t%.3f\t%d of %d\t%d of %d\t%.0f\t%.0f\t\n",
			r.Model, 100*r.TestAccuracy, r.Precision, r.Recall, r.F1,
			r.Confusion[0][0], r.Confusion[0][0]+r.Confusion[0][1],
			r.Confusion[1][1], r.Confusion[1][0]+r.Confusion[1][1], r.ImagesPerSecond, r.Seconds)
	}
	t.Flush()
}

// try saves one test picture and classifies it with the first model, from the
// files, as a user would.
func (c *config) try(ctx context.Context, p *pictures) error {
	i := int(c.Seed % uint64(p.raw.Len()))
	picture := c.File("picture.png")
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, p.raw.At(i)); err != nil {
		return err
	}
	if err := os.WriteFile(picture, drawn.Bytes(), 0o644); err != nil {
		return err
	}
	label, err := p.raw.Label(i)
	if err != nil {
		return err
	}
	model := c.modelFile(c.models[0])
	fmt.Printf("\nTest picture %d, a %s:\n  go run ./examples/catdog -predict %s -load %s\n", i, p.raw.Spec().ClassNames[label], picture, model)
	return cli.Classify(ctx, os.Stdout, picture, model)
}
