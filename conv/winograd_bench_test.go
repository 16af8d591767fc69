package conv

import (
	"fmt"
	"testing"

	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/winograd"
)

// BenchmarkWinograd compares the product of matrices, tile=0, with the forms of
// Winograd's algorithm, also where the rules in choose.go would not have them.
func BenchmarkWinograd(b *testing.B) {
	for _, z := range []struct{ kernel, in, out, size int }{
		{3, 64, 64, 56}, {3, 128, 128, 28}, {3, 256, 256, 14}, {3, 512, 512, 7}, {3, 16, 32, 16}, {3, 8, 16, 32}, {3, 3, 32, 32},
		{5, 32, 64, 32}, {5, 64, 64, 16}, {5, 16, 32, 28}, {5, 8, 16, 28}, {5, 6, 16, 14},
	} {
		for _, batch := range []int{1, 32} {
			for _, op := range benchOps {
				for _, form := range append([]winograd.Form{{Kernel: z.kernel}}, winograd.Forms...) {
					if form.Kernel != z.kernel {
						continue
					}
					b.Run(fmt.Sprintf("case=%dx%d_%d_%d_s%d/batch=%d/op=%s/tile=%d", z.kernel, z.kernel, z.in, z.out, z.size, batch, op.name, form.Tile), func(b *testing.B) {
						defer parallel.SetWorkers(parallel.SetWorkers(1))
						defer ForceWinograd(form)()
						s := sizes{
							n: batch, c: z.in, o: z.out, h: z.size, w: z.size, kernel: [2]int{z.kernel, z.kernel},
							Settings: Settings{Same: true, NoWinograd: form.Tile == 0},
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
