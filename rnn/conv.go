package rnn

import (
	"cmp"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// ConvRNN is a recurrent layer whose state is a row of Hidden channels and whose
// products are 1-d convolutions along the row, padded to keep its width:
//
//	h_t = σ(W_ih ∗ x_t + b_ih + W_hh ∗ h_{t−1} + b_hh),  h_{−1} = 0
//
// For a picture whose rows are the steps (see [Rows]), a kernel of 3 lets each
// place of the state see its two neighbours, so that what a row knows spreads
// sideways as the rows go by. Shapes: x [N, T, In, W], y [N, T, Hidden, W];
// weight_ih_l0 [Hidden, In, Kernel], weight_hh_l0 [Hidden, Hidden, Kernel],
// biases [Hidden]. As in the layers of conv, ∗ is cross-correlation. A
// bidirectional layer puts out [N, T, 2·Hidden, W].
//
// All parameters start uniformly in ±1/√(Hidden·Kernel). Forward may run from
// many goroutines, each on its own tape. (After Shi et al.: Convolutional LSTM
// network, 2015, arXiv 1506.04214, with Elman's cell.)
type ConvRNN struct {
	In, Hidden    int // channels
	Kernel        int // odd
	Layers        int // 0 means 1
	Activation    Activation
	NoBias        bool
	Bidirectional bool    `json:",omitempty"`
	Dropout       float64 `json:",omitempty"` // between layers
	TimeFirst     bool    `json:",omitempty"`

	stack stack
}

// NewConv returns a convolutional recurrent layer. Settings that cannot be are
// reported by nn.Init and by Forward.
//
//	rnn.NewConv(3, 32, 3, rnn.ReLU)
func NewConv(in, hidden, kernel int, a Activation, opts ...Option) *ConvRNN {
	o := apply(opts)
	l := &ConvRNN{
		In: in, Hidden: hidden, Kernel: kernel, Layers: o.layers, Activation: a,
		NoBias: o.noBias, Bidirectional: o.bidirectional, Dropout: o.dropout, TimeFirst: o.timeFirst,
	}
	l.stack.proj = o.proj
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

func (l *ConvRNN) settings() settings {
	return settings{
		name: "ConvRNN", cell: l.Activation.cell(), in: l.In, hidden: l.Hidden, layers: cmp.Or(l.Layers, 1), space: 1, kernel: l.Kernel,
		noBias: l.NoBias, bidirectional: l.Bidirectional, timeFirst: l.TimeFirst, dropout: l.Dropout,
		err: cmp.Or(l.Activation.check(), l.stack.unprojected()),
	}
}

func (l *ConvRNN) parts() *stack { return &l.stack }

// Build checks the settings and makes the parameters that are missing. A literal
// of the struct needs it; nn.Init and nn.Load call it.
func (l *ConvRNN) Build() error { return l.stack.build(l.settings()) }

// Parameters yields the parameters under the names of [RNN.Parameters].
func (l *ConvRNN) Parameters(yield func(name string, p *grad.Param) bool) { l.stack.parameters(yield) }

// Forward is like [RNN.Forward].
func (l *ConvRNN) Forward(x *grad.Var) *grad.Var {
	y, _ := l.stack.forward(l.settings(), x, nil, false)
	return y
}

// ForwardState is like [RNN.ForwardState], with states [Layers, N, Hidden, W].
func (l *ConvRNN) ForwardState(x, state *grad.Var) (y, final *grad.Var) {
	return l.stack.forward(l.settings(), x, state, true)
}

// ApplyConv runs one convolutional recurrent layer over the sequences x
// [N, T, In, W] as a single operation; see [ConvRNN]. The biases may be nil.
func ApplyConv(x, wih, whh, bih, bhh *grad.Var, a Activation) *grad.Var {
	if err := a.check(); err != nil {
		return x.Tape().Fail("ConvRNN", err)
	}
	return applyOne(recurrent{name: "ConvRNN", cell: a.cell(), space: 1, directions: 1}, x, nil, wih, whh, bih, bhh)
}
