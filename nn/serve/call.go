package serve

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strings"
	"time"

	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// Call is a request in another protocol than HTTP; see [Server.Call].
type Call struct {
	Method string // for the log
	Remote string // address of the client, for the log
	// Header has what came with the request under the names of HTTP: Authorization or
	// X-API-Key, and X-Request-Id.
	Header http.Header
	// Calls that are Open need no key and are answered however much there is to do.
	Open bool

	call
}

// ID returns the request's id, once it is served: the one in its header, or a new one.
func (c *Call) ID() string { return c.id }

// Call serves a request that came in another way than HTTP, as HTTP would: it
// refuses one beyond Options.MaxRequests or without a key, bounds its time by
// Options.Timeout, and counts and logs what became of it. It returns the error of do,
// in which a panic becomes an error, and which may call c.Hold and c.Infer.
//
// An error is an [oip.Error] if it has a status of its own, [context.DeadlineExceeded]
// if there was not enough time, [context.Canceled] if the client did not wait, and
// otherwise a failure of the model whose reason is not for clients.
func (s *Server) Call(ctx context.Context, c *Call, do func(ctx context.Context) error) error {
	c.begin(s, c.Header)
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	c.err = contain(func() error {
		if !c.Open {
			if err := c.enter(secretOf(c.Header)); err != nil {
				return err
			}
		}
		return do(ctx)
	})
	status := http.StatusOK
	if c.err != nil {
		status = statusOf(c.err)
	}
	c.finish(ctx, status, slog.String("method", c.Method), slog.String("remote", c.Remote))
	return c.err
}

// Hold counts memory that the request takes, such as that of its message, until the
// end of the call. An error says that there is not as much left.
func (c *Call) Hold(bytes int64) error { return c.hold(bytes) }

// Infer answers the request by a version of a model; "" is the one that answers
// requests which name none. The request is read once its model is found, whose inputs
// it must have, in order and as [oip.Arrange] checks them. A call infers once.
func (c *Call) Infer(ctx context.Context, model, version string, read func(inputs []oip.Port) (*oip.Request, error)) (*oip.Response, error) {
	v, err := c.findFree(model, version)
	if err != nil {
		return nil, err
	}
	_, end := c.s.o.Trace(ctx, "serve.read")
	req, err := read(v.inputs)
	end(err)
	if err != nil {
		return nil, err
	}
	return c.s.answer(ctx, v, req)
}

// Infer answers a request in Go, as a client would be answered: through the queue
// and with the same limits, metrics and logs; but it needs no key. [Server.Call] says
// what the errors are.
func (s *Server) Infer(ctx context.Context, model, version string, req *oip.Request) (res *oip.Response, err error) {
	c := Call{Method: "Infer", Open: true}
	err = s.Call(ctx, &c, func(ctx context.Context) (err error) {
		res, err = c.Infer(ctx, model, version, func(inputs []oip.Port) (*oip.Request, error) {
			arranged := *req
			arranged.Inputs, err = oip.Arrange(req.Inputs, inputs)
			return &arranged, err
		})
		return err
	})
	return res, err
}

// answer computes a request that fits a version.
func (s *Server) answer(ctx context.Context, v *version, req *oip.Request) (*oip.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, s.o.Timeout)
	defer cancel()
	ctx, end := s.o.Trace(ctx, "serve.infer")
	start := time.Now()
	res, err := v.infer(ctx, req)
	end(err)
	v.stats.request(time.Since(start), err)
	return res, err
}

// call is what a server knows of a request, whatever its protocol.
type call struct {
	s       *Server
	id      string
	key     string   // the name of the key
	version *version // that answers, once it is found
	start   time.Time
	serving int64 // requests, with this one
	held    int64 // bytes of memory
	err     error
}

// begin counts the request. Its id is the one that the client gave it, or a new one.
func (c *call) begin(s *Server, h http.Header) {
	id := h.Get("X-Request-Id")
	*c = call{s: s, id: id, start: time.Now(), serving: s.serving.Add(1)}
	if id == "" || len(id) > 128 || strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) {
		c.id = rand.Text()
	}
}

// enter refuses a request beyond those that can be served, or without a key.
func (c *call) enter(secret string) (err error) {
	if limit := c.s.o.MaxRequests; c.serving > int64(limit) {
		return oip.Errorf(http.StatusServiceUnavailable, "requests", "%d requests are being served already", limit)
	}
	c.key, err = c.s.keys.Load().admit(secret)
	return err
}

// find finds the version that a request is for.
func (c *call) find(model, number string) (_ *version, err error) {
	c.version, err = c.s.acquire(model, number, true)
	return c.version, err
}

// findFree finds the version that shall compute a request. Where there is too much to do
// it says so at once, before the request is read, which costs more than to refuse it.
func (c *call) findFree(model, number string) (*version, error) {
	v, err := c.find(model, number)
	if err == nil && v.full() {
		err = queueFull(v.places)
	}
	return v, err
}

// hold counts memory until the end of the request.
func (c *call) hold(n int64) error {
	if err := c.s.Hold(n); err != nil {
		return err
	}
	c.held += n
	return nil
}

// finish gives back what the request had, counts and logs it.
func (c *call) finish(ctx context.Context, status int, attrs ...slog.Attr) {
	s := c.s
	defer s.serving.Add(-1)
	s.memory.Add(-c.held)
	model, number := "", ""
	if c.version != nil {
		defer c.version.release()
		model, number = c.version.model, c.version.name
		s.metrics.answered(model, number, status)
	}
	level := slog.LevelDebug
	if c.err != nil {
		level = slog.LevelWarn
		if status == http.StatusInternalServerError {
			level = slog.LevelError
		}
		s.metrics.refused(model, c.err)
	}
	if !s.log.Enabled(ctx, level) {
		return
	}
	attrs = append(attrs,
		slog.String("request_id", c.id), slog.Int("status", status), slog.Duration("took", time.Since(c.start)))
	if c.key != "" {
		attrs = append(attrs, slog.String("key", c.key))
	}
	if model != "" {
		attrs = append(attrs, slog.String("model", model), slog.String("version", number))
	}
	if c.err != nil {
		attrs = append(attrs, slog.Any("error", c.err))
	}
	if p := (*panicError)(nil); errors.As(c.err, &p) {
		attrs = append(attrs, slog.String("stack", string(p.stack)))
	}
	s.log.LogAttrs(ctx, level, "request", attrs...)
}

// Hold counts memory that requests take beside their calls, until [Server.Release]. An
// error, which is an [oip.Error], says that there is not as much left.
func (s *Server) Hold(bytes int64) error {
	if s.memory.Add(bytes) > s.o.MaxMemory {
		s.memory.Add(-bytes)
		return oip.Errorf(http.StatusServiceUnavailable, "memory", "the requests being served take %d bytes already", s.o.MaxMemory)
	}
	return nil
}

// Release gives back what [Server.Hold] counted.
func (s *Server) Release(bytes int64) { s.memory.Add(-bytes) }

// contain makes an error of a panic of f.
func contain(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicked(r)
		}
	}()
	return f()
}

// statusOf returns the status that an error is answered with. What models say is
// believed if it is a status of an error.
func statusOf(err error) int {
	var e *oip.Error
	switch {
	case errors.As(err, &e):
		if e.Status < 400 || e.Status > 599 {
			return http.StatusInternalServerError
		}
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

// retryAfter returns how many seconds a client should wait before it asks again.
func retryAfter(err error) int64 {
	var e *oip.Error
	if !errors.As(err, &e) {
		return 1
	}
	return max(int64(math.Ceil(e.RetryAfter.Seconds())), 1)
}
