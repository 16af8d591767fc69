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

// paired is a data set of n samples with the inputs [i, i], [10i] and [[100i]],
// and the class i mod 3.
func paired(n int) Dataset {
	row, cell := tensor.Make[float32](n, 1), tensor.Make[float32](n, 1, 1)
	for i := range n {
		row.Data()[i], cell.Data()[i] = float32(10*i), float32(100*i)
	}
	return Zip(numbers{n: n}, Zip(Tensors(row, tensor.Make[int](n)), Tensors(cell, tensor.Make[float32](n, 4))))
}

// inputs returns the first number of every input of a sample.
func inputs(s Sample) []float32 {
	v := []float32{s.X.Data()[0]}
	for _, x := range s.More {
		v = append(v, x.Data()[0])
	}
	return v
}

func TestZip(t *testing.T) {
	ds := paired(4)
	s := ds.Spec()
	if s.Err != nil || ds.Len() != 4 || s.Classes != 3 || fmt.Sprint(s.X, s.Y, s.More) != "[2] [] [[1] [1 1]]" {
		t.Fatalf("%d samples of %+v", ds.Len(), s)
	}
	for i := range 4 {
		got, err := Get(ds, i)
		if v := float32(i); err != nil || !slices.Equal(inputs(got), []float32{v, 10 * v, 100 * v}) || got.Y.(*tensor.Ints).Item() != i%3 {
			t.Errorf("sample %d is %v, %v, %v", i, inputs(got), got.Y, err)
		}
		if label, err := Label(ds, i); err != nil || label != i%3 {
			t.Errorf("label %d is %d, %v", i, label, err)
		}
	}
	alone, err := Get(Zip(numbers{n: 4}), 2)
	if err != nil || !slices.Equal(inputs(alone), []float32{2}) || alone.More != nil {
		t.Errorf("a single set gives %+v, %v", alone, err)
	}
	both := Zip(paired(4), paired(4)) // further inputs of the first set come first
	if got, err := Get(both, 1); err != nil || !slices.Equal(inputs(got), []float32{1, 10, 100, 1, 10, 100}) {
		t.Errorf("two sets of several inputs give %v, %v", inputs(got), err)
	}
}

// What is below has the randomness it has alone if it is the first set, and
// another one if it is not.
func TestZipSeeds(t *testing.T) {
	one := Map(Tensors(tensor.Make[float32](1, 1), tensor.Make[int](1)), noise{})
	ds := Zip(one, one, one)
	want, got := NewSample(one.Spec()), NewSample(ds.Spec())
	want.Seed, got.Seed, want.Epoch, got.Epoch = 5, 5, 2, 2
	for range 2 {
		if err := errors.Join(one.Read(0, want), ds.Read(0, got)); err != nil {
			t.Fatal(err)
		}
		v := inputs(got)
		if v[0] != want.X.Item() || v[0] == v[1] || v[1] == v[2] || v[0] == v[2] {
			t.Errorf("noise is %v, want three different numbers, %v first", v, want.X)
		}
	}
}

// TestZipWrapped tests that data sets made of others pass further inputs on.
func TestZipWrapped(t *testing.T) {
	ds := paired(6)
	split, err := Split(ds, 1, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	stratified, err := StratifiedSplit(ds, 1, 0.5)
	if err != nil {
		t.Fatal(err)
	}
	hashed, err := SplitByHash(ds, func(i int) string { return fmt.Sprint(i) }, 1)
	if err != nil {
		t.Fatal(err)
	}
	folds, err := StratifiedKFold(ds, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	cached := Cache(ds, 2*(4*4+8))
	for _, c := range []struct {
		name string
		ds   Dataset
	}{
		{"Subset", Subset(ds, []int{5, 1})},
		{"Split", split[0]},
		{"StratifiedSplit", stratified[0]},
		{"SplitByHash", hashed[0]},
		{"StratifiedKFold", folds[1].Train},
		{"Concat", Concat(ds, Subset(ds, []int{3}))},
		{"Mix", Mix([]float64{1, 2}, 9, ds, Subset(ds, []int{3, 4}))},
		{"Map", Map(ds, Flatten())},
		{"Map/none", Map(ds)},
		{"Cache", cached},
		{"Cache/again", cached},
	} {
		spec := c.ds.Spec()
		if spec.Err != nil || len(spec.More) != 2 {
			t.Errorf("%s: Spec is %+v", c.name, spec)
			continue
		}
		for i := range c.ds.Len() {
			s, err := Get(c.ds, i)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				break
			}
			if v := inputs(s); v[1] != 10*v[0] || v[2] != 100*v[0] {
				t.Errorf("%s: sample %d has inputs %v of different samples", c.name, i, v)
			}
		}
	}
	if kept := cached.(*cache); kept.room.Load() != 0 || kept.kept[1].Load() == nil || kept.kept[2].Load() != nil {
		t.Error("a Cache with room for two samples keeps others")
	}
	if mean, _, err := MeanStd(ds); err != nil || mean[0] != 2.5 {
		t.Errorf("MeanStd is %v, %v, want that of the first input, 2.5", mean, err)
	}
	// A transform changes the first input alone.
	if s, err := Get(Map(ds, Normalize([]float32{1, 1}, []float32{2, 2})), 3); err != nil || !slices.Equal(inputs(s), []float32{1, 30, 300}) {
		t.Errorf("Map gives %v, %v, want [1 30 300]", inputs(s), err)
	}
}

// MixUp blends all inputs with one λ.
func TestZipMixUp(t *testing.T) {
	ds := MixUp(paired(5), 1)
	whole := true
	for i := range 5 {
		s, err := Get(ds, i)
		if err != nil {
			t.Fatal(err)
		}
		v := inputs(s)
		for k, factor := range []float64{1, 10, 100} {
			if d := float64(v[k]) - factor*float64(v[0]); math.Abs(d) > 1e-4*factor {
				t.Errorf("sample %d has inputs %v that are not blended alike", i, v)
			}
		}
		whole = whole && float64(v[0]) == math.Trunc(float64(v[0]))
	}
	if whole {
		t.Error("no sample is blended")
	}
}

func TestZipErrors(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		ds   Dataset
		want string
	}{
		{Zip(numbers{n: 3}, from(0, 3), from(0, 4)), "data: Zip: set 2 has 4 samples, want 3 as set 0 has"},
		{Zip(numbers{n: 3}, Concat()), "data: Zip: set 1: data: Concat: no data sets"},
		{Zip(Concat(), numbers{}), "data: Zip: set 0: data: Concat: no data sets"},
		{Zip(numbers{n: 3}, numbers{n: 3, fail: map[int]error{0: broken}}), "data: Zip: set 1: broken"},
		{Zip(numbers{n: 3, fail: map[int]error{0: broken}}, numbers{n: 3}), "data: Zip: set 0: broken"},
		{Concat(paired(3), numbers{n: 2}), "data: Concat: set 1 has further inputs [], want [[1] [1 1]] as set 0 has"},
		{Concat(Zip(numbers{n: 2}, from(0, 2)), Zip(numbers{n: 2}, labelled(1, 2))), "data: Concat: set 1 has further inputs [[1]], want [[2]] as set 0 has"},
		{Mix([]float64{1, 1}, 3, numbers{n: 2}, paired(3)), "data: Mix: set 1 has further inputs [[1] [1 1]], want [] as set 0 has"},
		{CutMix(Zip(uniform(3), numbers{n: 3}), 1), "data: CutMix: samples have 1 further inputs, want none"},
		{Cache(Zip(numbers{n: 3}, Map(from(0, 3), noise{})), 1<<10), "data: Zip: set 1: data: Cache: transform 0 of a Map is random; put the Map above the Cache"},
	} {
		_, err := Get(c.ds, 0)
		wantError(t, "Get", err, c.want)
	}
	_, err := Label(Zip(numbers{n: 3}, numbers{}), 0)
	wantError(t, "Label", err, "data: Zip: set 1 has 0 samples, want 3 as set 0 has")

	ds := paired(3)
	for _, c := range []struct {
		more []*tensor.Tensor
		want string
	}{
		{nil, "data: Zip: dst.More has 0 inputs, want 2"},
		{[]*tensor.Tensor{tensor.Make[float32](1)}, "data: Zip: dst.More has 1 inputs, want 2"},
		{[]*tensor.Tensor{tensor.Make[float32](1), tensor.Make[float32](1)}, "data: Zip: dst.More[1] has shape [1], want [1 1]"},
		{[]*tensor.Tensor{nil, tensor.Make[float32](1, 1)}, "data: Zip: dst.More[0] has shape [], want [1]"},
	} {
		s := NewSample(ds.Spec())
		s.More = c.more
		wantError(t, "Read", ds.Read(0, s), c.want)
	}
	wantError(t, "range", ds.Read(3, NewSample(ds.Spec())), "data: Zip: no sample 3, have 3")
	huge := Zip(numbers{n: 3}, shaped{tensor.Shape{math.MaxInt}})
	wantError(t, "Loader", NewLoader(huge).Err(), "data: Loader: ")
}

// shaped is a data set of three samples of a shape, which is never read.
type shaped struct{ x tensor.Shape }

func (d shaped) Len() int                   { return 3 }
func (d shaped) Spec() Spec                 { return Spec{X: d.x, Y: tensor.Shape{}} }
func (d shaped) Read(_ int, _ Sample) error { return nil }

// TestZipLoader tests that a Loader delivers further inputs, in whole batches and
// in the last, smaller one, with any number of workers.
func TestZipLoader(t *testing.T) {
	for _, workers := range []int{1, 3} {
		l := NewLoader(paired(11), BatchSize(4), Shuffle(1), Workers(workers))
		if got, want := l.String(), "11 samples of 3 inputs, batches of 4, shuffled, seed 1"; got != want {
			t.Errorf("String() = %q, want %q", got, want)
		}
		for range 2 {
			for b, err := range l.All(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				n := len(b.Index)
				if fmt.Sprint(b.More[0].Shape(), b.More[1].Shape()) != fmt.Sprintf("[%d 1] [%d 1 1]", n, n) {
					t.Fatalf("batch of %d has further inputs of shapes %v and %v", n, b.More[0].Shape(), b.More[1].Shape())
				}
				for i, k := range b.Index {
					if v := float32(k); b.X.At(i, 0) != v || b.More[0].At(i, 0) != 10*v || b.More[1].At(i, 0, 0) != 100*v {
						t.Errorf("row %d, sample %d, has inputs %v, %v and %v", i, k, b.X, b.More[0], b.More[1])
					}
				}
			}
		}
	}
	for b, err := range NewLoader(numbers{n: 3}).All(t.Context()) {
		if err != nil || b.More != nil {
			t.Errorf("a batch of one input has More %v, %v, want nil", b.More, err)
		}
	}
}

func TestZipAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector makes sync.Pool forget at random")
	}
	l := NewLoader(MixUp(Map(Zip(from(0, 6400), from(0, 6400), from(0, 6400)), Flatten()), 1), BatchSize(16), Shuffle(1), Workers(2))
	epoch := func() {
		for _, err := range l.All(context.Background()) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := testing.AllocsPerRun(3, epoch) / float64(l.Batches()); got > 0.2 {
		t.Errorf("%.2f allocations per batch, want at most 0.2", got)
	}
}
