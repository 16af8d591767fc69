//go:build !purego

package wgrad

import "github.com/gannet-ml/gannet/internal/cpu"

var archKernels = []*kernel{
	{cpu.AVX512, 12, 16, tileAVX512, packAVX512},
	{cpu.AVX2, 6, 8, tileAVX2, packAVX2},
}

//go:noescape
func tileAVX512(c []float32, offsets []int, x, dy []float32, vectors, pictures, rows, cols, picture, row, col int)

//go:noescape
func tileAVX2(c []float32, offsets []int, x, dy []float32, vectors, pictures, rows, cols, picture, row, col int)

//go:noescape
func packAVX512(dst []float32, ld int, src []float32, plane, n int)

//go:noescape
func packAVX2(dst []float32, ld int, src []float32, plane, n int)
