package rnn

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// Pool is a layer that makes one vector, or row, of the steps of a sequence: of
// those of each sequence alone if they have lengths, see [Ragged]. Shapes: x [N, T,
// …], y [N, …].
type Pool string

// The ways to pool over time.
const (
	Last Pool = "last" // the last step
	Mean Pool = "mean" // the mean over the steps
	Max  Pool = "max"  // the maximum over the steps

	// Ends is for bidirectional layers, whose two directions end at the two ends of
	// a sequence: the forward states, the first half of the features, of the last
	// step and the backward ones of the first.
	Ends Pool = "ends"
)

// Forward applies the layer.
func (p Pool) Forward(x *grad.Var) *grad.Var {
	if x.Err() != nil {
		return x
	}
	t := x.Tape()
	x, lengths, err := split(x)
	if err != nil {
		return t.Fail("Pool", err)
	}
	if err := p.Build(); err != nil {
		return t.Fail("Pool", err)
	}
	return applyPool(pool{p}, x, lengths)
}

// Build checks the value.
func (p Pool) Build() error {
	if p != Last && p != Mean && p != Max && p != Ends {
		return fmt.Errorf("rnn: Pool: %q, want %q, %q, %q or %q", string(p), Last, Mean, Max, Ends)
	}
	return nil
}

// RowSequence is a layer that turns pictures into sequences of their rows, top
// row first. Shapes: x [N, C, H, W], y [N, H, C, W].
type RowSequence struct{}

// Rows is a [RowSequence].
var Rows RowSequence

// Forward applies the layer.
func (RowSequence) Forward(x *grad.Var) *grad.Var {
	if s := x.Shape(); x.Err() == nil && len(s) != 4 {
		return x.Tape().Fail("Rows", fmt.Errorf("input has shape %v, want [batch channels rows columns]", s))
	}
	return grad.Permute(x, 0, 2, 1, 3)
}
