package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/nn/plot"
	"github.com/gannet-ml/gannet/nn/progress"
	"github.com/gannet-ml/gannet/optim"
	"gonum.org/v1/gonum/stat"
)

// result is one model's part of the report. Of models that are no networks some of
// it is left out.
type result struct {
	Model         string  `json:"model"`
	Dataset       string  `json:"dataset"`
	Epochs        int     `json:"epochs,omitempty"`     // until training stopped
	BestEpoch     int     `json:"best_epoch,omitempty"` // whose weights were kept
	Seed          uint64  `json:"seed"`
	TrainLoss     float64 `json:"train_loss,omitempty"` // mean over the last epoch
	Metric        string  `json:"metric"`
	Value         float64 `json:"value"` // of the metric, on the test part
	RMSE          float64 `json:"rmse"`
	MAE           float64 `json:"mae"`
	RowsPerSecond float64 `json:"rows_per_second,omitempty"` // of training, in the last epoch
	Parameters    int     `json:"parameters,omitempty"`
	Seconds       float64 `json:"seconds,omitempty"` // of training, all epochs
}

// hidden is the width of the two hidden layers.
const hidden = 64

// patience is after how many epochs without progress training stops.
const patience = 20

// train trains the network, tests it beside simpler models, and shows what came of
// it.
func train(ctx context.Context, c *config) error {
	t, err := c.tables()
	if err != nil {
		return err
	}
	fmt.Printf("%d rows to train on, %d to validate, %d to test with; %d columns become %d inputs\n",
		t.parts[trainPart].Len(), t.parts[validationPart].Len(), t.parts[testPart].Len(),
		len(t.encoder.Schema.Numeric)+len(t.encoder.Schema.Categorical), t.parts[trainPart].Spec().X.Size())
	results, err := baselines(t)
	if err != nil {
		return err
	}
	mlp, history, err := c.mlp(ctx, t)
	if err != nil {
		return err
	}
	results = append([]result{*mlp}, results...)
	for i := range results {
		results[i].Dataset, results[i].Seed = t.dataset, c.Seed
	}
	fmt.Println()
	show(os.Stdout, results)
	picture := c.File("learning-curves.png")
	if err := plot.Curves(picture, plot.Run{Name: "mlp", History: history}); err != nil {
		return err
	}
	fmt.Printf("\nLearning curves: %s\n", picture)
	if c.JSON != "" {
		if err := cli.WriteJSON(c.JSON, results); err != nil {
			return err
		}
		fmt.Printf("Report: %s\n", c.JSON)
	}
	model := c.File("mlp.safetensors")
	fmt.Printf("\nThe first row of the test part:\n  go run ./examples/regression -predict %s -load %s\n", quoted(t.example), quoted(model))
	return predict(ctx, os.Stdout, t.example, model, true)
}

// quoted returns a text as a shell takes it.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// mlp trains, tests and saves the network.
func (c *config) mlp(ctx context.Context, t *tables) (*result, *nn.History, error) {
	_, y, err := matrix(t.parts[trainPart])
	if err != nil {
		return nil, nil, err
	}
	mean, std := stat.MeanStdDev(y, nil)
	if std == 0 {
		return nil, nil, fmt.Errorf("%s is always %v, want a column to learn", t.target, mean)
	}
	in := t.parts[trainPart].Spec().X
	net, err := nn.Init(c.Seed, nn.Seq(
		nn.NewLinear(in.Size(), hidden), nn.ReLU,
		nn.NewLinear(hidden, hidden), nn.ReLU,
		nn.NewLinear(hidden, 1), nn.Reshape(),
		&Units{Mean: float32(mean), Std: float32(std)},
	))
	if err != nil {
		return nil, nil, err
	}
	overview, err := nn.Summary(net, in)
	if err != nil {
		return nil, nil, err
	}
	// The loss is quadratic up to one standard deviation of the targets, so that
	// single ones that are far off do not rule the rest.
	trainer := nn.Trainer{Model: net, Loss: nn.NewHuber(std), Optimizer: optim.NewAdam(nn.Params(net), c.LR), Seed: c.Seed}
	goal, best := nn.Lowest("rmse"), c.File("best.safetensors")
	opts := append(c.Checkpoint("mlp", 0),
		nn.Epochs(c.Epochs), nn.Validate(data.NewLoader(t.parts[validationPart], data.BatchSize(256)), metric.RMSE()),
		nn.ReduceOnPlateau(goal, 0.3, 5), nn.KeepBest(best, goal), nn.EarlyStop(goal, patience),
		progress.Bar(os.Stderr))
	history, err := trainer.Fit(ctx, data.NewLoader(t.parts[trainPart], data.BatchSize(c.Batch), data.Shuffle(c.Seed)), opts...)
	if err != nil {
		return nil, nil, err
	}
	if err := nn.LoadWeights(best, net); err != nil {
		return nil, nil, err
	}
	report, err := trainer.Evaluate(ctx, data.NewLoader(t.parts[testPart], data.BatchSize(256)), metric.R2(), metric.RMSE(), metric.MAE())
	if err != nil {
		return nil, nil, err
	}
	if err := save(c.File("mlp.safetensors"), net, t); err != nil {
		return nil, nil, err
	}
	kept, err := goal.Best(history)
	if err != nil {
		return nil, nil, err
	}
	last := history.Last()
	r := &result{
		Model: "mlp", Epochs: last.Epoch, BestEpoch: kept + 1, TrainLoss: last.Loss,
		Metric: "r2", Value: report.Values["r2"], RMSE: report.Values["rmse"], MAE: report.Values["mae"],
		RowsPerSecond: float64(last.Samples) / last.Seconds, Parameters: overview.Trainable,
	}
	for _, e := range history.Epochs {
		r.Seconds += e.Seconds
	}
	return r, history, nil
}

// save keeps the network with all that it takes to use it: the encoder of the table
// and the standardisation.
func save(path string, net nn.Module, t *tables) error {
	encoder, err := json.Marshal(t.encoder)
	if err != nil {
		return err
	}
	return nn.Save(path, net, nn.Info{
		Input: t.parts[trainPart].Spec().X, Preprocess: t.preprocess,
		Notes: map[string]string{encoderNote: string(encoder)},
	})
}

// show prints the results of the test part.
func show(w io.Writer, results []result) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "model\tR²\tRMSE\tMAE\tparameters\trows/s\tseconds\t")
	for _, r := range results {
		fmt.Fprintf(t, "%s\t%.3f\t%.4g\t%.4g\t", r.Model, r.Value, r.RMSE, r.MAE)
		if r.Parameters == 0 {
			fmt.Fprintln(t, "\t\t\t")
			continue
		}
		fmt.Fprintf(t, "%d\t%.0f\t%.1f\t\n", r.Parameters, r.RowsPerSecond, r.Seconds)
	}
	t.Flush()
}
