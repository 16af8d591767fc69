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

// weightCases are the layers of benchmarks/workloads that are not depthwise, and cases around the bounds of weightInPlace.
var weightCases = []struct {
	name    string
	sizes   sizes
	batches []int
}{
	{"r50_7x7s2_3_64", square(3, 64, 224, 7, 2, 3), []int{1, 32}},
	{"r50_1x1_64_256", square(64, 256, 56, 1, 1, 0), []int{1, 32}},
	{"r50_3x3_64", square(64, 64, 56, 3, 1, 1), []int{1, 32}},
	{"r50_3x3_128", square(128, 128, 28, 3, 1, 1), []int{1, 32}},
	{"r50_3x3_256", square(256, 256, 14, 3, 1, 1), []int{1, 32}},
	{"r50_3x3_512", square(512, 512, 7, 3, 1, 1), []int{1, 32}},
	{"r50_1x1s2_256_512", square(256, 512, 56, 1, 2, 0), []int{1, 32}},
	{"cifar_3x3_3_32", square(3, 32, 32, 3, 1, 1), []int{1, 64, 128}},
	{"cifar_5x5_32_64", square(32, 64, 32, 5, 1, 2), []int{1, 64, 128}},
	{"3x3_16_4_s28", square(16, 4, 28, 3, 1, 1), []int{1, 32}},
	{"3x3_16_8_s28", square(16, 8, 28, 3, 1, 1), []int{1, 32}},
	{"3x3_256_256_s4", square(256, 256, 4, 3, 1, 1), []int{8, 16, 32}},
	{"1x1_1024_1024_s7", square(1024, 1024, 7, 1, 1, 0), []int{1, 32}},
}

// square returns a convolution of square pictures with a square kernel.
func square(c, o, size, kernel, stride, pad int) sizes {
	return sizes{c: c, o: o, h: size, w: size, kernel: [2]int{kernel, kernel}, Settings: Settings{
		Stride: [2]int{stride, stride}, Pad: [4]int{pad, pad, pad, pad},
	}}
}

// BenchmarkWeightGrad compares the two ways to the gradient of the weights.
func BenchmarkWeightGrad(b *testing.B) {
	for _, k := range weightCases {
		for _, batch := range k.batches {
			z := k.sizes
			z.n = batch
			x, w, dy := z.values(1)
			c := newCore("WeightGrad2D", z.Settings, x.Shape(), w.Shape(), nil)
			for _, way := range weightWays {
				for _, workers := range []int{1, 2} {
					for _, l := range cpu.Available {
						b.Run(fmt.Sprintf("case=%s/batch=%d/way=%s/workers=%d/level=%v", k.name, batch, way.name, workers, l), func(b *testing.B) {
							defer parallel.SetWorkers(parallel.SetWorkers(workers))
							defer cpu.Set(cpu.Set(l))
							for b.Loop() {
								c.weightBy(way.run, w.Data(), dy.Data(), x.Data(), false)
							}
							flops := 2 * float64(dy.Len()) * float64(c.taps()) * float64(b.N)
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
