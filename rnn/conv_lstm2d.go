package rnn

import (
	"cmp"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// ConvLSTM2D is a [ConvLSTM] over sequences of pictures: its products are 2-d
// convolutions with square kernels, padded to keep the size. Shapes: x [N, T, In,
// H, W], y [N, T, Hidden, H, W]; weights [4·Hidden, In, Kernel, Kernel] and
// [4·Hidden, Hidden, Kernel, Kernel]. All parameters start uniformly in
// ±1/√(Hidden·Kernel²).
type ConvLSTM2D struct {
	In, Hidden    int // channels
	Kernel        int // odd, in rows and columns
	Layers        int // 0 means 1
	NoBias        bool
	Bidirectional bool
	Dropout       float64 // between layers
	TimeFirst     bool

	stack stack
}

// NewConvLSTM2D returns a convolutional LSTM for pictures. Settings that cannot be are reported by nn.Init
// and by Forward.
func NewConvLSTM2D(in, hidden, kernel int, opts ...Option) *ConvLSTM2D {
	o := apply(opts)
	l := &ConvLSTM2D{
		In: in, Hidden: hidden, Kernel: kernel, Layers: o.layers,
		NoBias: o.noBias, Bidirectional: o.bidirectional, Dropout: o.dropout, TimeFirst: o.timeFirst,
	}
	l.stack.proj = o.proj
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

func (l *ConvLSTM2D) settings() settings {
	return settings{
		name: "ConvLSTM2D", cell: lstmCell, in: l.In, hidden: l.Hidden, layers: cmp.Or(l.Layers, 1), space: 2, kernel: l.Kernel,
		noBias: l.NoBias, bidirectional: l.Bidirectional, timeFirst: l.TimeFirst, dropout: l.Dropout,
		err: l.stack.unprojected(),
	}
}

func (l *ConvLSTM2D) parts() *stack { return &l.stack }

// Build checks the settings and makes the parameters that are missing. A literal
// of the struct needs it; nn.Init and nn.Load call it.
func (l *ConvLSTM2D) Build() error { return l.stack.build(l.settings()) }

// Parameters yields the parameters under the names of [RNN.Parameters].
func (l *ConvLSTM2D) Parameters(yield func(name string, p *grad.Param) bool) {
	l.stack.parameters(yield)
}

// Forward is like [RNN.Forward].
func (l *ConvLSTM2D) Forward(x *grad.Var) *grad.Var {
	y, _ := l.stack.forward(l.settings(), x, nil, false)
	return y
}

// ForwardState is like [LSTM.ForwardState], with h and c [Layers, N, Hidden, H, W].
func (l *ConvLSTM2D) ForwardState(x, state *grad.Var) (y, final *grad.Var) {
	return l.stack.forward(l.settings(), x, state, true)
}
