package winograd

import (
	"syscall"
	"testing"
	"unsafe"
)

// fenced returns n floats that end at a page without access.
func fenced(t *testing.T, n int) []float32 {
	page := syscall.Getpagesize()
	size := (4*n/page + 1) * page
	b, err := syscall.Mmap(-1, 0, size+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip("no memory to protect:", err)
	}
	t.Cleanup(func() { syscall.Munmap(b) })
	if err := syscall.Mprotect(b[size:], syscall.PROT_NONE); err != nil {
		t.Skip("cannot protect memory:", err)
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&b[size-4*n])), n)
}

// TestProtectedPage: no transform reads or writes beyond its slices, even where it
// would not use the values: that would end the process.
func TestProtectedPage(t *testing.T) {
	for _, f := range append(available(2), available(4)...) {
		n := f.tile + 2
		for _, pitch := range []int{n, n + 1, n + 7} {
			offs := make([]int, 2*f.lanes)
			patch, tile := (n-1)*pitch+n, (f.tile-1)*pitch+f.tile
			v := fenced(t, n*n*2*f.lanes)
			f.input(v, 2*f.lanes, fenced(t, patch), pitch, offs, new(scratch))
			f.output(fenced(t, tile), pitch, offs, v, 2*f.lanes, 0, new(scratch))
			f.output(fenced(t, tile), pitch, offs[f.lanes:], v[f.lanes:], 2*f.lanes, 0, new(scratch))
		}
		for rows := 1; rows <= f.lanes; rows++ {
			taps := [9]int{}
			for i := range taps {
				taps[i] = i * f.lanes
			}
			f.kernel(fenced(t, n*n*3*rows), 3*rows, rows, fenced(t, 3*9*f.lanes), 9*f.lanes, &taps, 3, rows, new(scratch))
		}
	}
}
