package serve_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/nn/serve"
)

// TestPreprocessingMemory tests that what preprocessing makes of a request counts: a
// small body may ask for a lot.
func TestPreprocessingMemory(t *testing.T) {
	s := serve.New(serve.Options{MaxMemory: 1 << 20})
	defer s.Close()
	if err := s.Register("painter", "1", painter(t)); err != nil {
		t.Fatal(err)
	}
	ask1 := func(rows int) int {
		body := fmt.Sprintf(`{"inputs":[{"name":"input","datatype":"FP32","shape":[%d,1,1,1],"data":[0%s]}]}`, rows, strings.Repeat(",0", rows-1))
		return ask(s, "POST", "/v2/models/painter/infer", body).Code
	}
	if code := ask1(100); code != 200 {
		t.Errorf("100 samples: status %d", code)
	}
	if code := ask1(20_000); code != http.StatusRequestEntityTooLarge {
		t.Errorf("20,000 samples, which take more than all the memory: status %d, want 413", code)
	}
	if m := ask(s.Admin(), "GET", "/metrics", "").Body.String(); !strings.Contains(m, "gannet_body_bytes 0\n") {
		t.Error("memory is still counted after the answers")
	}
}

// TestTimeoutConnection tests, over a connection, that an answer which takes too long
// is status 504.
func TestTimeoutConnection(t *testing.T) {
	s, g := gated(t, serve.Options{Timeout: 100 * time.Millisecond})
	l := listen(t)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	res, err := http.Post("http://"+l.Addr().String()+"/v2/models/gate/infer", "", strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusGatewayTimeout {
		t.Errorf("status %d, want 504", res.StatusCode)
	}
	g.open()
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestTwoRepositories tests that repositories leave each other's models alone.
func TestTwoRepositories(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	put(t, a, "a/1/model.safetensors", file(t, 2, 3))
	put(t, b, "b/1/model.safetensors", file(t, 3, 3))
	put(t, b, "a/7/model.safetensors", file(t, 9, 3)) // a name that is taken
	s := watched(t, a, serve.Repository{})
	if err := s.Watch(t.Context(), serve.Repository{Dir: b, Every: 2 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	put(t, b, "b/2/model.safetensors", file(t, 4, 3))
	until(t, s, "a 1 READY; b 1 READY; b 2 READY")
	time.Sleep(50 * time.Millisecond) // of many scans
	until(t, s, "a 1 READY; b 1 READY; b 2 READY")
	if err := s.Unload(context.Background(), "b"); err != nil {
		t.Fatal(err)
	}
	until(t, s, "a 1 READY; b 1 UNAVAILABLE: not loaded; b 2 UNAVAILABLE: not loaded")
}

// TestPolicyWaits tests that a policy takes effect when its versions are at work.
func TestPolicyWaits(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "m/1/model.safetensors", file(t, 2, 3))
	s := watched(t, dir, serve.Repository{})
	put(t, dir, "m/policy.json", []byte(`{"pin": "stable", "labels": {"stable": "2"}}`))
	for range 20 {
		says(t, s, "1", 2)
		if !s.Ready() {
			t.Fatal("the server is not ready")
		}
		time.Sleep(2 * time.Millisecond)
	}
	put(t, dir, "m/3/model.safetensors", file(t, 4, 3)) // not the one that it waits for
	until(t, s, "m 1 READY; m 3 READY")
	put(t, dir, "m/2/model.safetensors", file(t, 3, 3))
	settle(t, func() bool { return answers(t, s) == "2" })
}

// TestPolicyBlocks tests that a policy which cannot be read in the beginning does not
// let any version answer.
func TestPolicyBlocks(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "m/1/model.safetensors", file(t, 2, 3))
	put(t, dir, "m/2/model.safetensors", file(t, 3, 3))
	put(t, dir, "m/policy.json", []byte(`{"pin": "1"`))
	s := watched(t, dir, serve.Repository{})
	if _, err := s.Infer(t.Context(), "m", "", request(1, 2, 3)); err == nil || s.Ready() {
		t.Errorf("with a broken policy: %v, ready %v", err, s.Ready())
	}
	put(t, dir, "m/policy.json", []byte(`{"pin": "1"}`))
	settle(t, s.Ready)
	says(t, s, "1", 2)
}

// TestReadiness tests that what comes later and does not work leaves a server ready,
// and what was broken from the beginning does not.
func TestReadiness(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "m/1/model.safetensors", file(t, 2, 3))
	s := watched(t, dir, serve.Repository{})
	put(t, dir, "broken/1/model.safetensors", []byte("x"))
	if err := os.Mkdir(filepath.Join(dir, "empty"), 0o777); err != nil {
		t.Fatal(err)
	}
	until(t, s, "broken 1 UNAVAILABLE: safetensors; m 1 READY")
	for range 20 {
		if !s.Ready() {
			t.Fatal("the server is not ready")
		}
		time.Sleep(2 * time.Millisecond)
	}
	if s := watched(t, dir, serve.Repository{}); s.Ready() {
		t.Error("a server that began with a broken model is ready")
	}
}

// TestCanaryTurn tests that only inference takes turns.
func TestCanaryTurn(t *testing.T) {
	s := serve.New(serve.Options{})
	defer s.Close()
	for _, v := range []string{"1", "2"} {
		if err := s.Register("m", v, double(t)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Route("m", serve.Policy{Pin: "1", Canary: "2", Share: 0.5}); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for range 10 {
		ask(s, "GET", "/v2/models/m/ready", "")
		for v, n := range answeredBy(t, s, "", 1) {
			count[v] += n
		}
	}
	if count["1"] != 5 || count["2"] != 5 {
		t.Errorf("answered by %v, want 5 each", count)
	}
}
