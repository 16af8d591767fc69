package rnn

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Stream applies a recurrent layer to sequences whose steps come one at a time, and
// holds the state in between. States have the bits that the layer computes for the
// whole sequence. It works on a copy of the weights, packed for speed; dropout is for
// training and has no effect. Once a step has run, others allocate nothing. One
// goroutine at a time uses a Stream.
type Stream struct {
	of      settings
	layers  []streamLayer  // of sequences of one step
	h, c    *tensor.Tensor // c is nil if the layer has none
	running bool           // the state is other than zeros
}

// streamLayer is a layer of the stack, as a scan of one step.
type streamLayer struct {
	scan
	step, kernel tensor.Shape // of an input, and of the input weight
}

// NewStream returns a stream for a layer with parameters, and for a batch of so many
// sequences side by side. For a convolutional layer the size of a step follows: the
// width of its rows, or the height and the width of its pictures.
//
//	rnn.NewStream(lstm, 1)
//	rnn.NewStream(convGRU2D, 1, 48, 64) // pictures of 48 rows and 64 columns
//
// A bidirectional layer, which needs the end of a sequence first, is an error.
func NewStream(layer Layer, batch int, size ...int) (*Stream, error) {
	s, k := layer.settings(), layer.parts()
	err := s.check()
	switch {
	case err != nil:
		return nil, err
	case len(k.layers) == 0:
		return nil, fmt.Errorf("rnn: NewStream: the %s has no parameters; call nn.Init or load weights", s.name)
	case len(k.layers[0]) > 1:
		return nil, fmt.Errorf("rnn: NewStream: the %s is bidirectional and needs whole sequences, want one of a single direction", s.name)
	}
	for name, p := range k.parameters {
		if p.Value == nil {
			return nil, fmt.Errorf("rnn: NewStream: parameter %q has no value; call nn.Init or load weights", name)
		}
		if !p.Value.Shape().Equal(p.Shape()) {
			return nil, fmt.Errorf("rnn: NewStream: parameter %q has a value of shape %v, want %v", name, p.Value.Shape(), p.Shape())
		}
	}
	if err := s.checkStep(k.layers[0][0], batch, size); err != nil {
		return nil, fmt.Errorf("rnn: NewStream: %w", err)
	}
	return newStream(s, k.layers, batch, size), nil
}

// maxStep bounds the values that a layer works on in a step, so that their number
// cannot overflow.
const maxStep = 1 << 30

// checkStep reports a batch or size of steps that cannot be, for a layer whose
// first weights are w.
func (s *settings) checkStep(w weights, batch int, size tensor.Shape) error {
	if batch < 1 {
		return fmt.Errorf("batch of %d, want at least 1", batch)
	}
	if len(size) != s.space {
		return fmt.Errorf("steps of the %s have size %v, want %s", s.name, size, [...]string{"none", "[width]", "[height width]"}[s.space])
	}
	before, _ := w.sizes(s.cell)
	values := float64(batch) * float64(max(s.cell.parts*before, w.wih.Shape()[1]))
	for i, n := range size {
		if n < 1 {
			return fmt.Errorf("steps of the %s have size %v, want at least 1 along each axis", s.name, size)
		}
		values *= float64(n) + float64(w.wih.Shape()[2+i]-1) // with the zeros around them
	}
	if values > maxStep {
		return fmt.Errorf("batch of %d with steps of size %v has %.3g values, want at most %d", batch, size, values, maxStep)
	}
	return nil
}

// sizes returns how many features or channels a state has before projection and
// after.
func (w *weights) sizes(c *cell) (before, after int) {
	return w.wih.Shape()[0] / c.gates, w.whh.Shape()[1]
}

// newStream returns a stream for layers that have been checked.
func newStream(of settings, layers [][]weights, batch int, size tensor.Shape) *Stream {
	before, after := layers[0][0].sizes(of.cell)
	states := func(n int) *tensor.Tensor {
		return tensor.Zeros(append(tensor.Shape{len(layers), batch, n}, size...)...)
	}
	s := &Stream{of: of, layers: make([]streamLayer, len(layers)), h: states(after)}
	if of.cell.memory {
		s.c = states(before)
	}
	for i, w := range layers {
		l := s.layer(i, append(tensor.Shape{batch, 1, w[0].wih.Shape()[1]}, size...), w[0].wih.Shape())
		l.freeze(of, w[0])
	}
	return s
}

// Clone returns a stream with the same state, which goes on by itself. Both work on
// the same packed weights, so that one stream more takes a few times the memory of its
// state. Another goroutine may use it.
func (s *Stream) Clone() *Stream {
	t := &Stream{of: s.of, layers: make([]streamLayer, len(s.layers)), h: s.h.Clone(), running: s.running}
	if s.c != nil {
		t.c = s.c.Clone()
	}
	for i := range s.layers {
		l := &s.layers[i]
		t.layer(i, l.step, l.kernel).share(&l.dirs[0])
	}
	return t
}

// layer makes layer i ready for steps x [batch, 1, …] with an input weight of shape w.
// The states that a step computes take the place of those before it.
func (s *Stream) layer(i int, x, w tensor.Shape) *streamLayer {
	l := &s.layers[i]
	l.step, l.kernel = x, w
	l.hn = s.h.Index(0, i).Data()
	if s.c != nil {
		l.cn = s.c.Index(0, i).Data()
	}
	l.set(&recurrent{cell: s.of.cell, space: s.of.space, directions: 1}, x, w, s.h.Dim(2))
	l.perm, l.lens = make([]int, l.n), make([]int, l.n)
	_ = l.sort(nil, false) // without lengths nothing can be wrong
	l.arrange()
	l.none = make([]float32, max(l.hSize, l.cSize))
	l.y = l.hn

	d := &l.dirs[0]
	d.c = l.cn
	d.z = make([]float32, l.n*l.zSize)
	return l
}

// freeze gives a layer a copy of its weights.
func (s *streamLayer) freeze(of settings, w weights) {
	d := &s.dirs[0]
	d.bias, d.q = make([]float32, s.gates*s.size), make([]float32, s.qSize())
	s.sumBiases(d, value(w.bih), value(w.bhh))
	if w.whr != nil {
		d.u = make([]float32, s.n*s.cSize)
	}
	by := gemm.PackB
	if of.space > 0 {
		by = gemm.PackA
	}
	p := s.cell.pack(by, s.size, value(w.wih), value(w.whh), value(w.whr))
	d.packed = &p
	s.products.pack(&s.scan, d)
}

// share gives a layer the weights that another one has.
func (s *streamLayer) share(other *direction) {
	d := &s.dirs[0]
	d.bias, d.q, d.packed = other.bias, other.q, other.packed
	if other.u != nil {
		d.u = make([]float32, len(other.u))
	}
	s.products.pack(&s.scan, d)
}

// value returns the value of a parameter, nil if there is none.
func value(p *grad.Param) []float32 {
	if p == nil {
		return nil
	}
	return p.Value.Data()
}

// Step takes in the next step of each sequence, x [batch, In], and writes what the
// last layer puts out to dst [batch, Hidden], or [batch, Proj]. In convolutional
// layers the size of a step follows: x [batch, In, H, W], dst [batch, Hidden, H, W].
// It returns an error if a slice has another length, and then changes nothing.
func (s *Stream) Step(dst, x []float32) error {
	if want := s.layers[0].n * s.layers[0].xSize; len(x) != want {
		return fmt.Errorf("rnn: Stream: input of %d values, want %d", len(x), want)
	}
	last := s.layers[len(s.layers)-1].hn
	if len(dst) != len(last) {
		return fmt.Errorf("rnn: Stream: output for %d values, want %d", len(dst), len(last))
	}
	for i := range s.layers {
		l := &s.layers[i]
		l.advance(x, s.running)
		x = l.hn
	}
	copy(dst, last)
	s.running = true
	return nil
}

// advance takes a step, from zeros or from the state that it has.
func (s *streamLayer) advance(x []float32, running bool) {
	s.x, s.h0, s.c0 = x, nil, nil
	if running {
		s.h0, s.c0 = s.hn, s.cn
	}
	s.inputs(&s.dirs[0])
	s.run()
}

// State returns the state of all layers, h [Layers, batch, Hidden], or [Layers,
// batch, Proj], and c [Layers, batch, Hidden], nil unless the layer is an LSTM. In
// convolutional layers the size of a step follows. It is the stream's own, which the
// next step changes, so clone what is to be kept.
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
