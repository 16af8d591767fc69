package suite

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/tensor"
)

// maxBody is the largest body that the server takes.
const maxBody = 1 << 20

// Server is the server that the cases ask. It has the models
//
//	double         FP32 [-1, 3], output twice the input
//	versions       1 and 2, which multiply by 1 and 2; labels stable and canary; pinned to stable
//	echo           floats FP32 [-1, 2], integers INT64 [-1], words BYTES [-1], which come back
//	echo-INT8, …   x [-1] of each type
//	pictures       a classifier with preprocessing and names
//	texts          a classifier of texts
//	letters        a language model: after a comes b, then c, d and the end; after é é, for ever
//	held           output the input, once nobody holds the gate
//	failing        x BYTES [-1]: fails in the way that it is told
//	not-finite     answers NaN and infinity
type Server struct {
	*serve.Server
	URL  string
	gate sync.RWMutex
	came atomic.Int64 // computations of the model held that came to the gate
}

// Start starts a server over HTTP until the end of the test; change, if not nil,
// changes its options.
func Start(t testing.TB, change func(*serve.Options)) *Server {
	t.Helper()
	o := serve.Options{Name: "suite", Version: "1.2.3", MaxBody: maxBody, MaxBatch: 32}
	if change != nil {
		change(&o)
	}
	s := &Server{Server: serve.New(o)}
	t.Cleanup(func() { s.Close() })
	if err := s.register(); err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	s.URL = h.URL
	return s
}

func (s *Server) register() error {
	double, err := times(2)
	if err != nil {
		return err
	}
	if err := s.Register("double", "1", double); err != nil {
		return err
	}
	for i, number := range []string{"1", "2"} {
		n, err := times(float32(i + 1))
		if err != nil {
			return err
		}
		if err := s.Register("versions", number, n); err != nil {
			return err
		}
	}
	policy := serve.Policy{Pin: "stable", Labels: map[string]string{"stable": "1", "canary": "2"}}
	if err := s.Route("versions", policy); err != nil {
		return err
	}
	classifier, err := pictures()
	if err != nil {
		return err
	}
	words, err := texts()
	if err != nil {
		return err
	}
	letters, err := language()
	if err != nil {
		return err
	}
	waiting, err := network(held{&s.gate, &s.came}, tensor.Shape{3})
	if err != nil {
		return err
	}
	bytes := Echo{{Name: "x", Datatype: oip.BYTES, Shape: tensor.Shape{-1}}}
	models := map[string]serve.Model{
		"pictures": classifier, "held": waiting, "texts": words, "letters": letters, "failing": failing{bytes},
		"not-finite": notFinite{Echo{{Name: "x", Datatype: oip.FP32, Shape: tensor.Shape{-1}}}},
		"echo": Echo{
			{Name: "floats", Datatype: oip.FP32, Shape: tensor.Shape{-1, 2}},
			{Name: "integers", Datatype: oip.INT64, Shape: tensor.Shape{-1}},
			{Name: "words", Datatype: oip.BYTES, Shape: tensor.Shape{-1}},
		},
	}
	for _, d := range allTypes {
		models["echo-"+string(d)] = Echo{{Name: "x", Datatype: d, Shape: tensor.Shape{-1}}}
	}
	for name, m := range models {
		if err := s.Register(name, "1", m); err != nil {
			return err
		}
	}
	return nil
}

// waiting returns the number of requests in the queue of the model held.
func (s *Server) waiting() (n int) {
	w := httptest.NewRecorder()
	s.Admin().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	lines := bufio.NewScanner(bytes.NewReader(w.Body.Bytes()))
	for lines.Scan() {
		if value, ok := strings.CutPrefix(lines.Text(), `gannet_queue_depth{model="held",version="1"} `); ok {
			fmt.Sscan(value, &n)
		}
	}
	return n
}

// await waits until something holds.
func await(ctx context.Context, what string, holds func() bool) error {
	for !holds() {
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
	return nil
}
