//go:build !purego

package wgrad

import "github.com/gannet-ml/gannet/internal/cpu"

// A vector of eight lanes is two registers, so that a tile has the shape it has for AVX2.
var archKernels = []*kernel{{cpu.NEON, 6, 8, tileNEON, packNEON}}

//go:noescape
func tileNEON(c []float32, offsets []int, x, dy []float32, vectors, pictures, rows, cols, picture, row, col int)

//go:noescape
func packNEON(dst []float32, ld int, src []float32, plane, n int)
