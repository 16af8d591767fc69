package conv

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/winograd"
	"github.com/gannet-ml/gannet/tensor"
)

// everyForm runs a test on every level with each form of Winograd's algorithm forced.
func everyForm(t *testing.T, f func(t *testing.T, form winograd.Form)) {
	everyLevel(t, func(t *testing.T) {
		for _, form := range winograd.Forms {
			t.Run(fmt.Sprintf("tile=%d/kernel=%d", form.Tile, form.Kernel), func(t *testing.T) {
				defer ForceWinograd(form)()
				f(t, form)
			})
		}
	})
}

// randomFast draws a small convolution that a form of Winograd's algorithm computes.
func randomFast(r *rand.Rand, form winograd.Form) sizes {
	z := randomSizes(r)
	k := form.Kernel
	z.kernel, z.Stride, z.Dilation = [2]int{k, k}, [2]int{}, [2]int{}
	z.h, z.w = z.h+k-1, z.w+k-1
	return z
}

// TestWinogradReference compares the convolution, its gradients, and the transposed
// one, with the formula.
func TestWinogradReference(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	everyForm(t, func(t *testing.T, form winograd.Form) {
		r := rand.New(rand.NewPCG(seed, 0))
		for i := range uint64(30) {
			z := randomFast(r, form)
			x, w, dy := z.values(i)
			y, dx, dw := z.reference(x, w, dy)
			closeTo(t, z, "Forward2D", Forward2D(x, w, nil, z.Settings), y)
			closeTo(t, z, "DataGrad2D", DataGrad2D(dy, w, x.Shape(), z.Settings), dx)
			closeTo(t, z, "WeightGrad2D", WeightGrad2D(dy, x, w.Shape(), z.Settings), dw)
			if !z.Same {
				closeTo(t, z, "ForwardTranspose2D", ForwardTranspose2D(dy, w, nil, z.Settings, [2]int{}), dx)
			}
		}
	})
}

// closeTo fails if an element is off by more than 1e-5 of the largest.
func closeTo(t *testing.T, z sizes, name string, got *tensor.Tensor, want []sum) {
	t.Helper()
	largest := 0.
	for _, w := range want {
		largest = max(largest, math.Abs(w.value))
	}
	for i, v := range got.Data() {
		if d := math.Abs(float64(v) - want[i].value); !(d <= 1e-5*largest) {
			t.Fatalf("%v: %s at element %d of shape %v is %v, want %v", z, name, i, got.Shape(), v, want[i].value)
		}
	}
}

// TestWinogradError: for random numbers the error of tiles of 2×2 is no larger than that
// of the formula's sums, and of 4×4 some three times as large; that of gradients of the
// weights is alike. See the documentation of the package.
func TestWinogradError(t *testing.T) {
	for _, c := range []struct {
		kernel         int
		form           winograd.Form
		forward, grads float64
	}{
		{3, winograd.Form{}, 3e-6, 3e-6}, {3, winograd.Form{Tile: 2, Kernel: 3}, 2e-6, 3e-6}, {3, winograd.Form{Tile: 4, Kernel: 3}, 5e-6, 5e-6},
		{5, winograd.Form{}, 5e-6, 3e-6}, {5, winograd.Form{Tile: 2, Kernel: 5}, 5e-6, 5e-6},
	} {
		z := sizes{n: 1, c: 512, o: 4, h: 8, w: 8, kernel: [2]int{c.kernel, c.kernel}, Settings: Settings{Same: true, NoWinograd: c.form == none}}
		if !testing.Short() {
			z.n = 3
		}
		x, w, dy := z.values(1)
		y, _, dw := z.reference(x, w, dy)
		restore := ForceWinograd(c.form)
		for _, r := range []struct {
			name  string
			got   *tensor.Tensor
			want  []sum
			bound float64
		}{
			{"result", Forward2D(x, w, nil, z.Settings), y, c.forward},
			{"gradient of the weights", WeightGrad2D(dy, x, w.Shape(), z.Settings), dw, c.grads},
		} {
			var largest, worst float64
			for i, v := range r.want {
				largest = max(largest, math.Abs(v.value))
				worst = max(worst, math.Abs(float64(r.got.Data()[i])-v.value))
			}
			t.Logf("kernel %d, tile %d: %.1e of the largest %s", c.kernel, c.form.Tile, worst/largest, r.name)
			if worst > r.bound*largest {
				t.Errorf("kernel %d, tile %d: error %.1e of the largest %s, want at most %v", c.kernel, c.form.Tile, worst/largest, r.name, r.bound)
			}
		}
		restore()
	}
}

// TestWinogradLaws: the laws of the other tests hold, those on bits to the bit.
func TestWinogradLaws(t *testing.T) {
	for _, form := range winograd.Forms {
		defer ForceWinograd(form)()
		for _, law := range []struct {
			name string
			test func(*testing.T)
		}{
			{"Adjoint", TestAdjoint}, {"PadByHand", TestPadByHand}, {"Groups", TestGroups}, {"Strided", TestStrided},
			{"Workers", TestWorkers}, {"BatchIndependence", TestBatchIndependence}, {"Bias", TestBias}, {"Empty", TestEmpty},
		} {
			t.Run(fmt.Sprintf("%s/tile=%d/kernel=%d", law.name, form.Tile, form.Kernel), law.test)
		}
	}
}

// TestWinogradBatch: batches that are cut into many blocks of tiles, or have so few
// that the weights are packed another way, give each picture the same bits.
func TestWinogradBatch(t *testing.T) {
	z := sizes{n: 21, c: 8, o: 24, h: 14, w: 14, kernel: [2]int{3, 3}, Settings: Settings{Same: true}}
	everyForm(t, func(t *testing.T, form winograd.Form) {
		z.kernel = [2]int{form.Kernel, form.Kernel}
		for _, size := range []int{5, 30} {
			z.h, z.w = size, size
			x, w, dy := z.values(1)
			y, dx := Forward2D(x, w, nil, z.Settings), DataGrad2D(dy, w, x.Shape(), z.Settings)
			previous := parallel.SetWorkers(7)
			equal(t, "Forward2D, 7 workers", z, Forward2D(x, w, nil, z.Settings), y)
			equal(t, "DataGrad2D, 7 workers", z, DataGrad2D(dy, w, x.Shape(), z.Settings), dx)
			parallel.SetWorkers(previous)
			for _, part := range [][2]int{{0, 1}, {20, 21}, {3, 9}} {
				one := x.Slice(0, part[0], part[1])
				equal(t, "Forward2D", z, Forward2D(one, w, nil, z.Settings), y.Slice(0, part[0], part[1]))
				equal(t, "DataGrad2D", z, DataGrad2D(dy.Slice(0, part[0], part[1]), w, one.Shape(), z.Settings), dx.Slice(0, part[0], part[1]))
			}
		}
	})
}

// TestNoWinograd: the setting leads to the sums of the formula, to the bit.
func TestNoWinograd(t *testing.T) {
	z := sizes{n: 2, c: 3, o: 4, h: 9, w: 9, kernel: [2]int{3, 3}, Settings: Settings{Same: true}}
	x, w, dy := z.values(1)
	y, dx, dw := Forward2D(x, w, nil, z.Settings), DataGrad2D(dy, w, x.Shape(), z.Settings), WeightGrad2D(dy, x, w.Shape(), z.Settings)
	defer ForceWinograd(winograd.Form{Tile: 4, Kernel: 3})()
	if Forward2D(x, w, nil, z.Settings).Equal(y) || DataGrad2D(dy, w, x.Shape(), z.Settings).Equal(dx) ||
		WeightGrad2D(dy, x, w.Shape(), z.Settings).Equal(dw) {
		t.Fatal("the other algorithm gives the same bits, which tests nothing")
	}
	z.NoWinograd = true
	equal(t, "Forward2D", z, Forward2D(x, w, nil, z.Settings), y)
	equal(t, "DataGrad2D", z, DataGrad2D(dy, w, x.Shape(), z.Settings), dx)
	equal(t, "WeightGrad2D", z, WeightGrad2D(dy, x, w.Shape(), z.Settings), dw)
	equal(t, "ForwardTranspose2D", z, ForwardTranspose2D(dy, w, nil, z.Settings, [2]int{}), dx)
}
