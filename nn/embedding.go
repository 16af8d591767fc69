package nn

import (
	"cmp"
	"fmt"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// Embedding looks vectors up in a table: row i of its weight for each id i of x.
// Shapes: x […] of whole numbers from 0 to Vocabulary−1, weight [Vocabulary, Dim],
// y [..., Dim], so that tokens [N, T] become [N, T, Dim]. An id that is something
// else is an error. The weight starts with the standard normal distribution, as in
// PyTorch.
//
// Ids are the values of an input, so that a [Predictor] looks up new ones each
// time. Since float32 holds whole numbers up to 2²⁴, that bounds the vocabulary.
type Embedding struct {
	Vocabulary, Dim int
	// PaddingIdx names a row that starts at 0 and gets no gradient, for ids that
	// fill sequences up; nil means that there is none.
	PaddingIdx *int

	Weight *grad.Param
}

// NewEmbedding returns a table of vectors. Sizes that cannot be are reported by
// [Init] and by Forward. For one with padding write &nn.Embedding{Vocabulary: …,
// Dim: …, PaddingIdx: new(int)}, where the row is 0.
func NewEmbedding(vocabulary, dim int) *Embedding {
	l := &Embedding{Vocabulary: vocabulary, Dim: dim}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// maxVocabulary is the number of ids that float32 tells apart.
const maxVocabulary = 1 << 24

// Build checks the settings and makes the parameter if it is missing.
func (l *Embedding) Build() error {
	switch {
	case l.Vocabulary < 1 || l.Dim < 1:
		return fmt.Errorf("nn: Embedding: vocabulary of %d and vectors of %d, want at least 1", l.Vocabulary, l.Dim)
	case l.Vocabulary > maxVocabulary:
		return fmt.Errorf("nn: Embedding: vocabulary of %d, want at most %d", l.Vocabulary, maxVocabulary)
	case l.PaddingIdx != nil && (*l.PaddingIdx < 0 || *l.PaddingIdx >= l.Vocabulary):
		return fmt.Errorf("nn: Embedding: padding %d, want 0 to %d", *l.PaddingIdx, l.Vocabulary-1)
	}
	if l.Weight == nil {
		l.Weight = grad.NewParam(l.initial, l.Vocabulary, l.Dim)
	}
	return nil
}

// initial is the initializer of the weight.
func (l *Embedding) initial(dst []float32, r grad.Rand) {
	grad.Normal(1)(dst, r)
	if l.PaddingIdx != nil {
		clear(dst[*l.PaddingIdx*l.Dim:][:l.Dim])
	}
}

// Forward implements [Module].
func (l *Embedding) Forward(x *grad.Var) *grad.Var {
	if l.Weight == nil {
		return x.Tape().Fail("Embedding", cmp.Or(l.Build(), grad.ErrNoParams))
	}
	padding := -1
	if l.PaddingIdx != nil {
		padding = *l.PaddingIdx
	}
	return grad.Embedding(x, grad.Use(x, l.Weight), padding)
}
