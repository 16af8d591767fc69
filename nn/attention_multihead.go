package nn

import (
	"cmp"
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// MultiheadAttention attends with several heads, each of which looks at features of
// its own (Vaswani et al. 2017, arXiv 1706.03762, section 3.2.2), as PyTorch's
// MultiheadAttention with batch_first:
//
//	y = [head_1 … head_Heads]·W_Oᵀ + b_O
//	head_h = softmax(q_h·k_hᵀ/√D)·v_h,  q = x_q·W_Qᵀ + b_Q, and k and v likewise
//
// where q_h are the features h·D to (h+1)·D−1 of q, D = Dim/Heads. Shapes: x_q [N, Tq,
// Dim], x_k [N, Tk, KeyDim], x_v [N, Tk, ValueDim], y [N, Tq, Dim].
//
// Parameters are named and laid out as PyTorch's: in_proj_weight [3·Dim, Dim] has the
// rows of W_Q, W_K and W_V, or q_proj_weight, k_proj_weight and v_proj_weight have
// them if KeyDim or ValueDim differ from Dim; in_proj_bias [3·Dim]; out_proj.weight
// [Dim, Dim] and out_proj.bias [Dim]. Their distributions are PyTorch's too: Xavier's
// for what comes in, that of [Linear] for what goes out, biases of 0.
//
// # Input
//
// A sequence x attends to itself. To make queries attend to other sequences, give a
// [grad.Tuple] of both, or of queries, keys and values:
//
//	y := attention.Forward(x)
//	y := attention.Forward(grad.Tuple(queries, memory))
//	y := attention.Forward(grad.Tuple(queries, keys, values))
//
// Each of them may be a tuple of sequences and their lengths [N], as rnn.Ragged makes
// it; what has less than three axes is lengths. Those of the keys, or else of the values,
// say what is attended to. Keys that are padding are not attended
// to, results for queries that are padding are 0, and the lengths of the queries go on
// with the result. So a sequence gets the bits, in results and in its gradient, that
// it gets alone. A length that is not a whole number from 1 to T is an error.
//
// [MultiheadAttention.SetMask] and Causal keep queries from keys. A query that is kept
// from all has weights of 0, where PyTorch has NaN.
type MultiheadAttention struct {
	Dim, Heads       int
	KeyDim, ValueDim int     // 0 means Dim
	Dropout          float64 // probability with which a weight is dropped while training
	NoBias           bool
	Causal           bool         // keeps a query from the keys after its own place
	MaskShape        tensor.Shape // of the mask, nil if there is none; see SetMask

	InProjWeight                          *grad.Param
	QProjWeight, KProjWeight, VProjWeight *grad.Param
	InProjBias                            *grad.Param
	OutProj                               *Linear
	AttnMask                              *grad.Param // a buffer
}

// NewMultiheadAttention returns attention with so many heads over features that they
// share. Settings that cannot be are reported by [Init] and by Forward. For other
// settings write &nn.MultiheadAttention{Dim: …, Heads: …, Dropout: 0.1}.
func NewMultiheadAttention(dim, heads int) *MultiheadAttention {
	l := &MultiheadAttention{Dim: dim, Heads: heads}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// SetMask sets, or takes away if it is nil, a mask [Tq, Tk] or [Heads, Tq, Tk] that is added to the scores and kept
// with the weights as the buffer attn_mask; -Inf keeps a query from a key, see
// [AttentionMask]. For sequences with fewer steps its first rows and columns count.
// Call it before the layer is used, or Init and Load are called.
func (l *MultiheadAttention) SetMask(m *tensor.Tensor) {
	if l.MaskShape, l.AttnMask = nil, nil; m == nil {
		return
	}
	l.MaskShape = m.Shape().Clone()
	l.AttnMask = grad.NewBuffer(grad.Constant(0), l.MaskShape...)
	l.AttnMask.Value = m.Clone()
}

// Build checks the settings and makes the parameters that are missing.
func (l *MultiheadAttention) Build() error {
	if err := l.check(); err != nil {
		return err
	}
	d := l.Dim
	if !l.apart() {
		makeParam(&l.InProjWeight, grad.Xavier(d, 3*d), 3*d, d)
	} else {
		k, v := cmp.Or(l.KeyDim, d), cmp.Or(l.ValueDim, d)
		makeParam(&l.QProjWeight, grad.Xavier(d, d), d, d)
		makeParam(&l.KProjWeight, grad.Xavier(k, d), d, k)
		makeParam(&l.VProjWeight, grad.Xavier(v, d), d, v)
	}
	if !l.NoBias {
		makeParam(&l.InProjBias, grad.Constant(0), 3*d)
	}
	if l.OutProj == nil {
		l.OutProj = &Linear{In: d, Out: d, NoBias: l.NoBias}
		if !l.NoBias {
			makeParam(&l.OutProj.Bias, grad.Constant(0), d)
		}
	}
	if l.MaskShape != nil && l.AttnMask == nil {
		l.AttnMask = grad.NewBuffer(grad.Constant(0), l.MaskShape...)
	}
	return l.OutProj.Build()
}

// makeParam makes a parameter that is missing.
func makeParam(p **grad.Param, init grad.Initializer, shape ...int) {
	if *p == nil {
		*p = grad.NewParam(init, shape...)
	}
}

// apart reports whether queries, keys and values have weights of their own.
func (l *MultiheadAttention) apart() bool {
	return cmp.Or(l.KeyDim, l.Dim) != l.Dim || cmp.Or(l.ValueDim, l.Dim) != l.Dim
}

// maxDim bounds Dim, so that sizes do not overflow.
const maxDim = 1 << 14

func (l *MultiheadAttention) check() error {
	const layer = "nn: MultiheadAttention: "
	switch {
	case l.Dim < 1 || l.Heads < 1 || l.Dim%l.Heads != 0:
		return fmt.Errorf(layer+"%d features for %d heads, want at least 1 and a multiple of it", l.Dim, l.Heads)
	case l.KeyDim < 0 || l.ValueDim < 0 || max(l.Dim, l.KeyDim, l.ValueDim) > maxDim:
		return fmt.Errorf(layer+"%d features, %d of keys and %d of values, want none negative or more than %d", l.Dim, l.KeyDim, l.ValueDim, maxDim)
	case l.OutProj != nil && (l.OutProj.In != l.Dim || l.OutProj.Out != l.Dim):
		return fmt.Errorf(layer+"output projection from %d to %d features, want %d", l.OutProj.In, l.OutProj.Out, l.Dim)
	case l.MaskShape != nil && len(l.MaskShape) != 2 && (len(l.MaskShape) != 3 || l.MaskShape[0] != l.Heads):
		return fmt.Errorf(layer+"mask has shape %v, want [queries keys] or [%d queries keys]", l.MaskShape, l.Heads)
	}
	if err := l.MaskShape.Check(); err != nil {
		return fmt.Errorf(layer+"mask: %w", err)
	}
	if l.AttnMask != nil && !l.AttnMask.Shape().Equal(l.MaskShape) {
		return fmt.Errorf(layer+"mask has shape %v, MaskShape says %v", l.AttnMask.Shape(), l.MaskShape)
	}
	return probability("MultiheadAttention", l.Dropout)
}

// Forward implements [Module].
func (l *MultiheadAttention) Forward(x *grad.Var) *grad.Var {
	y, _ := l.forward(x, false)
	return y
}

// ForwardWeights is Forward that returns the weights of each head too, [N, Heads, Tq,
// Tk], before dropout. Their mean over the heads, which PyTorch returns, is
// grad.Mean(weights, 1).
func (l *MultiheadAttention) ForwardWeights(x *grad.Var) (y, weights *grad.Var) {
	return l.forward(x, true)
}

func (l *MultiheadAttention) forward(x *grad.Var, wanted bool) (y, weights *grad.Var) {
	a, err := attends(x)
	if err == nil {
		err = l.ready()
	}
	if err != nil {
		y := x.Tape().Fail("MultiheadAttention", err)
		return y, y
	}
	y, weights = l.attend(a.clear(), wanted)
	return withLengths(grad.ClearPadding(y, a.queries), a.queries), weights
}

// ready reports settings that cannot be and parameters that are missing.
func (l *MultiheadAttention) ready() error {
	if err := l.check(); err != nil {
		return err
	}
	if l.OutProj == nil || l.InProjWeight == nil && l.QProjWeight == nil {
		return grad.ErrNoParams
	}
	return nil
}

// fits reports inputs that the layer cannot take.
func (l *MultiheadAttention) fits(a attended) error {
	for _, x := range []struct {
		name  string
		v     *grad.Var
		width int
	}{{"queries", a.q, l.Dim}, {"keys", a.k, cmp.Or(l.KeyDim, l.Dim)}, {"values", a.v, cmp.Or(l.ValueDim, l.Dim)}} {
		if s := x.v.Shape(); len(s) != 3 || s[2] != x.width {
			return fmt.Errorf("%s have shape %v, want [batch steps %d]", x.name, s, x.width)
		}
	}
	return nil
}

// attend applies the layer; what it computes for padding is not defined.
func (l *MultiheadAttention) attend(a attended, wanted bool) (y, weights *grad.Var) {
	if err := l.fits(a); err != nil && a.q.Err() == nil {
		y := a.q.Tape().Fail("MultiheadAttention", err)
		return y, y
	}
	q, k, v := l.project(a)
	y, weights = grad.ScaledDotProduct(q, k, v, grad.Attention{
		Heads: l.Heads, Causal: l.Causal, Dropout: l.Dropout, Weights: wanted,
		QueryLengths: a.queries, KeyLengths: a.keys, Mask: l.mask(q, k),
	})
	return pass("MultiheadAttention", "out_proj", l.OutProj, y), weights
}

// project returns what the heads attend with.
func (l *MultiheadAttention) project(a attended) (q, k, v *grad.Var) {
	t, d := a.q.Tape(), l.Dim
	w, b := t.Use(l.InProjWeight), t.Use(l.InProjBias)
	if w != nil && a.self {
		x := grad.Linear(a.q, w, b)
		return third(x, 2, 0, d), third(x, 2, 1, d), third(x, 2, 2, d)
	}
	wq, wk, wv := t.Use(l.QProjWeight), t.Use(l.KProjWeight), t.Use(l.VProjWeight)
	if w != nil {
		wq, wk, wv = third(w, 0, 0, d), third(w, 0, 1, d), third(w, 0, 2, d)
	}
	return grad.Linear(a.q, wq, third(b, 0, 0, d)), grad.Linear(a.k, wk, third(b, 0, 1, d)), grad.Linear(a.v, wv, third(b, 0, 2, d))
}

// third returns third i of size d of x along an axis, nil if x is.
func third(x *grad.Var, axis, i, d int) *grad.Var {
	if x == nil {
		return nil
	}
	return grad.Slice(x, axis, i*d, (i+1)*d)
}

// mask returns the part of the mask for queries and keys, nil if there is none.
func (l *MultiheadAttention) mask(q, k *grad.Var) *grad.Var {
	if l.AttnMask == nil || q.Err() != nil {
		return nil
	}
	tq, tk, n := q.Shape()[1], k.Shape()[1], len(l.MaskShape)
	if l.MaskShape[n-2] < tq || l.MaskShape[n-1] < tk {
		return q.Tape().Fail("MultiheadAttention", fmt.Errorf("mask has shape %v, want at least %d queries and %d keys", l.MaskShape, tq, tk))
	}
	return grad.Slice(grad.Slice(grad.Use(q, l.AttnMask), n-2, 0, tq), n-1, 0, tk)
}
