package data

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// The first moments of Beta(a, a) are those of the distribution: mean ½, variance
// 1/(4(2a+1)), excess kurtosis -6/(2a+3).
func TestBeta(t *testing.T) {
	const n = 40000
	for _, a := range []float64{0.01, 0.2, 1, 1.5, 5, 1000} {
		var sum, squares, fourth float64
		for i := range n {
			r := newRand("test", Sample{Seed: 1}, i)
			v := r.beta(a)
			if !(v >= 0 && v <= 1) {
				t.Fatalf("Beta(%v) gave %v", a, v)
			}
			d := (v - 0.5) * (v - 0.5)
			sum, squares, fourth = sum+v, squares+d, fourth+d*d
		}
		variance, kurtosis := 1/(4*(2*a+1)), 3-6/(2*a+3)
		// Five standard errors.
		if d := sum/n - 0.5; math.Abs(d) > 5*math.Sqrt(variance/n) {
			t.Errorf("Beta(%v): mean is off by %v", a, d)
		}
		if got := squares / n; math.Abs(got/variance-1) > 5*math.Sqrt((kurtosis-1)/n)+1e-3 {
			t.Errorf("Beta(%v): variance %v, want %v", a, got, variance)
		}
		if got := fourth / n / (variance * variance); math.Abs(got/kurtosis-1) > 0.05 {
			t.Errorf("Beta(%v): kurtosis %v, want %v", a, got, kurtosis)
		}
	}
}

// uniform returns a data set of n pictures of one value each, 0 to n-1, with as
// many classes.
func uniform(n int) Dataset {
	x, y := tensor.Make[float32](n, 2, 6, 8), tensor.Make[int](n)
	for i := range n {
		v := x.Index(0, i).Data()
		for j := range v {
			v[j] = float32(i)
		}
		y.Data()[i] = i
	}
	return Tensors(x, y)
}

func TestMixUp(t *testing.T) {
	ds := MixUp(uniform(5), 1)
	if s := ds.Spec(); s.Err != nil || s.Classes != 0 || !s.Y.Equal(tensor.Shape{5}) || !s.X.Equal(tensor.Shape{2, 6, 8}) {
		t.Fatalf("Spec is %+v", s)
	}
	partners := map[int]int{}
	var shares float64
	const n = 5000
	for epoch := range n {
		s := NewSample(ds.Spec())
		s.Epoch = epoch
		if err := ds.Read(2, s); err != nil {
			t.Fatal(err)
		}
		y := s.Y.(*tensor.Tensor).Data()
		sum, mean := float32(0), float32(0)
		for c, v := range y {
			sum, mean = sum+v, mean+v*float32(c)
			if c != 2 && v > 0 {
				partners[c]++
			}
		}
		if math.Abs(float64(sum-1)) > 1e-6 {
			t.Fatalf("targets %v add up to %v, want 1", y, sum)
		}
		for _, v := range s.X.Data() {
			if math.Abs(float64(v-mean)) > 1e-5 {
				t.Fatalf("targets %v, but a value of %v", y, v)
			}
		}
		shares += float64(y[2])
	}
	for c, k := range partners {
		if k < 870 || k > 1130 { // 1000 ± 28
			t.Errorf("sample %d was partner %d times of %d, want about %d", c, k, n, n/5)
		}
	}
	// One in five is its own partner.
	if got := shares / n; math.Abs(got-0.6) > 0.02 {
		t.Errorf("sample 2 has a share of %v in itself, want about 0.6", got)
	}
}

func TestCutMix(t *testing.T) {
	ds := CutMix(uniform(2), 1)
	const n = 3000
	untouched := 0
	for epoch := range n {
		s := NewSample(ds.Spec())
		s.Epoch = epoch
		if err := ds.Read(0, s); err != nil {
			t.Fatal(err)
		}
		y := s.Y.(*tensor.Tensor).Data()
		// The part of sample 1 is a rectangle, the same in all channels, and its
		// share is the target.
		x := s.X
		top, left, bottom, right, count := 6, 8, 0, 0, 0
		for i := range 6 {
			for j := range 8 {
				if x.At(0, i, j) != x.At(1, i, j) {
					t.Fatalf("channels differ at %d, %d", i, j)
				}
				if x.At(0, i, j) == 1 {
					top, left, bottom, right = min(top, i), min(left, j), max(bottom, i+1), max(right, j+1)
					count++
				}
			}
		}
		if count > 0 && count != (bottom-top)*(right-left) {
			t.Fatalf("%v is no rectangle", x)
		}
		if count == 0 && y[1] > 0 && y[1] < 1 || count > 0 && math.Abs(float64(y[1])-float64(count)/48) > 1e-6 || math.Abs(float64(y[0]+y[1]-1)) > 1e-6 {
			t.Fatalf("targets %v for %d of 48 pixels", y, count)
		}
		if count == 0 {
			untouched++
		}
	}
	if untouched < n/2 || untouched > 3*n/4 { // half of them have themselves as partner, others a part without pixels
		t.Errorf("%d of %d pictures have no part of the other, want half of them and some", untouched, n)
	}
}

// Targets that are numbers are blended, too: of a regression, or of what was
// mixed before.
func TestMixOfNumbers(t *testing.T) {
	x := tensor.New([]float32{0, 1, 2, 3}, 4, 1)
	ds := MixUp(Tensors(x, tensor.New([]float32{0, 10, 20, 30}, 4)), 0.5)
	for i := range 4 {
		for epoch := range 20 {
			s := NewSample(ds.Spec())
			s.Epoch = epoch
			if err := ds.Read(i, s); err != nil {
				t.Fatal(err)
			}
			if y := s.Y.(*tensor.Tensor).Item(); math.Abs(float64(y-10*s.X.Data()[0])) > 1e-5 {
				t.Fatalf("target %v for %v", y, s.X.Data()[0])
			}
		}
	}
	twice := MixUp(CutMix(uniform(3), 1), 1)
	s, err := Get(twice, 1)
	if err != nil || !s.Y.Shape().Equal(tensor.Shape{3}) {
		t.Fatalf("mixed twice: %v, %v", s.Y, err)
	}
	// The two draw different numbers.
	if slices.Equal(at(t, MixUp(MixUp(uniform(3), 1), 1), 1, 1, 1), at(t, MixUp(uniform(3), 1), 1, 1, 1)) {
		t.Error("mixing twice is mixing once")
	}
}

// A mixed sample depends on seed, epoch and index alone, and the samples in it
// are augmented as they are without mixing.
func TestMixRandomness(t *testing.T) {
	ds := MixUp(uniform(7), 1)
	a := at(t, ds, 3, 1, 2)
	if !slices.Equal(a, at(t, ds, 3, 1, 2)) {
		t.Error("the same sample differs when read again")
	}
	for name, b := range map[string][]float32{
		"another seed":   at(t, ds, 3, 2, 2),
		"another epoch":  at(t, ds, 3, 1, 3),
		"another sample": at(t, ds, 4, 1, 2),
	} {
		if slices.Equal(a, b) {
			t.Errorf("%s gives the same sample", name)
		}
	}
	l := NewLoader(MixUp(Map(uniform(7), RandomErasing(1)), 1), BatchSize(3), Shuffle(4), Workers(3))
	var loaded [2]string
	for k := range loaded {
		if err := l.Seek(Cursor{}); err != nil {
			t.Fatal(err)
		}
		for b, err := range l.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			loaded[k] += fmt.Sprint(b.X.Data(), b.Y.(*tensor.Tensor).Data())
		}
	}
	if loaded[0] != loaded[1] {
		t.Error("a Loader reads an epoch again and gets something else")
	}
}

func TestMixUpErrors(t *testing.T) {
	good := uniform(3)
	for _, c := range []struct {
		ds   Dataset
		want string
	}{
		{MixUp(good, 0), "data: MixUp: alpha is 0, want more than 0"},
		{CutMix(good, math.NaN()), "data: CutMix: alpha is NaN"},
		{MixUp(good, math.Inf(1)), "alpha is +Inf"},
		{CutMix(Tensors(tensor.Make[float32](2, 3), tensor.Make[int](2)), 1), "data: CutMix: samples have shape [3], want [C, H, W]"},
		{MixUp(Tensors(tensor.Make[float32](2, 3), tensor.Make[int](2, 4)), 1), "data: MixUp: the target is not one class: shape [4]"},
		{MixUp(Map(good, CenterCrop(100)), 1), "CenterCrop: size is 100"},
	} {
		wantError(t, c.want, c.ds.Spec().Err, c.want)
		_, err := Get(c.ds, 0)
		wantError(t, c.want, err, c.want)
	}
	ds := MixUp(good, 1)
	s := NewSample(ds.Spec())
	wantError(t, "index", ds.Read(3, s), "data: MixUp: no sample 3, have 3")
	wantError(t, "labels", ds.Read(0, NewSample(good.Spec())), "data: MixUp: dst.Y is")
	_, err := Label(ds, 0)
	wantError(t, "Label", err, "the target is not one class")
	broken := errors.New("broken")
	failed := MixUp(numbers{n: 2, fail: map[int]error{1: broken}}, 1)
	seen := map[string]bool{}
	for epoch := range 20 {
		s := NewSample(failed.Spec())
		s.Epoch = epoch
		for i := range 2 {
			if err := failed.Read(i, s); err != nil {
				seen[err.Error()] = true
			}
		}
	}
	if !seen["broken"] || !seen["data: MixUp: partner 1: broken"] || len(seen) != 2 {
		t.Errorf("errors %v", seen)
	}
}

func TestMixAllocations(t *testing.T) {
	x, y := tensor.Make[float32](64, 3, 12, 12), tensor.Make[int](64)
	l := NewLoader(MixUp(CutMix(Tensors(x, y), 1), 0.2), BatchSize(16), Workers(2))
	epoch := func() {
		for _, err := range l.All(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := testing.AllocsPerRun(10, epoch); got > 40 && !raceEnabled {
		t.Errorf("%.0f allocations for 64 samples, want at most 40", got)
	}
}
