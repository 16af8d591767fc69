package data

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// from returns a data set of n samples [first, first], [first+1, first+1], ….
func from(first, n int) Dataset {
	x := tensor.Make[float32](n, 2)
	for i := range n {
		x.Set(float32(first+i), i, 0)
		x.Set(float32(first+i), i, 1)
	}
	return Tensors(x, tensor.Make[int](n))
}

// read returns the first number of every sample in an epoch.
func read(t *testing.T, ds Dataset, seed uint64, epoch int) []float32 {
	t.Helper()
	var v []float32
	s := NewSample(ds.Spec())
	s.Seed, s.Epoch = seed, epoch
	for i := range ds.Len() {
		if err := ds.Read(i, s); err != nil {
			t.Fatal(err)
		}
		v = append(v, s.X.Data()[0])
	}
	return v
}

func TestMix(t *testing.T) {
	large, small := from(0, 100), from(1000, 7)
	ds := Mix([]float64{3, 1}, 41, large, small) // 30.75 and 10.25
	if ds.Len() != 41 {
		t.Fatalf("%d samples, want 41", ds.Len())
	}
	count := map[float32]int{}
	for epoch := range 100 {
		got := read(t, ds, 3, epoch)
		inSmall, longest, run := 0, 0, 0
		for _, v := range got {
			count[v]++
			run++
			if v >= 1000 {
				inSmall++
				run = 0
			}
			longest = max(longest, run)
		}
		if inSmall != 10 || longest > 4 {
			t.Errorf("epoch %d: %d of the second set, %d of the first in a row, want 10 and at most 4", epoch, inSmall, longest)
		}
		if again := read(t, ds, 3, epoch); !slices.Equal(again, got) {
			t.Errorf("epoch %d is %v, then %v", epoch, got, again)
		}
	}
	// 3100 and 1000 draws: all samples equally often, to within one.
	for v, n := range count {
		if v < 1000 && n != 31 || v >= 1000 && n != 142 && n != 143 {
			t.Errorf("sample %v came %d times", v, n)
		}
	}
	if len(count) != 107 {
		t.Errorf("%d different samples, want 107", len(count))
	}
	if a, b := read(t, ds, 1, 0), read(t, ds, 2, 0); slices.Equal(a, b) {
		t.Error("two seeds make the same epoch")
	}
	if a, b := read(t, ds, 1, 0), read(t, ds, 1, 1); slices.Equal(a, b) {
		t.Error("two epochs are the same")
	}
}

func TestApportion(t *testing.T) {
	for _, c := range []struct {
		n       int
		weights []float64
		want    []int
	}{
		{10, []float64{1}, []int{10}},
		{10, []float64{1, 1, 1}, []int{4, 3, 3}},
		{10, []float64{0.26, 0.26, 0.48}, []int{3, 2, 5}},
		{10, []float64{0, 2, 0}, []int{0, 10, 0}},
		{1, []float64{1e-300, 1e-300}, []int{1, 0}},
		{7, []float64{0.1, 0.2, 0.7}, []int{1, 1, 5}},
		{maxDraws, []float64{1, 2}, []int{maxDraws / 3, maxDraws - maxDraws/3}},
	} {
		sum := 0.0
		for _, w := range c.weights {
			sum += w
		}
		if got := apportion(c.n, c.weights, sum); !slices.Equal(got, c.want) {
			t.Errorf("%d by %v: %v, want %v", c.n, c.weights, got, c.want)
		}
	}
}

// Every repetition of a sample, and equal sets, have augmentations of their own.
func TestMixSeeds(t *testing.T) {
	one := Map(Tensors(tensor.Make[float32](1, 1), tensor.Make[int](1)), noise{})
	got := map[float32]bool{}
	ds := Mix([]float64{1, 1}, 20, one, one)
	for epoch := range 3 {
		for _, v := range read(t, ds, 1, epoch) {
			got[v] = true
		}
	}
	if len(got) < 59 {
		t.Errorf("60 samples have %d different augmentations", len(got))
	}
}

func TestMixErrors(t *testing.T) {
	a, b := from(0, 3), from(5, 2)
	for _, c := range []struct {
		ds   Dataset
		want string
	}{
		{Mix(nil, 5), "data: Mix: no data sets"},
		{Mix([]float64{1}, 5, a, b), "data: Mix: 1 weights, want 2, one for each set"},
		{Mix([]float64{1, 1}, 0, a, b), "data: Mix: n is 0, want 1 to 2147483647"},
		{Mix([]float64{1, -1}, 5, a, b), "data: Mix: weight 1 is -1"},
		{Mix([]float64{0, 0}, 5, a, b), "data: Mix: weights add up to 0"},
		{Mix([]float64{1, 1}, 5, a, from(0, 0)), "data: Mix: set 1 is empty, want samples for weight 1"},
		{Mix([]float64{1, 1}, 5, a, labelled(1, 2)), "data: Mix: set 1 has X [1]"},
		{Mix([]float64{1}, 5, Concat()), "data: Concat: no data sets"},
	} {
		wantError(t, "Spec", c.ds.Spec().Err, c.want)
		_, err := Get(c.ds, 0)
		wantError(t, "Get", err, c.want)
		_, err = c.ds.(Labeler).Label(0)
		wantError(t, "Label", err, c.want)
	}
	good := Mix([]float64{1, 0}, 5, a, from(0, 0))
	if _, err := Get(good, 4); err != nil {
		t.Error(err)
	}
	for _, i := range []int{-1, 5, math.MaxInt} {
		wantError(t, "range", good.Read(i, NewSample(good.Spec())), fmt.Sprintf("data: Mix: no sample %d, have 5", i))
	}
	_, err := Label(good, 1)
	wantError(t, "Label", err, "data: Mix: sample 1 differs from epoch to epoch, so it has no label")
	_, err = StratifiedSplit(good, 1, 0.5)
	wantError(t, "StratifiedSplit", err, "so it has no label")
}
