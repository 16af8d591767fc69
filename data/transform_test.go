package data

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// one returns a data set of a single sample with elements 1, 2, ….
func one(shape ...int) Dataset {
	x := tensor.Make[float32](append([]int{1}, shape...)...)
	for i := range x.Data() {
		x.Data()[i] = float32(i + 1)
	}
	return Tensors(x, tensor.Make[int](1))
}

func TestTransforms(t *testing.T) {
	for _, c := range []struct {
		name  string
		in    []int
		t     Transform
		shape tensor.Shape
		want  []float32
	}{
		{"Normalize", []int{2, 2}, Normalize([]float32{1, 3}, []float32{1, 2}), tensor.Shape{2, 2}, []float32{0, 1, 0, 0.5}},
		{"Normalize/one for all", []int{2, 1, 2}, Normalize([]float32{2}, []float32{0.5}), tensor.Shape{2, 1, 2}, []float32{-2, 0, 2, 4}},
		{"Pad", []int{1, 1, 2}, Pad(1, 1, 0, 2), tensor.Shape{1, 4, 3}, []float32{
			0, 0, 0,
			0, 1, 2,
			0, 0, 0,
			0, 0, 0}},
		{"PadToMultiple", []int{2, 1, 3}, PadToMultiple(2), tensor.Shape{2, 2, 4}, []float32{
			1, 2, 3, 0,
			0, 0, 0, 0,

			4, 5, 6, 0,
			0, 0, 0, 0}},
		{"PadToMultiple/already", []int{1, 2, 2}, PadToMultiple(2), tensor.Shape{1, 2, 2}, []float32{1, 2, 3, 4}},
		{"CenterCrop", []int{1, 3, 4}, CenterCrop(2), tensor.Shape{1, 2, 2}, []float32{ // rows from ½, rounded to 0
			2, 3,
			6, 7}},
		{"CenterCrop/1½", []int{1, 4, 4}, CenterCrop(1), tensor.Shape{1, 1, 1}, []float32{11}}, // 1½ is rounded to 2
		{"RandomCrop/whole", []int{1, 2, 2}, RandomCrop(2, 0), tensor.Shape{1, 2, 2}, []float32{1, 2, 3, 4}},
		{"Flip/always", []int{2, 2, 2}, RandomHorizontalFlip(1), tensor.Shape{2, 2, 2}, []float32{2, 1, 4, 3, 6, 5, 8, 7}},
		{"Flip/never", []int{1, 2, 2}, RandomHorizontalFlip(0), tensor.Shape{1, 2, 2}, []float32{1, 2, 3, 4}},
		{"Flatten", []int{1, 2, 2}, Flatten(), tensor.Shape{4}, []float32{1, 2, 3, 4}},
		{"Flip/empty", []int{2, 0, 2}, RandomHorizontalFlip(1), tensor.Shape{2, 0, 2}, nil},
		{"Pad/empty", []int{1, 1, 0}, Pad(1, 0, 1, 0), tensor.Shape{1, 1, 2}, []float32{0, 0}},
	} {
		s, err := Get(Map(one(c.in...), c.t), 0)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !s.X.Shape().Equal(c.shape) || !slices.Equal(s.X.Data(), c.want) {
			t.Errorf("%s: got %v %v, want %v %v", c.name, s.X.Shape(), s.X.Data(), c.shape, c.want)
		}
	}
}

func TestTransformErrors(t *testing.T) {
	for _, c := range []struct {
		in   []int
		t    Transform
		want string
	}{
		{[]int{3, 4, 4}, Normalize([]float32{1, 2}, []float32{1}), "Normalize: 2 means for 3 channels"},
		{[]int{3, 4, 4}, Normalize([]float32{1}, nil), "Normalize: 1 means and 0 standard deviations"},
		{[]int{3, 4, 4}, Normalize([]float32{1}, []float32{1, 0, 1}), "standard deviation 1 is 0"},
		{[]int{3, 4, 4}, Normalize([]float32{1}, []float32{float32(math.NaN())}), "standard deviation 0 is NaN"},
		{nil, Normalize([]float32{1}, []float32{1}), "input has shape []"},
		{[]int{3, 4, 4}, Pad(0, -1, 0, 0), "Pad: (0, -1, 0, 0) has a negative width"},
		{[]int{3, 4}, Pad(0, 0, 0, 0), "Pad: input has shape [3 4], want [C, H, W]"},
		{[]int{3, 4}, PadToMultiple(2), "PadToMultiple: input"},
		{[]int{3, 4, 4}, PadToMultiple(0), "k is 0"},
		{[]int{3, 4, 4}, CenterCrop(5), "CenterCrop: size is 5, want 1 to 4"},
		{[]int{3, 4, 4}, CenterCrop(0), "CenterCrop: size is 0"},
		{[]int{3, 4, 4}, RandomCrop(7, 1), "RandomCrop: size is 7, want 1 to 6"},
		{[]int{3, 4, 4}, RandomCrop(2, -1), "padding is -1"},
		{[]int{4, 4}, RandomHorizontalFlip(0.5), "RandomHorizontalFlip: input"},
		{[]int{3, 4, 4}, RandomHorizontalFlip(1.5), "p is 1.5"},
		{[]int{3, 4, 4}, RandomHorizontalFlip(math.NaN()), "p is NaN"},
	} {
		wantError(t, fmt.Sprintf("%T%v of %v", c.t, c.t, c.in), Map(one(c.in...), c.t).Spec().Err, c.want)
	}
}

// at reads sample i with some randomness.
func at(t *testing.T, ds Dataset, i int, seed uint64, epoch int) []float32 {
	t.Helper()
	s := NewSample(ds.Spec())
	s.Seed, s.Epoch = seed, epoch
	if err := ds.Read(i, s); err != nil {
		t.Fatal(err)
	}
	return s.X.Data()
}

// Every place of a random crop comes about equally often, and is the window that
// its corner says.
func TestRandomCropPlaces(t *testing.T) {
	ds := Map(one(1, 3, 3), RandomCrop(3, 1))
	padded := func(i, j int) float32 {
		if i < 1 || i > 3 || j < 1 || j > 3 {
			return 0
		}
		return float32((i-1)*3 + j)
	}
	places := map[string]int{}
	for top := range 3 {
		for left := range 3 {
			var w []float32
			for i := range 9 {
				w = append(w, padded(top+i/3, left+i%3))
			}
			places[fmt.Sprint(w)] = 0
		}
	}
	const n = 9000
	for epoch := range n {
		w := fmt.Sprint(at(t, ds, 0, 1, epoch))
		if _, ok := places[w]; !ok {
			t.Fatalf("%s is no window of the picture", w)
		}
		places[w]++
	}
	for w, k := range places {
		if k < 850 || k > 1150 { // expected 1000, standard deviation 30
			t.Errorf("window %s came %d times of %d, want about %d", w, k, n, n/9)
		}
	}
}

func TestRandomHorizontalFlipProbability(t *testing.T) {
	ds := Map(one(1, 1, 2), RandomHorizontalFlip(0.25))
	flips := 0
	const n = 10000
	for epoch := range n {
		if at(t, ds, 0, 1, epoch)[0] == 2 {
			flips++
		}
	}
	if flips < 2300 || flips > 2700 { // expected 2500, standard deviation 43
		t.Errorf("%d flips of %d, want about %d", flips, n, n/4)
	}
}

// Randomness depends on seed, epoch, sample and place of the transform, each of
// them, and on nothing else.
func TestTransformRandomness(t *testing.T) {
	x := tensor.Make[float32](2, 1, 1, 1000)
	for i := range x.Data() {
		x.Data()[i] = float32(i % 1000)
	}
	base := Tensors(x, tensor.Make[int](2))
	ds := Map(base, noise{})
	key := func(ds Dataset, i int, seed uint64, epoch int) string { return fmt.Sprint(at(t, ds, i, seed, epoch)) }
	a := key(ds, 0, 1, 2)
	if b := key(ds, 0, 1, 2); a != b {
		t.Error("the same sample differs when read again")
	}
	for name, b := range map[string]string{
		"another seed":      key(ds, 0, 2, 2),
		"another epoch":     key(ds, 0, 1, 3),
		"another sample":    key(ds, 1, 1, 2),
		"another place":     key(Map(base, Flatten(), noise{}), 0, 1, 2),
		"Map of a Map":      key(Map(ds), 0, 1, 2), // Map of nothing keeps the samples: must be equal
		"below another Map": key(Map(ds, Flatten()), 0, 1, 2),
		"other set":         key(Concat(ds, ds), 2, 1, 2),
	} {
		if (a == b) != (name == "Map of a Map") {
			t.Errorf("%s: equal is %v", name, a == b)
		}
	}
	if a != key(Subset(ds, []int{1, 0}), 1, 1, 2) {
		t.Error("a Subset changes the sample")
	}
}

// noise replaces a sample by what its Rand gives.
type noise struct{}

func (noise) Shape(in tensor.Shape) (tensor.Shape, error) { return in, nil }
func (noise) Apply(dst, _ *tensor.Tensor, r *Rand) error {
	for i := range dst.Data() {
		dst.Data()[i] = r.Float32()
	}
	return nil
}

// Draws of different kinds do not share numbers: each kind keeps its
// distribution, and neighbours are not correlated.
func TestRand(t *testing.T) {
	var r Rand
	r = newRand("test", Sample{Seed: 1}, 2)
	const n = 20000
	var f, g, k, fg, fk float64
	for range n {
		a, b, c := float64(r.Float32())-0.5, float64(r.Normal()), float64(r.IntN(3))-1
		f, g, k, fg, fk = f+a, g+b*b, k+c*c, fg+a*b, fk+a*c
	}
	for name, v := range map[string]float64{"mean of Float32": f / n, "variance of Normal": g/n - 1, "IntN(3)": k/n - 2./3,
		"Float32·Normal": fg / n, "Float32·IntN": fk / n} {
		if math.Abs(v) > 0.04 { // four standard errors of the widest, √2/√n
			t.Errorf("%s is off by %v", name, v)
		}
	}

	r = newRand("test", Sample{Seed: 1}, 2)
	got := []float32{float32(r.IntN(7)), r.Float32(), float32(r.IntN(7)), r.Normal(), r.Float32()}
	var normal [1]float32
	r.stream.Normals(normal[:], 6)
	// The numbers 0 and 1, then 2, 4 and 5, 6 and 7, 8.
	want := []float32{float32(r.stream.IntN(0, 7)), r.stream.Float32(2), float32(r.stream.IntN(2, 7)), normal[0], r.stream.Float32(8)}
	if !slices.Equal(got, want) {
		t.Errorf("draws %v, want %v", got, want)
	}

	defer func() {
		if recover() == nil {
			t.Error("IntN(0) does not panic")
		}
	}()
	r.IntN(0)
}

func TestMapErrors(t *testing.T) {
	broken := errors.New("broken")
	_, err := Get(Map(one(2), failing{broken}), 0)
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
	wantError(t, "Apply", err, "data: Map: transform 0: broken")
	_, err = Get(Map(numbers{n: 1, fail: map[int]error{0: broken}}, Flatten()), 0)
	if !errors.Is(err, broken) {
		t.Errorf("error %v, want %v", err, broken)
	}
}

type failing struct{ err error }

func (failing) Shape(in tensor.Shape) (tensor.Shape, error) { return in, nil }
func (f failing) Apply(_, _ *tensor.Tensor, _ *Rand) error  { return f.err }
