package depthwise

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

func TestKernels(t *testing.T) {
	if os.Getenv("ZK") == "" {
		t.Skip()
	}
	x, y, w, b := make([]float32, 20000), make([]float32, 20000), make([]float32, 4000), make([]float32, 100)
	at := func(name string, rows int, f func()) {
		var all []float64
		for range 2000 {
			s := time.Now()
			f()
			all = append(all, time.Since(s).Seconds())
		}
		slices.Sort(all)
		fmt.Printf("%s %.1f cycles a row\n", name, all[len(all)/8]*3.7e9/float64(rows)/100)
	}
	at("direct3s1 14", 14, func() { direct3s1AVX512(y, 0, x, 0, w, 0, 1, b, 0, 100, 14, 14, 14, 14, 1, 1) })
	at("direct3s1 56rows 14", 56, func() { direct3s1AVX512(y, 0, x, 0, w, 0, 1, b, 0, 100, 56, 14, 56, 14, 1, 1) })
	at("direct3s2 28->14", 14, func() { direct3s2AVX512(y, 0, x, 0, w, 0, 1, b, 0, 100, 14, 14, 28, 28, 1, 1) })
	at("direct3s2 112 rows 28->14", 56, func() { direct3s2AVX512(y, 0, x, 0, w, 0, 1, b, 0, 100, 56, 14, 112, 28, 1, 1) })
	at("directWeight3s2 28->14", 14, func() { directWeight3s2AVX512(w, 0, y, 0, 0, x, 0, 0, 100, 1, 14, 14, 28, 28, 1, 1) })
	at("directWeight3s2 28->14 one channel", 14, func() { directWeight3s2AVX512(w, 0, y, 0, 0, x, 0, 0, 1, 100, 14, 14, 28, 28, 1, 1) })
	at("small s1 7", 4, func() { smallAVX512(y, 0, x, 0, w, 0, 1, b, 0, 100, 7, 7, 7, 7, 1, 1) })
	at("small s2 14->7", 4, func() { smallSplitAVX512(y, 0, x, 0, w, 0, 1, b, 0, 100, 7, 7, 14, 14, 1, 1) })
	at("smallWeight s1 7", 4, func() { smallWeightAVX512(w, 0, y, 0, 0, x, 0, 0, 100, 1, 7, 7, 7, 7, 1, 1) })
	at("smallWeight s2 14->7", 4, func() { smallSplitWeightAVX512(w, 0, y, 0, 0, x, 0, 0, 100, 1, 7, 7, 14, 14, 1, 1) })
	at("data2x3 7->14", 7, func() { data2x3AVX512(y, 0, 28, x, 0, 16, 1, w[9:], 0, 100, 7, 14) })
	at("data1x3 7->14", 7, func() { data1x3AVX512(y, 0, 28, x, 0, 16, 1, w[9:], 0, 100, 7, 14) })
	at("data2x3 28->56", 28, func() { data2x3AVX512(y, 0, 112, x, 0, 32, 1, w[9:], 0, 100, 28, 56) })
}
