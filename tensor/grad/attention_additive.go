package grad

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// additiveAttention: S = Σ vector·tanh(q + k) over features. With t = tanh(q + k),
// dvector = Σ dS·t, dq = Σ dS·vector·(1 − t²) over keys and dk the same over queries.
type additiveAttention struct{ attention }

func (*additiveAttention) Name() string        { return "AdditiveAttention" }
func (op *additiveAttention) Forward(c *Call)  { op.forward(c, op) }
func (op *additiveAttention) Backward(c *Call) { op.differentiate(c, op) }

func (op *additiveAttention) Infer(in, out []tensor.Shape) error {
	if err := op.attention.Infer(in, out); err != nil {
		return err
	}
	if v, want := in[attVector], in[attQuery][2]; !v.Equal(tensor.Shape{want}) {
		return fmt.Errorf("vector has shape %v, want [%d]", v, want)
	}
	return nil
}

// tanh returns tanh(q + k) for query i and key j.
func (w *attendant) tanh(i, j int) []float32 {
	at, t := w.h*w.depth, w.room[:w.depth]
	vec.Add(t, w.q.at(w.n, i, at), w.k.at(w.n, j, at))
	vec.Tanh(t, t)
	return t
}

func (*additiveAttention) scores(w *attendant) {
	v := w.vector[w.h*w.depth:][:w.depth]
	for i := w.lo; i < w.hi; i++ {
		p := w.of(w.p, i)
		for j := range p {
			p[j] = vec.Dot(v, w.tanh(i, j))
		}
	}
}

func (*additiveAttention) back(w *attendant) {
	v := w.vector[w.h*w.depth:][:w.depth]
	for i := w.lo; i < w.hi; i++ {
		for j, ds := range w.of(w.dp, i) {
			t := w.tanh(i, j)
			if w.dvector != nil {
				vec.Axpy(w.dvector[(w.n*w.Heads+w.h)*w.depth:][:w.depth], t, ds)
			}
			vec.TanhGrad(t, v, t)
			if w.dq != nil {
				vec.Axpy(w.dq[w.feature(i, w.queries, w.depth):][:w.depth], t, ds)
			}
			if w.dk != nil {
				vec.Axpy(w.dk[w.feature(j, w.keys, w.depth):][:w.depth], t, ds)
			}
		}
	}
}

// AdditiveAttention returns, for each head,
//
//	y = softmax(s + mask)·v,  s_ij = Σ vector·tanh(q_i + k_j)
//
// where the sum runs over features and the softmax over the keys. Shapes, masks,
// weights and bits are those of [ScaledDotProduct], and vector [Heads·D]. Scale has no
// meaning. (Bahdanau, Cho and Bengio 2014, arXiv 1409.0473, appendix A.1.2; q and k are
// what their matrices W and U make of the states.)
//
//go:noinline
func AdditiveAttention(q, k, v, vector *Var, a Attention) (y, weights *Var) {
	out := ApplyMulti(additiveAttention{attentionOf(a)}, q, k, v, a.Mask, a.QueryLengths, a.KeyLengths, vector)
	if a.Weights {
		weights = out[1]
	}
	return out[0], weights
}
