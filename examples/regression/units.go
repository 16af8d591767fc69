package main

import (
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Units is the last layer: it turns outputs round 0 of about the size 1, which are
// what a network learns easily, into the units of the target,
//
//	y = Mean + Std·x
//
// so that whoever uses the model need not know.
type Units struct{ Mean, Std float32 }

func init() { nn.Register("regression.Units", &Units{}) }

// Forward implements [nn.Module].
func (u *Units) Forward(x *grad.Var) *grad.Var {
	return grad.AddScalar(grad.MulScalar(x, u.Std), u.Mean)
}
