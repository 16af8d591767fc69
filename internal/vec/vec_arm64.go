//go:build !purego

package vec

import "github.com/gannet-ml/gannet/internal/cpu"

// transposeNEON is transposeGeneric for rows and cols that are positive
// multiples of four.
//
//go:noescape
func transposeNEON(dst []float32, ldd int, src []float32, lds, rows, cols int)

// transposeBlocks transposes the leading r rows and c columns.
func transposeBlocks(dst []float32, ldd int, src []float32, lds, rows, cols int) (r, c int) {
	if !cpu.Has(cpu.NEON) || rows < 4 || cols < 4 {
		return 0, 0
	}
	r, c = rows&^3, cols&^3
	transposeNEON(dst, ldd, src, lds, r, c)
	return r, c
}
