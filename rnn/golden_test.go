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
			l := &RNN{In: x[0].Shape()[2], Hidden: hidden, Layers: layers, Activation: a, NoBias: noBias, cells: goldenCells(c, layers)}
			var h0 *grad.Var
			if len(x) == 2 {
				h0 = x[1]
			}
			y, hn := l.ForwardState(x[0], h0)
			return []*grad.Var{y, hn}
		case "ConvRNN":
			l := &ConvRNN{
				In: x[0].Shape()[2], Hidden: hidden, Kernel: c.Int("kernel", 0), Layers: layers, Activation: a, NoBias: noBias,
				cells: goldenCells(c, layers),
			}
			return []*grad.Var{l.Forward(x[0])}
		case "Pool":
			return []*grad.Var{Pool(c.String("pool")).Forward(x[0])}
		}
		return []*grad.Var{Rows.Forward(x[0])}
	})
}

// goldenCells returns the parameters of a case as those of a layer.
func goldenCells(c *nntest.GoldenCase, layers int) []cell {
	cells := make([]cell, layers)
	for i := range cells {
		name := func(s string) string { return fmt.Sprintf("%s_l%d", s, i) }
		cells[i] = cell{
			wih: c.Param(name("weight_ih")), whh: c.Param(name("weight_hh")),
			bih: c.Param(name("bias_ih")), bhh: c.Param(name("bias_hh")),
		}
	}
	return cells
}
