package wgrad

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/fence"
)

// fenced returns a copy of data that ends at a page without access.
func fenced(t *testing.T, data []float32) []float32 {
	end := fence.Before(t, len(data))
	copy(end, data)
	return end
}

// TestProtectedPage fails with a fault if a kernel touches what is behind the end
// of what it reads or writes.
func TestProtectedPage(t *testing.T) {
	levels(t, func(t *testing.T, k *kernel) {
		for _, out := range []int{1, k.lanes, k.lanes + 1, 2 * k.lanes} {
			for _, width := range []int{1, k.lanes - 1, k.lanes, 2*k.lanes + 1} {
				for _, add := range []bool{false, true} {
					p := plain(2, 3, out, 2, width, [2]int{2, 3})
					p.add = add
					d := p.data(1)
					d.call.X.Src, d.call.DY.Src = fenced(t, d.call.X.Src), fenced(t, d.call.DY.Src)
					want := d.run()
					dw := fenced(t, d.dw[guard:len(d.dw)-guard])
					d.call.DW = dw
					d.call.Run()
					equal(t, "at the page", dw, want[guard:len(want)-guard])
				}
			}
		}
		// The innermost routines with what they are given at a page.
		x, dy := fenced(t, make([]float32, 9)), fenced(t, make([]float32, 9*2*k.lanes))
		for taps := 1; taps <= k.taps; taps++ {
			for vectors := 1; vectors <= 2; vectors++ {
				c := fenced(t, make([]float32, taps*vectors*k.lanes))
				k.tile(c, make([]int, taps), x, dy[len(dy)-9*vectors*k.lanes:], vectors, 1, 3, 3, 0, 3, 1)
			}
		}
		for n := k.lanes; k.pack != nil && n < 3*k.lanes; n++ {
			k.pack(fenced(t, make([]float32, n*k.lanes)), k.lanes, fenced(t, make([]float32, n*k.lanes)), n, n)
		}
	})
}
