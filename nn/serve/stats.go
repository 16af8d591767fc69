package serve

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// stats counts what a version of a model did.
type stats struct {
	success, fail, queue, batch duration
	samples                     atomic.Int64 // that were computed
	last                        atomic.Int64 // Unix time of the last request, in milliseconds

	// The same as histograms, in seconds and samples.
	requestSeconds, queueSeconds, computeSeconds, batchSamples prometheus.Observer
}

// duration is a number of times something took some time.
type duration struct{ count, ns atomic.Int64 }

func (d *duration) add(t time.Duration) {
	d.count.Add(1)
	d.ns.Add(int64(t))
}

// request counts an answer.
func (s *stats) request(took time.Duration, err error) {
	s.last.Store(time.Now().UnixMilli())
	s.requestSeconds.Observe(took.Seconds())
	if err != nil {
		s.fail.add(took)
		return
	}
	s.success.add(took)
}

// wait counts the time that a request stood in the queue.
func (s *stats) wait(d time.Duration) {
	s.queue.add(d)
	s.queueSeconds.Observe(d.Seconds())
}

// compute counts a computation for so many samples.
func (s *stats) compute(samples int, took time.Duration) {
	s.batch.add(took)
	s.samples.Add(int64(samples))
	s.computeSeconds.Observe(took.Seconds())
	s.batchSamples.Observe(float64(samples))
}

// The answer to a request for statistics, as the extension of that name has it.
type (
	modelStats struct {
		Name           string         `json:"name"`
		Version        string         `json:"version"`
		LastInference  int64          `json:"last_inference"`
		InferenceCount int64          `json:"inference_count"`
		ExecutionCount int64          `json:"execution_count"`
		InferenceStats inferenceStats `json:"inference_stats"`
	}
	inferenceStats struct {
		Success      durationStat `json:"success"`
		Fail         durationStat `json:"fail"`
		Queue        durationStat `json:"queue"`
		ComputeInfer durationStat `json:"compute_infer"`
	}
	durationStat struct {
		Count int64 `json:"count"`
		NS    int64 `json:"ns"`
	}
)

func (d *duration) stat() durationStat { return durationStat{d.count.Load(), d.ns.Load()} }

// statistics returns what was counted of a version.
func (v *version) statistics() modelStats {
	s := &v.stats
	return modelStats{
		Name: v.model, Version: v.name, LastInference: s.last.Load(),
		InferenceCount: s.samples.Load(), ExecutionCount: s.batch.count.Load(),
		InferenceStats: inferenceStats{
			Success: s.success.stat(), Fail: s.fail.stat(), Queue: s.queue.stat(), ComputeInfer: s.batch.stat(),
		},
	}
}
