package serve_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/tensor"
)

// painter returns a network that says how dark and how bright a picture of 4×4 is,
// which other pictures are resized to.
func painter(t *testing.T) *serve.Network {
	t.Helper()
	l := nn.NewLinear(16, 3)
	net, err := nn.Init(1, nn.Seq(nn.Flatten, l))
	if err != nil {
		t.Fatal(err)
	}
	l.Weight.Value.Fill(0)
	l.Bias.Value.Copy(tensor.New([]float32{0, 0, -1}, 3))
	l.Weight.Value.Index(0, 0).Fill(-1)
	l.Weight.Value.Index(0, 1).Fill(1)
	info := &nn.Info{
		Input: tensor.Shape{1, 4, 4}, Classes: []string{"dark", "bright", "none"},
		Preprocess: data.Pipeline{data.Resize(4, 4), data.Normalize([]float32{0.5}, []float32{0.5})},
	}
	p, err := info.Predictor(net)
	if err != nil {
		t.Fatal(err)
	}
	return &serve.Network{Predictor: p, Info: info}
}

func TestClassify(t *testing.T) {
	s := server(t, serve.Options{MaxPixels: 1000})
	if err := s.Register("painter", "1", painter(t)); err != nil {
		t.Fatal(err)
	}
	w := ask(s, "GET", "/v2/models/painter", "")
	if want := `"inputs":[{"name":"input","datatype":"FP32","shape":[-1,1,-1,-1]}]`; !strings.Contains(w.Body.String(), want) {
		t.Errorf("metadata %s, want %s: the pictures may have any size", w.Body, want)
	}
	for _, c := range []struct {
		name, path, body string
		status           int
	}{
		{"of the size of the input", "painter/classify", picture(t, 4, 4), 200},
		{"larger", "painter/versions/1/classify", picture(t, 31, 20), 200},
		{"one class", "painter/classify?top=1", picture(t, 9, 9), 200},
		{"too large", "painter/classify", picture(t, 40, 40), 400},
		{"no picture", "painter/classify", "hello", 400},
		{"nothing", "painter/classify", "", 400},
		{"half a picture", "painter/classify", picture(t, 30, 30)[:60], 400},
		{"no class", "painter/classify?top=0", picture(t, 4, 4), 400},
		{"odd number of classes", "painter/classify?top=x", picture(t, 4, 4), 400},
		{"a model of other inputs", "double/classify", picture(t, 4, 4), 501},
		{"unknown model", "none/classify", picture(t, 4, 4), 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(s, "POST", "/v2/models/"+c.path, c.body, "Content-Type", "image/png")
			if w.Code != c.status {
				t.Fatalf("status %d, want %d: %s", w.Code, c.status, w.Body)
			}
			if w.Code != 200 {
				return
			}
			var got struct {
				Model   string        `json:"model_name"`
				Version string        `json:"model_version"`
				Classes []serve.Class `json:"classes"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if got.Model != "painter" || got.Version != "1" || got.Classes[0].Label != "dark" || got.Classes[0].Probability < 0.99 {
				t.Errorf("a black picture is %+v", got)
			}
			if n := len(got.Classes); n != 1 && strings.Contains(c.path, "top=1") || n > 3 {
				t.Errorf("%d classes", n)
			}
		})
	}
	if w := ask(s, "POST", "/v2/models/painter/infer", picture(t, 4, 4), "Content-Type", "image/png"); w.Code != 415 || !strings.Contains(w.Body.String(), "classify") {
		t.Errorf("a picture for infer: status %d: %s", w.Code, w.Body)
	}

	// The server preprocesses tensors too, of any size.
	zeros := `{"inputs":[{"name":"input","datatype":"FP32","shape":[1,1,2,3],"data":[0,0,0,0,0,0]}],"outputs":[{"name":"output","parameters":{"classification":2}}]}`
	w = ask(s, "POST", "/v2/models/painter/infer", zeros)
	if want := `"datatype":"BYTES","shape":[1,2],"data":["1.000000:0:dark","0.000000:`; w.Code != 200 || !strings.Contains(w.Body.String(), want) {
		t.Errorf("classification: status %d: %s, want %s", w.Code, w.Body, want)
	}
	for _, k := range []string{"0", "-1", `"2"`, "1.5"} {
		if w := ask(s, "POST", "/v2/models/painter/infer", strings.Replace(zeros, `"classification":2`, `"classification":`+k, 1)); w.Code != 400 {
			t.Errorf("classification %s: status %d: %s", k, w.Code, w.Body)
		}
	}
	if w := ask(s, "POST", "/v2/models/painter/infer", strings.Replace(zeros, `[1,1,2,3]`, `[1,2,1,3]`, 1)); w.Code != 400 {
		t.Errorf("two channels: status %d: %s", w.Code, w.Body)
	}
}
