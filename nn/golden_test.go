package nn_test

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// goldenLayers apply the layers and losses that golden.py names.
var goldenLayers = map[string]func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var{
	"Linear": func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		w := c.Param("weight")
		l := &nn.Linear{In: w.Shape()[1], Out: w.Shape()[0], Weight: w, Bias: c.Param("bias")}
		return []*grad.Var{l.Forward(x[0])}
	},
	"Tanh":    module(nn.Tanh),
	"Sigmoid": module(nn.Sigmoid),
	"GELU":    module(nn.GELU),
	"Softmax": module(nn.Softmax),
	"Flatten": module(nn.Flatten),
	"CrossEntropy": func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		return []*grad.Var{nn.CrossEntropy(x[0], c.Ints("target"))}
	},
	"MSE": func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		return []*grad.Var{nn.MSE(x[0], x[1].Data())}
	},
	"BatchNorm": goldenBatchNorm,
}

func module(m nn.Module) func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
	return func(_ *nntest.GoldenCase, x []*grad.Var) []*grad.Var { return []*grad.Var{m.Forward(x[0])} }
}

// goldenBatchNorm returns the output and the running statistics after the step.
func goldenBatchNorm(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
	t, w, mean, variance := x[0].Tape(), c.Param("weight"), c.Param("running_mean"), c.Param("running_var")
	l := &nn.BatchNorm{
		Features: w.Shape()[0], Eps: c.Float("eps", 0), Momentum: c.Float("momentum", 0),
		Weight: w, Bias: c.Param("bias"), RunningMean: mean, RunningVar: variance,
	}
	mean.Value, variance.Value = mean.Value.Clone(), variance.Value.Clone() // the file's are shared by all levels
	y := l.Forward(x[0])
	t.Commit()
	// Every result is differentiated, so the statistics get a gradient of zero.
	zero := grad.MulScalar(t.Use(w), 0)
	return []*grad.Var{y, grad.Add(t.Const(mean.Value), zero), grad.Add(t.Const(variance.Value), zero)}
}

func TestGolden(t *testing.T) {
	nntest.Golden(t, "testdata/golden.json", 1e-5, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		f := goldenLayers[c.Op]
		if f == nil {
			t.Fatalf("%s: the test knows no %s", c.Name, c.Op)
		}
		return f(c, x)
	})
}
