package lm

import (
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// NewLoss returns the loss to train a language model with: the cross-entropy of its
// logits [N, T, V] and the tokens that follow, [N, T]. Options are those of
// [nn.NewCrossEntropy]; nn.IgnoreLabel leaves out what fills sequences up. Its mean
// over the tokens is the logarithm of the perplexity.
func NewLoss(options ...nn.LossOption) nn.Loss {
	loss := nn.NewCrossEntropy(options...)
	return func(output *grad.Var, target tensor.Any) *grad.Var {
		if output.Err() != nil || len(output.Shape()) != 3 {
			return loss(output, target)
		}
		return loss(grad.Transpose(output, 1, 2), target)
	}
}
