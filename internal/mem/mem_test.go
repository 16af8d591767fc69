package mem

import (
	"math"
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

func TestPutForeign(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Put of a foreign buffer did not panic")
		}
	}()
	Put(make([]float32, 37))
}
