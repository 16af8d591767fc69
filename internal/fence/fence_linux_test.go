package fence_test

import (
	"runtime/debug"
	"testing"
	"unsafe"

	"github.com/gannet-ml/gannet/internal/fence"
)

// What is inside can be used, and the float beyond cannot even be read.
func TestFloats(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	faults := func(p unsafe.Pointer) (fault bool) {
		defer func() { fault = recover() != nil }()
		sink = *(*float32)(p)
		return false
	}
	for _, n := range []int{1, 3, 1024, 5000} {
		a, b := fence.Before(t, n), fence.After(t, n)
		for _, s := range [][]float32{a, b} {
			if len(s) != n {
				t.Fatalf("%d floats, want %d", len(s), n)
			}
			for i := range s {
				s[i]++
			}
		}
		if !faults(unsafe.Add(unsafe.Pointer(&a[n-1]), 4)) {
			t.Errorf("Before: what is beyond %d floats can be read", n)
		}
		if !faults(unsafe.Add(unsafe.Pointer(&b[0]), -4)) {
			t.Errorf("After: what is before %d floats can be read", n)
		}
	}
}

var sink float32
