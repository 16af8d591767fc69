package serve_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/tensor"
)

// sums returns a network with y = (x₀+x₁, x₀−x₁).
func sums() *nn.Predictor {
	l := nn.NewLinear(2, 2)
	net, err := nn.Init(1, nn.Seq(l))
	if err != nil {
		log.Fatal(err)
	}
	l.Weight.Value.Copy(tensor.New([]float32{1, 1, 1, -1}, 2, 2))
	l.Bias.Value.Fill(0)
	p, err := nn.NewPredictor(net, tensor.Shape{2})
	if err != nil {
		log.Fatal(err)
	}
	return p
}

// A network that was trained answers over HTTP; a test server stands for
// ListenAndServe here.
func Example() {
	s := serve.New(serve.Options{})
	if err := s.Register("sums", "1", &serve.Network{Predictor: sums()}); err != nil {
		log.Fatal(err)
	}
	defer s.Close()
	h := httptest.NewServer(s)
	defer h.Close()

	res, err := http.Post(h.URL+"/v2/models/sums/infer", "application/json", strings.NewReader(
		`{"inputs": [{"name": "input", "datatype": "FP32", "shape": [2, 2], "data": [[3, 1], [10, 4]]}]}`))
	if err != nil {
		log.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	fmt.Println(res.StatusCode, string(body), err)
	// Output:
	// 200 {"model_name":"sums","model_version":"1","outputs":[{"name":"output","datatype":"FP32","shape":[2,2],"data":[4.0,2.0,14.0,6.0]}]} <nil>
}

// A network with what its file says of it, as nn.Load returns both.
func ExampleNewNetwork() {
	net, err := nn.Init(1, nn.Seq(nn.NewLinear(2, 2)))
	if err != nil {
		log.Fatal(err)
	}
	n, err := serve.NewNetwork(net, &nn.Info{Input: tensor.Shape{2}, InputNames: []string{"sides"}, Classes: []string{"cat", "dog"}})
	if err != nil {
		log.Fatal(err)
	}
	defer n.Close()
	fmt.Println(n.Inputs()[0].Name, n.Outputs()[0].Shape, n.Language != nil)
	// Output: sides [-1 2] false
}

// The same in Go, without a connection.
func ExampleServer_Infer() {
	s := serve.New(serve.Options{})
	defer s.Close()
	if err := s.Register("sums", "1", &serve.Network{Predictor: sums()}); err != nil {
		log.Fatal(err)
	}
	res, err := s.Infer(context.Background(), "sums", "", &oip.Request{ID: "a", Inputs: []oip.Tensor{
		{Name: "input", Datatype: oip.FP32, Shape: tensor.Shape{1, 2}, Data: []float32{3, 1}},
	}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.ID, res.Version, res.Outputs[0].Data)

	_, err = s.Infer(context.Background(), "sums", "", &oip.Request{Inputs: []oip.Tensor{
		{Name: "input", Datatype: oip.FP32, Shape: tensor.Shape{1, 3}, Data: []float32{3, 1, 2}},
	}})
	fmt.Println(err)
	// Output:
	// a 1 [4 2]
	// oip: input "input": got shape [1 3], want [-1 2]
}

// upper is a model without a network: text in, text out.
type upper struct{}

func (upper) Inputs() []oip.Port {
	return []oip.Port{{Name: "text", Datatype: oip.BYTES, Shape: tensor.Shape{-1}}}
}
func (upper) Outputs() []oip.Port {
	return []oip.Port{{Name: "upper", Datatype: oip.BYTES, Shape: tensor.Shape{-1}}}
}

func (upper) Infer(_ context.Context, in []oip.Tensor) ([]oip.Tensor, error) {
	var out [][]byte
	for _, b := range in[0].Data.([][]byte) {
		out = append(out, []byte(strings.ToUpper(string(b))))
	}
	return []oip.Tensor{{Name: "upper", Datatype: oip.BYTES, Shape: in[0].Shape, Data: out}}, nil
}

// Any function can be a model.
func ExampleModel() {
	s := serve.New(serve.Options{})
	defer s.Close()
	if err := s.Register("upper", "1", upper{}); err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("POST", "/v2/models/upper/infer", strings.NewReader(
		`{"inputs": [{"name": "text", "datatype": "BYTES", "shape": [2], "data": ["gannet", "sea"]}]}`)))
	fmt.Println(w.Body)
	// Output:
	// {"model_name":"upper","model_version":"1","outputs":[{"name":"upper","datatype":"BYTES","shape":[2],"data":["GANNET","SEA"]}]}
}

// A tenth of the requests tries the new version.
func ExampleServer_Route() {
	s := serve.New(serve.Options{})
	defer s.Close()
	for _, version := range []string{"1", "2"} {
		if err := s.Register("sums", version, &serve.Network{Predictor: sums()}); err != nil {
			log.Fatal(err)
		}
	}
	if err := s.Route("sums", serve.Policy{
		Labels: map[string]string{"stable": "1", "canary": "2"}, Pin: "stable", Canary: "canary", Share: 0.1,
	}); err != nil {
		log.Fatal(err)
	}
	count := map[string]int{}
	for range 100 {
		res, err := s.Infer(context.Background(), "sums", "", &oip.Request{Inputs: []oip.Tensor{
			{Name: "input", Datatype: oip.FP32, Shape: tensor.Shape{1, 2}, Data: []float32{3, 1}},
		}})
		if err != nil {
			log.Fatal(err)
		}
		count[res.Version]++
	}
	fmt.Println(count)
	// Output:
	// map[1:90 2:10]
}

// A folder of models is served, and followed.
func ExampleServer_Watch() {
	dir, err := os.MkdirTemp("", "models")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for version, net := range map[string]nn.Module{"1": nn.NewLinear(2, 1), "2": nn.NewLinear(3, 1)} {
		folder := filepath.Join(dir, "line", version)
		net, err := nn.Init(1, nn.Seq(net))
		if err != nil {
			log.Fatal(err)
		}
		if err := os.MkdirAll(folder, 0o777); err != nil {
			log.Fatal(err)
		}
		inputs := tensor.Shape{2}
		if version == "2" {
			inputs = tensor.Shape{3}
		}
		if err := nn.Save(filepath.Join(folder, "model.safetensors"), net, nn.Info{Input: inputs}); err != nil {
			log.Fatal(err)
		}
	}

	s := serve.New(serve.Options{})
	defer s.Close()
	if err := s.Watch(context.Background(), serve.Repository{Dir: dir, AnyShape: true}); err != nil {
		log.Fatal(err)
	}
	for _, m := range s.Index() {
		fmt.Println(m.Name, m.Version, m.State)
	}
	m, err := s.Model("line", "")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Inputs[0].Shape, s.Ready())
	// Output:
	// line 1 READY
	// line 2 READY
	// [-1 3] true
}

// Whoever uses the server has a key, whose secret the server does not know.
func ExampleKey() {
	key, secret := serve.NewKey("phone-app")
	key.Rate = 50 // requests a second
	s := serve.New(serve.Options{Keys: []serve.Key{key}})
	defer s.Close()
	if err := s.Register("sums", "1", &serve.Network{Predictor: sums()}); err != nil {
		log.Fatal(err)
	}
	for _, key := range []string{"", "guess", secret} {
		r := httptest.NewRequest("GET", "/v2/models/sums", nil)
		r.Header.Set("Authorization", "Bearer "+key)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	// Output:
	// 401
	// 401
	// 200
}

// A tracer sees the stages of a request, in the context of whoever sent it.
func ExampleOptions_trace() {
	s := serve.New(serve.Options{
		Trace: func(ctx context.Context, stage string) (context.Context, func(error)) {
			fmt.Println("begin", stage)
			return ctx, func(err error) { fmt.Println("end", stage, err) }
		},
	})
	defer s.Close()
	if err := s.Register("sums", "1", &serve.Network{Predictor: sums()}); err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("POST", "/v2/models/sums/infer", strings.NewReader(
		`{"inputs": [{"name": "input", "datatype": "FP32", "shape": [1, 2], "data": [3, 1]}]}`)))
	fmt.Println(w.Code)
	// Output:
	// begin serve.read
	// end serve.read <nil>
	// begin serve.infer
	// end serve.infer <nil>
	// begin serve.write
	// end serve.write <nil>
	// 200
}
