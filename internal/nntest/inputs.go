package nntest

import "github.com/gannet-ml/gannet/tensor/grad"

// Module returns the F of a [Case] that applies a module: to its input, or, if it
// has several, to the tuple of them.
func Module(m interface {
	Forward(x *grad.Var) *grad.Var
}) func(x ...*grad.Var) *grad.Var {
	return func(x ...*grad.Var) *grad.Var { return m.Forward(grad.Tuple(x...)) }
}
