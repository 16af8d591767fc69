package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/examples/cifar10/network"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/examples/internal/clitest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// TestRun learns figures, adapts what was learnt and compares.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for some seconds")
	}
	dir := t.TempDir()
	report := filepath.Join(dir, "report.json")
	args := []string{"-width", "4", "-pretrain", "1", "-epochs", "4", "-out", dir, "-json", report}
	if err := run(context.Background(), args); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var r []cli.Result
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	if len(r) != 3 || r[0].Model != "scratch" || r[1].Model != "head" || r[2].Model != "fine-tuned" {
		t.Fatalf("the report is %s", raw)
	}
	if head := 8*4*2 + 2; r[1].Parameters != head || r[0].Parameters <= head || r[2].Parameters != r[0].Parameters {
		t.Errorf("%d, %d and %d parameters learn, want all, the head's %d, all", r[0].Parameters, r[1].Parameters, r[2].Parameters, head)
	}
	if r[0].Epochs != 4 || r[1].Epochs != 2 || r[2].Epochs != 2 {
		t.Errorf("%d, %d and %d epochs, want 4, 2 and 2", r[0].Epochs, r[1].Epochs, r[2].Epochs)
	}
	// Again, with the backbone of before: all stages are done already.
	args = []string{"-epochs", "4", "-out", dir, "-json", report, "-resume", "-backbone", filepath.Join(dir, "backbone.safetensors")}
	if err := run(context.Background(), args); err != nil {
		t.Fatal(err)
	}
	var again []cli.Result
	if raw, err = os.ReadFile(report); err == nil {
		err = json.Unmarshal(raw, &again)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i := range r {
		if again[i].TestAccuracy != r[i].TestAccuracy || again[i].Seconds != r[i].Seconds {
			t.Errorf("%s: resumed when done, accuracy %v in %v s, want %v in %v s", r[i].Model,
				again[i].TestAccuracy, again[i].Seconds, r[i].TestAccuracy, r[i].Seconds)
		}
	}
	// Another backbone does not go on from these checkpoints.
	other := filepath.Join(dir, "other.safetensors")
	net, err := nn.Init(7, network.New(4, 8))
	if err != nil {
		t.Fatal(err)
	}
	if err := nn.Save(other, net, nn.Info{}); err != nil {
		t.Fatal(err)
	}
	args[len(args)-1] = other
	if err := run(context.Background(), args); err != nil {
		t.Fatal(err)
	}
	if raw, err = os.ReadFile(report); err == nil {
		err = json.Unmarshal(raw, &again)
	}
	if err != nil || again[1].Seconds == r[1].Seconds {
		t.Errorf("another backbone went on from the checkpoints of the first: %+v (%v)", again[1], err)
	}
}

// TestFrozen checks that training the head leaves the rest as it was, running
// statistics included.
func TestFrozen(t *testing.T) {
	c, err := parse([]string{"-out", t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	net, err := nn.Init(1, network.New(2, 3))
	if err != nil {
		t.Fatal(err)
	}
	c.backbone = c.File("backbone.safetensors")
	if err := nn.Save(c.backbone, net, nn.Info{}); err != nil {
		t.Fatal(err)
	}
	adapted, err := c.adapted([]string{"cat", "dog"})
	if err != nil {
		t.Fatal(err)
	}
	nn.Freeze(adapted.Layers[0])
	x, labels := tensor.Uniform(1, 0, 1, 20, 3, 32, 32), tensor.Make[int](20)
	labels.Set(1, 3)
	on := &task{train: data.Tensors(x, labels), mean: []float32{0.5}, std: []float32{0.5}}
	on.test = on.train
	if _, err := c.fit(context.Background(), "head", "", adapted, on, 0.1, 1); err != nil {
		t.Fatal(err)
	}
	before, after := nn.Params(net), nn.Params(adapted)
	for i, p := range after {
		same := p.Value.Shape().Equal(before[i].Value.Shape()) &&
			tensor.AllClose(p.Value, before[i].Value, 0, 0)
		if head := strings.HasPrefix(p.Name, "1."); same == head {
			t.Errorf("%s: unchanged is %v", p.Name, same)
		}
	}
}

// TestRefusals names what is wrong with the arguments and files.
func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "m.safetensors")
	net, err := nn.Init(1, nn.Seq(nn.Flatten, nn.NewLinear(4, 2), nn.ReLU))
	if err != nil {
		t.Fatal(err)
	}
	if err := nn.Save(file, net, nn.Info{}); err != nil {
		t.Fatal(err)
	}
	learnt := filepath.Join(dir, "learnt.safetensors")
	if err := nn.Save(learnt, net, nn.Info{Classes: []string{"disc", "checks"}}); err != nil {
		t.Fatal(err)
	}
	clitest.Refuses(t, run, [][2]string{
		{"-fraction 0", "-fraction 0, want more than 0 and at most 1"},
		{"-fraction NaN", "-fraction NaN, want"},
		{"-pretrain 0", "-pretrain 0, want at least 1"},
		{"-width 0", "-width 0, want 1 to 1024"},
		{"-epochs 1", "-epochs 1, want at least 2"},
		{"-backbone m -width 4", "-width and -pretrain are of the network that is trained first"},
		{"-backbone " + learnt, `has learnt "disc" already`},
		{"-epochs 0", "-epochs 0, want at least 1"},
		{"extra", `unexpected argument "extra"`},
		{"-data " + dir, dir},
		{"-backbone " + filepath.Join(dir, "none"), "none"},
		{"-backbone " + file, "want a network of a backbone and a head"},
	})
}

// TestCancelled stops at once and leaves a checkpoint.
func TestCancelled(t *testing.T) { clitest.Stops(t, run, "backbone.checkpoint") }
