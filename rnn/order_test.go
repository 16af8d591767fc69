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
		length float64
		steps  int
		ok     bool
	}{
		{1, 1, true}, {1, 5, true}, {5, 5, true}, {1 << 24, large, true},
		{0, 5, false}, {6, 5, false}, {-1, 5, false},
		{0.5, 5, false}, {4.5, 5, false}, {large + 1, large, false}, {1e30, 5, false}, {1 << 63, 5, false},
		{math.NaN(), 5, false}, {math.Inf(1), 5, false}, {math.Inf(-1), 5, false},
	} {
		if err := checkLength(float32(c.length), 2, c.steps); (err == nil) != c.ok {
			t.Errorf("length %v of %d steps: error %v, want one: %v", c.length, c.steps, err, !c.ok)
		}
	}
}
