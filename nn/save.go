package nn

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/strictjson"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor/grad"
	"github.com/gannet-ml/gannet/tensor/safetensors"
)

// Save writes a network to a file from which [Load] rebuilds it: a safetensors
// file like that of [SaveWeights], with a description of the network in its
// metadata. It knows the layers of this library and those given to [Register].
// Where info.Input is known, the network is traced once, and one that does not
// accept such inputs is an error. The file holds info with what Save fills in; see
// [Info].
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
	if info, err = info.complete(net); err != nil {
		return err
	}
	text, err := info.marshal()
	if err != nil {
		return err
	}
	meta := map[string]string{
		"format": "pt", formatKey: format(), networkKey: string(description), infoKey: string(text),
	}
	if _, _, err := decode(meta); err != nil {
		return fmt.Errorf("the file could not be read again: %w", err)
	}
	return safetensors.Write(path, entries, meta)
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

// Load rebuilds a network that [Save] wrote, in this or an earlier format.
//
// The file may come from anywhere. Load runs no code of it, and allocates at most
// its size, four times that for numbers of 8 bits in place of float32, the
// description of the tensors eight times, and 256 MiB: settings that ask for more
// parameters than the file has are refused before these are made. That holds for
// the modules of this library; what others given to [Register] do is up to them.
func Load(path string) (Module, *Info, error) {
	f, err := safetensors.Open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("nn: Load: %s: %w", path, err)
	}
	defer f.Close()
	net, info, err := parse(f)
	if err != nil {
		return nil, nil, fmt.Errorf("nn: Load: %s: %w", path, err)
	}
	return net, info, nil
}

// Parse is [Load] for a file in memory, such as one that the program embeds or
// whose signature was verified. The network keeps no reference to it.
//
//	//go:embed model.safetensors
//	var model []byte
//
//	net, info, err := nn.Parse(model)
func Parse(file []byte) (Module, *Info, error) {
	f, err := safetensors.Parse(file)
	if err != nil {
		return nil, nil, fmt.Errorf("nn: Parse: %w", err)
	}
	net, info, err := parse(f)
	if err != nil {
		return nil, nil, fmt.Errorf("nn: Parse: %w", err)
	}
	return net, info, nil
}

func parse(f *safetensors.File) (Module, *Info, error) {
	net, info, err := decode(f.Metadata())
	if err != nil {
		return nil, nil, err
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

// decode makes a network, without parameters, and its Info of the metadata of a
// file of any format, which it changes to the last.
func decode(meta map[string]string) (Module, *Info, error) {
	if n := len(meta[infoKey]); n > maxDescription {
		return nil, nil, fmt.Errorf("info: %d bytes, want at most %d", n, maxDescription)
	}
	if n := len(meta[networkKey]); n > maxDescription {
		return nil, nil, fmt.Errorf("network: description of %d bytes, want at most %d", n, maxDescription)
	}
	if err := migrate(meta); err != nil {
		return nil, nil, err
	}
	info, err := unmarshalInfo(meta[infoKey])
	if err != nil {
		return nil, nil, fmt.Errorf("info: %w", err)
	}
	net, err := rebuild(meta[networkKey])
	if err != nil {
		return nil, nil, fmt.Errorf("network: %w", err)
	}
	info.Probabilities = info.Probabilities || normalized(net)
	return net, info, nil
}

// strict decodes JSON that has no unknown fields and nothing after it.
func strict(data []byte, v any) error { return strictjson.Unmarshal(data, v) }

// kinds maps the names of module types in files to a module of the type. For a
// [*Function] it is the module itself.
var kinds = map[string]Module{}

// Register makes [Save] and [Load] know a type of module under a name: that of
// prototype, or, if it is a [*Function], just that. What a file keeps of a module
// are its exported fields: parts as modules, parameters as tensors, the others as
// JSON. Left out are fields that are zero and tagged `json:",omitempty"`: settings
// that a type gained later, so that files that do without them stay as they were. A
// method Build() error, if there is one, is called once they are read; it makes the
// parameters. Register panics if the name is taken or the type is known; call it
// while the program starts.
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
	Register("DotProductAttention", &DotProductAttention{})
	Register("AdditiveAttention", &AdditiveAttention{})
	Register("MultiheadAttention", &MultiheadAttention{})
	Register("TransformerEncoderLayer", &TransformerEncoderLayer{})
	Register("TransformerEncoder", &TransformerEncoder{})
	Register("LearnedPositions", &LearnedPositions{})
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
	Register("LSTM", &rnn.LSTM{})
	Register("GRU", &rnn.GRU{})
	Register("ConvLSTM", &rnn.ConvLSTM{})
	Register("ConvGRU", &rnn.ConvGRU{})
	Register("ConvRNN2D", &rnn.ConvRNN2D{})
	Register("ConvLSTM2D", &rnn.ConvLSTM2D{})
	Register("ConvGRU2D", &rnn.ConvGRU2D{})
	Register("Pool", rnn.Pool(""))
	Register("AttentionPool", &rnn.AttentionPool{})
	Register("Padded", rnn.Padded)
	Register("Rows", rnn.Rows)
	for _, f := range []*Function{
		ReLU, ReLUInPlace, Tanh, Sigmoid, GELU, Softmax, Flatten,
		SELU, ReLU6, SiLU, Mish, GELUTanh, Softsign, Tanhshrink, LogSigmoid, Hardsigmoid, Hardswish,
		LogSoftmax, Softmin, GLU, Identity, SinusoidalPositions,
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
		if !kept(f) || f.Tag.Get("json") == ",omitempty" && v.Field(i).IsZero() {
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
