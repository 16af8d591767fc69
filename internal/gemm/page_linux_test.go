package gemm

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/fence"
)

// TestStripPages multiplies few rows by a matrix that is read in place, all beside memory
// that nobody may touch.
func TestStripPages(t *testing.T) {
	levels(t, func(t *testing.T, kern *kernel) {
		for m := 1; m <= len(stripPanels); m++ {
			for _, n := range []int{4 * kern.nr, 5*kern.nr + 1} {
				for k := 1; k < 6; k++ {
					a, b, c, bias := fence.Before(t, m*k), fence.Before(t, k*n), fence.Before(t, m*n), fence.Before(t, n)
					fill(a, 1)
					fill(b, 2)
					fill(bias, 3)
					(&Call{
						M: m, N: n, K: k, A: &Matrix{Data: a, I: k, K: 1}, B: &Matrix{Data: b, I: 1, K: n},
						C: c, CRow: n, Init: ColBias, Bias: bias,
					}).Run()
					for i, v := range c {
						if want := float32(3 + 2*k); v != want {
							t.Fatalf("%d×%d×%d: element %d is %v, want %v", m, n, k, i, v, want)
						}
					}
				}
			}
		}
	})
}

// TestPackAll packs several panels of matrices of both orders, beside memory that
// nobody may touch.
func TestPackAll(t *testing.T) {
	levels(t, func(t *testing.T, kern *kernel) {
		for _, n := range []int{1, kern.nr - 1, kern.nr, 3 * kern.nr, 5*kern.nr + 3} {
			for _, kc := range []int{0, 1, rowsAtOnce - 1, rowsAtOnce, rowsAtOnce + 1, wideRows, wideRows + 1, 2*wideRows + 3} {
				for _, cut := range []panels{colPanels(kern, n), rowPanels(kern, n)} {
					for _, alongK := range []bool{false, true} {
						const batch, gap, k0 = 2, 3, 2
						k := k0 + kc + 1
						m := matrices(rand.New(rand.NewPCG(1, uint64(n*kc))), batch, n, k, alongK, gap)
						size := (batch-1)*m.Batch + (n-1)*m.I + (k-1)*m.K + 1
						src := fence.Before(t, size)
						copy(src, m.Data[:size])
						m.Data = src
						lo, hi := cut.count/3, cut.count
						room := fence.Before(t, (cut.start(hi)-cut.start(lo))*kc)
						fill(room, float32(math.NaN()))
						cut.packAll(room, &m, 1, lo, hi, k0, kc)
						for p := lo; p < hi; p++ {
							vectors, ld := cut.size(p)
							at := room[(cut.start(p)-cut.start(lo))*kc:]
							for i := range ld * kc {
								want := float32(0)
								if v := i % ld; v < vectors {
									want = src[m.Batch+(cut.start(p)+v)*m.I+(k0+i/ld)*m.K]
								}
								if at[i] != want {
									t.Fatalf("n=%d kc=%d alongK=%v, panel %d, element %d is %v, want %v", n, kc, alongK, p, i, at[i], want)
								}
							}
						}
					}
				}
			}
		}
	})
}
