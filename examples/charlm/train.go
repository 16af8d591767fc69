package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/examples/charlm/play"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/lm"
	"github.com/gannet-ml/gannet/nn/plot"
	"github.com/gannet-ml/gannet/nn/progress"
	"github.com/gannet-ml/gannet/optim"
)

// playLength is the number of characters that the example makes up.
const playLength = 300_000

// window is the number of characters that are shown to the network at a time after
// every epoch. The test at the end reads on.
const window = 1000

// corpus is a text and what turns its characters into numbers.
type corpus struct {
	name        string
	encoder     *text.Encoder
	train, test []string // characters: the first 90 % and the rest
}

// corpus reads or makes up a text and numbers its characters.
func (c *config) corpus() (*corpus, error) {
	name, s, err := c.text()
	if err != nil {
		return nil, err
	}
	e := &text.Encoder{Splitter: text.Characters}
	all, err := e.Tokens(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Data, err)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s has no characters", c.Data)
	}
	cut := len(all) * 9 / 10
	// Characters of the test count as known: there is no probability of one that is not.
	e.Vocabulary, err = text.NewVocabulary(text.Count(all), text.Specials{})
	return &corpus{name: name, encoder: e, train: all[:cut], test: all[cut:]}, err
}

// text reads or makes up a text.
func (c *config) text() (name, s string, err error) {
	if c.Data != "" {
		b, err := os.ReadFile(c.Data)
		return "text", string(b), err
	}
	s, nats := play.Write(playLength, c.Seed)
	fmt.Printf("No -data given: learning a play. Chance decides %.3f nats of each character; nobody could foretell it better.\n", nats/float64(len(s)))
	return "invented-play", s, nil
}

// chunks returns the data sets to train and, in rows of the length of a window, to test
// with.
func (p *corpus) chunks(rows, steps int) (train, test *text.Chunks, err error) {
	v := p.encoder.Vocabulary
	ids, err := v.Encode(p.train)
	if err != nil {
		return nil, nil, err
	}
	train = text.NewChunks(ids, rows, steps, v.Tokens())
	if ids, err = v.Encode(p.test); err != nil {
		return nil, nil, err
	}
	test = text.NewChunks(ids, 1, max(1, min(window, len(ids)-1)), v.Tokens())
	return train, test, errors.Join(train.Spec().Err, test.Spec().Err)
}

// result is what the report says.
type result struct {
	Model      string  `json:"model"`
	Dataset    string  `json:"dataset"`
	Epochs     int     `json:"epochs"`
	Seed       uint64  `json:"seed"`
	TrainLoss  float64 `json:"train_loss"` // mean over the last epoch, with dropout
	Metric     string  `json:"metric"`     // what Value is of
	Value      float64 `json:"value"`      // of the test
	Perplexity float64 `json:"perplexity"` // e to the Value
	Speed      float64 `json:"characters_per_second"`
	Parameters int     `json:"parameters"`
	Seconds    float64 `json:"seconds"` // of training, all epochs
	Waiting    float64 `json:"waiting"` // share of them spent waiting for data
}

// train trains, tests and saves a network, and shows what came of it.
func (c *config) train(ctx context.Context) error {
	if err := c.Prepare(); err != nil {
		return err
	}
	p, err := c.corpus()
	if err != nil {
		return err
	}
	train, test, err := p.chunks(c.Batch, c.steps)
	if err != nil {
		return err
	}
	net, err := nn.Init(c.Seed, c.network(p.encoder.Size()))
	if err != nil {
		return err
	}
	fmt.Printf("%d characters to train on, %d to test with; %d different ones\n", len(p.train), len(p.test), p.encoder.Size())
	loader := data.NewLoader(train, data.BatchSize(c.Batch)) // in order, so that rows go on
	t := nn.Trainer{
		Model: net, Loss: lm.NewLoss(), Compute: lm.Carried(net, lm.NewLoss()), Seed: c.Seed,
		Optimizer: optim.NewAdamW(nn.Params(net), c.LR, optim.WeightDecay(0.01), optim.ClipNorm(1)),
	}
	options := append(c.Checkpoint(p.name, 200),
		nn.Epochs(c.Epochs), nn.Validate(data.NewLoader(test, data.BatchSize(8))),
		nn.ScheduleSteps(optim.OneCycle(c.Epochs*loader.Batches())),
		progress.Bar(os.Stderr))
	history, err := t.Fit(ctx, loader, options...)
	if err != nil {
		return err
	}
	return c.finish(ctx, p, net, history)
}

// finish writes the model and the learning curves, tests the network, reports, and
// shows how the model goes on with the test.
func (c *config) finish(ctx context.Context, p *corpus, net *nn.Sequential, h *nn.History) error {
	encoder, err := json.Marshal(p.encoder)
	if err != nil {
		return err
	}
	model, curves := c.File("model.safetensors"), c.File("learning-curves.png")
	if err := nn.Save(model, net, nn.Info{Input: []int{c.steps}, Encoder: encoder}); err != nil {
		return err
	}
	if err := plot.Curves(curves, plot.Run{Name: "lstm", History: h}); err != nil {
		return err
	}
	m, err := lm.New(net, p.encoder)
	if err != nil {
		return err
	}
	if err := c.report(ctx, p, m, net, h); err != nil {
		return err
	}
	prompt := opening(p.test)
	fmt.Printf("\nModel: %s\nLearning curves: %s\n\nHow it goes on with two words of the test:\n  go run ./examples/charlm -generate %s -load %s\n\n",
		model, curves, quoted(prompt), model)
	return c.write(ctx, os.Stdout, m, prompt)
}

// report tests a model, prints how it did and writes the report, if there is to be one.
func (c *config) report(ctx context.Context, p *corpus, m *lm.Model, net *nn.Sequential, h *nn.History) error {
	sum, n, err := m.LogProb(ctx, strings.Join(p.test, ""))
	if err != nil {
		return err
	}
	overview, err := nn.Summary(net, []int{c.steps})
	if err != nil {
		return err
	}
	last := h.Last()
	r := result{
		Model: "lstm", Dataset: p.name, Epochs: last.Epoch, Seed: c.Seed, TrainLoss: last.Loss,
		Metric: "nats_per_character", Value: -sum / float64(n), Perplexity: math.Exp(-sum / float64(n)),
		Speed: float64(last.Samples*c.steps) / last.Seconds, Parameters: overview.Trainable,
	}
	for _, e := range h.Epochs {
		r.Seconds += e.Seconds
		r.Waiting += e.Waiting
	}
	r.Waiting /= max(r.Seconds, 1e-9)
	fmt.Printf("\n%d parameters, trained for %d epochs in %.0f s, %.1f %% of them waiting for data, %.0f characters/s in the last\ntest %.4f nats a character, perplexity %.3f\n",
		r.Parameters, r.Epochs, r.Seconds, 100*r.Waiting, r.Speed, r.Value, r.Perplexity)
	if c.JSON == "" {
		return nil
	}
	return cli.WriteJSON(c.JSON, []result{r})
}

// opening returns the first two words of a text that begin a line, all of it if there
// are none.
func opening(characters []string) string {
	s := strings.Join(characters, "")
	_, rest, _ := strings.Cut(s, "\n") // of the line that the cut went through
	for l := range strings.Lines(rest) {
		if words := strings.Fields(l); len(words) > 1 {
			return words[0] + " " + words[1]
		}
	}
	return s
}

// quoted is an argument for a shell.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
