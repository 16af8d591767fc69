package nn_test

import (
	"math"
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// goldenMultihead makes the layer of which a case has the parameters under a prefix.
func goldenMultihead(c *nntest.GoldenCase, prefix string) *nn.MultiheadAttention {
	p := func(name string) *grad.Param { return c.Param(prefix + name) }
	dim := c.Int("dim", 0)
	l := &nn.MultiheadAttention{
		Dim: dim, Heads: c.Int("heads", 0), KeyDim: c.Int("key_dim", 0), ValueDim: c.Int("value_dim", 0),
		NoBias: p("in_proj_bias") == nil, Causal: c.String("mask") == "causal",
		InProjWeight: p("in_proj_weight"), InProjBias: p("in_proj_bias"),
		QProjWeight: p("q_proj_weight"), KProjWeight: p("k_proj_weight"), VProjWeight: p("v_proj_weight"),
		OutProj: &nn.Linear{In: dim, Out: dim, NoBias: p("in_proj_bias") == nil, Weight: p("out_proj.weight"), Bias: p("out_proj.bias")},
	}
	if m := goldenMask(c.String("mask")); m != nil {
		l.SetMask(m)
	}
	return l
}

// goldenMask returns a mask of attention.py, larger than there.
func goldenMask(name string) *tensor.Tensor {
	exclude, m := tensor.Make[bool](6, 7), tensor.Zeros(6, 7)
	for i := range 6 {
		for j := range 7 {
			exclude.Set((i+2*j)%3 == 1 && i != j, i, j)
			m.Set(float32(i-2*j)/4, i, j)
		}
	}
	switch name {
	case "bool":
		return nn.AttentionMask(exclude)
	case "float":
		return m
	}
	return nil
}

// goldenEncoderLayer makes the layer of which a case has the parameters under a prefix.
func goldenEncoderLayer(c *nntest.GoldenCase, prefix string) *nn.TransformerEncoderLayer {
	p := func(name string) *grad.Param { return c.Param(prefix + name) }
	dim, ff := c.Int("dim", 0), c.Int("feedforward", 0)
	l := &nn.TransformerEncoderLayer{
		Dim: dim, Heads: c.Int("heads", 0), Feedforward: ff, NormFirst: c.Bool("norm_first"),
		SelfAttn: goldenMultihead(c, prefix+"self_attn."),
		Linear1:  &nn.Linear{In: dim, Out: ff, Weight: p("linear1.weight"), Bias: p("linear1.bias")},
		Linear2:  &nn.Linear{In: ff, Out: dim, Weight: p("linear2.weight"), Bias: p("linear2.bias")},
		Norm1:    goldenNorm(c, prefix+"norm1."),
		Norm2:    goldenNorm(c, prefix+"norm2."),
	}
	if c.String("activation") == "gelu" {
		l.Activation = nn.GELU
	}
	return l
}

func goldenNorm(c *nntest.GoldenCase, prefix string) *nn.LayerNorm {
	return &nn.LayerNorm{Shape: tensor.Shape{c.Int("dim", 0)}, Weight: c.Param(prefix + "weight"), Bias: c.Param(prefix + "bias")}
}

// raggedInput makes of the inputs of a case, and the lengths among its attributes, the
// input of a layer.
func raggedInput(c *nntest.GoldenCase, x []*grad.Var) *grad.Var {
	in := make([]*grad.Var, len(x))
	for i, v := range x {
		name := "keys"
		if i == 0 {
			name = "queries"
		}
		in[i] = v
		if l := c.Floats(name); l != nil {
			in[i] = grad.Tuple(v, v.Tape().Const(tensor.New(l, len(l))))
		}
	}
	return grad.Tuple(in...)
}

func TestGoldenAttention(t *testing.T) {
	weighted := func(y, weights *grad.Var) []*grad.Var { return []*grad.Var{y.Part(0), weights} }
	nntest.Golden(t, "testdata/attention.json", 1e-5, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		in := raggedInput(c, x)
		switch c.Op {
		case "MultiheadAttention":
			return weighted(goldenMultihead(c, "").ForwardWeights(in))
		case "AdditiveAttention":
			return weighted((&nn.AdditiveAttention{
				QueryDim: 4, KeyDim: 3, Hidden: 6,
				QueryWeight: c.Param("query_weight"), KeyWeight: c.Param("key_weight"), Vector: c.Param("vector"),
			}).ForwardWeights(in))
		case "DotProductAttention":
			return weighted((&nn.DotProductAttention{Heads: c.Int("heads", 0)}).ForwardWeights(in))
		case "TransformerEncoderLayer":
			return []*grad.Var{goldenEncoderLayer(c, "").Forward(in).Part(0)}
		case "TransformerEncoder":
			e := &nn.TransformerEncoder{Layers: []*nn.TransformerEncoderLayer{goldenEncoderLayer(c, "layers.0."), goldenEncoderLayer(c, "layers.1.")}}
			if c.Bool("norm") {
				e.Norm = goldenNorm(c, "norm.")
			}
			return []*grad.Var{e.Forward(in).Part(0)}
		case "LearnedPositions":
			return []*grad.Var{(&nn.LearnedPositions{Steps: 5, Dim: 4, Weight: c.Param("weight")}).Forward(in)}
		default:
			return []*grad.Var{nn.SinusoidalPositions.Forward(in)}
		}
	})
}

// TestGoldenAttentionMask is under the name of the function that the masks of the golden
// cases go through.
func TestGoldenAttentionMask(t *testing.T) {
	t.Run("Golden/AttentionMask", func(t *testing.T) {
		exclude := tensor.Make[bool](2, 2)
		exclude.Set(true, 0, 1)
		m := nn.AttentionMask(exclude)
		if !math.IsInf(float64(m.At(0, 1)), -1) || m.At(0, 0) != 0 || m.At(1, 0) != 0 || m.At(1, 1) != 0 {
			t.Errorf("AttentionMask(%v) = %v, want -Inf at 0, 1 and 0 elsewhere", exclude, m)
		}
	})
}
