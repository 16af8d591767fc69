package serve_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// answeredBy returns the versions that answer n requests.
func answeredBy(t *testing.T, s *serve.Server, version string, n int) map[string]int {
	t.Helper()
	count := map[string]int{}
	for range n {
		res, err := s.Infer(t.Context(), "m", version, request(1, 2, 3))
		if err != nil {
			t.Fatal(err)
		}
		count[res.Version]++
	}
	return count
}

func TestPolicy(t *testing.T) {
	s := serve.New(serve.Options{})
	defer s.Close()
	for _, v := range []string{"9", "10", "2", "beta"} {
		if err := s.Register("m", v, double(t)); err != nil {
			t.Fatal(err)
		}
	}
	labels := map[string]string{"stable": "9", "canary": "10"}
	for _, c := range []struct {
		name   string
		policy serve.Policy
		asked  string
		want   map[string]int
	}{
		{"latest", serve.Policy{}, "", map[string]int{"10": 100}},
		{"named", serve.Policy{}, "beta", map[string]int{"beta": 100}},
		{"pinned", serve.Policy{Pin: "2"}, "", map[string]int{"2": 100}},
		{"label", serve.Policy{Labels: labels}, "stable", map[string]int{"9": 100}},
		{"pinned label", serve.Policy{Labels: labels, Pin: "stable"}, "", map[string]int{"9": 100}},
		{"canary", serve.Policy{Labels: labels, Pin: "stable", Canary: "canary", Share: 0.07}, "", map[string]int{"9": 93, "10": 7}},
		{"canary that is not there", serve.Policy{Pin: "9", Canary: "11", Share: 0.5}, "", map[string]int{"9": 100}},
		{"named beside a canary", serve.Policy{Labels: labels, Pin: "9", Canary: "10", Share: 1}, "stable", map[string]int{"9": 100}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := s.Route("m", c.policy); err != nil {
				t.Fatal(err)
			}
			got := answeredBy(t, s, c.asked, 100)
			for v, n := range c.want {
				if got[v] != n || len(got) != len(c.want) {
					t.Errorf("answered by %v, want %v", got, c.want)
				}
			}
		})
	}
	for _, p := range []serve.Policy{
		{Share: 0.5}, {Canary: "10"}, {Canary: "10", Share: 1.5}, {Labels: map[string]string{"5": "9"}},
		{Labels: map[string]string{"a/b": "9"}}, {Labels: map[string]string{"a": "b", "b": "9"}},
	} {
		if err := s.Route("m", p); err == nil {
			t.Errorf("policy %+v is accepted", p)
		}
	}
	if err := s.Route("none", serve.Policy{}); err == nil {
		t.Error("Route accepts an unknown model")
	}
	if err := s.Route("m", serve.Policy{Pin: "11"}); err != nil {
		t.Fatal(err)
	}
	_, err := s.Infer(t.Context(), "m", "", request(1, 2, 3))
	var e *oip.Error
	if !errors.As(err, &e) || e.Status != http.StatusServiceUnavailable || s.Ready() {
		t.Errorf("pinned to a version that is not there: %v, ready %v, want status 503", err, s.Ready())
	}
}

func TestRegister(t *testing.T) {
	s := serve.New(serve.Options{})
	for _, name := range []string{"", ".m", "a/b", "ä", "a b", string(make([]byte, 200))} {
		if s.Register(name, "1", double(t)) == nil || s.Register("m", name, double(t)) == nil {
			t.Errorf("Register accepts the name %q", name)
		}
	}
	if s.Register("m", "1", &serve.Network{}) == nil {
		t.Error("Register accepts a network without predictor")
	}
	old := double(t)
	for _, n := range []*serve.Network{old, double(t)} {
		if err := s.Register("m", "1", n); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Unregister("m", "1"); err != nil {
		t.Fatal(err)
	}
	if s.Unregister("m", "1") == nil || s.Unregister("n", "1") == nil {
		t.Error("Unregister finds what is not there")
	}
	s.Close()
	if _, err := old.Infer(t.Context(), request(1, 2, 3).Inputs); err == nil {
		t.Error("a model that was replaced is not closed")
	}
	if s.Register("m", "1", double(t)) == nil {
		t.Error("Register works on a closed server")
	}
	if w := ask(s, "GET", "/v2/health/ready", ""); w.Code != 503 {
		t.Errorf("a closed server is ready: status %d", w.Code)
	}
	if w := ask(s, "GET", "/v2/health/live", ""); w.Code != 200 {
		t.Errorf("a closed server is not alive: status %d", w.Code)
	}
}
