package rnn

import (
	"fmt"
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func TestGolden(t *testing.T) {
	nntest.Golden(t, "testdata/golden.json", 1e-5, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		a, hidden, layers, noBias := Activation(c.String("activation")), c.Int("hidden", 0), c.Int("layers", 1), c.Int("nobias", 0) == 1
		switch c.Op {
		case "RNN":
			l := &RNN{In: x[0].Shape()[2], Hidden: hidden, Layers: layers, Activation: a, NoBias: noBias, stack: goldenStack(c, layers, 1)}
			var h0 *grad.Var
			if len(x) == 2 {
				h0 = x[1]
			}
			y, hn := l.ForwardState(x[0], h0)
			return []*grad.Var{y, hn}
		case "ConvRNN":
			l := &ConvRNN{
				In: x[0].Shape()[2], Hidden: hidden, Kernel: c.Int("kernel", 0), Layers: layers, Activation: a, NoBias: noBias,
				stack: goldenStack(c, layers, 1),
			}
			return []*grad.Var{l.Forward(x[0])}
		case "Pool":
			return []*grad.Var{Pool(c.String("pool")).Forward(x[0])}
		}
		return []*grad.Var{Rows.Forward(x[0])}
	})
}

// goldenStack returns the parameters of a case as those of a layer.
func goldenStack(c *nntest.GoldenCase, layers, directions int) stack {
	var k stack
	for i := range layers {
		var layer []weights
		for d := range directions {
			name := func(s string) *grad.Param {
				return c.Param(fmt.Sprintf("%s_l%d%s", s, i, [...]string{"", "_reverse"}[d]))
			}
			layer = append(layer, weights{name("weight_ih"), name("weight_hh"), name("bias_ih"), name("bias_hh"), name("weight_hr")})
		}
		k.layers = append(k.layers, layer)
	}
	return k
}
