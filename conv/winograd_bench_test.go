package conv

import (
	"fmt"
	"testing"

	"github.com/gannet-ml/gannet/internal/parallel"
)

// BenchmarkWinograd compares the product of matrices, tile=0, with Winograd's
// algorithm at both sizes of tiles, also where the rule in choose.go would not have it.
func BenchmarkWinograd(b *testing.B) {
	for _, z := range []struct{ in, out, size int }{
		{64, 64, 56}, {128, 128, 28}, {256, 256, 14}, {512, 512, 7}, {16, 32, 16}, {8, 16, 32}, {3, 32, 32},
	} {
		for _, batch := range []int{1, 32} {
			for _, op := range benchOps[:2] { // the weights' gradient has no such way
				for _, tile := range []int{0, 2, 4} {
					b.Run(fmt.Sprintf("case=3x3_%d_%d_s%d/batch=%d/op=%s/tile=%d", z.in, z.out, z.size, batch, op.name, tile), func(b *testing.B) {
						defer parallel.SetWorkers(parallel.SetWorkers(1))
						defer ForceWinograd(tile)()
						s := sizes{
							n: batch, c: z.in, o: z.out, h: z.size, w: z.size, kernel: [2]int{3, 3},
							Settings: Settings{Same: true, NoWinograd: tile == 0},
						}
						x, w, y := s.values(1)
						c := newCore("Forward2D", s.Settings, x.Shape(), w.Shape(), nil)
						for b.Loop() {
							op.run(c, y.Data(), x.Data(), w.Data())
						}
						flops := 2 * float64(y.Len()) * float64(c.taps()) * float64(b.N)
						b.ReportMetric(flops/b.Elapsed().Seconds()/1e9, "GFLOP/s")
					})
				}
			}
		}
	}
}
