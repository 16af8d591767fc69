package main

import (
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
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
