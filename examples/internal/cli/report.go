package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/nn/plot"
)

// Result is what a report says of a trained classifier.
type Result struct {
	Model           string  `json:"model"`
	Dataset         string  `json:"dataset"`
	Epochs          int     `json:"epochs"`
	Seed            uint64  `json:"seed"`
	TrainLoss       float64 `json:"train_loss"` // mean over the last epoch
	TestAccuracy    float64 `json:"test_accuracy"`
	Metric          string  `json:"metric"` // what Value is of: the accuracy again
	Value           float64 `json:"value"`
	Precision       float64 `json:"precision"` // of class 1 of two, else the mean over the classes; so are recall and F1
	Recall          float64 `json:"recall"`
	F1              float64 `json:"f1"`
	Confusion       [][]int `json:"confusion"`         // rows are the truth, columns the prediction
	ImagesPerSecond float64 `json:"images_per_second"` // of training, in the last epoch; or other samples
	Parameters      int     `json:"parameters"`
	Seconds         float64 `json:"seconds"` // of training, all epochs
	Waiting         float64 `json:"waiting"` // share of them spent waiting for data
}

// Measure tests a classifier that was trained, and returns what its report says;
// Model, Dataset and Seed are left to the caller. Further metrics see the same pass.
func Measure(ctx context.Context, t *nn.Trainer, h *nn.History, test *data.Loader, more ...nn.Metric) (*Result, error) {
	return measure(ctx, t, h, test, func(m nn.Metric) nn.Metric { return m }, more...)
}

// measure is Measure with metrics that see what a function makes of outputs and
// targets; the further ones see them as they are.
func measure(ctx context.Context, t *nn.Trainer, h *nn.History, test *data.Loader, see func(nn.Metric) nn.Metric, more ...nn.Metric) (*Result, error) {
	confusion := metric.ConfusionMatrix()
	for _, m := range []nn.Metric{metric.Accuracy(), metric.Precision(), metric.Recall(), metric.F1(), confusion} {
		more = append(more, see(m))
	}
	report, err := t.Evaluate(ctx, test, more...)
	if err != nil {
		return nil, err
	}
	overview, err := nn.Summary(t.Model, test.Spec().X, test.Spec().More...)
	if err != nil {
		return nil, err
	}
	last := h.Last()
	v := report.Values
	r := &Result{
		Epochs: last.Epoch, TrainLoss: last.Loss, TestAccuracy: v["accuracy"], Metric: "accuracy", Value: v["accuracy"],
		Precision: v["precision"], Recall: v["recall"], F1: v["f1"], Confusion: confusion.Counts(),
		ImagesPerSecond: float64(last.Samples) / last.Seconds, Parameters: overview.Trainable,
	}
	for _, e := range h.Epochs {
		r.Seconds += e.Seconds
		r.Waiting += e.Waiting
	}
	r.Waiting /= max(r.Seconds, 1e-9)
	return r, nil
}

// Trained is a classifier at the end of its training.
type Trained struct {
	Model, Dataset string // names for the report
	Trainer        *nn.Trainer
	History        *nn.History
	Test           *data.Loader
	Pictures       *data.ImageSet    // of the test, as they come; nil if samples are none
	Preprocess     data.Pipeline     // what makes inputs of them
	Encoder        *text.Encoder     // what makes inputs of texts; nil if samples are none
	Notes          map[string]string // what else the file of the model holds
	Tags           bool              // a sample has a class for each step, see Tags
}

// Finish tests a classifier, shows how it did, and writes what is left of the
// training to the folder -out: the model, the worst mistakes and the learning
// curves; and the report, if there is to be one.
func (t *Training) Finish(ctx context.Context, c *Trained) error {
	worst := metric.WorstMistakes(24)
	spec := c.Test.Spec()
	classes, samples := spec.ClassNames, "samples"
	var r *Result
	var err error
	switch {
	case c.Tags:
		classes, samples = classes[1:], "sentences"
		r, err = measure(ctx, c.Trainer, c.History, c.Test, Tags)
	case c.Pictures != nil:
		samples = "images"
		r, err = Measure(ctx, c.Trainer, c.History, c.Test, worst)
	default:
		r, err = Measure(ctx, c.Trainer, c.History, c.Test)
	}
	if err != nil {
		return err
	}
	r.Model, r.Dataset, r.Seed = c.Model, c.Dataset, t.Seed
	if err := show(os.Stdout, r, classes, samples); err != nil {
		return err
	}
	model := t.File("model.safetensors")
	info := nn.Info{Input: spec.X, More: spec.More, Classes: spec.ClassNames, Preprocess: c.Preprocess, Notes: c.Notes}
	if c.Encoder != nil {
		if info.Encoder, err = json.Marshal(c.Encoder); err != nil {
			return err
		}
	}
	if err := nn.Save(model, c.Trainer.Model, info); err != nil {
		return err
	}
	fmt.Printf("\nModel: %s\n", model)
	if err := gallery(t.File("mistakes.png"), worst.Worst(), c.Pictures); err != nil {
		return err
	}
	curves := t.File("learning-curves.png")
	if err := plot.Curves(curves, plot.Run{Name: c.Model, History: c.History}); err != nil {
		return err
	}
	fmt.Printf("Learning curves: %s\n", curves)
	if t.JSON == "" {
		return nil
	}
	return WriteJSON(t.JSON, []*Result{r})
}

// show prints a result with the scores of every class; samples is what they are.
func show(w io.Writer, r *Result, classes []string, samples string) error {
	c, err := metric.NewConfusion(r.Confusion)
	if err != nil {
		return err
	}
	c.Names = classes
	_, err = fmt.Fprintf(w, "\n%s\n%s\n%d parameters, trained for %d epochs in %.0f s, %.1f %% of them waiting for data, %.0f %s/s in the last\ntest accuracy %.2f %%\n",
		c, c.Report(), r.Parameters, r.Epochs, r.Seconds, 100*r.Waiting, r.ImagesPerSecond, samples, 100*r.TestAccuracy)
	return err
}

// gallery draws the pictures that the network got wrong and was surest of. It writes
// no file if all were right, or samples are no pictures.
func gallery(path string, worst []metric.Mistake, raw *data.ImageSet) error {
	if raw == nil {
		return nil
	}
	var pictures []plot.Picture
	names := raw.Spec().ClassNames
	for _, m := range worst {
		pictures = append(pictures, plot.Picture{
			Image: raw.At(m.Sample), True: names[m.True], Predicted: names[m.Predicted], Probability: m.Probability,
		})
	}
	if len(pictures) == 0 {
		return nil
	}
	if err := plot.Gallery(path, pictures...); err != nil {
		return err
	}
	fmt.Printf("The worst mistakes: %s\n", path)
	return nil
}
