// Command catdog trains networks to tell cats from dogs: a convolutional network,
// recurrent ones that read a picture row by row, and a convolutional recurrent
// one. Without arguments it works offline, on drawings that it makes itself.
//
//	go run ./examples/catdog                         # drawings, CNN and RNN
//	go run ./examples/catdog -data DIR               # photographs: CIFAR-10
//	go run ./examples/catdog -download               # the same, fetched first
//	go run ./examples/catdog -predict PICTURE -load MODEL
package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/examples/catdog/networks"
	"github.com/gannet-ml/gannet/examples/internal/cli"
)

// config is what the flags say.
type config struct {
	cli.Training
	models   []string
	download bool
	predict  cli.Prediction
}

func main() { cli.Main("catdog", run) }

func run(ctx context.Context, args []string) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	if c.predict.Sample != "" {
		return cli.Classify(ctx, os.Stdout, c.predict.Sample, c.predict.Model)
	}
	return train(ctx, c)
}

// photographs reports whether the pictures are those of CIFAR-10.
func (c *config) photographs() bool { return c.Data != "" || c.download }

// parse reads the flags.
func parse(args []string) (*config, error) {
	c := &config{Training: cli.Training{Epochs: 100, Batch: 64, LR: 0.01}}
	f := c.Flags("catdog", "`folder` or archive with the binary version of CIFAR-10")
	f.Lookup("epochs").Usage += " (on drawings by default 6 for the CNN, 30 for the recurrent networks)"
	f.Lookup("batch").Usage += " (on drawings by default 16)"
	model := f.String("model", "", "networks to train, separated by commas: "+strings.Join(networks.Names, ", ")+" or all (default cnn,rnn on drawings, cnn,rnn,convrnn on CIFAR-10)")
	f.BoolVar(&c.download, "download", false, "fetch CIFAR-10 into the user's cache folder and use it")
	c.predict.Flags(f, "classify this `picture` (PNG or JPEG)")
	if err := c.Parse(args); err != nil {
		return nil, err
	}
	if !c.photographs() && !c.Given("batch") {
		c.Batch = 16
	}
	c.models = []string{"cnn", "rnn"}
	switch {
	case *model == "all":
		c.models = networks.Names
	case *model != "":
		c.models = strings.Split(*model, ",")
	case c.photographs(): // those of the founding experiment
		c.models = []string{"cnn", "rnn", "convrnn"}
	}
	for _, m := range c.models {
		if !slices.Contains(networks.Names, m) {
			return nil, fmt.Errorf("-model %q, want some of %s, or all", m, strings.Join(networks.Names, ", "))
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(c.models)))) != len(c.models) {
		return nil, fmt.Errorf("-model %q names a network twice", *model)
	}
	return c, c.predict.Check()
}

// passes returns the epochs that a network is trained for. Drawings are easier
// than photographs, and the recurrent networks learn slowly and run fast.
func (c *config) passes(model string) int {
	switch {
	case c.photographs() || c.Given("epochs"):
		return c.Epochs
	case model == "cnn":
		return 6
	}
	return 30
}
