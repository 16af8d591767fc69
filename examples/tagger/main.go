// Command tagger trains a network that tells the part of speech of every word of a
// sentence, from the words and their letters. Without arguments it works offline, on
// sentences of an invented language that it makes itself.
//
//	go run ./examples/tagger                              # invented sentences
//	go run ./examples/tagger -data DIR                    # a treebank of Universal Dependencies
//	go run ./examples/tagger -predict SENTENCE -load MODEL
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/examples/tagger/grammar"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/nn/progress"
	"github.com/gannet-ml/gannet/optim"
)

// config is what the flags say.
type config struct {
	cli.Training
	predict cli.Prediction
}

func main() { cli.Main("tagger", run) }

func run(ctx context.Context, args []string) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	if c.predict.Sample != "" {
		return predict(ctx, os.Stdout, c.predict.Sample, c.predict.Model)
	}
	return c.train(ctx)
}

// parse reads the flags.
func parse(args []string) (*config, error) {
	c := &config{Training: cli.Training{Epochs: 8, Batch: 16, LR: 0.003}}
	f := c.Flags("tagger", "`folder` with files that end in train.conllu, dev.conllu and test.conllu, compressed with gzip or not")
	f.Lookup("epochs").Usage += " (on invented sentences by default 4)"
	c.predict.Flags(f, "tag the words of this `sentence`, separated by spaces,")
	if err := c.Parse(args); err != nil {
		return nil, err
	}
	if c.Data == "" && !c.Given("epochs") {
		c.Epochs = 4
	}
	return c, c.predict.Check()
}

// corpus is a treebank, as sentences and as numbers.
type corpus struct {
	name             string
	encoder          *encoder
	train, dev, test *sentences
	example          string // a sentence of the test
}

// corpus reads or makes a treebank.
func (c *config) corpus() (*corpus, error) {
	p := &corpus{name: "treebank"}
	var parts [3][]text.Sentence
	if c.Data == "" {
		fmt.Println("No -data given: learning sentences of an invented language.")
		p.name = "invented-sentences"
		parts = [...][]text.Sentence{grammar.Make(2000, c.Seed), grammar.Make(300, c.Seed+1), grammar.Make(500, c.Seed+2)}
	} else {
		for i, part := range []string{"train", "dev", "test"} {
			var err error
			if parts[i], err = treebank(c.Data, part); err != nil {
				return nil, err
			}
			if len(parts[i]) == 0 {
				return nil, fmt.Errorf("%s: there are no sentences in the file for %s", c.Data, part)
			}
		}
	}
	return p, p.number(parts)
}

// number turns words, letters and tags into numbers, which are those of the sentences
// to train with.
func (p *corpus) number(parts [3][]text.Sentence) error {
	var err error
	if p.encoder, err = newEncoder(parts[0]); err != nil {
		return err
	}
	counts, longest := text.Counts{}, 0
	for i, part := range parts {
		for _, s := range part {
			longest = max(longest, len(s.Words))
			if i == 0 {
				counts.Add(s.UPOS()...)
			}
		}
	}
	tags, err := text.NewVocabulary(counts, text.Specials{Pad: "<pad>"})
	if err != nil {
		return err
	}
	for i, to := range []**sentences{&p.train, &p.dev, &p.test} {
		if *to, err = p.encoder.encode(parts[i], longest, tags); err != nil {
			return err
		}
	}
	p.example = strings.Join(parts[2][0].Forms(), " ")
	return nil
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
	net, err := nn.Init(c.Seed, newTagger(p.encoder.Words.Size(), p.encoder.Letters.Size(), p.train.spec.Classes))
	if err != nil {
		return err
	}
	loader := data.NewLoader(p.train, data.BatchSize(c.Batch), data.ByLength(), data.Trim(), data.Seed(c.Seed))
	dev, test := data.NewLoader(p.dev, data.BatchSize(32)), data.NewLoader(p.test, data.BatchSize(32))
	fmt.Printf("%d sentences to train on, %d to watch, %d to test with; %d words, %d letters, %d tags\n",
		p.train.Len(), p.dev.Len(), p.test.Len(), p.encoder.Words.Size(), p.encoder.Letters.Size(), p.train.spec.Classes-1)
	t := nn.Trainer{
		Model: net, Loss: nn.NewCrossEntropy(nn.IgnoreLabel(0)), Seed: c.Seed,
		Optimizer: optim.NewAdamW(nn.Params(net), c.LR, optim.WeightDecay(0.01), optim.ClipNorm(1)),
	}
	options := append(c.Checkpoint(p.name, 500),
		nn.Epochs(c.Epochs), nn.Validate(dev, cli.Tags(metric.Accuracy())),
		nn.ScheduleSteps(optim.OneCycle(c.Epochs*loader.Batches())),
		progress.Bar(os.Stderr))
	history, err := t.Fit(ctx, loader, options...)
	if err != nil {
		return err
	}
	note, err := json.Marshal(p.encoder)
	if err != nil {
		return err
	}
	err = c.Finish(ctx, &cli.Trained{
		Model: "lstm", Dataset: p.name, Trainer: &t, History: history, Test: test, Tags: true,
		Notes: map[string]string{encoderNote: string(note)},
	})
	if err != nil {
		return err
	}
	model := c.File("model.safetensors")
	fmt.Printf("\nA sentence of the test:\n  go run ./examples/tagger -predict %q -load %s\n", p.example, model)
	return predict(ctx, os.Stdout, p.example, model)
}
