package main

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/gannet-ml/gannet/nn/serve"
)

// live sums up what the server's metrics say of the last seconds. They are read once
// a second, however many pages ask.
type live struct {
	registry *prometheus.Registry
	server   *serve.Server

	mu   sync.Mutex
	past []reading // the last window, oldest first
}

// window is the number of readings that numbers are made of: those of ten seconds.
const window = 11

// reading is what the metrics said at a time.
type reading struct {
	at     time.Time
	models map[string]*tally
}

// tally is what the versions of a model have done together.
type tally struct {
	version      string // the one that answers
	bounds       []float64
	buckets      []uint64 // requests that took no longer than each bound
	requests     uint64
	batches      uint64
	batchSamples float64
	queue        float64
}

// numbers are what a page shows of a model.
type numbers struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	Rate    float64  `json:"requests_per_second"`
	P50     *float64 `json:"p50_ms"` // null without requests
	Batch   *float64 `json:"batch"`  // mean number of samples; null without requests
	Queue   float64  `json:"queue"`
}

// run reads the metrics until ctx is done.
func (l *live) run(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		l.read(time.Now())
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// read adds a reading.
func (l *live) read(now time.Time) {
	families, err := l.registry.Gather()
	if err != nil && len(families) == 0 {
		return
	}
	r := reading{now, map[string]*tally{}}
	for _, f := range families {
		for _, m := range f.Metric {
			labels := labelsOf(m)
			if model := labels["model"]; model != "" && labels["version"] != "" {
				if r.models[model] == nil {
					r.models[model] = &tally{}
				}
				r.models[model].add(f.GetName(), labels, m)
			}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.past = append(l.past, r)
	if len(l.past) > window {
		l.past = slices.Delete(l.past, 0, len(l.past)-window)
	}
}

func labelsOf(m *dto.Metric) map[string]string {
	labels := map[string]string{}
	for _, l := range m.Label {
		labels[l.GetName()] = l.GetValue()
	}
	return labels
}

// add adds a metric.
func (t *tally) add(name string, labels map[string]string, m *dto.Metric) {
	switch name {
	case "gannet_model_info":
		if labels["active"] == "true" {
			t.version = labels["version"]
		}
	case "gannet_queue_depth":
		t.queue += m.GetGauge().GetValue()
	case "gannet_batch_samples":
		t.batches += m.GetHistogram().GetSampleCount()
		t.batchSamples += m.GetHistogram().GetSampleSum()
	case "gannet_request_duration_seconds":
		h := m.GetHistogram()
		t.requests += h.GetSampleCount()
		if t.bounds == nil {
			t.bounds, t.buckets = make([]float64, len(h.Bucket)), make([]uint64, len(h.Bucket))
		}
		for i, b := range h.Bucket {
			t.bounds[i] = b.GetUpperBound()
			t.buckets[i] += b.GetCumulativeCount()
		}
	}
}

// since returns the numbers of a model between two readings. Where a version was
// removed in between, counts begin anew.
func (t *tally) since(old *tally, d time.Duration) numbers {
	n := numbers{Version: t.version, Queue: t.queue}
	if old == nil || old.requests > t.requests || old.batches > t.batches || len(old.buckets) != len(t.buckets) {
		old = &tally{buckets: make([]uint64, len(t.buckets))}
	}
	requests := t.requests - old.requests
	if d > 0 {
		n.Rate = float64(requests) / d.Seconds()
	}
	if batches := t.batches - old.batches; batches > 0 {
		mean := (t.batchSamples - old.batchSamples) / float64(batches)
		n.Batch = &mean
	}
	below, low := 0.0, 0.0 // requests up to the last bound, and the bound
	for i, bound := range t.bounds {
		count := float64(t.buckets[i] - old.buckets[i])
		if half := float64(requests) / 2; requests > 0 && count >= half {
			ms := 1000 * (low + (bound-low)*(half-below)/(count-below))
			n.P50 = &ms
			break
		}
		below, low = count, bound
	}
	return n
}

// numbers returns what there is to show of all models.
func (l *live) numbers() []numbers {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := []numbers{}
	if len(l.past) == 0 {
		return list
	}
	first, last := l.past[0], l.past[len(l.past)-1]
	for _, name := range slices.Sorted(maps.Keys(last.models)) {
		if t := last.models[name]; t.version != "" {
			n := t.since(first.models[name], last.at.Sub(first.at))
			n.Name = name
			list = append(list, n)
		}
	}
	return list
}

// ServeHTTP tells the numbers to holders of a key, or to all if there are no keys.
// They cost a key nothing of its rate.
func (l *live) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	var answer any = map[string]any{"models": l.numbers()}
	if !l.known(r) {
		w.WriteHeader(http.StatusUnauthorized)
		answer = map[string]string{"error": "no API key, or an unknown one"}
	}
	json.NewEncoder(w).Encode(answer) // a client that is gone cannot be told
}

// known reports whether a request may see the numbers.
func (l *live) known(r *http.Request) bool {
	secret, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	keys := l.server.Options().Keys
	hash, known := sha256.Sum256([]byte(secret)), len(keys) == 0
	for i := range keys {
		known = subtle.ConstantTimeCompare(hash[:], keys[i].Hash[:]) == 1 || known
	}
	return known
}
