package serve_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/lm"
	"github.com/gannet-ml/gannet/nn/serve"
	"github.com/gannet-ml/gannet/nn/serve/oip"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
)

// alphabet returns a network for up to 4 letters, with or without lengths, and its
// info: after a comes b, then c, then the end.
func alphabet(t testing.TB, lengths bool) (nn.Module, *nn.Info) {
	t.Helper()
	e := text.Encoder{Splitter: text.Characters}
	var err error
	if e.Vocabulary, err = text.NewVocabulary(text.Count([]string{"a", "b", "c"}), text.Usual); err != nil {
		t.Fatal(err)
	}
	id := func(token string) int {
		id, ok := e.Vocabulary.ID(token)
		if !ok {
			t.Fatalf("%q is no token", token)
		}
		return id
	}
	table := nn.NewEmbedding(e.Size(), e.Size())
	info := &nn.Info{Input: tensor.Shape{4}}
	net := nn.Seq(table)
	if lengths {
		net = nn.Seq(nn.Inputs(table, nn.Identity), rnn.Padded)
		info.More = []tensor.Shape{{}}
	}
	if net, err = nn.Init(1, net); err != nil {
		t.Fatal(err)
	}
	table.Weight.Value.Fill(0)
	order := []string{"a", "b", "c", "<eos>"}
	for i := range order[1:] {
		table.Weight.Value.Set(30, id(order[i]), id(order[i+1]))
	}
	if info.Encoder, err = json.Marshal(&e); err != nil {
		t.Fatal(err)
	}
	return net, info
}

// saved returns a folder with the network.
func saved(t testing.TB, net nn.Module, info *nn.Info) string {
	t.Helper()
	dir := t.TempDir()
	if err := nn.Save(filepath.Join(dir, "model.safetensors"), net, *info); err != nil {
		t.Fatal(err)
	}
	return dir
}

// speaker is a model that does what it is told to.
type speaker func(ctx context.Context, prompt string, o lm.Options) iter.Seq2[string, error]

func (speaker) Inputs() []oip.Port  { return ports("input", oip.FP32, -1, 3) }
func (speaker) Outputs() []oip.Port { return ports("output", oip.FP32, -1, 3) }
func (speaker) Infer(context.Context, []oip.Tensor) ([]oip.Tensor, error) {
	return nil, errors.New("it only speaks")
}
func (s speaker) Generate(ctx context.Context, prompt string, o lm.Options) iter.Seq2[string, error] {
	return s(ctx, prompt, o)
}

// speaking returns a server with a model "speaker".
func speaking(t testing.TB, o serve.Options, s speaker) *serve.Server {
	t.Helper()
	server := server(t, o)
	if err := server.Register("speaker", "3", s); err != nil {
		t.Fatal(err)
	}
	return server
}

const (
	speak  = "/v2/models/speaker/generate"
	stream = "/v2/models/speaker/generate_stream"
	hello  = `{"text_input":"hello"}`
)

// TestGenerate: a language model in a folder generates texts, at once and in pieces.
func TestGenerate(t *testing.T) {
	for name, lengths := range map[string]bool{"tokens": false, "with lengths": true} {
		t.Run(name, func(t *testing.T) {
			net, info := alphabet(t, lengths)
			n, err := serve.Open(saved(t, net, info))
			if err != nil {
				t.Fatal(err)
			}
			if n.Language == nil {
				t.Fatal("the network is no language model")
			}
			s := server(t, serve.Options{})
			if err := s.Register("abc", "2", n); err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{"/v2/models/abc", "/v2/models/abc/versions/2"} {
				w := ask(s, "POST", path+"/generate", `{"text_input":"aba","parameters":{"temperature":0.5,"seed":18446744073709551615}}`)
				if want := `{"model_name":"abc","model_version":"2","text_output":"bc"}` + "\n"; w.Code != 200 || w.Body.String() != want {
					t.Errorf("status %d: %s, want %s", w.Code, w.Body, want)
				}
				w = ask(s, "POST", path+"/generate_stream", `{"text_input":"aba"}`, "Accept-Encoding", "gzip")
				want := `data: {"model_name":"abc","model_version":"2","text_output":"b","done":false}

data: {"model_name":"abc","model_version":"2","text_output":"c","done":false}

data: {"model_name":"abc","model_version":"2","text_output":"","done":true}

`
				if w.Code != 200 || w.Body.String() != want || !w.Flushed {
					t.Errorf("status %d: %s, want %s", w.Code, w.Body, want)
				}
				if h := w.Header(); h.Get("Content-Type") != "text/event-stream; charset=utf-8" || h.Get("Content-Length") != "" || h.Get("Content-Encoding") != "" {
					t.Errorf("headers %v", h)
				}
			}
			if w := ask(s, "POST", "/v2/models/abc/generate", `{"text_input":"a","parameters":{"max_tokens":9,"stop":["c"]}}`); !strings.Contains(w.Body.String(), `"text_output":"b"`) {
				t.Errorf("with a stop string: %s", w.Body)
			}
			if w := ask(s, "POST", "/v2/models/abc/classify", "a"); w.Code != 501 {
				t.Errorf("classify: status %d: %s, want 501", w.Code, w.Body)
			}
			var stats struct {
				Models []struct {
					Inferences int                                                  `json:"inference_count"`
					Executions int                                                  `json:"execution_count"`
					Stats      struct{ Success, Compute_Infer struct{ Count int } } `json:"inference_stats"`
				} `json:"model_stats"`
			}
			w := ask(s.Admin(), "GET", "/v2/models/abc/stats", "")
			if err := json.Unmarshal(w.Body.Bytes(), &stats); err != nil || len(stats.Models) != 1 {
				t.Fatalf("statistics: %s, %v", w.Body, err)
			}
			if m := stats.Models[0]; m.Inferences != 5 || m.Executions != 5 || m.Stats.Success.Count != 5 || m.Stats.Compute_Infer.Count != 5 {
				t.Errorf("statistics: %s, want 5 texts", w.Body)
			}
			m := ask(s.Admin(), "GET", "/metrics", "").Body.String()
			for _, want := range []string{
				`gannet_requests_total{code="200",model="abc",version="2"} 5`, `gannet_request_duration_seconds_count{model="abc",version="2"} 5`, "gannet_body_bytes 0\n",
			} {
				if !strings.Contains(m, want) {
					t.Errorf("metrics have no %s", want)
				}
			}
		})
	}
}

// TestGenerateRefused has what is not answered with a text.
func TestGenerateRefused(t *testing.T) {
	net, info := alphabet(t, false)
	n, err := serve.Open(saved(t, net, info))
	if err != nil {
		t.Fatal(err)
	}
	s := server(t, serve.Options{MaxTokens: 10, MaxPrompt: 100, MaxBody: 1000})
	for name, m := range map[string]serve.Model{"abc": n, "critic": critic()} {
		if err := s.Register(name, "1", m); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		model, body string
		status      int
		want        string
	}{
		{"none", hello, 404, "unknown model"},
		{"double", hello, 501, `model \"double\" does not generate text`},
		{"critic", hello, 501, `model \"critic\" does not generate text`},
		{"abc", "", 400, "oip: JSON ends at byte 0"},
		{"abc", `{"text_input":""}`, 400, "lm: prompt: it has no tokens"},
		{"abc", `{"text_input":"a","parameters":{"max_tokens":11}}`, 400, "max_tokens is 11, want at most 10"},
		{"abc", `{"text_input":"` + strings.Repeat("a", 101) + `"}`, 400, "text_input has 101 bytes, want at most 100"},
		{"abc", `{"text_input":"` + strings.Repeat("a", 1001) + `"}`, 413, "more than 1000 bytes"},
		{"abc", `{"text_input":"a","parameters":{"stop":["` + strings.Repeat("a", 257) + `"]}}`, 400, "a stop string has 257 bytes, want at most 256"},
		{"abc", `{"text_input":"a","parameters":{"temprature":1}}`, 400, `unknown parameter \"temprature\"`},
	} {
		for _, path := range []string{"/generate", "/generate_stream"} {
			w := ask(s, "POST", "/v2/models/"+c.model+path, c.body)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || w.Header().Get("Content-Type") != "application/json" {
				t.Errorf("%s, %.60s: status %d: %s, want %d and %q", c.model+path, c.body, w.Code, w.Body, c.status, c.want)
			}
		}
	}
	for path, body := range map[string]string{"/generate": "true", "/generate_stream": "false"} {
		w := ask(s, "POST", "/v2/models/abc"+path, `{"text_input":"a","parameters":{"stream":`+body+`}}`)
		if w.Code != 400 || !strings.Contains(w.Body.String(), "stream is "+body) {
			t.Errorf("%s with stream %s: status %d: %s", path, body, w.Code, w.Body)
		}
	}
	if w := ask(s, "GET", "/v2/models/abc/generate", ""); w.Code != 405 || w.Header().Get("Allow") != "POST" {
		t.Errorf("GET: status %d", w.Code)
	}
	// What is not said is bounded too.
	if w := ask(s, "POST", "/v2/models/abc/generate", `{"text_input":"a","parameters":null}`); w.Code != 200 {
		t.Errorf("without parameters: status %d: %s", w.Code, w.Body)
	}
}

// TestGenerateParameters tests what a model is asked for.
func TestGenerateParameters(t *testing.T) {
	var prompt string
	var got lm.Options
	s := speaking(t, serve.Options{MaxTokens: 1000}, func(_ context.Context, p string, o lm.Options) iter.Seq2[string, error] {
		prompt, got = p, o
		return func(func(string, error) bool) {}
	})
	w := ask(s, "POST", speak, `{"parameters":{"temperature":0.75,"top_k":40,"top_p":0.9,"max_tokens":1000,"seed":12,"stop":["a","\u20ac"],"stream":false},"text_input":"x\ny"}`)
	want := lm.Options{Sampler: lm.Sampler{Temperature: 0.75, TopK: 40, TopP: 0.9, Seed: 12}, MaxTokens: 1000, Stop: []string{"a", "€"}}
	if w.Code != 200 || prompt != "x\ny" || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("status %d: %q with %v, want %v", w.Code, prompt, got, want)
	}
	if w := ask(s, "POST", speak, hello); w.Code != 200 || !strings.Contains(w.Body.String(), `"text_output":""`) {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	seed := got.Sampler.Seed
	want = lm.Options{Sampler: lm.Sampler{Seed: seed}, MaxTokens: 256}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("nothing given is %v, want %v", got, want)
	}
	if ask(s, "POST", speak, hello); got.Sampler.Seed == seed {
		t.Error("two texts without a seed have the same")
	}
}

// TestGenerateErrors tests what becomes of errors before and after the first piece.
func TestGenerateErrors(t *testing.T) {
	for _, c := range []struct {
		name   string
		err    error // nil panics
		status int
		want   string
	}{
		{"failure", errors.New("secret"), 500, "the model failed; the server's log has the reason"},
		{"panic", nil, 500, "the model failed; the server's log has the reason"},
		{"refusal", oip.Errorf(422, "any", "not that"), 422, "not that"},
		{"prompt", fmt.Errorf("wrapped: %w", &lm.PromptError{Err: errors.New("odd")}), 400, "lm: prompt: odd"},
		{"time", context.DeadlineExceeded, 504, "deadline"},
		{"canceled by itself", fmt.Errorf("secret: %w", context.Canceled), 500, "the model failed"},
		{"status of a client that is gone", oip.Errorf(499, "any", "secret"), 500, "the model failed"},
	} {
		for _, after := range []int{0, 2} {
			t.Run(fmt.Sprintf("%s/after=%d", c.name, after), func(t *testing.T) {
				var logged bytes.Buffer
				o := serve.Options{Logger: slog.New(slog.NewJSONHandler(&logged, nil))}
				s := speaking(t, o, func(context.Context, string, lm.Options) iter.Seq2[string, error] {
					return func(yield func(string, error) bool) {
						for range after {
							yield("x", nil)
						}
						if c.err == nil {
							panic("secret")
						}
						yield("", c.err)
					}
				})
				w := ask(s, "POST", speak, hello)
				if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || strings.Contains(w.Body.String(), "secret") {
					t.Errorf("status %d: %s, want %d and %q", w.Code, w.Body, c.status, c.want)
				}
				w = ask(s, "POST", stream, hello, "X-Request-Id", "r1")
				events := strings.Split(strings.TrimSuffix(w.Body.String(), "\n\n"), "\n\n")
				last := events[len(events)-1]
				switch {
				case after == 0 && (w.Code != c.status || !strings.HasPrefix(last, `{"error":"`)),
					after > 0 && (w.Code != 200 || len(events) != after+1 || !strings.HasPrefix(last, `data: {"error":"`)),
					!strings.Contains(last, c.want), strings.Contains(last, "secret"):
					t.Errorf("stream: status %d, %q, want %q", w.Code, events, c.want)
				}
				if want := fmt.Sprintf(`gannet_requests_total{code="%d",model="speaker",version="3"} 2`, c.status); !strings.Contains(ask(s.Admin(), "GET", "/metrics", "").Body.String(), want) {
					t.Errorf("metrics have no %s", want)
				}
				if !strings.Contains(logged.String(), `"request_id":"r1"`) || !strings.Contains(logged.String(), fmt.Sprintf(`"status":%d`, c.status)) {
					t.Errorf("the log is %s", &logged)
				}
			})
		}
	}
}

// endless returns a model that says a word until its context is done or nobody listens,
// and a channel that tells of each end.
func endless(word string) (speaker, chan error) {
	ended := make(chan error, 100)
	return func(ctx context.Context, _ string, _ lm.Options) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			for ctx.Err() == nil {
				if !yield(word, nil) {
					ended <- errors.New("nobody listens")
					return
				}
				time.Sleep(100 * time.Microsecond)
			}
			ended <- ctx.Err()
			yield("", ctx.Err())
		}
	}, ended
}

// counted waits until metrics have a line.
func counted(t *testing.T, s *serve.Server, line string) {
	t.Helper()
	m := ""
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if m = ask(s.Admin(), "GET", "/metrics", "").Body.String(); strings.Contains(m, line+"\n") {
			return
		}
	}
	t.Errorf("metrics have no %s", line)
}

// posting sends a request over a connection of its own kind and returns the answer once
// its header has come.
func posting(t *testing.T, s *serve.Server, h2 bool) (post func() *http.Response, conns *atomic.Int64) {
	t.Helper()
	h := httptest.NewUnstartedServer(s)
	h.EnableHTTP2 = h2
	conns = new(atomic.Int64)
	h.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	h.StartTLS()
	t.Cleanup(h.Close)
	return func() *http.Response {
		res, err := h.Client().Post(h.URL+stream, "application/json", strings.NewReader(hello))
		if err == nil && (res.ProtoMajor == 2) != h2 {
			err = fmt.Errorf("protocol %s", res.Proto)
		}
		if err != nil {
			t.Fatal(err)
		}
		return res
	}, conns
}

// TestGenerateConnection tests streams over both versions of HTTP: events come at once,
// one connection takes several, and a client that goes away ends its text.
func TestGenerateConnection(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		t.Run(fmt.Sprintf("h2=%v", h2), func(t *testing.T) {
			next := make(chan string)
			s := speaking(t, serve.Options{}, func(context.Context, string, lm.Options) iter.Seq2[string, error] {
				return func(yield func(string, error) bool) {
					for word := "begin"; word != "end"; word = <-next {
						yield(word, nil)
					}
				}
			})
			post, conns := posting(t, s, h2)
			for range 3 {
				res := post()
				lines := bufio.NewScanner(res.Body)
				for _, word := range []string{"begin", "one", "two", "three"} {
					if word != "begin" {
						next <- word // after the one before has come
					}
					if !lines.Scan() || !strings.Contains(lines.Text(), `"text_output":"`+word+`","done":false`) || !lines.Scan() {
						t.Fatalf("%q, want %q", lines.Text(), word)
					}
				}
				next <- "end"
				if rest, err := io.ReadAll(res.Body); err != nil {
					t.Errorf("%q, %v", rest, err)
				}
				res.Body.Close()
			}
			if n := conns.Load(); n != 1 {
				t.Errorf("%d connections, want 1", n)
			}

			m, ended := endless("x")
			if err := s.Register("speaker", "4", m); err != nil {
				t.Fatal(err)
			}
			res := post()
			io.ReadFull(res.Body, make([]byte, 100))
			res.Body.Close()
			if err := <-ended; err == nil {
				t.Error("the text has an end")
			}
			counted(t, s, `gannet_requests_total{code="499",model="speaker",version="4"} 1`)
		})
	}
}

// TestGenerateSlowClient: a client that takes no events keeps its place no longer than
// Options.Timeout, and the time for an event.
func TestGenerateSlowClient(t *testing.T) {
	m, ended := endless(strings.Repeat("x", 1<<20))
	s := speaking(t, serve.Options{MaxTexts: 1, Timeout: 300 * time.Millisecond}, m)
	l := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", stream, len(hello), hello)
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the text goes on")
	}
	counted(t, s, "gannet_in_flight_requests 0")
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestGeneratePlaces: only so many texts are generated at a time.
func TestGeneratePlaces(t *testing.T) {
	m, ended := endless("x")
	s := speaking(t, serve.Options{MaxTexts: 2}, m)
	post, _ := posting(t, s, false)
	first, second := post(), post()
	defer first.Body.Close()
	third := post()
	third.Body.Close()
	if third.StatusCode != 503 || third.Header.Get("Retry-After") != "1" {
		t.Errorf("a third text: status %d, Retry-After %q, want 503 and 1", third.StatusCode, third.Header.Get("Retry-After"))
	}
	second.Body.Close()
	<-ended
	counted(t, s, `gannet_requests_total{code="499",model="speaker",version="3"} 1`)

	// A body that does not come takes no place.
	slow, in := io.Pipe()
	defer in.Close()
	begun := make(chan *http.Response, 1)
	go func() {
		r := httptest.NewRequest("POST", stream, slow)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		begun <- w.Result()
	}()
	in.Write([]byte(`{"text_input":`))

	again := post()
	again.Body.Close()
	if again.StatusCode != 200 {
		t.Errorf("after one has ended: status %d, want 200", again.StatusCode)
	}
	counted(t, s, `gannet_rejected_total{model="speaker",reason="queue_full"} 1`)
	in.Close()
	if res := <-begun; res.StatusCode != 400 {
		t.Errorf("half a body: status %d, want 400", res.StatusCode)
	}
}

// TestGenerateTimeout: a text may take as long as any request.
func TestGenerateTimeout(t *testing.T) {
	m, ended := endless("x")
	s := speaking(t, serve.Options{Timeout: 50 * time.Millisecond}, m)
	if w := ask(s, "POST", speak, hello); w.Code != 504 || !errors.Is(<-ended, context.DeadlineExceeded) {
		t.Errorf("status %d: %.100s, want 504", w.Code, w.Body)
	}
	w := ask(s, "POST", stream, hello)
	if want := "data: {\"error\":\"context deadline exceeded\"}\n\n"; w.Code != 200 || !strings.HasSuffix(w.Body.String(), want) {
		t.Errorf("stream: status %d, %d bytes, want %s at the end", w.Code, w.Body.Len(), want)
	}
	counted(t, s, `gannet_requests_total{code="504",model="speaker",version="3"} 2`)
}

// TestGenerateCompleteLate: a text that is complete is answered, however late.
func TestGenerateCompleteLate(t *testing.T) {
	s := speaking(t, serve.Options{Timeout: 20 * time.Millisecond}, func(ctx context.Context, _ string, _ lm.Options) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			yield("all of it", nil)
			<-ctx.Done()
		}
	})
	for path, want := range map[string]string{speak: `"text_output":"all of it"}`, stream: `"text_output":"","done":true}`} {
		if w := ask(s, "POST", path, hello); w.Code != 200 || !strings.HasSuffix(strings.TrimSpace(w.Body.String()), want) {
			t.Errorf("%s: status %d: %s, want %s", path, w.Code, w.Body, want)
		}
	}
}

// lateEnd is the end of a body, which comes some time after the rest.
type lateEnd struct{}

func (lateEnd) Read([]byte) (int, error) {
	time.Sleep(50 * time.Millisecond)
	return 0, io.EOF
}

// TestGenerateGone: a client that goes away is noticed, however its body came.
func TestGenerateGone(t *testing.T) {
	for _, encoding := range []string{"", "gzip", "deflate"} {
		begun, ended := make(chan bool, 1), make(chan error, 1)
		s := speaking(t, serve.Options{}, func(ctx context.Context, _ string, _ lm.Options) iter.Seq2[string, error] {
			return func(yield func(string, error) bool) {
				begun <- true
				select {
				case <-ctx.Done():
				case <-time.After(10 * time.Second):
				}
				ended <- ctx.Err()
				yield("", ctx.Err())
			}
		})
		h := httptest.NewServer(s)
		var body bytes.Buffer
		switch encoding {
		case "gzip":
			z := gzip.NewWriter(&body)
			io.WriteString(z, hello)
			z.Close()
		case "deflate":
			z := zlib.NewWriter(&body)
			io.WriteString(z, hello)
			z.Close()
		default:
			body.WriteString(hello)
		}
		ctx, leave := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, "POST", h.URL+speak, io.MultiReader(&body, lateEnd{}))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Encoding", encoding)
		go func() {
			<-begun
			leave()
		}()
		if _, err := http.DefaultClient.Do(r); !errors.Is(err, context.Canceled) {
			t.Errorf("%q: %v", encoding, err)
		}
		if err := <-ended; err != context.Canceled {
			t.Errorf("%q: the model sees %v, want %v", encoding, err, context.Canceled)
		}
		counted(t, s, `gannet_requests_total{code="499",model="speaker",version="3"} 1`)
		h.Close()
	}
}

// TestGenerateQueue: texts do not wait in the queue, so that a full one refuses none.
func TestGenerateQueue(t *testing.T) {
	m, in, out := stuck()
	s := server(t, serve.Options{MaxQueue: 1})
	says := func(context.Context, string, lm.Options) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) { yield("hi", nil) }
	}
	if err := s.Register("speaker", "3", busy{says, m}); err != nil {
		t.Fatal(err)
	}
	first := make(chan int, 1)
	go func() { first <- ask(s, "POST", "/v2/models/speaker/infer", small).Code }()
	<-in
	if w := ask(s, "POST", "/v2/models/speaker/infer", small); w.Code != 503 {
		t.Errorf("infer: status %d: %s, want 503", w.Code, w.Body)
	}
	if w := ask(s, "POST", speak, hello); w.Code != 200 || !strings.Contains(w.Body.String(), `"hi"`) {
		t.Errorf("generate: status %d: %s, want 200", w.Code, w.Body)
	}
	close(out)
	if code := <-first; code != 200 {
		t.Errorf("the first: status %d, want 200", code)
	}
}

// busy is a speaker that computes too.
type busy struct {
	speaker
	compute own
}

func (b busy) Infer(ctx context.Context, in []oip.Tensor) ([]oip.Tensor, error) {
	return b.compute(ctx, in)
}

// TestGenerateTrace: reading, computing and writing are traced.
func TestGenerateTrace(t *testing.T) {
	var stages []string
	o := serve.Options{Trace: func(ctx context.Context, stage string) (context.Context, func(error)) {
		return ctx, func(err error) { stages = append(stages, fmt.Sprint(stage, " ", err)) }
	}}
	s := speaking(t, o, func(context.Context, string, lm.Options) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) { yield("hi", nil) }
	})
	for path, want := range map[string]string{
		speak:  "[serve.read <nil> serve.infer <nil> serve.write <nil>]",
		stream: "[serve.read <nil> serve.infer <nil>]",
	} {
		stages = nil
		if ask(s, "POST", path, hello); fmt.Sprint(stages) != want {
			t.Errorf("%s: %v, want %s", path, stages, want)
		}
	}
}

// TestGenerateMemory: an answer that is not streamed counts.
func TestGenerateMemory(t *testing.T) {
	m, _ := endless(strings.Repeat("x", 1000))
	s := speaking(t, serve.Options{MaxMemory: 1 << 20}, m)
	if w := ask(s, "POST", speak, hello); w.Code != 503 || !strings.Contains(w.Body.String(), "take 1048576 bytes already") {
		t.Errorf("status %d: %.200s, want 503", w.Code, w.Body)
	}
	counted(t, s, "gannet_body_bytes 0")
}

// TestGenerateKeys: texts are for holders of keys.
func TestGenerateKeys(t *testing.T) {
	key, secret := serve.NewKey("k")
	m := speaker(func(context.Context, string, lm.Options) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) { yield("hi", nil) }
	})
	s := speaking(t, serve.Options{Keys: []serve.Key{key}}, m)
	for _, path := range []string{speak, stream} {
		if w := ask(s, "POST", path, hello); w.Code != 401 {
			t.Errorf("%s without a key: status %d, want 401", path, w.Code)
		}
		if w := ask(s, "POST", path, hello, "X-API-Key", secret); w.Code != 200 || !strings.Contains(w.Body.String(), `"hi"`) {
			t.Errorf("%s with a key: status %d: %s", path, w.Code, w.Body)
		}
	}
}

// TestGenerateReplaced: a text that was begun is generated to its end by the version
// that began it.
func TestGenerateReplaced(t *testing.T) {
	next := make(chan bool)
	m := func(word string) speaker {
		return func(context.Context, string, lm.Options) iter.Seq2[string, error] {
			return func(yield func(string, error) bool) {
				for range 3 {
					yield(word, nil)
					<-next
				}
			}
		}
	}
	s := speaking(t, serve.Options{}, m("old"))
	post, _ := posting(t, s, true)
	first := post()
	if err := errors.Join(s.Register("speaker", "3", m("new")), s.Register("speaker", "4", m("newer"))); err != nil {
		t.Fatal(err)
	}
	second := post()
	close(next)
	for res, want := range map[*http.Response]string{first: `"model_version":"3","text_output":"old"`, second: `"model_version":"4","text_output":"newer"`} {
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || strings.Count(string(body), want) != 3 || strings.Count(string(body), "data: ") != 4 {
			t.Errorf("%s, %v, want %s three times", body, err, want)
		}
	}
}

// TestGenerateRepository: a language model that is put in a repository generates texts;
// a newer version takes over.
func TestGenerateRepository(t *testing.T) {
	dir := t.TempDir()
	net, info := alphabet(t, true)
	file, err := os.ReadFile(filepath.Join(saved(t, net, info), "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "abc/1/model.safetensors", file)
	s := watched(t, dir, serve.Repository{})
	for _, version := range []string{"1", "2"} {
		put(t, dir, "abc/"+version+"/model.safetensors", file)
		until(t, s, map[string]string{"1": "abc 1 READY", "2": "abc 1 READY; abc 2 READY"}[version])
		w := ask(s, "POST", "/v2/models/abc/generate", `{"text_input":"a"}`)
		if want := `"model_version":"` + version + `","text_output":"bc"`; w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("status %d: %s, want %s", w.Code, w.Body, want)
		}
	}
}

// recurrent returns a recurrent network that takes up to 4 letters and their number, with
// layers behind it, and its info. Its size is that of the alphabet, and then of tokens.
func recurrent(t testing.TB, layers func(tokens int) []nn.Module) (nn.Module, *nn.Info) {
	t.Helper()
	_, info := alphabet(t, true)
	const tokens = 7
	net, err := nn.Init(1, nn.Seq(append([]nn.Module{
		nn.Inputs(nn.NewEmbedding(tokens, 3), nn.Identity), rnn.NewGRU(3, 5)}, layers(tokens)...)...))
	if err != nil {
		t.Fatal(err)
	}
	return net, info
}

// TestGenerateRecurrent: a recurrent language model with lengths is tried and put to work
// by a repository, and generates what it generates in Go.
func TestGenerateRecurrent(t *testing.T) {
	net, info := recurrent(t, func(tokens int) []nn.Module { return []nn.Module{rnn.Padded, nn.NewLinear(5, tokens)} })
	folder, dir := saved(t, net, info), t.TempDir()
	put(t, dir, "abc/1/model.safetensors", read(t, filepath.Join(folder, "model.safetensors")))
	s := watched(t, dir, serve.Repository{})
	until(t, s, "abc 1 READY")
	n, err := serve.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	want := ""
	for piece, err := range n.Generate(t.Context(), "ab", lm.Options{MaxTokens: 9, Sampler: lm.Sampler{Temperature: 1, Seed: 3}}) {
		if err != nil {
			t.Fatal(err)
		}
		want += piece
	}
	w := ask(s, "POST", "/v2/models/abc/generate", `{"text_input":"ab","temperature":1,"seed":3,"max_tokens":9}`)
	var got struct {
		Text string `json:"text_output"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || got.Text != want || want == "" {
		t.Errorf("status %d: %s, want %q", w.Code, w.Body, want)
	}
}

// TestLanguage says which networks of files are language models.
func TestLanguage(t *testing.T) {
	for _, c := range []struct {
		name, why string
		change    func(net *nn.Sequential, info *nn.Info)
	}{
		{"no encoder", "", func(_ *nn.Sequential, info *nn.Info) { info.Encoder = nil }},
		{"both directions", ": lm: NewStream: layer 2: rnn: NewStream: the GRU is bidirectional and needs whole sequences, want one of a single direction", func(net *nn.Sequential, _ *nn.Info) {
			net.Layers = append(net.Layers, rnn.NewGRU(7, 7, rnn.Bidirectional), nn.NewLinear(14, 7))
		}},
		{"others than tokens", ": its output is [4 6], want logits for 7 tokens at each step", func(net *nn.Sequential, _ *nn.Info) { net.Layers = append(net.Layers, nn.NewLinear(7, 6)) }},
		{"one for all of them", ": its output is [7], want logits for 7 tokens at each step", func(net *nn.Sequential, _ *nn.Info) { net.Layers = append(net.Layers[:1], rnn.Last) }},
		{"not logits", ": lm: NewStream: the network ends in Softmax, want logits", func(net *nn.Sequential, _ *nn.Info) { net.Layers = append(net.Layers, nn.Softmax) }},
		{"an encoder of others", ": its output is [4 7], want logits for 6 tokens at each step", func(_ *nn.Sequential, info *nn.Info) { info.Encoder = critic().Info.Encoder }},
	} {
		net, info := alphabet(t, true)
		c.change(net.(*nn.Sequential), info)
		if _, err := nn.Init(1, net); err != nil {
			t.Fatal(err)
		}
		n, err := serve.Open(saved(t, net, info))
		if err != nil || n.Language != nil {
			t.Errorf("%s: %v, %v, want no language model", c.name, n, err)
			continue
		}
		for _, err := range n.Generate(t.Context(), "a", lm.Options{}) {
			if err == nil || !strings.HasSuffix(err.Error(), "no language model"+c.why) {
				t.Errorf("%s: Generate: %v, want %q at the end", c.name, err, c.why)
			}
		}
		s := server(t, serve.Options{})
		if err := s.Register("abc", "1", n); err != nil {
			t.Fatal(err)
		}
		var said struct{ Error string }
		w := ask(s, "POST", "/v2/models/abc/generate", hello)
		if err := json.Unmarshal(w.Body.Bytes(), &said); err != nil || w.Code != 501 || !strings.HasSuffix(said.Error, "does not generate text"+c.why) {
			t.Errorf("%s: status %d: %s, want 501 and %q at the end", c.name, w.Code, w.Body, c.why)
		}
	}
}
