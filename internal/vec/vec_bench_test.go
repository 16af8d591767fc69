package vec

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
)

// bench runs f on c.n slices of each length and level, as
// BenchmarkElementwise/Exp/n=4096/level=avx512.
func bench(b *testing.B, slices int, f func(s [][]float32)) {
	for _, n := range []int{64, 4096, 1 << 20} {
		for _, l := range cpu.Available {
			b.Run(fmt.Sprintf("n=%d/level=%v", n, l), func(b *testing.B) {
				defer cpu.Set(cpu.Set(l))
				r := rand.New(rand.NewPCG(1, 1))
				s := make([][]float32, slices)
				for i := range s {
					s[i] = gaussian(r, n, false)
					Abs(s[i], s[i])
					MinScalar(s[i], s[i], 10)
					if i == 1 {
						AddScalar(s[i], s[i], -2)
					}
				}
				b.SetBytes(int64(4 * n * slices))
				for b.Loop() {
					f(s)
				}
			})
		}
	}
}

func BenchmarkElementwise(b *testing.B) {
	for _, c := range cases {
		if c.name == "Adam" {
			continue // the kernel of AdamW, but w converges here, and v becomes subnormal
		}
		b.Run(c.name, func(b *testing.B) { bench(b, c.n, c.run) })
	}
}

var sink float32

func BenchmarkReduction(b *testing.B) {
	for _, k := range []struct {
		name string
		n    int
		run  func(s [][]float32) float32
	}{
		{"Sum", 1, func(s [][]float32) float32 { return Sum(s[0]) }},
		{"Dot", 2, func(s [][]float32) float32 { return Dot(s[0], s[1]) }},
		{"SumSquaredDev", 1, func(s [][]float32) float32 { return SumSquaredDev(s[0], 0.5) }},
		{"MaxOf", 1, func(s [][]float32) float32 { return MaxOf(s[0]) }},
	} {
		b.Run(k.name, func(b *testing.B) { bench(b, k.n, func(s [][]float32) { sink = k.run(s) }) })
	}
}

func BenchmarkTranspose(b *testing.B) {
	for _, n := range []int{64, 1024} {
		for _, l := range cpu.Available {
			b.Run(fmt.Sprintf("n=%dx%d/level=%v", n, n, l), func(b *testing.B) {
				defer cpu.Set(cpu.Set(l))
				dst, src := make([]float32, n*n), make([]float32, n*n)
				b.SetBytes(int64(8 * n * n))
				for b.Loop() {
					Transpose(dst, n, src, n, n, n)
				}
			})
		}
	}
}
