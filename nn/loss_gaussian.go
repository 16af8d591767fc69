package nn

import (
	"errors"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// GaussianNLL is the loss of a network that predicts numbers and how far it may be
// off: the negative log-likelihood of targets t, *tensor.Tensor, as numbers from
// normal distributions of the given means μ and variances v, all of the same shape
// (Nix and Weigend 1994):
//
//	mean of (log v + (t−μ)²/v)/2
//
// A variance below 1e-6 counts as 1e-6, though its gradient is that of the formula
// at 1e-6; a negative one is an error. The constant log(2π)/2 is left out, as in
// torch.nn.GaussianNLLLoss. A network makes variances that are not negative with
// grad.Exp.
func GaussianNLL(mean, variance *grad.Var, target tensor.Any) *grad.Var {
	t, ok := target.(*tensor.Tensor)
	if !ok {
		return mean.Tape().Fail("GaussianNLL", fmt.Errorf("target is a %T, want *tensor.Tensor", target))
	}
	return grad.Apply(gaussian{}, mean, variance, mean.Tape().Const(t))
}

// leastVariance is PyTorch's eps.
const leastVariance = 1e-6

// gaussian has the inputs mean, variance and target.
type gaussian struct{}

func (gaussian) Name() string      { return "GaussianNLL" }
func (gaussian) Needs() grad.Needs { return grad.Needs{In: 0b111} }

func (gaussian) Infer(in, out []tensor.Shape) error {
	switch mean := in[0]; {
	case !in[1].Equal(mean):
		return fmt.Errorf("variance has shape %v, want that of the mean, %v", in[1], mean)
	case !in[2].Equal(mean):
		return fmt.Errorf("mean has shape %v, want that of the target, %v", mean, in[2])
	case mean.Size() == 0:
		return errors.New("the batch is empty")
	}
	out[0] = out[0][:0]
	return nil
}

func (gaussian) Forward(c *grad.Call) {
	if err := notNegative("variance", c.InData(1)); err != nil {
		c.Fail(err)
		return
	}
	shape, y := c.InShape(0), c.Out(0).Data()
	l := grad.Work[tensor.Tensor](c).Bind(c.Scratch(shape.Size()), shape)
	loop.Run(loop.Ternary(gaussianValue), false, shape, operand(l), operand(c.In(0)), operand(c.In(1)), operand(c.In(2)))
	loop.Reduce(loop.Sum, false, shape, loop.Operand{Data: y}, operand(l))
	y[0] /= float32(shape.Size())
}

func (gaussian) Backward(c *grad.Call) {
	shape := c.InShape(0)
	g := c.Scratch(1)
	g[0] = c.GradOut(0).Item() / float32(shape.Size())
	for i, k := range [...]gaussianSlope{gaussianMeanSlope, gaussianVarianceSlope} {
		if dst, first := c.GradIn(i); dst != nil {
			loop.Run(k, !first, shape, operand(dst), loop.Operand{Data: g}, operand(c.In(0)), operand(c.In(1)), operand(c.In(2)))
		}
	}
}

func gaussianValue(dst, mean, variance, target []float32) {
	for i, m := range mean {
		v, d := max(float64(variance[i]), leastVariance), float64(target[i]-m)
		dst[i] = float32((math.Log(v) + d*d/v) / 2)
	}
}

// gaussianSlope is the kernel of a gradient, with that of the result as its first
// input.
type gaussianSlope func(dst, g, mean, variance, target []float32)

// Rows implements [loop.Kernel].
func (f gaussianSlope) Rows(dst []float32, in [][]float32) { f(dst, in[0], in[1], in[2], in[3]) }

func gaussianMeanSlope(dst, g, mean, variance, target []float32) {
	for i, m := range mean {
		dst[i] = g[i] * (m - target[i]) / max(variance[i], leastVariance)
	}
}

func gaussianVarianceSlope(dst, g, mean, variance, target []float32) {
	for i, m := range mean {
		v, d := max(variance[i], leastVariance), target[i]-m
		dst[i] = g[i] * (1 - d*d/v) / v / 2
	}
}
