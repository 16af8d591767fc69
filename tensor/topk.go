package tensor

import (
	"cmp"
	"fmt"
	"slices"
)

// TopK returns the k largest elements along an axis, in descending order, and
// their positions on it. NaN counts as larger than all numbers, and of equal
// elements the one with the lower index comes first. With k = x.Dim(axis) it
// sorts. It panics unless 0 ≤ k ≤ x.Dim(axis).
func TopK(x *Tensor, k, axis int) (values *Tensor, indices *Ints) {
	axis = x.Shape().axis(axis)
	n, step := x.Shape()[axis], x.step(axis)
	if k < 0 || k > n {
		panic(fmt.Sprintf("tensor: TopK: k is %d for axis %d of shape %v", k, axis, x.Shape()))
	}
	s := x.Shape().Clone()
	s[axis] = k
	values, indices = Make[float32](s...), Make[int](s...)
	if k == 0 {
		return values, indices
	}
	best := make([]ranked, 0, n)
	var w walk
	w.lanes(x.Shape(), axis)
	w.along(values.stride)
	w.along(x.stride)
	for ok := w.start(); ok; ok = w.next() {
		for i := range w.len() {
			best = topLane(best[:0], x.data[w.off[1]+i*w.step(1):], n, step, k)
			at := w.off[0] + i*w.step(0)
			for j, r := range best {
				values.data[at+j*values.stride[axis]] = r.value
				indices.data[at+j*values.stride[axis]] = r.index
			}
		}
	}
	return values, indices
}

// ranked is an element and its position.
type ranked struct {
	value float32
	index int
}

// before orders by descending value, NaN first, and then by index.
func (a ranked) before(b ranked) int {
	return cmp.Or(cmp.Compare(isNaN(b.value), isNaN(a.value)), cmp.Compare(b.value, a.value), a.index-b.index)
}

// isNaN returns 1 for NaN, else 0.
func isNaN(v float32) int {
	if v != v {
		return 1
	}
	return 0
}

// topLane puts the best k of n elements into best, which is empty.
func topLane(best []ranked, x []float32, n, step, k int) []ranked {
	const few = 16 // up to here insertion beats sorting everything
	if k > few {
		for i := range n {
			best = append(best, ranked{x[i*step], i})
		}
		slices.SortFunc(best, ranked.before)
		return best[:k]
	}
	for i := range n {
		r := ranked{x[i*step], i}
		if len(best) == k {
			if r.value <= best[k-1].value || r.before(best[k-1]) > 0 {
				continue
			}
			best = best[:k-1]
		}
		j := len(best)
		for j > 0 && r.before(best[j-1]) < 0 {
			j--
		}
		best = slices.Insert(best, j, r)
	}
	return best
}
