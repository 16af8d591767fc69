package grad

import (
	"math"

	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/vec"
)

// scaledDotProduct: S = scale·q·kᵀ; dq = scale·dS·k, dk = dSᵀ·(scale·q).
type scaledDotProduct struct{ attention }

func (*scaledDotProduct) Name() string        { return "ScaledDotProduct" }
func (op *scaledDotProduct) Forward(c *Call)  { op.forward(c, op) }
func (op *scaledDotProduct) Backward(c *Call) { op.differentiate(c, op) }

// factor returns what multiplies the scores.
func (op *attention) factor() float32 {
	if op.Scale == 0 {
		return float32(1 / math.Sqrt(float64(op.depth)))
	}
	return float32(op.Scale)
}

// scaled returns scale·q for the block.
func (w *attendant) scaled() gemm.Matrix {
	for i := w.lo; i < w.hi; i++ {
		vec.MulScalar(w.room[(i-w.lo)*w.depth:][:w.depth], w.q.at(w.n, i, w.h*w.depth), w.factor())
	}
	return gemm.Matrix{Data: w.room, I: w.depth, K: 1}
}

func (*scaledDotProduct) scores(w *attendant) {
	w.product(w.hi-w.lo, w.seen, w.depth,
		w.scaled(), gemm.Matrix{Data: w.k.at(w.n, 0, w.h*w.depth), I: w.k.step, K: 1},
		w.p, w.keys, gemm.Zero)
}

func (*scaledDotProduct) back(w *attendant) {
	rows := w.hi - w.lo
	if w.dk != nil {
		q := w.scaled()
		q.I, q.K = q.K, q.I
		w.product(w.seen, w.depth, rows,
			gemm.Matrix{Data: w.dp, I: 1, K: w.keys}, q,
			w.dk[w.feature(0, w.keys, w.depth):], w.Heads*w.depth, gemm.FromC)
	}
	if w.dq != nil {
		w.product(rows, w.depth, w.seen,
			gemm.Matrix{Data: w.dp, I: w.keys, K: 1}, gemm.Matrix{Data: w.k.at(w.n, 0, w.h*w.depth), I: 1, K: w.k.step},
			w.dq[w.feature(w.lo, w.queries, w.depth):], w.Heads*w.depth, gemm.Zero)
		for i := w.lo; i < w.hi; i++ {
			dq := w.dq[w.feature(i, w.queries, w.depth):][:w.depth]
			vec.MulScalar(dq, dq, w.factor())
		}
	}
}

// ScaledDotProduct returns, for each head and with D features of queries and keys in
// it,
//
//	y = softmax(q·kᵀ/√D + mask)·v
//
// where the softmax runs over the keys. Shapes: q [N, Tq, Heads·D], k [N, Tk,
// Heads·D], v [N, Tk, Heads·V], y [N, Tq, Heads·V]. Head h has the features h·D to
// (h+1)·D-1. Weights are what softmax returns, [N, Heads, Tq, Tk], before dropout, or
// nil if a does not ask for them; those of padding are 0. A query that must not attend
// to any key has results of 0.
//
// The weights of a head are computed block by block and stay in the cache; unless they
// are asked for, memory does not grow with Tq·Tk beyond some 16 MiB. The bits of the
// result for a sequence are those that it gets alone, without its padding. (Vaswani et
// al. 2017, arXiv 1706.03762, equation 1.)
//
//go:noinline
func ScaledDotProduct(q, k, v *Var, a Attention) (y, weights *Var) {
	out := ApplyMulti(scaledDotProduct{attentionOf(a)}, q, k, v, a.Mask, a.QueryLengths, a.KeyLengths)
	if a.Weights {
		weights = out[1]
	}
	return out[0], weights
}
