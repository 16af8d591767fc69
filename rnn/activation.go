package rnn

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/vec"
)

// Activation is the function σ of a recurrent layer.
type Activation string

// The activations, by their PyTorch names.
const (
	Tanh Activation = "tanh"
	ReLU Activation = "relu"
)

func (a Activation) check() error {
	if a != Tanh && a != ReLU {
		return fmt.Errorf("activation %q, want %q or %q", a, Tanh, ReLU)
	}
	return nil
}

// apply replaces x by σ(x).
func (a Activation) apply(x []float32) {
	if a == ReLU {
		vec.ReLU(x, x)
	} else {
		vec.Tanh(x, x)
	}
}

// back replaces d, the gradient with respect to y = σ(x), by that with respect
// to x.
func (a Activation) back(d, y []float32) {
	if a == ReLU {
		vec.ReLUGrad(d, d, y)
	} else {
		vec.TanhGrad(d, d, y)
	}
}
