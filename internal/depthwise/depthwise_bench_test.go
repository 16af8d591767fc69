package depthwise

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// benchCases are layers of networks: the kernel, its stride if not 1, the channels and
// the size of the picture.
var benchCases = []struct {
	name                    string
	channels, size, k, step int
}{
	{"3x3_32_112", 32, 112, 3, 1},
	{"3x3_144_56", 144, 56, 3, 1},
	{"3x3_960_7", 960, 7, 3, 1},
	{"3x3s2_96_112", 96, 112, 3, 2},
	{"3x3s2_576_14", 576, 14, 3, 2},
	{"5x5_120_28", 120, 28, 5, 1},
	{"5x5s2_240_28", 240, 28, 5, 2},
	{"7x7_96_56", 96, 56, 7, 1},
}

func BenchmarkDepthwise(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 0))
	for _, z := range benchCases {
		for _, batch := range []int{1, 32} {
			pad := [2]int{z.k / 2, z.k / 2}
			s, _ := shape(batch, z.channels, 1, [2]int{z.size, z.size}, [2]int{z.k, z.k}, z.step, pad, pad)
			yn, xn, wn, bn := s.lens()
			y, x, w, bias := random(r, yn), random(r, xn), random(r, wn), random(r, bn)
			c := &Conv{Shape: s}
			for _, op := range []struct {
				name string
				run  func()
			}{
				{"fwd", func() { c.Forward(y, x, w, bias, false) }},
				{"bwd_d", func() { c.Data(x, y, w, false) }},
				{"bwd_w", func() { c.Weight(w, y, x, false) }},
			} {
				for _, workers := range []int{1, 2} {
					for _, l := range cpu.Available {
						b.Run(fmt.Sprintf("case=%s/batch=%d/op=%s/workers=%d/level=%v", z.name, batch, op.name, workers, l), func(b *testing.B) {
							defer parallel.SetWorkers(parallel.SetWorkers(workers))
							defer cpu.Set(cpu.Set(l))
							b.ReportAllocs()
							for b.Loop() {
								op.run()
							}
							b.ReportMetric(2*float64(yn*z.k*z.k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
						})
					}
				}
			}
		}
	}
}
