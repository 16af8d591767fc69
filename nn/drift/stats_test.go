package drift

import (
	"math"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// normal returns n sorted numbers of a normal distribution.
func normal(seed uint64, mean, std float32, n int) []float64 {
	v := double(tensor.Normal(seed, mean, std, n).Data())
	slices.Sort(v)
	return v
}

func TestIdenticalSamples(t *testing.T) {
	x := normal(1, 0, 1, 200)
	if ks, w := distances(x, x); ks != 0 || w != 0 {
		t.Errorf("distances(x, x) = %v, %v, want 0, 0", ks, w)
	}
	h := histogram(binEdges(x, deciles), x, 3)
	if v := psi(h, h); v != 0 {
		t.Errorf("psi(h, h) = %v, want 0", v)
	}
	if v, p := chiSquared(h, h); v != 0 || p != 1 {
		t.Errorf("chiSquared(h, h) = %v, %v, want 0, 1", v, p)
	}
	if p := kolmogorov(0, 200, 200); p != 1 {
		t.Errorf("kolmogorov(0) = %v, want 1", p)
	}
}

func TestSymmetry(t *testing.T) {
	x, y := normal(1, 0, 1, 200), normal(2, 1, 2, 150)
	ks, w := distances(x, y)
	back, wBack := distances(y, x)
	near(t, "ks", back, ks, 1e-12)
	near(t, "wasserstein", wBack, w, 1e-12)
	a, b := []int{20, 30, 0, 50}, []int{3, 7, 9, 1}
	near(t, "psi", psi(b, a), psi(a, b), 1e-12)
	v, p := chiSquared(a, b)
	vBack, pBack := chiSquared(b, a)
	near(t, "chi-squared", vBack, v, 1e-12)
	near(t, "its p", pBack, p, 1e-12)
}

// A shift moves the distribution by just as much.
func TestWassersteinOfShift(t *testing.T) {
	x := normal(1, 0, 1, 200)
	y := slices.Clone(x)
	for i := range y {
		y[i] += 0.75
	}
	_, w := distances(x, y)
	near(t, "wasserstein", w, 0.75, 1e-12)
}

// Both forms of the sum hold where one takes over from the other, and p falls.
func TestKolmogorov(t *testing.T) {
	before := 1.0
	for ks := 0.0; ks <= 1; ks += 0.001 {
		p := kolmogorov(ks, 200, 200)
		if p > before || p < 0 || before-p > 0.02 {
			t.Fatalf("kolmogorov(%v) = %v after %v", ks, p, before)
		}
		before = p
	}
}

func TestNoSamples(t *testing.T) {
	if v := psi([]int{0, 0}, []int{1, 2}); v != 0 {
		t.Errorf("psi = %v, want 0", v)
	}
	if v, p := chiSquared([]int{1, 2}, []int{0, 0}); v != 0 || p != 1 {
		t.Errorf("chiSquared = %v, %v, want 0, 1", v, p)
	}
	if h := histogram(binEdges(nil, deciles), nil, 4); !slices.Equal(h, []int{0, 4}) {
		t.Errorf("histogram = %v, want [0 4]", h)
	}
}

func TestBinsOfTies(t *testing.T) {
	below := func(v float32) float64 { return float64(math.Nextafter32(v, float32(math.Inf(-1)))) }
	for _, c := range []struct {
		name   string
		values []float64
		want   []float64
		get    []float64
		bins   []int
	}{
		{"constant", slices.Repeat([]float64{3}, 100), []float64{below(3), 3}, []float64{2, 3, 3, 4}, []int{1, 2, 1, 0}},
		{"two", append(slices.Repeat([]float64{0}, 70), slices.Repeat([]float64{1}, 31)...),
			[]float64{below(0), 0, below(1), 1}, []float64{-1, 0, 0, 0.5, 1, 2}, []int{1, 2, 1, 1, 1, 0}},
	} {
		edges := binEdges(c.values, deciles)
		if !slices.Equal(edges, c.want) {
			t.Errorf("%s: edges %v, want %v", c.name, edges, c.want)
		}
		if h := histogram(edges, c.get, 0); !slices.Equal(h, c.bins) {
			t.Errorf("%s: bins %v, want %v", c.name, h, c.bins)
		}
	}
}
