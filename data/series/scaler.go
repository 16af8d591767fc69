package series

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/gannet-ml/gannet/internal/atomicfile"
	"github.com/gannet-ml/gannet/internal/strictjson"
)

// Scaler brings every channel to mean 0 and standard deviation 1:
//
//	x' = (x − Mean[c]) / Std[c]
//
// as scikit-learn's StandardScaler does with all steps of all series as rows. It is
// fitted to the series to train with and applied to all. JSON holds it. A channel
// that is constant gets Std 1.
type Scaler struct {
	Mean []float64 `json:"mean"` // of each channel
	Std  []float64 `json:"std"`
}

// FitScaler measures the channels of a collection. Missing values do not count; a
// channel without values is an error.
func FitScaler(c *Collection) (*Scaler, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("series: FitScaler: %w", err)
	}
	if len(c.Series) == 0 {
		return nil, fmt.Errorf("series: FitScaler: there are no series")
	}
	s := &Scaler{}
	for k := range c.Channels() {
		mean, n := 0.0, 0
		c.each(k, func(v float64) { mean += v; n++ })
		if n == 0 {
			return nil, fmt.Errorf("series: FitScaler: channel %d has no values", k)
		}
		mean /= float64(n)
		sum := 0.0
		c.each(k, func(v float64) { sum += (v - mean) * (v - mean) })
		s.Mean, s.Std = append(s.Mean, mean), append(s.Std, deviation(sum/float64(n), mean, float64(n)))
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("series: FitScaler: %w", err)
	}
	return s, nil
}

// deviation returns the root of the variance of n values, or 1 if the variance is no
// more than what rounding makes of values that are all the same: scikit-learn's bound.
func deviation(variance, mean, n float64) float64 {
	const eps = 0x1p-52
	if rounding := n * mean * eps; variance <= n*eps*variance+rounding*rounding {
		return 1
	}
	return math.Sqrt(variance)
}

// each calls f with the values of a channel that are not missing.
func (c *Collection) each(channel int, f func(v float64)) {
	for _, s := range c.Series {
		for _, v := range s[channel] {
			if v == v {
				f(float64(v))
			}
		}
	}
}

// Apply returns a collection scaled. One of another number of channels is an error.
func (s *Scaler) Apply(c *Collection) (*Collection, error) {
	err := c.check()
	if err == nil {
		err = s.check()
	}
	if err == nil && len(c.Series) > 0 && c.Channels() != len(s.Mean) {
		err = fmt.Errorf("%d channels, want %d", c.Channels(), len(s.Mean))
	}
	if err != nil {
		return nil, fmt.Errorf("series: Scaler: %w", err)
	}
	return c.with(func(k int, values []float32) {
		for t, v := range values {
			values[t] = float32((float64(v) - s.Mean[k]) / s.Std[k])
		}
	}), nil
}

// check reports numbers that cannot be.
func (s *Scaler) check() error {
	if len(s.Mean) == 0 || len(s.Mean) != len(s.Std) {
		return fmt.Errorf("%d means and %d deviations, want one of each for every channel", len(s.Mean), len(s.Std))
	}
	for k, m := range s.Mean {
		if d := s.Std[k]; math.IsNaN(m) || math.IsInf(m, 0) || !(d > 0) || math.IsInf(d, 0) {
			return fmt.Errorf("channel %d has mean %v and deviation %v, want finite numbers and a deviation of more than 0", k, m, d)
		}
	}
	return nil
}

// Save writes the scaler to a file, as JSON, in one step.
func (s *Scaler) Save(path string) error {
	err := atomicfile.Write(path, func(w io.Writer) error { return json.NewEncoder(w).Encode(s) })
	if err != nil {
		return fmt.Errorf("series: %s: %w", path, err)
	}
	return nil
}

// LoadScaler reads a scaler that [Scaler.Save] wrote.
func LoadScaler(path string) (*Scaler, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("series: %w", err)
	}
	s := new(Scaler)
	if err = strictjson.Unmarshal(b, s); err == nil {
		err = s.check()
	}
	if err != nil {
		return nil, fmt.Errorf("series: %s: %w", path, err)
	}
	return s, nil
}
