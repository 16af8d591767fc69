// Command charlm trains a language model: a recurrent network that reads a text letter
// by letter, tells how probable every letter is as the next one, and so can write on.
// Without arguments it works offline, on scenes of a play that it makes up itself.
//
//	go run ./examples/charlm                                     # a play that it makes up
//	go run ./examples/charlm -data input.txt -hidden 256         # any text
//	go run ./examples/charlm -generate PROMPT -load MODEL        # goes on with a text
//	go run ./examples/charlm -serve 127.0.0.1:8080 -load MODEL   # the same for all, behind HTTP
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"

	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/nn/lm"
)

// config is what the flags say.
type config struct {
	cli.Training
	hidden, layers, steps int
	dropout               float64
	writing
}

func main() { cli.Main("charlm", run) }

func run(ctx context.Context, args []string) error {
	c, err := parse(args)
	switch {
	case err != nil:
		return err
	case c.addr != "":
		return c.serve(ctx, os.Stdout)
	case c.load != "":
		return c.generate(ctx, os.Stdout)
	}
	return c.train(ctx)
}

// parse reads the flags.
func parse(args []string) (*config, error) {
	c := &config{Training: cli.Training{Epochs: 6, Batch: 32, LR: 0.004}}
	f := c.Flags("charlm", "`file` of text, UTF-8")
	f.IntVar(&c.hidden, "hidden", 128, "units in a layer")
	f.IntVar(&c.layers, "layers", 2, "recurrent layers")
	f.IntVar(&c.steps, "steps", 100, "characters in a chunk, through which gradients flow")
	f.Float64Var(&c.dropout, "dropout", 0.25, "share of the units that is left out while training")
	c.flags(f)
	if err := c.Parse(args); err != nil {
		return nil, err
	}
	return c, c.check()
}

// check reports flags that do not go together, and how to write what cannot be.
func (c *config) check() error {
	generates := c.Given("generate")
	switch {
	case generates && c.addr != "":
		return errors.New("-generate and -serve do not go together")
	case (generates || c.addr != "") != (c.load != ""):
		return errors.New("-load MODEL goes together with -generate or -serve")
	case generates && c.prompt == "":
		return errors.New("-generate \"\", want the beginning of a text")
	case c.length < 1:
		return fmt.Errorf("-length %d, want at least 1", c.length)
	}
	for _, name := range []string{"temperature", "top-k", "top-p", "length"} {
		if c.addr != "" && c.Given(name) {
			return fmt.Errorf("-%s is for -generate; with -serve every request has its own", name)
		}
	}
	s := c.sampler()
	return s.Check()
}

// sampler picks characters as the flags say.
func (c *config) sampler() lm.Sampler {
	return lm.Sampler{Temperature: c.temperature, TopK: c.topK, TopP: c.topP, Seed: c.Seed}
}

// writing holds the flags of a model that writes.
type writing struct {
	load, prompt, addr string
	temperature, topP  float64
	topK, length       int
}

func (w *writing) flags(f *flag.FlagSet) {
	f.StringVar(&w.load, "load", "", "model `file` for -generate and -serve")
	f.StringVar(&w.prompt, "generate", "", "go on with this `text`, with the model of -load")
	f.StringVar(&w.addr, "serve", "", "serve the model of -load at this `address`")
	f.Float64Var(&w.temperature, "temperature", 0.8, "below 1 the probable is preferred, 0 takes what is most probable")
	f.IntVar(&w.topK, "top-k", 0, "pick from so many of the most probable characters; 0 means all")
	f.Float64Var(&w.topP, "top-p", 0, "pick from the most probable characters that together have this probability; 0 means all")
	f.IntVar(&w.length, "length", 500, "number of characters to write")
}
