package nn_test

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// goldenBlocks make the blocks that containers.py names, of layers whose
// parameters have a number before the name.
var goldenBlocks = map[string]func(c *nntest.GoldenCase) nn.Module{
	"Seq": func(c *nntest.GoldenCase) nn.Module { return nn.Seq(linearOf(c, "0"), nn.Tanh, linearOf(c, "2")) },
	"Concat": func(c *nntest.GoldenCase) nn.Module {
		return nn.Concat(c.Int("axis", 0), linearOf(c, "0"), linearOf(c, "1"))
	},
	"Parallel": func(c *nntest.GoldenCase) nn.Module { return nn.Parallel(linearOf(c, "0"), linearOf(c, "1")) },
	"Residual": func(c *nntest.GoldenCase) nn.Module {
		if c.Param("1.weight") == nil {
			return nn.NewResidual(linearOf(c, "0"), nil)
		}
		return nn.NewResidual(linearOf(c, "0"), linearOf(c, "1"))
	},
	"Reshape": func(c *nntest.GoldenCase) nn.Module {
		return nn.Seq(nn.Reshape(c.List("shape")...), nn.Func("Exp", grad.Exp))
	},
	"Identity":    func(*nntest.GoldenCase) nn.Module { return nn.Identity },
	"ReLU":        func(*nntest.GoldenCase) nn.Module { return nn.ReLU },
	"ReLUInPlace": func(c *nntest.GoldenCase) nn.Module { return nn.Seq(linearOf(c, "0"), nn.ReLUInPlace) },
	"Func": func(*nntest.GoldenCase) nn.Module {
		return nn.Func("QuickGELU", func(x *grad.Var) *grad.Var { return grad.Mul(x, grad.Sigmoid(grad.MulScalar(x, 1.702))) })
	},
}

// linearOf returns the layer of a case whose parameters begin with a number.
func linearOf(c *nntest.GoldenCase, number string) nn.Module {
	w := c.Param(number + ".weight")
	return &nn.Linear{In: w.Shape()[1], Out: w.Shape()[0], Weight: w, Bias: c.Param(number + ".bias")}
}

func TestGoldenContainers(t *testing.T) {
	nntest.Golden(t, "testdata/containers.json", 1e-5, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		return []*grad.Var{goldenBlocks[c.Op](c).Forward(x[0])}
	})
}
