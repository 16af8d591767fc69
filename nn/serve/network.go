package serve

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/drift"
	"github.com/gannet-ml/gannet/nn/lm"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/tensor"
)

// Network is a trained network as a [Model]. Its inputs and its output are FP32,
// and the server computes waiting requests for it together.
//
// What Info says of preprocessing is done by the server, so that serving cannot
// differ from training: clients send samples as they come. A dimension that the
// preprocessing does not mind, such as the height of a picture that it resizes, is
// −1 in the description of the input. Texts can be sent as they are, too, and
// language models generate them.
type Network struct {
	Predictor *nn.Predictor
	// Info names the inputs, the output and the classes and holds the
	// preprocessing; nil says nothing.
	Info *nn.Info
	// Monitor, if not nil, is shown all that is computed, after preprocessing.
	Monitor *drift.Monitor
	// Language, if not nil, is the same network as a language model, which generates
	// texts. It has weights of its own beside those of the Predictor. [NewNetwork] and
	// [Open] set it.
	Language *lm.Model

	speechless error // why there is no Language, if the network takes texts
}

// NewNetwork returns a network that [nn.Load] or [nn.Parse] rebuilt: its predictor and,
// if it is a recurrent language model, with an encoder in info and logits for each of
// its tokens at every step, its Language.
func NewNetwork(net nn.Module, info *nn.Info) (*Network, error) {
	p, err := info.Predictor(net)
	if err != nil {
		return nil, err
	}
	n := &Network{Predictor: p, Info: info}
	n.Language, n.speechless = language(net, info, p.OutputShape())
	return n, nil
}

// check reports a network that cannot be served.
func (n *Network) check() error {
	if n.Predictor == nil {
		return errors.New("the network has no predictor")
	}
	if n.Info == nil {
		return nil
	}
	in, out := n.Predictor.InputShapes(), n.Predictor.OutputShape()
	if s := n.Info.Input; s != nil && !s.Equal(in[0]) {
		return fmt.Errorf("the predictor's input is %v, info says %v", in[0], s)
	}
	if c := n.Info.Classes; len(c) > 0 && !out.Equal(tensor.Shape{len(c)}) {
		return fmt.Errorf("the predictor's output is %v, info names %d classes", out, len(c))
	}
	return nil
}

// encoder returns what makes the inputs of text, nil if the network takes none. It
// reports one that does not fit the network, unless that is a language model, which need
// not take lengths.
func (n *Network) encoder() (*text.Encoder, error) {
	if n.Info == nil || n.Info.Encoder == nil {
		return nil, nil
	}
	in := n.Predictor.InputShapes()
	if len(in[0]) != 1 || len(in) != 2 || in[1].Size() != 1 {
		if n.Language != nil {
			return nil, nil
		}
		return nil, fmt.Errorf("the predictor's inputs are %v, info has an encoder, which makes tokens [T] and their number []", in)
	}
	return text.ParseEncoder(n.Info.Encoder)
}

// language returns a network of a file as a language model. It is an error if it makes of
// tokens something else than logits of as many, for each step, or reads texts from both
// ends; a network without an encoder is none, and no error.
func language(net nn.Module, info *nn.Info, out tensor.Shape) (*lm.Model, error) {
	if info.Encoder == nil {
		return nil, nil
	}
	e, err := text.ParseEncoder(info.Encoder)
	if err != nil {
		return nil, err // encoder reports it too
	}
	if len(out) != 2 || out[1] != e.Size() {
		return nil, fmt.Errorf("its output is %v, want logits for %d tokens at each step", out, e.Size())
	}
	return lm.New(net, e)
}

// encode makes a request of a text.
func (v *version) encode(s string) (*oip.Request, error) {
	ids, err := v.encoder.Encode(s)
	most := v.inputs[0].Shape[1]
	switch {
	case err != nil:
		return nil, oip.Errorf(http.StatusBadRequest, "text", "%w", err)
	case len(ids) == 0 || len(ids) > most:
		return nil, oip.Errorf(http.StatusBadRequest, "text", "the text has %d tokens, want 1 to %d", len(ids), most)
	}
	tokens := make([]float32, most) // those beyond the length are not read
	for i, id := range ids {
		tokens[i] = float32(id)
	}
	count := append(tensor.Shape{1}, v.inputs[1].Shape[1:]...)
	return &oip.Request{Inputs: []oip.Tensor{
		{Name: v.inputs[0].Name, Datatype: oip.FP32, Shape: tensor.Shape{1, most}, Data: tokens},
		{Name: v.inputs[1].Name, Datatype: oip.FP32, Shape: count, Data: []float32{float32(len(ids))}},
	}}, nil
}

// inputName returns the name of an input.
func (n *Network) inputName(i int) string {
	switch {
	case n.Info != nil && i < len(n.Info.InputNames):
		return n.Info.InputNames[i]
	case len(n.Predictor.InputShapes()) == 1:
		return "input"
	}
	return fmt.Sprintf("input_%d", i)
}

// outputName returns the name of the output.
func (n *Network) outputName() string {
	if n.Info != nil && n.Info.OutputName != "" {
		return n.Info.OutputName
	}
	return "output"
}

// classes returns the names of the classes, nil if there are none.
func (n *Network) classes() []string {
	if n.Info == nil {
		return nil
	}
	return n.Info.Classes
}

func (n *Network) pipeline() data.Pipeline {
	if n.Info == nil {
		return nil
	}
	return n.Info.Preprocess
}

// Inputs implements [Model].
func (n *Network) Inputs() []oip.Port {
	shapes := n.Predictor.InputShapes()
	ports := make([]oip.Port, len(shapes))
	for i, s := range shapes {
		if i == 0 {
			s = n.source()
		}
		ports[i] = oip.Port{Name: n.inputName(i), Datatype: oip.FP32, Shape: append(tensor.Shape{-1}, s...)}
	}
	return ports
}

// source is the shape of a sample before preprocessing.
func (n *Network) source() tensor.Shape {
	in := n.Predictor.InputShapes()[0]
	p := n.pipeline()
	if len(p) == 0 {
		return in
	}
	source := n.Info.Source
	if source == nil {
		source = in
	}
	free := slices.Clone(source)
	for i := range source {
		other := slices.Clone(source)
		other[i]++
		if made, err := p.Shape(other); err == nil && made.Equal(in) {
			free[i] = -1
		}
	}
	return free
}

// Outputs implements [Model].
func (n *Network) Outputs() []oip.Port {
	shape := append(tensor.Shape{-1}, n.Predictor.OutputShape()...)
	return []oip.Port{{Name: n.outputName(), Datatype: oip.FP32, Shape: shape}}
}

// Infer implements [Model]. It computes the request by itself; a [Server] puts
// waiting requests together.
func (n *Network) Infer(ctx context.Context, in []oip.Tensor) ([]oip.Tensor, error) {
	x, err := n.prepare(ctx, in)
	if err != nil {
		return nil, err
	}
	y, out := n.result(x[0].Dim(0))
	if err := n.Predictor.PredictInto(ctx, y, x[0], x[1:]...); err != nil {
		return nil, err
	}
	if n.Monitor != nil {
		if err := n.Monitor.Observe(x[0], y); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Close closes the predictor.
func (n *Network) Close() error {
	n.Predictor.Close()
	return nil
}

// result returns memory for the output of so many samples, as a tensor of both
// kinds.
func (n *Network) result(rows int) (*tensor.Tensor, []oip.Tensor) {
	shape := append(tensor.Shape{rows}, n.Predictor.OutputShape()...)
	values := make([]float32, shape.Size())
	return tensor.New(values, shape...), []oip.Tensor{{
		Name: n.outputName(), Datatype: oip.FP32, Shape: shape, Data: values,
	}}
}

// Bytes that values take: of an input, and of an output, which is written as text
// too.
const (
	inputBytes  = 4
	outputBytes = 4 + 12
)

// size returns the memory that a request takes beside its body: what preprocessing
// makes of it, its largest result in between, and the output.
func (n *Network) size(in []oip.Tensor) (int64, error) {
	rows := int64(rowsOf(in))
	each := outputBytes * int64(n.Predictor.OutputShape().Size())
	spare := int64(0)
	if p := n.pipeline(); len(p) > 0 && len(in[0].Shape) > 0 {
		each += inputBytes * int64(n.Predictor.InputShapes()[0].Size())
		for i := range p {
			made, err := p[:i+1].Shape(in[0].Shape[1:])
			if err != nil {
				return 0, oip.Errorf(http.StatusBadRequest, "shape", "input %q: %w", in[0].Name, err)
			}
			spare = max(spare, 2*inputBytes*int64(made.Size()))
		}
	}
	if each > 0 && rows > (math.MaxInt64-spare)/each {
		return math.MaxInt64, nil
	}
	return rows*each + spare, nil
}

// sample returns the memory that a sample takes in a batch.
func (n *Network) sample() int64 {
	size := int64(n.Predictor.OutputShape().Size())
	for _, s := range n.Predictor.InputShapes() {
		size += int64(s.Size())
	}
	return max(inputBytes*size, 1)
}

// batch returns how many samples are computed together: fewer than MaxBatch where
// these would take more than the memory for all requests.
func (n *Network) batch(o *Options) int {
	return int(max(1, min(int64(o.MaxBatch), o.MaxMemory/n.sample())))
}

// prepare makes the network's inputs of those of a request, which the server has
// checked but for what the network has to say of them.
func (n *Network) prepare(ctx context.Context, in []oip.Tensor) ([]*tensor.Tensor, error) {
	x := make([]*tensor.Tensor, len(in))
	for i := range in {
		t := &in[i]
		values, ok := t.Data.([]float32)
		if !ok || len(t.Shape) == 0 {
			return nil, fmt.Errorf("input %q has type %s and shape %v, want a batch of %s", t.Name, t.Datatype, t.Shape, oip.FP32)
		}
		if t.Shape[0] != in[0].Shape[0] {
			return nil, oip.Errorf(http.StatusBadRequest, "shape", "input %q has %d samples, input %q has %d", t.Name, t.Shape[0], in[0].Name, in[0].Shape[0])
		}
		x[i] = tensor.New(values, t.Shape...)
	}
	if p := n.pipeline(); len(p) > 0 {
		var err error
		if x[0], err = n.preprocess(ctx, p, x[0]); err != nil {
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			return nil, oip.Errorf(http.StatusBadRequest, "shape", "input %q: %w", in[0].Name, err)
		}
	}
	return x, nil
}

// preprocess applies a pipeline to each sample of a batch.
func (n *Network) preprocess(ctx context.Context, p data.Pipeline, x *tensor.Tensor) (*tensor.Tensor, error) {
	want := n.Predictor.InputShapes()[0]
	made, err := p.Shape(x.Shape()[1:])
	if err != nil {
		return nil, err
	}
	if !made.Equal(want) {
		return nil, fmt.Errorf("preprocessing makes %v of samples of shape %v, want %v", made, x.Shape()[1:], want)
	}
	batch := tensor.Make[float32](append(tensor.Shape{x.Dim(0)}, want...)...)
	for i := range x.Dim(0) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		y, err := p.Run(x.Index(0, i))
		if err != nil {
			return nil, fmt.Errorf("sample %d: %w", i, err)
		}
		batch.Index(0, i).Copy(y)
	}
	return batch, nil
}

// Class is a class of a picture or a text with its probability.
type Class struct {
	Label       string  `json:"label"`
	Index       int     `json:"index"`
	Probability float32 `json:"probability"`
}

// best returns the k most probable classes of a sample, the first in order among
// equals. Values that are no numbers come last.
func best(labels []string, y []float32, k int) []Class {
	classes := make([]Class, len(y))
	for i, p := range y {
		classes[i] = Class{Index: i, Probability: p}
		if i < len(labels) {
			classes[i].Label = labels[i]
		}
	}
	rank := func(c Class) float64 {
		if p := float64(c.Probability); !math.IsNaN(p) {
			return p
		}
		return math.Inf(-1)
	}
	slices.SortStableFunc(classes, func(a, b Class) int {
		switch ra, rb := rank(a), rank(b); {
		case ra > rb:
			return -1
		case ra < rb:
			return 1
		}
		return 0
	})
	return classes[:min(k, len(classes))]
}

// classify is the extension of that name: the k best classes of each sample, as
// text "value:index:label".
func (v *version) classify(t oip.Tensor, k any) (oip.Tensor, error) {
	n, ok := k.(int64)
	if !ok || n < 1 {
		return t, oip.Errorf(http.StatusBadRequest, "output", "output %q: classification %v, want a number of classes from 1 on", t.Name, k)
	}
	values, ok := t.Data.([]float32)
	if !ok || len(t.Shape) != 2 {
		return t, oip.Errorf(http.StatusBadRequest, "output", "output %q has type %s and shape %v, classification wants FP32 of shape [-1, K]", t.Name, t.Datatype, t.Shape)
	}
	width := t.Shape[1]
	each := int(min(n, int64(width)))
	text := make([][]byte, 0, t.Shape[0]*each)
	for i := range t.Shape[0] {
		for _, c := range best(v.labels, values[i*width:(i+1)*width], each) {
			s := fmt.Appendf(nil, "%f:%d", c.Probability, c.Index)
			if c.Label != "" {
				s = append(append(s, ':'), c.Label...)
			}
			text = append(text, s)
		}
	}
	t.Datatype, t.Shape, t.Data = oip.BYTES, tensor.Shape{t.Shape[0], each}, text
	return t, nil
}
