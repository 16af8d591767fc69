package rnn

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func TestGoldenConvolutional(t *testing.T) {
	for _, path := range []string{"testdata/convolutional.json", "testdata/convolutional2d.json"} {
		nntest.Golden(t, path, 1e-5, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
			in := x[0]
			if lengths := c.List("lengths"); lengths != nil {
				in = Ragged(in, lengths)
			}
			var state *grad.Var
			if len(x) > 1 {
				state = grad.Tuple(x[1:]...)
			}
			y, final := goldenConv(c, x[0].Shape()[2]).ForwardState(in, state)
			out := []*grad.Var{y.Part(0)}
			for i := range final.Parts() {
				out = append(out, final.Part(i))
			}
			return out
		})
	}
}

// goldenConv returns the convolutional layer of a case.
func goldenConv(c *nntest.GoldenCase, in int) Layer {
	hidden, kernel, layers, bi := c.Int("hidden", 0), c.Int("kernel", 0), c.Int("layers", 1), c.Bool("bidirectional")
	directions := 1
	if bi {
		directions = 2
	}
	k := goldenStack(c, layers, directions)
	switch c.Op {
	case "ConvRNN":
		return &ConvRNN{In: in, Hidden: hidden, Kernel: kernel, Layers: layers, Activation: Tanh, Bidirectional: bi, stack: k}
	case "ConvGRU":
		return &ConvGRU{In: in, Hidden: hidden, Kernel: kernel, Layers: layers, Bidirectional: bi, stack: k}
	case "ConvLSTM":
		return &ConvLSTM{In: in, Hidden: hidden, Kernel: kernel, Layers: layers, Bidirectional: bi, stack: k}
	case "ConvRNN2D":
		return &ConvRNN2D{In: in, Hidden: hidden, Kernel: kernel, Layers: layers, Activation: Tanh, Bidirectional: bi, stack: k}
	case "ConvGRU2D":
		return &ConvGRU2D{In: in, Hidden: hidden, Kernel: kernel, Layers: layers, Bidirectional: bi, stack: k}
	}
	return &ConvLSTM2D{In: in, Hidden: hidden, Kernel: kernel, Layers: layers, Bidirectional: bi, stack: k}
}
