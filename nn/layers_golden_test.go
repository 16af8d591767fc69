package nn_test

import (
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// defaults are activations as PyTorch makes them without settings.
var defaults = map[string]nn.Module{
	"ELU": &nn.ELU{}, "SELU": nn.SELU, "CELU": &nn.CELU{}, "LeakyReLU": &nn.LeakyReLU{}, "RReLU": &nn.RReLU{},
	"Hardtanh": &nn.Hardtanh{}, "ReLU6": nn.ReLU6, "Hardsigmoid": nn.Hardsigmoid, "Hardswish": nn.Hardswish,
	"Hardshrink": &nn.Hardshrink{}, "Softshrink": &nn.Softshrink{}, "Tanhshrink": nn.Tanhshrink, "SiLU": nn.SiLU, "Mish": nn.Mish,
	"Softplus": &nn.Softplus{}, "LogSigmoid": nn.LogSigmoid, "Softsign": nn.Softsign, "GELUTanh": nn.GELUTanh,
	"Threshold": nn.NewThreshold(0.1, 20), "LogSoftmax": nn.LogSoftmax, "Softmin": nn.Softmin, "GLU": nn.GLU,
}

// goldenModules make the layers that layers.py names.
var goldenModules = map[string]func(c *nntest.GoldenCase) nn.Module{
	"LayerNorm": func(c *nntest.GoldenCase) nn.Module {
		w := c.Param("weight")
		l := &nn.LayerNorm{Shape: c.List("shape"), Eps: c.Float("eps", 0), Weight: w, Bias: c.Param("bias"), NoAffine: w == nil}
		if w != nil {
			l.Shape = w.Shape()
		}
		return l
	},
	"RMSNorm": func(c *nntest.GoldenCase) nn.Module {
		w := c.Param("weight")
		l := &nn.RMSNorm{Shape: c.List("shape"), Eps: c.Float("eps", 0), Weight: w, NoAffine: w == nil}
		if w != nil {
			l.Shape = w.Shape()
		}
		return l
	},
	"GroupNorm": func(c *nntest.GoldenCase) nn.Module {
		w := c.Param("weight")
		l := &nn.GroupNorm{
			Groups: c.Int("groups", 0), Channels: c.Int("channels", 0), Eps: c.Float("eps", 0),
			Weight: w, Bias: c.Param("bias"), NoAffine: w == nil,
		}
		if w != nil {
			l.Channels = w.Shape()[0]
		}
		return l
	},
	"Embedding": func(c *nntest.GoldenCase) nn.Module {
		w := c.Param("weight")
		l := &nn.Embedding{Vocabulary: w.Shape()[0], Dim: w.Shape()[1], Weight: w}
		if p := c.Int("padding", -1); p >= 0 {
			l.PaddingIdx = &p
		}
		return l
	},
	"WeightNorm": func(c *nntest.GoldenCase) nn.Module {
		v, b := c.Param("weight_v"), c.Param("bias")
		s := v.Shape()
		l := &nn.WeightNorm{WeightG: c.Param("weight_g")}
		if len(s) == 2 {
			l.Layer = &nn.Linear{In: s[1], Out: s[0], NoBias: b == nil, Weight: v, Bias: b}
			return l
		}
		groups := c.Int("groups", 1)
		m := conv.New2D(s[1]*groups, s[0], s[2], conv.Groups(groups), conv.Stride(c.Int("stride", 1), c.Int("stride", 1)), conv.Pad(c.Int("pad", 0), c.Int("pad", 0)))
		m.NoBias, m.Weight, m.Bias = b == nil, v, b
		l.Layer = m
		return l
	},
	"PReLU": func(c *nntest.GoldenCase) nn.Module {
		w := c.Param("weight")
		return &nn.PReLU{Channels: w.Shape()[0], Weight: w}
	},
	"Default": func(c *nntest.GoldenCase) nn.Module { return defaults[c.String("layer")] },
	"Along": func(c *nntest.GoldenCase) nn.Module {
		return &nn.Along{Function: c.String("function"), Axis: c.Int("axis", 0)}
	},
}

// goldenInstanceNorm returns the output and, if there are any, the running
// statistics after the step.
func goldenInstanceNorm(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
	t, w, mean, variance := x[0].Tape(), c.Param("weight"), c.Param("running_mean"), c.Param("running_var")
	l := &nn.InstanceNorm{
		Features: c.Int("features", 0), Eps: c.Float("eps", 0), Momentum: c.Float("momentum", 0),
		Affine: w != nil, TrackRunningStats: c.Bool("track"),
		Weight: w, Bias: c.Param("bias"), RunningMean: mean, RunningVar: variance,
	}
	if !c.Bool("track") {
		return []*grad.Var{l.Forward(x[0])}
	}
	mean.Value, variance.Value = mean.Value.Clone(), variance.Value.Clone() // the file's are shared by all levels
	y := l.Forward(x[0])
	t.Commit()
	// Every result is differentiated, so the statistics get a gradient of zero.
	zero := grad.MulScalar(t.Use(mean), 0)
	return []*grad.Var{y, grad.Add(t.Const(mean.Value), zero), grad.Add(t.Const(variance.Value), zero)}
}

func TestGoldenLayers(t *testing.T) {
	golden := nntest.GoldenFile{Path: "testdata/layers.json", Tolerance: 1e-5, Name: func(c *nntest.GoldenCase) string {
		return strings.TrimPrefix(c.Name, "Default/")
	}}
	golden.Run(t, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		if c.Op == "InstanceNorm" {
			return goldenInstanceNorm(c, x)
		}
		return []*grad.Var{goldenModules[c.Op](c).Forward(x[0])}
	})
}
