// Command catdog trains networks to tell cats from dogs: a convolutional network,
// a recurrent one that reads a picture row by row, and a convolutional recurrent
// one. Without arguments it works offline, on drawings that it makes itself.
//
//	go run ./examples/catdog                         # drawings, CNN and RNN
//	go run ./examples/catdog -data DIR               # photographs: CIFAR-10
//	go run ./examples/catdog -download               # the same, fetched first
//	go run ./examples/catdog -predict PICTURE -load MODEL
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/examples/catdog/networks"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/tensor"
)

// config is what the flags say.
type config struct {
	models   []string
	data     string
	download bool
	epochs   int
	batch    int
	lr       float64
	seed     uint64
	workers  int
	out      string
	resume   bool
	json     string
	predict  string
	load     string
}

func main() { cli.Main("catdog", run) }

func run(ctx context.Context, args []string) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	if c.workers > 0 {
		tensor.SetWorkers(c.workers)
	}
	if c.predict != "" {
		return cli.Classify(ctx, os.Stdout, c.predict, c.load)
	}
	return train(ctx, c)
}

// parse reads the flags.
func parse(args []string) (*config, error) {
	c := &config{}
	f := flag.NewFlagSet("catdog", flag.ContinueOnError)
	model := f.String("model", "", "networks to train, separated by commas: cnn, rnn, convrnn or all (default cnn,rnn on drawings, all on CIFAR-10)")
	f.StringVar(&c.data, "data", "", "`folder` or archive with the binary version of CIFAR-10")
	f.BoolVar(&c.download, "download", false, "fetch CIFAR-10 into the user's cache folder and use it")
	f.IntVar(&c.epochs, "epochs", 0, "passes through the training set (default 100 on CIFAR-10; on drawings 6 for the CNN, 30 for the recurrent networks)")
	f.IntVar(&c.batch, "batch", 0, "pictures in a training step (default 64 on CIFAR-10, 16 on drawings)")
	f.Float64Var(&c.lr, "lr", 0.01, "learning rate")
	f.Uint64Var(&c.seed, "seed", 1, "seed of the initial weights, the order of the pictures and the drawings")
	f.IntVar(&c.workers, "workers", 0, "goroutines that compute (default one for each processor)")
	f.StringVar(&c.out, "out", filepath.Join(os.TempDir(), "catdog"), "`folder` for models, pictures and checkpoints")
	f.BoolVar(&c.resume, "resume", false, "continue from the checkpoints in the -out folder, with their learning rate")
	f.StringVar(&c.json, "json", "", "write the results to this `file`")
	f.StringVar(&c.predict, "predict", "", "classify this `picture` (PNG or JPEG) with the model of -load")
	f.StringVar(&c.load, "load", "", "model `file` for -predict")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	photographs := c.data != "" || c.download
	given := map[string]bool{}
	f.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if !given["batch"] {
		c.batch = 16
		if photographs {
			c.batch = 64
		}
	}
	c.models = []string{"cnn", "rnn"}
	if photographs || *model == "all" {
		c.models = networks.Names
	}
	if *model != "" && *model != "all" {
		c.models = strings.Split(*model, ",")
	}
	for _, m := range c.models {
		if !slices.Contains(networks.Names, m) {
			return nil, fmt.Errorf("-model %q, want some of %s, or all", m, strings.Join(networks.Names, ", "))
		}
	}
	switch {
	case f.NArg() > 0:
		return nil, fmt.Errorf("unexpected argument %q", f.Arg(0))
	case !(c.lr > 0):
		return nil, fmt.Errorf("-lr %v, want a positive number", c.lr)
	case c.batch < 1:
		return nil, fmt.Errorf("-batch %d, want at least 1", c.batch)
	case given["epochs"] && c.epochs < 1:
		return nil, fmt.Errorf("-epochs %d, want at least 1", c.epochs)
	case c.workers < 0:
		return nil, fmt.Errorf("-workers %d, want at least 1", c.workers)
	case len(slices.Compact(slices.Sorted(slices.Values(c.models)))) != len(c.models):
		return nil, fmt.Errorf("-model %q names a network twice", *model)
	case (c.predict == "") != (c.load == ""):
		return nil, errors.New("-predict PICTURE and -load MODEL go together")
	}
	return c, nil
}

// passes returns the epochs that a network is trained for. Drawings are easier
// than photographs, and the recurrent networks learn slowly and run fast.
func (c *config) passes(model string) int {
	switch {
	case c.epochs > 0:
		return c.epochs
	case c.data != "" || c.download:
		return 100
	case model == "cnn":
		return 6
	}
	return 30
}
