package rnn

import "fmt"

// Activation is the function σ of an [RNN] or [ConvRNN].
type Activation string

// The activations, by their PyTorch names.
const (
	Tanh Activation = "tanh"
	ReLU Activation = "relu"
)

func (a Activation) check() error {
	if a.cell() == nil {
		return fmt.Errorf("activation %q, want %q or %q", a, Tanh, ReLU)
	}
	return nil
}
