package rnn

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// Stream applies an [RNN], [LSTM] or [GRU] to sequences whose steps come one at a
// time, and holds the state in between. States have the bits that the layer computes
// for the whole sequence. It works on a copy of the weights, packed for speed;
// dropout is for training and has no effect. A step allocates nothing. One
// goroutine at a time uses a Stream.
type Stream struct {
	batch   int
	layers  []streamLayer
	h, c    *tensor.Tensor // c is nil if the layer has none
	running bool           // the state is other than zeros
}

// streamLayer is a layer of the stack with its state and room to work.
type streamLayer struct {
	*cell
	packed
	in, size, out int // features of an input, of a state before projection and after
	bias, q       []float32
	z, h, c, u    []float32
	row           row
	call          gemm.Call
	a             gemm.Matrix
}

// NewStream returns a stream for a layer with parameters, and for a batch of so many
// sequences side by side. A bidirectional layer, which needs the end of a sequence
// first, is an error, as is a convolutional one.
func NewStream(layer Layer, batch int) (*Stream, error) {
	s, k := layer.settings(), layer.parts()
	err := s.check()
	switch {
	case err != nil:
		return nil, err
	case s.space > 0:
		return nil, fmt.Errorf("rnn: NewStream: the layer is a %s, want an RNN, LSTM or GRU", s.name)
	case len(k.layers) > 0 && len(k.layers[0]) > 1:
		return nil, fmt.Errorf("rnn: NewStream: the %s is bidirectional and needs whole sequences, want one of a single direction", s.name)
	case batch < 1:
		return nil, fmt.Errorf("rnn: NewStream: batch of %d, want at least 1", batch)
	}
	for name, p := range k.parameters {
		if p.Value == nil {
			return nil, fmt.Errorf("rnn: NewStream: parameter %q has no value; call nn.Init or load weights", name)
		}
		if !p.Value.Shape().Equal(p.Shape()) {
			return nil, fmt.Errorf("rnn: NewStream: parameter %q has a value of shape %v, want %v", name, p.Value.Shape(), p.Shape())
		}
	}
	if len(k.layers) == 0 {
		return nil, fmt.Errorf("rnn: NewStream: the %s has no parameters; call nn.Init or load weights", s.name)
	}
	size, out := k.layers[0][0].sizes(s.cell)
	t := &Stream{batch: batch, h: tensor.Zeros(len(k.layers), batch, out)}
	if s.cell.memory {
		t.c = tensor.Zeros(len(k.layers), batch, size)
	}
	for _, layer := range k.layers {
		t.layers = append(t.layers, newStreamLayer(s, layer[0], batch))
	}
	t.bind()
	return t, nil
}

// bind gives each layer its part of the state.
func (s *Stream) bind() {
	for i := range s.layers {
		s.layers[i].h = s.h.Index(0, i).Data()
		if s.c != nil {
			s.layers[i].c = s.c.Index(0, i).Data()
		}
	}
}

// Clone returns a stream with the same state, which goes on by itself. Both work on
// the same packed weights, so that one stream more takes a few times the memory of its
// state. Another goroutine may use it.
func (s *Stream) Clone() *Stream {
	t := &Stream{batch: s.batch, h: s.h.Clone(), running: s.running}
	if s.c != nil {
		t.c = s.c.Clone()
	}
	for i := range s.layers {
		l := &s.layers[i]
		t.layers = append(t.layers, streamLayer{
			cell: l.cell, packed: l.packed, in: l.in, size: l.size, out: l.out, bias: l.bias, q: l.q,
			z: make([]float32, len(l.z)), u: make([]float32, len(l.u)),
		})
	}
	t.bind()
	return t
}

// sizes returns how many values a state has before projection and after.
func (w *weights) sizes(c *cell) (before, after int) {
	return w.wih.Shape()[0] / c.gates, w.whh.Shape()[1]
}

// newStreamLayer packs the weights of a layer.
func newStreamLayer(s settings, w weights, batch int) streamLayer {
	size, out := w.sizes(s.cell)
	l := streamLayer{cell: s.cell, in: w.wih.Shape()[1], size: size, out: out}
	var whr []float32
	if w.whr != nil {
		whr = w.whr.Value.Data()
	}
	l.packed = s.cell.pack(size, w.wih.Value.Data(), w.whh.Value.Data(), whr)
	l.z, l.u = make([]float32, batch*l.parts*l.size), make([]float32, batch*l.size)
	l.bias, l.q = make([]float32, l.gates*l.size), make([]float32, l.size)
	if w.bih != nil {
		joint := l.joint() * l.size
		copy(l.bias, w.bih.Value.Data())
		vec.Add(l.bias[:joint], l.bias, w.bhh.Value.Data())
		copy(l.q, w.bhh.Value.Data()[joint:])
	}
	return l
}

// Step takes in the next step of each sequence, x [batch, In], and writes what the
// last layer puts out to dst [batch, Hidden], or [batch, Proj]. It returns an error
// if a slice has another length, and then changes nothing.
func (s *Stream) Step(dst, x []float32) error {
	first, last := &s.layers[0], &s.layers[len(s.layers)-1]
	if want := s.batch * first.in; len(x) != want {
		return fmt.Errorf("rnn: Stream: input of %d values, want %d", len(x), want)
	}
	if want := s.batch * last.out; len(dst) != want {
		return fmt.Errorf("rnn: Stream: output for %d values, want %d", len(dst), want)
	}
	for i := range s.layers {
		l := &s.layers[i]
		l.step(x, s.batch, s.running)
		x = l.h
	}
	copy(dst, x)
	s.running = true
	return nil
}

// step computes the next state of the layer in place of the one it has.
func (l *streamLayer) step(x []float32, batch int, running bool) {
	width := l.parts * l.size
	l.a = gemm.Matrix{Data: x, I: l.in, K: 1}
	for i, w := range l.cell.input {
		l.call = gemm.Call{
			M: batch, N: w.n * l.size, K: l.in, A: &l.a, B: l.packed.input[i],
			C: l.z[w.at*l.size:], CRow: width, Init: gemm.ColBias, Bias: l.bias[w.gate*l.size:],
		}
		l.call.Run()
	}
	if l.joint() < l.gates {
		for n := range batch {
			copy(l.z[(n+1)*width-l.size:], l.q)
		}
	}
	if running { // else the layer leaves the products out as well
		l.a = gemm.Matrix{Data: l.h, I: l.out, K: 1}
		l.call = gemm.Call{
			M: batch, N: l.gates * l.size, K: l.out, A: &l.a, B: l.packed.state,
			C: l.z[l.cell.state*l.size:], CRow: width, Init: gemm.FromC,
		}
		l.call.Run()
	}
	h := l.h
	if l.project != nil {
		h = l.u
	}
	for n := range batch {
		l.row.z, l.row.h = l.z[n*width:][:width], h[n*l.size:][:l.size]
		l.row.before = l.row.h
		if l.memory {
			l.row.c = l.c[n*l.size:][:l.size]
			l.row.cBefore = l.row.c
		}
		l.forward(&l.row)
	}
	if l.project != nil {
		l.a = gemm.Matrix{Data: l.u, I: l.size, K: 1}
		l.call = gemm.Call{M: batch, N: l.out, K: l.size, A: &l.a, B: l.project, C: l.h, CRow: l.out}
		l.call.Run()
	}
}

// State returns the state of all layers, h [Layers, batch, Hidden], or [Layers,
// batch, Proj], and c [Layers, batch, Hidden], nil unless the layer is an [LSTM]. It
// is the stream's own, which the next step changes, so clone what is to be kept.
func (s *Stream) State() (h, c *tensor.Tensor) { return s.h, s.c }

// SetState continues from a state of the form that State returns, of which it keeps
// a copy.
func (s *Stream) SetState(h, c *tensor.Tensor) error {
	switch {
	case h == nil || !h.Shape().Equal(s.h.Shape()):
		return fmt.Errorf("rnn: Stream: h has shape %v, want %v", shapeOf(h), s.h.Shape())
	case s.c == nil && c != nil:
		return fmt.Errorf("rnn: Stream: c has shape %v, want none", c.Shape())
	case s.c != nil && (c == nil || !c.Shape().Equal(s.c.Shape())):
		return fmt.Errorf("rnn: Stream: c has shape %v, want %v", shapeOf(c), s.c.Shape())
	}
	s.h.Copy(h)
	if c != nil {
		s.c.Copy(c)
	}
	s.running = true
	return nil
}

func shapeOf(x *tensor.Tensor) tensor.Shape {
	if x == nil {
		return nil
	}
	return x.Shape()
}

// Reset begins new sequences, from a state of zeros.
func (s *Stream) Reset() {
	s.h.Fill(0)
	if s.c != nil {
		s.c.Fill(0)
	}
	s.running = false
}
