package nn_test

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
	"github.com/gannet-ml/gannet/tensor/safetensors"
)

// The environment variable that makes TestFormats write the file of today's format.
const writeVariable = "GANNET_WRITE_GOLDEN"

// parseFile parses a file of testdata.
func parseFile(t testing.TB, name string) (nn.Module, *nn.Info) {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	net, info, err := nn.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	return net, info
}

// TestFormats checks that files of all formats load to the same network, and that
// Save writes the last byte for byte.
func TestFormats(t *testing.T) {
	first, info := parseFile(t, "format1.safetensors")
	want := nn.Info{
		Input: tensor.Shape{1, 6, 6}, More: []tensor.Shape{{4, 3}}, InputNames: []string{"input_0", "input_1"}, OutputName: "output",
		Classes:    []string{"cat", "dog", "neither"},
		Preprocess: data.Pipeline{data.Resize(6, 6), data.Normalize([]float32{0.5}, []float32{0.25})}, Source: tensor.Shape{1, 12, 8},
		Notes: map[string]string{"author": "someone"},
	}
	if !reflect.DeepEqual(*info, want) {
		t.Errorf("info of format 1 is %+v, want %+v", *info, want)
	}

	given := want
	given.InputNames, given.OutputName, given.Step = []string{"picture", "steps"}, "logits", 1200
	path := filepath.Join(t.TempDir(), "model")
	if err := nn.Save(path, first, given); err != nil {
		t.Fatal(err)
	}
	written := readFile(t, path)
	golden := filepath.Join("testdata", "format2.safetensors")
	if os.Getenv(writeVariable) != "" {
		if err := os.WriteFile(golden, written, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	second, got := parseFile(t, "format2.safetensors")
	want = given
	want.Output, want.Library = tensor.Shape{3}, "(devel)"
	if !reflect.DeepEqual(*got, want) {
		t.Errorf("info of format 2 is %+v, want %+v", *got, want)
	}
	if !bytes.Equal(written, readFile(t, golden)) {
		t.Errorf("Save writes another file than %s", golden)
	}

	x, steps := nntest.Values(1, 5, 1, 6, 6), nntest.Values(2, 5, 4, 3)
	run := func(net nn.Module) *tensor.Tensor {
		tape := grad.NewTape(grad.Evaluation, 0)
		y := net.Forward(grad.Tuple(tape.Input(x), tape.Input(steps)))
		if err := tape.Err(); err != nil {
			t.Fatal(err)
		}
		return y.Data().Clone()
	}
	if a, b := run(first), run(second); !a.Equal(b) {
		t.Errorf("outputs are %v and %v, want the same bits", a, b)
	}
}

// TestInfoFile pins the info of a file down.
func TestInfoFile(t *testing.T) {
	f, err := safetensors.Open("testdata/format2.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	const want = `{"inputs":[{"name":"picture","type":"F32","shape":[1,6,6]},{"name":"steps","type":"F32","shape":[4,3]}],` +
		`"outputs":[{"name":"logits","type":"F32","shape":[3]}],"classes":["cat","dog","neither"],"preprocess":[`
	if got := f.Metadata()["gannet.info"]; !strings.HasPrefix(got, want) {
		t.Errorf("info is %s, want %s…", got, want)
	}
}

// TestInfoErrors is about what is wrong with an Info, given to Save or in a file.
func TestInfoErrors(t *testing.T) {
	two := []tensor.Shape{{3}}
	for _, c := range []struct {
		info nn.Info
		want string
	}{
		{nn.Info{Input: tensor.Shape{4}}, "the network does not accept inputs of shape [[4]]: grad: Linear: input has 4 features, want 3"},
		{nn.Info{Input: tensor.Shape{3}, More: two}, "the network does not accept inputs of shape [[3] [3]]: "},
		{nn.Info{Input: tensor.Shape{1<<30 + 1}}, "the network does not accept inputs of shape [[1073741825]]: sample: shape [1073741825] has"},
		{nn.Info{InputNames: []string{"a"}}, "1 names of inputs for 0 inputs"},
		{nn.Info{Input: tensor.Shape{3}, InputNames: []string{""}}, "input 0: the name is empty"},
		{nn.Info{Input: tensor.Shape{3}, InputNames: []string{"a\n"}}, `input 0: the name "a\n" has a control character`},
		{nn.Info{Input: tensor.Shape{3}, InputNames: []string{"\xff"}}, `input 0: the name "\xff" is not UTF-8`},
		{nn.Info{Input: tensor.Shape{3}, InputNames: []string{strings.Repeat("a", 2000)}}, "input 0: the name has 2000 bytes, want at most 1024"},
		{nn.Info{Input: tensor.Shape{3}, More: two, InputNames: []string{"a", "a"}}, `two inputs have the name "a"`},
		{nn.Info{Input: tensor.Shape{3}, InputNames: []string{"a"}, OutputName: "a"}, `an input and the output have the name "a"`},
		{nn.Info{OutputName: "\x00"}, `output: the name "\x00" has a control character`},
		{nn.Info{Input: tensor.Shape{3}, More: make([]tensor.Shape, 1024)}, "1025 inputs, want at most 1024"},
		{nn.Info{Step: -1}, "step -1, want at least 0"},
		{nn.Info{Notes: map[string]string{"a": strings.Repeat("a", 5<<20)}}, "the file could not be read again: info: "},
	} {
		err := nn.Save(filepath.Join(t.TempDir(), "model"), initialised(t, nn.NewLinear(3, 2)), c.info)
		if err == nil || !strings.HasPrefix(err.Error(), "nn: Save: "+c.want) {
			t.Errorf("Save: %v, want nn: Save: %s", err, c.want)
		}
	}
	const out = `"outputs":[{"name":"y","type":"F32"}]`
	for _, c := range []struct{ info, want string }{
		{`{}`, "0 outputs, want 1"},
		{`{"outputs":[{"name":"","type":"F32"}]}`, "output: the name is empty"},
		{`{"outputs":[{"name":"y","type":"F64"}]}`, `the type of "y" is "F64", want "F32"`},
		{`{"outputs":[{"name":"y","type":"F32","shape":[2]}]}`, "output: shape [2], but no input"},
		{`{"inputs":[{"name":"x","type":"F32","shape":[3]}],"outputs":[{"name":"y","type":"F32","shape":[-2]}]}`, "output: tensor: shape [-2]"},
		{`{"inputs":[{"name":"x","type":"F32","shape":[3]}],"outputs":[{"name":"y","type":"F32","shape":[2147483647]}]}`, "output: shape [2147483647] has"},
		{`{"inputs":[{"name":"x","type":"F32"}],` + out + `}`, `input "x" has no shape`},
		{`{"inputs":[{"name":"x","type":"F32","shape":[3]},{"name":"x","type":"F32","shape":[3]}],` + out + `}`, `two inputs have the name "x"`},
		{`{"input":[3],` + out + `}`, `json: unknown field "input"`},
		{`{"inputs":[{"name":"x","type":"F32","size":[3]}],` + out + `}`, `json: unknown field "size"`},
		{`{"inputs":[{}` + strings.Repeat(",{}", 1024) + `],` + out + `}`, "more than 1024 inputs or outputs"},
		{`{"step":-1,` + out + `}`, "step -1, want at least 0"},
	} {
		var b bytes.Buffer
		meta := map[string]string{"gannet.format": "2", "gannet.network": `{"type":"ReLU"}`, "gannet.info": c.info}
		if err := safetensors.Encode(&b, nil, meta); err != nil {
			t.Fatal(err)
		}
		_, _, err := nn.Parse(b.Bytes())
		if err == nil || !strings.HasPrefix(err.Error(), "nn: Parse: info: "+c.want) {
			t.Errorf("Parse of %s: %v, want nn: Parse: info: %s", c.info, err, c.want)
		}
	}
}

// TestInfoUnchanged checks that Save leaves what it is given alone, and where the
// outputs are probabilities.
func TestInfoUnchanged(t *testing.T) {
	for _, c := range []struct {
		last nn.Module
		want bool
	}{
		{nn.Softmax, true}, {nn.Softmin, true}, {nn.Sigmoid, true}, {nn.NewSoftmax(1), true}, {nn.Seq(nn.Tanh, nn.Seq(nn.Softmax)), true},
		{nn.NewSoftmax(0), false}, {nn.LogSoftmax, false}, {nn.ReLU, false}, {nn.Seq(), false},
	} {
		info := nn.Info{Input: tensor.Shape{3}, Output: tensor.Shape{7}, Library: "v0", Classes: []string{"a", "b"}}
		before := info
		path := filepath.Join(t.TempDir(), "model")
		if err := nn.Save(path, initialised(t, nn.Seq(nn.NewLinear(3, 2), c.last)), info); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(info, before) {
			t.Errorf("info is %+v after Save, want %+v", info, before)
		}
		net, got, err := nn.Load(path)
		if err != nil || got.Probabilities != c.want || !got.Output.Equal(tensor.Shape{2}) {
			t.Errorf("%v: info is %+v, %v, want probabilities %v", c.last, got, err, c.want)
			continue
		}
		p, err := got.Predictor(net)
		if err != nil {
			t.Fatal(err)
		}
		y, err := p.Predict(t.Context(), nntest.Values(1, 1, 3))
		if sum := y.At(0, 0) + y.At(0, 1); err != nil || !c.want && (sum < 0.999 || sum > 1.001) {
			t.Errorf("%v: prediction is %v, %v, want a sum of 1", c.last, y, err)
		}
		p.Close()
	}
}

func TestInfoPredictorErrors(t *testing.T) {
	net := initialised(t, nn.NewLinear(3, 2))
	for _, c := range []struct {
		info nn.Info
		want string
	}{
		{nn.Info{}, "nn: Predictor: the shape of the input is not known"},
		{nn.Info{Input: tensor.Shape{3}, Classes: []string{"a"}}, "nn: Predictor: output has shape [2], want logits of 1 classes"},
		{nn.Info{Input: tensor.Shape{4}}, "grad: Linear: input has 4 features, want 3"},
	} {
		if _, err := c.info.Predictor(net); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("Predictor of %+v: %v, want %s", c.info, err, c.want)
		}
	}
}
