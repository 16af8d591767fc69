package main

import (
	"encoding/json"
	"io"
	"slices"

	"github.com/gannet-ml/gannet/benchmarks/workloads"
	"github.com/gannet-ml/gannet/internal/atomicfile"
)

// result is what the rounds of a case come to. More is better.
type result struct {
	Suite       string             `json:"suite"`
	Case        string             `json:"case"`
	Op          string             `json:"op"`
	Batch       int                `json:"batch"`
	Workers     int                `json:"workers"`
	Unit        string             `json:"unit"`
	Ours        float64            `json:"ours"`
	Peers       map[string]float64 `json:"peers"`
	BestPeer    string             `json:"best_peer"`
	Ratio       *float64           `json:"ratio"`        // ours over the best peer; null if there is none
	PeakPercent *float64           `json:"peak_percent"` // null if it is not known

	spread map[string][2]float64 // lowest and highest of the rounds
}

// newResult takes the medians. Limit is what bounds the case, 0 if that is not
// known.
func newResult(c *workloads.Case, workers int, seconds map[string][]float64, limit float64) *result {
	r := &result{
		Suite: c.Suite, Case: c.Name, Op: c.Op, Batch: c.Batch, Workers: workers, Unit: c.Unit,
		Peers: map[string]float64{}, spread: map[string][2]float64{},
	}
	for name, s := range seconds {
		rate := c.Amount / workloads.Median(s)
		r.spread[name] = [2]float64{c.Amount / slices.Max(s), c.Amount / slices.Min(s)}
		if name == "ours" {
			r.Ours = rate
			continue
		}
		r.Peers[name] = rate
		if best := r.Peers[r.BestPeer]; rate > best || rate == best && name < r.BestPeer {
			r.BestPeer = name
		}
	}
	if r.BestPeer != "" {
		ratio := r.Ours / r.Peers[r.BestPeer]
		r.Ratio = &ratio
	}
	if limit > 0 {
		percent := 100 * c.Work / workloads.Median(seconds["ours"]) / limit
		r.PeakPercent = &percent
	}
	return r
}

// write writes the results to a file, if it has a name.
func write(path string, results []*result) error {
	if path == "" {
		return nil
	}
	return atomicfile.Write(path, func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(results)
	})
}
