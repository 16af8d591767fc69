package rnn

import "github.com/gannet-ml/gannet/internal/vec"

// cell is the arithmetic of a kind of recurrent layer: what one step makes of the
// products with the input and with the state before. All else, such as stacks,
// directions and lengths, is the same for every kind.
//
// A step of a sequence has a row of work of several parts, each as long as the
// state. The products with the input, to which biases are added, go to the parts
// that input says; those with the state before are added to as many parts as there
// are gates from part state on. If the two do not meet for the last gate, its
// part begins with its bias.
type cell struct {
	gates  int      // whose weights lie one after the other in a weight
	parts  int      // of a row of work
	input  []window // in which the products with the input go
	state  int
	memory bool // there is a second state, c
	stored bool // backward reads the row of work
	passes bool // backward leaves in dh what the state before gets of it directly

	// forward turns the row of work into the states.
	forward func(r *row)
	// backward computes the gradient of the row of work from those of the states,
	// and replaces dc by that of the c before.
	backward func(r *row)
}

// window says that n gates from gate on go to the parts from at on.
type window struct{ at, gate, n int }

// recurrent returns the window of the products with the state before.
func (c *cell) recurrent() window { return window{c.state, 0, c.gates} }

// joint returns the number of gates whose products with input and state are added.
func (c *cell) joint() int { return 2*c.gates - c.parts }

// row is a step of a sequence. Slices are as long as a state, or a row of work.
type row struct {
	z          []float32 // the row of work
	h, before  []float32 // the state, before projection, and the one before
	c, cBefore []float32 // the second state and the one before

	dz, dh, dc []float32 // gradients
}

// The cells of [RNN]: h = σ(z).
var (
	tanhCell = &cell{
		gates: 1, parts: 1, input: []window{{0, 0, 1}},
		forward:  func(r *row) { vec.Tanh(r.h, r.z) },
		backward: func(r *row) { vec.TanhGrad(r.dz, r.dh, r.h) },
	}
	reluCell = &cell{
		gates: 1, parts: 1, input: []window{{0, 0, 1}},
		forward:  func(r *row) { vec.ReLU(r.h, r.z) },
		backward: func(r *row) { vec.ReLUGrad(r.dz, r.dh, r.h) },
	}
)

// cell returns the cell of an activation, nil if there is none.
func (a Activation) cell() *cell {
	switch a {
	case Tanh:
		return tanhCell
	case ReLU:
		return reluCell
	}
	return nil
}

// lstmCell is that of [LSTM], with the parts i, f, g, o:
//
//	c = σ(f)·c' + σ(i)·tanh(g)   h = σ(o)·tanh(c)
//
// where c' is the c before.
var lstmCell = &cell{
	gates: 4, parts: 4, input: []window{{0, 0, 4}}, memory: true, stored: true,
	forward: func(r *row) {
		n := len(r.c)
		vec.LSTM(r.c, r.h, r.z[:n], r.z[n:2*n], r.z[2*n:3*n], r.z[3*n:], r.cBefore)
	},
	backward: func(r *row) {
		n := len(r.c)
		vec.LSTMGrad(r.dz[:n], r.dz[n:2*n], r.dz[2*n:3*n], r.dz[3*n:], r.dc, r.dh,
			r.c, r.z[:n], r.z[n:2*n], r.z[2*n:3*n], r.z[3*n:], r.cBefore)
	},
}

// gruCell is that of [GRU], with the parts n, r, z, q, of which q holds the
// products of the gate n with the state before and their bias:
//
//	n = tanh(n + σ(r)·q)   h = n + σ(z)·(h' − n)
//
// where h' is the state before.
var gruCell = &cell{
	gates: 3, parts: 4, input: []window{{0, 2, 1}, {1, 0, 2}}, state: 1, stored: true, passes: true,
	forward: func(r *row) {
		n := len(r.h)
		vec.GRU(r.h, r.z[:n], r.z[n:2*n], r.z[2*n:3*n], r.z[3*n:], r.before)
	},
	backward: func(r *row) {
		n := len(r.h)
		vec.GRUGrad(r.dz[:n], r.dz[n:2*n], r.dz[2*n:3*n], r.dz[3*n:], r.dh,
			r.z[:n], r.z[n:2*n], r.z[2*n:3*n], r.z[3*n:], r.before)
	},
}
