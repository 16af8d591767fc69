package tensor

import (
	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/internal/vec"
)

// maxRank bounds the number of axes that are left when axes of size 1 are
// dropped and neighbours without gaps are joined.
const maxRank = loop.MaxRank

// walk visits arrays of any element types, all repeated to one shape, row by
// row along their innermost axis:
//
//	var w walk
//	w.init(shape)
//	w.add(a.Shape(), a.stride)
//	for ok := w.start(); ok; ok = w.next() {
//		// row: w.len() elements of a from w.off[0] on, w.step(0) apart
//	}
type walk struct {
	rank     int
	outer    int // axes that next moves along
	operands int
	shape    [maxRank]int
	index    [maxRank]int
	stride   [4][maxRank]int
	off      [4]int
}

// init sets the shape.
func (w *walk) init(shape Shape) {
	if len(shape) > maxRank {
		panic("tensor: more than 16 axes")
	}
	w.rank = copy(w.shape[:], shape)
}

// add adds an array of shape have, which broadcasts to the shape of w.
func (w *walk) add(have Shape, stride []int) {
	s := &w.stride[w.operands]
	for i := range have {
		if j := w.rank - len(have) + i; have[i] != 1 && stride != nil {
			s[j] = stride[i]
		} else if have[i] != 1 {
			s[j] = 1
		}
	}
	w.operands++
}

// start simplifies the axes and goes to the first row. It reports false if
// there is none.
func (w *walk) start() bool {
	n := 0
	for i, d := range w.shape[:w.rank] {
		if d == 0 {
			return false
		}
		if d == 1 {
			continue
		}
		join := n > 0
		for k := range w.operands {
			join = join && w.stride[k][n-1] == w.stride[k][i]*d
		}
		if !join {
			n++
			w.shape[n-1] = 1
		}
		w.shape[n-1] *= d
		for k := range w.operands {
			w.stride[k][n-1] = w.stride[k][i]
		}
	}
	if n == 0 {
		n, w.shape[0] = 1, 1
	}
	w.rank, w.outer = n, n-1
	return true
}

// next goes to the next row and reports whether there is one.
func (w *walk) next() bool {
	for i := w.outer - 1; i >= 0; i-- {
		w.index[i]++
		if w.index[i] < w.shape[i] {
			for k := range w.operands {
				w.off[k] += w.stride[k][i]
			}
			return true
		}
		for k := range w.operands {
			w.off[k] -= (w.shape[i] - 1) * w.stride[k][i]
		}
		w.index[i] = 0
	}
	return false
}

// len returns the number of elements of a row.
func (w *walk) len() int { return w.shape[w.rank-1] }

// step returns the distance of neighbours in a row of array k.
func (w *walk) step(k int) int { return w.stride[k][w.rank-1] }

// swap exchanges two axes.
func (w *walk) swap(i, j int) {
	w.shape[i], w.shape[j] = w.shape[j], w.shape[i]
	for k := range w.operands {
		w.stride[k][i], w.stride[k][j] = w.stride[k][j], w.stride[k][i]
	}
}

// Copy writes the elements of src, broadcast to the shape of a, to a. The two
// must not overlap unless they are the same view. It panics if the shape of src
// does not broadcast to that of a, or if the two have more than 16 axes.
func (a *Array[T]) Copy(src *Array[T]) {
	mustExpand("Copy", src.Shape(), a.Shape())
	var w walk
	w.init(a.Shape())
	w.add(a.Shape(), a.stride)
	w.add(src.Shape(), src.stride)
	if !w.start() {
		return
	}
	if w.plane() {
		copyPlanes(&w, a.data, src.data)
		return
	}
	for ok := true; ok; ok = w.next() {
		copyRow(a.data[w.off[0]:], w.step(0), src.data[w.off[1]:], w.step(1), w.len())
	}
}

func copyRow[T Element](dst []T, ds int, src []T, ss, n int) {
	if ds == 1 && ss == 1 {
		copy(dst[:n], src)
		return
	}
	for i := range n {
		dst[i*ds] = src[i*ss]
	}
}

// plane reports whether array 1 is, in some plane, a transpose of array 0 large
// enough to gain from being copied tile by tile. If so, the last two axes span
// the plane: along the last array 0 is contiguous, along the one before array 1.
func (w *walk) plane() bool {
	d, s := -1, -1
	for i, n := range w.shape[:w.rank] {
		if n < 4 {
			continue
		}
		if w.stride[0][i] == 1 {
			d = i
		}
		if w.stride[1][i] == 1 {
			s = i
		}
	}
	if d < 0 || s < 0 || d == s || w.stride[0][s] < w.shape[d] || w.stride[1][d] < w.shape[s] {
		return false
	}
	last := w.rank - 1
	w.swap(d, last)
	if s == last {
		s = d
	}
	w.swap(s, last-1)
	w.outer = w.rank - 2
	return true
}

// copyPlanes copies the planes that [walk.plane] found.
func copyPlanes[T Element](w *walk, dst, src []T) {
	rows, cols := w.shape[w.rank-1], w.shape[w.rank-2]
	ldd, lds := w.stride[0][w.rank-2], w.stride[1][w.rank-1]
	for ok := true; ok; ok = w.next() {
		d, s := dst[w.off[0]:], src[w.off[1]:]
		if f, ok := any(d).([]float32); ok {
			vec.Transpose(f, ldd, any(s).([]float32), lds, rows, cols)
			continue
		}
		const tile = 32
		for r0 := 0; r0 < rows; r0 += tile {
			for c := range cols {
				for r := r0; r < min(r0+tile, rows); r++ {
					d[c*ldd+r] = s[r*lds+c]
				}
			}
		}
	}
}
