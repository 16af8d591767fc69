package serve

import (
	"net"
	"net/http"
	"net/http/pprof"
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// Admin returns the handler for those who run the server: metrics, statistics,
// loading and unloading, drift, profiles. It asks for no key, so it belongs on
// an address of its own that only they can reach. On a loopback address it is asked by
// that, or as localhost: other names may be those of web pages (DNS rebinding).
func (s *Server) Admin() http.Handler { return s.admin }

func (s *Server) newAdmin() http.Handler {
	mux := http.NewServeMux()
	extensions := slices.Concat(adminExtensions, publicExtensions)
	slices.Sort(extensions)
	s.handle(mux, http.MethodGet, "/v2/health/live", open, live)
	s.handle(mux, http.MethodGet, "/v2/health/ready", open, readiness)
	s.handle(mux, http.MethodGet, "/v2", open, metadata(extensions))
	s.handle(mux, http.MethodGet, "/v2/{$}", open, metadata(extensions))
	s.handle(mux, http.MethodPost, "/v2/repository/index", open, index)
	s.handle(mux, http.MethodPost, "/v2/repository/models/{model}/load", open, load)
	s.handle(mux, http.MethodPost, "/v2/repository/models/{model}/unload", open, unload)
	s.handle(mux, http.MethodGet, "/v2/models/stats", open, allStatistics)
	for _, model := range []string{"/v2/models/{model}", "/v2/models/{model}/versions/{version}"} {
		s.handle(mux, http.MethodGet, model+"/stats", open, statistics)
		s.handle(mux, http.MethodGet, model+"/drift", open, driftReport)
	}
	mux.Handle("/metrics", promhttp.HandlerFor(s.o.Registry, promhttp.HandlerOpts{Registry: s.o.Registry}))
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	s.notFound(mux, "/")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rebound(r) {
			s.exchange(w, r, open, func(*exchange) error {
				return oip.Errorf(http.StatusForbidden, "host", "host %q is not this machine; ask by its address", r.Host)
			})
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// rebound reports a request over a loopback connection that names another host: what a
// web page has a browser send once it has bound its own name to 127.0.0.1, to read what
// it must not. An address cannot be bound.
func rebound(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok || !local.IP.IsLoopback() {
		return false
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	host = strings.Trim(host, "[]")
	return net.ParseIP(host) == nil && !strings.EqualFold(host, "localhost")
}

// index lists the models.
func index(x *exchange) error {
	var want struct {
		Ready bool `json:"ready"`
	}
	if err := x.decode(&want); err != nil {
		return err
	}
	list := []Status{}
	for _, s := range x.s.Index() {
		if s.State == Ready || !want.Ready {
			list = append(list, s)
		}
	}
	return x.json(http.StatusOK, list)
}

// load loads a model of a repository.
func load(x *exchange) error {
	var want repositoryRequest
	if err := x.decode(&want); err != nil {
		return err
	}
	for _, p := range []string{"config", "file"} {
		if _, ok := want.Parameters[p]; ok {
			return oip.Errorf(http.StatusNotImplemented, "parameter", "parameter %q: models come from the server's folder only", p)
		}
	}
	if err := x.s.Load(x.r.Context(), x.r.PathValue("model")); err != nil {
		return repositoryError(err)
	}
	return x.json(http.StatusOK, struct{}{})
}

// unload unloads a model of a repository.
func unload(x *exchange) error {
	var want repositoryRequest
	if err := x.decode(&want); err != nil {
		return err
	}
	if err := x.s.Unload(x.r.Context(), x.r.PathValue("model")); err != nil {
		return repositoryError(err)
	}
	return x.json(http.StatusOK, struct{}{})
}

type repositoryRequest struct {
	Parameters map[string]any `json:"parameters"`
}

// repositoryError gives what those who run the server did wrong, or a file that is,
// a status that shows them the reason.
func repositoryError(err error) error {
	if statusOf(err) != http.StatusInternalServerError {
		return err
	}
	return oip.Errorf(http.StatusBadRequest, "load", "%w", err)
}

// allStatistics tells what was counted of all models.
func allStatistics(x *exchange) error {
	list := []modelStats{}
	for _, v := range x.s.versions() {
		list = append(list, v.statistics())
	}
	return x.json(http.StatusOK, map[string][]modelStats{"model_stats": list})
}

// statistics tells what was counted of a model, or of one of its versions.
func statistics(x *exchange) error {
	v, err := x.s.acquire(x.r.PathValue("model"), x.r.PathValue("version"), false)
	if err != nil {
		return err
	}
	v.release()
	list := []modelStats{}
	for _, w := range x.s.versions() {
		if w.model == v.model && (x.r.PathValue("version") == "" || w.version == v) {
			list = append(list, w.statistics())
		}
	}
	return x.json(http.StatusOK, map[string][]modelStats{"model_stats": list})
}

// driftReport tells what the monitor of a model says.
func driftReport(x *exchange) error {
	v, err := x.s.acquire(x.r.PathValue("model"), x.r.PathValue("version"), false)
	if err != nil {
		return err
	}
	defer v.release()
	if v.batch != nil && v.batch.net.Monitor != nil {
		return x.json(http.StatusOK, v.batch.net.Monitor.Report())
	}
	return oip.Errorf(http.StatusNotFound, "monitor", "model %q, version %q has no monitor", v.model, v.name)
}
