package main

import (
	"bytes"
	"context"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
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

// result is one model's part of the report.
type result struct {
	Model           string  `json:"model"`
	Dataset         string  `json:"dataset"`
	Epochs          int     `json:"epochs"`
	Seed            uint64  `json:"seed"`
	TrainLoss       float64 `json:"train_loss"` // mean over the last epoch
	TestAccuracy    float64 `json:"test_accuracy"`
	Precision       float64 `json:"precision"` // of class 1, dogs
	Recall          float64 `json:"recall"`
	F1              float64 `json:"f1"`
	Confusion       [][]int `json:"confusion"`         // rows are the truth, columns the prediction
	ImagesPerSecond float64 `json:"images_per_second"` // of training, in the last epoch
	Parameters      int     `json:"parameters"`
	Seconds         float64 `json:"seconds"` // of training, all epochs
}

// pictures is a data set with what a model needs to know of it.
type pictures struct {
	name        string
	train, test data.Dataset
	raw         *data.ImageSet // the test set as it comes
	preprocess  data.Pipeline
}

// pictures returns CIFAR-10's cats and dogs, or drawings of them.
func (c *config) pictures(ctx context.Context) (*pictures, error) {
	dir := c.data
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
	train, test := data.Images(drawings.Make(trainDrawings, c.seed)), data.Images(drawings.Make(testDrawings, c.seed+1))
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
	if err := os.MkdirAll(c.out, 0o755); err != nil {
		return err
	}
	if c.json != "" { // found out now, not after hours
		if err := cli.WriteJSON(c.json, []result{}); err != nil {
			return err
		}
	}
	p, err := c.pictures(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%d pictures to train on, %d to test with; learning rate %v, batches of %d\n",
		p.train.Len(), p.test.Len(), c.lr, c.batch)
	var results []result
	var curves []plot.Run
	for _, m := range c.models {
		r, h, err := c.model(ctx, p, m)
		if err != nil {
			return fmt.Errorf("%s: %w", m, err)
		}
		results = append(results, *r)
		if c.json != "" { // after each model, lest a later one takes it along
			if err := cli.WriteJSON(c.json, results); err != nil {
				return err
			}
		}
		curves = append(curves, plot.Run{Name: m, History: h})
	}
	fmt.Println()
	table(os.Stdout, p.raw.Spec().ClassNames, results)
	picture := filepath.Join(c.out, "learning-curves.png")
	if err := plot.Curves(picture, curves...); err != nil {
		return err
	}
	fmt.Printf("\nLearning curves: %s\n", picture)
	if c.json != "" {
		fmt.Printf("Report: %s\n", c.json)
	}
	return c.try(ctx, p)
}

// modelFile returns where a model is kept.
func (c *config) modelFile(name string) string { return filepath.Join(c.out, name+".safetensors") }

// model trains, tests and saves one model.
func (c *config) model(ctx context.Context, p *pictures, name string) (*result, *nn.History, error) {
	net, err := networks.New(name, len(p.raw.Spec().ClassNames), c.seed)
	if err != nil {
		return nil, nil, err
	}
	overview, err := nn.Summary(net, p.train.Spec().X)
	if err != nil {
		return nil, nil, err
	}
	fmt.Printf("\n%s: %d parameters, %d epochs\n", name, overview.Trainable, c.passes(name))
	t := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewSGD(nn.Params(net), c.lr), Seed: c.seed}
	test := data.NewLoader(p.test, data.BatchSize(256))
	checkpoint := filepath.Join(c.out, name+".checkpoint")
	opts := []nn.Option{
		nn.Epochs(c.passes(name)), nn.Validate(test, metric.Accuracy()),
		nn.Checkpoint(checkpoint, 50), progress.Bar(os.Stderr),
	}
	if c.resume {
		if _, err := os.Stat(checkpoint); err != nil {
			fmt.Printf("there is no checkpoint %s; training begins anew\n", checkpoint)
		}
		opts = append(opts, nn.Resume(checkpoint))
	}
	history, err := t.Fit(ctx, data.NewLoader(p.train, data.BatchSize(c.batch), data.Shuffle(c.seed)), opts...)
	if err != nil {
		return nil, nil, err
	}
	confusion := metric.ConfusionMatrix()
	report, err := t.Evaluate(ctx, test, metric.Accuracy(), metric.Precision(), metric.Recall(), metric.F1(), confusion)
	if err != nil {
		return nil, nil, err
	}
	err = nn.Save(c.modelFile(name), net, nn.Info{
		Input: p.train.Spec().X, Classes: p.raw.Spec().ClassNames, Preprocess: p.preprocess,
	})
	if err != nil {
		return nil, nil, err
	}
	last := history.Last()
	r := &result{
		Model: name, Dataset: p.name, Epochs: last.Epoch, Seed: c.seed, TrainLoss: last.Loss,
		TestAccuracy: report.Values["accuracy"], Precision: report.Values["precision"],
		Recall: report.Values["recall"], F1: report.Values["f1"], Confusion: confusion.Counts(),
		ImagesPerSecond: float64(last.Samples) / last.Seconds, Parameters: overview.Trainable,
	}
	for _, e := range history.Epochs {
		r.Seconds += e.Seconds
	}
	return r, history, nil
}

// table prints the results of the test set.
func table(w io.Writer, classes []string, results []result) {
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
	i := int(c.seed % uint64(p.raw.Len()))
	picture := filepath.Join(c.out, "picture.png")
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
