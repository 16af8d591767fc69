package nn

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// DotProductAttention makes of each query the mean of the values, weighted by how
// well their keys agree with it; see [grad.ScaledDotProduct], whose layer it is:
//
//	y = softmax(q·kᵀ·scale)·v
//
// It has no parameters. The input is that of [MultiheadAttention].
type DotProductAttention struct {
	Heads   int     // 0 means 1
	Scale   float64 // 0 means 1/√D for D features of a head
	Dropout float64 // probability with which a weight is dropped
	Causal  bool    // keeps a query from the keys after its own place
}

// NewDotProductAttention returns a layer of scaled dot products with one head.
func NewDotProductAttention() *DotProductAttention { return &DotProductAttention{} }

// Build checks the settings.
func (l *DotProductAttention) Build() error {
	switch {
	case l.Heads < 0:
		return fmt.Errorf("nn: DotProductAttention: %d heads, want at least 1", l.Heads)
	case math.IsNaN(l.Scale) || math.IsInf(l.Scale, 0):
		return fmt.Errorf("nn: DotProductAttention: scale %v, want a number", l.Scale)
	}
	return probability("DotProductAttention", l.Dropout)
}

// Forward implements [Module].
func (l *DotProductAttention) Forward(x *grad.Var) *grad.Var {
	y, _ := l.forward(x, false)
	return y
}

// ForwardWeights is Forward that returns the weights too, [N, Heads, Tq, Tk].
func (l *DotProductAttention) ForwardWeights(x *grad.Var) (y, weights *grad.Var) {
	return l.forward(x, true)
}

func (l *DotProductAttention) forward(x *grad.Var, wanted bool) (y, weights *grad.Var) {
	a, err := attends(x)
	if err != nil {
		y := x.Tape().Fail("DotProductAttention", err)
		return y, y
	}
	y, weights = grad.ScaledDotProduct(a.q, a.k, a.v, grad.Attention{
		Heads: l.Heads, Causal: l.Causal, Dropout: l.Dropout, Scale: l.Scale, Weights: wanted,
		QueryLengths: a.queries, KeyLengths: a.keys,
	})
	return withLengths(y, a.queries), weights
}
