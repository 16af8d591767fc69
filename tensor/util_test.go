package tensor

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// everyLevel runs a test under every CPU level.
func everyLevel(t *testing.T, test func(t *testing.T)) {
	for _, l := range cpu.Available {
		t.Run(fmt.Sprintf("level=%v", l), func(t *testing.T) {
			defer cpu.Set(cpu.Set(l))
			test(t)
		})
	}
}

// panics checks that f panics with a message of this package that contains
// want.
func panics(t *testing.T, want string, f func()) {
	t.Helper()
	defer func() {
		t.Helper()
		got := fmt.Sprint(recover())
		if !strings.HasPrefix(got, "tensor: ") || !strings.Contains(got, want) {
			t.Errorf("panic %q, want one of package tensor with %q", got, want)
		}
	}()
	f()
}

// noAllocation checks that f allocates nothing once it has run.
func noAllocation(t *testing.T, name string, f func()) {
	t.Helper()
	defer parallel.SetWorkers(parallel.SetWorkers(2))
	if n := testing.AllocsPerRun(10, f); n != 0 {
		t.Errorf("%s allocates %v times, want 0", name, n)
	}
}

// sameBits checks that f gives the same bits for 1, 2 and 7 workers.
func sameBits(t *testing.T, name string, f func() *Tensor) {
	t.Helper()
	defer parallel.SetWorkers(parallel.SetWorkers(1))
	want := f()
	for _, w := range []int{2, 7} {
		parallel.SetWorkers(w)
		if got := f(); !got.Equal(want) {
			t.Errorf("%s: %d workers give other bits than 1", name, w)
		}
	}
}

func randn(r *rand.Rand, shape ...int) *Tensor {
	a := Make[float32](shape...)
	for i := range a.data {
		a.data[i] = float32(r.NormFloat64())
	}
	return a
}

// strided returns views of the given shape and of random elements: one in
// row-major order, one with the axes in reverse, and one with gaps.
func strided(r *rand.Rand, shape ...int) []*Tensor {
	rev := slices.Clone(shape)
	slices.Reverse(rev)
	order := make([]int, len(shape))
	for i := range order {
		order[i] = len(shape) - 1 - i
	}
	wide := slices.Clone(shape)
	for i := range wide {
		wide[i] += 2
	}
	gaps := randn(r, wide...)
	for i, d := range shape {
		gaps = gaps.Slice(i, 1, 1+d)
	}
	return []*Tensor{randn(r, shape...), randn(r, rev...).Permute(order...), gaps}
}

// indices returns all indices of a shape in row-major order.
func indices(s Shape) [][]int {
	all := [][]int{{}}
	for _, d := range s {
		var next [][]int
		for _, head := range all {
			for i := range d {
				next = append(next, append(slices.Clone(head), i))
			}
		}
		all = next
	}
	return all
}

// bcast returns the element of a at an index of a shape that a broadcasts to.
func bcast[T Element](a *Array[T], index []int) T {
	own := slices.Clone(index[len(index)-a.Rank():])
	for i := range own {
		if a.Shape()[i] == 1 {
			own[i] = 0
		}
	}
	return a.At(own...)
}

// near checks got against want elementwise, within tol relative to max(1,
// |want|); NaN must meet NaN.
func near(t *testing.T, name string, got *Tensor, tol float64, want func(index []int) float64) {
	t.Helper()
	for _, i := range indices(got.Shape()) {
		g, w := float64(got.At(i...)), want(i)
		if g != w && !(math.IsNaN(g) && math.IsNaN(w)) && !(math.Abs(g-w) <= tol*max(1, math.Abs(w))) {
			t.Errorf("%s, shape %v: at %v is %v, want %v", name, got.Shape(), i, g, w)
			return
		}
	}
}

// is checks an array against shape and elements.
func is[T Element](t *testing.T, name string, got *Array[T], want []T, shape ...int) {
	t.Helper()
	if !got.Shape().Equal(shape) || !slices.Equal(got.Clone().Data(), want) {
		t.Errorf("%s = %v of shape %v, want %v of shape %v", name, got, got.Shape(), want, shape)
	}
}
