// Command regression learns to predict a number from the other columns of a table:
// numbers, which it standardises, and categories. Without arguments it works
// offline, on a table of bicycle rentals that it makes itself.
//
//	go run ./examples/regression
//	go run ./examples/regression -data FILE.csv -target COLUMN
//	go run ./examples/regression -predict 'hour=8,day=workday' -load MODEL
package main

import (
	"context"
	"errors"
	"os"

	"github.com/gannet-ml/gannet/examples/internal/cli"
)

// config is what the flags say.
type config struct {
	cli.Training
	target  string
	predict string
	load    string
}

func main() { cli.Main("regression", run) }

func run(ctx context.Context, args []string) error {
	c := &config{Training: cli.Training{Epochs: 100, Batch: 64, LR: 0.003}}
	f := c.Flags("regression", "CSV `file` with the names of its columns in the first line (default a table of bicycle rentals)")
	f.StringVar(&c.target, "target", "", "`column` of -data to predict")
	f.StringVar(&c.predict, "predict", "", "predict for this `row`, column=value,…, with the model of -load; what is left out is taken to be usual")
	f.StringVar(&c.load, "load", "", "model `file` for -predict")
	if err := c.Parse(args); err != nil {
		return err
	}
	switch {
	case (c.predict == "") != (c.load == ""):
		return errors.New("-predict ROW and -load MODEL go together")
	case (c.Data == "") != (c.target == ""):
		return errors.New("-data FILE and -target COLUMN go together")
	case c.predict != "":
		return predict(ctx, os.Stdout, c.predict, c.load, false)
	}
	if err := c.Prepare(); err != nil {
		return err
	}
	return train(ctx, c)
}
