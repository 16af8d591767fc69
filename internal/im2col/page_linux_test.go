package im2col

import (
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/fence"
)

// TestProtectedPage: take and add touch nothing before or behind their slices, where an
// access ends the process, and reach all that is in them.
func TestProtectedPage(t *testing.T) {
	everyLevel(t, func(t *testing.T, _ *rand.Rand) {
		for _, floats := range []func(t testing.TB, n int) []float32{fence.Before, fence.After} {
			for cols := 1; cols <= 33; cols++ {
				compact, apart := floats(t, 2*cols), floats(t, 2*(2*cols-1))
				for i := range apart {
					apart[i] = float32(i + 1)
				}
				take(compact, cols, apart, 2*cols-1, 2, 2, cols)
				add(apart, 2*cols-1, compact, cols, 2, 2, cols)
				for i, v := range apart {
					row, col := i/(2*cols-1), i%(2*cols-1)
					want := float32(i + 1)
					if col%2 == 0 {
						if got := compact[row*cols+col/2]; got != want {
							t.Fatalf("%d columns: %v is taken from row %d, column %d, want %v", cols, got, row, col, want)
						}
						want *= 2
					}
					if v != want {
						t.Fatalf("%d columns: row %d, column %d is %v after adding, want %v", cols, row, col, v, want)
					}
				}
			}
		}
	})
}
