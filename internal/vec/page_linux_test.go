package vec

import (
	"fmt"
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
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&b[size-4*n])), n)
}

// No kernel reads beyond its slices, even where it would not use the values: a
// read there ends the process.
func TestProtectedPage(t *testing.T) {
	const most = 70
	var s [4][]float32
	for i := range s {
		s[i] = fenced(t, most)
		Fill(s[i], 0.5)
	}
	forLevels(t, func(t *testing.T) {
		for n := range most {
			tail := make([][]float32, len(s))
			for i := range s {
				tail[i] = s[i][most-n:]
			}
			for i := range cases {
				cases[i].run(tail[:cases[i].n])
			}
			for _, k := range reductions {
				k.run(tail[1], tail[2])
			}
			MaxOf(tail[0])
			MinOf(tail[0])
		}
		for _, n := range []int{7, 8, 9, 17, 40} {
			t.Run(fmt.Sprintf("Transpose/n=%d", n), func(t *testing.T) {
				Transpose(fenced(t, n*(n+1)), n, fenced(t, n*(n+1)), n+1, n, n+1)
			})
		}
	})
}
