package serve_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/tensor"
)

// double is a network with y = 2·x for three features.
func double(t testing.TB) *serve.Network { return times(t, 2) }

// times is a network with y = k·x for three features.
func times(t testing.TB, k float32) *serve.Network {
	t.Helper()
	l := nn.NewLinear(3, 3)
	net, err := nn.Init(1, nn.Seq(l))
	if err != nil {
		t.Fatal(err)
	}
	l.Bias.Value.Fill(0)
	tensor.MulScalarTo(l.Weight.Value, tensor.Eye(3), k)
	p, err := nn.NewPredictor(net, tensor.Shape{3})
	if err != nil {
		t.Fatal(err)
	}
	return &serve.Network{Predictor: p}
}

// server returns a server with the model "double", and closes it in the end.
func server(t testing.TB, o serve.Options) *serve.Server {
	t.Helper()
	s := serve.New(o)
	t.Cleanup(func() { s.Close() })
	if err := s.Register("double", "1", double(t)); err != nil {
		t.Fatal(err)
	}
	return s
}

// ask sends a request to a handler.
func ask(h http.Handler, method, path, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func request(values ...float32) *oip.Request {
	return &oip.Request{Inputs: []oip.Tensor{{
		Name: "input", Datatype: oip.FP32, Shape: tensor.Shape{len(values) / 3, 3}, Data: values,
	}}}
}

func TestInfer(t *testing.T) {
	s := server(t, serve.Options{})
	w := ask(s, "POST", "/v2/models/double/infer", `{"id":"a","inputs":[{"name":"input","datatype":"FP32","shape":[2,3],"data":[1,2,3,4.5,5,6]}]}`)
	want := `{"model_name":"double","model_version":"1","id":"a","outputs":[{"name":"output","datatype":"FP32","shape":[2,3],"data":[2,4,6,9,10,12]}]}`
	var a, b any
	if json.Unmarshal(w.Body.Bytes(), &a) != nil || json.Unmarshal([]byte(want), &b) != nil || fmt.Sprint(a) != fmt.Sprint(b) || w.Code != 200 {
		t.Errorf("status %d, body %s, want %s", w.Code, w.Body, want)
	}
	res, err := s.Infer(context.Background(), "double", "", request(1, 2, 3))
	if err != nil || res.Outputs[0].Data.([]float32)[2] != 6 {
		t.Errorf("Infer: %v, %v", res, err)
	}
	for path, status := range map[string]int{
		"/v2": 200, "/v2/": 200, "/v2/health/live": 200, "/v2/health/ready": 200, "/v2/models/double": 200,
		"/v2/models/double/versions/1": 200, "/v2/models/double/versions/1/ready": 200,
		"/v2/models/none": 404, "/v2/models/double/versions/2": 404, "/metrics": 404, "/": 404,
	} {
		if w := ask(s, "GET", path, ""); w.Code != status || !json.Valid(w.Body.Bytes()) {
			t.Errorf("GET %s: status %d, want %d: %s", path, w.Code, status, w.Body)
		}
	}
	for _, path := range []string{"/v2", "/metrics", "/v2/models/stats", "/v2/models/double/stats", "/debug/pprof/"} {
		if w := ask(s.Admin(), "GET", path, ""); w.Code != 200 {
			t.Errorf("GET %s of the admin handler: status %d: %s", path, w.Code, w.Body)
		}
	}
	b2, _ := io.ReadAll(ask(s.Admin(), "GET", "/metrics", "").Body)
	for _, want := range []string{`gannet_requests_total{code="200",model="double",version="1"}`, "gannet_batch_samples_bucket", "gannet_ready 1"} {
		if !bytes.Contains(b2, []byte(want)) {
			t.Errorf("metrics have no %s", want)
		}
	}
}

func askRequest(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}
