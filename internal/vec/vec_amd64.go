//go:build !purego

package vec

import "github.com/gannet-ml/gannet/internal/cpu"

// transposeAVX2 is transposeGeneric for rows and cols that are positive
// multiples of eight.
//
//go:noescape
func transposeAVX2(dst []float32, ldd int, src []float32, lds, rows, cols int)

// transposeBlocks transposes the leading r rows and c columns. Both levels use
// it: wider registers would not move more bytes a cycle.
func transposeBlocks(dst []float32, ldd int, src []float32, lds, rows, cols int) (r, c int) {
	if !cpu.Has(cpu.AVX2) || rows < 8 || cols < 8 {
		return 0, 0
	}
	r, c = rows&^7, cols&^7
	transposeAVX2(dst, ldd, src, lds, r, c)
	return r, c
}
