package nn

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// attended is the input of a layer of attention, taken apart.
type attended struct {
	q, k, v         *grad.Var
	queries, keys   *grad.Var // lengths, nil if there are none
	values          *grad.Var // lengths of v, if it is another sequence and brings them
	self, keyValues bool      // all three are one; keys are the values
}

// attends takes the input of a layer of attention apart, which is one of
//
//	x          a sequence that attends to itself
//	q, kv      queries, and what they attend to
//	q, k, v    the same with values apart from the keys
//
// where each may have lengths.
func attends(x *grad.Var) (a attended, err error) {
	n := x.Parts()
	switch {
	case n > 3:
		return a, fmt.Errorf("input is a tuple of %d, want a sequence, with what it attends to or with keys and values", n)
	case n == 1 || n == 2 && isLengths(x.Part(1)):
		a.self, a.keyValues = true, true
		a.q, a.queries, err = ragged(x)
		a.k, a.v, a.keys = a.q, a.q, a.queries
		return a, err
	}
	if a.q, a.queries, err = ragged(x.Part(0)); err != nil {
		return a, err
	}
	if a.k, a.keys, err = ragged(x.Part(1)); err != nil {
		return a, err
	}
	a.v, a.keyValues = a.k, n == 2
	if n == 2 {
		return a, nil
	}
	a.v, a.values, err = ragged(x.Part(2))
	if a.keys == nil {
		a.keys = a.values
	}
	return a, err
}

// isLengths tells lengths [N] or [N, 1] from sequences [N, T, features].
func isLengths(x *grad.Var) bool { return x.Parts() == 1 && len(x.Shape()) < 3 }

// ragged returns sequences and their lengths, nil if there are none.
func ragged(x *grad.Var) (sequences, lengths *grad.Var, err error) {
	switch n := x.Parts(); {
	case n == 1:
		return x, nil, nil
	case n != 2 || !isLengths(x.Part(1)):
		return x, nil, fmt.Errorf("input is a tuple of %d, want sequences and their lengths", n)
	}
	return x.Part(0), x.Part(1), nil
}

// withLengths undoes ragged.
func withLengths(x, lengths *grad.Var) *grad.Var {
	if lengths == nil {
		return x
	}
	return grad.Tuple(x, lengths)
}

// clear sets padding to 0, so that nothing it holds can get into a gradient.
func (a attended) clear() attended {
	v := a.v
	a.q = grad.ClearPadding(a.q, a.queries)
	switch {
	case a.self:
		a.k, a.v = a.q, a.q
	case a.keyValues:
		a.k = grad.ClearPadding(a.k, a.keys)
		a.v = a.k
	default:
		values := a.values
		if values == nil {
			values = a.keys
		}
		a.k, a.v = grad.ClearPadding(a.k, a.keys), grad.ClearPadding(v, values)
	}
	return a
}

// AttentionMask returns the mask that keeps queries from keys where exclude is true,
// as PyTorch's boolean attn_mask: -Inf there and 0 elsewhere. Shape: [Tq, Tk], or any.
func AttentionMask(exclude *tensor.Bools) *tensor.Tensor {
	m := tensor.Zeros(exclude.Shape()...)
	tensor.WhereTo(m, exclude, tensor.Scalar(float32(math.Inf(-1))), m)
	return m
}
