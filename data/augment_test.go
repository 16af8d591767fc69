package data

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

func TestAugmentations(t *testing.T) {
	for _, c := range []struct {
		name  string
		in    []int
		t     Transform
		shape tensor.Shape
		want  []float32
	}{
		{"VerticalFlip/always", []int{2, 2, 2}, RandomVerticalFlip(1), tensor.Shape{2, 2, 2}, []float32{3, 4, 1, 2, 7, 8, 5, 6}},
		{"VerticalFlip/never", []int{1, 2, 2}, RandomVerticalFlip(0), tensor.Shape{1, 2, 2}, []float32{1, 2, 3, 4}},
		{"VerticalFlip/empty", []int{2, 0, 2}, RandomVerticalFlip(1), tensor.Shape{2, 0, 2}, nil},
		{"Resize/same", []int{1, 2, 2}, Resize(2, 2), tensor.Shape{1, 2, 2}, []float32{1, 2, 3, 4}},
		{"Resize/mean", []int{2, 1, 2}, Resize(1, 1), tensor.Shape{2, 1, 1}, []float32{1.5, 3.5}},
		{"ResizeShorter", []int{1, 2, 5}, ResizeShorter(1, Nearest), tensor.Shape{1, 1, 2}, []float32{1, 3}},
		{"RandomResizedCrop/whole", []int{1, 2, 2}, RandomResizedCrop(2, Scale(1, 1), Ratio(1, 1)), tensor.Shape{1, 2, 2}, []float32{1, 2, 3, 4}},
		// Nothing of this proportion and size fits: the middle.
		{"RandomResizedCrop/too wide", []int{1, 1, 6}, RandomResizedCrop(1, Scale(1, 1), Ratio(2, 2), Bilinear), tensor.Shape{1, 1, 1}, []float32{3.5}},
		{"RandomResizedCrop/too high", []int{1, 6, 1}, RandomResizedCrop(1, Scale(1, 1), Ratio(0.5, 0.5)), tensor.Shape{1, 1, 1}, []float32{3.5}},
		{"RandomRotation/none", []int{2, 1, 2}, RandomRotation(0), tensor.Shape{2, 1, 2}, []float32{1, 2, 3, 4}},
		{"RandomAffine/none", []int{2, 1, 2}, RandomAffine(0, Bilinear), tensor.Shape{2, 1, 2}, []float32{1, 2, 3, 4}},
		{"RandomAffine/shrunk", []int{1, 1, 3}, RandomAffine(0, Scale(0.5, 0.5), Fill(9)), tensor.Shape{1, 1, 3}, []float32{9, 2, 9}},
		{"ColorJitter/none", []int{1, 1, 2}, ColorJitter(0, 0, 0, 0), tensor.Shape{1, 1, 2}, []float32{1, 2}},
		{"Grayscale", []int{3, 1, 1}, Grayscale(1), tensor.Shape{1, 1, 1}, []float32{0.2989 + 2*0.587 + 3*0.114}},
		{"Grayscale/grey", []int{1, 1, 2}, Grayscale(3), tensor.Shape{3, 1, 2}, []float32{1, 2, 1, 2, 1, 2}},
		{"RandomGrayscale/never", []int{3, 1, 1}, RandomGrayscale(0), tensor.Shape{3, 1, 1}, []float32{1, 2, 3}},
		{"RandomGrayscale/grey", []int{1, 1, 2}, RandomGrayscale(1), tensor.Shape{1, 1, 2}, []float32{1, 2}},
		{"GaussianBlur/one", []int{1, 1, 2}, GaussianBlur(1, 1, 1), tensor.Shape{1, 1, 2}, []float32{1, 2}},
		{"RandomErasing/never", []int{1, 2, 2}, RandomErasing(0), tensor.Shape{1, 2, 2}, []float32{1, 2, 3, 4}},
		{"RandomErasing/nothing fits", []int{1, 2, 2}, RandomErasing(1, Scale(1, 1)), tensor.Shape{1, 2, 2}, []float32{1, 2, 3, 4}},
		{"RandomErasing/no pixels", []int{2, 3, 1000}, RandomErasing(1, Scale(0, 0)), tensor.Shape{2, 3, 1000}, upTo(6000)},
		{"RandomApply/never", []int{1, 1, 2}, RandomApply(0, RandomHorizontalFlip(1)), tensor.Shape{1, 1, 2}, []float32{1, 2}},
		{"RandomApply/always", []int{1, 1, 2}, RandomApply(1, RandomHorizontalFlip(1), Normalize([]float32{1}, []float32{1})), tensor.Shape{1, 1, 2}, []float32{1, 0}},
		{"RandomApply/nothing", []int{1, 1, 2}, RandomApply(1), tensor.Shape{1, 1, 2}, []float32{1, 2}},
		{"RandomChoice", []int{1, 1, 2}, RandomChoice(Flatten()), tensor.Shape{2}, []float32{1, 2}},
		{"RandAugment/none", []int{1, 1, 2}, RandAugment(0, 9), tensor.Shape{1, 1, 2}, []float32{1, 2}},
		{"RandAugment/empty", []int{3, 0, 2}, RandAugment(40, 9), tensor.Shape{3, 0, 2}, nil},
		{"TrivialAugmentWide/empty", []int{1, 4, 0}, TrivialAugmentWide(), tensor.Shape{1, 4, 0}, nil},
		{"ColorJitter/empty", []int{3, 0, 2}, ColorJitter(1, 1, 1, 0.5), tensor.Shape{3, 0, 2}, nil},
		{"RandomErasing/empty", []int{3, 0, 2}, RandomErasing(1), tensor.Shape{3, 0, 2}, nil},
		{"RandomAffine/empty", []int{3, 2, 0}, RandomAffine(5, Bilinear), tensor.Shape{3, 2, 0}, nil},
	} {
		s, err := Get(Map(one(c.in...), c.t), 0)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !s.X.Shape().Equal(c.shape) || !near(s.X.Data(), c.want, 1e-6) {
			t.Errorf("%s: got %v %v, want %v %v", c.name, s.X.Shape(), s.X.Data(), c.shape, c.want)
		}
	}
}

// near reports whether two lists agree to within a part of each element.
func near(got, want []float32, tolerance float64) bool {
	return slices.EqualFunc(got, want, func(a, b float32) bool {
		return math.Abs(float64(a-b)) <= tolerance*max(math.Abs(float64(b)), 1)
	})
}

// upTo returns 1 to n.
func upTo(n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(i + 1)
	}
	return v
}

func TestAugmentationErrors(t *testing.T) {
	nan := math.NaN()
	broken := Normalize(nil, nil)
	for _, c := range []struct {
		in   []int
		t    Transform
		want string
	}{
		{[]int{4, 4}, RandomVerticalFlip(0.5), "RandomVerticalFlip: input has shape [4 4], want [C, H, W]"},
		{[]int{3, 4, 4}, RandomVerticalFlip(-1), "RandomVerticalFlip: p is -1, want 0 to 1"},
		{[]int{3, 4, 4}, Resize(0, 4), "Resize: size is 0, want 1 to 65536"},
		{[]int{3, 4, 4}, Resize(4, 65537), "Resize: size is 65537"},
		{[]int{3, 0, 4}, Resize(4, 4), "Resize: input has shape [3 0 4], want at least 1 row and column"},
		{[]int{3, 4, 4}, Resize(4, 4, Fill(1)), "Resize: there is no option Fill"},
		{[]int{3, 4, 4}, ResizeShorter(0), "ResizeShorter: size is 0"},
		{[]int{3, 4, 4}, ResizeShorter(1, Ratio(1, 2)), "ResizeShorter: there is no option Ratio"},
		{[]int{1, 1, 5}, ResizeShorter(20000), "has 2000000000 values"},
		{[]int{3, 4, 4}, RandomResizedCrop(0), "RandomResizedCrop: size is 0"},
		{[]int{3, 4, 4}, RandomResizedCrop(2, Scale(0.5, 1.5)), "RandomResizedCrop: scale is 0.5 to 1.5, want an interval of 0 to 1"},
		{[]int{3, 4, 4}, RandomResizedCrop(2, Scale(0.5, 0.4)), "scale is 0.5 to 0.4"},
		{[]int{3, 4, 4}, RandomResizedCrop(2, Scale(nan, 0.4)), "scale is NaN to 0.4"},
		{[]int{3, 4, 4}, RandomResizedCrop(2, Ratio(0, 1)), "RandomResizedCrop: ratio is 0 to 1"},
		{[]int{3, 4, 4}, RandomResizedCrop(2, Shear(0, 1)), "RandomResizedCrop: there is no option Shear"},
		{[]int{3, 4, 4}, RandomRotation(-1), "RandomRotation: degrees are -1, want 0 to 1048576"},
		{[]int{3, 4, 4}, RandomRotation(nan), "degrees are NaN"},
		{[]int{3, 4, 4}, RandomRotation(1, Bicubic), `RandomRotation: interpolation "bicubic", want one of ["nearest" "bilinear"]`},
		{[]int{3, 4, 4}, RandomRotation(1, Fill(1, 2)), "RandomRotation: fill of 2 values for 3 channels"},
		{[]int{3, 4, 4}, RandomRotation(1, Scale(1, 2)), "RandomRotation: there is no option Scale"},
		{[]int{3, 4, 4}, RandomAffine(math.Inf(1)), "RandomAffine: degrees are +Inf"},
		{[]int{3, 4, 4}, RandomAffine(1, Translate(0, 2)), "RandomAffine: translation is 2, want 0 to 1"},
		{[]int{3, 4, 4}, RandomAffine(1, Scale(0, 1)), "RandomAffine: scale is 0 to 1"},
		{[]int{3, 4, 4}, RandomAffine(1, Shear(0, 90)), "RandomAffine: shear is 90 degrees, want at least 0 and less than 90"},
		{[]int{3, 4, 4}, ColorJitter(-1, 0, 0, 0), "ColorJitter: brightness is -1, want 0 to 1.048576e+06"},
		{[]int{3, 4, 4}, ColorJitter(0, nan, 0, 0), "ColorJitter: contrast is NaN"},
		{[]int{3, 4, 4}, ColorJitter(0, 0, -1, 0), "ColorJitter: saturation is -1"},
		{[]int{3, 4, 4}, ColorJitter(0, 0, 0, 0.6), "ColorJitter: hue is 0.6, want 0 to 0.5"},
		{[]int{2, 4, 4}, ColorJitter(0, 0, 0, 0), "ColorJitter: input has shape [2 4 4], want 1 or 3 channels"},
		{[]int{3, 4, 4}, Grayscale(2), "Grayscale: 2 channels, want 1 or 3"},
		{[]int{4, 4, 4}, Grayscale(1), "Grayscale: input has shape [4 4 4], want 1 or 3 channels"},
		{[]int{4, 4, 4}, RandomGrayscale(1), "RandomGrayscale: input"},
		{[]int{3, 4, 4}, RandomGrayscale(2), "RandomGrayscale: p is 2"},
		{[]int{3, 4, 4}, GaussianBlur(4, 1, 1), "GaussianBlur: size is 4, want an odd number from 1 to 1023"},
		{[]int{3, 4, 4}, GaussianBlur(9, 1, 1), "GaussianBlur: size is 9, want at most 7 for pictures of 4x4 rows and columns"},
		{[]int{3, 4, 4}, GaussianBlur(3, 0, 1), "GaussianBlur: sigma is 0 to 1"},
		{[]int{3, 4, 4}, RandomErasing(1.5), "RandomErasing: p is 1.5"},
		{[]int{3, 4, 4}, RandomErasing(1, Noise, Fill(1)), "RandomErasing: Fill and Noise, want one of them"},
		{[]int{3, 4, 4}, RandomErasing(1, Scale(-0.5, 1)), "RandomErasing: scale is -0.5 to 1"},
		{[]int{3, 4, 4}, RandomErasing(1, Fill(1, 2)), "RandomErasing: fill of 2 values for 3 channels"},
		{[]int{3, 4, 4}, RandomErasing(1, Bilinear), "RandomErasing: there is no option Bilinear"},
		{[]int{3, 4, 4}, RandomApply(2), "RandomApply: p is 2"},
		{[]int{3, 4, 4}, RandomApply(0.5, broken), "RandomApply: transform 0: Normalize: 0 means"},
		{[]int{3, 4, 4}, RandomApply(0.5, Flatten()), "RandomApply: the transforms make [48] of [3 4 4], want the same shape"},
		{[]int{3, 4, 4}, RandomApply(0.5, Flatten(), Pad(0, 0, 0, 0)), "RandomApply: Pipeline: transform 1: Pad"},
		{[]int{3, 4, 4}, RandomChoice(), "RandomChoice: no transforms"},
		{[]int{3, 4, 4}, RandomChoice(broken), "RandomChoice: transform 0: Normalize: 0 means"},
		{[]int{3, 4, 4}, RandomChoice(Flatten(), Pad(0, 0, 0, 0)), "RandomChoice: transform 1 makes [3 4 4] of [3 4 4], want [48] as transform 0 does"},
		{[]int{3, 4, 4}, RandomChoice(nil), "RandomChoice: transform 0: the transform is nil"},
		{[]int{3, 4, 4}, RandAugment(-1, 3), "RandAugment: -1 operations, want 0 to 64"},
		{[]int{3, 4, 4}, RandAugment(1, 31), "RandAugment: magnitude is 31, want 0 to 30"},
		{[]int{2, 4, 4}, RandAugment(1, 3), "RandAugment: input has shape [2 4 4], want 1 or 3 channels"},
		{[]int{3, 4, 4}, RandAugment(1, 3, Bicubic), "RandAugment: interpolation"},
		{[]int{3, 4, 4}, TrivialAugmentWide(Bicubic), "TrivialAugmentWide: interpolation"},
		{[]int{3, 4, 4}, TrivialAugmentWide(Fill(1, 2)), "TrivialAugmentWide: fill of 2 values"},
		{[]int{4, 4}, TrivialAugmentWide(), "TrivialAugmentWide: input"},
		{[]int{3, 4, 4}, Pipeline{Flatten(), CenterCrop(1)}, "transform 0: Pipeline: transform 1: CenterCrop: input"},
		{[]int{3, 4, 4}, nil, "transform 0: the transform is nil"},
	} {
		wantError(t, fmt.Sprintf("%T%v of %v", c.t, c.t, c.in), Map(one(c.in...), c.t).Spec().Err, c.want)
	}
}

// What is chosen lies within its limits, and has the mean it should have.
func TestChoices(t *testing.T) {
	const n = 4000
	type statistic struct{ lo, hi, mean, slack float64 } // slack: some standard errors
	for _, c := range []struct {
		name   string
		choose func(r *Rand) float64
		want   statistic
	}{
		{"RandomResizedCrop/area", func(r *Rand) float64 {
			a := RandomResizedCrop(8, Scale(0.2, 0.6)).(*randomResizedCrop).choose(100, 100, r)
			return float64(a.h*a.w) / 1e4
		}, statistic{0.195, 0.605, 0.4, 0.01}},
		{"RandomResizedCrop/proportion", func(r *Rand) float64 {
			a := RandomResizedCrop(8, Scale(0.2, 0.3), Ratio(0.5, 2)).(*randomResizedCrop).choose(300, 300, r)
			return math.Log2(float64(a.w) / float64(a.h))
		}, statistic{-1.02, 1.02, 0, 0.04}},
		{"RandomResizedCrop/top", func(r *Rand) float64 {
			return float64(RandomResizedCrop(8, Scale(0.25, 0.25), Ratio(1, 1)).(*randomResizedCrop).choose(20, 20, r).top)
		}, statistic{0, 10, 5, 0.2}},
		{"RandomErasing/area", func(r *Rand) float64 {
			a, _ := RandomErasing(1, Scale(0.1, 0.3)).(*randomErasing).choose(200, 200, r)
			return float64(a.h*a.w) / 4e4
		}, statistic{0.098, 0.302, 0.2, 0.005}},
		{"RandomErasing/proportion", func(r *Rand) float64 {
			a, _ := RandomErasing(1, Scale(0.1, 0.2), Ratio(1, 4)).(*randomErasing).choose(400, 400, r)
			return math.Log2(float64(a.h) / float64(a.w))
		}, statistic{-0.02, 2.02, 1, 0.04}},
		{"RandomErasing/probability", func(r *Rand) float64 {
			_, ok := RandomErasing(0.3).(*randomErasing).choose(100, 100, r)
			return map[bool]float64{true: 1}[ok]
		}, statistic{0, 1, 0.3, 0.03}},
		{"RandomAffine/angle", func(r *Rand) float64 { return RandomAffine(10).(*randomAffine).choose(10, 10, r).angle }, statistic{-10, 10, 0, 0.4}},
		{"RandomAffine/scale", func(r *Rand) float64 {
			return RandomAffine(10, Scale(0.5, 2.5)).(*randomAffine).choose(10, 10, r).scale
		}, statistic{0.5, 2.5, 1.5, 0.04}},
		{"RandomAffine/columns", func(r *Rand) float64 {
			return RandomAffine(0, Translate(0.2, 0)).(*randomAffine).choose(10, 20, r).moveX
		}, statistic{-4, 4, 0, 0.2}},
		{"RandomAffine/rows", func(r *Rand) float64 {
			return RandomAffine(0, Translate(0, 0.3)).(*randomAffine).choose(10, 20, r).moveY
		}, statistic{-3, 3, 0, 0.2}},
		{"RandomAffine/shear", func(r *Rand) float64 {
			return RandomAffine(0, Shear(0, 45)).(*randomAffine).choose(10, 10, r).shearY
		}, statistic{-1, 1, 0, 0.03}},
		{"ColorJitter/brightness", func(r *Rand) float64 { return float64(colorJitter{Brightness: 0.6}.choose(r).brightness) }, statistic{0.4, 1.6001, 1, 0.03}},
		{"ColorJitter/contrast", func(r *Rand) float64 { return float64(colorJitter{Contrast: 2}.choose(r).contrast) }, statistic{0, 3, 1.5, 0.06}},
		{"ColorJitter/saturation", func(r *Rand) float64 { return float64(colorJitter{Saturation: 0.5}.choose(r).saturation) }, statistic{0.5, 1.5, 1, 0.03}},
		{"ColorJitter/hue", func(r *Rand) float64 { return float64(colorJitter{Hue: 0.3}.choose(r).hue) }, statistic{-0.3001, 0.3001, 0, 0.015}},
		{"RandAugment/rotate", func(r *Rand) float64 {
			limits := randReach(10, 10)
			return limits.choose(rotate, 15, r)
		}, statistic{-15, 15, 0, 1}},
		{"cut/area", func(r *Rand) float64 {
			a := cut(100, 100, 0.96, r) // 20×20, of which edges cut off half a side with probability 2/10
			return float64(a.h * a.w)
		}, statistic{100, 400, 19 * 19, 5}},
	} {
		sum, lo, hi := 0.0, math.Inf(1), math.Inf(-1)
		for i := range n {
			r := newRand("test", Sample{Seed: 1}, i)
			v := c.choose(&r)
			sum, lo, hi = sum+v, min(lo, v), max(hi, v)
		}
		if mean := sum / n; lo < c.want.lo || hi > c.want.hi || math.Abs(mean-c.want.mean) > c.want.slack {
			t.Errorf("%s: %v to %v, mean %v, want %+v", c.name, lo, hi, mean, c.want)
		}
		if (hi-lo)/(c.want.hi-c.want.lo) < 0.9 {
			t.Errorf("%s: %v to %v do not reach the limits of %+v", c.name, lo, hi, c.want)
		}
	}
}

// ColorJitter brings the changes into every order equally often.
func TestColorJitterOrder(t *testing.T) {
	const n = 24000
	orders := map[[4]int]int{}
	for i := range n {
		r := newRand("test", Sample{Seed: 1}, i)
		orders[colorJitter{}.choose(&r).order]++
	}
	for o, k := range orders {
		if k < 850 || k > 1150 { // 1000 ± 31
			t.Errorf("order %v came %d times of %d, want about %d", o, k, n, n/24)
		}
	}
	if len(orders) != 24 {
		t.Errorf("%d orders, want 24", len(orders))
	}
}

// RandomApply and RandomChoice keep their probabilities, and RandAugment and
// TrivialAugmentWide use all their operations.
func TestRandomTransformFrequencies(t *testing.T) {
	const n = 6000
	count := func(tr Transform) map[string]int {
		ds, seen := Map(one(1, 1, 2), tr), map[string]int{}
		for epoch := range n {
			seen[fmt.Sprint(at(t, ds, 0, 1, epoch))]++
		}
		return seen
	}
	if k := count(RandomApply(0.3, RandomHorizontalFlip(1)))["[2 1]"]; k < 1650 || k > 1950 { // 1800 ± 35
		t.Errorf("RandomApply(0.3) applied %d times of %d, want about 1800", k, n)
	}
	add := func(v float32) Transform { return Normalize([]float32{-v}, []float32{1}) }
	for k, c := range count(RandomChoice(add(0), add(10), add(20))) {
		if c < 1850 || c > 2150 { // 2000 ± 37
			t.Errorf("RandomChoice chose %s %d times of %d, want about 2000", k, c, n)
		}
	}
	ops := map[operation]int{}
	for i := range n {
		r := newRand("test", Sample{}, i)
		ops[operation(r.IntN(operations))]++
	}
	if len(ops) != 14 {
		t.Errorf("%d operations, want 14", len(ops))
	}
}

// What a transform makes depends on seed, epoch and sample, and on nothing else:
// neither on what dst held before nor on how many goroutines use it.
func TestAugmentationsAreReproducible(t *testing.T) {
	x := ramp(3, 3, 12, 12)
	base := Tensors(x, tensor.Make[int](3))
	for k, tr := range every() {
		if _, err := tr.Shape(base.Spec().X); err != nil {
			continue // it needs others before it
		}
		name := fmt.Sprintf("transform %d, %T", k, tr)
		ds := Map(base, tr)
		want := map[string]bool{}
		var group sync.WaitGroup
		for epoch := range 8 {
			first := at(t, ds, 1, 5, epoch)
			for _, v := range first {
				if v != v {
					t.Fatalf("%s: NaN", name)
				}
			}
			want[fmt.Sprint(first)] = true
			group.Go(func() {
				dst := NewSample(ds.Spec())
				dst.Seed, dst.Epoch = 5, epoch
				for i := range dst.X.Data() {
					dst.X.Data()[i] = float32(math.NaN())
				}
				if err := ds.Read(1, dst); err != nil || !slices.Equal(dst.X.Data(), first) {
					t.Errorf("%s: read again, it is %v, %v, want %v", name, dst.X.Data(), err, first)
				}
			})
		}
		group.Wait()
		// Without a Map: nothing is prepared.
		dst := tensor.Make[float32](ds.Spec().X...)
		r := newRand("data.Transform", Sample{Seed: 5}, 1)
		r = r.child(0)
		if err := tr.Apply(dst, x.Index(0, 1).Clone(), &r); err != nil || !slices.Equal(dst.Data(), at(t, ds, 1, 5, 0)) {
			t.Errorf("%s: Apply gives %v, %v, want what Map gives", name, dst.Data(), err)
		}
	}
	// The random ones differ from epoch to epoch.
	p := Map(base, every()...)
	if slices.Equal(at(t, p, 0, 1, 0), at(t, p, 0, 1, 1)) {
		t.Error("two epochs are the same")
	}
}

// Turning by 90 degrees is counter-clockwise, and four times is once round.
func TestRotationDirection(t *testing.T) {
	x := tensor.New([]float32{1, 2, 3, 4}, 1, 2, 2)
	m := movement{angle: -90, scale: 1}
	y := tensor.Make[float32](1, 2, 2)
	m.apply(y, x, nearest, nil)
	if want := tensor.New([]float32{2, 4, 1, 3}, 1, 2, 2); !y.Equal(want) {
		t.Errorf("turned by 90 degrees: %v, want %v", y, want)
	}
}

func TestAugmentationAllocations(t *testing.T) {
	n := len(every())
	ds := Map(Tensors(ramp(64, 3, 12, 12), tensor.Make[int](64)), every()...)
	l := NewLoader(ds, BatchSize(16), Shuffle(1), Workers(2))
	epoch := func() {
		for _, err := range l.All(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 3 {
		epoch()
	}
	// The goroutines of an epoch, and some of what the pools lose to the garbage
	// collector; one allocation in each transform would be 64·n.
	if got := testing.AllocsPerRun(10, epoch); got > 40 && !raceEnabled {
		t.Errorf("%.0f allocations for 64 samples and %d transforms, want at most 40", got, n)
	}
}

func BenchmarkTransform(b *testing.B) {
	for _, c := range []struct {
		name string
		size int
		t    Transform
	}{
		{"CIFAR", 32, Pipeline{RandomCrop(32, 4), RandomHorizontalFlip(0.5), Normalize([]float32{0.5}, []float32{0.5}), RandomErasing(0.5)}},
		{"Resize", 32, Resize(24, 24)},
		{"RandomResizedCrop", 256, RandomResizedCrop(224)},
		{"RandomAffine", 32, RandomAffine(10, Scale(0.9, 1.1), Bilinear)},
		{"RandomAffineNearest", 32, RandomAffine(10, Scale(0.9, 1.1))},
		{"ColorJitter", 32, ColorJitter(0.4, 0.4, 0.4, 0.1)},
		{"GaussianBlur", 32, GaussianBlur(5, 0.1, 2)},
		{"RandAugment", 32, RandAugment(2, 9)},
		{"TrivialAugmentWide", 32, TrivialAugmentWide()},
	} {
		b.Run(fmt.Sprintf("%s/3x%dx%d", c.name, c.size, c.size), func(b *testing.B) {
			ds := Map(Images(tensor.Make[uint8](1, 3, c.size, c.size), tensor.Make[int](1), nil), c.t)
			dst := NewSample(ds.Spec())
			b.ReportAllocs()
			for b.Loop() {
				dst.Epoch++
				if err := ds.Read(0, dst); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
