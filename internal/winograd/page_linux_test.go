package winograd

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/fence"
)

// TestProtectedPage: no transform reads or writes beyond its slices, even where it
// would not use the values: that would end the process.
func TestProtectedPage(t *testing.T) {
	var all []*transforms
	for _, form := range Forms {
		all = append(all, available(form)...)
	}
	for _, f := range all {
		n, size := f.points(), f.Kernel*f.Kernel
		for _, pitch := range []int{n, n + 1, n + 7} {
			offs := make([]int, 2*f.lanes)
			patch, tile := (n-1)*pitch+n, (f.Tile-1)*pitch+f.Tile
			v := fence.Before(t, n*n*2*f.lanes)
			f.input(v, 2*f.lanes, fence.Before(t, patch), pitch, offs, room())
			f.gradient(v, 2*f.lanes, fence.Before(t, tile), pitch, offs, room())
			f.weight(fence.Before(t, size*2*f.lanes), 2*f.lanes, v, 2*f.lanes, 2*f.lanes, room())
			f.output(fence.Before(t, tile), pitch, offs, v, 2*f.lanes, 0, room())
			f.output(fence.Before(t, tile), pitch, offs[f.lanes:], v[f.lanes:], 2*f.lanes, 0, room())
		}
		for rows := 1; rows <= f.lanes; rows++ {
			taps := taps{}
			for i := range size {
				taps[i] = i * f.lanes
			}
			f.kernel(fence.Before(t, n*n*3*rows), 3*rows, rows, fence.Before(t, 3*size*f.lanes), size*f.lanes, &taps, 3, rows, room())
		}
	}
}
