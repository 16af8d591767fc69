package serve

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// exchange is a request over HTTP and what becomes of it.
type exchange struct {
	call
	w      http.ResponseWriter
	r      *http.Request
	status int // that was sent, 0 until then
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
	x := &exchange{w: w, r: r}
	x.begin(s, r.Header)
	w.Header().Set("X-Request-Id", x.id)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	defer func() {
		p := recover()
		if p != nil && p != http.ErrAbortHandler {
			x.err = panicked(p)
			x.fail()
		}
		x.finish(x.r.Context(), cmp.Or(x.status, http.StatusOK),
			slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.String("remote", r.RemoteAddr))
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
	if x.err = x.admit(d); x.err == nil {
		x.err = h(x)
	}
	if x.err != nil {
		x.fail()
	}
}

// admit refuses whom the server has no place for, or who may not.
func (x *exchange) admit(d door) error {
	if err := crossOrigin.Check(x.r); err != nil {
		return oip.Errorf(http.StatusForbidden, "origin", "a request from another site: %w", err)
	}
	if d == open {
		return nil
	}
	return x.enter(secretOf(x.r.Header))
}

// crossOrigin refuses what another site makes a browser send.
var crossOrigin http.CrossOriginProtection

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
		h.Set("Retry-After", strconv.FormatInt(retryAfter(x.err), 10))
	}
	x.json(status, map[string]string{"error": x.message(x.err)})
}

// message returns what the client is told of an error.
func (x *exchange) message(err error) string {
	if e := (*oip.Error)(nil); statusOf(err) == http.StatusInternalServerError && !errors.As(err, &e) {
		// What went wrong inside may say things that are not for clients.
		return "the model failed; the server's log has the reason under request id " + x.id
	}
	return err.Error()
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
