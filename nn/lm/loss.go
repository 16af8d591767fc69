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
// layers among the layers of net go on, gradients end where a chunk begins. An epoch
// begins with states of zeros, and so does training that is resumed inside of one.
func Carried(net *nn.Sequential, loss nn.Loss) func(t *grad.Tape, b *data.Batch) *grad.Var {
	carries := make([]rnn.Carry, len(net.Layers))
	return func(t *grad.Tape, b *data.Batch) *grad.Var {
		x := t.Input(b.X)
		for i, m := range net.Layers {
			t.Enter("Seq", strconv.Itoa(i))
			if l, ok := m.(rnn.Layer); ok {
				x = carry(l, x, &carries[i], b.Number == 0)
			} else {
				x = m.Forward(x)
			}
			t.Leave()
		}
		return loss(x, b.Y)
	}
}

// carry applies a layer from the state that c holds, or from zeros, and keeps the final
// one.
func carry(l rnn.Layer, x *grad.Var, c *rnn.Carry, anew bool) *grad.Var {
	if anew {
		c.Reset()
	}
	y, final := l.ForwardState(x, c.State(x.Tape()))
	c.Keep(final)
	return y
}
