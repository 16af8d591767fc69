package serve

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are what a Prometheus server reads of the server. Labels have few values:
// names of models that are there, never what clients write.
type metrics struct {
	requests                       *prometheus.CounterVec   // model, version, code
	rejected                       *prometheus.CounterVec   // model, reason
	request, queue, compute, batch *prometheus.HistogramVec // model, version
	loads                          *prometheus.CounterVec   // model, result
	loading                        *prometheus.HistogramVec // model
}

// times are the buckets of durations, from 100 µs to 30 s.
var times = []float64{1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30}

func newMetrics(s *Server) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "gannet", Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "gannet", Name: name, Help: help, Buckets: buckets}, labels)
	}
	m := &metrics{
		requests: counter("requests_total", "Requests for a model, by the status of the answer.", "model", "version", "code"),
		rejected: counter("rejected_total", "Requests that were refused, by reason.", "model", "reason"),
		request:  histogram("request_duration_seconds", "Time from a request that was read to its outputs.", times, "model", "version"),
		queue:    histogram("queue_duration_seconds", "Time that requests stood in the queue.", times, "model", "version"),
		compute:  histogram("compute_duration_seconds", "Time that a batch took to compute.", times, "model", "version"),
		batch:    histogram("batch_samples", "Samples computed together.", prometheus.ExponentialBuckets(1, 2, 11), "model", "version"),
		loads:    counter("model_loads_total", "Versions loaded from a repository, by result: ok or error.", "model", "result"),
		loading:  histogram("model_load_seconds", "Time to verify, load and warm up a version.", times, "model"),
	}
	r := s.o.Registry
	r.MustRegister(m.requests, m.rejected, m.request, m.queue, m.compute, m.batch, m.loads, m.loading, &gauges{s: s})
	if s.ownRegistry {
		r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	}
	return m
}

// bind makes a version's statistics known.
func (m *metrics) bind(v *version) {
	s := &v.stats
	s.requestSeconds = m.request.WithLabelValues(v.model, v.name)
	s.queueSeconds = m.queue.WithLabelValues(v.model, v.name)
	s.computeSeconds = m.compute.WithLabelValues(v.model, v.name)
	s.batchSamples = m.batch.WithLabelValues(v.model, v.name)
}

// forget removes the metrics of a version that is gone.
func (m *metrics) forget(model, version string) {
	labels := prometheus.Labels{"model": model, "version": version}
	m.requests.DeletePartialMatch(labels)
	for _, h := range []*prometheus.HistogramVec{m.request, m.queue, m.compute, m.batch} {
		h.DeletePartialMatch(labels)
	}
}

// forgetModel removes the metrics of a model that is gone.
func (m *metrics) forgetModel(model string) {
	labels := prometheus.Labels{"model": model}
	m.rejected.DeletePartialMatch(labels)
	m.loads.DeletePartialMatch(labels)
	m.loading.DeletePartialMatch(labels)
}

// answered counts an answer.
func (m *metrics) answered(model, version string, code int) {
	m.requests.WithLabelValues(model, version, strconv.Itoa(code)).Inc()
}

// refused counts an error, if it is not a failure of the server.
func (m *metrics) refused(model string, err error) {
	if statusOf(err) != http.StatusInternalServerError {
		m.rejected.WithLabelValues(model, reasonOf(err)).Inc()
	}
}

// loaded counts a version that was loaded, or was not.
func (m *metrics) loaded(model string, took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = "error"
	}
	m.loads.WithLabelValues(model, result).Inc()
	m.loading.WithLabelValues(model).Observe(took.Seconds())
}

// gauges collects what is looked up only when metrics are read.
type gauges struct{ s *Server }

var (
	depthDesc   = prometheus.NewDesc("gannet_queue_depth", "Requests that wait for a version.", []string{"model", "version"}, nil)
	infoDesc    = prometheus.NewDesc("gannet_model_info", "1 for each version that is loaded; active says whether requests that name no version get it.", []string{"model", "version", "active"}, nil)
	driftDesc   = prometheus.NewDesc("gannet_drift", "What the monitor of a version says.", []string{"model", "version", "statistic", "feature"}, nil)
	servingDesc = prometheus.NewDesc("gannet_in_flight_requests", "Requests being served.", nil, nil)
	memoryDesc  = prometheus.NewDesc("gannet_body_bytes", "Memory held for requests: their bodies, preprocessed inputs and outputs.", nil, nil)
	readyDesc   = prometheus.NewDesc("gannet_ready", "1 if the server says that it is ready.", nil, nil)
)

// Describe implements [prometheus.Collector].
func (g *gauges) Describe(c chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{depthDesc, infoDesc, driftDesc, servingDesc, memoryDesc, readyDesc} {
		c <- d
	}
}

// Collect implements [prometheus.Collector].
func (g *gauges) Collect(c chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		c <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	ready := 0.0
	if g.s.Ready() {
		ready = 1
	}
	gauge(readyDesc, ready)
	gauge(servingDesc, float64(g.s.serving.Load()))
	gauge(memoryDesc, float64(g.s.memory.Load()))
	for _, v := range g.s.versions() {
		gauge(infoDesc, 1, v.model, v.name, strconv.FormatBool(v.active))
		if v.batch != nil {
			gauge(depthDesc, float64(v.batch.depth()), v.model, v.name)
			if r := v.batch.report(); r != nil {
				r.Values(func(statistic, feature string, x float64) { gauge(driftDesc, x, v.model, v.name, statistic, feature) })
			}
		}
	}
}
