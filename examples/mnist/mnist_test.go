package main

import (
	"bytes"
	"context"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/examples/internal/clitest"
	"github.com/gannet-ml/gannet/examples/mnist/digits"
)

// TestRun goes the whole way on drawn digits: train, report, resume, predict.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for some seconds")
	}
	dir := t.TempDir()
	report := filepath.Join(dir, "report.json")
	args := []string{"-epochs", "2", "-out", dir, "-json", report}
	if err := run(context.Background(), args); err != nil {
		t.Fatal(err)
	}
	r := clitest.Report[cli.Result](t, report)[0]
	if r.Dataset != "drawn-digits" || r.Epochs != 2 || r.Seed != 1 || r.Parameters != 77786 || len(r.Confusion) != 10 {
		t.Errorf("the report says %+v", r)
	}
	if r.TestAccuracy < 0.9 {
		t.Errorf("%.1f %% of the digits are right after two epochs, want 90 %%", 100*r.TestAccuracy)
	}
	if err := run(context.Background(), append(args, "-epochs", "3", "-resume")); err != nil {
		t.Fatal(err)
	}
	if r := clitest.Report[cli.Result](t, report)[0]; r.Epochs != 3 {
		t.Errorf("after -resume the report says %d epochs, want 3", r.Epochs)
	}
	for _, name := range []string{"learning-curves.png", "model.safetensors"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	var picture, out bytes.Buffer
	if err := png.Encode(&picture, data.Images(digits.Make(8, 5)).At(7)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "seven.png")
	if err := os.WriteFile(file, picture.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := cli.Classify(context.Background(), &out, file, filepath.Join(dir, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 3 || !strings.HasPrefix(lines[0], "7") {
		t.Errorf("classify printed %q, want three lines, a 7 first", out.String())
	}
}

// TestRefusals names what is wrong with the arguments and files.
func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	clitest.Refuses(t, run, [][2]string{
		{"-set letters", `-set "letters", want digits or fashion`},
		{"-set fashion", "-set fashion needs -data or -download"},
		{"-lr 0", "-lr 0, want a positive number"},
		{"-batch 0", "-batch 0, want at least 1"},
		{"-epochs 0", "-epochs 0, want at least 1"},
		{"-workers -1", "-workers -1, want at least 1"},
		{"extra", `unexpected argument "extra"`},
		{"-predict p.png", "go together"},
		{"-data " + dir, dir},
		{"-json " + filepath.Join(dir, "none", "report.json"), "none"},
	})
}

// TestDefaults are those of the data set.
func TestDefaults(t *testing.T) {
	for args, want := range map[string]int{
		"": 3, "-data d": 4, "-download": 4, "-set fashion -data d": 20, "-set fashion -download": 20, "-set fashion -data d -epochs 2": 2,
	} {
		c, err := parse(strings.Fields(args))
		if err != nil {
			t.Fatal(err)
		}
		if c.Epochs != want {
			t.Errorf("mnist %s: %d epochs, want %d", args, c.Epochs, want)
		}
	}
}

// TestCancelled stops at once and leaves a checkpoint.
func TestCancelled(t *testing.T) { clitest.Stops(t, run, "drawn-digits.checkpoint") }

// TestRealData reads the published sets, if they are at hand.
func TestRealData(t *testing.T) {
	shared := os.Getenv("GANNET_SHARED")
	if shared == "" {
		t.Skip("GANNET_SHARED names no folder with data/mnist and data/fashion-mnist")
	}
	for set, want := range map[string]string{"digits": "mnist", "fashion": "fashion-mnist"} {
		c, err := parse([]string{"-set", set, "-data", filepath.Join(shared, "data", want)})
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.pictures(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if p.name != want || p.train.Len() != 60_000 || p.test.Len() != 10_000 {
			t.Errorf("%s: %q, %d pictures to train on, %d to test with", set, p.name, p.train.Len(), p.test.Len())
		}
	}
}
