//go:build purego || (!amd64 && !arm64)

package gemm

var archKernels []*kernel

func packColsArch(dst []float32, ld int, src []float32, offs []int, n int) bool { return false }

func packRowsArch(dst []float32, ld int, src []float32, offs []int, n int) bool { return false }

func packWideArch(dst []float32, next int, src []float32, stride, rows, panels, width int) bool {
	return false
}
