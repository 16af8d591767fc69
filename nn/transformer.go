package nn

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// TransformerEncoderLayer lets the steps of a sequence attend to each other and then
// works on each alone, as PyTorch's layer of that name with batch_first (Vaswani et al.
// 2017, arXiv 1706.03762, section 3.1):
//
//	x ← norm1(x + attention(x))   y = norm2(x + feedforward(x))
//
// or, with NormFirst, which trains deep stacks more easily (Xiong et al. 2020, arXiv
// 2002.04745),
//
//	x ← x + attention(norm1(x))   y = x + feedforward(norm2(x))
//
// where attention is a [MultiheadAttention] and feedforward(x) = linear2(activation(
// linear1(x))). While training, dropout follows attention, activation and linear2.
// Shapes: x and y [N, T, Dim]; or tuples of these and the lengths [N] of the
// sequences, for which see [MultiheadAttention]: what is behind the end of a sequence is
// not read and comes out as 0.
//
// Settings are read when the parts are made, so set them in a literal; parts that are
// given stay.
type TransformerEncoderLayer struct {
	Dim, Heads  int
	Feedforward int     // features between linear1 and linear2
	Activation  Module  // nil means ReLU
	Dropout     float64 // 0 means none, unlike in NewTransformerEncoderLayer
	NormFirst   bool
	Eps         float64 // of the normalisations; 0 means 1e-5
	Causal      bool    // keeps a step from the steps after it

	SelfAttn         *MultiheadAttention
	Linear1, Linear2 *Linear
	Norm1, Norm2     *LayerNorm
}

// NewTransformerEncoderLayer returns a layer with PyTorch's defaults: ReLU, dropout of
// 0.1, normalisation last. PyTorch's feedforward is 2048 unless it is told otherwise.
// Settings that cannot be are reported by [Init] and by Forward. For others write
//
//	&nn.TransformerEncoderLayer{Dim: 256, Heads: 4, Feedforward: 1024, Activation: nn.GELU, NormFirst: true}
func NewTransformerEncoderLayer(dim, heads, feedforward int) *TransformerEncoderLayer {
	l := &TransformerEncoderLayer{Dim: dim, Heads: heads, Feedforward: feedforward, Dropout: 0.1}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build checks the settings and makes the parts that are missing.
func (l *TransformerEncoderLayer) Build() error {
	if err := l.check(); err != nil {
		return err
	}
	if l.SelfAttn == nil {
		l.SelfAttn = &MultiheadAttention{Dim: l.Dim, Heads: l.Heads, Dropout: l.Dropout, Causal: l.Causal}
	}
	if l.Linear1 == nil {
		l.Linear1 = &Linear{In: l.Dim, Out: l.Feedforward}
	}
	if l.Linear2 == nil {
		l.Linear2 = &Linear{In: l.Feedforward, Out: l.Dim}
	}
	for _, n := range []**LayerNorm{&l.Norm1, &l.Norm2} {
		if *n == nil {
			*n = &LayerNorm{Shape: []int{l.Dim}, Eps: l.Eps}
		}
	}
	for _, b := range []builder{l.SelfAttn, l.Linear1, l.Linear2, l.Norm1, l.Norm2} {
		if err := b.Build(); err != nil {
			return err
		}
	}
	return nil
}

func (l *TransformerEncoderLayer) check() error {
	switch {
	case l.Dim < 1 || l.Heads < 1 || l.Dim%l.Heads != 0:
		return fmt.Errorf("nn: TransformerEncoderLayer: %d features for %d heads, want at least 1 and a multiple of it", l.Dim, l.Heads)
	case l.Feedforward < 1:
		return fmt.Errorf("nn: TransformerEncoderLayer: feedforward of %d, want at least 1", l.Feedforward)
	case l.Activation != nil && missing(l.Activation):
		return fmt.Errorf("nn: TransformerEncoderLayer: activation is a nil %T, want a module or plain nil", l.Activation)
	}
	return cmp.Or(probability("TransformerEncoderLayer", l.Dropout), checkEps("TransformerEncoderLayer", l.Eps))
}

// ready reports settings that cannot be and parts that are missing.
func (l *TransformerEncoderLayer) ready() error {
	if l.SelfAttn == nil || l.Linear1 == nil || l.Linear2 == nil || l.Norm1 == nil || l.Norm2 == nil {
		return cmp.Or(l.check(), grad.ErrNoParams)
	}
	return l.SelfAttn.ready()
}

// Forward implements [Module].
func (l *TransformerEncoderLayer) Forward(x *grad.Var) *grad.Var {
	x, lengths, err := ragged(x)
	if err != nil {
		return x.Tape().Fail("TransformerEncoderLayer", err)
	}
	x = l.encode(grad.ClearPadding(x, lengths), lengths)
	return withLengths(grad.ClearPadding(x, lengths), lengths)
}

// encode applies the layer to sequences whose padding is finite; what it computes for
// padding is not defined.
func (l *TransformerEncoderLayer) encode(x, lengths *grad.Var) *grad.Var {
	if err := l.ready(); err != nil {
		return x.Tape().Fail("TransformerEncoderLayer", err)
	}
	if l.NormFirst {
		x = grad.Add(x, l.attend(l.part("norm1", l.Norm1, x), lengths))
		return grad.Add(x, l.work(l.part("norm2", l.Norm2, x)))
	}
	x = l.part("norm1", l.Norm1, grad.Add(x, l.attend(x, lengths)))
	return l.part("norm2", l.Norm2, grad.Add(x, l.work(x)))
}

func (l *TransformerEncoderLayer) part(name string, m Module, x *grad.Var) *grad.Var {
	return pass("TransformerEncoderLayer", name, m, x)
}

// attend is attention and the dropout after it.
func (l *TransformerEncoderLayer) attend(x, lengths *grad.Var) *grad.Var {
	t := x.Tape()
	t.Enter("TransformerEncoderLayer", "self_attn")
	y, _ := l.SelfAttn.attend(attended{q: x, k: x, v: x, queries: lengths, keys: lengths, self: true}, false)
	t.Leave()
	return grad.Dropout(y, l.Dropout)
}

// work is what is done with each step alone.
func (l *TransformerEncoderLayer) work(x *grad.Var) *grad.Var {
	x = l.part("linear1", l.Linear1, x)
	if l.Activation == nil {
		x = grad.ReLU(x)
	} else {
		x = l.part("activation", l.Activation, x)
	}
	x = l.part("linear2", l.Linear2, grad.Dropout(x, l.Dropout))
	return grad.Dropout(x, l.Dropout)
}

// TransformerEncoder is a stack of layers and, unless it is nil, a normalisation after
// the last, as PyTorch's layer of that name. Parameters are named "layers.0.…" and
// "norm.…". Shapes and lengths are those of [TransformerEncoderLayer].
type TransformerEncoder struct {
	Layers []*TransformerEncoderLayer
	Norm   *LayerNorm
}

// NewTransformerEncoder returns a stack of so many layers with the settings of one.
// Unlike PyTorch's copies of one layer they do not start with the same values. They
// share Activation; one that has parameters, such as [PReLU], wants layers built one by
// one, each with its own. Layers
// that have NormFirst end without normalisation, which they want:
//
//	encoder := nn.NewTransformerEncoder(6, nn.TransformerEncoderLayer{Dim: 256, Heads: 4, Feedforward: 1024, NormFirst: true})
//	encoder.Norm = nn.NewLayerNorm(256)
func NewTransformerEncoder(layers int, layer TransformerEncoderLayer) *TransformerEncoder {
	layer.SelfAttn, layer.Linear1, layer.Linear2, layer.Norm1, layer.Norm2 = nil, nil, nil, nil, nil
	e := &TransformerEncoder{}
	for range layers {
		l := layer
		_ = l.Build() // an error is met again when the layer is initialised or used
		e.Layers = append(e.Layers, &l)
	}
	return e
}

// Build checks that no layer is missing.
func (e *TransformerEncoder) Build() error {
	if len(e.Layers) == 0 {
		return errors.New("nn: TransformerEncoder: no layers, want at least one")
	}
	for i, l := range e.Layers {
		if l == nil {
			return fmt.Errorf("nn: TransformerEncoder: layer %d is nil", i)
		}
	}
	return nil
}

// Forward implements [Module].
func (e *TransformerEncoder) Forward(x *grad.Var) *grad.Var {
	t := x.Tape()
	x, lengths, err := ragged(x)
	if err = cmp.Or(err, e.Build()); err != nil {
		return t.Fail("TransformerEncoder", err)
	}
	x = grad.ClearPadding(x, lengths)
	t.Enter("TransformerEncoder", "layers")
	for i, l := range e.Layers {
		t.Enter("TransformerEncoder", strconv.Itoa(i)) // whose small numbers do not allocate
		x = l.encode(x, lengths)
		t.Leave()
	}
	t.Leave()
	if e.Norm != nil {
		x = pass("TransformerEncoder", "norm", e.Norm, x)
	}
	return withLengths(grad.ClearPadding(x, lengths), lengths)
}
