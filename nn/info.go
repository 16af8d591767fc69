package nn

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Info is what a model file says of a network besides the network itself. All
// fields are optional.
type Info struct {
	// Input is the shape of an input, without the batch axis; of a network of
	// several, that of the first.
	Input tensor.Shape
	// More has the shapes of further inputs, for a network of several.
	More []tensor.Shape
	// InputNames names the inputs, for programs that address them by name; nil
	// means "input" for a single one and "input_0", "input_1", … for several. Names
	// are not empty, have no control characters, and differ.
	InputNames []string
	// OutputName names the output in the same way; empty means "output".
	OutputName string
	// Output is the shape of an output, without the batch axis. [Save] finds it by
	// running the network once, if Input is known. It is nil in files of format 1.
	Output tensor.Shape
	// Classes names the outputs of a classifier.
	Classes []string
	// Probabilities says that the outputs are probabilities. It is set for a network
	// that ends in a softmax, [Softmin] or [Sigmoid], inside of [Seq] or not. If it is
	// false, the outputs of a network with Classes are logits.
	Probabilities bool
	// Preprocess makes inputs, the first ones of a network of several, of samples
	// as they come, such as pictures of any size: what the network was trained with,
	// without what was random. Preprocess.Run applies it to one sample.
	Preprocess data.Pipeline
	// Source is a shape of which Preprocess makes Input; nil means Input itself.
	Source tensor.Shape
	// Encoder is the JSON of what makes the inputs of text, a text.Encoder of package
	// data/text: for a network of the numbers of tokens, as many as Input says, and, as
	// a second input, how many there are. This package only keeps it.
	Encoder json.RawMessage
	// Step is the number of training steps that made the network; 0 says nothing.
	Step int
	// Library is the version of this library that wrote the file, which [Save]
	// fills in: "(devel)" where the program was built of no released version.
	Library string
	// Notes is for whatever else users want to keep.
	Notes map[string]string
}

// inputs returns the shapes of all inputs.
func (i *Info) inputs() []tensor.Shape {
	if i.Input == nil {
		return nil
	}
	return append([]tensor.Shape{i.Input}, i.More...)
}

// complete returns a copy, of an Info that was checked, with all that [Save] finds
// out by itself.
func (i Info) complete(net Module) (*Info, error) {
	if i.InputNames == nil {
		i.InputNames = inputNames(len(i.inputs()))
	}
	i.OutputName = cmp.Or(i.OutputName, defaultOutput)
	i.Output = nil
	if i.Input != nil {
		var err error
		if i.Output, err = outputShape(net, i.inputs()); err != nil {
			return nil, fmt.Errorf("the network does not accept inputs of shape %v: %w", i.inputs(), err)
		}
	}
	i.Probabilities = i.Probabilities || normalized(net)
	i.Library = libraryVersion()
	return &i, i.check()
}

const defaultOutput = "output"

// inputNames returns the names of n inputs that have been given none.
func inputNames(n int) []string {
	if n == 1 {
		return []string{"input"}
	}
	var names []string
	for k := range n {
		names = append(names, fmt.Sprintf("input_%d", k))
	}
	return names
}

// check reports shapes that there cannot be, or that Preprocess does not relate,
// and names that are none.
func (i *Info) check() error {
	if err := cmp.Or(i.Input.Check(), i.Source.Check()); err != nil {
		return err
	}
	if i.Input == nil && len(i.More) > 0 {
		return fmt.Errorf("more: %d further inputs and no first one", len(i.More))
	}
	if n := len(i.inputs()); n > maxInputs {
		return fmt.Errorf("%d inputs, want at most %d", n, maxInputs)
	}
	for k, s := range i.More {
		if err := s.Check(); err != nil {
			return fmt.Errorf("more: input %d: %w", k+1, err)
		}
	}
	if err := cmp.Or(i.checkNames(), i.checkOutput()); err != nil {
		return err
	}
	if i.Encoder != nil && !json.Valid(i.Encoder) {
		return errors.New("encoder: it is not JSON")
	}
	if i.Step < 0 {
		return fmt.Errorf("step %d, want at least 0", i.Step)
	}
	return i.checkPreprocess()
}

// checkNames reports names that cannot be addressed.
func (i *Info) checkNames() error {
	if n := len(i.inputs()); i.InputNames != nil && len(i.InputNames) != n {
		return fmt.Errorf("%d names of inputs for %d inputs", len(i.InputNames), n)
	}
	seen := map[string]bool{}
	for k, name := range i.InputNames {
		if err := checkName(name); err != nil {
			return fmt.Errorf("input %d: %w", k, err)
		}
		if seen[name] {
			return fmt.Errorf("two inputs have the name %q", name)
		}
		seen[name] = true
	}
	if i.OutputName == "" {
		return nil
	}
	if err := checkName(i.OutputName); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	if seen[i.OutputName] {
		return fmt.Errorf("an input and the output have the name %q", i.OutputName)
	}
	return nil
}

// The limits of what a file says of inputs.
const (
	maxInputs = 1024
	maxName   = 1024 // bytes
)

func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("the name is empty")
	case len(name) > maxName:
		return fmt.Errorf("the name has %d bytes, want at most %d", len(name), maxName)
	case !utf8.ValidString(name):
		return fmt.Errorf("the name %q is not UTF-8", name)
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Errorf("the name %q has a control character", name)
	}
	return nil
}

// checkOutput reports an output that no network has.
func (i *Info) checkOutput() error {
	if i.Output == nil {
		return nil
	}
	if err := i.Output.Check(); err != nil {
		return fmt.Errorf("output: %w", err)
	}
	if i.Input == nil {
		return fmt.Errorf("output: shape %v, but no input", i.Output)
	}
	if n := i.Output.Size(); n > maxSample {
		return fmt.Errorf("output: shape %v has %d values, want at most %d", i.Output, n, maxSample)
	}
	return nil
}

// checkPreprocess reports a pipeline that does not make Input.
func (i *Info) checkPreprocess() error {
	if len(i.Input) == 0 || len(i.Preprocess) == 0 {
		return nil
	}
	source := i.Source
	if len(source) == 0 {
		source = i.Input
	}
	made, err := i.Preprocess.Shape(source)
	if err != nil {
		return fmt.Errorf("preprocess: %w", err)
	}
	if !made.Equal(i.Input) {
		return fmt.Errorf("preprocess: it makes %v of %v, want the input %v", made, source, i.Input)
	}
	return nil
}

// outputShape traces an initialised network and returns the shape of an
// output, without the batch axis.
func outputShape(net Module, in []tensor.Shape) (s tensor.Shape, err error) {
	if err := checkSample(in); err != nil {
		return nil, err
	}
	t := grad.NewTape(grad.Evaluation|grad.Trace, 0)
	defer t.Reset()
	defer func() {
		if t.Err() != nil { // user code may have tripped over an empty result
			recover()
			s, err = nil, t.Err()
		}
	}()
	x := zeros(1, in)
	y := net.Forward(feed(t, x[0], x[1:]))
	if t.Err() != nil {
		return nil, t.Err()
	}
	if n := y.Parts(); n > 1 {
		return nil, fmt.Errorf("output is a tuple of %d, want one", n)
	}
	if s := y.Shape(); len(s) == 0 || s[0] != 1 {
		return nil, fmt.Errorf("output has shape %v for a batch of 1, want a batch of as many", s)
	}
	return slices.Clone(y.Shape()[1:]), nil
}

// normalized reports whether a network ends in a function whose results are
// probabilities.
func normalized(m Module) bool {
	switch m := m.(type) {
	case *Sequential:
		n := len(m.Layers)
		return n > 0 && normalized(m.Layers[n-1])
	case *Along:
		return (m.Function == "Softmax" || m.Function == "Softmin") && m.Axis != 0 // which is that of the batch
	case *Function:
		return m == Softmax || m == Softmin || m == Sigmoid
	}
	return false
}

// libraryVersion returns the version of this library in the program.
var libraryVersion = sync.OnceValue(func() string {
	const path = "github.com/gannet-ml/gannet"
	version := ""
	if b, ok := debug.ReadBuildInfo(); ok {
		for _, m := range append(b.Deps, &b.Main) {
			if m.Path == path {
				if m.Replace != nil {
					m = m.Replace
				}
				version = m.Version
			}
		}
	}
	return cmp.Or(version, "(devel)")
})

// Predictor returns a [Predictor] for net, the network that i came with. If
// Classes are named and the outputs are logits, it computes probabilities, by a
// softmax over axis 1 of the outputs [N, classes, …].
//
//	net, info, err := nn.Load("model.safetensors")
//	p, err := info.Predictor(net)
func (i *Info) Predictor(net Module) (*Predictor, error) {
	if i.Input == nil {
		return nil, errors.New("nn: Predictor: the shape of the input is not known; use NewPredictor")
	}
	logits := len(i.Classes) > 0 && !i.Probabilities
	if logits {
		net = Seq(net, NewSoftmax(1))
	}
	p, err := NewPredictor(net, i.Input, i.More...)
	if err != nil {
		return nil, err
	}
	if s := p.OutputShape(); logits && s[0] != len(i.Classes) {
		p.Close()
		return nil, fmt.Errorf("nn: Predictor: output has shape %v, want logits of %d classes", s, len(i.Classes))
	}
	return p, nil
}

// document is an Info in a file.
type document struct {
	Inputs        ports             `json:"inputs,omitempty"`
	Outputs       ports             `json:"outputs"`
	Classes       []string          `json:"classes,omitempty"`
	Probabilities bool              `json:"probabilities,omitempty"`
	Preprocess    data.Pipeline     `json:"preprocess,omitempty"`
	Source        tensor.Shape      `json:"source,omitempty"`
	Encoder       json.RawMessage   `json:"encoder,omitempty"`
	Step          int               `json:"step,omitempty"`
	Library       string            `json:"library,omitempty"`
	Notes         map[string]string `json:"notes,omitempty"`
}

// port is an input or output in a file.
type port struct {
	Name  string       `json:"name"`
	Type  string       `json:"type"`           // always F32
	Shape tensor.Shape `json:"shape,omitzero"` // of a sample; absent if it is not known
}

const portType = "F32"

// ports is a list that is not read beyond maxInputs.
type ports []port

// UnmarshalJSON implements [json.Unmarshaler].
func (p *ports) UnmarshalJSON(text []byte) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return list(d, func(i int) error {
		if i == maxInputs {
			return fmt.Errorf("more than %d inputs or outputs", maxInputs)
		}
		var one port
		err := d.Decode(&one)
		*p = append(*p, one)
		return err
	})
}

// marshal returns the JSON of a complete Info.
func (i *Info) marshal() ([]byte, error) {
	d := document{
		Outputs: ports{{i.OutputName, portType, i.Output}},
		Classes: i.Classes, Probabilities: i.Probabilities, Preprocess: i.Preprocess, Source: i.Source,
		Encoder: i.Encoder, Step: i.Step, Library: i.Library, Notes: i.Notes,
	}
	for k, s := range i.inputs() {
		d.Inputs = append(d.Inputs, port{i.InputNames[k], portType, s})
	}
	return json.Marshal(d)
}

// unmarshalInfo is the inverse of marshal, for JSON from anywhere.
func unmarshalInfo(text string) (*Info, error) {
	var d document
	if err := strict([]byte(text), &d); err != nil {
		return nil, err
	}
	if n := len(d.Outputs); n != 1 {
		return nil, fmt.Errorf("%d outputs, want 1", n)
	}
	for k, p := range append(d.Inputs, d.Outputs...) {
		if p.Type != portType {
			return nil, fmt.Errorf("the type of %q is %q, want %q", p.Name, p.Type, portType)
		}
		if p.Shape == nil && k < len(d.Inputs) {
			return nil, fmt.Errorf("input %q has no shape", p.Name)
		}
	}
	i := &Info{
		OutputName: d.Outputs[0].Name, Output: d.Outputs[0].Shape,
		Classes: d.Classes, Probabilities: d.Probabilities, Preprocess: d.Preprocess, Source: d.Source,
		Encoder: d.Encoder, Step: d.Step, Library: d.Library, Notes: d.Notes,
	}
	for k, p := range d.Inputs {
		i.InputNames = append(i.InputNames, p.Name)
		if k == 0 {
			i.Input = p.Shape
		} else {
			i.More = append(i.More, p.Shape)
		}
	}
	if i.OutputName == "" {
		return nil, errors.New("output: the name is empty")
	}
	return i, i.check()
}
