package lm

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Stream is a language model that reads a text token by token; the package
// documentation says which networks can. Its logits have the bits of those that the
// network computes for the whole text. It works on a copy of the weights, packed for
// speed. A step allocates nothing. One goroutine at a time uses a Stream; a
// [Stream.Clone] is for another.
type Stream struct {
	vectors *tensor.Tensor // the table of the embedding
	x       []float32      // the vector of a token
	parts   []part
}

// part is a part of the network: a recurrent layer, or what acts on each step alone.
type part struct {
	recurrent *rnn.Stream
	each      *nn.Predictor  // which clones share
	x, y      *tensor.Tensor // its input and its output: batch 1, and for each 1 step
}

// NewStream returns a stream at the beginning of a text, for a network with
// parameters.
func NewStream(net nn.Module) (*Stream, error) {
	b := &builder{s: new(Stream)}
	err := b.add("", net)
	if err == nil {
		err = b.finish()
	}
	if err != nil {
		return nil, fmt.Errorf("lm: NewStream: %w", err)
	}
	return b.s, nil
}

// In returns the number of different tokens that Step takes, 0 to In−1.
func (s *Stream) In() int { return s.vectors.Dim(0) }

// Out returns the number of logits.
func (s *Stream) Out() int { return len(s.out()) }

// out returns what the last part put out.
func (s *Stream) out() []float32 {
	if n := len(s.parts); n > 0 {
		return s.parts[n-1].y.Data()
	}
	return s.x
}

// Step takes in the next token and writes the logits of the one after it. It returns
// an error if the token is not 0 to In−1 or there are not Out logits, and then
// changes nothing.
func (s *Stream) Step(logits []float32, token int) error {
	if token < 0 || token >= s.In() {
		return fmt.Errorf("lm: Stream: token %d, want 0 to %d", token, s.In()-1)
	}
	if len(logits) != s.Out() {
		return fmt.Errorf("lm: Stream: room for %d logits, want %d", len(logits), s.Out())
	}
	if err := s.step(token); err != nil {
		return fmt.Errorf("lm: Stream: %w", err)
	}
	copy(logits, s.out())
	return nil
}

func (s *Stream) step(token int) error {
	copy(s.x, s.vectors.Data()[token*len(s.x):])
	for i := range s.parts {
		if err := s.parts[i].step(); err != nil {
			return err
		}
	}
	return nil
}

func (p *part) step() error {
	if p.recurrent != nil {
		return p.recurrent.Step(p.y.Data(), p.x.Data())
	}
	return p.each.PredictInto(context.Background(), p.y, p.x)
}

// Reset begins a new text.
func (s *Stream) Reset() {
	for _, p := range s.parts {
		if p.recurrent != nil {
			p.recurrent.Reset()
		}
	}
}

// Clone returns a stream that has read the same text and goes on by itself. Both work
// on the same packed weights, so that a stream more takes the memory of its states and
// results; those that step at the same time take besides memory to work with.
func (s *Stream) Clone() *Stream {
	t := &Stream{vectors: s.vectors, x: make([]float32, len(s.x))}
	x := t.x
	for _, p := range s.parts {
		q := part{each: p.each, x: tensor.New(x, p.x.Shape()...), y: tensor.Make[float32](p.y.Shape()...)}
		if p.recurrent != nil {
			q.recurrent = p.recurrent.Clone()
		}
		t.parts = append(t.parts, q)
		x = q.y.Data()
	}
	return t
}

// builder makes a stream of a network, layer by layer.
type builder struct {
	s    *Stream
	last nn.Module // the layer that was added last
	each *sequence // layers that act on each step alone and are not in the stream yet
	end  string    // the place of the last of them
}

// sequence is what is left of an nn.Sequential of which some layers are taken: the
// others keep their numbers, by which errors name them.
type sequence struct {
	Layers []nn.Module `gannet:"."` // nil where there is none
}

// put adds a layer at its place.
func (s *sequence) put(place string, m nn.Module) {
	first, rest, nested := strings.Cut(place, ".")
	i, _ := strconv.Atoi(first) // since add made it
	for len(s.Layers) <= i {
		s.Layers = append(s.Layers, nil)
	}
	if !nested {
		s.Layers[i] = m
		return
	}
	if s.Layers[i] == nil {
		s.Layers[i] = new(sequence)
	}
	s.Layers[i].(*sequence).put(rest, m)
}

// Forward implements nn.Module.
func (s *sequence) Forward(x *grad.Var) *grad.Var {
	for i, m := range s.Layers {
		if m != nil {
			x.Tape().Enter("Seq", strconv.Itoa(i))
			x = m.Forward(x)
			x.Tape().Leave()
		}
	}
	return x
}

// add adds a module, which has a place in the network such as "2.0".
func (b *builder) add(place string, m nn.Module) error {
	if err := check(place, m); err != nil {
		return err
	}
	switch m := m.(type) {
	case *nn.Sequential:
		for i, l := range m.Layers {
			if err := b.add(join(place, strconv.Itoa(i)), l); err != nil {
				return err
			}
		}
		return nil
	case *nn.Branched:
		if b.s.vectors != nil || len(m.Branches) != 2 || m.Branches[1] != nn.Module(nn.Identity) {
			return at(place, errors.New("branches for several inputs, want nn.Inputs(embedding, nn.Identity) at the beginning"))
		}
		return b.add(join(place, "0"), m.Branches[0])
	}
	return b.layer(place, m)
}

// maxNesting bounds the nesting of layers.
const maxNesting = 100

// check reports a module that is not there, or that is nested too deep.
func check(place string, m nn.Module) error {
	if missing(m) {
		return at(place, errors.New("the layer is nil"))
	}
	if strings.Count(place, ".") > maxNesting {
		return fmt.Errorf("layers are nested more than %d deep, or in a circle", maxNesting)
	}
	return nil
}

// missing reports nil and nil pointers.
func missing(x any) bool {
	v := reflect.ValueOf(x)
	return x == nil || v.Kind() == reflect.Pointer && v.IsNil()
}

// join returns the place of a part of a module.
func join(place, part string) string {
	if place == "" {
		return part
	}
	return place + "." + part
}

// at says where an error is.
func at(place string, err error) error {
	if err == nil || place == "" {
		return err
	}
	return fmt.Errorf("layer %s: %w", place, err)
}

// layer adds a module that is no container.
func (b *builder) layer(place string, m nn.Module) error {
	e, isEmbedding := m.(*nn.Embedding)
	switch {
	case isEmbedding != (b.s.vectors == nil):
		return at(place, fmt.Errorf("%T, want an embedding first and nowhere else", m))
	case isEmbedding:
		return at(place, b.embedding(e))
	}
	switch m := m.(type) {
	case rnn.PaddedSequence, *nn.Dropout, *nn.AlphaDropout:
		return nil
	case rnn.Layer:
		if err := b.flush(); err != nil {
			return err
		}
		return at(place, b.recurrent(m))
	}
	if err := stepwise(place, m); err != nil {
		return err
	}
	if b.each == nil {
		b.each = new(sequence)
	}
	b.each.put(place, m)
	b.last, b.end = m, place
	return nil
}

// embedding begins the stream with a copy of the table.
func (b *builder) embedding(e *nn.Embedding) error {
	if err := e.Build(); err != nil {
		return err
	}
	w := e.Weight.Value
	if w == nil {
		return errors.New("the embedding has no values; call nn.Init or load weights")
	}
	if want := (tensor.Shape{e.Vocabulary, e.Dim}); !w.Shape().Equal(want) {
		return fmt.Errorf("the embedding has shape %v, want %v", w.Shape(), want)
	}
	b.s.vectors, b.s.x = w.Clone(), make([]float32, e.Dim)
	return nil
}

// recurrent adds a recurrent layer.
func (b *builder) recurrent(l rnn.Layer) error {
	timeFirst := false
	switch l := l.(type) {
	case *rnn.RNN:
		timeFirst = l.TimeFirst
	case *rnn.LSTM:
		timeFirst = l.TimeFirst
	case *rnn.GRU:
		timeFirst = l.TimeFirst
	default:
		return fmt.Errorf("%T, want an RNN, LSTM or GRU", l)
	}
	if timeFirst {
		return fmt.Errorf("%T with rnn.TimeFirst, want the batch first", l)
	}
	r, err := rnn.NewStream(l, 1)
	if err != nil {
		return err
	}
	h, _ := r.State()
	p := part{recurrent: r, x: tensor.New(b.s.out(), 1, b.s.Out()), y: tensor.Make[float32](1, h.Dim(2))}
	if err := p.step(); err != nil {
		return err
	}
	r.Reset()
	b.s.parts = append(b.s.parts, p)
	b.last = l
	return nil
}

// flush adds the layers of each to the stream.
func (b *builder) flush() error {
	if b.each == nil {
		return nil
	}
	each, err := nn.NewPredictor(b.each, tensor.Shape{1, b.s.Out()})
	if err != nil {
		return err
	}
	shape := each.OutputShape()
	if len(shape) != 2 || shape[0] != 1 || shape[1] == 0 {
		return at(b.end, fmt.Errorf("the output has shape %v for a step, want [1 features]", shape))
	}
	x := tensor.New(b.s.out(), 1, 1, b.s.Out())
	b.s.parts = append(b.s.parts, part{each: each, x: x, y: tensor.Make[float32](1, 1, shape[1])})
	b.each = nil
	return nil
}

// finish ends the stream.
func (b *builder) finish() error {
	if b.s.vectors == nil {
		return errors.New("the network has no layers, want an embedding first")
	}
	if f, ok := b.last.(*nn.Function); ok && (f == nn.Softmax || f == nn.Softmin) {
		return fmt.Errorf("the network ends in %v, want logits", f)
	}
	if a, ok := b.last.(*nn.Along); ok && (a.Function == "Softmax" || a.Function == "Softmin") {
		return fmt.Errorf("the network ends in %v, want logits", a.Function)
	}
	return b.flush()
}

// functions are those that act on each step alone.
var functions = []*nn.Function{
	nn.ReLU, nn.ReLUInPlace, nn.Tanh, nn.Sigmoid, nn.GELU, nn.Softmax, nn.SELU, nn.ReLU6, nn.SiLU, nn.Mish, nn.GELUTanh,
	nn.Softsign, nn.Tanhshrink, nn.LogSigmoid, nn.Hardsigmoid, nn.Hardswish, nn.LogSoftmax, nn.Softmin, nn.GLU, nn.Identity,
}

// stepwise reports a module that does not act on each step [N, 1, F] of a sequence
// alone, or of which that is not known.
func stepwise(place string, m nn.Module) error {
	if err := check(place, m); err != nil {
		return err
	}
	switch m := m.(type) {
	case *nn.Linear, *nn.Dropout, *nn.AlphaDropout, *nn.ELU, *nn.CELU, *nn.LeakyReLU, *nn.RReLU,
		*nn.Softplus, *nn.Hardtanh, *nn.Hardshrink, *nn.Softshrink, *nn.Threshold:
		return nil
	case *nn.LayerNorm:
		if len(m.Shape) == 1 {
			return nil
		}
	case *nn.RMSNorm:
		if len(m.Shape) == 1 {
			return nil
		}
	case *nn.PReLU:
		if m.Channels == 1 {
			return nil
		}
	case *nn.Along:
		if m.Axis == -1 || m.Axis == 2 {
			return nil
		}
	case *nn.Function:
		if slices.Contains(functions, m) {
			return nil
		}
		return at(place, fmt.Errorf("function %v is not known to act on each step alone", m))
	case *nn.WeightNorm:
		return stepwise(join(place, "layer"), m.Layer)
	case *nn.Sequential:
		return allStepwise(place, m.Layers)
	case *nn.Summed:
		return allStepwise(place, m.Branches)
	case *nn.Concatenated:
		if m.Axis == -1 || m.Axis == 2 {
			return allStepwise(place, m.Branches)
		}
	case *nn.Residual:
		if err := stepwise(join(place, "body"), m.Body); err != nil || m.Shortcut == nil {
			return err
		}
		return stepwise(join(place, "shortcut"), m.Shortcut)
	}
	return at(place, fmt.Errorf("%T does not act on each step alone, or is not known to", m))
}

// allStepwise is stepwise for the numbered parts of a module.
func allStepwise(place string, parts []nn.Module) error {
	for i, p := range parts {
		if err := stepwise(join(place, strconv.Itoa(i)), p); err != nil {
			return err
		}
	}
	return nil
}
