package serve_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/internal/suite"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/tensor"
)

// The files of this test are payloads that other servers are tested with, and binary
// ones after the text of the extension. They are not a part of the repository.

// fixtures returns the folder of such files.
func fixtures(t *testing.T) string {
	shared := os.Getenv("GANNET_SHARED")
	if shared == "" {
		t.Skip("GANNET_SHARED, the folder with the fixtures, is not set")
	}
	return filepath.Join(shared, "fixtures", "oip")
}

// rows returns a table of tab-separated values without its head.
func rows(t *testing.T, path string) (table [][]string) {
	t.Helper()
	for i, line := range strings.Split(strings.TrimSpace(string(read(t, path))), "\n") {
		if i > 0 {
			table = append(table, strings.Split(line, "\t"))
		}
	}
	return table
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// payload is what the test knows of a request, read without the code under test.
type payload struct {
	ID     string
	Inputs []struct {
		Name     string
		Shape    tensor.Shape
		Datatype oip.Datatype
		Data     any
	}
	Outputs []struct{ Name string }
}

// function is a model written in Go.
type function struct {
	in, out []oip.Port
	f       func(in []oip.Tensor) []oip.Tensor
}

func (m function) Inputs() []oip.Port  { return m.in }
func (m function) Outputs() []oip.Port { return m.out }
func (m function) Infer(_ context.Context, in []oip.Tensor) ([]oip.Tensor, error) {
	return m.f(in), nil
}

// iris is the decision tree that scikit-learn finds for Fisher's irises, to depth 2.
func iris(in []oip.Tensor) []oip.Tensor {
	var classes []int32
	for x := in[0].Data.([]float32); len(x) > 0; x = x[4:] {
		switch {
		case x[2] <= 2.45:
			classes = append(classes, 0)
		case x[3] <= 1.75:
			classes = append(classes, 1)
		default:
			classes = append(classes, 2)
		}
	}
	return []oip.Tensor{{Name: "output-0", Datatype: oip.INT32, Shape: tensor.Shape{len(classes)}, Data: classes}}
}

// total is the model of MLServer's tests that adds up.
func total(in []oip.Tensor) []oip.Tensor {
	sum := float32(0)
	for _, v := range in[0].Data.([]int32) {
		sum += float32(v)
	}
	return []oip.Tensor{{Name: "output-0", Datatype: oip.FP32, Shape: tensor.Shape{1}, Data: []float32{sum}}}
}

// imitation returns a model for a payload: the one that it was written for if it is
// simple enough, otherwise one that answers with the first input under each
// name that is asked for, or with all inputs under their own.
func imitation(file string, p *payload) (m serve.Model, want [][]string) {
	if len(p.Inputs) == 0 {
		return function{ports("input-0", oip.FP32, -1, 4), ports("output-0", oip.INT32, -1), iris}, nil
	}
	first := p.Inputs[0]
	switch {
	case strings.Contains(file, "iris") || strings.HasPrefix(file, "raw"):
		return function{ports("input-0", oip.FP32, -1, 4), ports("output-0", oip.INT32, -1), iris}, [][]string{{"1", "1"}}
	case first.Name == "input-0" && (first.Datatype == oip.INT32 || first.Datatype == "" || first.Datatype == "INT322") && len(p.Outputs) == 0:
		values := elements(first.Data, oip.INT32)
		sum := 0
		for _, v := range values {
			n, _ := strconv.Atoi(v)
			sum += n
		}
		return function{ports("input-0", oip.INT32, -1, -1), ports("output-0", oip.FP32, 1), total}, [][]string{{strconv.Itoa(sum)}}
	}
	var in suite.Echo
	for _, i := range p.Inputs {
		shape := i.Shape.Clone()
		for k := range shape {
			shape[k] = -1
		}
		in = append(in, oip.Port{Name: i.Name, Datatype: i.Datatype, Shape: shape})
		want = append(want, elements(i.Data, i.Datatype))
	}
	if len(p.Outputs) == 0 {
		return in, want
	}
	var out []oip.Port
	want = nil
	for _, o := range p.Outputs {
		out = append(out, oip.Port{Name: o.Name, Datatype: in[0].Datatype, Shape: in[0].Shape})
		want = append(want, elements(first.Data, first.Datatype))
	}
	return function{in, out, func(in []oip.Tensor) []oip.Tensor {
		list := make([]oip.Tensor, len(out))
		for i := range list {
			list[i] = oip.Tensor{Name: out[i].Name, Datatype: in[0].Datatype, Shape: in[0].Shape.Clone(), Data: in[0].Data}
		}
		return list
	}}, want
}

func ports(name string, d oip.Datatype, shape ...int) []oip.Port {
	return []oip.Port{{Name: name, Datatype: d, Shape: shape}}
}

// elements returns the elements of nested lists as text.
func elements(data any, d oip.Datatype) (list []string) {
	switch data := data.(type) {
	case []any:
		for _, v := range data {
			list = append(list, elements(v, d)...)
		}
	case json.Number:
		switch d {
		case oip.FP32:
			v, _ := strconv.ParseFloat(string(data), 32)
			return []string{fmt.Sprint(float32(v))}
		case oip.FP64:
			v, _ := data.Float64()
			return []string{fmt.Sprint(v)}
		}
		return []string{string(data)}
	case string, bool:
		return []string{fmt.Sprint(data)}
	}
	return list
}

// texts returns the elements of a tensor as text.
func texts(t oip.Tensor) (list []string) {
	if data, ok := t.Data.([][]byte); ok {
		for _, b := range data {
			list = append(list, string(b))
		}
		return list
	}
	data := reflect.ValueOf(t.Data)
	for i := range data.Len() {
		list = append(list, fmt.Sprint(data.Index(i)))
	}
	return list
}

// served returns the answer of a server with one model.
func served(t *testing.T, m serve.Model, body []byte, header http.Header) *httptest.ResponseRecorder {
	t.Helper()
	s := serve.New(serve.Options{})
	defer s.Close()
	if err := s.Register("m", "v1.2.3", m); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/v2/models/m/infer", bytes.NewReader(body))
	r.Header = header
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// understood checks an answer with status 200.
func understood(w *httptest.ResponseRecorder, id string, want [][]string) error {
	header, err := oip.ParseHeader(w.Header().Get(oip.Header))
	if err != nil {
		return err
	}
	res, err := oip.DecodeResponse(w.Body.Bytes(), header, oip.Limits{})
	if err != nil {
		return err
	}
	if res.ID != id || res.Model != "m" || res.Version != "v1.2.3" {
		return fmt.Errorf("model %q, version %q, id %q, want m, v1.2.3 and %q", res.Model, res.Version, res.ID, id)
	}
	if want == nil {
		return nil
	}
	var got [][]string
	for _, o := range res.Outputs {
		got = append(got, texts(o))
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		return fmt.Errorf("outputs %.300q, want %.300q", got, want)
	}
	return nil
}

// TestFixtures asks what the tests of KServe and MLServer ask.
func TestFixtures(t *testing.T) {
	dir := fixtures(t)
	all, passed := 0, 0
	check := func(name, verdict string, body []byte) {
		all++
		if t.Run(name, func(t *testing.T) {
			var p payload
			d := json.NewDecoder(bytes.NewReader(body))
			d.UseNumber()
			d.Decode(&p) // those that are refused need not fit
			m, want := imitation(filepath.Base(name), &p)
			w := served(t, m, body, http.Header{})
			if verdict == "valid" {
				if err := understood(w, p.ID, want); w.Code != 200 || err != nil {
					t.Errorf("status %d, want 200: %v; %.300s", w.Code, err, w.Body)
				}
				if binary := bytes.Contains(body, []byte("binary_data")); binary != (w.Header().Get(oip.Header) != "") {
					t.Errorf("header %s is %q, the request asks for binary outputs: %v", oip.Header, w.Header().Get(oip.Header), binary)
				}
			} else if w.Code != 400 || !bytes.Contains(w.Body.Bytes(), []byte(`{"error":"`)) {
				t.Errorf("status %d, want 400 (%s): %.300s", w.Code, verdict, w.Body)
			}
		}) {
			passed++
		}
	}
	for _, row := range rows(t, filepath.Join(dir, "index.tsv")) {
		name, verdict := row[0], row[1]
		body := read(t, filepath.Join(dir, filepath.FromSlash(name)))
		switch {
		case verdict == "valid response":
			all++
			if t.Run(name, func(t *testing.T) { response(t, name, body) }) {
				passed++
			}
		case strings.HasSuffix(name, ".txt"):
			for i, line := range strings.Split(strings.TrimSpace(string(body)), "\n") {
				of := "valid"
				if strings.HasPrefix(verdict, "refuse") || strings.HasPrefix(verdict, fmt.Sprintf("line %d refused", i+1)) {
					of = verdict
				}
				check(fmt.Sprintf("%s/%d", name, i+1), of, []byte(line))
			}
		default:
			check(name, verdict, body)
		}
	}
	t.Logf("%d of %d", passed, all)
}

// response reads an answer of another server with the types of this one, which must
// keep all of it.
func response(t *testing.T, name string, body []byte) {
	var v any
	switch filepath.Base(name) {
	case "metadata-server-response.json":
		v = new(serve.Metadata)
	case "metadata-model-response.json":
		v = new(serve.ModelMetadata)
	default:
		res, err := oip.DecodeResponse(body, -1, oip.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		again, _, err := res.Encode(nil)
		if err != nil || !equalJSON(again, body) {
			t.Errorf("%s, want %s (%v)", again, body, err)
		}
		return
	}
	if err := json.Unmarshal(body, v); err != nil {
		t.Fatal(err)
	}
	if again, err := json.Marshal(v); err != nil || !equalJSON(again, body) {
		t.Errorf("%s, want %s (%v)", again, body, err)
	}
}

func equalJSON(a, b []byte) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// TestBinaryFixtures asks with bodies that were made after the text of the binary
// extension, by a program in another language.
func TestBinaryFixtures(t *testing.T) {
	dir := filepath.Join(fixtures(t), "binary-made-here")
	words := suite.Echo(ports("s", oip.BYTES, -1))
	models := map[string]serve.Model{
		"bytes_input": words, "bytes_length_past_end": words,
		"zero_elements": suite.Echo(ports("z", oip.FP32, -1, 4)),
		"fp16_bf16":     suite.Echo(append(ports("h", oip.FP16, -1), ports("b", oip.BF16, -1)...)),
		"two_inputs_mixed": suite.Echo{
			{Name: "j", Datatype: oip.INT64, Shape: tensor.Shape{-1}}, {Name: "u", Datatype: oip.UINT32, Shape: tensor.Shape{-1, -1}},
			{Name: "b", Datatype: oip.BOOL, Shape: tensor.Shape{-1}},
		},
	}
	versicolor := [][]string{{"1", "1"}}
	answers := map[string][][]string{
		"iris_binary_input": versicolor, "iris_binary_input_output": versicolor, "iris_binary_all_outputs": versicolor, "raw_request": versicolor,
		"two_inputs_mixed": {{"9007199254740993", "-9223372036854775808"}, {"1", "2", "3", "4294967295"}, {"true", "false", "true"}},
		"bytes_input":      {{"h\u00e9\x00x", ""}},
		"zero_elements":    {nil},
	}
	all, passed := 0, 0
	for _, row := range rows(t, filepath.Join(dir, "index.tsv")) {
		name, status, what := row[0], row[1], row[2]
		all++
		if t.Run(name, func(t *testing.T) {
			var list map[string]string
			if err := json.Unmarshal(read(t, filepath.Join(dir, name+".headers.json")), &list); err != nil {
				t.Fatal(err)
			}
			header := http.Header{}
			for k, v := range list {
				header.Set(k, v)
			}
			m := models[name]
			if m == nil {
				m = function{ports("input-0", oip.FP32, -1, 4), ports("output-0", oip.INT32, -1), iris}
			}
			w := served(t, m, read(t, filepath.Join(dir, name+".body")), header)
			if code := fmt.Sprint(w.Code); !strings.Contains(status, code) && !strings.Contains(what, "or "+code) {
				t.Fatalf("status %s, want %s (%s): %.300s", code, status, what, w.Body)
			}
			if w.Code != 200 {
				return
			}
			id := ""
			if name == "iris_binary_input_output" {
				id = "42"
			}
			if err := understood(w, id, answers[name]); err != nil {
				t.Error(err)
			}
		}) {
			passed++
		}
	}
	t.Logf("%d of %d", passed, all)
}
