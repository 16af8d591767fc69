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

// product is a module of two inputs, y = a·b, with a fault in what it does with the
// second that Run has to find.
type product struct{ fault string }

func (m product) Forward(x *grad.Var) *grad.Var {
	a, b := x.Part(0), x.Part(1)
	switch m.fault {
	case "gradient":
		b = b.Detach()
	case "rows":
		b = grad.Sub(b, grad.Mean(b))
	case "allocations":
		kept = make([]float32, 100)
	}
	return grad.Mul(a, b)
}

// TestModuleFault is run by TestModule, in a process of its own since it has to
// fail.
func TestModuleFault(t *testing.T) {
	fault, ok := os.LookupEnv("NNTEST_MODULE_FAULT")
	if !ok {
		t.Skip("run by TestModule")
	}
	nntest.Run(t, nntest.Case{
		Inputs: []*tensor.Tensor{nntest.Values(1, 3, 2), nntest.Values(2, 3, 2)},
		F:      nntest.Module(product{fault}),
		Shape:  tensor.Shape{3, 2},
		Batch:  []int{0, 1},
	})
}

// TestModule tests that the suite finds faults in what a module does with a further
// input.
func TestModule(t *testing.T) {
	for _, fault := range []string{"", "gradient", "rows", "allocations"} {
		cmd := exec.Command(os.Args[0], "-test.run=^TestModuleFault$", "-test.v")
		cmd.Env = append(os.Environ(), "NNTEST_MODULE_FAULT="+fault, "GANNET_CPU=generic")
		out, err := cmd.CombinedOutput()
		if fault == "allocations" && strings.Contains(string(out), "the race detector allocates") {
			continue
		}
		found := strings.Contains(string(out), "--- FAIL: TestModuleFault/Rules/level=generic/"+fault+" ")
		switch {
		case fault == "" && err != nil:
			t.Errorf("without a fault Run fails:\n%s", out)
		case fault != "" && (err == nil || !found):
			t.Errorf("fault %q is not found:\n%s", fault, out)
		}
	}
}
