package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/series"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/examples/internal/clitest"
	"github.com/gannet-ml/gannet/examples/series/signals"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/optim"
)

// TestRun goes the whole way on made signals: train, report, resume.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for some seconds")
	}
	for model, want := range map[string]float64{"cnn": 0.45, "gru": 0.4} {
		dir := t.TempDir()
		report := filepath.Join(dir, "report.json")
		args := []string{"-model", model, "-epochs", "2", "-out", dir, "-json", report}
		if err := run(context.Background(), args); err != nil {
			t.Fatal(err)
		}
		r := clitest.Report[cli.Result](t, report)[0]
		if r.Model != model || r.Dataset != "signals" || r.Epochs != 2 || r.Seed != 1 || len(r.Confusion) != 4 || r.Metric != "accuracy" {
			t.Errorf("the report says %+v", r)
		}
		if r.Value < want {
			t.Errorf("%s: accuracy %.3f after two epochs, want %v", model, r.Value, want)
		}
		if err := run(context.Background(), append(args, "-epochs", "3", "-resume")); err != nil {
			t.Fatal(err)
		}
		if r := clitest.Report[cli.Result](t, report)[0]; r.Epochs != 3 {
			t.Errorf("after -resume the report says %d epochs, want 3", r.Epochs)
		}
	}
}

// TestRefusals names what is wrong with the arguments and files.
func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	const head = "@univariate true\n@classLabel true a b\n@data\n"
	for name, text := range map[string]string{
		"Bad_TRAIN.ts": head + "1,x:a\n",
		"Odd_TRAIN.ts": head + "1,2:a\n3:b\n", "Odd_TEST.ts": strings.Replace(head, "a b", "a c", 1) + "1,2:a\n",
		"None_TRAIN.ts": "@data\n1,2\n", "None_TEST.ts": "@data\n1,2\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	clitest.Refuses(t, run, [][2]string{
		{"-model dragon", `-model "dragon", want one of cnn, lstm, gru`},
		{"-set GunPoint", "-data DIR and -set NAME go together"},
		{"-data " + dir, "-data DIR and -set NAME go together"},
		{"-lr 0", "-lr 0, want a positive number"},
		{"extra", `unexpected argument "extra"`},
		{"-set Missing -data " + dir, "Missing_TRAIN.ts"},
		{"-set Bad -data " + dir, "Bad_TRAIN.ts: line 4"},
		{"-set Odd -data " + dir, `Odd has the classes ["a" "b"] to train and ["a" "c"] to test with`},
		{"-set None -data " + dir, "None has no classes"},
	})
}

// TestCancelled stops at once and leaves a checkpoint.
func TestCancelled(t *testing.T) { clitest.Stops(t, run, "signals-gru.checkpoint", "-model", "gru") }

// TestSignalsNeedMoreThanALinearModel checks what the signals promise.
func TestSignalsNeedMoreThanALinearModel(t *testing.T) {
	train, test := signals.Make(2000, 1).Dataset(series.Steps(100)), signals.Make(1000, 2).Dataset(series.Steps(100))
	net, err := nn.Init(1, nn.Seq(nn.Flatten, nn.NewLinear(200, 4)))
	if err != nil {
		t.Fatal(err)
	}
	tr := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewAdam(nn.Params(net), 0.001)}
	h, err := tr.Fit(context.Background(), data.NewLoader(train, data.BatchSize(32), data.Shuffle(1)),
		nn.Epochs(10), nn.Validate(data.NewLoader(test, data.BatchSize(250)), metric.Accuracy()))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range h.Epochs {
		if a := e.Validation["accuracy"]; a >= 0.4 {
			t.Errorf("epoch %d: a linear model is right on %.1f %% of the signals, want less than 40 %%", e.Epoch, 100*a)
		}
	}
}

// TestRealSeries reads the published sets, if they are at hand.
func TestRealSeries(t *testing.T) {
	shared := os.Getenv("GANNET_SHARED")
	if shared == "" {
		t.Skip("GANNET_SHARED names no folder with data/timeseries")
	}
	for set, want := range map[string][3]int{
		"JapaneseVowels": {270, 370, 9}, "BasicMotions": {40, 40, 4}, "GunPoint": {50, 150, 2}, "ItalyPowerDemand": {67, 1029, 2},
	} {
		for _, model := range models {
			c, err := parse([]string{"-data", filepath.Join(shared, "data", "timeseries"), "-set", set, "-model", model})
			if err != nil {
				t.Fatal(err)
			}
			p, err := c.prepare()
			if err != nil {
				t.Fatal(err)
			}
			if got := [3]int{p.train.Len(), p.test.Len(), p.train.Spec().Classes}; got != want || p.train.Spec().Err != nil {
				t.Errorf("%s: %v (%v), want %v", set, got, p.train.Spec().Err, want)
			}
		}
	}
}
