// Command names trains a recurrent network that reads surnames letter by letter to
// tell which language they come from. Without arguments it works offline, on names of
// invented languages that it makes itself.
//
//	go run ./examples/names                             # invented names, LSTM
//	go run ./examples/names -data DIR                   # real ones: a file NAME.txt for each language
//	go run ./examples/names -model gru
//	go run ./examples/names -predict NAME -load MODEL
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/examples/names/invented"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/nn/progress"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/rnn"
)

// inventedNames is the number of names that the example makes.
const inventedNames = 6000

// config is what the flags say.
type config struct {
	cli.Training
	model   string
	predict cli.Prediction
}

func main() { cli.Main("names", run) }

func run(ctx context.Context, args []string) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	if c.predict.Sample != "" {
		return cli.ClassifyText(ctx, os.Stdout, c.predict.Sample, c.predict.Model)
	}
	return c.train(ctx)
}

// parse reads the flags.
func parse(args []string) (*config, error) {
	c := &config{Training: cli.Training{Epochs: 12, Batch: 64, LR: 0.004}}
	f := c.Flags("names", "`folder` with a file of names for each language, NAME.txt, one name a line")
	f.StringVar(&c.model, "model", "lstm", "recurrent layer: "+strings.Join(models, ", "))
	c.predict.Flags(f, "tell the language of this `name`")
	if err := c.Parse(args); err != nil {
		return nil, err
	}
	if !slices.Contains(models, c.model) {
		return nil, fmt.Errorf("-model %q, want one of %s", c.model, strings.Join(models, ", "))
	}
	return c, c.predict.Check()
}

// models are the recurrent layers.
var models = []string{"rnn", "lstm", "gru"}

// network returns a network that reads a name from both of its ends.
func network(model string, letters, languages int) *nn.Sequential {
	const letter, hidden = 32, 96
	var layer rnn.Layer
	switch model {
	case "rnn":
		layer = rnn.New(letter, hidden, rnn.Tanh, rnn.Bidirectional)
	case "lstm":
		layer = rnn.NewLSTM(letter, hidden, rnn.Bidirectional)
	case "gru":
		layer = rnn.NewGRU(letter, hidden, rnn.Bidirectional)
	}
	return nn.Seq(
		nn.Inputs(nn.NewEmbedding(letters, letter), nn.Identity), // letters become vectors, lengths pass
		layer, rnn.Ends, // what each direction knows in the end
		nn.NewDropout(0.3), nn.NewLinear(2*hidden, languages),
	)
}

// surnames are names in two parts, as numbers of letters.
type surnames struct {
	dataset     string
	encoder     *text.Encoder
	train, test *text.Sequences
	example     string // a name of the test
}

// surnames reads or makes names, and divides them: 90 % to train with and 10 % to
// test with, of every language.
func (c *config) surnames() (*surnames, error) {
	s := &surnames{dataset: "names"}
	var all *text.Labeled
	if c.Data == "" {
		fmt.Println("No -data given: learning names of invented languages.")
		s.dataset, all = "invented-names", new(text.Labeled)
		all.Texts, all.Labels, all.Names = invented.Make(inventedNames, c.Seed)
	} else {
		var err error
		if all, err = text.LoadClasses(c.Data); err != nil {
			return nil, err
		}
	}
	parts, err := all.Split(c.Seed, 0.9, 0.1)
	if err != nil {
		return nil, err
	}
	train, test := parts[0], parts[1]
	if len(train.Texts) == 0 || len(test.Texts) == 0 {
		return nil, errors.New("too few names to train and test with")
	}
	s.example = test.Texts[0]
	return s, s.number(train, test)
}

// number turns names into numbers of letters, those of the names to train with; all
// others are one.
func (s *surnames) number(train, test *text.Labeled) error {
	s.encoder = &text.Encoder{Normalizer: text.NFC, Splitter: text.Characters}
	letters := text.Counts{}
	for _, name := range train.Texts {
		tokens, err := s.encoder.Tokens(name)
		if err != nil {
			return err
		}
		letters.Add(tokens...)
	}
	var err error
	if s.encoder.Vocabulary, err = text.NewVocabulary(letters, text.Specials{Pad: "<pad>", Unknown: "<unk>"}); err != nil {
		return err
	}
	ids, err := text.EncodeAll(s.encoder, train.Texts)
	if err != nil {
		return err
	}
	s.train = text.Classified(ids, train.Labels, train.Names)
	if ids, err = text.EncodeAll(s.encoder, test.Texts); err != nil {
		return err
	}
	s.test = text.Classified(ids, test.Labels, test.Names, text.Steps(s.train.Spec().X[0]))
	return nil
}

// train trains, tests and saves a network, and shows what came of it.
func (c *config) train(ctx context.Context) error {
	if err := c.Prepare(); err != nil {
		return err
	}
	s, err := c.surnames()
	if err != nil {
		return err
	}
	languages := s.train.Spec().ClassNames
	net, err := nn.Init(c.Seed, network(c.model, s.encoder.Size(), len(languages)))
	if err != nil {
		return err
	}
	loader := data.NewLoader(s.train, data.BatchSize(c.Batch), data.ByLength(), data.Trim(), data.Seed(c.Seed))
	test := data.NewLoader(s.test, data.BatchSize(256))
	fmt.Printf("%d names to train on, %d to test with; %d languages, %d letters, names of up to %d\n",
		s.train.Len(), s.test.Len(), len(languages), s.encoder.Size(), s.train.Spec().X[0])
	t := nn.Trainer{
		Model: net, Loss: nn.CrossEntropy, Seed: c.Seed,
		Optimizer: optim.NewAdamW(nn.Params(net), c.LR, optim.WeightDecay(0.01), optim.ClipNorm(1)),
	}
	options := append(c.Checkpoint(s.dataset+"-"+c.model, 200),
		nn.Epochs(c.Epochs), nn.Validate(test, metric.Accuracy()),
		nn.ScheduleSteps(optim.OneCycle(c.Epochs*loader.Batches())),
		progress.Bar(os.Stderr))
	history, err := t.Fit(ctx, loader, options...)
	if err != nil {
		return err
	}
	err = c.Finish(ctx, &cli.Trained{Model: c.model, Dataset: s.dataset, Trainer: &t, History: history, Test: test, Encoder: s.encoder})
	if err != nil {
		return err
	}
	model := c.File("model.safetensors")
	fmt.Printf("\nA name of the test:\n  go run ./examples/names -predict %q -load %s\n", s.example, model)
	return cli.ClassifyText(ctx, os.Stdout, s.example, model)
}
