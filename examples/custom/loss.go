package main

import (
	"fmt"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// GCE is a loss of our own for labels of which some are wrong, the generalised
// cross-entropy (Zhang and Sabuncu 2018, arXiv 1805.07836): the mean of
//
//	(1 − p^q)/q    p = softmax(x)[y]
//
// over logits x [N, C] and labels y [N], *tensor.Ints. It goes from the cross-entropy,
// for a q near 0, to the error 1 − p, for q = 1, which a sample that cannot be right
// hardly moves. The paper takes q = 0.7.
func GCE(q float32) nn.Loss {
	return func(x *grad.Var, target tensor.Any) *grad.Var {
		y, ok := target.(*tensor.Ints)
		switch shape := x.Shape(); {
		case x.Err() != nil:
			return x
		case !ok || len(shape) != 2 || !y.Shape().Equal(shape[:1]):
			return x.Tape().Fail("GCE", fmt.Errorf("output has shape %v and target is a %T of shape %v, want [N, C] and *tensor.Ints [N]",
				shape, target, target.Shape()))
		case !(q > 0 && q <= 1):
			return x.Tape().Fail("GCE", fmt.Errorf("q is %v, want more than 0 and at most 1", q))
		}
		p := grad.Gather(grad.LogSoftmax(x, 1), 1, y.Unsqueeze(1))
		mean := grad.Mean(grad.Exp(grad.MulScalar(p, q)))
		return grad.MulScalar(grad.AddScalar(mean, -1), -1/q)
	}
}
