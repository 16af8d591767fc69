package vec

import "fmt"

// tile is the side of the square that is transposed at a time: 64 rows of 64
// floats and their transpose fit the smallest L1 cache in use, 32 KiB.
const tile = 64

// Transpose copies the transpose of a rows×cols matrix:
//
//	dst[c*ldd+r] = src[r*lds+c]
//
// dst and src must not overlap. It panics if a stride is shorter than a row or
// a slice too short for its matrix.
func Transpose(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	if rows <= 0 || cols <= 0 {
		return
	}
	if ldd < rows || lds < cols {
		panic(fmt.Sprintf("vec: Transpose: strides are %d and %d, want at least %d and %d", ldd, lds, rows, cols))
	}
	dst = dst[:(cols-1)*ldd+rows]
	src = src[:(rows-1)*lds+cols]
	for r := 0; r < rows; r += tile {
		for c := 0; c < cols; c += tile {
			transposeTile(dst[c*ldd+r:], ldd, src[r*lds+c:], lds, min(tile, rows-r), min(tile, cols-c))
		}
	}
}

// transposeTile leaves to transposeGeneric what transposeBlocks does not do:
// the right rim and the bottom.
func transposeTile(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	r, c := transposeBlocks(dst, ldd, src, lds, rows, cols)
	if c < cols {
		transposeGeneric(dst[c*ldd:], ldd, src[c:], lds, r, cols-c)
	}
	if r < rows {
		transposeGeneric(dst[r:], ldd, src[r*lds:], lds, rows-r, cols)
	}
}

func transposeGeneric(dst []float32, ldd int, src []float32, lds, rows, cols int) {
	for r := range rows {
		for c, v := range src[r*lds : r*lds+cols] {
			dst[c*ldd+r] = v
		}
	}
}
