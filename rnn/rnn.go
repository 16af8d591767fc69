package rnn

import (
	"cmp"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// RNN is a stack of Elman's recurrent layers with the semantics of PyTorch's
// nn.RNN. Layer l computes, for t = 0, 1, …, T−1,
//
//	h_t = σ(W_ih·x_t + b_ih + W_hh·h_{t−1} + b_hh)
//
// where x_t is row t of the sequence for the first layer and h_t of the layer
// below for the others. Shapes: x [N, T, In], or [N, T, …] with In features in a
// step, y [N, T, Hidden]; weight_ih_l0 [Hidden, In], weight_hh_l0 [Hidden,
// Hidden], biases [Hidden]. A bidirectional layer puts out [N, T, 2·Hidden].
//
// All parameters start uniformly in ±1/√Hidden. Forward may run from many
// goroutines, each on its own tape. (Elman: Finding structure in time, 1990.)
type RNN struct {
	In, Hidden    int
	Layers        int // 0 means 1
	Activation    Activation
	NoBias        bool
	Bidirectional bool    `json:",omitempty"`
	Dropout       float64 `json:",omitempty"` // between layers
	TimeFirst     bool    `json:",omitempty"`

	stack stack
}

// New returns a recurrent layer. Settings that cannot be are reported by nn.Init
// and by Forward.
//
//	rnn.New(96, 128, rnn.ReLU)
//	rnn.New(96, 128, rnn.Tanh, rnn.Layers(2), rnn.Bidirectional)
func New(in, hidden int, a Activation, opts ...Option) *RNN {
	o := apply(opts)
	l := &RNN{
		In: in, Hidden: hidden, Layers: o.layers, Activation: a,
		NoBias: o.noBias, Bidirectional: o.bidirectional, Dropout: o.dropout, TimeFirst: o.timeFirst,
	}
	l.stack.proj = o.proj
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

func (l *RNN) settings() settings {
	return settings{
		name: "RNN", cell: l.Activation.cell(), in: l.In, hidden: l.Hidden, layers: cmp.Or(l.Layers, 1),
		noBias: l.NoBias, bidirectional: l.Bidirectional, timeFirst: l.TimeFirst, dropout: l.Dropout,
		err: cmp.Or(l.Activation.check(), l.stack.unprojected()),
	}
}

func (l *RNN) parts() *stack { return &l.stack }

// Build checks the settings and makes the parameters that are missing. A literal
// of the struct needs it; nn.Init and nn.Load call it.
func (l *RNN) Build() error { return l.stack.build(l.settings()) }

// Parameters yields the parameters under PyTorch's names: weight_ih_l0,
// weight_hh_l0, bias_ih_l0, bias_hh_l0, those of the other direction with _reverse
// added, weight_ih_l1, ….
func (l *RNN) Parameters(yield func(name string, p *grad.Param) bool) { l.stack.parameters(yield) }

// Forward applies the layer to the sequences x, from a state of zeros, and
// returns the states of the last layer at all steps. If x has lengths, see
// [Ragged], so has the result.
func (l *RNN) Forward(x *grad.Var) *grad.Var {
	y, _ := l.stack.forward(l.settings(), x, nil, false)
	return y
}

// ForwardState is Forward from an initial state [Layers, N, Hidden], nil for
// zeros. It also returns the states of all layers after the last steps, in the same
// shape. If the layer is bidirectional, axis 0 has the two directions of each
// layer one after the other.
func (l *RNN) ForwardState(x, state *grad.Var) (y, final *grad.Var) {
	return l.stack.forward(l.settings(), x, state, true)
}

// Apply runs one recurrent layer over the sequences x [N, T, In] as a single
// operation: h_t = σ(wih·x_t + bih + whh·h_{t−1} + bhh). The biases and the
// initial state h0 [N, Hidden] may be nil.
func Apply(x, wih, whh, bih, bhh, h0 *grad.Var, a Activation) *grad.Var {
	if err := a.check(); err != nil {
		return x.Tape().Fail("RNN", err)
	}
	if h0 != nil {
		h0 = grad.Unsqueeze(h0, 0)
	}
	return applyOne(recurrent{name: "RNN", cell: a.cell(), directions: 1}, x, h0, wih, whh, bih, bhh)
}

// applyOne applies an operation of one direction without lengths.
//
//go:noinline
func applyOne(op recurrent, x, h0, wih, whh, bih, bhh *grad.Var) *grad.Var {
	// Inlined into another package, the list of inputs would cost an allocation.
	return grad.ApplyMulti(op, x, nil, h0, nil, wih, whh, bih, bhh, nil)[0]
}
