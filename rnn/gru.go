package rnn

import (
	"cmp"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// GRU is a stack of layers of gated recurrent units with the semantics of
// PyTorch's nn.GRU. A layer computes, for t = 0, 1, …, T−1,
//
//	r_t = σ(W_ir·x_t + b_ir + W_hr·h_{t−1} + b_hr)
//	z_t = σ(W_iz·x_t + b_iz + W_hz·h_{t−1} + b_hz)
//	n_t = tanh(W_in·x_t + b_in + r_t ⊙ (W_hn·h_{t−1} + b_hn))
//	h_t = (1 − z_t) ⊙ n_t + z_t ⊙ h_{t−1}
//
// where σ is the logistic function and ⊙ the product of elements. As in PyTorch
// and cuDNN, and unlike in the paper, the reset gate r multiplies what the matrix
// made of the state. Shapes: x [N, T, In], or [N, T, …] with In features in a step,
// y [N, T, Hidden]; weight_ih_l0 [3·Hidden, In], weight_hh_l0 [3·Hidden, Hidden]
// and biases [3·Hidden] hold the gates in the order r, z, n. A bidirectional layer
// puts out [N, T, 2·Hidden].
//
// All parameters start uniformly in ±1/√Hidden. Forward may run from many
// goroutines, each on its own tape. (Cho et al. 2014, arXiv 1406.1078.)
type GRU struct {
	In, Hidden    int
	Layers        int // 0 means 1
	NoBias        bool
	Bidirectional bool
	Dropout       float64 // between layers
	TimeFirst     bool

	stack stack
}

// NewGRU returns a layer of gated recurrent units. Settings that cannot be are
// reported by nn.Init and by Forward.
//
//	rnn.NewGRU(96, 128)
//	rnn.NewGRU(96, 128, rnn.Layers(2), rnn.Bidirectional, rnn.Dropout(0.3))
func NewGRU(in, hidden int, opts ...Option) *GRU {
	o := apply(opts)
	l := &GRU{
		In: in, Hidden: hidden, Layers: o.layers,
		NoBias: o.noBias, Bidirectional: o.bidirectional, Dropout: o.dropout, TimeFirst: o.timeFirst,
	}
	l.stack.proj = o.proj
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

func (l *GRU) settings() settings {
	return settings{
		name: "GRU", cell: gruCell, in: l.In, hidden: l.Hidden, layers: cmp.Or(l.Layers, 1),
		noBias: l.NoBias, bidirectional: l.Bidirectional, timeFirst: l.TimeFirst, dropout: l.Dropout,
		err: l.stack.unprojected(),
	}
}

func (l *GRU) parts() *stack { return &l.stack }

// Build checks the settings and makes the parameters that are missing. A literal
// of the struct needs it; nn.Init and nn.Load call it.
func (l *GRU) Build() error { return l.stack.build(l.settings()) }

// Parameters yields the parameters under the names of [RNN.Parameters].
func (l *GRU) Parameters(yield func(name string, p *grad.Param) bool) { l.stack.parameters(yield) }

// Forward is like [RNN.Forward].
func (l *GRU) Forward(x *grad.Var) *grad.Var {
	y, _ := l.stack.forward(l.settings(), x, nil, false)
	return y
}

// ForwardState is like [RNN.ForwardState].
func (l *GRU) ForwardState(x, state *grad.Var) (y, final *grad.Var) {
	return l.stack.forward(l.settings(), x, state, true)
}
