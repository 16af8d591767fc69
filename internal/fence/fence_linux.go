package fence

import (
	"syscall"
	"testing"
	"unsafe"
)

// Before returns n floats that end where a page without access begins.
func Before(t testing.TB, n int) []float32 { return floats(t, n, false) }

// After returns n floats that begin where a page without access ends.
func After(t testing.TB, n int) []float32 { return floats(t, n, true) }

// floats returns n floats between two pages without access, beside the first or the
// second. It skips the test where memory cannot be protected.
func floats(t testing.TB, n int, front bool) []float32 {
	t.Helper()
	page := syscall.Getpagesize()
	size := (4*n/page + 1) * page
	b, err := syscall.Mmap(-1, 0, size+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip("no memory to protect:", err)
	}
	t.Cleanup(func() { syscall.Munmap(b) })
	for _, p := range [][]byte{b[:page], b[page+size:]} {
		if err := syscall.Mprotect(p, syscall.PROT_NONE); err != nil {
			t.Skip("cannot protect memory:", err)
		}
	}
	if n == 0 {
		return nil
	}
	at := page
	if !front {
		at += size - 4*n
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&b[at])), n)
}
