package nn_test

import (
	"bytes"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor/safetensors"
)

// TestLoadAllocation checks the promise of Load, counting what is freed on the way,
// with files that ask for much.
func TestLoadAllocation(t *testing.T) {
	many := func(element string, n int) string { return strings.TrimSuffix(strings.Repeat(element+",", n), ",") }
	seq := func(layers string) string { return `{"type":"Sequential","settings":{"Layers":[` + layers + `]}}` }
	info := func(members string) string { return `{"outputs":[{"name":"y","type":"F32"}],` + members + `}` }
	port := `{"name":"x","type":"F32","shape":[]}`
	n := 4 << 20
	if testing.Short() {
		n >>= 4
	}
	deep := strings.Repeat(`{"type":"Sequential","settings":{"Layers":[`, 60)
	cases := []struct{ name, format, network, info string }{
		{"many functions", "2", seq(many(`{"type":"ReLU"}`, n/17)), ""},
		{"many layers without parameters", "2", seq(many(`{"type":"Dropout"}`, n/20)), ""},
		{"many norms", "2", seq(many(`{"type":"BatchNorm","settings":{"Features":1}}`, n/48)), ""},
		{"many convolutions", "2", seq(many(`{"type":"Conv2D"}`, n/19)), ""},
		{"many recurrent layers", "2", seq(many(`{"type":"RNN","settings":{"In":1,"Hidden":1,"Layers":1000,"Activation":"tanh"}}`, n/90)), ""},
		{"many nulls", "2", seq(many(`null`, n/6)), ""},
		{"deep and long", "2", deep + many(`{"type":"ReLU"}`, n/17) + strings.Repeat(`]}}`, 60), ""},
		{"many axes", "2", `{"type":"LayerNorm","settings":{"Shape":[` + many("1", n/3) + `]}}`, ""},
		{"long name", "2", `{"type":"` + strings.Repeat("a", n-20) + `"}`, ""},
		{"escapes", "2", `{"type":"` + strings.Repeat(`\u0041`, n/7) + `"}`, ""},
		{"many settings", "2", `{"type":"Linear","settings":{` + strings.Repeat(`"In":1,`, n/8) + `"In":1}}`, ""},
		{"2^40 features", "2", `{"type":"BatchNorm","settings":{"Features":1099511627776}}`, ""},
		{"10^9 words", "2", `{"type":"Embedding","settings":{"Vocabulary":1000000000,"Dim":1000}}`, ""},
		{"many inputs", "2", `{"type":"ReLU"}`, `{"outputs":[{"name":"y","type":"F32"}],"inputs":[` + many(port, n/40) + `]}`},
		{"many empty inputs", "2", `{"type":"ReLU"}`, `{"outputs":[],"inputs":[` + many("{}", n/4) + `]}`},
		{"many classes", "2", `{"type":"ReLU"}`, info(`"classes":[` + many(`""`, n/4) + `]`)},
		{"many notes", "2", `{"type":"ReLU"}`, info(`"notes":{` + strings.TrimSuffix(notes(n/12), ",") + `}`)},
		{"many transforms", "2", `{"type":"ReLU"}`, info(`"preprocess":[` + many(`{"type":"Flatten"}`, n/20) + `]`)},
		{"many shapes of format 1", "1", `{"type":"ReLU"}`, `{"input":[1],"more":[` + many("[]", n/4) + `]}`},
		{"info of 50 MB", "2", `{"type":"ReLU"}`, strings.Repeat(" ", 50<<20)},
		{"info of 50 MB of format 1", "1", `{"type":"ReLU"}`, strings.Repeat(" ", 50<<20)},
	}
	number := regexp.MustCompile(`:(\d+)|\[\d+|,\d+`)
	for _, c := range saved { // every number of every kind of layer
		file := savedFile(t, c.net)
		network := file.Metadata()["gannet.network"]
		for _, at := range number.FindAllStringIndex(network, -1) {
			for _, v := range []string{"1000000000", "1099511627776", "9223372036854775807", "-1"} {
				cases = append(cases, struct{ name, format, network, info string }{
					c.name + " with " + v, "2", network[:at[0]+1] + v + network[at[1]:], ""})
			}
		}
	}
	worst, worstName := 0, ""
	for _, c := range cases {
		if c.info == "" {
			c.info = `{"outputs":[{"name":"y","type":"F32"}]}`
		}
		var b bytes.Buffer
		meta := map[string]string{"gannet.format": c.format, "gannet.network": c.network, "gannet.info": c.info}
		if err := safetensors.Encode(&b, []safetensors.Entry{entry("weight", 3, 4)}, meta); err != nil {
			t.Fatal(err)
		}
		if extra := promised(t, c.name, b.Bytes(), 8*b.Len()); extra > worst {
			worst, worstName = extra, c.name
		}
	}
	t.Logf("at most %d MiB beside eight times the file: %s", worst>>20, worstName)
}

// notes returns members with different keys.
func notes(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"%x":"",`, i)
	}
	return b.String()
}

// TestLoadHonestAllocation is the same for files that are what they say.
func TestLoadHonestAllocation(t *testing.T) {
	net := initialised(t, nn.Seq(nn.NewLinear(1000, 2000), nn.ReLU, nn.NewLinear(2000, 10)))
	f := savedFile(t, net)
	var entries, small []safetensors.Entry
	for _, name := range f.Names() {
		raw, err := f.ReadRaw(name)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, safetensors.Entry{Name: name, Raw: raw})
		e := &safetensors.Raw{DType: safetensors.F8_E4M3, Shape: raw.Shape, Data: raw.Data[:len(raw.Data)/4]}
		small = append(small, safetensors.Entry{Name: name, Raw: e})
	}
	for name, list := range map[string][]safetensors.Entry{"F32": entries, "F8": small} {
		var b bytes.Buffer
		if err := safetensors.Encode(&b, list, f.Metadata()); err != nil {
			t.Fatal(err)
		}
		size := map[string]int{"F32": 1, "F8": 4}[name] * b.Len()
		if extra := promised(t, name, b.Bytes(), size); extra > 1<<20 {
			t.Errorf("%s: %d bytes allocated beside the tensors, want at most 1 MiB", name, extra)
		}
		if _, _, err := nn.Parse(b.Bytes()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// promised parses a file and checks that it allocates at most what Load promises,
// size bytes and 256 MiB. It returns what there is beside size.
func promised(t *testing.T, name string, file []byte, size int) int {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := nn.Parse(file)
	runtime.ReadMemStats(&after)
	got := int(after.TotalAlloc - before.TotalAlloc)
	if limit := size + 256<<20; got > limit {
		text := fmt.Sprint(err)
		t.Errorf("%s: %d bytes allocated for a file of %d, want at most %d (%.200s)", name, got, len(file), limit, text)
	}
	return max(got-size, 0)
}

// savedFile returns the file of a network.
func savedFile(t *testing.T, net nn.Module) *safetensors.File {
	t.Helper()
	file, err := saveToMemory(initialised(t, net), &nn.Info{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
