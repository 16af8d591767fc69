package serve_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/tensor"
)

// own is a model of the program's own.
type own func(ctx context.Context, in []oip.Tensor) ([]oip.Tensor, error)

func (own) Inputs() []oip.Port  { return ports("input", oip.FP32, -1, 3) }
func (own) Outputs() []oip.Port { return ports("output", oip.FP32, -1, 3) }
func (m own) Infer(ctx context.Context, in []oip.Tensor) ([]oip.Tensor, error) {
	return m(ctx, in)
}

// stuck is a model that tells of each request and answers when out is closed, whatever
// its context says.
func stuck() (m own, in, out chan bool) {
	in, out = make(chan bool, 10), make(chan bool)
	return func(_ context.Context, x []oip.Tensor) ([]oip.Tensor, error) {
		in <- true
		<-out
		return []oip.Tensor{{Name: "output", Datatype: oip.FP32, Shape: tensor.Shape{1, 3}, Data: x[0].Data}}, nil
	}, in, out
}

// owned returns a server with the model "own".
func owned(t *testing.T, o serve.Options, m own) *serve.Server {
	t.Helper()
	s := serve.New(o)
	t.Cleanup(func() { s.Close() })
	if err := s.Register("own", "7", m); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestCloseLeavesModel tests that a model which does not end keeps no server from
// closing.
func TestCloseLeavesModel(t *testing.T) {
	for name, end := range map[string]func(s *serve.Server) error{
		"Close": (*serve.Server).Close,
		"Serve": func(s *serve.Server) error {
			ctx, stop := context.WithCancel(t.Context())
			stop()
			return s.Serve(ctx, listen(t))
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, in, out := stuck()
			s := owned(t, serve.Options{Grace: 20 * time.Millisecond}, m)
			answered := make(chan int)
			go func() { answered <- ask(s, "POST", "/v2/models/own/infer", small).Code }()
			<-in
			if err := end(s); err == nil || !strings.Contains(err.Error(), "still at work: own/7") {
				t.Errorf("%v, want an error that names own/7", err)
			}
			close(out)
			if code := <-answered; code != 200 {
				t.Errorf("the request that was begun: status %d, want 200", code)
			}
		})
	}
}

// way is a way to serve a server that says what it was like when it was told to end.
type way struct {
	stop context.CancelFunc
	done chan error
	was  chan string
}

func serving(t *testing.T, s *serve.Server) way {
	ctx, stop := context.WithCancel(t.Context())
	w := way{stop, make(chan error, 1), make(chan string, 1)}
	begun, end := make(chan bool), make(chan bool)
	go func() {
		w.done <- s.Run(ctx, serve.Service{
			Serve: func() error {
				close(begun)
				<-end
				return nil
			},
			Shutdown: func(context.Context) error {
				ready, err := s.ModelReady("double", "")
				w.was <- fmt.Sprintf("draining %v, model ready %v, %v", s.Draining(), ready, err)
				close(end)
				return nil
			},
		})
	}()
	<-begun
	return w
}

// TestTwoWays tests that a server which is served in two ways is ready until both are
// about to end, and closed when the last has.
func TestTwoWays(t *testing.T) {
	s := server(t, serve.Options{})
	a, b := serving(t, s), serving(t, s)
	a.stop()
	if was := <-a.was; was != "draining false, model ready true, <nil>" {
		t.Errorf("when the first ends: %s", was)
	}
	if err := <-a.done; err != nil {
		t.Error(err)
	}
	if !s.Ready() {
		t.Error("when the first has ended the server is not ready")
	}
	a = serving(t, s) // another takes its place
	b.stop()
	if was := <-b.was; was != "draining false, model ready true, <nil>" {
		t.Errorf("when the second ends: %s", was)
	}
	if err := <-b.done; err != nil {
		t.Error(err)
	}
	a.stop()
	if was := <-a.was; was != "draining true, model ready true, <nil>" {
		t.Errorf("when the last ends: %s", was)
	}
	if err := <-a.done; err != nil {
		t.Error(err)
	}
	if err := s.Register("late", "1", double(t)); err == nil {
		t.Error("when the last has ended the server is not closed")
	}
}

// TestTwoListeners tests two listeners of which one ends while requests come to the
// other.
func TestTwoListeners(t *testing.T) {
	s := server(t, serve.Options{Quiet: 10 * time.Millisecond})
	type end struct {
		url  string
		stop context.CancelFunc
		done chan error
	}
	var ends []end
	for range 2 {
		l := listen(t)
		ctx, stop := context.WithCancel(t.Context())
		e := end{"http://" + l.Addr().String(), stop, make(chan error, 1)}
		go func() { e.done <- s.Serve(ctx, l) }()
		ends = append(ends, e)
	}
	ready := func(e end) error {
		res, err := http.Get(e.url + "/v2/health/ready")
		if err != nil {
			return err
		}
		defer res.Body.Close()
		if res.StatusCode != 200 {
			return errors.New(res.Status)
		}
		return nil
	}
	for _, e := range ends {
		if err := ready(e); err != nil {
			t.Fatal(err)
		}
	}
	ends[0].stop()
	if err := <-ends[0].done; err != nil {
		t.Error(err)
	}
	if ready(ends[0]) == nil {
		t.Error("the listener that was to end answers")
	}
	if err := ready(ends[1]); err != nil {
		t.Errorf("the other listener: %v", err)
	}
	ends[1].stop()
	if err := <-ends[1].done; err != nil {
		t.Error(err)
	}
}

// TestServeClosed tests that a server which is closed closes the listener it is given.
func TestServeClosed(t *testing.T) {
	s := serve.New(serve.Options{})
	s.Close()
	l := listen(t)
	if err := s.Serve(t.Context(), l); err == nil {
		t.Error("Serve serves a closed server")
	}
	l.(*net.TCPListener).SetDeadline(time.Now())
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener: %v, want %v", err, net.ErrClosed)
	}
}

// TestOwnErrors tests what a model of the program's own may say.
func TestOwnErrors(t *testing.T) {
	var fail error
	s := owned(t, serve.Options{}, func(context.Context, []oip.Tensor) ([]oip.Tensor, error) { return nil, fail })
	after := func(d time.Duration) error {
		err := oip.Errorf(http.StatusTooManyRequests, "any "+d.String(), "later")
		err.RetryAfter = d
		return fmt.Errorf("wrapped: %w", err)
	}
	for _, c := range []struct {
		err    error
		status int
		retry  string
	}{
		{oip.Errorf(422, "what it likes", "no"), 422, ""},
		{oip.Errorf(503, "busy", "no"), 503, "1"},
		{after(1500 * time.Millisecond), 429, "2"},
		{after(3 * time.Second), 429, "3"},
		{after(1<<63 - 1), 429, "9223372037"},
		{oip.Errorf(600, "too high", "no"), 500, ""},
		{oip.Errorf(399, "too low", "no"), 500, ""},
		{oip.Errorf(200, "a success", "no"), 500, ""},
		{oip.Errorf(0, "none", "no"), 500, ""},
		{oip.Errorf(-1, "none", "no"), 500, ""},
		{&oip.Error{Status: 409}, 409, ""},
		{errors.New("secret"), 500, ""},
	} {
		fail = c.err
		w := ask(s, "POST", "/v2/models/own/infer", small)
		if w.Code != c.status || w.Header().Get("Retry-After") != c.retry {
			t.Errorf("%#v: status %d, Retry-After %q, want %d and %q", c.err, w.Code, w.Header().Get("Retry-After"), c.status, c.retry)
		}
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("the client is told %s", w.Body)
		}
	}
	var rejected []string
	for line := range strings.Lines(ask(s.Admin(), "GET", "/metrics", "").Body.String()) {
		if strings.HasPrefix(line, "gannet_rejected_total{") {
			rejected = append(rejected, line)
		}
	}
	if want := []string{"gannet_rejected_total{model=\"own\",reason=\"model\"} 6\n"}; !slices.Equal(rejected, want) {
		t.Errorf("metrics have %q, want %q", rejected, want)
	}
}

// TestRetryAfterRate tests that who asks too often is told when his next turn is.
func TestRetryAfterRate(t *testing.T) {
	for _, c := range []struct {
		rate     float64
		min, max int64
	}{{0.01, 30, 100}, {1e-12, 1e9, 1e10}} {
		key, secret := serve.NewKey("k")
		key.Rate = c.rate
		s := server(t, serve.Options{Keys: []serve.Key{key}})
		ask(s, "POST", "/v2/models/double/infer", small, "X-API-Key", secret)
		for range 3 { // to be refused costs no turn
			w := ask(s, "POST", "/v2/models/double/infer", small, "X-API-Key", secret)
			if n, err := strconv.ParseInt(w.Header().Get("Retry-After"), 10, 64); w.Code != 429 || err != nil || n < c.min || n > c.max {
				t.Errorf("%v requests a second: status %d, Retry-After %q, want 429 and %d to %d",
					c.rate, w.Code, w.Header().Get("Retry-After"), c.min, c.max)
			}
		}
	}
}

// TestAdminHost tests that a web page which bound its name to this machine cannot ask
// the admin handler.
func TestAdminHost(t *testing.T) {
	s := server(t, serve.Options{})
	l := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.ServeAdmin(ctx, l) }()
	for host, status := range map[string]int{
		"evil.example": 403, "evil.example:80": 403, "127.0.0.1.evil.example": 403, "localhost.evil.example:9": 403,
		"127.0.0.1": 200, "127.0.0.1:8081": 200, "[::1]": 200, "[::1]:8081": 200, "localhost": 200, "localhost:8081": 200, "LocalHost": 200,
	} {
		for _, path := range []string{"/metrics", "/v2/models/stats", "/debug/pprof/cmdline"} {
			r, err := http.NewRequest("GET", "http://"+l.Addr().String()+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Host = host
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != status {
				t.Errorf("host %s, %s: status %d, want %d", host, path, res.StatusCode, status)
			}
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
	// On another address it may have a name.
	for local, status := range map[string]int{"10.0.0.5": 200, "127.0.0.1": 403, "::1": 403} {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.Host = "admin.example:8081"
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.ParseIP(local)}))
		if w := askRequest(s.Admin(), r); w.Code != status {
			t.Errorf("on %s by its name: status %d, want %d", local, w.Code, status)
		}
	}
}

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body is read")
	return 0, io.EOF
}

// TestQueueFullOwn tests that a model of the program's own has MaxQueue requests at a
// time, and that one more is refused before it is read.
func TestQueueFullOwn(t *testing.T) {
	m, in, out := stuck()
	s := owned(t, serve.Options{MaxQueue: 2}, m)
	first := make(chan int, 2)
	for range 2 {
		go func() { first <- ask(s, "POST", "/v2/models/own/infer", small).Code }()
		<-in
	}
	w := askRequest(s, httptest.NewRequest("POST", "/v2/models/own/infer", unread{t}))
	if w.Code != 503 || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d, headers %v, want 503 with Retry-After", w.Code, w.Header())
	}
	_, err := s.Infer(t.Context(), "own", "", request(1, 2, 3))
	if e := (*oip.Error)(nil); !errors.As(err, &e) || e.Reason != "queue_full" {
		t.Errorf("Infer: %v, want reason queue_full", err)
	}
	if m := ask(s.Admin(), "GET", "/metrics", "").Body.String(); !strings.Contains(m, `gannet_rejected_total{model="own",reason="queue_full"} 2`) {
		t.Error("metrics do not count them")
	}
	close(out)
	for range 2 {
		if code := <-first; code != 200 {
			t.Errorf("status %d, want 200", code)
		}
	}
	if w := ask(s, "POST", "/v2/models/own/infer", small); w.Code != 200 {
		t.Errorf("afterwards: status %d, want 200", w.Code)
	}
}

func TestSetKeys(t *testing.T) {
	old, oldSecret := serve.NewKey("old")
	kept, keptSecret := serve.NewKey("kept")
	kept.Rate, kept.Burst = 1e-9, 2
	s := server(t, serve.Options{Keys: []serve.Key{old, kept}})
	check := func(when, secret string, status int) {
		t.Helper()
		if w := ask(s, "POST", "/v2/models/double/infer", small, "X-API-Key", secret); w.Code != status {
			t.Errorf("%s: status %d, want %d", when, w.Code, status)
		}
	}
	set := func(keys ...serve.Key) {
		t.Helper()
		if err := s.SetKeys(keys); err != nil {
			t.Fatal(err)
		}
	}
	check("the old key", oldSecret, 200)
	check("the limited key", keptSecret, 200)
	fresh, freshSecret := serve.NewKey("new")
	set(kept, fresh)
	check("the old key, replaced", oldSecret, 401)
	check("the new key", freshSecret, 200)
	check("the limited key for the second time", keptSecret, 200)
	set(fresh, kept)
	check("the limited key beyond its rate", keptSecret, 429)
	if err := s.SetKeys(nil); err == nil {
		t.Error("SetKeys leaves a server without keys")
	}
	check("no key", "", 401)
	kept.Burst++
	set(fresh, kept)
	check("the limited key with another limit", keptSecret, 200)

	none := server(t, serve.Options{})
	if err := none.SetKeys(nil); err != nil {
		t.Errorf("SetKeys of a server that never had keys: %v", err)
	}
	if err := none.SetKeys([]serve.Key{fresh}); err != nil {
		t.Fatal(err)
	}
	if w := ask(none, "POST", "/v2/models/double/infer", small); w.Code != 401 {
		t.Errorf("without the first key of a server: status %d, want 401", w.Code)
	}
}

// TestTLSReplaced tests that a certificate which is replaced is used, and one that is
// broken is not.
func TestTLSReplaced(t *testing.T) {
	dir := t.TempDir()
	replace := func(name string) []byte {
		c, _ := certificate(t, dir, name, nil, nil)
		return c.Raw
	}
	first := replace("server")
	p, err := serve.NewPair(filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key"))
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string, want []byte) {
		t.Helper()
		if got, err := p.Get(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: another certificate, or %v", when, err)
		}
	}
	check("at first", first)
	second := replace("server")
	check("replaced", second)
	put(t, dir, "server.pem", []byte("x"))
	check("a broken certificate", second)
	third := replace("other")
	put(t, dir, "server.pem", read(t, filepath.Join(dir, "other.pem")))
	check("a certificate without its key", second)
	put(t, dir, "server.key", read(t, filepath.Join(dir, "other.key")))
	check("with its key", third)
}

// TestMaxConns tests that one connection too many is closed, also with TLS and HTTP/2,
// and that the place of one that ended is free again.
func TestMaxConns(t *testing.T) {
	dir := t.TempDir()
	ca, _ := certificate(t, dir, "server", nil, nil)
	settings, err := serve.TLS(filepath.Join(dir, "server.pem"), filepath.Join(dir, "server.key"), "")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca)
	for _, encrypted := range []bool{false, true} {
		t.Run(fmt.Sprintf("tls=%v", encrypted), func(t *testing.T) {
			s := server(t, serve.Options{MaxConns: 2})
			l := listen(t)
			addr := l.Addr().String()
			if encrypted {
				l = tls.NewListener(l, settings)
			}
			ctx, stop := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- s.Serve(ctx, l) }()
			get := func() (*http.Transport, error) {
				c := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
				scheme, major := "http://", 1
				if encrypted {
					scheme, major = "https://", 2
				}
				res, err := (&http.Client{Transport: c}).Get(scheme + addr + "/v2")
				if err != nil {
					return nil, err
				}
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
				if res.ProtoMajor != major {
					t.Errorf("HTTP/%d, want HTTP/%d", res.ProtoMajor, major)
				}
				return c, nil
			}
			var open []*http.Transport
			for range 2 {
				c, err := get()
				if err != nil {
					t.Fatal(err)
				}
				open = append(open, c)
			}
			c, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if b, err := bufio.NewReader(c).ReadByte(); err == nil {
				t.Errorf("a third connection is told %q", b)
			}
			if _, err := get(); err == nil {
				t.Error("a third connection is answered")
			}
			open[0].CloseIdleConnections()
			settle(t, func() bool {
				c, err := get()
				if err != nil {
					return false
				}
				c.CloseIdleConnections()
				return true
			})
			open[1].CloseIdleConnections()
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}
