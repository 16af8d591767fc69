// Package cli holds what the commands among the examples share: how they end,
// their common flags and the report that they write.
package cli

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/gannet-ml/gannet/internal/atomicfile"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// Main runs a command until it is done or told to stop, and ends the program: with
// status 1 after an error, with 130 if it was stopped.
func Main(name string, run func(ctx context.Context, args []string) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:])
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case onlyCanceled(err):
		fmt.Fprintln(os.Stderr, name+": stopped; if there is a checkpoint, -resume goes on from it")
		os.Exit(130)
	default:
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}

// onlyCanceled reports whether err says that the program was stopped, and not also
// that something else, such as writing the checkpoint, failed.
func onlyCanceled(err error) bool {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return !slices.ContainsFunc(joined.Unwrap(), func(e error) bool { return !errors.Is(e, context.Canceled) })
	}
	return errors.Is(err, context.Canceled)
}

// Training holds the flags of a command that trains something. Values set before
// [Training.Flags] are the defaults.
type Training struct {
	Data    string
	Epochs  int
	Batch   int
	LR      float64
	Seed    uint64
	Workers int
	Out     string
	Resume  bool
	JSON    string

	flags *flag.FlagSet
}

// Flags returns the flags of a command by that name, to which it may add its own.
// What -data takes is described by dataUsage; if that is empty, there is no -data.
func (t *Training) Flags(name, dataUsage string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	if dataUsage != "" {
		f.StringVar(&t.Data, "data", t.Data, dataUsage)
	}
	f.IntVar(&t.Epochs, "epochs", t.Epochs, "passes through the training set")
	f.IntVar(&t.Batch, "batch", t.Batch, "samples in a training step")
	f.Float64Var(&t.LR, "lr", t.LR, "learning rate")
	f.Uint64Var(&t.Seed, "seed", 1, "seed of everything that is random")
	f.IntVar(&t.Workers, "workers", 0, "goroutines that compute (default one for each processor)")
	f.StringVar(&t.Out, "out", filepath.Join(os.TempDir(), name), "`folder` for models, pictures and checkpoints")
	f.BoolVar(&t.Resume, "resume", false, "continue from the checkpoint in the -out folder, with its learning rate")
	f.StringVar(&t.JSON, "json", "", "write the results to this `file`")
	t.flags = f
	return f
}

// Parse reads the flags. Defaults that depend on them are set between Parse and
// [Training.Prepare].
func (t *Training) Parse(args []string) error {
	if err := t.flags.Parse(args); err != nil {
		return err
	}
	if t.flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", t.flags.Arg(0))
	}
	return nil
}

// Prepare checks the settings and makes ready what they ask for: the number of
// workers, the folder -out and the file -json, which is written once so that a
// wrong path is found out now and not after hours.
func (t *Training) Prepare() error {
	switch {
	case !(t.LR > 0) || math.IsInf(t.LR, 1):
		return fmt.Errorf("-lr %v, want a positive number", t.LR)
	case t.Batch < 1:
		return fmt.Errorf("-batch %d, want at least 1", t.Batch)
	case t.Epochs < 1:
		return fmt.Errorf("-epochs %d, want at least 1", t.Epochs)
	case t.Workers < 0:
		return fmt.Errorf("-workers %d, want at least 1, or 0 for one each processor", t.Workers)
	}
	if t.Workers > 0 {
		tensor.SetWorkers(t.Workers)
	}
	if err := os.MkdirAll(t.Out, 0o755); err != nil {
		return err
	}
	if t.JSON != "" {
		return WriteJSON(t.JSON, []struct{}{})
	}
	return nil
}

// Given reports whether a flag was among the arguments.
func (t *Training) Given(name string) bool {
	given := false
	t.flags.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	return given
}

// File returns the path of a file in the folder -out.
func (t *Training) File(name string) string { return filepath.Join(t.Out, name) }

// Checkpoint returns the options that write a checkpoint to the folder -out, after
// every epoch and so many steps, and that go on from it with -resume.
func (t *Training) Checkpoint(name string, every int) []nn.Option {
	path := t.File(name + ".checkpoint")
	if !t.Resume {
		return []nn.Option{nn.Checkpoint(path, every)}
	}
	if _, err := os.Stat(path); err != nil {
		fmt.Printf("there is no checkpoint %s; training begins anew\n", path)
	}
	return []nn.Option{nn.Checkpoint(path, every), nn.Resume(path)}
}

// WriteJSON writes v to a file, as a whole or not at all.
func WriteJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}
