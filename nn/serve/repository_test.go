package serve_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/tensor"
)

// file returns a model file of a network with y = k·x for so many features.
func file(t *testing.T, k float32, features int) []byte {
	t.Helper()
	l := nn.NewLinear(features, features)
	net, err := nn.Init(1, nn.Seq(l))
	if err != nil {
		t.Fatal(err)
	}
	l.Bias.Value.Fill(0)
	tensor.MulScalarTo(l.Weight.Value, tensor.Eye(features), k)
	path := filepath.Join(t.TempDir(), "m")
	if err := nn.Save(path, net, nn.Info{Input: tensor.Shape{features}}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// put writes a file of a repository as a whole.
func put(t *testing.T, dir string, name string, b []byte) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".new", b, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// watched returns a server that watches a repository.
func watched(t *testing.T, dir string, r serve.Repository) *serve.Server {
	t.Helper()
	s := serve.New(serve.Options{})
	t.Cleanup(func() { s.Close() })
	r.Dir = dir
	if r.Every == 0 {
		r.Every = 2 * time.Millisecond
	}
	if err := s.Watch(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	return s
}

// until waits until the index is as wanted: "m 1 READY; m 2 UNAVAILABLE: part of the
// reason".
func until(t *testing.T, s *serve.Server, want string) {
	t.Helper()
	var got string
	for range 5000 {
		if got = index(s); matchIndex(got, want) {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("the index is\n%s\nwant\n%s", got, want)
}

func index(s *serve.Server) string {
	var lines []string
	for _, m := range s.Index() {
		line := m.Name + " " + m.Version + " " + string(m.State)
		if m.Reason != "" {
			line += ": " + m.Reason
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "; ")
}

func matchIndex(got, want string) bool {
	g, w := strings.Split(got, "; "), strings.Split(want, "; ")
	if len(g) != len(w) {
		return false
	}
	for i := range w {
		state, reason, _ := strings.Cut(w[i], ": ")
		if !strings.HasPrefix(g[i], state) || !strings.Contains(g[i], reason) || reason == "" && g[i] != state {
			return false
		}
	}
	return true
}

// says tests which version answers and by what it multiplies.
func says(t *testing.T, s *serve.Server, version string, k float32) {
	t.Helper()
	res, err := s.Infer(t.Context(), "m", "", request(1, 2, 3))
	if err != nil {
		t.Error(err)
		return
	}
	if y := res.Outputs[0].Data.([]float32); res.Version != version || y[0] != k || y[2] != 3*k {
		t.Errorf("version %s answers %v, want version %s with %v", res.Version, y, version, k)
	}
}

func TestWatch(t *testing.T) {
	dir := t.TempDir()
	s := watched(t, dir, serve.Repository{})
	if !s.Ready() {
		t.Error("a server of an empty repository is not ready")
	}
	put(t, dir, "m/1/model.safetensors", file(t, 2, 3))
	until(t, s, "m 1 READY")
	says(t, s, "1", 2)

	put(t, dir, "m/2/model.safetensors", file(t, 3, 3))
	until(t, s, "m 1 READY; m 2 READY")
	says(t, s, "2", 3)

	// The way back, and forward again: by Route, and by a file, which goes before it.
	if err := s.Route("m", serve.Policy{Pin: "1"}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond)
	says(t, s, "1", 2)
	if err := s.Route("m", serve.Policy{}); err != nil {
		t.Fatal(err)
	}
	says(t, s, "2", 3)
	put(t, dir, "m/policy.json", []byte(`{"pin": "1"}`))
	settle(t, func() bool { return answers(t, s) == "1" })
	says(t, s, "1", 2)
	os.Remove(filepath.Join(dir, "m", "policy.json"))
	settle(t, func() bool { return answers(t, s) == "2" })

	// A third version makes the first leave.
	put(t, dir, "m/3/model.safetensors", file(t, 4, 3))
	until(t, s, "m 1 UNAVAILABLE: not loaded; m 2 READY; m 3 READY")
	says(t, s, "3", 4)

	// A version whose file changes is loaded again.
	put(t, dir, "m/3/model.safetensors", file(t, 5, 3))
	settle(t, func() bool {
		res, err := s.Infer(t.Context(), "m", "", request(1, 2, 3))
		return err == nil && res.Outputs[0].Data.([]float32)[0] == 5
	})

	// A label keeps what would leave.
	put(t, dir, "m/policy.json", []byte(`{"labels": {"stable": "1"}}`))
	until(t, s, "m 1 READY; m 2 READY; m 3 READY")
	if res, err := s.Infer(t.Context(), "m", "stable", request(1, 2, 3)); err != nil || res.Version != "1" {
		t.Errorf("label: %v, %v", res, err)
	}

	// What is no version or no model is not looked at.
	put(t, dir, "m/new/model.safetensors", []byte("x"))
	put(t, dir, ".hidden/1/model.safetensors", []byte("x"))
	put(t, dir, "file", []byte("x"))

	os.RemoveAll(filepath.Join(dir, "m", "3"))
	until(t, s, "m 1 READY; m 2 READY")
	os.RemoveAll(filepath.Join(dir, "m"))
	until(t, s, "")
	if _, err := s.Infer(t.Context(), "m", "", request(1, 2, 3)); err == nil {
		t.Error("a model whose folder is gone answers")
	}
}

func answers(t *testing.T, s *serve.Server) string {
	res, err := s.Infer(t.Context(), "m", "", request(1, 2, 3))
	if err != nil {
		t.Fatal(err)
	}
	return res.Version
}

// settle waits for something.
func settle(t *testing.T, ok func() bool) {
	t.Helper()
	for range 5000 {
		if ok() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatal("it does not come about")
}

// TestBadVersions tests that nothing that is wrong replaces a version that works,
// that the index says why, and that it is loaded once it is right.
func TestBadVersions(t *testing.T) {
	good := file(t, 2, 3)
	nan := bytes.Clone(good)
	copy(nan[len(nan)-4:], "\x00\x00\xc0\x7f")
	for name, c := range map[string]struct {
		file   []byte
		reason string
	}{
		"half":        {good[:len(good)-5], "safetensors"},
		"empty":       {nil, "safetensors"},
		"garbage":     {[]byte("this is not a model at all"), "safetensors"},
		"wrong shape": {file(t, 2, 4), "want those of version"},
		"NaN":         {nan, "the first prediction"},
		"none":        {nil, "model.safetensors"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			put(t, dir, "m/1/model.safetensors", good)
			s := watched(t, dir, serve.Repository{})
			says(t, s, "1", 2)
			if name == "none" {
				os.MkdirAll(filepath.Join(dir, "m", "2"), 0o777)
			} else {
				put(t, dir, "m/2/model.safetensors", c.file)
			}
			until(t, s, "m 1 READY; m 2 UNAVAILABLE: "+c.reason)
			says(t, s, "1", 2)
			if !s.Ready() {
				t.Error("the server is not ready")
			}
			if w := ask(s, "GET", "/v2/models/m/versions/2/ready", ""); w.Code != 503 {
				t.Errorf("the version is ready: status %d", w.Code)
			}
			put(t, dir, "m/2/model.safetensors", file(t, 3, 3))
			until(t, s, "m 1 READY; m 2 READY")
			says(t, s, "2", 3)

			// The same in place of a file that is loaded.
			put(t, dir, "m/2/model.safetensors", c.file)
			if name == "none" {
				os.Remove(filepath.Join(dir, "m", "2", "model.safetensors"))
			}
			until(t, s, "m 1 READY; m 2 READY: "+c.reason)
			says(t, s, "2", 3)
		})
	}
}

// TestLoad tests loading and unloading by request.
func TestLoad(t *testing.T) {
	dir := t.TempDir()
	put(t, dir, "m/1/model.safetensors", file(t, 2, 3))
	s := watched(t, dir, serve.Repository{Every: time.Hour})
	if err := s.Register("own", "1", double(t)); err != nil {
		t.Fatal(err)
	}
	post := func(path, body string, want int) string {
		t.Helper()
		w := ask(s.Admin(), "POST", path, body)
		if w.Code != want {
			t.Errorf("%s %s: status %d, want %d: %s", path, body, w.Code, want, w.Body)
		}
		return w.Body.String()
	}
	put(t, dir, "m/2/model.safetensors", file(t, 3, 3))
	says(t, s, "1", 2)
	post("/v2/repository/models/m/load", "", 200)
	says(t, s, "2", 3)
	put(t, dir, "m/3/model.safetensors", []byte("x"))
	if text := post("/v2/repository/models/m/load", "{}", 400); !strings.Contains(text, "safetensors") {
		t.Errorf("loading garbage says %s", text)
	}
	says(t, s, "2", 3)
	post("/v2/repository/models/m/unload", `{"parameters":{"unload_dependents":true}}`, 200)
	if _, err := s.Infer(t.Context(), "m", "", request(1, 2, 3)); err == nil {
		t.Error("a model that was unloaded answers")
	}
	if !s.Ready() {
		t.Error("a server is not ready since a model was unloaded")
	}
	os.RemoveAll(filepath.Join(dir, "m", "3"))
	post("/v2/repository/models/m/load", "", 200)
	says(t, s, "2", 3)
	post("/v2/repository/models/none/load", "", 404)
	post("/v2/repository/models/own/load", "", 400)
	post("/v2/repository/models/own/unload", "", 400)
	post("/v2/repository/models/..%2f..%2fetc/load", "", 400)
	post("/v2/repository/models/m/load", `{"parameters":{"config":"{}"}}`, 501)
	post("/v2/repository/models/m/load", `{`, 400)

	var list []serve.Status
	if err := json.Unmarshal([]byte(post("/v2/repository/index", `{"ready":true}`, 200)), &list); err != nil || len(list) != 3 {
		t.Errorf("index: %v, %v, want three versions", list, err)
	}
}

// TestLinks tests folders that are links which are swapped, as Kubernetes does.
func TestLinks(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "models")
	put(t, root, "a/model.safetensors", file(t, 2, 3))
	put(t, root, "b/model.safetensors", file(t, 3, 3))
	if err := os.MkdirAll(filepath.Join(dir, "m"), 0o777); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "m", "1")
	if err := os.Symlink(filepath.Join(root, "a"), link); err != nil {
		t.Skip("links cannot be made here:", err)
	}
	s := watched(t, dir, serve.Repository{})
	says(t, s, "1", 2)
	if err := os.Symlink(filepath.Join(root, "b"), link+".new"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(link+".new", link); err != nil {
		t.Fatal(err)
	}
	settle(t, func() bool {
		res, err := s.Infer(t.Context(), "m", "", request(1, 2, 3))
		return err == nil && res.Outputs[0].Data.([]float32)[0] == 3
	})
}
