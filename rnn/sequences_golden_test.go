package rnn

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func TestGoldenSequences(t *testing.T) {
	nntest.Golden(t, "testdata/sequences.json", 1e-5, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		in := x[0]
		if lengths := c.List("lengths"); lengths != nil {
			in = Ragged(in, lengths)
		}
		gru := &GRU{In: 2, Hidden: 3, stack: goldenStack(c, 1, 1)}
		switch c.Op {
		case "Pool":
			return []*grad.Var{Pool(c.String("pool")).Forward(in)}
		case "AttentionPool":
			return []*grad.Var{(&AttentionPool{Features: 5, Weight: c.Param("weight")}).Forward(in)}
		case "Carry":
			return []*grad.Var{truncated(&LSTM{In: 2, Hidden: 3, Layers: 2, stack: goldenStack(c, 2, 1)}, in)}
		case "Ragged":
			return []*grad.Var{Last.Forward(gru.Forward(in))}
		}
		return []*grad.Var{grad.Tanh(Padded.Forward(gru.Forward(in)))}
	})
}

// truncated applies a layer to two chunks of sequences, of which the second begins
// with the state of the first, detached.
func truncated(l Layer, x *grad.Var) *grad.Var {
	var carry Carry
	first, state := l.ForwardState(grad.Slice(x, 1, 0, 3), nil)
	carry.Keep(state)
	second, _ := l.ForwardState(grad.Slice(x, 1, 3, x.Shape()[1]), carry.State(x.Tape()))
	return grad.Concat(1, first, second)
}
