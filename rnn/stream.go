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
	layers  []scan         // of sequences of one step
	h, c    *tensor.Tensor // c is nil if the layer has none
	running bool           // the state is other than zeros
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
func newStream(s settings, layers [][]weights, batch int, size tensor.Shape) *Stream {
	before, after := layers[0][0].sizes(s.cell)
	states := func(n int) *tensor.Tensor {
		return tensor.Zeros(append(tensor.Shape{len(layers), batch, n}, size...)...)
	}
	t := &Stream{layers: make([]scan, len(layers)), h: states(after)}
	if s.cell.memory {
		t.c = states(before)
	}
	for i, w := range layers {
		l := &t.layers[i]
		l.hn = t.h.Index(0, i).Data()
		if t.c != nil {
			l.cn = t.c.Index(0, i).Data()
		}
		l.stream(s, w[0], batch, size)
	}
	return t
}

// stream makes s, which has its final states, ready for steps of a layer with
// weights w. The states that a step computes take the place of those before it.
func (s *scan) stream(of settings, w weights, batch int, size tensor.Shape) {
	op := recurrent{cell: of.cell, space: of.space, directions: 1}
	before, after := w.sizes(of.cell)
	s.set(&op, append(tensor.Shape{batch, 1, w.wih.Shape()[1]}, size...), w.wih.Shape(), after)
	s.perm, s.lens = make([]int, batch), make([]int, batch)
	_ = s.sort(nil, false) // without lengths nothing can be wrong
	s.arrange()
	s.none = make([]float32, max(s.hSize, s.cSize))
	s.y = s.hn

	d := &s.dirs[0]
	d.c = s.cn
	d.z = make([]float32, batch*s.zSize)
	d.bias, d.q = make([]float32, s.gates*s.size), make([]float32, s.qSize())
	s.sumBiases(d, value(w.bih), value(w.bhh))
	if w.whr != nil {
		d.u = make([]float32, batch*s.cSize)
	}
	by := gemm.PackB
	if of.space > 0 {
		by = gemm.PackA
	}
	weights := s.cell.pack(by, before, value(w.wih), value(w.whh), value(w.whr))
	d.packed = &weights
	s.products.pack(s, d)
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
func (s *scan) advance(x []float32, running bool) {
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
