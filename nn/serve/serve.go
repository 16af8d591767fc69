package serve

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Options are the settings of a [Server]. The zero value is ready for use.
type Options struct {
	// Name and Version are what the server says of itself; "" means "gannet" and the
	// version of the program's main module.
	Name, Version string

	// MaxBatch is the largest number of samples computed together; 0 means 32. A
	// request of more is computed by itself.
	MaxBatch int
	// MaxDelay is how long a request may wait for others to be computed with, at most
	// half the time that it has. 0, the
	// usual choice, waits for none: while one batch is computed, the next gathers.
	MaxDelay time.Duration
	// MaxQueue is the number of requests that may wait for a version of a model; 0
	// means 256. More are refused with status 503.
	MaxQueue int
	// Workers is the number of batches of a version computed at a time; 0 means 1.
	// One batch already uses all cores where the layers are large.
	Workers int

	// MaxBody is the largest body of a request in bytes, also once it is
	// decompressed; 0 means 64 MiB.
	MaxBody int64
	// MaxMemory bounds what all requests may take at a time: their bodies, the inputs
	// that preprocessing makes of them, and their outputs; 0 means 8 times MaxBody.
	// Beyond it requests are refused with status 503.
	MaxMemory int64
	// MaxPixels is the largest picture that is decoded; 0 means 16 megapixels.
	MaxPixels int
	// MaxTokens is the largest number of tokens that a text may be asked to have, and
	// MaxPrompt that of bytes of the text before it; 0 means 2048 and 64 KiB.
	MaxTokens, MaxPrompt int
	// MaxTexts is the number of texts that a version of a model generates at a time; 0
	// means four for each core. More are refused with status 503.
	MaxTexts int
	// MaxRequests is the number of requests that are served at a time; 0 means 1024.
	MaxRequests int
	// Timeout is how long a request may take, from its header to the answer; 0 means
	// 30 s. A deadline of a request's context may be earlier. A client then has as long
	// again to take the answer.
	Timeout time.Duration

	// MaxConns is the number of connections to a listener at a time; 0 means 4096. More
	// are closed at once.
	MaxConns int

	// Quiet is how long [Server.Serve] goes on after it was told to stop, saying that
	// it is not ready: as long as load balancers take to notice. 0 means not at all.
	Quiet time.Duration
	// Grace is how long it then waits for running requests, and [Server.Close] too; 0
	// means Timeout and 5 s.
	Grace time.Duration

	// Keys are who may use the server. With none, everybody may. Health is told to
	// all. [Server.SetKeys] replaces them.
	Keys []Key
	// Pages answers what is not the protocol's, all paths but /v2 and those below it,
	// such as a page for people to try a model with. It asks for no key. nil answers
	// 404.
	Pages http.Handler
	// Logger gets a line for each request, at level Debug if it was answered, Warn
	// if it was refused and Error if it failed; nil logs nothing.
	Logger *slog.Logger
	// Registry gets the server's metrics; nil means one of its own. [Server.Admin]
	// shows it.
	Registry *prometheus.Registry
	// Trace, if not nil, is called around reading, computing and writing
	// ("serve.read", "serve.infer", "serve.write") and returns what is called at the
	// end: the place for a tracer such as OpenTelemetry's. A stream is written while it
	// is computed.
	Trace func(ctx context.Context, span string) (context.Context, func(error))
}

// defaults returns the options with what zeros mean.
func (o Options) defaults() Options {
	o.Name = cmp.Or(o.Name, "gannet")
	if o.Version == "" {
		if info, ok := debug.ReadBuildInfo(); ok {
			o.Version = info.Main.Version
		}
		o.Version = cmp.Or(o.Version, "(devel)")
	}
	positive(&o.MaxBatch, 32)
	positive(&o.MaxQueue, 256)
	positive(&o.Workers, 1)
	positive(&o.MaxBody, 64<<20)
	positive(&o.MaxMemory, 8*min(o.MaxBody, math.MaxInt64/8))
	positive(&o.MaxPixels, 16<<20)
	positive(&o.MaxTokens, 2048)
	positive(&o.MaxPrompt, 64<<10)
	positive(&o.MaxTexts, 4*runtime.GOMAXPROCS(0))
	positive(&o.MaxRequests, 1024)
	positive(&o.MaxConns, 4096)
	positive(&o.Timeout, 30*time.Second)
	positive(&o.Grace, o.Timeout+5*time.Second)
	o.MaxDelay, o.Quiet = max(o.MaxDelay, 0), max(o.Quiet, 0)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Registry == nil {
		o.Registry = prometheus.NewRegistry()
	}
	if o.Trace == nil {
		o.Trace = func(ctx context.Context, _ string) (context.Context, func(error)) { return ctx, func(error) {} }
	}
	return o
}

// positive replaces a setting that is not positive by its default.
func positive[T int | int64 | time.Duration](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}

// Server answers requests over HTTP; it is an [http.Handler]. Its methods may be
// called from many goroutines.
type Server struct {
	o       Options
	log     *slog.Logger
	keys    atomic.Pointer[keyring]
	metrics *metrics
	routes  *http.ServeMux
	admin   http.Handler

	ownRegistry bool
	memory      atomic.Int64 // bytes of bodies
	serving     atomic.Int64 // requests

	mu       sync.RWMutex
	models   map[string]*entry
	watches  []*watch
	runs     int // of Run
	ending   int // of them, those that are about to end
	draining bool
	closed   bool
	retired  sync.WaitGroup // versions being closed
	retiring map[*version]bool
}

var errClosed = errors.New("the server is closed")

// New returns a server without models.
func New(o Options) *Server {
	s := &Server{o: o.defaults(), ownRegistry: o.Registry == nil, models: map[string]*entry{}, retiring: map[*version]bool{}}
	s.log = s.o.Logger
	s.keys.Store(newKeyring(s.o.Keys, nil))
	s.metrics = newMetrics(s)
	s.routes = http.NewServeMux()
	s.handlePublic(s.routes)
	s.admin = s.newAdmin()
	return s
}

// Options returns the server's settings, with defaults in place of zeros, and the keys
// that it has now.
func (s *Server) Options() Options {
	o := s.o
	o.Keys = slices.Clone(s.keys.Load().keys)
	return o
}

// Drain makes the server say that it is not ready, so that load balancers send new
// requests elsewhere. Requests are still answered.
func (s *Server) Drain() {
	s.mu.Lock()
	s.draining = true
	s.mu.Unlock()
}

// Draining reports whether the server is about to stop.
func (s *Server) Draining() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.draining
}

// Close refuses new requests, stops watching folders, waits until running requests are
// answered, and closes all models. It waits no longer than Options.Grace: a model that
// does not end, or a folder that does not answer, is left behind, and named in the
// error. Closing again only waits again.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), s.o.Grace)
	defer cancel()
	return s.close(ctx)
}

// close is Close with a time of its own.
func (s *Server) close(ctx context.Context) error {
	s.mu.Lock()
	s.draining, s.closed = true, true
	for _, e := range s.models {
		for _, v := range e.versions {
			s.retire(v)
		}
		clear(e.versions)
	}
	clear(s.models)
	watches := s.watches
	s.watches = nil
	s.mu.Unlock()
	for _, w := range watches {
		w.stop()
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for _, w := range watches {
			w.work.Wait()
		}
		s.retired.Wait()
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var still []string
	for v := range s.retiring {
		still = append(still, v.model+"/"+v.name)
	}
	for _, w := range watches {
		if w.running.Load() > 0 {
			still = append(still, w.Dir)
		}
	}
	slices.Sort(still)
	return fmt.Errorf("serve: Close: still at work: %s", strings.Join(still, ", "))
}

// Ready reports whether all models can be asked and the server is not about to
// stop. A model that came into a repository after the server began counts from
// when it could be asked first.
func (s *Server) Ready() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.draining {
		return false
	}
	for _, e := range s.models {
		if e.primary() == nil && e.required && !e.unloaded {
			return false
		}
	}
	for _, w := range s.watches {
		if !w.scanned.Load() {
			return false
		}
	}
	return true
}
