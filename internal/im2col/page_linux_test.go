package im2col

import (
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/fence"
)

// TestProtectedPage: take and add touch nothing before or behind their slices: an access
// there ends the process.
func TestProtectedPage(t *testing.T) {
	everyLevel(t, func(t *testing.T, _ *rand.Rand) {
		for _, floats := range []func(t testing.TB, n int) []float32{fence.Before, fence.After} {
			for cols := 1; cols <= 33; cols++ {
				compact, apart := floats(t, 2*cols), floats(t, 2*(2*cols-1))
				take(compact, cols, apart, 2*cols-1, 2, 2, cols)
				add(apart, 2*cols-1, compact, cols, 2, 2, cols)
			}
		}
	})
}
