package rnn

import (
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Carry takes the state of a layer from one chunk of long sequences to the next,
// for truncated backpropagation through time: the state goes on, gradients end
// where a chunk begins. It is what h.detach() is for in PyTorch, and works across
// steps of a tape, whose variables end with each. The zero value holds no state.
//
//	var carry rnn.Carry
//	trainer.Compute = func(t *grad.Tape, b *data.Batch) *grad.Var {
//		y, final := layer.ForwardState(t.Input(b.X), carry.State(t))
//		carry.Keep(final)
//		return nn.CrossEntropy(head.Forward(y), b.Y)
//	}
//
// Row i of a batch then has to go on where row i of the batch before ended, and
// [Carry.Reset] belongs where that is not so, such as at the beginning of an epoch. A
// checkpoint does not hold the state: training that is resumed inside of an epoch goes on
// from zeros, and so not with the bits of training that never stopped.
type Carry struct {
	parts []*tensor.Tensor
	some  bool
}

// State puts the state on a tape, detached from what it was computed by; nil if
// there is none.
func (c *Carry) State(t *grad.Tape) *grad.Var {
	if !c.some {
		return nil
	}
	var few [2]*grad.Var
	parts := few[:0]
	for _, p := range c.parts {
		parts = append(parts, t.Input(p).Detach()) // a copy, so that Keep may follow before Backward
	}
	return grad.Tuple(parts...)
}

// Keep stores the values of a final state. After an error of the tape it keeps what
// it has.
func (c *Carry) Keep(final *grad.Var) {
	if final.Err() != nil {
		return
	}
	n := final.Parts()
	for len(c.parts) < n {
		c.parts = append(c.parts, tensor.Zeros(0))
	}
	c.parts = c.parts[:n]
	for i := range c.parts {
		v := final.Part(i).Data()
		if !c.parts[i].Shape().Equal(v.Shape()) {
			c.parts[i] = tensor.Make[float32](v.Shape()...)
		}
		c.parts[i].Copy(v)
	}
	c.some = true
}

// Reset drops the state, so that the next sequences begin with zeros.
func (c *Carry) Reset() { c.some = false }
