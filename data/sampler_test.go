package data

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// order returns the samples of the rest of the epoch, in the order of the
// batches.
func order(t *testing.T, l *Loader) (all []int) {
	t.Helper()
	for _, b := range rest(t, l) {
		all = append(all, b.Index...)
	}
	return all
}

func TestWeighted(t *testing.T) {
	weights := []float64{0, 1, 0, 3, 0.5, 0, 5.5, 0}
	const n = 50_000
	l := NewLoader(numbers{n: len(weights)}, Weighted(weights, n), Seed(7), BatchSize(1000))
	if l.Batches() != n/1000 {
		t.Errorf("Batches() = %d, want %d", l.Batches(), n/1000)
	}
	weights[0] = 100 // the Loader has a copy
	first := order(t, l)
	count := make([]int, len(weights))
	for _, i := range first {
		count[i]++
	}
	for i, w := range []float64{0, 1, 0, 3, 0.5, 0, 5.5, 0} {
		// Five standard deviations of a binomial distribution.
		p := w / 10
		if d := float64(count[i]) - p*n; math.Abs(d) > 5*math.Sqrt(p*(1-p)*n) {
			t.Errorf("sample %d was drawn %d times, want %v", i, count[i], p*n)
		}
	}
	// Draws are independent: neighbours are equal with probability Σ p².
	equal := 0
	for i := range n - 1 {
		if first[i] == first[i+1] {
			equal++
		}
	}
	if p := 0.01 + 0.09 + 0.0025 + 0.3025; math.Abs(float64(equal)-p*n) > 5*math.Sqrt(p*(1-p)*n) {
		t.Errorf("%d pairs of equal neighbours, want %v", equal, p*n)
	}
	if second := order(t, l); slices.Equal(first, second) {
		t.Error("two epochs have the same draws")
	}
	if other := order(t, NewLoader(numbers{n: 8}, Weighted([]float64{0, 1, 0, 3, 0.5, 0, 5.5, 0}, n), Seed(8))); slices.Equal(first, other) {
		t.Error("two seeds have the same draws")
	}
	if got := order(t, NewLoader(numbers{n: 3}, Weighted([]float64{0, math.SmallestNonzeroFloat64, 0}, 4))); !slices.Equal(got, []int{1, 1, 1, 1}) {
		t.Errorf("drew %v, want the only sample with a weight", got)
	}
}

func TestBalanced(t *testing.T) {
	// 20 of class 0, 3 of class 2, 1 of class 3, none of classes 1, 4 and 5.
	labels := append(slices.Repeat([]int{0}, 20), 2, 2, 2, 3)
	all := []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}
	ds := Subset(labelled(append(labels, 5)...), all) // six classes
	l := NewLoader(ds, Balanced(), Seed(3), BatchSize(5))
	var count [24]int
	for epoch := range 5 {
		var classes [6]int
		samples := order(t, l)
		for _, i := range samples {
			classes[labels[i]]++
			count[i]++
		}
		if want := [6]int{8, 0, 8, 8}; classes != want {
			t.Errorf("epoch %d has %v of each class, want %v", epoch, classes, want)
		}
		if slices.IsSortedFunc(samples, func(a, b int) int { return labels[a] - labels[b] }) {
			t.Errorf("epoch %d is in the order of classes", epoch)
		}
	}
	// 40 draws of each class: of class 0 every sample twice, of class 2 13 or 14
	// times.
	for i, n := range count {
		lo, hi := 2, 2
		switch labels[i] {
		case 2:
			lo, hi = 13, 14
		case 3:
			lo, hi = 40, 40
		}
		if n < lo || n > hi {
			t.Errorf("sample %d of class %d came %d times, want %d to %d", i, labels[i], n, lo, hi)
		}
	}
}

// Where classes do not divide an epoch, they take turns at the extra sample.
func TestBalancedUneven(t *testing.T) {
	l := NewLoader(numbers{n: 10}, Balanced())
	var total [3]int
	for range 3 {
		var classes [3]int
		for _, i := range order(t, l) {
			classes[i%3]++
			total[i%3]++
		}
		if slices.Max(classes[:])-slices.Min(classes[:]) > 1 {
			t.Errorf("an epoch has %v of each class", classes)
		}
	}
	if total != [3]int{10, 10, 10} {
		t.Errorf("three epochs have %v of each class, want 10", total)
	}
}

// Each time that a sample comes in an epoch, its random transforms choose anew.
func TestSamplerSeeds(t *testing.T) {
	x := tensor.Make[float32](1, 1)
	ds := Map(Tensors(x, tensor.Make[int](1)), noise{})
	got := map[float32]bool{}
	for _, b := range rest(t, NewLoader(ds, Weighted([]float64{1}, 50), Workers(3), BatchSize(7))) {
		for _, v := range b.X {
			got[v] = true
		}
	}
	if len(got) < 49 {
		t.Errorf("50 draws of a sample have %d different augmentations", len(got))
	}
}

// sampled lists Loaders with samplers over one data set; each call makes new ones.
func sampled() map[string]func() *Loader {
	ds := augmented(23)
	weights := make([]float64, 23)
	for i := range weights {
		weights[i] = float64(i)
	}
	mixed := Map(Mix([]float64{2, 1}, 31, ds, augmented(5)), noise{})
	return map[string]func() *Loader{
		"Weighted": func() *Loader { return NewLoader(ds, Weighted(weights, 31), Seed(5), BatchSize(4)) },
		"Balanced": func() *Loader { return NewLoader(ds, Balanced(), Seed(5), BatchSize(4)) },
		"Mix":      func() *Loader { return NewLoader(mixed, Shuffle(5), BatchSize(4)) },
	}
}

// Neither workers nor prefetch change what comes, and a Loader that starts at a
// cursor goes on as one that came there.
func TestSamplerResume(t *testing.T) {
	for name, loader := range sampled() {
		var all []seen
		whole := loader()
		for range 3 {
			all = append(all, rest(t, whole)...)
		}
		for stop := range all {
			l := loader()
			l.prefetch, l.workers = stop%3, 1+stop%4
			if err := l.Seek(Cursor{all[stop].Epoch, all[stop].Number}); err != nil {
				t.Fatal(err)
			}
			var got []seen
			for len(got) < len(all)-stop {
				got = append(got, rest(t, l)...)
			}
			if !reflect.DeepEqual(got, all[stop:]) {
				t.Errorf("%s: resumed at batch %d: got %v, want %v", name, stop, got, all[stop:])
			}
		}
	}
}

// Epochs beyond all bounds, which a file can ask for, are as good as any.
func TestSamplerLateEpoch(t *testing.T) {
	for name, loader := range sampled() {
		l := loader()
		if err := l.Seek(Cursor{Epoch: math.MaxInt - 1}); err != nil {
			t.Fatal(err)
		}
		if got := len(rest(t, l)); got != l.Batches() {
			t.Errorf("%s: %d batches, want %d", name, got, l.Batches())
		}
	}
}

func TestSamplerErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		option LoaderOption
		want   string
	}{
		{Weighted([]float64{1, 2, 3}, 0), "data: Weighted: n is 0, want 1 to 2147483647"},
		{Weighted([]float64{1, 2, 3}, -1), "data: Weighted: n is -1"},
		{Weighted([]float64{1, 2}, 5), "data: Weighted: 2 weights, want 3, one for each sample"},
		{Weighted([]float64{1, -2, 3}, 5), "data: Weighted: weight 1 is -2, want a finite number of at least 0"},
		{Weighted([]float64{1, 2, nan}, 5), "data: Weighted: weight 2 is NaN"},
		{Weighted([]float64{inf, 2, 3}, 5), "data: Weighted: weight 0 is +Inf"},
		{Weighted([]float64{0, 0, 0}, 5), "data: Weighted: weights add up to 0, want a finite number of more than 0"},
		{Weighted([]float64{1e308, 1e308, 1}, 5), "data: Weighted: weights add up to +Inf"},
	} {
		wantError(t, fmt.Sprint(c.want), NewLoader(numbers{n: 3}, c.option).Err(), c.want)
	}
	broken := numbers{n: 5, fail: map[int]error{3: fmt.Errorf("broken")}}
	wantError(t, "unreadable", NewLoader(broken, Balanced()).Err(), "data: Balanced: sample 3: broken")
	wantError(t, "label out of range", NewLoader(liar{numbers{n: 3}}, Balanced()).Err(), "data: Balanced: sample 0 has label 7, want 0 to 2")
	wantError(t, "Shuffle", NewLoader(numbers{n: 3}, Shuffle(1), Balanced()).Err(), "data: Loader: a sampler and Shuffle are given")
	wantError(t, "broken set", NewLoader(Concat(), Balanced()).Err(), "no data sets")
	if l := NewLoader(numbers{}, Balanced()); l.Err() != nil || len(rest(t, l)) != 0 {
		t.Errorf("an empty data set: %v, want no batches", l.Err())
	}
}
