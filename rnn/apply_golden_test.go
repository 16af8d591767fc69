package rnn

import (
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// TestGoldenApply tests the operations with the cases of a single layer.
func TestGoldenApply(t *testing.T) {
	operations := map[string]string{"RNN": "Apply", "ConvRNN": "ApplyConv"}
	golden := nntest.GoldenFile{Path: "testdata/golden.json", Tolerance: 1e-5, Name: func(c *nntest.GoldenCase) string {
		if operations[c.Op] == "" || c.Int("layers", 1) > 1 {
			return ""
		}
		return operations[c.Op] + strings.TrimPrefix(c.Name, c.Op)
	}}
	golden.Run(t, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		var p [4]*grad.Var
		for i, name := range []string{"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"} {
			if v := c.Param(name); v != nil {
				p[i] = grad.Use(x[0], v)
			}
		}
		a := Activation(c.String("activation"))
		if c.Op == "ConvRNN" {
			return []*grad.Var{ApplyConv(x[0], p[0], p[1], p[2], p[3], a)}
		}
		var h0 *grad.Var
		if len(x) == 2 {
			h0 = grad.Index(x[1], 0, 0)
		}
		y := Apply(x[0], p[0], p[1], p[2], p[3], h0, a)
		return []*grad.Var{y, grad.Unsqueeze(grad.Index(y, 1, y.Shape()[1]-1), 0)}
	})
}
