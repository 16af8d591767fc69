package rng

import (
	"math"
	"slices"
	"testing"
)

// The known answers of Philox4x32-10 that its authors publish with Random123
// (kat_vectors).
func TestBlockKnownAnswers(t *testing.T) {
	for _, c := range []struct {
		s    Stream
		i    uint64
		want [4]uint32
	}{
		{Stream{}, 0, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{Stream{math.MaxUint32, math.MaxUint32, math.MaxUint32, math.MaxUint32}, math.MaxUint64,
			[4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{Stream{0xa4093822, 0x299f31d0, 0x13198a2e, 0x03707344}, 0x85a308d3_243f6a88,
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := c.s.Block(c.i); got != c.want {
			t.Errorf("%v.Block(%#x) = %#x, want %#x", c.s, c.i, got, c.want)
		}
	}
}

func TestRandomAccess(t *testing.T) {
	s := New(7, 9)
	all := make([]float32, 103)
	for name, fill := range map[string]func([]float32, uint64){"Floats": s.Floats, "Normals": s.Normals} {
		fill(all, 0)
		for first := range 20 {
			part := make([]float32, 11)
			fill(part, uint64(first))
			if !slices.Equal(part, all[first:first+11]) {
				t.Errorf("%s from %d = %v, want %v", name, first, part, all[first:first+11])
			}
		}
	}
	s.Floats(all, 0)
	if got := s.Float32(50); got != all[50] {
		t.Errorf("Float32(50) = %v, want %v", got, all[50])
	}
}

func TestMoments(t *testing.T) {
	const n = 200_000
	x := make([]float32, n)
	for _, c := range []struct {
		name            string
		fill            func([]float32, uint64)
		mean, std, kurt float64
	}{
		{"Floats", New(1, 2).Floats, 0.5, math.Sqrt(1. / 12), 1.8},
		{"Normals", New(1, 2).Normals, 0, 1, 3},
	} {
		c.fill(x, 0)
		var m1, m2, m4 float64
		for _, v := range x {
			d := float64(v) - c.mean
			m1 += d / n
			m2 += d * d / n
			m4 += d * d * d * d / n
		}
		// Five standard errors.
		if math.Abs(m1) > 5*c.std/math.Sqrt(n) {
			t.Errorf("%s: mean is off by %v", c.name, m1)
		}
		if math.Abs(math.Sqrt(m2)/c.std-1) > 0.01 {
			t.Errorf("%s: standard deviation %v, want %v", c.name, math.Sqrt(m2), c.std)
		}
		if k := m4 / (m2 * m2); math.Abs(k-c.kurt) > 0.05*c.kurt {
			t.Errorf("%s: kurtosis %v, want %v", c.name, k, c.kurt)
		}
	}
}

func TestPerm(t *testing.T) {
	var count [4][4]int
	p := make([]int, 4)
	for i := range 24_000 {
		New(3, uint64(i)).Perm(p)
		q := slices.Clone(p)
		slices.Sort(q)
		if !slices.Equal(q, []int{0, 1, 2, 3}) {
			t.Fatalf("Perm = %v", p)
		}
		for at, v := range p {
			count[at][v]++
		}
	}
	for at := range count {
		for v, n := range count[at] {
			if n < 5700 || n > 6300 { // expected 6000, standard deviation 67
				t.Errorf("%d stood at place %d %d times of 24000, want about 6000", v, at, n)
			}
		}
	}
}

func TestHashAndMix(t *testing.T) {
	if got, want := Hash("a"), uint64(0xaf63dc4c8601ec8c); got != want {
		t.Errorf("Hash(a) = %#x, want %#x (FNV-1a)", got, want)
	}
	seen := map[uint64]bool{}
	for a := range uint64(50) {
		for b := range uint64(50) {
			seen[Mix(a, b)] = true
		}
	}
	if len(seen) != 2500 {
		t.Errorf("Mix gave %d different numbers of 2500", len(seen))
	}
}
