package serve_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// gate is an operation y = x that tells how many samples it was given and waits to
// be let through. It panics at the value 13.
type gate struct{ *door }

type door struct {
	shut atomic.Bool
	in   chan int
	out  chan struct{}
}

func newGate() gate { return gate{&door{in: make(chan int, 100), out: make(chan struct{})}} }

func (gate) Name() string      { return "Gate" }
func (gate) Needs() grad.Needs { return grad.Needs{} }
func (gate) Infer(in, out []tensor.Shape) error {
	out[0] = append(out[0][:0], in[0]...)
	return nil
}
func (g gate) Forward(c *grad.Call) {
	c.Out(0).Copy(c.In(0))
	if slices.Contains(c.Out(0).Data(), 13) {
		panic("unlucky")
	}
	if g.shut.Load() {
		g.in <- c.In(0).Dim(0)
		<-g.out
	}
}
func (gate) Backward(*grad.Call) {}

// gated returns a server with the model "gate", whose predictions wait from now on.
func gated(t *testing.T, o serve.Options) (*serve.Server, gate) {
	t.Helper()
	g := newGate()
	net := nn.Func("Gate", func(x *grad.Var) *grad.Var { return grad.Apply(g, x) })
	p, err := nn.NewPredictor(net, tensor.Shape{3})
	if err != nil {
		t.Fatal(err)
	}
	s := serve.New(o)
	if err := s.Register("gate", "1", &serve.Network{Predictor: p}); err != nil {
		t.Fatal(err)
	}
	// The first prediction of a size traces the network.
	for n := 1; n <= 64; n *= 2 {
		if _, err := p.Predict(t.Context(), tensor.Make[float32](n, 3)); err != nil {
			t.Fatal(err)
		}
	}
	g.shut.Store(true)
	t.Cleanup(func() { s.Close() })
	return s, g
}

// open lets everything through from now on.
func (g gate) open() {
	g.shut.Store(false)
	close(g.out)
}

// asked sends a request of a sample and returns what becomes of it.
func asked(s *serve.Server, ctx context.Context, values ...float32) <-chan error {
	c := make(chan error, 1)
	go func() {
		res, err := s.Infer(ctx, "gate", "", request(values...))
		if err == nil && !slices.Equal(res.Outputs[0].Data.([]float32), values) {
			err = fmt.Errorf("got %v, want %v", res.Outputs[0].Data, values)
		}
		c <- err
	}()
	return c
}

// waiting waits until n requests are in the queue.
func waiting(t *testing.T, s *serve.Server, n int) {
	t.Helper()
	want := fmt.Sprintf("gannet_queue_depth{model=%q,version=\"1\"} %d\n", "gate", n)
	for range 1000 {
		if strings.Contains(ask(s.Admin(), "GET", "/metrics", "").Body.String(), want) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("the queue has not %d requests", n)
}

// TestBatches tests that requests which wait are computed together, and only as many
// as fit.
func TestBatches(t *testing.T) {
	s, g := gated(t, serve.Options{MaxBatch: 4})
	results := []<-chan error{asked(s, t.Context(), 0, 1, 2)}
	<-g.in // it is being computed
	for i := range 6 {
		results = append(results, asked(s, t.Context(), float32(i), 5, 5))
	}
	waiting(t, s, 6)
	g.out <- struct{}{}
	sizes := []int{<-g.in}
	g.out <- struct{}{}
	sizes = append(sizes, <-g.in)
	g.open()
	for i, c := range results {
		if err := <-c; err != nil {
			t.Errorf("request %d: %v", i, err)
		}
	}
	if !slices.Equal(sizes, []int{4, 2}) {
		t.Errorf("batches of %v samples, want 4 and 2", sizes)
	}
}

// TestMaxDelay tests that a request waits for others, but not when a batch is full.
func TestMaxDelay(t *testing.T) {
	s, g := gated(t, serve.Options{MaxBatch: 4, MaxDelay: time.Hour, Timeout: 9 * time.Hour})
	results := []<-chan error{asked(s, t.Context(), 1, 2, 3), asked(s, t.Context(), 4, 5, 6), asked(s, t.Context(), 7, 8, 9)}
	waiting(t, s, 3)
	select {
	case n := <-g.in:
		t.Errorf("a batch of %d is computed, want it to wait", n)
	case <-time.After(10 * time.Millisecond):
	}
	results = append(results, asked(s, t.Context(), 0, 1, 2))
	if n := <-g.in; n != 4 {
		t.Errorf("a batch of %d, want 4", n)
	}
	g.open()
	for _, c := range results {
		if err := <-c; err != nil {
			t.Error(err)
		}
	}
}

// TestMaxDelayDeadline tests that a request waits for others no longer than half the
// time it has.
func TestMaxDelayDeadline(t *testing.T) {
	s, g := gated(t, serve.Options{MaxDelay: time.Hour})
	g.open()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := <-asked(s, ctx, 1, 2, 3); err != nil {
		t.Error(err)
	}
}

// TestQueueFull tests that the queue is bounded, and that a request whose client is
// gone frees its place.
func TestQueueFull(t *testing.T) {
	s, g := gated(t, serve.Options{MaxQueue: 2})
	first := asked(s, t.Context(), 1, 1, 1)
	<-g.in
	ctx, cancel := context.WithCancel(t.Context())
	second, third := asked(s, ctx, 2, 2, 2), asked(s, t.Context(), 3, 3, 3)
	waiting(t, s, 2)
	err := <-asked(s, t.Context(), 4, 4, 4)
	var e *oip.Error
	if !errors.As(err, &e) || e.Status != http.StatusServiceUnavailable || e.Reason != "queue_full" {
		t.Errorf("with a full queue: %v, want status 503", err)
	}
	cancel()
	if err := <-second; !errors.Is(err, context.Canceled) {
		t.Errorf("a canceled request: %v", err)
	}
	waiting(t, s, 1)
	fourth := asked(s, t.Context(), 4, 4, 4)
	waiting(t, s, 2)
	w := make(chan string, 1)
	go func() {
		r := ask(s, "POST", "/v2/models/gate/infer", `{"inputs":[{"name":"input","datatype":"FP32","shape":[1,3],"data":[1,2,3]}]}`)
		w <- fmt.Sprintf("%d %s %s", r.Code, r.Header().Get("Retry-After"), r.Body)
	}()
	if got := <-w; !strings.HasPrefix(got, "503 1 ") {
		t.Errorf("with a full queue: %s, want status 503 and Retry-After", got)
	}
	g.open()
	for _, c := range []<-chan error{first, third, fourth} {
		if err := <-c; err != nil {
			t.Error(err)
		}
	}
}

// TestFaultyBatch tests that a request on which the network panics is the only one of
// its batch that fails.
func TestFaultyBatch(t *testing.T) {
	s, g := gated(t, serve.Options{MaxBatch: 8})
	first := asked(s, t.Context(), 1, 1, 1)
	<-g.in
	a, bad, b := asked(s, t.Context(), 2, 2, 2), asked(s, t.Context(), 13, 13, 13), asked(s, t.Context(), 3, 3, 3)
	waiting(t, s, 3)
	g.open()
	for _, c := range []<-chan error{first, a, b} {
		if err := <-c; err != nil {
			t.Error(err)
		}
	}
	if err := <-bad; err == nil || !strings.Contains(err.Error(), "panicked: unlucky") {
		t.Errorf("the request at fault: %v", err)
	}
	r := ask(s, "POST", "/v2/models/gate/infer", `{"inputs":[{"name":"input","datatype":"FP32","shape":[1,3],"data":[1,13,3]}]}`, "X-Request-Id", "abc")
	if r.Code != 500 || strings.Contains(r.Body.String(), "unlucky") || !strings.Contains(r.Body.String(), "abc") {
		t.Errorf("status %d, body %s, want 500 with the request's id and nothing from inside", r.Code, r.Body)
	}
	if err := <-asked(s, t.Context(), 1, 2, 3); err != nil {
		t.Errorf("after a panic: %v", err)
	}
}

// TestTimeout tests that an answer that takes too long is status 504.
func TestTimeout(t *testing.T) {
	s, g := gated(t, serve.Options{Timeout: 10 * time.Millisecond})
	defer g.open()
	w := ask(s, "POST", "/v2/models/gate/infer", `{"inputs":[{"name":"input","datatype":"FP32","shape":[1,3],"data":[1,2,3]}]}`)
	if w.Code != http.StatusGatewayTimeout {
		t.Errorf("status %d, want 504: %s", w.Code, w.Body)
	}
}

// TestManyClients tests that answers go to those who asked, while versions are
// replaced: each answer comes wholly from one, and names it.
func TestManyClients(t *testing.T) {
	s := serve.New(serve.Options{MaxBatch: 8, MaxQueue: 1000})
	defer s.Close()
	factors := map[string]float32{"1": 2, "2": 3}
	for number, k := range factors {
		if err := s.Register("m", number, times(t, k)); err != nil {
			t.Fatal(err)
		}
	}
	rounds := 200
	if testing.Short() {
		rounds = 20
	}
	var clients sync.WaitGroup
	done := make(chan struct{})
	for c := range 16 {
		clients.Go(func() {
			for i := range rounds {
				x := []float32{float32(c), float32(i), 1}
				if i%3 == 0 {
					x = append(x, float32(-c), float32(i), 2)
				}
				res, err := s.Infer(t.Context(), "m", "", request(x...))
				if err != nil {
					t.Error(err)
					return
				}
				for j, y := range res.Outputs[0].Data.([]float32) {
					if want := factors[res.Version] * x[j]; y != want {
						t.Errorf("client %d, request %d, version %s: element %d is %v, want %v", c, i, res.Version, j, y, want)
						return
					}
				}
			}
		})
	}
	var reloads sync.WaitGroup
	reloads.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			number := []string{"1", "2"}[i%2]
			if err := s.Register("m", number, times(t, factors[number])); err != nil {
				t.Error(err)
			}
			if err := s.Route("m", serve.Policy{Pin: number}); err != nil {
				t.Error(err)
			}
		}
	})
	clients.Wait()
	close(done)
	reloads.Wait()
}
