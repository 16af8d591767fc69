package vec

import (
	"fmt"
	"testing"

	"github.com/gannet-ml/gannet/internal/fence"
)

// No kernel reads beyond its slices, even where it would not use the values: a
// read there ends the process.
func TestProtectedPage(t *testing.T) {
	const most = 70
	var s [12][]float32
	for i := range s {
		s[i] = fence.Before(t, most)
		Fill(s[i], 0.5)
	}
	forLevels(t, func(t *testing.T) {
		for n := range most {
			tail := make([][]float32, len(s))
			for i := range s {
				tail[i] = s[i][most-n:]
			}
			for i := range cases {
				cases[i].run(tail[:cases[i].n])
			}
			for _, k := range reductions {
				k.run(tail[1], tail[2])
			}
			MaxOf(tail[0])
			MinOf(tail[0])
		}
		for _, n := range []int{7, 8, 9, 17, 40} {
			t.Run(fmt.Sprintf("Transpose/n=%d", n), func(t *testing.T) {
				Transpose(fence.Before(t, n*(n+1)), n, fence.Before(t, n*(n+1)), n+1, n, n+1)
			})
		}
	})
}
