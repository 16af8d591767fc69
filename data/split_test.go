package data

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		n         int
		fractions []float64
		want      []int
	}{
		{10, []float64{0.8, 0.2}, []int{8, 2}},
		{100, []float64{0.29, 0.71}, []int{29, 71}},
		{10, []float64{0.7, 0.2, 0.1}, []int{7, 2, 1}},
		{3, []float64{1. / 3, 1. / 3, 1. / 3}, []int{1, 1, 1}},
		{10, []float64{0.5}, []int{5}},
		{50000, []float64{0.9, 0.1}, []int{45000, 5000}},
		{1, []float64{0.5, 0.5}, []int{1, 0}},
		{0, []float64{0.5, 0.5}, []int{0, 0}},
		{7, []float64{1}, []int{7}},
	} {
		parts, err := Split(numbers{n: c.n}, 1, c.fractions...)
		if err != nil {
			t.Errorf("Split(%d, %v): %v", c.n, c.fractions, err)
			continue
		}
		var got []int
		seen := map[float32]bool{}
		for _, p := range parts {
			got = append(got, p.Len())
			v := firsts(t, p)
			if !slices.IsSorted(v) {
				t.Errorf("Split(%d, %v): a part is out of order: %v", c.n, c.fractions, v)
			}
			for _, x := range v {
				if seen[x] {
					t.Errorf("Split(%d, %v): sample %v comes twice", c.n, c.fractions, x)
				}
				seen[x] = true
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("Split(%d, %v) has parts of %v, want %v", c.n, c.fractions, got, c.want)
		}
	}
}

func TestSplitSeed(t *testing.T) {
	first := func(seed uint64) []float32 {
		parts, err := Split(numbers{n: 100}, seed, 0.5, 0.5)
		if err != nil {
			t.Fatal(err)
		}
		return firsts(t, parts[0])
	}
	if a, b := first(1), first(1); !slices.Equal(a, b) {
		t.Errorf("the same seed gives %v and %v", a, b)
	}
	if a, b := first(1), first(2); slices.Equal(a, b) {
		t.Errorf("seeds 1 and 2 both give %v", a)
	}
}

// counts returns how many samples of each class ds has.
func counts(t *testing.T, ds Dataset) []int {
	t.Helper()
	n := make([]int, ds.Spec().Classes)
	for i := range ds.Len() {
		c, err := Label(ds, i)
		if err != nil {
			t.Fatal(err)
		}
		n[c]++
	}
	return n
}

func TestStratifiedSplit(t *testing.T) {
	sizes := []int{1, 2, 3, 10, 17, 100, 0, 1, 1, 1}
	var labels []int
	for c, n := range sizes {
		labels = append(labels, slices.Repeat([]int{c}, n)...)
	}
	n := len(labels)
	x := tensor.Make[float32](n, 1)
	for i := range n {
		x.Set(float32(i), i, 0)
	}
	ds := Tensors(x, tensor.New(labels, n))
	for _, fractions := range [][]float64{{0.5, 0.5}, {0.8, 0.2}, {0.7, 0.2, 0.1}, {0.3, 0.3}, {0.05, 0.05, 0.9}, {0.25, 0.25, 0.25, 0.25}} {
		parts, err := StratifiedSplit(ds, 3, fractions...)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[float32]bool{}
		total := 0
		for k, p := range parts {
			for c, got := range counts(t, p) {
				if want := fractions[k] * float64(sizes[c]); math.Abs(float64(got)-want) >= 1 {
					t.Errorf("%v: part %d has %d of class %d, want %v to within one", fractions, k, got, c, want)
				}
			}
			if want := fractions[k] * float64(n); math.Abs(float64(p.Len())-want) > 2 {
				t.Errorf("%v: part %d has %d samples, want about %v", fractions, k, p.Len(), want)
			}
			total += p.Len()
			for _, v := range firsts(t, p) {
				seen[v] = true
			}
		}
		if len(seen) != total {
			t.Errorf("%v: %d samples, %d of them different", fractions, total, len(seen))
		}
	}
}

func TestStratifiedSplitReadsLabels(t *testing.T) {
	parts, err := StratifiedSplit(numbers{n: 30}, 1, 0.5, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		if got := counts(t, p); !slices.Equal(got, []int{5, 5, 5}) {
			t.Errorf("counts %v, want [5 5 5]", got)
		}
	}
}

func TestSplitErrors(t *testing.T) {
	ok := numbers{n: 10}
	for _, c := range []struct {
		fractions []float64
		want      string
	}{
		{nil, "no fractions"},
		{[]float64{0.5, 0.6}, "add up to 1.1, want at most 1"},
		{[]float64{0.5, 0}, "fraction 1 is 0, want more than 0"},
		{[]float64{-0.5}, "fraction 0 is -0.5"},
		{[]float64{math.NaN()}, "fraction 0 is NaN"},
		{[]float64{math.Inf(1)}, "add up to +Inf"},
	} {
		_, err := Split(ok, 1, c.fractions...)
		wantError(t, fmt.Sprint("Split", c.fractions), err, c.want)
		_, err = StratifiedSplit(ok, 1, c.fractions...)
		wantError(t, fmt.Sprint("StratifiedSplit", c.fractions), err, c.want)
	}
	_, err := StratifiedSplit(Tensors(tensor.Make[float32](2, 3), tensor.Make[float32](2)), 1, 0.5)
	wantError(t, "regression", err, "not one class")
	_, err = StratifiedSplit(numbers{n: 5, fail: map[int]error{3: errors.New("broken")}}, 1, 0.5)
	wantError(t, "unreadable", err, "sample 3: broken")
	_, err = StratifiedSplit(liar{ok}, 1, 0.5)
	wantError(t, "label out of range", err, "sample 0 has label 7, want 0 to 2")
}

// liar gives labels that its Spec does not allow.
type liar struct{ numbers }

func (liar) Label(int) (int, error) { return 7, nil }
