package serve_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/tensor"
)

// A server runs until its context is done; then it says that it is not ready, for as
// long as load balancers take to notice, and finishes what it has begun. Metrics and
// the rest that is not for clients have an address of their own.
func ExampleServer_Serve() {
	s := serve.New(serve.Options{Quiet: 10 * time.Millisecond})
	if err := s.Register("sums", "1", &serve.Network{Predictor: sums()}); err != nil {
		log.Fatal(err)
	}
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			log.Fatal(err)
		}
		return l
	}
	public, private := listen(), listen()
	ctx, stop := context.WithCancel(context.Background())
	admin, stopAdmin := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- s.Serve(ctx, public) }()
	go func() { done <- s.ServeAdmin(admin, private) }()

	for _, url := range []string{
		"http://" + public.Addr().String() + "/v2/models/sums/ready",
		"http://" + public.Addr().String() + "/metrics",
		"http://" + private.Addr().String() + "/metrics",
	} {
		res, err := http.Get(url)
		if err != nil {
			log.Fatal(err)
		}
		res.Body.Close()
		fmt.Println(res.StatusCode)
	}
	stop() // as a signal would
	fmt.Println(<-done)
	stopAdmin()
	fmt.Println(<-done)
	// Output:
	// 200
	// 404
	// 200
	// <nil>
	// <nil>
}

// ListenAndServe is Serve for an address.
func ExampleServer_ListenAndServe() {
	s := serve.New(serve.Options{})
	ctx, stop := context.WithTimeout(context.Background(), 20*time.Millisecond)
	defer stop()
	fmt.Println(s.ListenAndServe(ctx, "127.0.0.1:0"))
	// Output:
	// <nil>
}

// Clients have to show certificates that are signed by an authority of one's own.
func ExampleTLS() {
	settings, err := serve.TLS("server.pem", "server.key", "clients.pem")
	if err != nil {
		fmt.Println("no certificate")
		return
	}
	l, err := net.Listen("tcp", "127.0.0.1:8443")
	if err != nil {
		log.Fatal(err)
	}
	s := serve.New(serve.Options{})
	log.Fatal(s.Serve(context.Background(), tls.NewListener(l, settings)))
	// Output:
	// no certificate
}

// A folder as nn.Save leaves it becomes a model that classifies pictures of any
// size.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "light")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l := nn.NewLinear(16, 2)
	net, err := nn.Init(1, nn.Seq(nn.Flatten, l))
	if err != nil {
		log.Fatal(err)
	}
	l.Weight.Value.Index(0, 0).Fill(-1)
	l.Weight.Value.Index(0, 1).Fill(1)
	l.Bias.Value.Copy(tensor.New([]float32{8, -8}, 2))
	if err := nn.Save(filepath.Join(dir, "model.safetensors"), net, nn.Info{
		Input: tensor.Shape{1, 4, 4}, Classes: []string{"dark", "bright"}, Preprocess: data.Pipeline{data.Resize(4, 4)},
	}); err != nil {
		log.Fatal(err)
	}

	n, err := serve.Open(dir)
	if err != nil {
		log.Fatal(err)
	}
	s := serve.New(serve.Options{})
	defer s.Close()
	if err := s.Register("light", "1", n); err != nil {
		log.Fatal(err)
	}
	var picture strings.Builder
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 100, 80))); err != nil {
		log.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest("POST", "/v2/models/light/classify?top=1", strings.NewReader(picture.String())))
	fmt.Print(w.Body)
	var answer struct {
		Classes []serve.Class `json:"classes"`
	}
	err = json.Unmarshal(w.Body.Bytes(), &answer)
	fmt.Println(answer.Classes[0].Label, err)
	// Output:
	// {"model_name":"light","model_version":"1","classes":[{"label":"dark","index":0,"probability":0.9999999}]}
	// dark <nil>
}

// Those who run the server unload a model, and load it again.
func ExampleServer_Admin() {
	dir, err := os.MkdirTemp("", "models")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	net, err := nn.Init(1, nn.NewLinear(2, 1))
	if err != nil {
		log.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "line", "1"), 0o777); err != nil {
		log.Fatal(err)
	}
	if err := nn.Save(filepath.Join(dir, "line", "1", "model.safetensors"), net, nn.Info{Input: tensor.Shape{2}}); err != nil {
		log.Fatal(err)
	}
	s := serve.New(serve.Options{})
	defer s.Close()
	if err := s.Watch(context.Background(), serve.Repository{Dir: dir}); err != nil {
		log.Fatal(err)
	}
	if err := s.Unload(context.Background(), "line"); err != nil {
		log.Fatal(err)
	}
	index := func() {
		w := httptest.NewRecorder()
		s.Admin().ServeHTTP(w, httptest.NewRequest("POST", "/v2/repository/index", nil))
		fmt.Print(w.Body)
	}
	index()
	if err := s.Load(context.Background(), "line"); err != nil {
		log.Fatal(err)
	}
	index()
	// Output:
	// [{"name":"line","version":"1","state":"UNAVAILABLE","reason":"it is not loaded"}]
	// [{"name":"line","version":"1","state":"READY","reason":""}]
}

// A protocol of one's own in front of the same server, of requests that are bytes. A
// request is read when it is known what the model wants.
func ExampleServer_Call() {
	s := serve.New(serve.Options{})
	defer s.Close()
	if err := s.Register("sums", "1", &serve.Network{Predictor: sums()}); err != nil {
		log.Fatal(err)
	}
	message := []byte{3, 1}
	c := &serve.Call{Method: "add", Header: http.Header{"X-Request-Id": {"7"}}}
	err := s.Call(context.Background(), c, func(ctx context.Context) error {
		if err := c.Hold(4 * int64(len(message))); err != nil {
			return err
		}
		res, err := c.Infer(ctx, "sums", "", func(inputs []oip.Port) (*oip.Request, error) {
			values := []float32{float32(message[0]), float32(message[1])}
			in, err := oip.Arrange([]oip.Tensor{{Name: "input", Datatype: oip.FP32, Shape: tensor.Shape{1, 2}, Data: values}}, inputs)
			return &oip.Request{Inputs: in}, err
		})
		if err == nil {
			fmt.Println(c.ID(), res.Outputs[0].Data)
		}
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// 7 [4 2]
}

// What a server knows of itself; and how it stops by hand.
func ExampleServer_Drain() {
	s := serve.New(serve.Options{Name: "demo", Version: "1.2"})
	for _, version := range []string{"1", "2"} {
		if err := s.Register("sums", version, &serve.Network{Predictor: sums()}); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println(s.Metadata().Name, s.Metadata().Version, s.Options().MaxBatch)
	if err := s.Unregister("sums", "1"); err != nil {
		log.Fatal(err)
	}
	_, err := s.ModelReady("sums", "1")
	fmt.Println(err)
	ready, err := s.ModelReady("sums", "2")
	fmt.Println(ready, err)
	s.Drain()
	fmt.Println(s.Ready(), s.Draining())
	fmt.Println(s.Close())
	// Output:
	// demo 1.2 32
	// model "sums" has no version "1"
	// true <nil>
	// false true
	// <nil>
}

// Keys are kept in a file of names, hashes and rates.
func ExampleReadKeys() {
	key, _ := serve.NewKey("phone-app")
	key.Rate, key.Burst = 50, 100
	file := "# who may ask\n" + key.String() + "\n"
	keys, err := serve.ReadKeys(strings.NewReader(file))
	fmt.Println(len(keys), keys[0].Name, keys[0].Rate, keys[0].Burst, err)
	_, err = serve.ReadKeys(strings.NewReader("phone-app 1234\n"))
	fmt.Println(err)
	// Output:
	// 1 phone-app 50 100 <nil>
	// serve: ReadKeys: line 1: hash of 4 characters, want 64 hexadecimal digits
}

// Keys that are replaced hold for the next request.
func ExampleServer_SetKeys() {
	first, _ := serve.NewKey("first")
	s := serve.New(serve.Options{Keys: []serve.Key{first}})
	defer s.Close()
	second, secret := serve.NewKey("second")
	if err := s.SetKeys([]serve.Key{second}); err != nil {
		log.Fatal(err)
	}
	for _, secret := range []string{secret, "another"} {
		c := &serve.Call{Header: http.Header{"X-Api-Key": {secret}}}
		fmt.Println(s.Call(context.Background(), c, func(context.Context) error { return nil }))
	}
	fmt.Println(s.SetKeys(nil))
	// Output:
	// <nil>
	// unknown API key
	// serve: SetKeys: no keys, want at least one
}

// Memory that belongs to no call, such as answers that wait for slow clients, counts
// too.
func ExampleServer_Hold() {
	s := serve.New(serve.Options{MaxMemory: 1000})
	defer s.Close()
	fmt.Println(s.Hold(800))
	fmt.Println(s.Hold(800))
	s.Release(800)
	fmt.Println(s.Hold(800))
	// Output:
	// <nil>
	// the requests being served take 1000 bytes already
	// <nil>
}
