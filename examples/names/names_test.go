package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/examples/internal/clitest"
)

// TestRun goes the whole way on invented names: train, report, resume, predict.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for some seconds")
	}
	dir := t.TempDir()
	report := filepath.Join(dir, "report.json")
	args := []string{"-epochs", "3", "-out", dir, "-json", report}
	if err := run(context.Background(), args); err != nil {
		t.Fatal(err)
	}
	r := clitest.Report[cli.Result](t, report)[0]
	if r.Model != "lstm" || r.Dataset != "invented-names" || r.Epochs != 3 || r.Seed != 1 || len(r.Confusion) != 6 {
		t.Errorf("the report says %+v", r)
	}
	if r.Metric != "accuracy" || r.Value != r.TestAccuracy || r.Value < 0.8 {
		t.Errorf("%s %.3f after three epochs, want an accuracy of 0.8", r.Metric, r.Value)
	}
	if err := run(context.Background(), append(args, "-epochs", "4", "-resume")); err != nil {
		t.Fatal(err)
	}
	if r := clitest.Report[cli.Result](t, report)[0]; r.Epochs != 4 {
		t.Errorf("after -resume the report says %d epochs, want 4", r.Epochs)
	}
	var out bytes.Buffer
	if err := cli.ClassifyText(context.Background(), &out, "Lolomina", filepath.Join(dir, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 3 || !strings.HasPrefix(lines[0], "Dodona") {
		t.Errorf("it printed %q, want three lines, Dodona first", out.String())
	}
}

// TestModels trains every model for a moment.
func TestModels(t *testing.T) {
	for model, want := range map[string]int{"rnn": 27142, "lstm": 102022, "gru": 77062} {
		dir := t.TempDir()
		report := filepath.Join(dir, "report.json")
		if err := run(context.Background(), []string{"-model", model, "-epochs", "1", "-out", dir, "-json", report}); err != nil {
			t.Fatal(err)
		}
		if r := clitest.Report[cli.Result](t, report)[0]; r.Model != model || r.Parameters != want {
			t.Errorf("%s has %d parameters, want %d", r.Model, r.Parameters, want)
		}
	}
}

// write writes a file and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestOwnNames reads a folder of its own, whose test part has a letter that the other
// has not, and longer names.
func TestOwnNames(t *testing.T) {
	dir := filepath.Dir(write(t, "One.txt", strings.Repeat("Åse\nBo\n", 10)))
	if err := os.WriteFile(filepath.Join(dir, "Two.txt"), []byte(strings.Repeat("Li\n", 9)+"Xerxes-Xerxes\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, seed := range []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10"} {
		if err := run(context.Background(), []string{"-data", dir, "-epochs", "1", "-seed", seed, "-out", t.TempDir()}); err != nil {
			t.Errorf("seed %s: %v", seed, err)
		}
	}
}

// TestRefusals names what is wrong with the arguments and files.
func TestRefusals(t *testing.T) {
	file := write(t, "One.txt", "A\xff\n")
	few := write(t, "One.txt", "A\n")
	clitest.Refuses(t, run, [][2]string{
		{"-model dragon", `-model "dragon", want one of rnn, lstm, gru`},
		{"-lr 0", "-lr 0, want a positive number"},
		{"-epochs 0", "-epochs 0, want at least 1"},
		{"extra", `unexpected argument "extra"`},
		{"-predict Bo", "-predict and -load MODEL go together"},
		{"-load m", "-predict and -load MODEL go together"},
		{"-predict Bo -load " + file, file},
		{"-data " + t.TempDir(), "no file ends in .txt"},
		{"-data " + filepath.Dir(file), "One.txt: line 1"},
		{"-data " + filepath.Dir(few), "too few names to train and test with"},
	})
}

// TestCancelled stops at once and leaves a checkpoint.
func TestCancelled(t *testing.T) { clitest.Stops(t, run, "invented-names-lstm.checkpoint") }

// TestRealNames reads the published set, if it is at hand.
func TestRealNames(t *testing.T) {
	shared := os.Getenv("GANNET_SHARED")
	if shared == "" {
		t.Skip("GANNET_SHARED names no folder with data/names")
	}
	c, err := parse([]string{"-data", filepath.Join(shared, "data", "names")})
	if err != nil {
		t.Fatal(err)
	}
	s, err := c.surnames()
	if err != nil {
		t.Fatal(err)
	}
	if spec := s.train.Spec(); s.train.Len()+s.test.Len() != 20050 || s.test.Len() != 2005 || spec.Classes != 18 {
		t.Errorf("%d names to train on, %d to test with, %d languages", s.train.Len(), s.test.Len(), spec.Classes)
	}
}
