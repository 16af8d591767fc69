package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/examples/catdog/drawings"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/examples/internal/clitest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/safetensors"
)

// TestRun goes the whole way on few epochs: train, report, resume, predict.
func TestRun(t *testing.T) {
	dir := t.TempDir()
	report := filepath.Join(dir, "report.json")
	args := []string{"-model", "rnn,convrnn", "-epochs", "1", "-out", dir, "-json", report}
	if err := run(context.Background(), args); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var results []map[string]any
	if err := json.Unmarshal(raw, &results); err != nil {
		t.Fatal(err)
	}
	if len(results) != 2 {
		t.Fatalf("the report has %d models, want 2", len(results))
	}
	for _, key := range []string{"model", "dataset", "epochs", "seed", "train_loss", "test_accuracy", "precision", "recall",
		"f1", "confusion", "images_per_second", "parameters", "seconds"} {
		if _, ok := results[0][key]; !ok {
			t.Errorf("the report lacks %q", key)
		}
	}
	if results[0]["dataset"] != "drawings" || results[0]["epochs"] != 1.0 || results[0]["parameters"] != 29186.0 {
		t.Errorf("report says %v", results[0])
	}
	if err := run(context.Background(), append(args, "-epochs", "2", "-resume", "-model", "rnn")); err != nil {
		t.Fatal(err)
	}
	raw, _ = os.ReadFile(report)
	if err := json.Unmarshal(raw, &results); err != nil || results[0]["epochs"] != 2.0 {
		t.Errorf("after -resume the report says %s (%v), want 2 epochs", raw, err)
	}
	var out bytes.Buffer
	if err := cli.Classify(context.Background(), &out, filepath.Join(dir, "picture.png"), filepath.Join(dir, "rnn.safetensors")); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "cat") || !strings.Contains(out.String(), "dog") {
		t.Errorf("classify printed %q", out.String())
	}
}

// TestRefusals names what is wrong with the arguments and files.
func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text.png")
	if err := os.WriteFile(text, []byte("no picture"), 0o644); err != nil {
		t.Fatal(err)
	}
	clitest.Refuses(t, run, [][2]string{
		{"-model dragon", `-model "dragon", want some of cnn, rnn, convrnn`},
		{"-lr 0", "-lr 0, want a positive number"},
		{"-lr NaN", "-lr NaN, want a positive number"},
		{"-batch 0", "-batch 0, want at least 1"},
		{"-epochs 0", "-epochs 0, want at least 1"},
		{"-workers -1", "-workers -1, want at least 1"},
		{"extra", `unexpected argument "extra"`},
		{"-model rnn,cnn,rnn", `-model "rnn,cnn,rnn" names a network twice`},
		{"-model rnn -json " + filepath.Join(dir, "none", "report.json"), "none"},
		{"-predict p.png", "go together"},
		{"-predict " + dir + " -load " + text, text},
		{"-predict " + text + " -load " + text, text},
		{"-data " + dir, dir},
	})
}

// TestForeignModels refuses models that are no classifiers of pictures, whatever
// their files say.
func TestForeignModels(t *testing.T) {
	dir := t.TempDir()
	picture := filepath.Join(dir, "picture.png")
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(picture, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	two := []string{"cat", "dog"}
	for name, c := range map[string]struct {
		features int
		info     nn.Info
		input    string // in place of [3,8,8] in the file
		want     string
	}{
		"vector":  {4, nn.Info{Input: tensor.Shape{4}, Classes: two}, "", "is no classifier of pictures"},
		"classes": {192, nn.Info{Input: tensor.Shape{3, 8, 8}, Classes: append(two, "bird")}, "", "output has shape [2], want logits of 3 classes"},
		"two":     {128, nn.Info{Input: tensor.Shape{2, 8, 8}, Classes: two}, "", "makes an input of shape [3 8 8]"},
		"size":    {48, nn.Info{Input: tensor.Shape{3, 4, 4}, Classes: two}, "", "makes an input of shape [3 8 8]"},
		"huge":    {192, nn.Info{Input: tensor.Shape{3, 8, 8}, Classes: two}, "[3,32768,32768]", "want at most"},
		"input":   {192, nn.Info{Input: tensor.Shape{3, 8, 8}, Classes: two}, "[3,8,9]", "input has 216 features, want 192"},
	} {
		net, err := nn.Init(1, nn.Seq(nn.Flatten, nn.NewLinear(c.features, 2)))
		if err != nil {
			t.Fatal(err)
		}
		model := filepath.Join(dir, name)
		if err := nn.Save(model, net, c.info); err != nil {
			t.Fatal(err)
		}
		if c.input != "" {
			entries, meta, err := safetensors.Load(model)
			if err != nil {
				t.Fatal(err)
			}
			meta["gannet.info"] = strings.Replace(meta["gannet.info"], "[3,8,8]", c.input, 1)
			if err := safetensors.Write(model, entries, meta); err != nil {
				t.Fatal(err)
			}
		}
		err = run(context.Background(), []string{"-predict", picture, "-load", model})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q in it", name, err, c.want)
		}
	}
}

// TestCancelled stops at once and leaves a checkpoint.
func TestCancelled(t *testing.T) { clitest.Stops(t, run, "rnn.checkpoint", "-model", "rnn") }

// TestDrawingsNeedMoreThanALinearModel checks what the drawings promise: a linear
// model stays below 75 %.
func TestDrawingsNeedMoreThanALinearModel(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for some seconds")
	}
	x, y, classes := drawings.Make(trainDrawings, 1)
	half := []float32{0.5}
	p := prepared("drawings", data.Images(x, y, classes), data.Images(drawings.Make(testDrawings, 2)), half, half)
	net, err := nn.Init(1, nn.Seq(nn.Flatten, nn.NewLinear(3*drawings.Size*drawings.Size, 2)))
	if err != nil {
		t.Fatal(err)
	}
	trainer := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewSGD(nn.Params(net), 0.001)}
	h, err := trainer.Fit(context.Background(), data.NewLoader(p.train, data.BatchSize(16), data.Shuffle(1)),
		nn.Epochs(10), nn.Validate(data.NewLoader(p.test, data.BatchSize(250)), metric.Accuracy()))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range h.Epochs {
		if a := e.Validation["accuracy"]; a >= 0.75 {
			t.Errorf("epoch %d: a linear model is right on %.1f %% of the test drawings, want less than 75 %%", e.Epoch, 100*a)
		}
	}
	// Nor does the average colour of a picture say anything.
	var mean [2][3]float64
	for i := range trainDrawings {
		for c := range 3 {
			for _, v := range x.Index(0, i).Index(0, c).Data() {
				mean[i%2][c] += float64(v) / (trainDrawings / 2 * drawings.Size * drawings.Size)
			}
		}
	}
	for c := range 3 {
		if d := mean[0][c] - mean[1][c]; d < -8 || d > 8 {
			t.Errorf("channel %d: cats are %.1f brighter than dogs of 255, want less than 8", c, d)
		}
	}
}
