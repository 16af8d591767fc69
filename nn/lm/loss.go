package lm

import (
	"strconv"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// NewLoss returns the loss to train a language model with: the cross-entropy of its
// logits [N, T, V] and the tokens that follow, [N, T]. Options are those of
// [nn.NewCrossEntropy]; nn.IgnoreLabel leaves out what fills sequences up. Its mean
// over the tokens is the logarithm of the perplexity.
func NewLoss(options ...nn.LossOption) nn.Loss {
	loss := nn.NewCrossEntropy(options...)
	return func(output *grad.Var, target tensor.Any) *grad.Var {
		if output.Err() != nil || len(output.Shape()) != 3 {
			return loss(output, target)
		}
		return loss(grad.Transpose(output, 1, 2), target)
	}
}

// Carried returns what [nn.Trainer.Compute] may be to train on long texts in chunks, for
// truncated backpropagation through time: the loss of a batch whose row i goes on where
// row i of the batch before ended, as those of a text.Chunks do. The states of recurrent
// layers of net, and of a Sequential inside of it, go on, gradients end where a chunk
// begins; within other modules states are zeros in each chunk. An epoch begins with
// states of zeros, and so does training that is resumed inside of one.
func Carried(net *nn.Sequential, loss nn.Loss) func(t *grad.Tape, b *data.Batch) *grad.Var {
	c := new(carried)
	return func(t *grad.Tape, b *data.Batch) *grad.Var {
		c.at, c.anew = 0, b.Number == 0
		return loss(c.forward(net, t.Input(b.X)), b.Y)
	}
}

// carried holds the states of recurrent layers from batch to batch.
type carried struct {
	states []*rnn.Carry
	at     int  // number of the recurrent layer that comes next
	anew   bool // from states of zeros
}

// forward is net.Forward from the states that c holds, of which it keeps the final ones.
func (c *carried) forward(net *nn.Sequential, x *grad.Var) *grad.Var {
	for i, m := range net.Layers {
		x.Tape().Enter("Seq", strconv.Itoa(i))
		switch m := m.(type) {
		case *nn.Sequential:
			x = c.forward(m, x)
		case rnn.Layer:
			x = c.layer(m, x)
		default:
			x = m.Forward(x)
		}
		x.Tape().Leave()
	}
	return x
}

func (c *carried) layer(l rnn.Layer, x *grad.Var) *grad.Var {
	if c.at == len(c.states) {
		c.states = append(c.states, new(rnn.Carry))
	}
	s := c.states[c.at]
	c.at++
	if c.anew {
		s.Reset()
	}
	y, final := l.ForwardState(x, s.State(x.Tape()))
	s.Keep(final)
	return y
}
