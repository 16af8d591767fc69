package nn_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/safetensors"
)

func TestSaveLoadWeights(t *testing.T) {
	for _, c := range predicted {
		t.Run(c.name, func(t *testing.T) {
			net := initialised(t, c.make())
			path := filepath.Join(t.TempDir(), "weights")
			if err := nn.SaveWeights(path, net); err != nil {
				t.Fatal(err)
			}
			fresh := c.make() // without Init
			if err := nn.LoadWeights(path, fresh); err != nil {
				t.Fatal(err)
			}
			sameWeights(t, "loaded", fresh, weights(net))

			other, err := nn.Init(9, c.make())
			if err != nil {
				t.Fatal(err)
			}
			value := nn.Params(other)[0].Value
			if err := nn.LoadWeights(path, other); err != nil {
				t.Fatal(err)
			}
			sameWeights(t, "loaded into values", other, weights(net))
			if nn.Params(other)[0].Value != value {
				t.Error("LoadWeights replaces the value of a parameter, to which a tape may refer; want it changed in place")
			}
		})
	}
}

// TestLoadWeightsErrors checks what does not fit, and that nothing has changed.
func TestLoadWeightsErrors(t *testing.T) {
	many := make([]safetensors.Entry, 10)
	for i := range many {
		many[i] = entry(fmt.Sprintf("x%d", i), 1)
	}
	raw := func(name string, d safetensors.DType, data []byte, shape ...int) safetensors.Entry {
		return safetensors.Entry{Name: name, Raw: &safetensors.Raw{DType: d, Shape: shape, Data: data}}
	}
	cases := []struct {
		name    string
		entries []safetensors.Entry
		want    string
	}{
		{"missing", []safetensors.Entry{entry("0.weight", 2, 3)}, `missing ["0.bias"]; unexpected none`},
		{"unexpected", []safetensors.Entry{entry("0.weight", 2, 3), entry("0.bias", 2), entry("1.bias", 2)}, `missing none; unexpected ["1.bias"]`},
		{"other names", []safetensors.Entry{entry("fc.weight", 2, 3), entry("fc.bias", 2)}, `missing ["0.weight" "0.bias"]; unexpected ["fc.bias" "fc.weight"]`},
		{"many", many, `unexpected ["x0" "x1" "x2" "x3" "x4" "x5" "x6" "x7"] and 2 more`},
		{"shape", []safetensors.Entry{entry("0.weight", 3, 2), entry("0.bias", 2)}, `tensor "0.weight" has shape [3 2], want [2 3]`},
		{"rank", []safetensors.Entry{entry("0.weight", 2, 3), entry("0.bias", 2, 1)}, `tensor "0.bias" has shape [2 1], want [2]`},
		{"type of the last", []safetensors.Entry{entry("0.weight", 2, 3), raw("0.bias", safetensors.I64, make([]byte, 16), 2)}, `"0.bias"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "weights")
			if err := safetensors.Write(path, c.entries, nil); err != nil {
				t.Fatal(err)
			}
			net := initialised(t, nn.Seq(nn.NewLinear(3, 2)))
			before := weights(net)
			err := nn.LoadWeights(path, net)
			if err == nil || !strings.HasPrefix(err.Error(), "nn: LoadWeights: "+path+": ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("LoadWeights: %v, want nn: LoadWeights: … %s", err, c.want)
			}
			sameWeights(t, "after the error", net, before)
		})
	}
	if err := nn.LoadWeights(filepath.Join(t.TempDir(), "none"), nn.NewLinear(1, 1)); err == nil || !strings.HasPrefix(err.Error(), "nn: LoadWeights: ") {
		t.Errorf("LoadWeights of no file: %v, want an error", err)
	}
	if err := nn.SaveWeights(filepath.Join(t.TempDir(), "none"), nn.NewLinear(1, 1)); err == nil || err.Error() != `nn: SaveWeights: parameter "weight" has no value; call nn.Init first` {
		t.Errorf("SaveWeights without Init: %v, want an error", err)
	}
}

// TestLoadWeightsTypes reads weights of other types, as PyTorch writes them.
func TestLoadWeightsTypes(t *testing.T) {
	want := []float32{1.5, -0.25}
	types := map[safetensors.DType]func(b []byte, v float32) []byte{
		safetensors.F64: func(b []byte, v float32) []byte {
			return binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(v)))
		},
		safetensors.F32: func(b []byte, v float32) []byte { return binary.LittleEndian.AppendUint32(b, math.Float32bits(v)) },
		safetensors.BF16: func(b []byte, v float32) []byte {
			return binary.LittleEndian.AppendUint16(b, uint16(math.Float32bits(v)>>16))
		},
		safetensors.F16: func(b []byte, v float32) []byte {
			return binary.LittleEndian.AppendUint16(b, map[float32]uint16{1.5: 0x3e00, -0.25: 0xb400}[v])
		},
	}
	for d, encode := range types {
		t.Run(string(d), func(t *testing.T) {
			var b []byte
			for _, v := range want {
				b = encode(b, v)
			}
			path := filepath.Join(t.TempDir(), "weights")
			entries := []safetensors.Entry{
				{Name: "weight", Raw: &safetensors.Raw{DType: d, Shape: tensor.Shape{2, 1}, Data: b}},
				{Name: "bias", Raw: &safetensors.Raw{DType: d, Shape: tensor.Shape{2}, Data: b}},
			}
			if err := safetensors.Write(path, entries, nil); err != nil {
				t.Fatal(err)
			}
			l := nn.NewLinear(1, 2)
			if err := nn.LoadWeights(path, l); err != nil {
				t.Fatal(err)
			}
			if got := l.Bias.Value; !got.Equal(tensor.New(want, 2)) {
				t.Errorf("bias is %v, want %v", got, want)
			}
		})
	}
}

// TestLoadWeightsPyTorch checks that a state dict of a batch normalisation loads,
// which has a counter.
func TestLoadWeightsPyTorch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weights")
	entries := []safetensors.Entry{
		entry("0.weight", 2), entry("0.bias", 2), entry("0.running_mean", 2), entry("0.running_var", 2),
		{Name: "0.num_batches_tracked", Value: tensor.New([]int{7})},
	}
	if err := safetensors.Write(path, entries, nil); err != nil {
		t.Fatal(err)
	}
	if err := nn.LoadWeights(path, nn.Seq(nn.NewBatchNorm(2))); err != nil {
		t.Error(err)
	}
}

// TestTiedWeights checks that a tied parameter is saved once.
func TestTiedWeights(t *testing.T) {
	l := nn.NewLinear(2, 2)
	net := initialised(t, nn.Seq(l, nn.Tanh, l))
	path := filepath.Join(t.TempDir(), "weights")
	if err := nn.SaveWeights(path, net); err != nil {
		t.Fatal(err)
	}
	again := nn.NewLinear(2, 2)
	twice := nn.Seq(again, nn.Tanh, again)
	if err := nn.LoadWeights(path, twice); err != nil {
		t.Fatal(err)
	}
	x := tensor.Ones(1, 2)
	if got, want := forward(t, twice, x), forward(t, net, x); !got.Equal(want) {
		t.Errorf("output is %v, want %v", got, want)
	}
}
