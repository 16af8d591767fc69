package depthwise

import (
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/fence"
)

// TestProtectedPage: no kernel reads or writes outside of the tensors, even where it
// would not use the values: an access there ends the process.
func TestProtectedPage(t *testing.T) {
	everyLevel(t, func(t *testing.T, r *rand.Rand) {
		for _, floats := range []func(t testing.TB, n int) []float32{fence.Before, fence.After} {
			for _, k := range []int{1, 3, 4, 5} {
				for _, stride := range []int{1, 2} {
					for _, in := range [][2]int{{1, 1}, {3, 4}, {7, 7}, {5, 9}, {14, 14}, {9, 17}, {8, 35}, {70, 70}} {
						s, ok := shape(2, 3, 1, in, [2]int{k, k}, stride, [2]int{k / 2, k / 2}, [2]int{k / 2, k / 2})
						if !ok {
							continue
						}
						yn, xn, wn, bn := s.lens()
						y, x, w, b := floats(t, yn), floats(t, xn), floats(t, wn), floats(t, bn)
						c := Conv{Shape: s}
						c.Forward(y, x, w, b, false)
						c.Data(x, y, w, true)
						c.Weight(w, y, x, false)
					}
				}
			}
		}
	})
}
