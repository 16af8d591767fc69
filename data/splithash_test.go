package data

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func name(i int) string { return fmt.Sprintf("picture-%d.png", i) }

// A sample stays in its part when samples are added and the order changes.
func TestSplitByHashStays(t *testing.T) {
	part := map[float32]int{}
	few, err := SplitByHash(numbers{n: 300}, name, 0.7, 0.2, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	for k, p := range few {
		for _, v := range firsts(t, p) {
			part[v] = k
		}
	}
	if len(part) != 300 {
		t.Errorf("the parts have %d samples of 300", len(part))
	}
	backwards := make([]int, 2000)
	for i := range backwards {
		backwards[i] = len(backwards) - 1 - i
	}
	many, err := SplitByHash(Subset(numbers{n: 2000}, backwards), func(i int) string { return name(backwards[i]) }, 0.7, 0.2, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	for k, p := range many {
		for _, v := range firsts(t, p) {
			if was, ok := part[v]; ok && was != k {
				t.Errorf("sample %v moves from part %d to %d", v, was, k)
			}
		}
	}
}

func TestSplitByHashShares(t *testing.T) {
	const n = 20_000
	for _, fractions := range [][]float64{{1}, {0.5, 0.5}, {0.8, 0.1, 0.1}, {0.25, 0.25}} {
		parts, err := SplitByHash(numbers{n: n}, name, fractions...)
		if err != nil {
			t.Fatal(err)
		}
		for k, p := range parts {
			// Five standard deviations.
			f := fractions[k]
			if d := float64(p.Len()) - f*n; math.Abs(d) > 5*math.Sqrt(f*(1-f)*n) {
				t.Errorf("%v: part %d has %d of %d", fractions, k, p.Len(), n)
			}
		}
	}
	groups, err := SplitByHash(numbers{n: 100}, func(i int) string { return fmt.Sprint(i / 10) }, 0.5, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	for k, p := range groups {
		v := firsts(t, p)
		for i := 0; i < len(v); i += 10 {
			if int(v[i])%10 != 0 || v[i+9] != v[i]+9 {
				t.Errorf("part %d has %v, want whole groups of ten", k, v)
				break
			}
		}
	}
}

// The hash does not change. The parts are those of an implementation in Python.
func TestSplitByHashGolden(t *testing.T) {
	parts, err := SplitByHash(numbers{n: 20}, name, 0.5, 0.3, 0.2)
	if err != nil {
		t.Fatal(err)
	}
	want := [][]float32{{3, 7, 10, 11, 16, 17, 18, 19}, {1, 5, 6, 8, 9, 12, 13}, {0, 2, 4, 14, 15}}
	for k, p := range parts {
		if got := firsts(t, p); !slices.Equal(got, want[k]) {
			t.Errorf("part %d has %v, want %v", k, got, want[k])
		}
	}
}

func TestSplitByHashErrors(t *testing.T) {
	_, err := SplitByHash(numbers{n: 3}, nil, 0.5)
	wantError(t, "nil", err, "data: SplitByHash: key is nil")
	_, err = SplitByHash(numbers{n: 3}, name, 0.5, 0.6)
	wantError(t, "sum", err, "data: SplitByHash: fractions [0.5 0.6] add up to 1.1, want at most 1")
	_, err = SplitByHash(numbers{n: 3}, name)
	wantError(t, "none", err, "no fractions")
	_, err = SplitByHash(Concat(), name, 1)
	wantError(t, "broken set", err, "no data sets")
}
