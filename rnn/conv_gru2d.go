package rnn

import (
	"cmp"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// ConvGRU2D is a [ConvGRU] over sequences of pictures: its products are 2-d
// convolutions with square kernels, padded to keep the size. Shapes: x [N, T, In,
// H, W], y [N, T, Hidden, H, W]; weights [3·Hidden, In, Kernel, Kernel] and
// [3·Hidden, Hidden, Kernel, Kernel]. All parameters start uniformly in
// ±1/√(Hidden·Kernel²).
type ConvGRU2D struct {
	In, Hidden    int // channels
	Kernel        int // odd, in rows and columns
	Layers        int // 0 means 1
	NoBias        bool
	Bidirectional bool
	Dropout       float64 // between layers
	TimeFirst     bool

	stack stack
}

// NewConvGRU2D returns a convolutional GRU for pictures. Settings that cannot be are reported by nn.Init
// and by Forward.
func NewConvGRU2D(in, hidden, kernel int, opts ...Option) *ConvGRU2D {
	o := apply(opts)
	l := &ConvGRU2D{
		In: in, Hidden: hidden, Kernel: kernel, Layers: o.layers,
		NoBias: o.noBias, Bidirectional: o.bidirectional, Dropout: o.dropout, TimeFirst: o.timeFirst,
	}
	l.stack.proj = o.proj
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

func (l *ConvGRU2D) settings() settings {
	return settings{
		name: "ConvGRU2D", cell: gruCell, in: l.In, hidden: l.Hidden, layers: cmp.Or(l.Layers, 1), space: 2, kernel: l.Kernel,
		noBias: l.NoBias, bidirectional: l.Bidirectional, timeFirst: l.TimeFirst, dropout: l.Dropout,
		err: l.stack.unprojected(),
	}
}

func (l *ConvGRU2D) parts() *stack { return &l.stack }

// Build checks the settings and makes the parameters that are missing. A literal
// of the struct needs it; nn.Init and nn.Load call it.
func (l *ConvGRU2D) Build() error { return l.stack.build(l.settings()) }

// Parameters yields the parameters under the names of [RNN.Parameters].
func (l *ConvGRU2D) Parameters(yield func(name string, p *grad.Param) bool) {
	l.stack.parameters(yield)
}

// Forward is like [RNN.Forward].
func (l *ConvGRU2D) Forward(x *grad.Var) *grad.Var {
	y, _ := l.stack.forward(l.settings(), x, nil, false)
	return y
}

// ForwardState is like [RNN.ForwardState], with states [Layers, N, Hidden, H, W].
func (l *ConvGRU2D) ForwardState(x, state *grad.Var) (y, final *grad.Var) {
	return l.stack.forward(l.settings(), x, state, true)
}
