package vec

import (
	"fmt"
	"math"
	"testing"
)

func TestTranspose(t *testing.T) {
	sizes := []int{1, 2, 7, 8, 9, 15, 16, 17, 33, tile - 1, tile, tile + 1, 2*tile + 9}
	forLevels(t, func(t *testing.T) {
		for _, rows := range sizes {
			for _, cols := range sizes {
				for _, extra := range []int{0, 3} {
					lds, ldd := cols+extra, rows+2*extra
					src := make([]float32, (rows-1)*lds+cols)
					for i := range src {
						src[i] = float32(i)
					}
					gap := math.Float32frombits(guardBits)
					want := make([]float32, (cols-1)*ldd+rows)
					Fill(want, gap)
					dst := guard(want, rows%5)
					for r := range rows {
						for c := range cols {
							want[c*ldd+r] = src[r*lds+c]
						}
					}
					Transpose(dst.data, ldd, src, lds, rows, cols)
					what := fmt.Sprintf("rows=%d/cols=%d/extra=%d", rows, cols, extra)
					dst.check(t, what)
					for i, w := range want {
						if math.Float32bits(dst.data[i]) != math.Float32bits(w) {
							t.Fatalf("%s: dst[%d] = %v, want %v", what, i, dst.data[i], w)
						}
					}
				}
			}
		}
	})
}

func TestTransposeEmpty(t *testing.T) {
	Transpose(nil, 0, nil, 3, 0, 3)
	Transpose(nil, 3, nil, 0, 3, 0)
}

func TestTransposeShortStridePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Transpose with ldd < rows did not panic")
		}
	}()
	Transpose(make([]float32, 100), 2, make([]float32, 100), 3, 3, 3)
}
