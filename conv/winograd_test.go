package conv

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/tensor"
)

// everyTile runs a test on every level with Winograd's algorithm forced.
func everyTile(t *testing.T, f func(t *testing.T)) {
	everyLevel(t, func(t *testing.T) {
		for _, tile := range []int{2, 4} {
			t.Run(fmt.Sprintf("tile=%d", tile), func(t *testing.T) {
				defer ForceWinograd(tile)()
				f(t)
			})
		}
	})
}

// randomFast draws a small convolution that Winograd's algorithm computes.
func randomFast(r *rand.Rand) sizes {
	z := randomSizes(r)
	z.kernel, z.Stride, z.Dilation = [2]int{3, 3}, [2]int{}, [2]int{}
	z.h, z.w = z.h+2, z.w+2
	return z
}

// TestWinogradReference compares the convolution, its gradients, and the transposed
// one, with the formula.
func TestWinogradReference(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	everyTile(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(seed, 0))
		for i := range uint64(30) {
			z := randomFast(r)
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

// TestWinogradError: for random numbers the error of tiles of 2×2 is no larger than
// that of the formula's sums, and of 4×4 some three times as large; see the
// documentation of the package.
func TestWinogradError(t *testing.T) {
	z := sizes{n: 1, c: 512, o: 4, h: 8, w: 8, kernel: [2]int{3, 3}, Settings: Settings{Same: true}}
	x, w, dy := z.values(1)
	want, _, _ := z.reference(x, w, dy)
	largest := 0.
	for _, v := range want {
		largest = max(largest, math.Abs(v.value))
	}
	for tile, bound := range map[int]float64{0: 3e-6, 2: 2e-6, 4: 5e-6} {
		z.NoWinograd = tile == 0
		restore := ForceWinograd(tile)
		worst := 0.
		for i, v := range Forward2D(x, w, nil, z.Settings).Data() {
			worst = max(worst, math.Abs(float64(v)-want[i].value)/largest)
		}
		restore()
		t.Logf("tile %d: %.1e of the largest result", tile, worst)
		if worst > bound {
			t.Errorf("tile %d: error %.1e of the largest result, want at most %v", tile, worst, bound)
		}
	}
}

// TestWinogradLaws: the laws of the other tests hold, those on bits to the bit.
func TestWinogradLaws(t *testing.T) {
	for _, tile := range []int{2, 4} {
		defer ForceWinograd(tile)()
		for _, law := range []struct {
			name string
			test func(*testing.T)
		}{
			{"Adjoint", TestAdjoint}, {"PadByHand", TestPadByHand}, {"Groups", TestGroups}, {"Strided", TestStrided},
			{"Workers", TestWorkers}, {"BatchIndependence", TestBatchIndependence}, {"Bias", TestBias}, {"Empty", TestEmpty},
		} {
			t.Run(fmt.Sprintf("%s/tile=%d", law.name, tile), law.test)
		}
	}
}

// TestWinogradBatch: batches that are cut into many blocks of tiles, or have so few
// that the weights are packed another way, give each picture the same bits.
func TestWinogradBatch(t *testing.T) {
	z := sizes{n: 21, c: 8, o: 24, h: 14, w: 14, kernel: [2]int{3, 3}, Settings: Settings{Same: true}}
	everyTile(t, func(t *testing.T) {
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
	y, dx := Forward2D(x, w, nil, z.Settings), DataGrad2D(dy, w, x.Shape(), z.Settings)
	defer ForceWinograd(4)()
	if Forward2D(x, w, nil, z.Settings).Equal(y) || DataGrad2D(dy, w, x.Shape(), z.Settings).Equal(dx) {
		t.Fatal("the other algorithm gives the same bits, which tests nothing")
	}
	z.NoWinograd = true
	equal(t, "Forward2D", z, Forward2D(x, w, nil, z.Settings), y)
	equal(t, "DataGrad2D", z, DataGrad2D(dy, w, x.Shape(), z.Settings), dx)
	equal(t, "ForwardTranspose2D", z, ForwardTranspose2D(dy, w, nil, z.Settings, [2]int{}), dx)
}
