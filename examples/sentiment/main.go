// Command sentiment trains a recurrent network with attention to tell whether a
// sentence speaks well or ill of a film. Without arguments it works offline, on reviews
// that it makes itself.
//
//	go run ./examples/sentiment                                    # made reviews, LSTM
//	go run ./examples/sentiment -data DIR                          # the Stanford Sentiment Treebank
//	go run ./examples/sentiment -data DIR -vectors glove.6B.50d.txt
//	go run ./examples/sentiment -predict SENTENCE -load MODEL
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/examples/sentiment/opinions"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/nn/progress"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// config is what the flags say.
type config struct {
	cli.Training
	set     string
	model   string
	vectors string
	predict cli.Prediction
}

func main() { cli.Main("sentiment", run) }

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

// models are the recurrent layers.
var models = []string{"lstm", "gru"}

// parse reads the flags.
func parse(args []string) (*config, error) {
	c := &config{Training: cli.Training{Epochs: 6, Batch: 32, LR: 0.003}}
	f := c.Flags("sentiment", "`folder` with the files SET.train, SET.dev and SET.test: in each line a class and a sentence, whose words are separated by spaces")
	f.StringVar(&c.set, "set", "stsa.binary", "`name` of the set in -data")
	f.StringVar(&c.model, "model", "lstm", "recurrent layer: "+strings.Join(models, ", "))
	f.StringVar(&c.vectors, "vectors", "", "`file` of word vectors in the text format of GloVe to begin with; random ones without")
	c.predict.Flags(f, "judge this `sentence`")
	if err := c.Parse(args); err != nil {
		return nil, err
	}
	switch {
	case !slices.Contains(models, c.model):
		return nil, fmt.Errorf("-model %q, want one of %s", c.model, strings.Join(models, ", "))
	case c.Data == "" && c.Given("set"):
		return nil, errors.New("-set NAME wants -data DIR")
	}
	return c, c.predict.Check()
}

// network returns a network for words that are vectors of so many numbers: a layer
// that reads a sentence from both of its ends, and attention, which learns what words
// count.
func network(model string, words *nn.Embedding, classes int) *nn.Sequential {
	const hidden = 64
	var layer rnn.Layer = rnn.NewLSTM(words.Dim, hidden, rnn.Bidirectional)
	if model == "gru" {
		layer = rnn.NewGRU(words.Dim, hidden, rnn.Bidirectional)
	}
	return nn.Seq(
		nn.Inputs(nn.Seq(words, nn.NewDropout(0.5)), nn.Identity), // words become vectors, lengths pass
		layer, rnn.NewAttentionPool(2*hidden),
		nn.NewDropout(0.5), nn.NewLinear(2*hidden, classes),
	)
}

// reviews are sentences with classes, as numbers of words.
type reviews struct {
	name             string
	encoder          *text.Encoder
	train, dev, test *text.Sequences
	example          string // a sentence of the test
}

// reviews reads or makes sentences.
func (c *config) reviews() (*reviews, error) {
	if c.Data == "" {
		fmt.Println("No -data given: learning reviews that a program made.")
		var parts [3]*text.Labeled
		for i, n := range []int{3000, 500, 1000} {
			parts[i] = &text.Labeled{Names: opinions.Names}
			parts[i].Texts, parts[i].Labels = opinions.Make(n, c.Seed+uint64(i))
		}
		return number("made-reviews", parts)
	}
	var parts [3]*text.Labeled
	for i, part := range []string{"train", "dev", "test"} {
		path := filepath.Join(c.Data, c.set+"."+part)
		var err error
		if parts[i], err = text.LoadLabeled(path); err != nil {
			return nil, err
		}
		if len(parts[i].Texts) == 0 {
			return nil, fmt.Errorf("%s has no sentences", path)
		}
		if err := parts[i].Rename(parts[0].Names); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
	}
	return number(c.set, parts)
}

// number turns the sentences to train, watch and test with into numbers of words,
// those that come twice in the first; all others are one.
func number(name string, parts [3]*text.Labeled) (*reviews, error) {
	r := &reviews{name: name, encoder: &text.Encoder{Normalizer: text.Lower, Splitter: text.Whitespace}}
	words := text.Counts{}
	longest := 0
	for i, part := range parts {
		for _, s := range part.Texts {
			tokens, err := r.encoder.Tokens(s)
			if err != nil {
				return nil, err
			}
			longest = max(longest, len(tokens))
			if i == 0 {
				words.Add(tokens...)
			}
		}
	}
	var err error
	if r.encoder.Vocabulary, err = text.NewVocabulary(words, text.Specials{Pad: "<pad>", Unknown: "<unk>"}, text.MinCount(2)); err != nil {
		return nil, err
	}
	for i, to := range []**text.Sequences{&r.train, &r.dev, &r.test} {
		ids, err := text.EncodeAll(r.encoder, parts[i].Texts)
		if err != nil {
			return nil, err
		}
		*to = text.Classified(ids, parts[i].Labels, parts[0].Names, text.Steps(longest))
	}
	r.example = parts[2].Texts[0]
	return r, nil
}

// embedding returns vectors for the words, and those that the file of -vectors has, nil
// without such a file. Vectors begin small, so that what is learnt of a word soon
// outweighs them.
func (c *config) embedding(words *text.Vocabulary) (*nn.Embedding, *text.Vectors, error) {
	dim := 50
	var known *text.Vectors
	if c.vectors != "" {
		var err error
		if known, err = text.LoadVectors(c.vectors, words); err != nil {
			return nil, nil, err
		}
		dim = known.Dim
	}
	weight := grad.NewParam(grad.Normal(0.2), words.Size(), dim)
	return &nn.Embedding{Vocabulary: words.Size(), Dim: dim, Weight: weight}, known, nil
}

// train trains, tests and saves a network, and shows what came of it.
func (c *config) train(ctx context.Context) error {
	if err := c.Prepare(); err != nil {
		return err
	}
	r, err := c.reviews()
	if err != nil {
		return err
	}
	words, known, err := c.embedding(r.encoder.Vocabulary)
	if err != nil {
		return err
	}
	classes := r.train.Spec().ClassNames
	net, err := nn.Init(c.Seed, network(c.model, words, len(classes)))
	if err != nil {
		return err
	}
	fmt.Printf("%s: %d sentences to train on, %d to watch, %d to test with; %d words, %d classes\n",
		r.name, r.train.Len(), r.dev.Len(), r.test.Len(), r.encoder.Size(), len(classes))
	if known != nil {
		fmt.Printf("%d of the words begin with a vector of %s\n", known.Found(), c.vectors)
		if err := known.CopyTo(words.Weight.Value); err != nil {
			return err
		}
	}
	loader := data.NewLoader(r.train, data.BatchSize(c.Batch), data.ByLength(), data.Trim(), data.Seed(c.Seed))
	dev, test := data.NewLoader(r.dev, data.BatchSize(128)), data.NewLoader(r.test, data.BatchSize(128))
	t := nn.Trainer{
		Model: net, Loss: nn.CrossEntropy, Seed: c.Seed,
		Optimizer: optim.NewAdamW(nn.Params(net), c.LR, optim.WeightDecay(0.01), optim.ClipNorm(1)),
	}
	options := append(c.Checkpoint(r.name+"-"+c.model, 200),
		nn.Epochs(c.Epochs), nn.Validate(dev, metric.Accuracy()),
		nn.ScheduleSteps(optim.OneCycle(c.Epochs*loader.Batches())),
		progress.Bar(os.Stderr))
	history, err := t.Fit(ctx, loader, options...)
	if err != nil {
		return err
	}
	err = c.Finish(ctx, &cli.Trained{
		Model: c.model, Dataset: r.name, Trainer: &t, History: history, Test: test, Encoder: r.encoder,
	})
	if err != nil {
		return err
	}
	model := c.File("model.safetensors")
	fmt.Printf("\nA sentence of the test:\n  go run ./examples/sentiment -predict %q -load %s\n", r.example, model)
	return cli.ClassifyText(ctx, os.Stdout, r.example, model)
}
