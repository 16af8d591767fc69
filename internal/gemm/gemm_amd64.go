//go:build !purego

package gemm

import "github.com/gannet-ml/gannet/internal/cpu"

var archKernels = []*kernel{
	{cpu.AVX512, 12, 32, tileAVX512, stripAVX512},
	{cpu.AVX2, 6, 16, tileAVX2, stripAVX2},
}

//go:noescape
func tileAVX512(c []float32, ldc int, init []float32, ldinit int, a, b []float32, ldb, k, rows, cols int)

//go:noescape
func tileAVX2(c []float32, ldc int, init []float32, ldinit int, a, b []float32, ldb, k, rows, cols int)

//go:noescape
func stripAVX512(c []float32, ldc int, init []float32, ldinit int, a, b []float32, next, ldb, k, rows int)

//go:noescape
func stripAVX2(c []float32, ldc int, init []float32, ldinit int, a, b []float32, next, ldb, k, rows int)

// packColsAVX2 is [PackCols] for at least four vectors and n at least 4.
//
//go:noescape
func packColsAVX2(dst []float32, ld int, src []float32, offs []int, n int)

// packRowsAVX2 is [PackRows] for at least one row and n at least 1.
//
//go:noescape
func packRowsAVX2(dst []float32, ld int, src []float32, offs []int, n int)

// packWideAVX2 computes dst[p*width+q*next+j] = src[p*stride+q*width+j] for
// 0 ≤ p < rows, 0 ≤ q < panels, 0 ≤ j < width, all at least 1; width is 16 or 32.
//
//go:noescape
func packWideAVX2(dst []float32, next int, src []float32, stride, rows, panels, width int)

// packWideArch packs rows that go through whole panels, as packWideAVX2, where
// assembly does it; it returns whether it does.
func packWideArch(dst []float32, next int, src []float32, stride, rows, panels, width int) bool {
	if rows == 0 || panels == 0 || width != 16 && width != 32 || !cpu.Has(cpu.AVX2) {
		return false
	}
	packWideAVX2(dst, next, src, stride, rows, panels, width)
	return true
}

// packColsArch is [PackCols] where assembly does it; it returns whether it does.
func packColsArch(dst []float32, ld int, src []float32, offs []int, n int) bool {
	if len(offs) < 4 || n < 4 || !cpu.Has(cpu.AVX2) {
		return false
	}
	packColsAVX2(dst, ld, src, offs, n)
	return true
}

// packRowsArch is [PackRows] where assembly does it; it returns whether it does.
func packRowsArch(dst []float32, ld int, src []float32, offs []int, n int) bool {
	if len(offs) == 0 || n == 0 || !cpu.Has(cpu.AVX2) {
		return false
	}
	packRowsAVX2(dst, ld, src, offs, n)
	return true
}
