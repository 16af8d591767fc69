package main

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/cifar"
	"github.com/gannet-ml/gannet/examples/cifar10/network"
	"github.com/gannet-ml/gannet/examples/cifar10/shapes"
	"github.com/gannet-ml/gannet/examples/internal/cli"
	"github.com/gannet-ml/gannet/examples/internal/clitest"
	"github.com/gannet-ml/gannet/nn"
)

// TestRun goes the whole way on figures: train, report, resume.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("trains for some seconds")
	}
	dir := t.TempDir()
	report := filepath.Join(dir, "report.json")
	args := []string{"-width", "4", "-batch", "32", "-epochs", "2", "-out", dir, "-json", report}
	if err := run(context.Background(), args); err != nil {
		t.Fatal(err)
	}
	r := clitest.Report[cli.Result](t, report)[0]
	if r.Model != "resnet9-4" || r.Dataset != "figures" || r.Epochs != 2 || r.Seed != 1 || len(r.Confusion) != 10 {
		t.Errorf("the report says %+v", r)
	}
	if r.TestAccuracy < 0.25 {
		t.Errorf("%.1f %% of the figures are right after two epochs, want 25 %%, guessing gives 10 %%", 100*r.TestAccuracy)
	}
	if err := run(context.Background(), append(args, "-epochs", "3", "-resume")); err != nil {
		t.Fatal(err)
	}
	if r := clitest.Report[cli.Result](t, report)[0]; r.Epochs != 3 {
		t.Errorf("after -resume the report says %d epochs, want 3", r.Epochs)
	}
	for _, name := range []string{"learning-curves.png", "mistakes.png", "model.safetensors"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// TestRefusals names what is wrong with the arguments and files.
func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	clitest.Refuses(t, run, [][2]string{
		{"-classes cat,dragon -data d", `CIFAR-10 has no class "dragon"`},
		{"-classes cat,cat -data d", `names "cat" twice`},
		{"-classes cat -data d", "want at least two"},
		{"-classes cat,dog", "-classes needs -data"},
		{"-width 0", "-width 0, want 1 to 1024"},
		{"-width 1000000000000000", "want 1 to 1024"},
		{"-lr 0", "-lr 0, want a positive number"},
		{"-lr Inf", "-lr +Inf, want a positive number"},
		{"-batch 0", "-batch 0, want at least 1"},
		{"-epochs 0", "-epochs 0, want at least 1"},
		{"extra", `unexpected argument "extra"`},
		{"-predict p.png", "go together"},
		{"-data " + dir, dir},
	})
}

// TestDefaults are those of the data set.
func TestDefaults(t *testing.T) {
	c, err := parse([]string{"-data", "d", "-classes", "dog,cat"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Epochs != 16 || c.width != 24 || !slices.Equal(c.classes, []cifar.Class{cifar.Dog, cifar.Cat}) {
		t.Errorf("on CIFAR-10: %d epochs, width %d, classes %v", c.Epochs, c.width, c.classes)
	}
	if c, err = parse(nil); err != nil || c.Epochs != 10 || c.width != 8 {
		t.Errorf("on figures: %+v, %v", c, err)
	}
}

// TestCancelled stops at once and leaves a checkpoint.
func TestCancelled(t *testing.T) { clitest.Stops(t, run, "figures.checkpoint") }

// TestAllocations checks that a step allocates nothing, the loader with its
// augmentation included, once everything has its memory.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	c, err := parse([]string{"-batch", "20"})
	if err != nil {
		t.Fatal(err)
	}
	net, err := nn.Init(1, network.New(4, 10))
	if err != nil {
		t.Fatal(err)
	}
	half := []float32{0.5}
	loader, trainer := c.loader(data.Images(shapes.Make(800, 1)), half, half), c.trainer(net)
	var before, after runtime.MemStats
	steps := 0
	for b, err := range loader.All(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := trainer.Step(b); err != nil {
			t.Fatal(err)
		}
		switch steps++; steps {
		case 20:
			runtime.ReadMemStats(&before)
		case 40:
			runtime.ReadMemStats(&after)
		}
	}
	// The runtime itself allocates now and then when goroutines wait.
	if n := float64(after.Mallocs-before.Mallocs) / 20; n >= 1 {
		t.Errorf("a step allocates %v times, want 0", n)
	}
}
