package lm_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/nn/lm"
	"github.com/gannet-ml/gannet/tensor"
)

var inf = float32(math.Inf(1))

// logarithms returns the logits of weights.
func logarithms(weights ...float64) []float32 {
	z := make([]float32, len(weights))
	for i, w := range weights {
		z[i] = float32(math.Log(w))
	}
	return z
}

// TestSampler compares how often tokens are picked with how probable they are.
func TestSampler(t *testing.T) {
	z := logarithms(0.1, 0.4, 0, 0.2, 0.2, 0.1)
	for _, c := range []struct {
		name string
		s    lm.Sampler
		want []float64 // weights
	}{
		{"greedy", lm.Sampler{}, []float64{0, 1, 0, 0, 0, 0}},
		{"greedy, whatever else", lm.Sampler{TopK: 3, TopP: 0.9}, []float64{0, 1, 0, 0, 0, 0}},
		{"all", lm.Sampler{Temperature: 1}, []float64{1, 4, 0, 2, 2, 1}},
		{"cold", lm.Sampler{Temperature: 0.5}, []float64{1, 16, 0, 4, 4, 1}},
		{"hot", lm.Sampler{Temperature: 2}, []float64{1, 2, 0, math.Sqrt2, math.Sqrt2, 1}},
		{"frozen", lm.Sampler{Temperature: 1e-300}, []float64{0, 1, 0, 0, 0, 0}},
		{"boiling", lm.Sampler{Temperature: math.MaxFloat64}, []float64{1, 1, 0, 1, 1, 1}},
		{"k=1", lm.Sampler{Temperature: 1, TopK: 1}, []float64{0, 1, 0, 0, 0, 0}},
		{"k=2, the first of equals", lm.Sampler{Temperature: 1, TopK: 2}, []float64{0, 4, 0, 2, 0, 0}},
		{"k=4", lm.Sampler{Temperature: 1, TopK: 4}, []float64{1, 4, 0, 2, 2, 0}},
		{"k=6", lm.Sampler{Temperature: 1, TopK: 6}, []float64{1, 4, 0, 2, 2, 1}},
		{"k=100", lm.Sampler{Temperature: 1, TopK: 100}, []float64{1, 4, 0, 2, 2, 1}},
		{"p=0.01", lm.Sampler{Temperature: 1, TopP: 0.01}, []float64{0, 1, 0, 0, 0, 0}},
		{"p=0.39", lm.Sampler{Temperature: 1, TopP: 0.39}, []float64{0, 1, 0, 0, 0, 0}},
		{"p=0.41", lm.Sampler{Temperature: 1, TopP: 0.41}, []float64{0, 4, 0, 2, 0, 0}},
		{"p=0.79", lm.Sampler{Temperature: 1, TopP: 0.79}, []float64{0, 4, 0, 2, 2, 0}},
		{"p=0.89", lm.Sampler{Temperature: 1, TopP: 0.89}, []float64{1, 4, 0, 2, 2, 0}},
		{"p=0.9999999", lm.Sampler{Temperature: 1, TopP: 0.9999999}, []float64{1, 4, 0, 2, 2, 1}},
		{"p=1", lm.Sampler{Temperature: 1, TopP: 1}, []float64{1, 4, 0, 2, 2, 1}},
		{"k before p", lm.Sampler{Temperature: 1, TopK: 3, TopP: 0.7}, []float64{0, 4, 0, 2, 0, 0}},
		{"p at a temperature", lm.Sampler{Temperature: 0.5, TopP: 0.6}, []float64{0, 1, 0, 0, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			const n = 20000
			c.s.Seed = 7
			var counts [6]float64
			for range n {
				i, err := c.s.Pick(z)
				if err != nil {
					t.Fatal(err)
				}
				counts[i]++
			}
			sum := 0.0
			for _, w := range c.want {
				sum += w
			}
			for i, w := range c.want {
				p := w / sum
				// Five standard deviations; what cannot be picked never is.
				if d := math.Abs(counts[i]/n - p); d > 5*math.Sqrt(p*(1-p)/n) {
					t.Errorf("token %d was picked %v times of %d, want a share of %v", i, counts[i], n, p)
				}
			}
		})
	}
}

// TestSamplerSorted compares the heap with a sampler that is told what TopK and TopP
// leave, for many logits.
func TestSamplerSorted(t *testing.T) {
	z := tensor.Normal(3, 0, 2, 300).Data()
	for _, k := range []int{1, 2, 3, 10, 100, 299} {
		cut := append([]float32(nil), z...)
		for range len(z) - k {
			worst := -1
			for i, v := range cut {
				if v != -inf && (worst < 0 || v <= cut[worst]) {
					worst = i
				}
			}
			cut[worst] = -inf
		}
		left := map[int]bool{}
		for i, v := range cut {
			if v != -inf {
				left[i] = true
			}
		}
		seen := map[int]bool{}
		s := lm.Sampler{Temperature: 4, TopK: k, Seed: 1}
		for range 10 * k {
			i, err := s.Pick(z)
			if err != nil || !left[i] {
				t.Fatalf("top %d: token %d, %v, want one of the %d most probable", k, i, err, k)
			}
			seen[i] = true
		}
		if len(seen) < k*9/10 {
			t.Errorf("top %d: %d different tokens in %d picks", k, len(seen), 10*k)
		}
	}
}

func TestSamplerSeed(t *testing.T) {
	z := tensor.Normal(3, 0, 1, 50).Data()
	picks := func(s lm.Sampler) (list [30]int) {
		for i := range list {
			var err error
			if list[i], err = s.Pick(z); err != nil {
				t.Fatal(err)
			}
		}
		return list
	}
	one := picks(lm.Sampler{Temperature: 1, Seed: 1})
	if again := picks(lm.Sampler{Temperature: 1, Seed: 1}); again != one {
		t.Errorf("%v, want %v again", again, one)
	}
	if other := picks(lm.Sampler{Temperature: 1, Seed: 2}); other == one {
		t.Errorf("seeds 1 and 2 both pick %v", one)
	}
}

func TestSamplerErrors(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		s      lm.Sampler
		logits []float32
		want   string // "" is token 1
	}{
		{lm.Sampler{}, []float32{-inf, 3, -inf}, ""},
		{lm.Sampler{Temperature: 1, TopP: 0.5}, []float32{-inf, -3e38, -inf}, ""},
		{lm.Sampler{}, []float32{1, 2, 2}, ""},
		{lm.Sampler{}, nil, "lm: Sampler: no logits"},
		{lm.Sampler{}, []float32{1, nan}, "lm: Sampler: logit 1 is NaN"},
		{lm.Sampler{}, []float32{nan, 1}, "lm: Sampler: logit 0 is NaN"},
		{lm.Sampler{}, []float32{1, inf}, "lm: Sampler: logit 1 is +Inf"},
		{lm.Sampler{Temperature: 1}, []float32{-inf, -inf}, "lm: Sampler: all logits are -Inf"},
		{lm.Sampler{Temperature: -1}, []float32{1}, "lm: Sampler: temperature -1"},
		{lm.Sampler{Temperature: math.NaN()}, []float32{1}, "lm: Sampler: temperature NaN"},
		{lm.Sampler{Temperature: math.Inf(1)}, []float32{1}, "lm: Sampler: temperature +Inf"},
		{lm.Sampler{TopK: -1}, []float32{1}, "lm: Sampler: top-k -1"},
		{lm.Sampler{TopP: 1.1}, []float32{1}, "lm: Sampler: top-p 1.1"},
		{lm.Sampler{TopP: math.NaN()}, []float32{1}, "lm: Sampler: top-p NaN"},
	} {
		i, err := c.s.Pick(c.logits)
		if c.want == "" && (i != 1 || err != nil) || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("%+v of %v: token %d, %v, want %q", c.s, c.logits, i, err, c.want)
		}
	}
}

func TestSamplerAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	z := tensor.Normal(3, 0, 1, 500).Data()
	for _, s := range []lm.Sampler{{}, {Temperature: 1}, {Temperature: 1, TopK: 40, TopP: 0.9}} {
		pick := func() {
			if _, err := s.Pick(z); err != nil {
				t.Fatal(err)
			}
		}
		pick()
		if n := testing.AllocsPerRun(100, pick); n != 0 {
			t.Errorf("%+v makes %v allocations, want 0", s, n)
		}
	}
}
