package rnn

import (
	"cmp"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// ConvGRU is a [GRU] whose states are rows of Hidden channels and whose products are
// 1-d convolutions along the row, as in [ConvRNN] (after Ballas et al. 2015, arXiv
// 1511.06432). Shapes: x [N, T, In, W], y [N, T, Hidden, W]; weight_ih_l0 [3·Hidden,
// In, Kernel], weight_hh_l0 [3·Hidden, Hidden, Kernel] and biases [3·Hidden] hold the
// gates in the order r, z, n. A bidirectional layer puts out [N, T, 2·Hidden, W].
//
// All parameters start uniformly in ±1/√(Hidden·Kernel). Forward may run from many
// goroutines, each on its own tape.
type ConvGRU struct {
	In, Hidden    int // channels
	Kernel        int // odd
	Layers        int // 0 means 1
	NoBias        bool
	Bidirectional bool
	Dropout       float64 // between layers
	TimeFirst     bool

	stack stack
}

// NewConvGRU returns a convolutional GRU. Settings that cannot be are reported by nn.Init
// and by Forward.
func NewConvGRU(in, hidden, kernel int, opts ...Option) *ConvGRU {
	o := apply(opts)
	l := &ConvGRU{
		In: in, Hidden: hidden, Kernel: kernel, Layers: o.layers,
		NoBias: o.noBias, Bidirectional: o.bidirectional, Dropout: o.dropout, TimeFirst: o.timeFirst,
	}
	l.stack.proj = o.proj
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

func (l *ConvGRU) settings() settings {
	return settings{
		name: "ConvGRU", cell: gruCell, in: l.In, hidden: l.Hidden, layers: cmp.Or(l.Layers, 1), space: 1, kernel: l.Kernel,
		noBias: l.NoBias, bidirectional: l.Bidirectional, timeFirst: l.TimeFirst, dropout: l.Dropout,
		err: l.stack.unprojected(),
	}
}

func (l *ConvGRU) parts() *stack { return &l.stack }

// Build checks the settings and makes the parameters that are missing. A literal
// of the struct needs it; nn.Init and nn.Load call it.
func (l *ConvGRU) Build() error { return l.stack.build(l.settings()) }

// Parameters yields the parameters under the names of [RNN.Parameters].
func (l *ConvGRU) Parameters(yield func(name string, p *grad.Param) bool) { l.stack.parameters(yield) }

// Forward is like [RNN.Forward].
func (l *ConvGRU) Forward(x *grad.Var) *grad.Var {
	y, _ := l.stack.forward(l.settings(), x, nil, false)
	return y
}

// ForwardState is like [RNN.ForwardState], with states [Layers, N, Hidden, W].
func (l *ConvGRU) ForwardState(x, state *grad.Var) (y, final *grad.Var) {
	return l.stack.forward(l.settings(), x, state, true)
}
