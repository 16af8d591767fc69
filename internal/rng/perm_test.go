package rng

import (
	"math"
	"testing"
)

func TestPermAtIsPermutation(t *testing.T) {
	for n := uint64(1); n < 3000; n += 1 + n/20 {
		for seed := range uint64(3) {
			seen := make([]bool, n)
			for i := range n {
				v := New(seed, 5).PermAt(i, n)
				if v >= n || seen[v] {
					t.Fatalf("seed %d: place %d of %d = %d, which is no place or taken", seed, i, n, v)
				}
				seen[v] = true
			}
		}
	}
	for _, n := range []uint64{1 << 32, 1<<32 + 1, 1 << 40} {
		if v := New(1, 2).PermAt(n-1, n); v >= n {
			t.Errorf("place %d of %d = %d", n-1, n, v)
		}
	}
}

// All permutations of three and four are equally frequent, by a chi-squared test
// whose bound a fair generator exceeds once in 10⁵ times.
func TestPermAtIsFair(t *testing.T) {
	const draws = 24_000
	for n, bound := range map[uint64]float64{3: 30.9, 4: 64.0} {
		count := map[[4]uint64]int{}
		for k := range uint64(draws) {
			var p [4]uint64
			for i := range n {
				p[i] = New(k, 7).PermAt(i, n)
			}
			count[p]++
		}
		kinds := map[uint64]int{3: 6, 4: 24}[n]
		want, chi := float64(draws)/float64(kinds), 0.0
		for _, c := range count {
			chi += math.Pow(float64(c)-want, 2) / want
		}
		if len(count) != kinds || chi > bound {
			t.Errorf("%d permutations of %d, chi-squared %v, want %d and at most %v", len(count), n, chi, kinds, bound)
		}
	}
}
