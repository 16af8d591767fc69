package rnn

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Ragged gives sequences x [N, T, …] their lengths, one for each, in any order:
// the steps of sequence i are the first lengths[i] of its T, the others are
// padding. It is PyTorch's pack_padded_sequence, except that nothing is packed:
// the result is the [grad.Tuple] of x and the lengths [N], which every layer of
// this package takes in place of x, as does pooling over time. Layers pass the
// lengths on; [Padded] ends that.
//
// A data set that holds the lengths as a further input needs no Ragged: the input
// of the network then is that tuple. A length that is not a whole number from 1 to T
// is an error of the layer that reads it.
func Ragged(x *grad.Var, lengths []int) *grad.Var {
	l := tensor.Zeros(len(lengths))
	for i, n := range lengths {
		l.Data()[i] = float32(n)
	}
	return grad.Tuple(x, x.Tape().Const(l))
}

// Padded is a layer that takes the lengths off the sequences, which a layer then
// sees with zeros for padding. It is the second half of PyTorch's
// pad_packed_sequence, for layers that work on each step alone:
//
//	nn.Seq(rnn.NewLSTM(8, 16), rnn.Padded, nn.NewLinear(16, 4))
var Padded PaddedSequence

// PaddedSequence is the type of [Padded].
type PaddedSequence struct{}

// Forward applies the layer.
func (PaddedSequence) Forward(x *grad.Var) *grad.Var {
	y, _, err := split(x)
	if err != nil {
		return x.Tape().Fail("Padded", err)
	}
	return y
}

// split returns sequences and their lengths, nil if there are none.
func split(x *grad.Var) (sequences, lengths *grad.Var, err error) {
	switch n := x.Parts(); {
	case n == 1:
		return x, nil, nil
	case n != 2:
		return x, nil, fmt.Errorf("input is a tuple of %d, want sequences and their lengths", n)
	}
	return x.Part(0), x.Part(1), nil
}

// join undoes split.
func join(x, lengths *grad.Var) *grad.Var {
	if lengths == nil {
		return x
	}
	return grad.Tuple(x, lengths)
}
