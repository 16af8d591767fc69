package nn_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
	"github.com/gannet-ml/gannet/tensor/safetensors"
)

// gated is a module of a user's own, with all kinds of settings.
type gated struct {
	Inner   nn.Module
	Branch  *nn.Linear
	Many    []nn.Module
	Scale   float64
	Name    string
	Sizes   []int
	Gain    *grad.Param
	Scratch *nn.Linear `gannet:"-"`
	note    string
}

// Build makes the gain.
func (g *gated) Build() error {
	if g.Gain == nil {
		g.Gain = grad.NewParam(grad.Constant(1), 1)
	}
	return nil
}

func (g *gated) Forward(x *grad.Var) *grad.Var {
	y := grad.MulScalar(g.Inner.Forward(x), float32(g.Scale))
	for _, m := range g.Many {
		y = m.Forward(y)
	}
	if g.Branch != nil {
		y = grad.Add(y, g.Branch.Forward(x))
	}
	return grad.Mul(y, grad.Use(x, g.Gain))
}

var triple = nn.Func("Triple", func(x *grad.Var) *grad.Var { return grad.MulScalar(x, 3) })

func init() {
	nn.Register("test.gated", &gated{})
	nn.Register("test.value", value{})
	nn.Register("test.Triple", triple)
}

// saved are networks that use every registered type, with their inputs.
var saved = []struct {
	name string
	net  nn.Module
	x    tensor.Shape
}{
	{"Linear", nn.NewLinear(4, 3), tensor.Shape{4}},
	{"no bias", &nn.Linear{In: 4, Out: 3, NoBias: true}, tensor.Shape{4}},
	{"functions", nn.Seq(nn.ReLU, nn.Tanh, nn.Sigmoid, nn.GELU, nn.Softmax, nn.Flatten, triple), tensor.Shape{2, 3}},
	{"CNN", nn.Seq(
		conv.New2D(2, 4, 3, conv.Same, conv.Stride(2, 1), conv.Groups(2), conv.NoBias), &nn.BatchNorm{Features: 4, Eps: 0.01, Momentum: 0.2},
		conv.MaxPool2D(2), conv.AvgPool2D(2, conv.Pad(1, 1)), nn.NewDropout(0.2), nn.Flatten,
	), tensor.Shape{2, 9, 8}},
	{"RNN", nn.Seq(rnn.New(5, 4, rnn.Tanh, rnn.Layers(2)), rnn.Last, nn.NewLinear(4, 2)), tensor.Shape{3, 5}},
	{"ConvRNN", nn.Seq(rnn.Rows, rnn.NewConv(1, 2, 3, rnn.ReLU, rnn.NoBias), rnn.Max, nn.Seq(nn.Flatten)), tensor.Shape{1, 4, 6}},
	{"attention", masked(&nn.MultiheadAttention{Dim: 4, Heads: 2, NoBias: true, Dropout: 0.2, Causal: true}, 3, 3), tensor.Shape{3, 4}},
	{"Transformer", nn.Seq(nn.NewLearnedPositions(4, 2), nn.NewTransformerEncoder(2, nn.TransformerEncoderLayer{Dim: 2, Heads: 1, Feedforward: 3, Activation: nn.GELU})), tensor.Shape{3, 2}},
	{"mean", nn.Seq(rnn.Mean), tensor.Shape{4, 6}},
	{"empty", nn.Seq(), tensor.Shape{3}},
	{"user's", &gated{
		Inner: nn.Seq(nn.NewLinear(4, 4), nn.Tanh), Branch: nn.NewLinear(4, 4), Many: []nn.Module{triple, value{nn.NewLinear(4, 4)}},
		Scale: 0.5, Name: "a \"name\"", Sizes: []int{1, 2}, Scratch: nn.NewLinear(1, 1), note: "lost",
	}, tensor.Shape{4}},
	{"user's without branch", &gated{Inner: nn.ReLU, Scale: 2}, tensor.Shape{4}},
}

func TestSaveLoad(t *testing.T) {
	for _, c := range saved {
		t.Run(c.name, func(t *testing.T) {
			net := initialised(t, c.net)
			path := filepath.Join(t.TempDir(), "model")
			info := nn.Info{
				Input: c.x, Classes: []string{"cat", "dog"}, Preprocess: data.Pipeline{data.Normalize([]float32{0.5}, []float32{0.25})},
				Notes: map[string]string{"author": "someone"},
			}
			if err := nn.Save(path, net, info); err != nil {
				t.Fatal(err)
			}
			again, gotInfo, err := nn.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			want := info
			want.InputNames, want.OutputName, want.Library = []string{"input"}, "output", gotInfo.Library
			want.Output, want.Probabilities = forward(t, net, tensor.Zeros(append(tensor.Shape{1}, c.x...)...)).Shape()[1:].Clone(), false
			if !reflect.DeepEqual(*gotInfo, want) || gotInfo.Library == "" {
				t.Errorf("info is %+v, want %+v", *gotInfo, want)
			}
			if got, want := reflect.TypeOf(again), reflect.TypeOf(c.net); got != want {
				t.Errorf("network is a %v, want a %v", got, want)
			}
			if got, want := fmt.Sprint(names(again)), fmt.Sprint(names(net)); got != want {
				t.Errorf("parameters are %s, want %s", got, want)
			}
			x := nntest.Values(3, append(tensor.Shape{2}, c.x...)...)
			if got, want := forward(t, again, x), forward(t, net, x); !got.Equal(want) {
				t.Errorf("output is %v, want %v", got, want)
			}
			// What is saved again is the same file.
			second := filepath.Join(t.TempDir(), "model")
			if err := nn.Save(second, again, info); err != nil {
				t.Fatal(err)
			}
			if got, want := readFile(t, second), readFile(t, path); string(got) != string(want) {
				t.Error("the loaded network, saved again, makes another file")
			}
		})
	}
}

// TestLoadedTrains checks that a loaded network can be trained on.
func TestLoadedTrains(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model")
	if err := nn.Save(path, initialised(t, newCNN()), nn.Info{}); err != nil {
		t.Fatal(err)
	}
	net, _, err := nn.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newTrainer(t, net, makers[0].make).Fit(t.Context(), newLoader()); err != nil {
		t.Error(err)
	}
}

func TestSaveErrors(t *testing.T) {
	tied := nn.NewLinear(2, 2)
	unknown := nn.Func("Unknown", grad.ReLU)
	cases := []struct {
		name string
		net  nn.Module
		info nn.Info
		want string
	}{
		{"uninitialised", nn.NewLinear(2, 2), nn.Info{}, `nn: Save: parameter "weight" has no value; call nn.Init first`},
		{"tied", nn.Seq(tied, tied), nn.Info{}, "nn: Save: 1.weight: the parameter is 0.weight as well; only SaveWeights can save tied parameters"},
		{"unknown type", nn.Seq(newResidual(1)), nn.Info{}, "nn: Save: Layers: 0: module type *nn_test.residual is not known; nn.Register it"},
		{"unknown function", nn.Seq(unknown), nn.Info{}, `nn: Save: Layers: 0: function "Unknown" is not known; nn.Register it`},
		{"nil", nil, nn.Info{}, "nn: Save: module type <nil> is not known; nn.Register it"},
		{"preprocessing", nn.ReLU, nn.Info{Preprocess: data.Pipeline{data.Resize(0, 1)}},
			"nn: Save: json: error calling MarshalJSON for type data.Pipeline: data: Pipeline: transform 0: Resize: size is 0"},
		{"preprocessing of the input", nn.ReLU, nn.Info{Input: tensor.Shape{3, 4, 4}, Preprocess: data.Pipeline{data.Normalize([]float32{1, 2}, []float32{1})}},
			"nn: Save: preprocess: Pipeline: transform 0: Normalize: 2 means for 3 channels"},
		{"preprocessing to another input", nn.ReLU, nn.Info{Input: tensor.Shape{3, 4, 4}, Preprocess: data.Pipeline{data.Pad(1, 0, 0, 0)}},
			"nn: Save: preprocess: it makes [3 4 5] of [3 4 4], want the input [3 4 4]"},
		{"preprocessing of another source", nn.ReLU, nn.Info{Input: tensor.Shape{48}, Source: tensor.Shape{3, 5, 4}, Preprocess: data.Pipeline{data.Flatten()}},
			"nn: Save: preprocess: it makes [60] of [3 5 4], want the input [48]"},
		{"source", nn.ReLU, nn.Info{Source: tensor.Shape{-1}}, "nn: Save: "},
		{"input", nn.ReLU, nn.Info{Input: tensor.Shape{-1}}, "nn: Save: "},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "model")
			writeFile(t, path, "old")
			if c.name != "uninitialised" && c.net != nil {
				initialised(t, c.net)
			}
			err := nn.Save(path, c.net, c.info)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("Save: %v, want %s", err, c.want)
			}
			if got := string(readFile(t, path)); got != "old" {
				t.Errorf("the file holds %q after the error, want what was there", got)
			}
		})
	}
	if err := nn.Save(filepath.Join(t.TempDir(), "no such folder", "model"), nn.ReLU, nn.Info{}); err == nil || !strings.HasPrefix(err.Error(), "nn: Save: ") {
		t.Errorf("Save to a folder that is not there: %v, want an error", err)
	}
}

func TestRegister(t *testing.T) {
	defer func() {
		if r := recover(); r != `nn: Register: the name "Linear" is taken` {
			t.Errorf("recovered %v, want that the name is taken", r)
		}
	}()
	nn.Register("Linear", nn.NewLinear(1, 1))
}

// writeModel writes a model file with a description of anything.
func writeModel(t testing.TB, path, network string, change func(meta map[string]string), entries ...safetensors.Entry) {
	t.Helper()
	meta := map[string]string{"gannet.format": "1", "gannet.network": network, "gannet.info": "{}"}
	if change != nil {
		change(meta)
	}
	if err := safetensors.Write(path, entries, meta); err != nil {
		t.Fatal(err)
	}
}

func entry(name string, shape ...int) safetensors.Entry {
	return safetensors.Entry{Name: name, Value: tensor.Zeros(shape...)}
}

// TestLoadHostile is about files that nobody should have written.
func TestLoadHostile(t *testing.T) {
	const linear = `{"type":"Linear","settings":{"In":3,"Out":2}}`
	weights := []safetensors.Entry{entry("weight", 2, 3), entry("bias", 2)}
	deep := func(n int) string {
		return strings.Repeat(`{"type":"Sequential","settings":{"Layers":[`, n) + `{"type":"ReLU"}` + strings.Repeat(`]}}`, n)
	}
	set := func(key, v string) func(map[string]string) { return func(m map[string]string) { m[key] = v } }
	cases := []struct {
		name, network string
		change        func(map[string]string)
		entries       []safetensors.Entry
		want          string // "" if it loads
	}{
		{"good", linear, nil, weights, ""},
		{"no format", linear, func(m map[string]string) { delete(m, "gannet.format") }, weights, "the file has weights but no description of a network; use LoadWeights"},
		{"format 3", linear, set("gannet.format", "3"), weights, `the file has format "3", want "2"; a newer version of the library may read it`},
		{"no info", linear, func(m map[string]string) { delete(m, "gannet.info") }, weights, "info: EOF"},
		{"info of another type", linear, set("gannet.info", `[1]`), weights, "info: json: cannot unmarshal array"},
		{"unknown info", linear, set("gannet.info", `{"colour":"red"}`), weights, `info: json: unknown field "colour"`},
		{"trailing info", linear, set("gannet.info", `{}{}`), weights, "info: more than one JSON value"},
		{"preprocessing", linear, set("gannet.info", `{"input":[48],"source":[3,4,4],"preprocess":[{"type":"Flatten"}]}`), weights, ""},
		{"unknown preprocessing", linear, set("gannet.info", `{"preprocess":[{"type":"Shred"}]}`), weights,
			`info: data: Pipeline: transform 0: type "Shred" is not known; data.RegisterTransform it`},
		{"std", linear, set("gannet.info", `{"preprocess":[{"type":"Normalize","settings":{"mean":[1],"std":[-1]}}]}`), weights,
			"info: data: Pipeline: transform 0: Normalize: standard deviation 0 is -1, want more than 0"},
		{"huge padding", linear, set("gannet.info", `{"preprocess":[{"type":"Pad","settings":{"left":1000000}}]}`), weights, "has a width of more than 65536"},
		{"huge resize", linear, set("gannet.info", `{"input":[1,32768,32768],"source":[1,8,8],"preprocess":[{"type":"Resize","settings":{"height":32768,"width":32768,"interpolation":"bilinear"}}]}`), weights,
			"info: preprocess: Pipeline: transform 0: a sample of shape [1 32768 32768] has 1073741824 values, want at most 67108864"},
		{"preprocessing to another input", linear, set("gannet.info", `{"input":[3],"preprocess":[{"type":"Pad","settings":{}}]}`), weights,
			"info: preprocess: Pipeline: transform 0: Pad: input has shape [3], want [C, H, W]"},
		{"input", linear, set("gannet.info", `{"input":[-3]}`), weights, "info: "},
		{"huge input", linear, set("gannet.info", `{"input":[4611686018427387904,4]}`), weights, "info: "},
		{"no network", "", nil, nil, "network: unexpected EOF"},
		{"null", "null", nil, nil, "network: null, want a module"},
		{"list", "[]", nil, nil, "network: a list, want an object"},
		{"settings first", `{"settings":{"In":3,"Out":2},"type":"Linear"}`, nil, weights, "network: settings come before the type"},
		{"settings twice", `{"type":"Linear","settings":{"In":3,"Out":2},"settings":{}}`, nil, weights, `network: duplicate key "settings"`},
		{"setting twice", `{"type":"Linear","settings":{"In":3,"Out":2,"In":3}}`, nil, weights, `network: Linear: duplicate key "In"`},
		{"no type", `{}`, nil, nil, "network: a module without type"},
		{"broken", `{"type":"Linear"`, nil, nil, "network: unexpected EOF"},
		{"trailing", linear + linear, nil, weights, "network: more than one JSON value"},
		{"unknown type", `{"type":"Transformer"}`, nil, nil, `network: module type "Transformer" is not known; nn.Register it`},
		{"unknown key", `{"type":"ReLU","colour":1}`, nil, nil, `network: unknown field "colour"`},
		{"settings of a function", `{"type":"ReLU","settings":{"a":1}}`, nil, nil, "network: ReLU: the module has no settings"},
		{"unknown setting", `{"type":"Linear","settings":{"In":3,"Out":2,"Colour":1}}`, nil, weights, `network: Linear: unknown setting "Colour"`},
		{"a parameter as setting", `{"type":"Linear","settings":{"In":3,"Out":2,"Weight":{}}}`, nil, weights, `network: Linear: unknown setting "Weight"`},
		{"wrong type", `{"type":"Linear","settings":{"In":"3","Out":2}}`, nil, weights, "network: Linear: In: json: cannot unmarshal string"},
		{"fraction", `{"type":"Linear","settings":{"In":3.5,"Out":2}}`, nil, weights, "network: Linear: In: json: cannot unmarshal number 3.5"},
		{"settings as list", `{"type":"Linear","settings":[3,2]}`, nil, weights, "network: Linear: a list, want an object"},
		{"no settings", `{"type":"Linear"}`, nil, weights, "the network: nn: Linear: 0 inputs and 0 outputs, want at least 1"},
		{"settings out of range", `{"type":"Dropout","settings":{"P":1.5}}`, nil, nil, "the network: nn: Dropout: probability 1.5"},
		{"string module", `{"type":"Pool","settings":{}}`, nil, nil, "network: Pool: json: cannot unmarshal object"},
		{"unknown pool", `{"type":"Pool","settings":"median"}`, nil, nil, `rnn: Pool: "median"`},
		{"layers as object", `{"type":"Sequential","settings":{"Layers":{}}}`, nil, nil, "network: Sequential: Layers: an object, want a list"},
		{"layer as number", `{"type":"Sequential","settings":{"Layers":[7]}}`, nil, nil, "network: Sequential: Layers: 0: a value of type float64, want an object"},
		{"layer null", `{"type":"Sequential","settings":{"Layers":[null]}}`, nil, nil, "the network: nn: Seq: layer 0 is nil"},
		{"layers null", `{"type":"Sequential","settings":{"Layers":null}}`, nil, nil, ""},
		{"part of a wrong type", `{"type":"test.gated","settings":{"Branch":{"type":"ReLU"}}}`, nil, nil, "network: test.gated: Branch: a *nn.Function, want a *nn.Linear"},
		{"hidden field", `{"type":"test.gated","settings":{"note":"x"}}`, nil, nil, `network: test.gated: unknown setting "note"`},
		{"left out field", `{"type":"test.gated","settings":{"Scratch":` + linear + `}}`, nil, nil, `network: test.gated: unknown setting "Scratch"`},
		{"64 deep", deep(64), nil, nil, ""},
		{"65 deep", deep(65), nil, nil, "modules lie in each other more than 64 deep"},
		{"very deep", deep(20000), nil, nil, "network: "},
		{"long", `{"type":"` + strings.Repeat("a", 5<<20) + `"}`, nil, nil, "network: description of 5242891 bytes, want at most 4194304"},
		{"no weights", linear, nil, nil, `the tensors are not those of the network: missing ["weight" "bias"]; unexpected none`},
		{"surplus weights", linear, nil, append(weights, entry("more", 1)), `the tensors are not those of the network: missing none; unexpected ["more"]`},
		{"wrong shape", linear, nil, []safetensors.Entry{entry("weight", 3, 2), entry("bias", 2)}, `tensor "weight" has shape [3 2], want [2 3]`},
		{"huge", `{"type":"Linear","settings":{"In":4611686018427387904,"Out":4611686018427387904}}`, nil, weights, `tensor "weight" has shape [2 3], want`},
		{"huge convolution", `{"type":"Conv2D","settings":{"In":1099511627776,"Out":1099511627776,"Kernel":[1048576,1048576],"Settings":{}}}`, nil, weights, `tensor "weight" has shape`},
		{"many recurrent layers", `{"type":"RNN","settings":{"In":1,"Hidden":1,"Layers":1000000000000,"Activation":"tanh"}}`, nil, nil, "1000000000000 layers, want at most"},
		{"many layers", `{"type":"Sequential","settings":{"Layers":[` + strings.Repeat(`{"type":"RNN","settings":{"In":1,"Hidden":1,"Layers":1000,"Activation":"tanh"}},`, 40000) + `{"type":"ReLU"}]}}`, nil, nil, "the network has more than 4096 parameters"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "model")
			writeModel(t, path, c.network, c.change, c.entries...)
			net, info, err := nn.Load(path)
			switch {
			case c.want == "" && (err != nil || net == nil || info == nil):
				t.Errorf("Load: %v, %v, %v; want a network", net, info, err)
			case c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), "nn: Load: "+path+": ") || !strings.Contains(err.Error(), c.want)):
				text := fmt.Sprint(err)
				t.Errorf("Load: %.300s, want nn: Load: … %s", text, c.want)
			case c.want != "" && (net != nil || info != nil):
				t.Errorf("Load returns %v and %v with the error, want nil", net, info)
			}
		})
	}
}

func TestLoadNoFile(t *testing.T) {
	dir := t.TempDir()
	if _, _, err := nn.Load(filepath.Join(dir, "model")); err == nil || !strings.HasPrefix(err.Error(), "nn: Load: ") {
		t.Errorf("Load of no file: %v, want an error", err)
	}
	if _, _, err := nn.Load(dir); err == nil {
		t.Error("Load of a folder gives no error")
	}
	path := filepath.Join(dir, "weights")
	if err := nn.SaveWeights(path, initialised(t, nn.NewLinear(1, 1))); err != nil {
		t.Fatal(err)
	}
	if _, _, err := nn.Load(path); err == nil || !strings.HasSuffix(err.Error(), "use LoadWeights") {
		t.Errorf("Load of weights: %v, want a hint", err)
	}
}

// A sample as it comes goes through what the file says.
func TestInfoPreprocess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model")
	info := nn.Info{
		Input: tensor.Shape{4}, Source: tensor.Shape{1, 4, 4},
		Preprocess: data.Pipeline{data.Resize(2, 2, data.Nearest), data.Normalize([]float32{1}, []float32{2}), data.Flatten()},
	}
	if err := nn.Save(path, nn.ReLU, info); err != nil {
		t.Fatal(err)
	}
	_, again, err := nn.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	y, err := again.Preprocess.Run(tensor.New([]float32{1, 3, 5, 7}, 1, 1, 4))
	if want := tensor.New([]float32{0, 2, 0, 2}, 4); err != nil || !y.Equal(want) {
		t.Errorf("Preprocess gives %v, %v, want %v", y, err, want)
	}
}

// TestDescription pins the format down.
func TestDescription(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model")
	if err := nn.Save(path, initialised(t, nn.Seq(nn.NewLinear(2, 1), nn.ReLU, rnn.Last)), nn.Info{}); err != nil {
		t.Fatal(err)
	}
	file, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	const want = `{"type":"Sequential","settings":{"Layers":[` +
		`{"type":"Linear","settings":{"In":2,"NoBias":false,"Out":1}},{"type":"ReLU"},{"type":"Pool","settings":"last"}]}}`
	meta := file.Metadata()
	if got := meta["gannet.network"]; got != want {
		t.Errorf("description is %s, want %s", got, want)
	}
	if meta["gannet.format"] != "2" || !json.Valid([]byte(meta["gannet.info"])) || meta["format"] != "pt" {
		t.Errorf("metadata is %v, want format 2, JSON info and pt", meta)
	}
}
