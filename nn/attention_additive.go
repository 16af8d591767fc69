package nn

import (
	"cmp"
	"fmt"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// AdditiveAttention makes of each query the mean of the values, weighted by scores
// that a small network gives to query and key (Bahdanau, Cho and Bengio 2014, arXiv
// 1409.0473, appendix A.1.2):
//
//	y_i = Σ_j a_ij·v_j,  a = softmax over j of vᵀ·tanh(W·q_i + U·k_j)
//
// with W the query weight, U the key weight and v the vector. Shapes: q [N, Tq,
// QueryDim], k [N, Tk, KeyDim], v [N, Tk, …], W [Hidden, QueryDim], U [Hidden,
// KeyDim], vector [Hidden], y [N, Tq, …]. The input is that of [MultiheadAttention]; a
// decoder gives its state [N, 1, QueryDim] and the states of the encoder:
//
//	context := attention.Forward(grad.Tuple(state, states))
//
// Weights start uniformly in ±1/√n for n inputs, as those of [Linear].
type AdditiveAttention struct {
	QueryDim, KeyDim, Hidden int
	Dropout                  float64 // probability with which a weight is dropped
	Causal                   bool    // keeps a query from the keys after its own place

	QueryWeight, KeyWeight, Vector *grad.Param
}

// NewAdditiveAttention returns a layer of additive attention. Sizes that cannot be
// are reported by [Init] and by Forward.
func NewAdditiveAttention(queryDim, keyDim, hidden int) *AdditiveAttention {
	l := &AdditiveAttention{QueryDim: queryDim, KeyDim: keyDim, Hidden: hidden}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build checks the settings and makes the parameters that are missing.
func (l *AdditiveAttention) Build() error {
	if l.QueryDim < 1 || l.KeyDim < 1 || l.Hidden < 1 {
		return fmt.Errorf("nn: AdditiveAttention: queries of %d, keys of %d and %d hidden, want at least 1", l.QueryDim, l.KeyDim, l.Hidden)
	}
	if err := probability("AdditiveAttention", l.Dropout); err != nil {
		return err
	}
	if l.QueryWeight == nil {
		l.QueryWeight = grad.NewParam(grad.FanIn(l.QueryDim), l.Hidden, l.QueryDim)
	}
	if l.KeyWeight == nil {
		l.KeyWeight = grad.NewParam(grad.FanIn(l.KeyDim), l.Hidden, l.KeyDim)
	}
	if l.Vector == nil {
		l.Vector = grad.NewParam(grad.FanIn(l.Hidden), l.Hidden)
	}
	return nil
}

// Forward implements [Module].
func (l *AdditiveAttention) Forward(x *grad.Var) *grad.Var {
	y, _ := l.forward(x, false)
	return y
}

// ForwardWeights is Forward that returns the weights too, [N, 1, Tq, Tk].
func (l *AdditiveAttention) ForwardWeights(x *grad.Var) (y, weights *grad.Var) {
	return l.forward(x, true)
}

func (l *AdditiveAttention) forward(x *grad.Var, wanted bool) (y, weights *grad.Var) {
	t := x.Tape()
	a, err := attends(x)
	if l.Vector == nil {
		err = cmp.Or(l.Build(), grad.ErrNoParams)
	}
	if err != nil {
		y := t.Fail("AdditiveAttention", err)
		return y, y
	}
	a = a.clear()
	q, k := grad.Linear(a.q, t.Use(l.QueryWeight), nil), grad.Linear(a.k, t.Use(l.KeyWeight), nil)
	y, weights = grad.AdditiveAttention(q, k, a.v, t.Use(l.Vector), grad.Attention{
		Causal: l.Causal, Dropout: l.Dropout, Weights: wanted, QueryLengths: a.queries, KeyLengths: a.keys,
	})
	return withLengths(y, a.queries), weights
}
