package serve_test

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/nn/serve"
)

const small = `{"inputs":[{"name":"input","datatype":"FP32","shape":[1,3],"data":[1,2,3]}]}`

func TestKeys(t *testing.T) {
	free, secret := serve.NewKey("free")
	limited, slow := serve.NewKey("limited")
	limited.Rate, limited.Burst = 1e-9, 2
	keys, err := serve.ReadKeys(strings.NewReader("# who may\n\n" + free.String() + "\n" + limited.String() + "\n"))
	if err != nil || len(keys) != 2 || keys[0] != free || keys[1] != limited {
		t.Fatalf("ReadKeys: %v, %v", keys, err)
	}
	s := server(t, serve.Options{Keys: keys})
	for _, c := range []struct {
		name, path, header, value string
		status                    int
	}{
		{"none", "/v2/models/double/infer", "X", "y", 401},
		{"bearer", "/v2/models/double/infer", "Authorization", "Bearer " + secret, 200},
		{"bearer in small letters", "/v2/models/double/infer", "Authorization", "bearer " + secret, 200},
		{"header", "/v2/models/double/infer", "X-API-Key", secret, 200},
		{"wrong", "/v2/models/double/infer", "X-API-Key", secret + "x", 401},
		{"basic", "/v2/models/double/infer", "Authorization", "Basic " + secret, 401},
		{"an unknown model tells nothing without", "/v2/models/none/infer", "X", "y", 401},
		{"first", "/v2/models/double/infer", "X-API-Key", slow, 200},
		{"second", "/v2/models/double/infer", "X-API-Key", slow, 200},
		{"beyond the rate", "/v2/models/double/infer", "X-API-Key", slow, 429},
	} {
		w := ask(s, "POST", c.path, small, c.header, c.value)
		if w.Code != c.status {
			t.Errorf("%s: status %d, want %d: %s", c.name, w.Code, c.status, w.Body)
		}
		if (c.status == 401) != (w.Header().Get("WWW-Authenticate") != "") || (c.status == 429) != (w.Header().Get("Retry-After") != "") {
			t.Errorf("%s: headers %v", c.name, w.Header())
		}
	}
	for _, path := range []string{"/v2/health/live", "/v2/health/ready", "/v2/models/double/ready"} {
		if w := ask(s, "GET", path, ""); w.Code != 200 {
			t.Errorf("%s wants a key", path)
		}
	}
	for _, file := range []string{
		"", "# none\n", "name\n", "a zz\n", "a " + strings.Repeat("0", 63) + "\n", "a b c d e\n",
		free.String() + "\n" + free.String(), free.String() + " -1\n", free.String() + " x\n", free.String() + " NaN\n",
		free.String() + " 1 x\n", strings.Repeat("x", 1<<20),
	} {
		if _, err := serve.ReadKeys(strings.NewReader(file)); err == nil {
			t.Errorf("ReadKeys accepts %.80q", file)
		}
	}
}

func pack(t *testing.T, kind string, body []byte) string {
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	if kind == "deflate" {
		w = zlib.NewWriter(&b)
	}
	w.Write(body)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestBodies(t *testing.T) {
	s := server(t, serve.Options{MaxBody: 1000, MaxMemory: 100_000})
	bomb := make([]byte, 1<<20)
	for _, c := range []struct {
		name, encoding, body string
		status               int
	}{
		{"plain", "", small, 200},
		{"identity", "identity", small, 200},
		{"gzip", "gzip", pack(t, "gzip", []byte(small)), 200},
		{"deflate", "deflate", pack(t, "deflate", []byte(small)), 200},
		{"gzip bomb", "gzip", pack(t, "gzip", bomb), 413},
		{"deflate bomb", "deflate", pack(t, "deflate", bomb), 413},
		{"not gzip", "gzip", small, 400},
		{"half a gzip", "gzip", pack(t, "gzip", []byte(small))[:40], 400},
		{"broken gzip", "gzip", pack(t, "gzip", []byte(small))[:30] + "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 400},
		{"unknown encoding", "br", small, 415},
		{"exactly the limit", "", small + strings.Repeat(" ", 1000-len(small)), 200},
		{"one byte more", "", small + strings.Repeat(" ", 1001-len(small)), 413},
		{"empty", "", "", 400},
	} {
		w := ask(s, "POST", "/v2/models/double/infer", c.body, "Content-Encoding", c.encoding)
		if w.Code != c.status {
			t.Errorf("%s: status %d, want %d: %s", c.name, w.Code, c.status, w.Body)
		}
		if w.Code != 200 && !strings.HasPrefix(w.Body.String(), `{"error":"`) {
			t.Errorf("%s: body %s", c.name, w.Body)
		}
	}
	m := ask(s.Admin(), "GET", "/metrics", "").Body.String()
	for _, want := range []string{"gannet_body_bytes 0\n", "gannet_in_flight_requests 0\n"} {
		if !strings.Contains(m, want) {
			t.Errorf("metrics have no %q after all requests", want)
		}
	}
}

// slowBody gives a byte at a time, as often as it is asked for.
type slowBody struct{ n int }

func (b *slowBody) Read(p []byte) (int, error) {
	if b.n--; b.n < 0 {
		return 0, io.EOF
	}
	p[0] = ' '
	return 1, nil
}

// TestMemory tests that all bodies together have a bound.
func TestMemory(t *testing.T) {
	s := server(t, serve.Options{MaxBody: 1 << 20, MaxMemory: 200_000})
	r, _ := http.NewRequest("POST", "/v2/models/double/infer", &slowBody{1 << 19})
	r.ContentLength = -1
	w := askRequest(s, r)
	if w.Code != 503 || !strings.Contains(w.Body.String(), "200000 bytes") {
		t.Errorf("status %d, body %s, want 503", w.Code, w.Body)
	}
	if w := ask(s, "POST", "/v2/models/double/infer", small); w.Code != 200 {
		t.Errorf("afterwards: status %d: %s", w.Code, w.Body)
	}
}

func TestCompressedAnswer(t *testing.T) {
	s := server(t, serve.Options{})
	body := fmt.Sprintf(`{"inputs":[{"name":"input","datatype":"FP32","shape":[400,3],"data":[0%s]}]}`, strings.Repeat(",0", 1199))
	for accept, packed := range map[string]bool{
		"": false, "gzip": true, "deflate, gzip;q=0.5": true, "gzip;q=0": false, "*": true, "br": false, "gzip; q=0.0": false,
	} {
		w := ask(s, "POST", "/v2/models/double/infer", body, "Accept-Encoding", accept)
		if got := w.Header().Get("Content-Encoding") == "gzip"; got != packed || w.Code != 200 {
			t.Errorf("Accept-Encoding %q: compressed %v, want %v; status %d", accept, got, packed, w.Code)
		}
		if w.Header().Get("Content-Length") != fmt.Sprint(w.Body.Len()) || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: headers %v", accept, w.Header())
		}
	}
	if w := ask(s, "POST", "/v2/models/double/infer", small, "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "" {
		t.Error("a small answer is compressed")
	}
}

func TestOtherSites(t *testing.T) {
	s := server(t, serve.Options{})
	if w := ask(s, "POST", "/v2/models/double/infer", small, "Sec-Fetch-Site", "cross-site"); w.Code != 403 {
		t.Errorf("status %d for a request that another site sends, want 403", w.Code)
	}
	if w := ask(s, "POST", "/v2/models/double/infer", small, "Sec-Fetch-Site", "same-origin"); w.Code != 200 {
		t.Errorf("status %d for a request of the same site, want 200", w.Code)
	}
}

func TestRequestID(t *testing.T) {
	s := server(t, serve.Options{})
	for sent, same := range map[string]bool{"abc-1": true, "": false, "a b": false, "ä": false, strings.Repeat("x", 129): false} {
		got := ask(s, "GET", "/v2", "", "X-Request-Id", sent).Header().Get("X-Request-Id")
		if (got == sent) != same || got == "" {
			t.Errorf("X-Request-Id %q comes back as %q", sent, got)
		}
	}
}

// picture returns a PNG of one colour.
func picture(t *testing.T, w, h int) string {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMaxRequests(t *testing.T) {
	s, g := gated(t, serve.Options{MaxRequests: 1})
	first := make(chan int)
	go func() {
		first <- ask(s, "POST", "/v2/models/gate/infer", small).Code
	}()
	<-g.in
	if w := ask(s, "POST", "/v2/models/gate/infer", small); w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d for one request too many, want 503", w.Code)
	}
	if w := ask(s, "GET", "/v2/health/live", small); w.Code != 200 {
		t.Errorf("status %d for health, want 200", w.Code)
	}
	g.open()
	if code := <-first; code != 200 {
		t.Errorf("status %d, want 200", code)
	}
}
