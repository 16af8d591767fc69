package serve_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/gannet-ml/gannet/nn/serve"
)

// TestPages get what is not the protocol's, and nothing of the protocol.
func TestPages(t *testing.T) {
	s := server(t, serve.Options{Pages: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "page "+r.URL.Path)
	})})
	for path, want := range map[string]string{
		"/": "page /", "/a/b": "page /a/b", "/v3": "page /v3", "/metrics": "page /metrics",
		"/v2/health/live": `{"live":true}` + "\n", "/v2/none": `{"error":"nothing is at \"/v2/none\""}` + "\n",
	} {
		if w := ask(s, "GET", path, ""); w.Body.String() != want {
			t.Errorf("GET %s: %s, want %s", path, w.Body, want)
		}
	}
}
