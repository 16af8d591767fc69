package serve

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// exchange is a request and what becomes of it.
type exchange struct {
	s       *Server
	w       http.ResponseWriter
	r       *http.Request
	id      string   // in the header X-Request-Id
	key     string   // the name of the key
	version *version // that answers, once it is found; released at the end
	start   time.Time
	status  int   // that was sent, 0 until then
	held    int64 // bytes of memory to give back
	err     error
}

// handler answers an exchange; an error is sent by the caller.
type handler func(x *exchange) error

// door says who may come in.
type door int

const (
	open    door = iota // everybody
	guarded             // holders of a key, if there are keys
)

// handle makes a path answer one method.
func (s *Server) handle(mux *http.ServeMux, method, path string, d door, h handler) {
	mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		s.exchange(w, r, d, func(x *exchange) error {
			if r.Method != method {
				w.Header().Set("Allow", method)
				return oip.Errorf(http.StatusMethodNotAllowed, "method", "method %s, want %s", r.Method, method)
			}
			return h(x)
		})
	})
}

// notFound answers all other paths below one.
func (s *Server) notFound(mux *http.ServeMux, below string) {
	mux.HandleFunc(below, func(w http.ResponseWriter, r *http.Request) {
		s.exchange(w, r, open, func(x *exchange) error {
			return oip.Errorf(http.StatusNotFound, "path", "nothing is at %q", r.URL.Path)
		})
	})
}

// exchange serves a request: it lets in whom it may, answers errors, contains
// panics, counts and logs.
func (s *Server) exchange(w http.ResponseWriter, r *http.Request, d door, h handler) {
	x := &exchange{s: s, w: w, r: r, id: requestID(r), start: time.Now()}
	w.Header().Set("X-Request-Id", x.id)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	defer s.serving.Add(-1)
	n := s.serving.Add(1)
	defer func() {
		p := recover()
		if p != nil && p != http.ErrAbortHandler {
			x.err = &panicError{p, debug.Stack()}
			x.fail()
		}
		s.memory.Add(-x.held)
		x.finish()
		if x.version != nil {
			x.version.release()
		}
		if p == http.ErrAbortHandler {
			panic(p)
		}
	}()
	end := x.start.Add(s.o.Timeout)
	if r.ContentLength != 0 {
		// A body, also one that nobody reads, may be as slow as the whole request may
		// take. Where the deadline cannot be set, as in tests, there is no connection.
		http.NewResponseController(w).SetReadDeadline(end)
	}
	if d == guarded {
		ctx, cancel := context.WithDeadline(r.Context(), end)
		defer cancel()
		x.r = r.WithContext(ctx)
	}
	if x.err = x.admit(d, n); x.err == nil {
		x.err = h(x)
	}
	if x.err != nil {
		x.fail()
	}
}

// admit refuses whom the server has no place for, or who may not.
func (x *exchange) admit(d door, serving int64) error {
	if err := crossOrigin.Check(x.r); err != nil {
		return oip.Errorf(http.StatusForbidden, "origin", "a request from another site: %w", err)
	}
	if d == open {
		return nil
	}
	var err error
	x.key, err = x.enter(secretOf(x.r.Header), serving)
	return err
}

// enter refuses a request beyond those that can be served, or without a key.
func (x *exchange) enter(secret string, serving int64) (key string, err error) {
	if serving > int64(x.s.o.MaxRequests) {
		return "", oip.Errorf(http.StatusServiceUnavailable, "requests", "%d requests are being served already", x.s.o.MaxRequests)
	}
	return x.s.keys.admit(secret)
}

// crossOrigin refuses what another site makes a browser send.
var crossOrigin http.CrossOriginProtection

// requestID returns the id that a client or a proxy gave a request, or a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get("X-Request-Id")
	if id == "" || len(id) > 128 {
		return rand.Text()
	}
	for _, c := range []byte(id) {
		if c <= ' ' || c > '~' {
			return rand.Text()
		}
	}
	return id
}

// fail answers with the error of the exchange, unless an answer has begun.
func (x *exchange) fail() {
	if x.status != 0 {
		return
	}
	status := statusOf(x.err)
	h := x.w.Header()
	switch status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		h.Set("Retry-After", "1")
	}
	message := x.err.Error()
	if e := (*oip.Error)(nil); status == http.StatusInternalServerError && !errors.As(x.err, &e) {
		// What went wrong inside may say things that are not for clients.
		message = "the model failed; the server's log has the reason under request id " + x.id
	}
	x.json(status, map[string]string{"error": message})
}

// statusOf returns the status that an error is answered with.
func statusOf(err error) int {
	var e *oip.Error
	switch {
	case errors.As(err, &e):
		return e.Status
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusGatewayTimeout
	case errors.Is(err, context.Canceled):
		return statusGone
	}
	return http.StatusInternalServerError
}

// statusGone is what logs and metrics say of a client that did not wait for its
// answer.
const statusGone = 499

// reasonOf returns the word for an error.
func reasonOf(err error) string {
	var e *oip.Error
	switch {
	case errors.As(err, &e):
		return e.Reason
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "canceled"
	}
	return "failure"
}

// json answers with a value as JSON.
func (x *exchange) json(status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	x.send(status, "application/json", append(body, '\n'))
	return nil
}

// send answers with a body.
func (x *exchange) send(status int, contentType string, body []byte) {
	h := x.w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	x.status = status
	x.w.WriteHeader(status)
	if len(body) < fewBytes {
		x.w.Write(body) // a client that is gone cannot be told
		return
	}
	// A client that does not read must not keep the memory, the version and one of the
	// requests that can be served. The deadline is taken back, since others write to
	// the connection too.
	c := http.NewResponseController(x.w)
	c.SetWriteDeadline(time.Now().Add(x.s.o.Timeout))
	x.w.Write(body)
	c.Flush()
	c.SetWriteDeadline(time.Time{})
}

// fewBytes is the length below which an answer is written after the exchange, by the
// HTTP server.
const fewBytes = 2 << 10

// finish counts and logs the exchange.
func (x *exchange) finish() {
	status := cmp.Or(x.status, http.StatusOK)
	model, number := "", ""
	if x.version != nil {
		model, number = x.version.model, x.version.name
		x.s.metrics.answered(model, number, status)
	}
	level := slog.LevelDebug
	if x.err != nil {
		level = slog.LevelWarn
		if status == http.StatusInternalServerError {
			level = slog.LevelError
		}
		x.s.metrics.refused(model, x.err)
	}
	ctx := x.r.Context()
	if !x.s.log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request_id", x.id), slog.String("method", x.r.Method), slog.String("path", x.r.URL.Path),
		slog.Int("status", status), slog.Duration("took", time.Since(x.start)), slog.String("remote", x.r.RemoteAddr),
	}
	if x.key != "" {
		attrs = append(attrs, slog.String("key", x.key))
	}
	if model != "" {
		attrs = append(attrs, slog.String("model", model), slog.String("version", number))
	}
	if x.err != nil {
		attrs = append(attrs, slog.Any("error", x.err))
	}
	var p *panicError
	if errors.As(x.err, &p) {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	x.s.log.LogAttrs(ctx, level, "request", attrs...)
}

// find finds the version that a request is for. Where there is too much to do it
// says so at once, before the request is read, which costs more than to refuse it.
// The exchange releases the version.
func (x *exchange) find() (*version, error) {
	v, err := x.s.acquire(x.r.PathValue("model"), x.r.PathValue("version"), true)
	if err != nil {
		return nil, err
	}
	x.version = v
	if v.batch.full() {
		return nil, v.batch.refuse()
	}
	return v, nil
}
