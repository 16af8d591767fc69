package tensor

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func BenchmarkCopy(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	names := []string{"dense", "transposed", "gaps"}
	for i, x := range strided(r, 16, 128, 128) {
		b.Run("case="+names[i], func(b *testing.B) {
			dst := Zeros(x.Shape()...)
			b.SetBytes(int64(4 * x.Len()))
			for b.Loop() {
				dst.Copy(x)
			}
		})
	}
}

func BenchmarkMatMul(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{8, 64, 256} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			x, y, dst := randn(r, n, n), randn(r, n, n), Zeros(n, n)
			for b.Loop() {
				MatMulTo(dst, x, y)
			}
			b.ReportMetric(2*float64(n*n*n)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GFLOP/s")
		})
	}
}

func BenchmarkString(b *testing.B) {
	x := randn(rand.New(rand.NewPCG(1, 2)), 30, 30)
	for b.Loop() {
		_ = x.String()
	}
}
