package gemm

import (
	"fmt"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/parallel"
)

func BenchmarkGEMM(b *testing.B) {
	for _, c := range []struct {
		name string
		p    product
	}{
		{"sq64", product{batch: 1, m: 64, n: 64, k: 64}},
		{"sq128", product{batch: 1, m: 128, n: 128, k: 128}},
		{"sq256", product{batch: 1, m: 256, n: 256, k: 256}},
		{"sq512", product{batch: 1, m: 512, n: 512, k: 512}},
		{"sq1024", product{batch: 1, m: 1024, n: 1024, k: 1024}},
		{"conv_64_1024_800_b8", product{batch: 8, m: 64, n: 1024, k: 800, sharedA: true}},
		{"conv_32_1024_27_b8", product{batch: 8, m: 32, n: 1024, k: 27, sharedA: true, init: RowBias}},
		{"linear_64_4096_1024", product{batch: 1, m: 64, n: 4096, k: 1024, transB: true}},
		{"linear_64_4096_1024_packed", product{batch: 1, m: 64, n: 4096, k: 1024, transB: true, packB: true}},
		{"linear_1_4096_1024_packed", product{batch: 1, m: 1, n: 4096, k: 1024, transB: true, packB: true}},
		{"classes_64_10_1024", product{batch: 1, m: 64, n: 10, k: 1024, transB: true}},
		{"attention_128_128_64_b16", product{batch: 16, m: 128, n: 128, k: 64, transB: true}},
	} {
		for _, workers := range []int{1, 2} {
			for _, l := range cpu.Available {
				b.Run(fmt.Sprintf("case=%s/workers=%d/level=%v", c.name, workers, l), func(b *testing.B) {
					defer parallel.SetWorkers(parallel.SetWorkers(workers))
					defer cpu.Set(cpu.Set(l))
					d := c.p.data(1)
					d.call.C = d.c[guard : len(d.c)-guard]
					for b.Loop() {
						d.call.Run()
					}
					flops := 2 * float64(c.p.batch*c.p.m*c.p.n) * float64(c.p.k) * float64(b.N)
					b.ReportMetric(flops/b.Elapsed().Seconds()/1e9, "GFLOP/s")
				})
			}
		}
	}
}
