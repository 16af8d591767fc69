package rnn

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// Pool is a layer that makes one vector, or row, of the steps of a sequence.
// Shapes: x [N, T, …], y [N, …].
type Pool string

// The ways to pool over time.
const (
	Last Pool = "last" // the last step
	Mean Pool = "mean" // the mean over the steps
	Max  Pool = "max"  // the maximum over the steps
)

// Forward applies the layer.
func (p Pool) Forward(x *grad.Var) *grad.Var {
	if x.Err() != nil {
		return x
	}
	s := x.Shape()
	if len(s) < 2 || s[1] == 0 {
		return x.Tape().Fail("Pool", fmt.Errorf("input has shape %v, want [batch steps …] with at least one step", s))
	}
	switch p {
	case Last:
		return grad.Index(x, 1, s[1]-1)
	case Mean:
		return grad.Mean(x, 1)
	case Max:
		return grad.Max(x, 1)
	}
	return x.Tape().Fail("Pool", p.Build())
}

// Build checks the value.
func (p Pool) Build() error {
	if p != Last && p != Mean && p != Max {
		return fmt.Errorf("rnn: Pool: %q, want %q, %q or %q", string(p), Last, Mean, Max)
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
