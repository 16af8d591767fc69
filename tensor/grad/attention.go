package grad

import (
	"cmp"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor"
)

// Attention says how queries attend to keys in [ScaledDotProduct] and
// [AdditiveAttention]. The zero value is one head without masks and dropout. N is the
// number of sequences, Tq and Tk are the steps of queries and of keys.
type Attention struct {
	// Heads cuts the features of queries, keys and values into as many parts of
	// equal size, each of which attends by itself; 0 means 1.
	Heads int
	// Causal keeps query i from the keys after key i. Their values must be finite all
	// the same: what is infinite or NaN may get through, as 0·NaN.
	Causal bool
	// Mask is added to the scores; -Inf keeps a query from a key. Its shape repeats to
	// [N, Heads, Tq, Tk] as by tensor.Broadcast, where the last axis is Tk. It may be a
	// parameter and gets a gradient. nil means that there is none.
	Mask *Var
	// QueryLengths and KeyLengths [N] are the numbers of steps that are not padding,
	// from 1 on; nil means all. Padding of keys is not attended to, whatever it
	// holds; results for padding of queries are 0.
	QueryLengths, KeyLengths *Var
	// Dropout is the probability with which a weight is set to 0 on a tape that
	// trains; see [Dropout].
	Dropout float64
	// Scale multiplies the scores of ScaledDotProduct; 0 means 1/√D for D features
	// of a head.
	Scale float64
	// Weights makes the weights a result.
	Weights bool
}

// The inputs of an attention op.
const (
	attQuery = iota
	attKey
	attValue
	attMask
	attQueryLengths
	attKeyLengths
	attVector // of additiveAttention
)

// attention is what the ops of attention share. For each head, with scores S that a
// scorer computes of q and k, and M the factors of dropout,
//
//	P = softmax(S + mask) over keys   y = (P∘M)·v
//
// With g the gradient of y and gP that of P as a result,
//
//	dP = (g·vᵀ)∘M + gP   dS = P∘(dP − Σ P∘dP)   dv = (P∘M)ᵀ·g   dmask = dS
//
// and the scorer makes dq and dk of dS. P is kept for Backward if it is a result or
// not large; else Backward computes it again, with the same bits.
type attention struct {
	Heads   int
	Causal  bool
	Weights bool
	Scale   float64
	Dropout probability

	batch, queries, keys int
	depth, width         int    // features of a head: of queries and keys, of values
	full                 [4]int // the shape of all weights
}

// scorer computes scores and their gradients for a block of queries of one head.
type scorer interface {
	// scores sets w.p.
	scores(w *attendant)
	// back adds to the gradients of what scores reads, from w.dp.
	back(w *attendant)
}

func attentionOf(a Attention) attention {
	return attention{Heads: a.Heads, Causal: a.Causal, Weights: a.Weights, Scale: a.Scale, Dropout: probability{a.Dropout}}
}

// Outputs implements [MultiOutput].
func (op *attention) Outputs() int {
	if op.Weights {
		return 2
	}
	return 1
}

func (op *attention) Needs() Needs {
	n := Needs{In: 1<<attQuery | 1<<attKey | 1<<attValue | 1<<attMask | 1<<attVector}
	if op.Weights {
		n.Out = 0b10
	}
	return n
}

func (op *attention) Infer(in, out []tensor.Shape) error {
	q, k, v := in[attQuery], in[attKey], in[attValue]
	for i, name := range [...]string{"queries", "keys", "values"} {
		if s := in[i]; len(s) != 3 || s[2] == 0 {
			return fmt.Errorf("%s have shape %v, want [batch steps features]", name, s)
		}
	}
	op.Heads = cmp.Or(op.Heads, 1)
	switch {
	case k[0] != q[0] || v[0] != q[0]:
		return fmt.Errorf("queries, keys and values have shapes %v, %v and %v, want the same batch", q, k, v)
	case k[2] != q[2]:
		return fmt.Errorf("queries have %d features and keys %d, want the same", q[2], k[2])
	case v[1] != k[1] || k[1] == 0:
		return fmt.Errorf("keys have %d steps and values %d, want the same, at least one", k[1], v[1])
	case op.Heads < 0:
		return fmt.Errorf("%d heads, want at least 1", op.Heads)
	case q[2]%op.Heads != 0 || v[2]%op.Heads != 0:
		return fmt.Errorf("%d and %d features for %d heads, want multiples of that", q[2], v[2], op.Heads)
	case !op.Dropout.valid():
		return fmt.Errorf("probability is %v, want at least 0 and less than 1", op.Dropout.P)
	case math.IsNaN(op.Scale) || math.IsInf(op.Scale, 0):
		return fmt.Errorf("scale is %v, want a number", op.Scale)
	}
	op.batch, op.queries, op.keys = q[0], q[1], k[1]
	op.depth, op.width = q[2]/op.Heads, v[2]/op.Heads
	op.full = [...]int{op.batch, op.Heads, op.queries, op.keys}
	if err := tensor.Shape(op.full[:]).Check(); err != nil {
		return fmt.Errorf("weights: %w", err)
	}
	if err := op.checkMask(in[attMask]); err != nil {
		return err
	}
	for _, l := range in[attQueryLengths : attKeyLengths+1] {
		if err := checkLengths(l, op.batch); err != nil {
			return err
		}
	}
	out[0] = append(out[0][:0], q[0], q[1], v[2])
	if op.Weights {
		out[1] = append(out[1][:0], op.full[:]...)
	}
	return nil
}

func (op *attention) checkMask(m tensor.Shape) error {
	if m == nil {
		return nil
	}
	ok := len(m) > 0 && len(m) <= len(op.full) && m[len(m)-1] == op.keys
	for i := 0; ok && i < len(m); i++ {
		ok = m[i] == 1 || m[i] == op.full[len(op.full)-len(m)+i]
	}
	if !ok {
		return fmt.Errorf("mask has shape %v, want one that repeats to %v", m, op.full)
	}
	return nil
}
