package data

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// every is a pipeline of every transform, with pictures of [3, 12, 12] for it.
func every() Pipeline {
	return Pipeline{
		Pad(1, 2, 3, 4),
		PadToMultiple(5),
		RandomCrop(16, 1),
		CenterCrop(14),
		ResizeShorter(13, Nearest),
		Resize(12, 11, Bicubic),
		RandomResizedCrop(10, Scale(0.3, 0.9), Ratio(0.5, 2)),
		RandomHorizontalFlip(0.5),
		RandomVerticalFlip(0.5),
		RandomRotation(20, Bilinear, Fill(0.1, 0.2, 0.3)),
		RandomAffine(10, Translate(0.1, 0.2), Scale(0.8, 1.2), Shear(5, 6)),
		RandomApply(0.5, ColorJitter(0.1, 0.2, 0.3, 0.4)),
		RandomChoice(RandomGrayscale(0.5), GaussianBlur(3, 0.1, 2)),
		Pipeline{RandAugment(2, 9), TrivialAugmentWide(Bilinear)},
		Grayscale(1),
		Normalize([]float32{0.1}, []float32{0.7}),
		RandomErasing(0.5, Noise),
		RandomErasing(0.5, Fill(1)),
		Flatten(),
	}
}

// ramp returns a picture with numbers from 0 to 1.
func ramp(shape ...int) *tensor.Tensor {
	x := tensor.Make[float32](shape...)
	for i := range x.Data() {
		x.Data()[i] = float32(i*37%256) / 255
	}
	return x
}

func TestPipelineRun(t *testing.T) {
	x := tensor.New([]float32{1, 2, 3, 4}, 1, 2, 2)
	p := Pipeline{Pad(1, 0, 0, 0), Normalize([]float32{1}, []float32{2}), Flatten()}
	y, err := p.Run(x)
	if want := tensor.New([]float32{-0.5, 0, 0.5, -0.5, 1, 1.5}, 6); err != nil || !y.Equal(want) {
		t.Errorf("Run = %v, %v, want %v", y, err, want)
	}
	if want := tensor.New([]float32{1, 2, 3, 4}, 1, 2, 2); !x.Equal(want) {
		t.Errorf("Run leaves x as %v, want %v", x, want)
	}
	y, err = p.Run(x.Transpose(1, 2)) // a strided view
	if want := tensor.New([]float32{-0.5, 0, 1, -0.5, 0.5, 1.5}, 6); err != nil || !y.Equal(want) {
		t.Errorf("Run of a view = %v, %v, want %v", y, err, want)
	}
	y, err = Pipeline(nil).Run(x)
	if err != nil || !y.Equal(x) {
		t.Errorf("an empty Pipeline makes %v, %v of %v", y, err, x)
	}
	for _, c := range []struct {
		p    Pipeline
		x    *tensor.Tensor
		want string
	}{
		{nil, nil, "data: Pipeline: x is nil"},
		{Pipeline{Flatten(), Pad(1, 1, 1, 1)}, x, "data: Pipeline: transform 1: Pad: input has shape [4]"},
		{Pipeline{nil}, x, "data: Pipeline: transform 0: the transform is nil"},
		{Pipeline{Pipeline{failing{fmt.Errorf("broken")}}}, x, "data: Pipeline: transform 0: transform 0: broken"},
		{Pipeline{Resize(32768, 32768)}, x, "a sample of shape [1 32768 32768] has 1073741824 values, want at most 67108864"},
	} {
		_, err := c.p.Run(c.x)
		wantError(t, c.want, err, c.want)
	}
}

// A Pipeline in a Map, its transforms one by one and a Pipeline in a Pipeline
// do the same, but for which random numbers they get.
func TestPipelineInMap(t *testing.T) {
	base := Tensors(ramp(2, 3, 12, 12), tensor.Make[int](2))
	fixed := []Transform{Pad(1, 0, 2, 3), Resize(9, 9), Normalize([]float32{0.5}, []float32{0.5}), Flatten()}
	want := at(t, Map(base, fixed...), 1, 1, 0)
	for name, ds := range map[string]Dataset{
		"Pipeline":  Map(base, Pipeline(fixed)),
		"nested":    Map(base, fixed[0], Pipeline{Pipeline(fixed[1:3])}, fixed[3]),
		"with none": Map(base, Pipeline{}, Pipeline(fixed), Pipeline(nil)),
		"by chance": Map(base, RandomChoice(Pipeline(fixed), Pipeline{Pipeline(fixed)})),
	} {
		if got := at(t, ds, 1, 1, 0); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	// Two equal random transforms in a Pipeline choose on their own.
	s := at(t, Map(base, Pipeline{Flatten(), noise{}}), 0, 1, 0)
	u := at(t, Map(base, Pipeline{Flatten(), Flatten(), noise{}}), 0, 1, 0)
	if slices.Equal(s, u) {
		t.Error("the place in a Pipeline does not matter")
	}
}

func TestPipelineJSON(t *testing.T) {
	p := every()
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	var q Pipeline
	if err := json.Unmarshal(text, &q); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(p, q) {
		t.Errorf("%s comes back as %v, want %v", text, q, p)
	}
	base := Tensors(ramp(2, 3, 12, 12), tensor.Make[int](2))
	for epoch := range 20 {
		if got, want := at(t, Map(base, q), 1, 3, epoch), at(t, Map(base, p), 1, 3, epoch); !slices.Equal(got, want) {
			t.Fatalf("epoch %d: the pipeline that was read makes %v, want %v", epoch, got, want)
		}
	}
	// Every registered type of the package is among them.
	for name := range kinds.types {
		if !strings.Contains(name, ".") && !strings.Contains(string(text), `"type":"`+name+`"`) {
			t.Errorf("%s is registered but not tested", name)
		}
	}
}

// The names and settings in files do not change.
func TestPipelineFormat(t *testing.T) {
	text, err := json.Marshal(every())
	if err != nil {
		t.Fatal(err)
	}
	const want = `[` +
		`{"type":"Pad","settings":{"left":1,"top":2,"right":3,"bottom":4}},` +
		`{"type":"PadToMultiple","settings":{"k":5}},` +
		`{"type":"RandomCrop","settings":{"size":16,"padding":1}},` +
		`{"type":"CenterCrop","settings":{"size":14}},` +
		`{"type":"ResizeShorter","settings":{"size":13,"interpolation":"nearest"}},` +
		`{"type":"Resize","settings":{"height":12,"width":11,"interpolation":"bicubic"}},` +
		`{"type":"RandomResizedCrop","settings":{"size":10,"scale":[0.3,0.9],"ratio":[0.5,2],"interpolation":"bilinear"}},` +
		`{"type":"RandomHorizontalFlip","settings":{"p":0.5}},` +
		`{"type":"RandomVerticalFlip","settings":{"p":0.5}},` +
		`{"type":"RandomRotation","settings":{"degrees":20,"interpolation":"bilinear","fill":[0.1,0.2,0.3]}},` +
		`{"type":"RandomAffine","settings":{"degrees":10,"translate":[0.1,0.2],"scale":[0.8,1.2],"shear":[5,6],"interpolation":"nearest","fill":[0]}},` +
		`{"type":"RandomApply","settings":{"p":0.5,"transforms":[{"type":"ColorJitter","settings":{"brightness":0.1,"contrast":0.2,"saturation":0.3,"hue":0.4}}]}},` +
		`{"type":"RandomChoice","settings":{"transforms":[{"type":"RandomGrayscale","settings":{"p":0.5}},{"type":"GaussianBlur","settings":{"size":3,"sigma":[0.1,2]}}]}},` +
		`{"type":"Pipeline","settings":[{"type":"RandAugment","settings":{"operations":2,"magnitude":9,"interpolation":"nearest"}},{"type":"TrivialAugmentWide","settings":{"interpolation":"bilinear"}}]},` +
		`{"type":"Grayscale","settings":{"channels":1}},` +
		`{"type":"Normalize","settings":{"mean":[0.1],"std":[0.7]}},` +
		`{"type":"RandomErasing","settings":{"p":0.5,"scale":[0.02,0.33],"ratio":[0.3,3.3],"noise":true}},` +
		`{"type":"RandomErasing","settings":{"p":0.5,"scale":[0.02,0.33],"ratio":[0.3,3.3],"fill":[1]}},` +
		`{"type":"Flatten"}]`
	if string(text) != want {
		t.Errorf("JSON is\n%s\nwant\n%s", text, want)
	}
	for _, p := range []Pipeline{nil, {}} {
		if text, err := json.Marshal(p); string(text) != "[]" || err != nil {
			t.Errorf("an empty pipeline is %s, %v, want []", text, err)
		}
	}
}

func TestPipelineJSONErrors(t *testing.T) {
	deep := func(n int) string {
		return strings.Repeat(`[{"type":"Pipeline","settings":`, n) + "[]" + strings.Repeat("}]", n)
	}
	for _, c := range []struct{ text, want string }{
		{`{}`, "cannot unmarshal object"},
		{`[7]`, "cannot unmarshal number"},
		{`[null]`, `data: Pipeline: transform 0: type "" is not known; data.RegisterTransform it`},
		{`[{"type":"Flatten"},{"type":"Shred"}]`, `data: Pipeline: transform 1: type "Shred" is not known`},
		{`[{"type":"Flatten","colour":1}]`, `data: Pipeline: json: unknown field "colour"`},
		{`[{"type":"Flatten","settings":{"a":1}}]`, `transform 0: Flatten: json: unknown field "a"`},
		{`[{"type":"Pad","settings":{"left":1,"up":1}}]`, `transform 0: Pad: json: unknown field "up"`},
		{`[{"type":"Pad","settings":{"left":1.5}}]`, "Pad: json: cannot unmarshal number 1.5"},
		{`[{"type":"Pad","settings":[1,2,3,4]}]`, "Pad: json: cannot unmarshal array"},
		{`[{"type":"Pad","settings":{"left":-1}}]`, "transform 0: Pad: (-1, 0, 0, 0) has a negative width"},
		{`[{"type":"Pad","settings":{"left":65537}}]`, "Pad: (65537, 0, 0, 0) has a width of more than 65536"},
		{`[{"type":"PadToMultiple","settings":{"k":1000000}}]`, "k is 1000000, want 1 to 65536"},
		{`[{"type":"RandomCrop","settings":{"size":5,"padding":1000000}}]`, "padding is 1000000, want 0 to 65536"},
		{`[{"type":"Resize","settings":{"height":1000000,"width":1,"interpolation":"bilinear"}}]`, "Resize: size is 1000000, want 1 to 65536"},
		{`[{"type":"Resize","settings":{"height":1,"width":1}}]`, `Resize: interpolation "", want one of ["nearest" "bilinear" "bicubic"]`},
		{`[{"type":"Resize"}]`, "Resize: size is 0"},
		{`[{"type":"CenterCrop"}]`, "CenterCrop: size is 0"},
		{`[{"type":"RandomErasing","settings":{"p":0.5}}]`, "RandomErasing: ratio is 0 to 0"},
		{`[{"type":"RandomErasing","settings":{"p":0.5,"scale":[0.1],"ratio":[1,2]}}]`, "RandomErasing: 1 numbers, want 2"},
		{`[{"type":"RandomErasing","settings":{"p":0.5,"scale":[0.1,0.2,0.3],"ratio":[1,2]}}]`, "RandomErasing: 3 numbers, want 2"},
		{`[{"type":"GaussianBlur","settings":{"size":1000001,"sigma":[1,2]}}]`, "size is 1000001, want an odd number from 1 to 1023"},
		{`[{"type":"RandAugment","settings":{"operations":1000000,"interpolation":"nearest"}}]`, "1000000 operations, want 0 to 64"},
		{`[{"type":"RandomApply","settings":{"p":0.5,"transforms":[{"type":"Resize"}]}}]`, "RandomApply: data: Pipeline: transform 0: Resize: size is 0"},
		{`[{"type":"RandomChoice"}]`, "RandomChoice: no transforms"},
		{"[" + strings.Repeat(`{"type":"Flatten"},`, 256) + `{"type":"Flatten"}]`, "257 transforms, want at most 256"},
		{`[{"type":"` + strings.Repeat("a", 1<<20) + `"}]`, "a description of 1048589 bytes, want at most 1048576"},
		{deep(12), "a description with brackets 25 deep, want at most 24"},
		{deep(4000), "a description with brackets 8001 deep, want at most 24"},
		{`[{"type":"\"[[{\\"}]`, "is not known"},
	} {
		p := Pipeline{Flatten()}
		err := json.Unmarshal([]byte(c.text), &p)
		wantError(t, fmt.Sprintf("%.80s", c.text), err, c.want)
		if len(p) != 1 {
			t.Errorf("%.80s: the pipeline is %v after the error, want what it was", c.text, p)
		}
	}
	var p Pipeline
	if err := json.Unmarshal([]byte(deep(11)), &p); err != nil {
		t.Errorf("11 pipelines in each other: %v", err)
	}
	for _, c := range []struct {
		p    Pipeline
		want string
	}{
		{Pipeline{Flatten(), noise{}}, "data: Pipeline: transform 1: type data.noise is not known; data.RegisterTransform it"},
		{Pipeline{nil}, "transform 0: type <nil> is not known"},
		{Pipeline{RandomApply(0.5, noise{})}, "transform 0: type data.noise is not known"},
		{Pipeline{Normalize([]float32{1}, []float32{0})}, "transform 0: Normalize: standard deviation 0 is 0"},
		{Pipeline{Resize(3, 3, Noise)}, "transform 0: Resize: there is no option Noise"},
	} {
		_, err := json.Marshal(c.p)
		wantError(t, c.want, err, c.want)
	}
}

// invert is a transform of a user's own.
type invert struct {
	Top float32 `json:"top"`
}

func (t *invert) Shape(in tensor.Shape) (tensor.Shape, error) { return in, nil }
func (t *invert) Apply(dst, src *tensor.Tensor, _ *Rand) error {
	for i, v := range src.Data() {
		dst.Data()[i] = t.Top - v
	}
	return nil
}

func init() { RegisterTransform("test.invert", &invert{}) }

func TestRegisterTransform(t *testing.T) {
	text, err := json.Marshal(Pipeline{&invert{3}})
	if want := `[{"type":"test.invert","settings":{"top":3}}]`; err != nil || string(text) != want {
		t.Fatalf("JSON is %s, %v, want %s", text, err, want)
	}
	var p Pipeline
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	y, err := p.Run(tensor.New([]float32{1, 5}, 2))
	if want := tensor.New([]float32{2, -2}, 2); err != nil || !y.Equal(want) {
		t.Errorf("it makes %v, %v, want %v", y, err, want)
	}
	for name, prototype := range map[string]Transform{"Pad": noise{}, "test.other": &invert{}} {
		func() {
			defer func() {
				if r := fmt.Sprint(recover()); !strings.Contains(r, "is taken") {
					t.Errorf("%s, %T: recovered %s, want that it is taken", name, prototype, r)
				}
			}()
			RegisterTransform(name, prototype)
		}()
	}
}

var bigNumber = regexp.MustCompile(`\d{3}`)

// FuzzPipeline feeds descriptions: what is accepted can be saved again to the
// same, and works on a picture or says why not.
func FuzzPipeline(f *testing.F) {
	text, err := json.Marshal(every())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	for _, t := range every() {
		if text, err = json.Marshal(Pipeline{t}); err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`[{"type":"Pipeline","settings":[[]]}]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var p Pipeline
		if json.Unmarshal(text, &p) != nil {
			return
		}
		again, err := json.Marshal(p)
		if err != nil {
			t.Fatalf("%s cannot be saved: %v", text, err)
		}
		var q Pipeline
		if err := json.Unmarshal(again, &q); err != nil {
			t.Fatalf("%s cannot be read again: %v", again, err)
		}
		if third, err := json.Marshal(q); err != nil || string(third) != string(again) {
			t.Fatalf("%s is saved again as %s, %v", again, third, err)
		}
		x := ramp(3, 12, 12)
		if _, err := p.Shape(x.Shape()); err != nil || len(text) > 1000 || bigNumber.Match(text) {
			return // it does not fit, or takes long
		}
		if _, err := p.Run(x); err != nil {
			t.Fatalf("%s fits but fails: %v", text, err)
		}
	})
}
