package rnn

import (
	"cmp"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// RNN is a stack of Elman's recurrent layers with the semantics of PyTorch's
// nn.RNN and batch_first. Layer l computes, for t = 0, 1, …, T−1,
//
//	h_t = σ(W_ih·x_t + b_ih + W_hh·h_{t−1} + b_hh)
//
// where x_t is row t of the sequence for the first layer and h_t of the layer
// below for the others. Shapes: x [N, T, In], or [N, T, …] with In features in a
// step, y [N, T, Hidden]; weight_ih_l0 [Hidden, In], weight_hh_l0 [Hidden,
// Hidden], biases [Hidden].
//
// All parameters start uniformly in ±1/√Hidden. Forward may run from many
// goroutines, each on its own tape. (Elman: Finding structure in time, 1990.)
type RNN struct {
	In, Hidden int
	Layers     int // 0 means 1
	Activation Activation
	NoBias     bool

	cells []cell
}

// cell holds the parameters of a layer of a stack.
type cell struct{ wih, whh, bih, bhh *grad.Param }

// Option changes a setting of a recurrent layer.
type Option func(*options)

type options struct {
	layers int
	noBias bool
}

// maxLayers bounds a stack, since a file may say how many there are.
const maxLayers = 1024

// Layers stacks n layers: each takes in what the one below puts out.
func Layers(n int) Option { return func(o *options) { o.layers = n } }

// NoBias leaves the biases out.
func NoBias(o *options) { o.noBias = true }

func apply(opts []Option) options {
	o := options{layers: 1}
	for _, f := range opts {
		f(&o)
	}
	return o
}

// New returns a recurrent layer. Settings that cannot be are reported by nn.Init
// and by Forward.
//
//	rnn.New(96, 128, rnn.ReLU)
//	rnn.New(96, 128, rnn.Tanh, rnn.Layers(2))
func New(in, hidden int, a Activation, opts ...Option) *RNN {
	o := apply(opts)
	l := &RNN{In: in, Hidden: hidden, Layers: o.layers, Activation: a, NoBias: o.noBias}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build checks the settings and makes the parameters that are missing. A literal
// of the struct needs it; nn.Init and nn.Load call it.
func (l *RNN) Build() error {
	if err := l.Activation.check(); err != nil {
		return fmt.Errorf("rnn: RNN: %w", err)
	}
	if l.Layers == 0 {
		l.Layers = 1
	}
	if l.In < 1 || l.Hidden < 1 || l.Layers < 1 {
		return fmt.Errorf("rnn: RNN: %d inputs, %d hidden units and %d layers, want at least 1", l.In, l.Hidden, l.Layers)
	}
	if l.Layers > maxLayers {
		return fmt.Errorf("rnn: RNN: %d layers, want at most %d", l.Layers, maxLayers)
	}
	start := grad.Uniform(1 / math.Sqrt(float64(l.Hidden)))
	for len(l.cells) < l.Layers {
		in := l.In
		if len(l.cells) > 0 {
			in = l.Hidden
		}
		c := cell{wih: grad.NewParam(start, l.Hidden, in), whh: grad.NewParam(start, l.Hidden, l.Hidden)}
		if !l.NoBias {
			c.bih, c.bhh = grad.NewParam(start, l.Hidden), grad.NewParam(start, l.Hidden)
		}
		l.cells = append(l.cells, c)
	}
	return nil
}

// Parameters yields the parameters under PyTorch's names: weight_ih_l0,
// weight_hh_l0, bias_ih_l0, bias_hh_l0, weight_ih_l1, ….
func (l *RNN) Parameters(yield func(name string, p *grad.Param) bool) {
	yieldCells(l.cells, yield)
}

func yieldCells(cells []cell, yield func(name string, p *grad.Param) bool) {
	for i, c := range cells {
		for _, p := range []struct {
			name string
			p    *grad.Param
		}{{"weight_ih", c.wih}, {"weight_hh", c.whh}, {"bias_ih", c.bih}, {"bias_hh", c.bhh}} {
			if p.p != nil && !yield(fmt.Sprintf("%s_l%d", p.name, i), p.p) {
				return
			}
		}
	}
}

// Forward applies the layer to the sequences x, from a state of zeros, and
// returns the states of the last layer at all steps.
func (l *RNN) Forward(x *grad.Var) *grad.Var {
	if len(l.cells) == 0 {
		return x.Tape().Fail("RNN", cmp.Or(l.Build(), grad.ErrNoParams))
	}
	x = features(x)
	for i := range l.cells {
		x = l.layer(i, x, nil)
	}
	return x
}

// ForwardState applies the layer to the sequences x from an initial state
// [Layers, N, Hidden], nil for zeros. It returns the states of the last layer at
// all steps, and the states of all layers after the last step, [Layers, N,
// Hidden].
func (l *RNN) ForwardState(x, h0 *grad.Var) (y, hn *grad.Var) {
	t := x.Tape()
	if len(l.cells) == 0 {
		v := t.Fail("RNN", cmp.Or(l.Build(), grad.ErrNoParams))
		return v, v
	}
	if h0 != nil && t.Err() == nil && (len(h0.Shape()) != 3 || h0.Shape()[0] != len(l.cells)) {
		v := t.Fail("RNN", fmt.Errorf("initial state has shape %v, want [%d batch %d]", h0.Shape(), len(l.cells), l.Hidden))
		return v, v
	}
	x = features(x)
	last := make([]*grad.Var, 0, 8) // on the stack, as a rule
	for i := range l.cells {
		var h *grad.Var
		if h0 != nil {
			h = grad.Index(h0, 0, i)
		}
		x = l.layer(i, x, h)
		last = append(last, Last.Forward(x))
	}
	return x, grad.Stack(0, last...)
}

// layer applies layer i of the stack.
func (l *RNN) layer(i int, x, h0 *grad.Var) *grad.Var {
	c := &l.cells[i]
	return Apply(x, grad.Use(x, c.wih), grad.Use(x, c.whh), grad.Use(x, c.bih), grad.Use(x, c.bhh), h0, l.Activation)
}

// features flattens what a step consists of.
func features(x *grad.Var) *grad.Var {
	if len(x.Shape()) > 3 {
		return grad.Flatten(x, 2)
	}
	return x
}

// Apply runs one recurrent layer over the sequences x [N, T, In] as a single
// operation: h_t = σ(wih·x_t + bih + whh·h_{t−1} + bhh). The biases and the
// initial state h0 [N, Hidden] may be nil.
//
//go:noinline
func Apply(x, wih, whh, bih, bhh, h0 *grad.Var, a Activation) *grad.Var {
	// Inlined into another package, the list of inputs would cost an allocation.
	return grad.Apply(elman{Activation: a}, x, wih, whh, bih, bhh, h0)
}
