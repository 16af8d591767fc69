package main

import (
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/lm"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// letter is the number of values that stand for a character.
const letter = 64

// network returns a language model: for every character of a text, how probable each
// is as the next one.
func (c *config) network(letters int) *nn.Sequential {
	return nn.Seq(
		nn.NewEmbedding(letters, letter),
		rnn.NewLSTM(letter, c.hidden, rnn.Layers(c.layers), rnn.Dropout(c.dropout)),
		nn.NewDropout(c.dropout),
		nn.NewLinear(c.hidden, letters),
	)
}

// carried returns the loss of a batch whose rows go on where those of the batch before
// ended: gradients end where a chunk begins, what the network remembers does not.
func carried(net *nn.Sequential) func(t *grad.Tape, b *data.Batch) *grad.Var {
	embedding, lstm, head := net.Layers[0], net.Layers[1].(*rnn.LSTM), nn.Seq(net.Layers[2:]...)
	loss := lm.NewLoss()
	var carry rnn.Carry
	return func(t *grad.Tape, b *data.Batch) *grad.Var {
		if b.Number == 0 {
			carry.Reset()
		}
		y, final := lstm.ForwardState(embedding.Forward(t.Input(b.X)), carry.State(t))
		carry.Keep(final)
		return loss(head.Forward(y), b.Y)
	}
}
