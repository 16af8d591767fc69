package nntest_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// square is y = x², with a fault that Run has to find.
type square struct{ Fault string }

func (*square) Name() string      { return "Square" }
func (*square) Needs() grad.Needs { return grad.Needs{In: 1} }

func (op *square) Infer(in, out []tensor.Shape) error {
	out[0] = append(out[0][:0], in[0]...)
	return nil
}

var kept []float32

func (op *square) Forward(c *grad.Call) {
	x, y := c.InData(0), c.Out(0).Data()
	switch op.Fault {
	case "unwritten":
		defer func() { x[0]++ }()
	case "strided":
		x = c.In(0).Raw()
	case "allocations":
		kept = make([]float32, 100)
	case "rows":
		if len(x) > 2 {
			defer func() { y[0] += y[len(y)-1] }()
		}
	case "whole":
		y = y[1:]
	}
	for i := range y {
		y[i] = x[i] * x[i]
	}
}

func (op *square) Backward(c *grad.Call) {
	dx, add := c.BeginGrad(0)
	if dx == nil {
		return
	}
	factor := float32(2)
	if op.Fault == "gradient" {
		factor = 2.1
	}
	g, x := c.GradOutData(0), c.InData(0)
	for i := range dx {
		d := factor * g[i] * x[i]
		if add && op.Fault != "accumulate" {
			d += dx[i]
		}
		dx[i] = d
	}
	c.EndGrad(0)
}

// TestFault is run by TestRun, in a process of its own since it has to fail.
func TestFault(t *testing.T) {
	fault, ok := os.LookupEnv("NNTEST_FAULT")
	if !ok {
		t.Skip("run by TestRun")
	}
	nntest.Run(t, nntest.Case{
		Inputs: []*tensor.Tensor{nntest.Values(1, 3, 2)},
		F:      func(x ...*grad.Var) *grad.Var { return grad.Apply(square{fault}, x[0]) },
		Shape:  tensor.Shape{3, 2},
		Batch:  []int{0},
	})
}

// TestRun tests that the suite finds no fault where there is none, and others
// where they are looked for.
func TestRun(t *testing.T) {
	for _, fault := range []string{"", "gradient", "whole", "unwritten", "accumulate", "strided", "rows", "allocations"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFault$", "-test.v")
		cmd.Env = append(os.Environ(), "NNTEST_FAULT="+fault, "GANNET_CPU=generic")
		out, err := cmd.CombinedOutput()
		if fault == "allocations" && strings.Contains(string(out), "the race detector allocates") {
			continue
		}
		found := strings.Contains(string(out), "--- FAIL: TestFault/Rules/level=generic/"+fault+" ")
		switch {
		case fault == "" && err != nil:
			t.Errorf("without a fault Run fails:\n%s", out)
		case fault != "" && (err == nil || !found):
			t.Errorf("fault %q is not found:\n%s", fault, out)
		}
	}
}

func TestSpread(t *testing.T) {
	for n := 1; n <= 30; n++ {
		seen := map[float32]bool{}
		for _, v := range nntest.Spread(1, n).Data() {
			if seen[v] || v > -1./32 && v < 1./32 || v < -2 || v > 2.1 {
				t.Errorf("Spread of %d elements has %v, want distinct numbers that keep away from 0", n, v)
			}
			seen[v] = true
		}
	}
}
