package mem

import (
	"math"
	"slices"
	"testing"
	"unsafe"
)

func TestClass(t *testing.T) {
	last, lastCap := -1, 0
	for n := 1; n < 100000; n++ {
		i, c := class(n)
		if c < n || n > lane && c > n+n/4+1 {
			t.Fatalf("class(%d) has capacity %d", n, c)
		}
		if i < last || i == last && c != lastCap {
			t.Fatalf("class(%d) = %d, %d after %d, %d", n, i, c, last, lastCap)
		}
		if j, d := class(c); j != i || d != c {
			t.Fatalf("class(%d) = %d, %d, want its own class %d, %d", c, j, d, i, c)
		}
		last, lastCap = i, c
	}
}

func TestGetPut(t *testing.T) {
	defer Poison.Store(Poison.Swap(true))
	for _, n := range []int{1, 15, 16, 17, 1000, 70000} {
		s := Get(n)
		if len(s) != n {
			t.Fatalf("len(Get(%d)) = %d", n, len(s))
		}
		if a := uintptr(unsafe.Pointer(&s[0])) % Align; a != 0 {
			t.Errorf("Get(%d) is %d bytes off alignment", n, a)
		}
		s[0] = 1
		Put(s[:n/2])
		if !math.IsNaN(float64(s[0])) {
			t.Errorf("Put of %d floats did not poison", n)
		}
		if r := Get(n); &r[0] != &s[0] {
			t.Errorf("Get(%d) after Put is another buffer", n)
		}
	}
	if s := Get(0); s != nil {
		t.Errorf("Get(0) = %v, want nil", s)
	}
	Put(nil)
	if n := testing.AllocsPerRun(100, func() { Put(Get(5000)) }); n != 0 {
		t.Errorf("Get and Put allocate %v times, want 0", n)
	}
}

// TestBorrow borrows what differs in size, one after the other and at once: there are as
// many large buffers as were in use at once, each as large as anything it had to hold.
func TestBorrow(t *testing.T) {
	defer Poison.Store(Poison.Swap(true))
	Trim()
	defer Trim()
	for _, n := range []int{3 * large, large + 1, 2 * large, 100, 3 * large} {
		s := Borrow(n)
		if len(s) != n || uintptr(unsafe.Pointer(&s[0]))%Align != 0 {
			t.Fatalf("Borrow(%d) has %d floats at %p, want them aligned to %d bytes", n, len(s), &s[0], Align)
		}
		s[0] = 1
		Return(s[:n/2])
		if !math.IsNaN(float64(s[0])) {
			t.Errorf("Return of %d floats did not poison", n)
		}
	}
	caps := func() (list []int) {
		for _, s := range borrowed.free {
			list = append(list, cap(s)/large)
		}
		return list
	}
	if got := caps(); !slices.Equal(got, []int{3}) {
		t.Errorf("capacities of %v are kept, want one of 3", got)
	}
	a, b := Borrow(large), Borrow(2*large) // the one of 3, and a new one
	Return(a)
	Return(b)
	if got := caps(); !slices.Equal(got, []int{2, 3}) {
		t.Errorf("capacities of %v are kept, want 2 and 3", got)
	}
	Return(Borrow(4 * large)) // in place of the largest
	if got := caps(); !slices.Equal(got, []int{2, 4}) {
		t.Errorf("capacities of %v are kept, want 2 and 4", got)
	}
	if n := testing.AllocsPerRun(100, func() { Return(Borrow(2*large + 1)) }); n != 0 {
		t.Errorf("Borrow and Return allocate %v times, want 0", n)
	}
	if s := Borrow(0); s != nil {
		t.Errorf("Borrow(0) = %v, want nil", s)
	}
	Return(nil)
}

func TestPutForeign(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Put of a foreign buffer did not panic")
		}
	}()
	Put(make([]float32, 37))
}
