package main

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/examples/internal/clitest"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// TestRules runs the suite that every operation and layer of the library passes:
// gradients by central differences among much else.
func TestRules(t *testing.T) {
	scale, err := nn.Init(1, &Scale{Channels: 2, Initial: 0.5})
	if err != nil {
		t.Fatal(err)
	}
	block, err := nn.Init(1, NewBlock(2, 2))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]nntest.Case{
		"maxout": {
			Inputs: []*tensor.Tensor{nntest.Spread(1, 2, 6, 2)},
			F:      func(x ...*grad.Var) *grad.Var { return (&Maxout{3}).Forward(x[0]) },
			Shape:  tensor.Shape{2, 2, 2}, Batch: []int{0},
		},
		"maxout/rows": {
			Inputs: []*tensor.Tensor{nntest.Spread(1, 3, 4)},
			F:      func(x ...*grad.Var) *grad.Var { return (&Maxout{2}).Forward(x[0]) },
			Shape:  tensor.Shape{3, 2}, Batch: []int{0},
		},
		"scale": {
			Inputs: []*tensor.Tensor{nntest.Values(1, 2, 2, 3, 2)}, Params: nn.Params(scale),
			F:     func(x ...*grad.Var) *grad.Var { return scale.Forward(x[0]) },
			Shape: tensor.Shape{2, 2, 3, 2}, Batch: []int{0},
		},
		"block": {
			// A change of one weight may make another piece the largest, so the
			// gradient of the block's own weights is left to those of its parts.
			Inputs: []*tensor.Tensor{nntest.Values(1, 2, 2, 3, 3)}, Params: nn.Params(block.Scale),
			F:     func(x ...*grad.Var) *grad.Var { return block.Forward(x[0]) },
			Shape: tensor.Shape{2, 2, 3, 3}, Batch: []int{0}, Tolerance: 0.02,
		},
		"gce": {
			Inputs:      []*tensor.Tensor{nntest.Values(1, 3, 4)},
			F:           func(x ...*grad.Var) *grad.Var { return GCE(0.7)(x[0], tensor.New([]int{2, 0, 3}, 3)) },
			Shape:       tensor.Shape{},
			MayAllocate: true, // a view of the labels
		},
	} {
		t.Run(name, func(t *testing.T) { nntest.Run(t, c) })
	}
}

// TestMaxout compares with numbers worked out by hand; of equal pieces the first gets
// the gradient.
func TestMaxout(t *testing.T) {
	tape := grad.NewTape(grad.Gradients, 1)
	x := tape.Input(tensor.New([]float32{1, 5, -2, -1, 3, 3}, 1, 6)).RequireGrad()
	y := (&Maxout{2}).Forward(x)
	if err := y.BackwardFrom(tensor.New([]float32{10, 20, 30}, 1, 3)); err != nil {
		t.Fatal(err)
	}
	if want := tensor.New([]float32{5, -1, 3}, 1, 3); !y.Data().Equal(want) {
		t.Errorf("Maxout = %v, want %v", y.Data(), want)
	}
	if want := tensor.New([]float32{0, 10, 0, 20, 30, 0}, 1, 6); !x.Grad().Equal(want) {
		t.Errorf("its gradient is %v, want %v", x.Grad(), want)
	}
}

// TestGCE compares with the formula.
func TestGCE(t *testing.T) {
	tape := grad.NewTape(grad.Evaluation, 1)
	x := tensor.New([]float32{0, 0, 0, float32(math.Log(3))}, 2, 2) // p of class 1: 1/2, 3/4
	for _, q := range []float64{0.5, 1} {
		got := float64(GCE(float32(q))(tape.Input(x), tensor.New([]int{1, 1}, 2)).Data().Item())
		want := (2 - math.Pow(0.5, q) - math.Pow(0.75, q)) / (2 * q)
		if math.Abs(got-want) > 1e-6 {
			t.Errorf("GCE with q = %v is %v, want %v", q, got, want)
		}
	}
}

func TestSelectiveAccuracy(t *testing.T) {
	m := &SelectiveAccuracy{Coverage: 0.5}
	if !math.IsNaN(m.Value()) {
		t.Errorf("of no samples it is %v, want NaN", m.Value())
	}
	// From the surest to the least sure: right, wrong, right, right.
	logits := tensor.New([]float32{0, 1, 9, 0, 0, 3, 0, 2}, 4, 2)
	if err := m.Update(logits, tensor.New([]int{1, 0, 0, 1}, 4)); err != nil {
		t.Fatal(err)
	}
	if got := m.Value(); got != 0.5 {
		t.Errorf("selective accuracy %v, want 0.5", got)
	}
	m.Coverage = 1
	if got := m.Value(); got != 0.75 {
		t.Errorf("selective accuracy of all %v, want 0.75", got)
	}
	m.Reset()
	if !math.IsNaN(m.Value()) {
		t.Errorf("after Reset it is %v, want NaN", m.Value())
	}
	if err := m.Update(logits, tensor.Zeros(4)); err == nil || !strings.Contains(err.Error(), "want [N, C] and *tensor.Ints [N]") {
		t.Errorf("Update with numbers as labels: error %v", err)
	}
}

// TestErrors names what does not fit, and where.
func TestErrors(t *testing.T) {
	labels := tensor.New([]int{0, 1}, 2)
	for want, f := range map[string]func(tape *grad.Tape) *grad.Var{
		"Maxout: input has shape [2 5], want [batch, channels, …] with a number of channels that 2 divides": func(tape *grad.Tape) *grad.Var {
			return (&Maxout{2}).Forward(tape.Input(tensor.Zeros(2, 5)))
		},
		"Scale: input has shape [2 5], want [batch, 5, height, width]": func(tape *grad.Tape) *grad.Var {
			s, err := nn.Init(1, &Scale{Channels: 5})
			if err != nil {
				t.Fatal(err)
			}
			return s.Forward(tape.Input(tensor.Zeros(2, 5)))
		},
		"Scale: no parameters; call nn.Init or load weights": func(tape *grad.Tape) *grad.Var {
			return (&Scale{Channels: 5}).Forward(tape.Input(tensor.Zeros(2, 5)))
		},
		"GCE: output has shape [3 2] and target is a *tensor.Array[int] of shape [2]": func(tape *grad.Tape) *grad.Var {
			return GCE(0.7)(tape.Input(tensor.Zeros(3, 2)), labels)
		},
		"GCE: q is 2, want more than 0 and at most 1": func(tape *grad.Tape) *grad.Var {
			return GCE(2)(tape.Input(tensor.Zeros(2, 2)), labels)
		},
	} {
		if err := f(grad.NewTape(grad.Training, 1)).Err(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q in it", err, want)
		}
	}
	for want, m := range map[string]nn.Module{
		"custom: Maxout: 0 pieces, want at least 1":  &Maxout{},
		"custom: Scale: 0 channels, want at least 1": &Scale{},
		"custom: Block: a layer is nil":              &Block{},
	} {
		if _, err := nn.Init(1, m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Init: error %v, want %q in it", err, want)
		}
	}
}

// small returns a network and what it takes to train it for two short epochs.
func small(t *testing.T) *training {
	half := []float32{0.5}
	train, _ := pictures(1, 40, 0.3, data.Pipeline{data.Normalize(half, half)})
	net, err := nn.Init(1, network(10))
	if err != nil {
		t.Fatal(err)
	}
	loader := data.NewLoader(train, data.BatchSize(16), data.Shuffle(1))
	return &training{
		net: net, loss: GCE(0.7), epochs: 2, seed: 1, loader: loader,
		optimize: optim.NewAdamW(nn.Params(net), 0.004, optim.ClipNorm(1)),
		schedule: optim.Cosine(2*loader.Batches(), 0),
	}
}

// TestLoop trains with the loop and with the Trainer: both come to the same bits.
func TestLoop(t *testing.T) {
	a, b := small(t), small(t)
	first, err := a.fit(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.loop(context.Background(), func(nn.EpochRecord) {})
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range first.Epochs {
		if got := second.Epochs[i]; got.Loss != e.Loss || got.Samples != e.Samples {
			t.Errorf("epoch %d: loss %v of %d samples, want %v of %d", e.Epoch, got.Loss, got.Samples, e.Loss, e.Samples)
		}
	}
	params := nn.Params(b.net)
	for i, p := range nn.Params(a.net) {
		if !p.Value.Equal(params[i].Value) {
			t.Errorf("%s has other bits with the loop than with the Trainer", p.Name)
		}
	}
}

// TestSave saves and loads a network of all that is registered here.
func TestSave(t *testing.T) {
	net, err := nn.Init(1, network(10))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model")
	if err := nn.Save(path, net, nn.Info{}); err != nil {
		t.Fatal(err)
	}
	loaded, _, err := nn.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	x := tensor.Uniform(1, -1, 1, 2, 1, 28, 28)
	tape := grad.NewTape(grad.Evaluation, 1)
	if y := net.Forward(tape.Input(x)); !loaded.Forward(tape.Input(x)).Data().Equal(y.Data()) || y.Err() != nil {
		t.Errorf("the network that was loaded computes something else (%v)", y.Err())
	}
}

// TestRun goes the whole way on one epoch, with the Trainer and with the loop.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for some seconds")
	}
	dir := t.TempDir()
	report := filepath.Join(dir, "report.json")
	args := []string{"-epochs", "1", "-batch", "100", "-out", dir, "-json", report}
	for _, more := range [][]string{nil, {"-epochs", "2", "-resume"}, {"-loop", "-loss", "cross-entropy"}} {
		if err := run(context.Background(), append(args, more...)); err != nil {
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
		for _, key := range []string{"model", "dataset", "loss", "epochs", "seed", "train_loss", "test_accuracy", "metric", "value",
			"images_per_second", "parameters", "seconds"} {
			if _, ok := results[0][key]; !ok {
				t.Errorf("the report lacks %q", key)
			}
		}
		if e := results[0]["epochs"]; e != 1.0 && !(len(more) > 0 && more[0] == "-epochs" && e == 2.0) {
			t.Errorf("with %v the report says %v epochs", more, e)
		}
	}
	for _, name := range []string{"custom.safetensors", "learning-curves.png"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestRefusals names what is wrong with the arguments.
func TestRefusals(t *testing.T) {
	clitest.Refuses(t, run, [][2]string{
		{"-loss hinge", `-loss "hinge", want gce or cross-entropy`},
		{"-wrong 1", "-wrong 1, want at least 0 and less than 1"},
		{"-wrong NaN", "-wrong NaN, want at least 0 and less than 1"},
		{"-loop -resume", "-loop writes no checkpoints"},
		{"-lr 0", "-lr 0, want a positive number"},
		{"-data x", "flag provided but not defined: -data"},
		{"extra", `unexpected argument "extra"`},
	})
}

// TestCancelled stops at once, and leaves a checkpoint if there is a Trainer.
func TestCancelled(t *testing.T) {
	clitest.Stops(t, run, "gce-0.4.checkpoint")
	clitest.Stops(t, run, "", "-loop")
}
