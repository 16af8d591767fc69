package drift

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// references returns one of every kind.
func references(t testing.TB) []*Reference {
	x := rows(1, 120)
	x.Set(nan, 5, 1)
	list := []*Reference{
		reference(t, 1, 120), mustReference(t, x), mustReference(t, tensor.Normal(1, 0, 1, 100, 2, 3, 3)),
		mustReference(t, tensor.Normal(1, 0, 1, 100, 70)),
	}
	for _, o := range []Outputs{Numbers, Probabilities} {
		ref, err := NewReference(nil, tensor.Uniform(1, 0, 1, 100), o)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, ref)
	}
	return list
}

// A reference of a file says the same as the one that was saved, and is saved as the
// same bytes.
func TestSaveLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drift.json")
	for _, ref := range references(t) {
		if err := ref.Save(path); err != nil {
			t.Fatal(err)
		}
		first, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		back, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := back.Save(path); err != nil {
			t.Fatal(err)
		}
		second, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Errorf("%s %s: saved again the file is another one", ref.layout, ref.outputs)
		}
	}

	ref := reference(t, 1, 300)
	if err := ref.Save(path); err != nil {
		t.Fatal(err)
	}
	back, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	want, _ := json.Marshal(observe(t, monitor(t, ref, Options{}), rows(2, 200)))
	got, _ := json.Marshal(observe(t, monitor(t, back, Options{}), rows(2, 200)))
	if !bytes.Equal(got, want) {
		t.Errorf("report\n%s, want\n%s", got, want)
	}
}

// Batches make the reference that all samples at once do, and of more samples than are
// kept a seed makes the same choice.
func TestBuilder(t *testing.T) {
	x := rows(1, 900)
	var texts []string
	for _, size := range []int{900, 100, 7} {
		b := NewBuilder(SampleSize(200), Seed(3))
		for i := 0; i < 900; i += size {
			part := x.Slice(0, i, min(i+size, 900))
			if err := b.Add(part, logits(part)); err != nil {
				t.Fatal(err)
			}
		}
		ref, err := b.Reference()
		if err != nil {
			t.Fatal(err)
		}
		if ref.Samples() != 900 || ref.rows != 200 || sum(ref.classes) != 900 {
			t.Errorf("%d samples, %d rows, %v classes, want 900, 200 and 900 in all", ref.Samples(), ref.rows, ref.classes)
		}
		text, err := json.Marshal(ref.file())
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	if texts[1] != texts[0] || texts[2] != texts[0] {
		t.Error("references of batches of different size differ")
	}
	other, err := NewReference(x, logits(x), SampleSize(200), Seed(4))
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := json.Marshal(other.file()); string(text) == texts[0] {
		t.Error("another seed chooses the same samples")
	}
}

func TestParseErrors(t *testing.T) {
	text, err := json.Marshal(reference(t, 1, 100).file())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, new, want string }{
		{`{"format"`, `[{"format"`, "unexpected EOF"},
		{`"format":"gannet.drift"`, `"format":"other"`, `format is "other", want "gannet.drift"`},
		{`"version":1`, `"version":2`, "version is 2, want 1; a newer version of the library may read it"},
		{`"version":1`, `"version":1,"more":0`, `json: unknown field "more"`},
		{`"rows":100`, `"rows":101`, "101 rows of 100 samples, want 100 to 100000 rows"},
		{`"rows":100`, `"rows":10`, "10 rows of 100 samples, want 100 to 100000 rows"},
		{`"samples":100`, `"samples":-1`, "100 rows of -1 samples"},
		{`"layout":"columns"`, `"layout":"rows"`, `layout is "rows", which is unknown`},
		{`"layout":"columns"`, `"layout":"channels"`, "inputs have 4 features, want 20, and 1 to 64"},
		{`"layout":"columns"`, `"layout":"whole"`, `layout "whole" has width 4`},
		{`"width":4`, `"width":400`, "width is 400, want 0 to 64"},
		{`"outputs":"logits"`, `"outputs":"odds"`, `outputs are "odds"`},
		{`"outputs":"logits"`, `"outputs":"probabilities"`, `outputs have features ["entropy" "confidence" "energy"], want ["entropy" "confidence"]`},
		{`"single":3`, `"single":0`, "0 outputs for a sample, want 1 to 1048576"},
		{`"single":3`, `"single":4`, "3 classes, want 4"},
		{`"classes":[`, `"classes":[-1,`, "4 classes, want 3"},
		{`"classes":[`, `"classes":[101,0,0],"classes":[101,`, "4 classes, want 3"},
		{`"name":"x1"`, `"name":"x0"`, `feature name "x0" is taken`},
		{`"values":[`, `"values":[9e9,`, `feature "x0": 101 values of 100 rows`},
		{`"values":[-`, `"values":[`, `feature "x0": the values are not sorted`},
		{`"values":[`, `"values":[1e39,`, "json: cannot unmarshal number 1e39"},
		{`"center":[`, `"center":[0,`, "cloud: 5 means and 10 covariances of 4 features, want 4 and 10"},
		{`"covariance":[`, `"covariance":[-`, "cloud: the covariance has a negative variance"},
		{`"distances":[`, `"distances":[-1,`, "cloud: 101 distances of 100 rows"},
	} {
		if !strings.Contains(string(text), c.old) {
			t.Fatalf("the file has no %s", c.old)
		}
		_, err := Parse([]byte(strings.Replace(string(text), c.old, c.new, 1)))
		if err == nil || !strings.HasPrefix(err.Error(), "drift: Parse: "+c.want) {
			t.Errorf("%s: error %v, want %s", c.new, err, c.want)
		}
	}
	if _, err := Load(filepath.Join(t.TempDir(), "none")); err == nil || !strings.HasPrefix(err.Error(), "drift: Load: ") {
		t.Errorf("error %v of a file that is not there", err)
	}
}

// What Parse accepts can be watched and is saved as what it was.
func FuzzParse(f *testing.F) {
	for _, ref := range references(f) {
		text, err := json.Marshal(ref.file())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"format":"gannet.drift","version":1,"samples":100,"rows":100,"layout":"custom","inputs":[{"name":"a","values":[]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		ref, err := Parse(data)
		if err != nil {
			return
		}
		text, err := json.Marshal(ref.file())
		if err != nil {
			t.Fatal(err)
		}
		back, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := json.Marshal(back.file()); !bytes.Equal(again, text) {
			t.Fatalf("saved again it is\n%s, before\n%s", again, text)
		}
		o := Options{Window: 3, MinSamples: 1}
		if ref.layout == custom {
			o.Features = func(dst, x *tensor.Tensor) error { dst.Copy(x); return nil }
		}
		m := monitor(t, ref, o)
		var x, y *tensor.Tensor
		switch ref.layout {
		case columns, custom:
			x = tensor.Normal(1, 0, 1, 3, len(ref.inputs))
		case channels:
			x = tensor.Normal(1, 0, 1, 3, ref.width, 2)
		case channelsLast:
			x = tensor.Normal(1, 0, 1, 3, 2, ref.width)
		case whole:
			x = tensor.Normal(1, 0, 1, 3, 2)
		}
		if ref.outputs != "" {
			if ref.single > 1000 {
				return
			}
			y = tensor.Uniform(1, 0, 1, 3, ref.single)
		}
		if err := m.Observe(x, y); err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(m.Report()); err != nil {
			t.Fatal(err)
		}
	})
}
