package rnn

import (
	"math"
	"testing"
)

// TestCheckLength: a length is a whole number from 1 to the number of steps, also where
// float32 does not tell apart that number and the next.
func TestCheckLength(t *testing.T) {
	const large = 1<<24 + 3 // the nearest float32 is larger by 1
	for _, c := range []struct {
		length  float64
		steps   int
		tracing bool
		ok      bool
	}{
		{1, 1, false, true}, {1, 5, false, true}, {5, 5, false, true}, {1 << 24, large, false, true}, {0, 5, true, true},
		{0, 5, false, false}, {6, 5, false, false}, {6, 5, true, false}, {-1, 5, false, false}, {-1, 5, true, false},
		{0.5, 5, false, false}, {4.5, 5, false, false}, {large + 1, large, false, false}, {1e30, 5, false, false}, {1 << 63, 5, false, false},
		{math.NaN(), 5, false, false}, {math.NaN(), 5, true, false}, {math.Inf(1), 5, false, false}, {math.Inf(-1), 5, false, false},
	} {
		if err := checkLength(float32(c.length), 2, c.steps, c.tracing); (err == nil) != c.ok {
			t.Errorf("length %v of %d steps, tracing %v: error %v, want one: %v", c.length, c.steps, c.tracing, err, !c.ok)
		}
	}
}
