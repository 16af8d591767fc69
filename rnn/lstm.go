package rnn

import (
	"cmp"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// LSTM is a stack of layers of long short-term memory with the semantics of
// PyTorch's nn.LSTM. A layer computes, for t = 0, 1, …, T−1,
//
//	i_t = σ(W_ii·x_t + b_ii + W_hi·h_{t−1} + b_hi)
//	f_t = σ(W_if·x_t + b_if + W_hf·h_{t−1} + b_hf)
//	g_t = tanh(W_ig·x_t + b_ig + W_hg·h_{t−1} + b_hg)
//	o_t = σ(W_io·x_t + b_io + W_ho·h_{t−1} + b_ho)
//	c_t = f_t ⊙ c_{t−1} + i_t ⊙ g_t
//	h_t = o_t ⊙ tanh(c_t)
//
// where σ is the logistic function and ⊙ the product of elements. With Proj, h_t
// is W_hr·(o_t ⊙ tanh(c_t)). Shapes: x [N, T, In], or [N, T, …] with In features in
// a step, y [N, T, P], where P is Proj or else Hidden; weight_ih_l0 [4·Hidden, In],
// weight_hh_l0 [4·Hidden, P] and biases [4·Hidden] hold the gates in the order i,
// f, g, o; weight_hr_l0 [Proj, Hidden]. A bidirectional layer puts out [N, T,
// 2·P].
//
// All parameters start uniformly in ±1/√Hidden. Forward may run from many
// goroutines, each on its own tape. (Hochreiter and Schmidhuber: Long short-term
// memory, 1997; with forget gates of Gers et al. 2000.)
type LSTM struct {
	In, Hidden    int
	Proj          int // 0 means that the state is not projected
	Layers        int // 0 means 1
	NoBias        bool
	Bidirectional bool
	Dropout       float64 // between layers
	TimeFirst     bool

	stack stack
}

// NewLSTM returns a layer of long short-term memory. Settings that cannot be are
// reported by nn.Init and by Forward.
//
//	rnn.NewLSTM(96, 128)
//	rnn.NewLSTM(96, 128, rnn.Layers(2), rnn.Bidirectional, rnn.Dropout(0.3))
func NewLSTM(in, hidden int, opts ...Option) *LSTM {
	o := apply(opts)
	l := &LSTM{
		In: in, Hidden: hidden, Proj: o.proj, Layers: o.layers,
		NoBias: o.noBias, Bidirectional: o.bidirectional, Dropout: o.dropout, TimeFirst: o.timeFirst,
	}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

func (l *LSTM) settings() settings {
	return settings{
		name: "LSTM", cell: lstmCell, in: l.In, hidden: l.Hidden, proj: l.Proj, layers: cmp.Or(l.Layers, 1),
		noBias: l.NoBias, bidirectional: l.Bidirectional, timeFirst: l.TimeFirst, dropout: l.Dropout,
	}
}

func (l *LSTM) parts() *stack { return &l.stack }

// Build checks the settings and makes the parameters that are missing. A literal
// of the struct needs it; nn.Init and nn.Load call it.
func (l *LSTM) Build() error { return l.stack.build(l.settings()) }

// Parameters yields the parameters under the names of [RNN.Parameters], and
// weight_hr_l0 and so on after the biases.
func (l *LSTM) Parameters(yield func(name string, p *grad.Param) bool) { l.stack.parameters(yield) }

// Forward is like [RNN.Forward].
func (l *LSTM) Forward(x *grad.Var) *grad.Var {
	y, _ := l.stack.forward(l.settings(), x, nil, false)
	return y
}

// ForwardState is Forward from an initial state, nil for zeros: the [grad.Tuple] of
// h [Layers, N, P] and c [Layers, N, Hidden]. It also returns the state of all
// layers after the last steps, in the same form. If the layer is bidirectional,
// axis 0 has the two directions of each layer one after the other.
func (l *LSTM) ForwardState(x, state *grad.Var) (y, final *grad.Var) {
	return l.stack.forward(l.settings(), x, state, true)
}
