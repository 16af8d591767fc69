package nn

import (
	"errors"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// TripletMargin is the loss of vectors of which the positive should be nearer to
// the anchor than the negative, by the margin m; all three are [N, …, D] (Schroff et
// al. 2015, arXiv 1503.03832; Balntas et al. 2016):
//
//	mean of max(0, d(anchor, positive) − d(anchor, negative) + m)
//
// where d is [PairwiseDistance], as torch.nn.TripletMarginLoss, whose margin is 1 by
// default. A margin that is negative or not finite is an error. For a loss for each
// triplet, write the formula in operations of package grad.
func TripletMargin(anchor, positive, negative *grad.Var, margin float64) *grad.Var {
	if !(margin >= 0 && margin <= math.MaxFloat32) {
		return anchor.Tape().Fail("TripletMargin", fmt.Errorf("margin %v, want 0 or a positive number", margin))
	}
	near, far := PairwiseDistance(anchor, positive), PairwiseDistance(anchor, negative)
	if anchor.Err() == nil && near.Data().Len() == 0 {
		return anchor.Tape().Fail("TripletMargin", errors.New("the batch is empty"))
	}
	return grad.Mean(grad.ReLU(grad.AddScalar(grad.Sub(near, far), float32(margin))))
}

// CosineEmbedding is the loss of pairs of vectors a and b [N, …, D], which should
// point the same way where the target t is 1, and otherwise where it is −1, with a
// target *tensor.Tensor [N, …]:
//
//	mean of 1 − cos        where t is 1     cos = CosineSimilarity(a, b)
//	        max(0, cos − m)  where t is −1
//
// as torch.nn.CosineEmbeddingLoss, whose margin m is 0 by default. A margin outside
// of [−1, 1] is an error, and so is another target.
func CosineEmbedding(a, b *grad.Var, target tensor.Any, margin float64) *grad.Var {
	t, ok := target.(*tensor.Tensor)
	switch {
	case !ok:
		return a.Tape().Fail("CosineEmbedding", fmt.Errorf("target is a %T, want *tensor.Tensor", target))
	case !(margin >= -1 && margin <= 1):
		return a.Tape().Fail("CosineEmbedding", fmt.Errorf("margin %v, want -1 to 1", margin))
	}
	return grad.Apply(cosineEmbedding{Margin: float32(margin)}, CosineSimilarity(a, b), a.Tape().Const(t))
}

// cosineEmbedding has the cosines and the targets as its inputs.
type cosineEmbedding struct{ Margin float32 }

func (*cosineEmbedding) Name() string      { return "CosineEmbedding" }
func (*cosineEmbedding) Needs() grad.Needs { return grad.Needs{In: 0b11} }

func (*cosineEmbedding) Infer(in, out []tensor.Shape) error {
	switch cos := in[0]; {
	case !in[1].Equal(cos):
		return fmt.Errorf("target has shape %v, want %v", in[1], cos)
	case cos.Size() == 0:
		return errors.New("the batch is empty")
	}
	out[0] = out[0][:0]
	return nil
}

func (op *cosineEmbedding) Forward(c *grad.Call) {
	cos, t := c.InData(0), c.InData(1)
	if err := signs(t); err != nil {
		c.Fail(err)
		return
	}
	sum := 0.0
	for i, v := range cos {
		if t[i] > 0 {
			sum += float64(1 - v)
		} else {
			sum += float64(max(0, v-op.Margin))
		}
	}
	c.Out(0).Set(float32(sum / float64(len(cos))))
}

func (op *cosineEmbedding) Backward(c *grad.Call) {
	cos, t := c.InData(0), c.InData(1)
	dst, add := c.BeginGrad(0)
	if dst == nil {
		return
	}
	g := c.GradOut(0).Item() / float32(len(cos))
	for i, v := range cos {
		d := float32(0)
		switch {
		case t[i] > 0:
			d = -g
		case v > op.Margin:
			d = g
		}
		if add {
			d += dst[i]
		}
		dst[i] = d
	}
	c.EndGrad(0)
}
