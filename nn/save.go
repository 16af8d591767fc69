package nn

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/internal/strictjson"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
	"github.com/gannet-ml/gannet/tensor/safetensors"
)

// Info is what a model file says of a network besides the network itself. All
// fields are optional.
type Info struct {
	// Input is the shape of an input, without the batch axis; of a network of
	// several, that of the first.
	Input tensor.Shape `json:"input,omitempty"`
	// More has the shapes of further inputs, for a network of several.
	More []tensor.Shape `json:"more,omitempty"`
	// Classes names the outputs of a classifier.
	Classes []string `json:"classes,omitempty"`
	// Preprocess makes inputs, the first ones of a network of several, of samples
	// as they come, such as pictures of any size: what the network was trained with,
	// without what was random. Preprocess.Run applies it to one sample.
	Preprocess data.Pipeline `json:"preprocess,omitempty"`
	// Source is a shape of which Preprocess makes Input; nil means Input itself.
	Source tensor.Shape `json:"source,omitempty"`
	// Notes is for whatever else users want to keep.
	Notes map[string]string `json:"notes,omitempty"`
}

// check reports shapes that there cannot be, or that Preprocess does not relate.
func (i *Info) check() error {
	if err := cmp.Or(i.Input.Check(), i.Source.Check()); err != nil {
		return err
	}
	if i.Input == nil && len(i.More) > 0 {
		return fmt.Errorf("more: %d further inputs and no first one", len(i.More))
	}
	for k, s := range i.More {
		if err := s.Check(); err != nil {
			return fmt.Errorf("more: input %d: %w", k+1, err)
		}
	}
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

// The metadata of a model file.
const (
	formatKey  = "gannet.format"
	networkKey = "gannet.network"
	infoKey    = "gannet.info"

	formatVersion = "1"
)

// Save writes a network to a file from which [Load] rebuilds it: a safetensors
// file like that of [SaveWeights], with a description of the network in its
// metadata. It knows the layers of this library and those given to [Register].
// The file at path is replaced as a whole or, if anything fails, stays as it is.
func Save(path string, net Module, info Info) error {
	err := save(path, net, &info)
	if err != nil {
		return fmt.Errorf("nn: Save: %w", err)
	}
	return nil
}

func save(path string, net Module, info *Info) error {
	if err := info.check(); err != nil {
		return err
	}
	entries, err := entries(net)
	if err != nil {
		return err
	}
	if err := refuseTied(net); err != nil {
		return err
	}
	description, err := describe(net)
	if err != nil {
		return err
	}
	extra, err := json.Marshal(info)
	if err != nil {
		return err
	}
	return safetensors.Write(path, entries, map[string]string{
		"format": "pt", formatKey: formatVersion, networkKey: string(description), infoKey: string(extra),
	})
}

// refuseTied reports parameters that two layers share, which a description
// cannot say.
func refuseTied(net Module) error {
	seen := map[*grad.Param]string{}
	return walk("", net, visit{param: func(path string, p *grad.Param) error {
		if first, ok := seen[p]; ok {
			return fmt.Errorf("%s: the parameter is %s as well; only SaveWeights can save tied parameters", path, first)
		}
		seen[p] = path
		return nil
	}})
}

// Load rebuilds a network that [Save] wrote.
func Load(path string) (Module, *Info, error) {
	net, info, err := load(path)
	if err != nil {
		return nil, nil, fmt.Errorf("nn: Load: %s: %w", path, err)
	}
	return net, info, nil
}

func load(path string) (Module, *Info, error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	m := f.Metadata()
	switch v, ok := m[formatKey]; {
	case !ok:
		return nil, nil, errors.New("the file has weights but no description of a network; use LoadWeights")
	case v != formatVersion:
		return nil, nil, fmt.Errorf("the file has format %q, want %q; a newer version of the library may read it", v, formatVersion)
	}
	info := &Info{}
	if err := strict([]byte(m[infoKey]), info); err != nil {
		return nil, nil, fmt.Errorf("info: %w", err)
	}
	if err := info.check(); err != nil {
		return nil, nil, fmt.Errorf("info: %w", err)
	}
	if n := len(m[networkKey]); n > maxDescription {
		return nil, nil, fmt.Errorf("network: description of %d bytes, want at most %d", n, maxDescription)
	}
	net, err := rebuild([]byte(m[networkKey]), 0)
	if err != nil {
		return nil, nil, fmt.Errorf("network: %w", err)
	}
	params, err := collectAtMost(net, len(f.Names())+maxSurplus)
	if err != nil {
		return nil, nil, err
	}
	if err := loadParams(f, params); err != nil {
		return nil, nil, err
	}
	adopt(params)
	return net, info, nil
}

// The limits of a description, which comes from anywhere: rebuilding reads it
// once for every level, and a number in it can ask for any number of parameters.
const (
	maxDescription = 4 << 20 // bytes
	maxDepth       = 64
	maxSurplus     = 4096 // parameters beyond those in the file, so that the error can name them
)

// strict decodes JSON that has no unknown fields and nothing after it.
func strict(data []byte, v any) error { return strictjson.Unmarshal(data, v) }

// kinds maps the names of module types in files to a module of the type. For a
// [*Function] it is the module itself.
var kinds = map[string]Module{}

// Register makes [Save] and [Load] know a type of module under a name: that of
// prototype, or, if it is a [*Function], just that. What a file keeps of a module
// are its exported fields: parts as modules, parameters as tensors, the others as
// JSON. A method Build() error, if there is one, is called once they are read;
// it makes the parameters. Register panics if the name is taken or the type is known; call it while
// the program starts.
func Register(name string, prototype Module) {
	if kinds[name] != nil {
		panic(fmt.Sprintf("nn: Register: the name %q is taken", name))
	}
	if known, err := kindOf(prototype); err == nil {
		panic(fmt.Sprintf("nn: Register: %T is %q already", prototype, known))
	}
	kinds[name] = prototype
}

func init() {
	Register("Sequential", &Sequential{})
	Register("Linear", &Linear{})
	Register("Dropout", &Dropout{})
	Register("SpatialDropout", &SpatialDropout{})
	Register("AlphaDropout", &AlphaDropout{})
	Register("BatchNorm", &BatchNorm{})
	Register("LayerNorm", &LayerNorm{})
	Register("RMSNorm", &RMSNorm{})
	Register("GroupNorm", &GroupNorm{})
	Register("InstanceNorm", &InstanceNorm{})
	Register("WeightNorm", &WeightNorm{})
	Register("Embedding", &Embedding{})
	Register("Residual", &Residual{})
	Register("Concat", &Concatenated{})
	Register("Parallel", &Summed{})
	Register("Inputs", &Branched{})
	Register("Join", &Joined{})
	Register("Reshape", &Reshaped{})
	Register("ELU", &ELU{})
	Register("CELU", &CELU{})
	Register("LeakyReLU", &LeakyReLU{})
	Register("RReLU", &RReLU{})
	Register("PReLU", &PReLU{})
	Register("Softplus", &Softplus{})
	Register("Hardtanh", &Hardtanh{})
	Register("Hardshrink", &Hardshrink{})
	Register("Softshrink", &Softshrink{})
	Register("Threshold", &Threshold{})
	Register("Along", &Along{})
	Register("Conv2D", &conv.Conv2D{})
	Register("Conv1D", &conv.Conv1D{})
	Register("ConvTranspose2D", &conv.ConvTranspose2D{})
	Register("ConvTranspose1D", &conv.ConvTranspose1D{})
	Register("Separable2D", &conv.Separable2D{})
	Register("Pool2D", &conv.Pool2D{})
	Register("Pool1D", &conv.Pool1D{})
	Register("PowerPool2D", &conv.PowerPool2D{})
	Register("AdaptivePool2D", &conv.AdaptivePool2D{})
	Register("AdaptivePool1D", &conv.AdaptivePool1D{})
	Register("GlobalPool", conv.GlobalPool(""))
	Register("Resize", &conv.Resize{})
	Register("Shuffle", &conv.Shuffle{})
	Register("RNN", &rnn.RNN{})
	Register("ConvRNN", &rnn.ConvRNN{})
	Register("Pool", rnn.Pool(""))
	Register("Rows", rnn.Rows)
	for _, f := range []*Function{
		ReLU, Tanh, Sigmoid, GELU, Softmax, Flatten,
		SELU, ReLU6, SiLU, Mish, GELUTanh, Softsign, Tanhshrink, LogSigmoid, Hardsigmoid, Hardswish,
		LogSoftmax, Softmin, GLU, Identity,
	} {
		Register(f.String(), f)
	}
}

// description is a module in a file.
type description struct {
	Type string `json:"type"`
	// Settings holds the exported fields of a struct by name, a module among
	// them as a description, or the value of another type.
	Settings json.RawMessage `json:"settings,omitempty"`
}

// kindOf returns the name under which a module is registered.
func kindOf(m Module) (string, error) {
	t := reflect.TypeOf(m)
	for name, p := range kinds {
		if reflect.TypeOf(p) != t {
			continue
		}
		if f, ok := m.(*Function); !ok || f == p {
			return name, nil
		}
	}
	if f, ok := m.(*Function); ok {
		return "", fmt.Errorf("function %q is not known; nn.Register it", f)
	}
	return "", fmt.Errorf("module type %v is not known; nn.Register it", t)
}

// describe returns the JSON of a module.
func describe(m Module) (json.RawMessage, error) {
	kind, err := kindOf(m)
	if err != nil {
		return nil, err
	}
	d := description{Type: kind}
	v := reflect.ValueOf(m)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch {
	case reflect.TypeOf(m) == reflect.TypeFor[*Function]():
	case v.Kind() != reflect.Struct:
		d.Settings, err = json.Marshal(v.Interface())
	case v.NumField() > 0:
		d.Settings, err = describeStruct(v)
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(d)
}

// kept reports whether a field of a module is described.
func kept(f reflect.StructField) bool {
	return f.IsExported() && f.Tag.Get("gannet") != "-" && f.Type != paramType
}

func describeStruct(v reflect.Value) (json.RawMessage, error) {
	fields := map[string]json.RawMessage{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !kept(f) {
			continue
		}
		j, err := describeField(v.Field(i))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		fields[f.Name] = j
	}
	return json.Marshal(fields)
}

func describeField(v reflect.Value) (json.RawMessage, error) {
	switch {
	case v.Type().Implements(moduleType):
		if v.IsZero() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
			return json.RawMessage("null"), nil
		}
		return describe(v.Interface().(Module))
	case v.Kind() == reflect.Slice && v.Type().Elem().Implements(moduleType):
		list := make([]json.RawMessage, v.Len())
		for i := range list {
			j, err := describeField(v.Index(i))
			if err != nil {
				return nil, fmt.Errorf("%d: %w", i, err)
			}
			list[i] = j
		}
		return json.Marshal(list)
	case holds(v.Type(), map[reflect.Type]bool{}):
		return nil, fmt.Errorf("a %v of modules cannot be described", v.Type())
	}
	return json.Marshal(v.Interface())
}

// rebuild makes a module of its JSON, which lies in so many others.
func rebuild(data []byte, depth int) (Module, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("modules lie in each other more than %d deep", maxDepth)
	}
	var d description
	if err := strict(data, &d); err != nil {
		return nil, err
	}
	p := kinds[d.Type]
	if p == nil {
		return nil, fmt.Errorf("module type %q is not known; nn.Register it", d.Type)
	}
	if f, ok := p.(*Function); ok {
		if len(d.Settings) > 0 {
			return nil, fmt.Errorf("%s: the module has no settings", d.Type)
		}
		return f, nil
	}
	t := reflect.TypeOf(p)
	pointer := t.Kind() == reflect.Pointer
	if pointer {
		t = t.Elem()
	}
	v := reflect.New(t)
	switch {
	case len(d.Settings) == 0:
	case t.Kind() == reflect.Struct:
		if err := rebuildStruct(v.Elem(), d.Settings, depth); err != nil {
			return nil, fmt.Errorf("%s: %w", d.Type, err)
		}
	default:
		if err := strict(d.Settings, v.Interface()); err != nil {
			return nil, fmt.Errorf("%s: %w", d.Type, err)
		}
	}
	if !pointer {
		v = v.Elem()
	}
	return v.Interface().(Module), nil
}

func rebuildStruct(v reflect.Value, data []byte, depth int) error {
	var fields map[string]json.RawMessage
	if err := strict(data, &fields); err != nil {
		return err
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		j, ok := fields[f.Name]
		if !ok || !kept(f) {
			continue
		}
		delete(fields, f.Name)
		if err := rebuildField(v.Field(i), j, depth); err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	for name := range fields {
		return fmt.Errorf("unknown setting %q", name)
	}
	return nil
}

func rebuildField(v reflect.Value, data []byte, depth int) error {
	switch {
	case v.Type().Implements(moduleType):
		if strings.TrimSpace(string(data)) == "null" {
			return nil
		}
		m, err := rebuild(data, depth+1)
		if err != nil {
			return err
		}
		if !reflect.TypeOf(m).AssignableTo(v.Type()) {
			return fmt.Errorf("a %T, want a %v", m, v.Type())
		}
		v.Set(reflect.ValueOf(m))
		return nil
	case v.Kind() == reflect.Slice && v.Type().Elem().Implements(moduleType):
		var list []json.RawMessage
		if err := strict(data, &list); err != nil {
			return err
		}
		v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
		for i, j := range list {
			if err := rebuildField(v.Index(i), j, depth); err != nil {
				return fmt.Errorf("%d: %w", i, err)
			}
		}
		return nil
	}
	return strict(data, v.Addr().Interface())
}
