package workloads

import (
	"slices"
	"time"
)

// How a turn is measured; the programs of the other libraries do the same.
const (
	warmUp  = 20 * time.Millisecond // at least, and two runs
	sample  = 40 * time.Millisecond // at least, and one run
	samples = 5                     // 3 of runs that take longer than long
	long    = 100 * time.Millisecond
)

// Seconds returns how long a run takes: the median of several samples, after some
// runs to warm up.
func (run Run) Seconds() (float64, error) {
	once, err := run.times(2)
	if err != nil {
		return 0, err
	}
	if once, err = run.times(count(warmUp, once)); err != nil {
		return 0, err
	}
	n := samples
	if once > long {
		n = 3
	}
	seconds := make([]float64, n)
	for i := range seconds {
		t, err := run.times(count(sample, once))
		if err != nil {
			return 0, err
		}
		seconds[i] = t.Seconds()
	}
	return Median(seconds), nil
}

// count returns how many runs fill a length of time.
func count(length, once time.Duration) int { return int(length/max(once, 1)) + 1 }

// times runs n times and returns how long one took.
func (run Run) times(n int) (time.Duration, error) {
	var aside time.Duration
	start := now()
	for range n {
		a, err := run()
		if err != nil {
			return 0, err
		}
		aside += a
	}
	return (now() - start - aside) / time.Duration(n), nil
}

// Median returns the middle of the values, of an even number the mean of the two
// in the middle.
func Median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
