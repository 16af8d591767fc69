//go:build !purego

package gemm

import "github.com/gannet-ml/gannet/internal/cpu"

var archKernels = []*kernel{{cpu.NEON, 6, 16, tileNEON, nil}}

//go:noescape
func tileNEON(c []float32, ldc int, init []float32, ldinit int, a, b []float32, ldb, k, rows, cols int)

// packColsNEON is [PackCols] for at least four vectors and n at least 4.
//
//go:noescape
func packColsNEON(dst []float32, ld int, src []float32, offs []int, n int)

// packRowsNEON is [PackRows] for at least one row and n at least 1.
//
//go:noescape
func packRowsNEON(dst []float32, ld int, src []float32, offs []int, n int)

// packWideNEON computes dst[p*16+q*next+j] = src[p*stride+q*16+j] for 0 ≤ p < rows,
// 0 ≤ q < panels, 0 ≤ j < 16; rows and panels are at least 1.
//
//go:noescape
func packWideNEON(dst []float32, next int, src []float32, stride, rows, panels int)

// packWideArch packs rows that go through whole panels of the width, as packWideNEON,
// where assembly does it; it returns whether it does.
func packWideArch(dst []float32, next int, src []float32, stride, rows, panels, width int) bool {
	if rows == 0 || panels == 0 || width != 16 || !cpu.Has(cpu.NEON) {
		return false
	}
	packWideNEON(dst, next, src, stride, rows, panels)
	return true
}

// packColsArch is [PackCols] where assembly does it; it returns whether it does.
func packColsArch(dst []float32, ld int, src []float32, offs []int, n int) bool {
	if len(offs) < 4 || n < 4 || !cpu.Has(cpu.NEON) {
		return false
	}
	packColsNEON(dst, ld, src, offs, n)
	return true
}

// packRowsArch is [PackRows] where assembly does it; it returns whether it does.
func packRowsArch(dst []float32, ld int, src []float32, offs []int, n int) bool {
	if len(offs) == 0 || n == 0 || !cpu.Has(cpu.NEON) {
		return false
	}
	packRowsNEON(dst, ld, src, offs, n)
	return true
}
