package depthwise

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"unsafe"
)

// fenced returns n floats between pages without access: at the end of theirs, or at
// the beginning.
func fenced(t *testing.T, n int, front bool) []float32 {
	page := syscall.Getpagesize()
	size := (4*n/page + 1) * page
	b, err := syscall.Mmap(-1, 0, size+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip("no memory to protect:", err)
	}
	t.Cleanup(func() { syscall.Munmap(b) })
	for _, fence := range [][]byte{b[:page], b[page+size:]} {
		if err := syscall.Mprotect(fence, syscall.PROT_NONE); err != nil {
			t.Skip("cannot protect memory:", err)
		}
	}
	at := page
	if !front {
		at += size - 4*n
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&b[at])), n)
}

// TestProtectedPage: no kernel reads or writes outside of the tensors, even where it
// would not use the values: an access there ends the process.
func TestProtectedPage(t *testing.T) {
	everyLevel(t, func(t *testing.T, r *rand.Rand) {
		for _, front := range []bool{false, true} {
			for _, k := range []int{1, 3, 4, 5} {
				for _, stride := range []int{1, 2} {
					for _, in := range [][2]int{{1, 1}, {3, 4}, {7, 7}, {5, 9}, {14, 14}, {9, 17}, {8, 35}, {70, 70}} {
						s, ok := shape(2, 3, 1, in, [2]int{k, k}, stride, [2]int{k / 2, k / 2}, [2]int{k / 2, k / 2})
						if !ok {
							continue
						}
						yn, xn, wn, bn := s.lens()
						y, x, w, b := fenced(t, yn, front), fenced(t, xn, front), fenced(t, wn, front), fenced(t, bn, front)
						c := Conv{Shape: s}
						c.Forward(y, x, w, b, false)
						c.Data(x, y, w, true)
						c.Weight(w, y, x, false)
					}
				}
			}
		}
	})
}
