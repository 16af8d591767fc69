package networks_test

import (
	"encoding/json"
	"flag"
	"math"
	"path/filepath"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/examples/catdog/networks"
	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/safetensors"
)

// export makes TestSteps write the initial weights and batches to a folder, for
// testdata/steps.py to train from.
var export = flag.String("export", "", "write inputs for testdata/steps.py to this `folder`")

const (
	steps = 20
	batch = 4
	every = 7
)

// optimizers are those that steps.py knows under the same names.
var optimizers = map[string]func(nn.Module) optim.Optimizer{
	"sgd":      func(m nn.Module) optim.Optimizer { return optim.NewSGD(nn.Params(m), 0.01) },
	"momentum": func(m nn.Module) optim.Optimizer { return optim.NewSGD(nn.Params(m), 0.005, optim.Momentum(0.9)) },
	"nesterov": func(m nn.Module) optim.Optimizer {
		return optim.NewSGD(nn.Params(m), 0.005, optim.Momentum(0.9), optim.Nesterov, optim.WeightDecay(1e-4))
	},
	"adam":  func(m nn.Module) optim.Optimizer { return optim.NewAdam(nn.Params(m), 0.0005) },
	"adamw": func(m nn.Module) optim.Optimizer { return optim.NewAdamW(nn.Params(m), 0.0005) },
}

// batches returns the pictures [steps·batch, 3, 32, 32] and labels of all steps.
func batches() (*tensor.Tensor, *tensor.Ints) {
	y := tensor.Make[int](steps * batch)
	for i := range y.Len() {
		y.Set(i*7%3%2, i)
	}
	return tensor.Normal(7, 0, 1, steps*batch, 3, 32, 32), y
}

// TestSteps trains each network with each optimizer for 20 steps and compares
// with PyTorch: every loss, and the weights that come out. Of the changes of large
// weights the file has every seventh, in half precision, which is exact enough since
// they change little.
//
// PyTorch computes convolutions by the formula. By Winograd's algorithm they are as
// exact, but in other roundings, which at some step decide which of two nearly equal
// pixels a pooling window passes on: as in PyTorch's own float64, see testdata/steps.py.
// So that way is held to less.
func TestSteps(t *testing.T) {
	x, y := batches()
	if *export != "" {
		write(t, x, y)
		return
	}
	f, err := safetensors.Open("testdata/steps.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var losses map[string][]float64
	if err := json.Unmarshal([]byte(f.Metadata()["losses"]), &losses); err != nil {
		t.Fatal(err)
	}
	if want := len(networks.Names) * len(optimizers); len(losses) != want {
		t.Fatalf("the file has %d runs, want %d", len(losses), want)
	}
	for _, level := range nntest.Levels() {
		if level == cpu.Generic && testing.Short() {
			continue // slow, above all with the race detector
		}
		for _, name := range networks.Names {
			for opt, newOptimizer := range optimizers {
				run := name + "." + opt
				t.Run("Golden/New/"+run+"/level="+level.String(), func(t *testing.T) {
					defer cpu.Set(cpu.Set(level))
					compare(t, f, run, losses[run], name, newOptimizer, x, y, false)
				})
				if name == "cnn" {
					t.Run("Winograd/"+run+"/level="+level.String(), func(t *testing.T) {
						defer cpu.Set(cpu.Set(level))
						compare(t, f, run, losses[run], name, newOptimizer, x, y, true)
					})
				}
			}
		}
	}
}

func compare(t *testing.T, f *safetensors.File, run string, losses []float64, name string,
	newOptimizer func(nn.Module) optim.Optimizer, x *tensor.Tensor, y *tensor.Ints, winograd bool) {
	net, err := networks.New(name, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	loose := 10.
	if !winograd {
		loose = 1
		for _, layer := range net.Layers {
			if c, ok := layer.(*conv.Conv2D); ok {
				c.NoWinograd = true
			}
		}
	}
	params := nn.Params(net)
	start := map[string]*tensor.Tensor{}
	for _, p := range params {
		start[p.Name] = p.Value.Clone()
	}
	trainer := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: newOptimizer(net)}
	for i := range steps {
		b := data.Batch{X: x.Slice(0, i*batch, (i+1)*batch), Y: y.Slice(0, i*batch, (i+1)*batch)}
		loss, err := trainer.Step(&b)
		if err != nil {
			t.Fatal(err)
		}
		if e := math.Abs(loss/losses[i] - 1); !(e <= 1e-4*loose) {
			t.Errorf("step %d: loss %.7f, want %.7f: off by %.1e", i+1, loss, losses[i], e)
		}
	}
	for _, p := range params {
		change, err := f.ReadTensor(run + "." + p.Name)
		if err != nil {
			t.Fatal(err)
		}
		before, after := sample(start[p.Name], change.Shape()), sample(p.Value, change.Shape())
		want := tensor.Add(before, change)
		if e := norm(tensor.Sub(after, want)) / norm(want); !(e <= 1e-3*loose) {
			t.Errorf("%s: off by %.1e in relative L2 norm, want at most %v", p.Name, e, 1e-3*loose)
		}
		// The change itself, too, which is smaller and so the harder test.
		if e := norm(tensor.Sub(tensor.Sub(after, before), change)) / norm(change); !(e <= 0.02*loose) {
			t.Errorf("%s: its change is off by %.1e in relative L2 norm, want at most %v", p.Name, e, 0.02*loose)
		}
	}
}

// sample returns x, or every seventh of its elements if that is the shape.
func sample(x *tensor.Tensor, shape tensor.Shape) *tensor.Tensor {
	if x.Shape().Equal(shape) {
		return x
	}
	y := tensor.Zeros((x.Len() + every - 1) / every)
	for i := range y.Len() {
		y.Set(x.Data()[i*every], i)
	}
	return y
}

func norm(x *tensor.Tensor) float64 {
	var s float64
	for _, v := range x.Clone().Data() {
		s += float64(v) * float64(v)
	}
	return math.Sqrt(s)
}

func write(t *testing.T, x *tensor.Tensor, y *tensor.Ints) {
	entries := []safetensors.Entry{{Name: "x", Value: x}, {Name: "y", Value: y}}
	if err := safetensors.Write(filepath.Join(*export, "batches.safetensors"), entries, nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range networks.Names {
		net, err := networks.New(name, 2, 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := nn.SaveWeights(filepath.Join(*export, name+".safetensors"), net); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNew(t *testing.T) {
	for name, want := range map[string]int{"cnn": 84930, "rnn": 29186, "convrnn": 5474, "lstm": 115970, "gru": 87042} {
		net, err := networks.New(name, 2, 1)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, p := range nn.Params(net) {
			n += p.Value.Len()
		}
		if n != want {
			t.Errorf("%s has %d parameters, want %d", name, n, want)
		}
	}
	if _, err := networks.New("transformer", 2, 1); err == nil {
		t.Error("New of an unknown network returned no error")
	}
}

// TestWorkers takes steps of the real size, whose products and sequences are cut
// into many parts, with 1, 2 and 7 goroutines: all must come to the same bits.
func TestWorkers(t *testing.T) {
	if testing.Short() {
		t.Skip("slow under the race detector")
	}
	const n = 64
	y := tensor.Make[int](n)
	for i := range n {
		y.Set(i%2, i)
	}
	b := &data.Batch{X: tensor.Normal(7, 0, 1, n, 3, 32, 32), Y: y}
	for _, name := range networks.Names {
		t.Run(name, func(t *testing.T) {
			var want []*tensor.Tensor
			for _, workers := range []int{1, 2, 7} {
				before := tensor.SetWorkers(workers)
				net, err := networks.New(name, 2, 1)
				if err != nil {
					t.Fatal(err)
				}
				tr := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewSGD(nn.Params(net), 0.01)}
				for range 3 {
					if _, err := tr.Step(b); err != nil {
						t.Fatal(err)
					}
				}
				tensor.SetWorkers(before)
				for i, p := range nn.Params(net) {
					if workers == 1 {
						want = append(want, p.Value)
					} else if !p.Value.Equal(want[i]) {
						t.Errorf("%d workers: %s has other bits than with one", workers, p.Name)
					}
				}
			}
		})
	}
}
