// Command charlm trains a language model: a recurrent network that reads a text letter
// by letter, tells which letter comes next, and so can write on. Without arguments it
// works offline, on scenes of a play that it makes up itself.
//
//	go run ./examples/charlm                        # a play that it makes up
//	go run ./examples/charlm -data input.txt        # any text
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"unicode/utf8"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/examples/charlm/play"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/progress"
	"github.com/gannet-ml/gannet/optim"
)

// playLength is the number of characters that the example makes up.
const playLength = 300_000

// config is what the flags say.
type config struct {
	cli.Training
	hidden, layers, steps int
	dropout               float64
}

func main() { cli.Main("charlm", run) }

func run(ctx context.Context, args []string) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	return c.train(ctx)
}

// parse reads the flags.
func parse(args []string) (*config, error) {
	c := &config{Training: cli.Training{Epochs: 8, Batch: 32, LR: 0.004}}
	f := c.Flags("charlm", "`file` of text, UTF-8")
	f.IntVar(&c.hidden, "hidden", 128, "units in a layer")
	f.IntVar(&c.layers, "layers", 2, "recurrent layers")
	f.IntVar(&c.steps, "steps", 128, "characters that gradients go back")
	f.Float64Var(&c.dropout, "dropout", 0.2, "share of units that is left out while training, 0 to 1")
	if err := c.Parse(args); err != nil {
		return nil, err
	}
	return c, nil
}

// corpus is a text as numbers of characters.
type corpus struct {
	name        string
	encoder     *text.Encoder
	train, test []int
}

// window is the number of characters that the test shows the network at a time.
const window = 1000

// corpus reads or makes up a text: the first 90 % of it to train with, the rest to test
// with.
func (c *config) corpus() (*corpus, error) {
	p := &corpus{name: "text"}
	var s string
	if c.Data == "" {
		var nats float64
		p.name = "invented-play"
		s, nats = play.Write(playLength, c.Seed)
		fmt.Printf("No -data given: learning a play of which chance decides %.3f nats a character.\n", nats/float64(len(s)))
	} else {
		b, err := os.ReadFile(c.Data)
		if err != nil {
			return nil, err
		}
		s = string(b)
	}
	p.encoder = &text.Encoder{Splitter: text.Characters}
	all, err := p.encoder.Tokens(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Data, err)
	}
	if p.encoder.Vocabulary, err = text.NewVocabulary(text.Count(all), text.Specials{}); err != nil {
		return nil, err
	}
	ids, err := p.encoder.Vocabulary.Encode(all)
	if err != nil {
		return nil, err
	}
	cut := len(ids) * 9 / 10
	p.train, p.test = ids[:cut], ids[cut:]
	return p, nil
}

// Result is what the report says.
type Result struct {
	Model       string  `json:"model"`
	Dataset     string  `json:"dataset"`
	Epochs      int     `json:"epochs"`
	Seed        uint64  `json:"seed"`
	TrainLoss   float64 `json:"train_loss"` // mean over the last epoch, with dropout
	Metric      string  `json:"metric"`     // what Value is of
	Value       float64 `json:"value"`      // nats a character of the test
	Perplexity  float64 `json:"perplexity"` // e to the Value
	CharsPerSec float64 `json:"characters_per_second"`
	Parameters  int     `json:"parameters"`
	Seconds     float64 `json:"seconds"`
	TestNotes   string  `json:"-"`
	_           struct{}
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
	tokens := p.encoder.Vocabulary.Tokens()
	net, err := nn.Init(c.Seed, c.network(len(tokens)))
	if err != nil {
		return err
	}
	loader := data.NewLoader(text.NewChunks(p.train, c.Batch, c.steps, tokens), data.BatchSize(c.Batch))
	test := data.NewLoader(text.NewChunks(p.test, 1, min(window, len(p.test)-1), tokens), data.BatchSize(8))
	if err := errors.Join(loader.Err(), test.Err()); err != nil {
		return err
	}
	fmt.Printf("%d characters to train on, %d to test with; %d different ones\n", len(p.train), len(p.test), len(tokens))
	t := nn.Trainer{
		Model: net, Loss: crossEntropy, Compute: carried(net), Seed: c.Seed,
		Optimizer: optim.NewAdamW(nn.Params(net), c.LR, optim.WeightDecay(0.01), optim.ClipNorm(1)),
	}
	options := append(c.Checkpoint(p.name, 500),
		nn.Epochs(c.Epochs), nn.Validate(test),
		nn.ScheduleSteps(optim.OneCycle(c.Epochs*loader.Batches())),
		progress.Bar(os.Stderr))
	history, err := t.Fit(ctx, loader, options...)
	if err != nil {
		return err
	}
	report, err := t.Evaluate(ctx, test)
	if err != nil {
		return err
	}
	e, err := json.Marshal(p.encoder)
	if err != nil {
		return err
	}
	model := c.File("model.safetensors")
	if err := nn.Save(model, net, nn.Info{Input: []int{c.steps}, Encoder: e}); err != nil {
		return err
	}
	last := history.Last()
	fmt.Printf("train %.4f test %.4f perplexity %.3f  %.0f chars/s\n", last.Loss, report.Values["loss"], math.Exp(report.Values["loss"]), float64(last.Samples*c.steps)/last.Seconds)
	_ = utf8.RuneLen
	return nil
}
