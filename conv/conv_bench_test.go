package conv

import (
	"fmt"
	"math"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/tensor"
)

// benchCases are what networks have; the name gives kernel, input and output
// channels and the picture's size.
var benchCases = []struct {
	name string
	sizes
}{
	{"3x3_3_32_s32", sizes{c: 3, o: 32, h: 32, w: 32, kernel: [2]int{3, 3}, Settings: Settings{Same: true}}},
	{"5x5_32_64_s32", sizes{c: 32, o: 64, h: 32, w: 32, kernel: [2]int{5, 5}, Settings: Settings{Same: true}}},
	{"3x3_64_64_s56", sizes{c: 64, o: 64, h: 56, w: 56, kernel: [2]int{3, 3}, Settings: Settings{Same: true}}},
	{"3x3_128_128_s28", sizes{c: 128, o: 128, h: 28, w: 28, kernel: [2]int{3, 3}, Settings: Settings{Same: true}}},
	{"3x3_256_256_s14", sizes{c: 256, o: 256, h: 14, w: 14, kernel: [2]int{3, 3}, Settings: Settings{Same: true}}},
	{"3x3_512_512_s7", sizes{c: 512, o: 512, h: 7, w: 7, kernel: [2]int{3, 3}, Settings: Settings{Same: true}}},
	{"3x3_64_64_s28", sizes{c: 64, o: 64, h: 28, w: 28, kernel: [2]int{3, 3}, Settings: Settings{Same: true}}},
	{"3x3_64_128_s28_stride2", sizes{c: 64, o: 128, h: 28, w: 28, kernel: [2]int{3, 3}, Settings: Settings{Same: true, Stride: [2]int{2, 2}}}},
	{"1x1_64_128_s14", sizes{c: 64, o: 128, h: 14, w: 14, kernel: [2]int{1, 1}}},
	{"3x3_64_64_s14_depthwise", sizes{c: 64, o: 64, h: 14, w: 14, kernel: [2]int{3, 3}, Settings: Settings{Same: true, Groups: 64}}},
}

// benchOps are the three products.
var benchOps = []struct {
	name string
	run  func(c *core, y, x, w []float32)
}{
	{"fwd", func(c *core, y, x, w []float32) { c.forward(y, x, w, nil, nil, false) }},
	{"data", func(c *core, y, x, w []float32) { c.data(x, y, w, false) }},
	{"weight", func(c *core, y, x, w []float32) { c.weight(w, y, x, false) }},
}

func BenchmarkConv2D(b *testing.B) {
	for _, z := range benchCases {
		for _, batch := range []int{1, 64} {
			z.n = batch
			x, w, y := z.values(1)
			for _, op := range benchOps {
				for _, workers := range []int{1, 2} {
					for _, l := range cpu.Available {
						b.Run(fmt.Sprintf("case=%s/batch=%d/op=%s/workers=%d/level=%v", z.name, batch, op.name, workers, l), func(b *testing.B) {
							defer parallel.SetWorkers(parallel.SetWorkers(workers))
							defer cpu.Set(cpu.Set(l))
							c := newCore("Forward2D", z.Settings, x.Shape(), w.Shape(), nil)
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
}

// TestBenchCases checks some elements at the sizes of the benchmarks, where the
// formula would take long: each function is linear, so a tensor that is 1 at one
// place makes another function return the weights of the sum at that place.
func TestBenchCases(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		for _, z := range benchCases {
			z.n = 1
			x, w, dy := z.values(1)
			y := Forward2D(x, w, nil, z.Settings)
			dx, dw := DataGrad2D(dy, w, x.Shape(), z.Settings), WeightGrad2D(dy, x, w.Shape(), z.Settings)
			for _, at := range []int{0, y.Len() / 2, y.Len() - 1} {
				one := tensor.Zeros(y.Shape()...)
				one.Data()[at] = 1
				patch, kernel := WeightGrad2D(one, x, w.Shape(), z.Settings), DataGrad2D(one, w, x.Shape(), z.Settings)
				near(t, z.name+": Forward2D", y.Data()[at], dot(patch, w))
				near(t, z.name+": Forward2D", y.Data()[at], dot(kernel, x))
			}
			for _, at := range []int{0, x.Len() / 2, x.Len() - 1} {
				one := tensor.Zeros(x.Shape()...)
				one.Data()[at] = 1
				near(t, z.name+": DataGrad2D", dx.Data()[at], dot(Forward2D(one, w, nil, z.Settings), dy))
			}
			for _, at := range []int{0, w.Len() / 2, w.Len() - 1} {
				one := tensor.Zeros(w.Shape()...)
				one.Data()[at] = 1
				near(t, z.name+": WeightGrad2D", dw.Data()[at], dot(Forward2D(x, one, nil, z.Settings), dy))
			}
		}
	})
}

// dot returns Σ a·b.
func dot(a, b *tensor.Tensor) (s sum) {
	for i, v := range a.Data() {
		s.add(v, b.Data()[i])
	}
	return s
}

func near(t *testing.T, name string, got float32, want sum) {
	t.Helper()
	if !(math.Abs(float64(got)-want.value) <= 1e-5*want.size) {
		t.Errorf("%s = %v, want %v", name, got, want.value)
	}
}
