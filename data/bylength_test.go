package data

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// sentences is a data set of sequences of numbers, [T, 2], with lengths; targets are
// [T] or classes.
type sentences struct {
	lengths []float32
	steps   int
	tagged  bool
}

func (s sentences) Len() int { return len(s.lengths) }

func (s sentences) Spec() Spec {
	p := Spec{X: tensor.Shape{s.steps, 2}, More: []tensor.Shape{{}}, Y: tensor.Shape{}, Classes: 100}
	if s.tagged {
		p.Y = tensor.Shape{s.steps}
	}
	return p
}

func (s sentences) Read(i int, dst Sample) error {
	for t := range s.steps {
		v := 0
		if t < int(s.lengths[i]) {
			v = 10*i + t
		}
		dst.X.Set(float32(v), t, 0)
		dst.X.Set(float32(-v), t, 1)
		if s.tagged {
			dst.Y.(*tensor.Ints).Set(v%100, t)
		}
	}
	dst.More[0].Set(s.lengths[i])
	return nil
}

func some(n int) sentences {
	s := sentences{steps: 31}
	for i := range n {
		s.lengths = append(s.lengths, float32(1+i*i%31))
	}
	return s
}

func TestByLength(t *testing.T) {
	ds := some(1003)
	l := NewLoader(ds, ByLength(), BatchSize(4), Seed(5))
	first := order(t, l)
	if all := slices.Sorted(slices.Values(first)); len(all) != 1003 || !slices.Equal(slices.Compact(all), all) {
		t.Fatal("an epoch has not every sample once")
	}
	padding := 0
	var longest []float32
	for batch := range slices.Chunk(first, 4) {
		most := float32(0)
		for _, i := range batch {
			most = max(most, ds.lengths[i])
		}
		for _, i := range batch {
			padding += int(most - ds.lengths[i])
		}
		longest = append(longest, most)
	}
	if padding > 400 {
		t.Errorf("padding of %d steps, want at most 400", padding)
	}
	if slices.IsSorted(longest) {
		t.Error("batches come in the order of their lengths")
	}
	if second := order(t, l); slices.Equal(first, second) {
		t.Error("two epochs have the same order")
	}
	if again := order(t, NewLoader(ds, ByLength(), BatchSize(4), Seed(5), Workers(3))); !slices.Equal(first, again) {
		t.Error("the same seed has another order")
	}
	if other := order(t, NewLoader(ds, ByLength(), BatchSize(4), Seed(6))); slices.Equal(first, other) {
		t.Error("another seed has the same order")
	}
	if got := order(t, NewLoader(some(3), ByLength(), BatchSize(math.MaxInt))); len(got) != 3 {
		t.Errorf("order %v of a batch that is larger than the set", got)
	}
	if got := order(t, NewLoader(some(0), ByLength())); len(got) != 0 {
		t.Errorf("order %v of nothing", got)
	}
	if got := l.String(); got != "1003 samples of 2 inputs, batches of 4, drawn by ByLength, seed 5" {
		t.Error(got)
	}
}

func TestTrim(t *testing.T) {
	for _, tagged := range []bool{false, true} {
		ds := some(50)
		ds.tagged = tagged
		for _, opts := range [][]LoaderOption{{Trim()}, {Trim(), ByLength()}, {Trim(), Shuffle(1), Prefetch(0), Workers(1)}} {
			for b, err := range NewLoader(ds, append(opts, BatchSize(7))...).All(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				longest := 0
				for _, i := range b.Index {
					longest = max(longest, int(ds.lengths[i]))
				}
				if !b.X.Shape().Equal(tensor.Shape{len(b.Index), longest, 2}) {
					t.Fatalf("shape %v, want %d steps", b.X.Shape(), longest)
				}
				for row, i := range b.Index {
					whole, err := Get(ds, i)
					if err != nil {
						t.Fatal(err)
					}
					for k := range longest {
						same := b.X.At(row, k, 0) == whole.X.At(k, 0) && b.X.At(row, k, 1) == whole.X.At(k, 1)
						if tagged {
							same = same && b.Y.(*tensor.Ints).At(row, k) == whole.Y.(*tensor.Ints).At(k)
						}
						if !same {
							t.Fatalf("sample %d, step %d is %v, want %v", i, k, b.X, whole.X)
						}
					}
				}
			}
		}
	}
	if got := NewLoader(some(2), Trim()).String(); got != "2 samples of 2 inputs, batches of 32, cut off after the longest sequence, seed 0" {
		t.Error(got)
	}
}

// A second epoch allocates what any loop over All does, whatever the batches.
func TestTrimAllocates(t *testing.T) {
	count := func(opts ...LoaderOption) float64 {
		l := NewLoader(some(400), append(opts, BatchSize(4), Prefetch(0), Workers(1))...)
		return testing.AllocsPerRun(5, func() {
			for _, err := range l.All(context.Background()) {
				if err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	if plain, cut := count(), count(Trim()); cut > plain {
		t.Errorf("%v allocations with Trim, %v without", cut, plain)
	}
}

func TestByLengthErrors(t *testing.T) {
	plain := numbers{n: 3}
	for want, l := range map[string]*Loader{
		"data: ByLength: samples have shape ":                                    NewLoader(plain, ByLength()),
		"data: Trim: samples have shape ":                                        NewLoader(plain, Trim()),
		"data: Loader: a sampler and Shuffle are given":                          NewLoader(some(3), ByLength(), Shuffle(1)),
		"data: ByLength: sample 1: length is 0, want a whole number from 1 to 5": NewLoader(sentences{lengths: []float32{1, 0}, steps: 5}, ByLength()),
		"data: ByLength: sample 0: length is 6, want":                            NewLoader(sentences{lengths: []float32{6}, steps: 5}, ByLength()),
		"data: ByLength: sample 0: length is 1.5, want":                          NewLoader(sentences{lengths: []float32{1.5}, steps: 5}, ByLength()),
	} {
		if err := l.Err(); err == nil || !(len(err.Error()) >= len(want) && err.Error()[:len(want)] == want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	for _, err := range NewLoader(sentences{lengths: []float32{1, 2, -3}, steps: 5}, Trim()).All(t.Context()) {
		if want := "data: Loader: epoch 0, batch 0: sample 2: length is -3, want a whole number from 1 to 5"; err == nil || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}
