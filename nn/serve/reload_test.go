package serve_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// moody is a module y = x that cannot always be built, for a reason that is not in its
// file.
type moody struct{}

var (
	moodyFails atomic.Bool
	moodyTries atomic.Int64
)

func init() { nn.Register("serve_test.moody", &moody{}) }

func (*moody) Forward(x *grad.Var) *grad.Var { return x }
func (*moody) Build() error {
	moodyTries.Add(1)
	if moodyFails.Load() {
		return errors.New("not in the mood")
	}
	return nil
}

// moodyFile returns a model file of such a module.
func moodyFile(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "m")
	if err := nn.Save(path, nn.Seq(&moody{}), nn.Info{Input: tensor.Shape{3}}); err != nil {
		t.Fatal(err)
	}
	return read(t, path)
}

// TestTriesAgain tests that a version which could not be loaded is tried again though its
// files are as they were, less and less often.
func TestTriesAgain(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "m/1/model.safetensors", moodyFile(t))
	moodyFails.Store(true)
	defer moodyFails.Store(false)
	synctest.Test(t, func(t *testing.T) {
		s := watched(t, dir, serve.Repository{Every: time.Second})
		tries := func(d time.Duration) int64 {
			before := moodyTries.Load()
			time.Sleep(d)
			synctest.Wait()
			return moodyTries.Load() - before
		}
		// After 5 s, 10 s, 20 s and so on, at the next scan each, and then every 5 minutes.
		for _, c := range []struct {
			d        time.Duration
			min, max int64
		}{{4 * time.Second, 0, 0}, {4 * time.Second, 1, 1}, {time.Minute, 2, 3}, {10 * time.Minute, 3, 4}, {time.Hour, 11, 12}} {
			if n := tries(c.d); n < c.min || n > c.max {
				t.Errorf("%d tries in %v, want %d to %d", n, c.d, c.min, c.max)
			}
		}
		if got := index(s); !matchIndex(got, "m 1 UNAVAILABLE: not in the mood") {
			t.Errorf("the index is %s", got)
		}
		// Other files are tried at once, and their pauses begin anew.
		put(t, dir, "m/1/drift.json", []byte("{"))
		if n := tries(9 * time.Second); n != 2 {
			t.Errorf("%d tries in 9 s after the files changed, want 2", n)
		}
		s.Close()
	})
	s := watched(t, dir, serve.Repository{})
	if err := os.Remove(filepath.Join(dir, "m", "1", "drift.json")); err != nil {
		t.Fatal(err)
	}
	until(t, s, "m 1 UNAVAILABLE: not in the mood")
	moodyFails.Store(false)
	until(t, s, "m 1 READY")
	says(t, s, "1", 1)
}

// TestLoadEnds tests that Load and Unload say that their context ended, which leaves the
// model as it was.
func TestLoadEnds(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "m/1/model.safetensors", file(t, 2, 3))
	s := watched(t, dir, serve.Repository{Every: time.Hour})
	put(t, dir, "m/2/model.safetensors", file(t, 3, 3))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // of two things that can happen either may
		if err := s.Load(ctx, "m"); !errors.Is(err, context.Canceled) {
			t.Fatalf("Load: %v, want %v", err, context.Canceled)
		}
	}
	says(t, s, "1", 2)
	if err := s.Load(t.Context(), "m"); err != nil {
		t.Fatal(err)
	}
	says(t, s, "2", 3)
}

// TestRouteRuled tests that a model with a policy in its folder goes by that alone.
func TestRouteRuled(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "m/1/model.safetensors", file(t, 2, 3))
	put(t, dir, "m/2/model.safetensors", file(t, 3, 3))
	for _, policy := range []string{`{"pin": "1"`, `{"pin": "1"}`} {
		put(t, dir, "m/policy.json", []byte(policy))
		s := watched(t, dir, serve.Repository{})
		if err := s.Route("m", serve.Policy{Pin: "2"}); err == nil || !strings.Contains(err.Error(), "policy.json") {
			t.Errorf("Route beside the policy %s: %v, want an error that names policy.json", policy, err)
		}
	}
	s := watched(t, dir, serve.Repository{})
	says(t, s, "1", 2)
	if err := os.Remove(filepath.Join(dir, "m", "policy.json")); err != nil {
		t.Fatal(err)
	}
	settle(t, func() bool { return s.Route("m", serve.Policy{Pin: "1"}) == nil })
	says(t, s, "1", 2)
}

// logbook is a log that is read while it is written.
type logbook struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logbook) count(words string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.b.String(), words)
}

func (l *logbook) logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// TestBadPolicy tests that a policy which is wrong leaves the one before, that the log
// says why, and that it takes effect once it is right.
func TestBadPolicy(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "m/1/model.safetensors", file(t, 2, 3))
	put(t, dir, "m/2/model.safetensors", file(t, 3, 3))
	path := filepath.Join(dir, "m", "policy.json")
	for name, c := range map[string]struct {
		policy string // "" is a link to itself
		told   string
		often  int // at each scan, of which the second comes after the first has ended
	}{
		"half":               {`{"pin": "2"`, "unexpected", 2},
		"unknown field":      {`{"pin": "2", "x": 1}`, "unknown field", 2},
		"impossible share":   {`{"pin": "2", "share": 2, "canary": "1"}`, "share 2", 2},
		"list":               {`[]`, "array", 2},
		"unreadable":         {"", "policy.json", 2},
		"missing version":    {`{"pin": "7"}`, `"version":"7"`, 1},
		"missing label":      {`{"pin": "2", "labels": {"old": "7"}}`, `"version":"old"`, 1},
		"label not there":    {`{"pin": "stable", "labels": {"old": "1"}}`, `"version":"stable"`, 1},
		"too large to parse": {strings.Repeat(" ", 1<<20) + `{"pin": "2"}`, "want at most", 2},
	} {
		t.Run(name, func(t *testing.T) {
			put(t, dir, "m/policy.json", []byte(`{"pin": "1"}`))
			var log logbook
			s := serve.New(serve.Options{Logger: log.logger()})
			defer s.Close()
			if err := s.Watch(t.Context(), serve.Repository{Dir: dir, Every: 2 * time.Millisecond}); err != nil {
				t.Fatal(err)
			}
			says(t, s, "1", 2)
			if c.policy != "" {
				put(t, dir, "m/policy.json", []byte(c.policy))
			} else if err := errors.Join(os.Symlink(path, path+".new"), os.Rename(path+".new", path)); err != nil {
				t.Skip("links cannot be made here:", err)
			}
			settle(t, func() bool { return log.count(c.told) >= c.often })
			says(t, s, "1", 2)
			if !s.Ready() {
				t.Error("the server is not ready")
			}
			put(t, dir, "m/policy.json", []byte(`{"pin": "1", "labels": {"good": "1", "new": "2"}}`))
			settle(t, func() bool {
				res, err := s.Infer(t.Context(), "m", "new", request(1, 2, 3))
				return err == nil && res.Version == "2"
			})
			says(t, s, "1", 2)
		})
	}
}

// TestMetricsForget tests that nothing is left in the metrics of a model that is gone,
// also if the last of its requests was answered later.
func TestMetricsForget(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "m/1/model.safetensors", file(t, 2, 3))
	put(t, dir, "m/2/model.safetensors", []byte("x"))
	in, out := make(chan bool), make(chan bool)
	var hold atomic.Bool
	s := serve.New(serve.Options{Trace: func(ctx context.Context, span string) (context.Context, func(error)) {
		if span == "serve.read" && hold.Load() {
			in <- true
			<-out
		}
		return ctx, func(error) {}
	}})
	defer s.Close()
	if err := s.Watch(t.Context(), serve.Repository{Dir: dir, Every: 2 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	const wrong = `{"inputs":[{"name":"input","datatype":"FP32","shape":[2,3],"data":[1,2,3]}]}`
	for body, status := range map[string]int{small: 200, wrong: 400} {
		if w := ask(s, "POST", "/v2/models/m/infer", body); w.Code != status {
			t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
		}
	}
	series := func() map[string]bool {
		all, err := s.Options().Registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]bool{}
		for _, family := range all {
			for _, m := range family.Metric {
				for _, l := range m.Label {
					if l.GetName() == "model" && l.GetValue() == "m" {
						names[strings.TrimPrefix(family.GetName(), "gannet_")] = true
					}
				}
			}
		}
		return names
	}
	had := series()
	for _, name := range []string{
		"requests_total", "rejected_total", "model_loads_total", "model_load_seconds", "request_duration_seconds",
		"queue_duration_seconds", "compute_duration_seconds", "batch_samples", "model_info", "queue_depth",
	} {
		if !had[name] {
			t.Errorf("%s has no series of a model that is there: %v", name, had)
		}
	}

	hold.Store(true)
	late := make(chan int)
	go func() { late <- ask(s, "POST", "/v2/models/m/infer", wrong).Code }()
	<-in
	if err := os.RemoveAll(filepath.Join(dir, "m")); err != nil {
		t.Fatal(err)
	}
	until(t, s, "")
	out <- true
	if code := <-late; code != 400 {
		t.Errorf("the last request: status %d, want 400", code)
	}
	settle(t, func() bool { return len(series()) == 0 })
}
