package main

import (
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// letter is the number of values that stand for a character.
const letter = 64

// network returns a language model: for every character of a text, what it takes the
// next one to be.
func (c *config) network(letters int) *nn.Sequential {
	return nn.Seq(
		nn.NewEmbedding(letters, letter),
		rnn.NewLSTM(letter, c.hidden, rnn.Layers(c.layers), rnn.Dropout(c.dropout)),
		nn.NewDropout(c.dropout),
		nn.NewLinear(c.hidden, letters),
	)
}

// crossEntropy is that of characters, of outputs [N, T, letters] and targets [N, T]: the
// mean of −ln p over all of them.
func crossEntropy(y *grad.Var, target tensor.Any) *grad.Var {
	ids, ok := target.(*tensor.Ints)
	if s := y.Shape(); ok && len(s) == 3 {
		return nn.CrossEntropy(grad.Reshape(y, -1, s[2]), ids.Reshape(-1))
	}
	return nn.CrossEntropy(y, target) // which says what is wrong
}

// carried returns the loss of a batch whose rows go on where those of the batch before
// ended: gradients end at the chunk, what the network remembers does not.
func carried(net *nn.Sequential) func(t *grad.Tape, b *data.Batch) *grad.Var {
	lstm := net.Layers[1].(*rnn.LSTM)
	before, after := net.Layers[0], nn.Seq(net.Layers[2:]...)
	var carry rnn.Carry
	return func(t *grad.Tape, b *data.Batch) *grad.Var {
		if b.Number == 0 {
			carry.Reset()
		}
		y, final := lstm.ForwardState(before.Forward(t.Input(b.X)), carry.State(t))
		carry.Keep(final)
		return crossEntropy(after.Forward(y), b.Y)
	}
}
