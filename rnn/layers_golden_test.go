package rnn

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func TestGoldenLayers(t *testing.T) {
	for _, path := range []string{"testdata/rnn.json", "testdata/lstm.json", "testdata/projected.json", "testdata/gru.json"} {
		nntest.Golden(t, path, 1e-5, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
			var state *grad.Var
			if len(x) > 1 {
				state = grad.Tuple(x[1:]...)
			}
			in := x[0]
			if lengths := c.List("lengths"); lengths != nil {
				in = Ragged(in, lengths)
			}
			y, final := goldenLayer(c, x[0].Shape()[2]).ForwardState(in, state)
			out := []*grad.Var{y.Part(0)}
			for i := range final.Parts() {
				out = append(out, final.Part(i))
			}
			return out
		})
	}
}

// goldenLayer returns the layer of a case.
func goldenLayer(c *nntest.GoldenCase, in int) Layer {
	hidden, layers, noBias, bidirectional, timeFirst := c.Int("hidden", 0), c.Int("layers", 1), c.Bool("nobias"), c.Bool("bidirectional"), c.Bool("timefirst")
	directions := 1
	if bidirectional {
		directions = 2
	}
	k := goldenStack(c, layers, directions)
	switch c.Op {
	case "LSTM":
		return &LSTM{In: in, Hidden: hidden, Proj: c.Int("proj", 0), Layers: layers, NoBias: noBias, Bidirectional: bidirectional, TimeFirst: timeFirst, stack: k}
	case "GRU":
		return &GRU{In: in, Hidden: hidden, Layers: layers, NoBias: noBias, Bidirectional: bidirectional, TimeFirst: timeFirst, stack: k}
	}
	a := Activation(c.String("activation"))
	return &RNN{In: in, Hidden: hidden, Layers: layers, Activation: a, NoBias: noBias, Bidirectional: bidirectional, TimeFirst: timeFirst, stack: k}
}
