package data

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

// slow counts the reads of a data set and notes their seeds.
type slow struct {
	numbers
	reads *atomic.Int64
	seeds *sync.Map
}

func (d slow) Read(i int, dst Sample) error {
	d.reads.Add(1)
	d.seeds.Store([2]uint64{dst.Seed, uint64(dst.Epoch)}, true)
	return d.numbers.Read(i, dst)
}

func TestCache(t *testing.T) {
	const one = 2*4 + strconv.IntSize/8 // bytes of a sample
	for _, c := range []struct{ bytes, reads int64 }{
		{1 << 40, 10}, {10 * one, 10},
		{10*one - 1, 10 + 1 + 1}, {4*one + one/2, 10 + 6 + 6}, {one - 1, 30}, {0, 30},
	} {
		ds := slow{numbers{n: 10}, new(atomic.Int64), new(sync.Map)}
		want := rest(t, NewLoader(ds.numbers, Shuffle(3)))
		l := NewLoader(Cache(ds, c.bytes), Shuffle(3))
		if got := rest(t, l); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d bytes: got %v, want %v", c.bytes, got, want)
		}
		for range 2 {
			rest(t, l)
		}
		if got := ds.reads.Load(); got != c.reads {
			t.Errorf("%d bytes: %d reads in three epochs of 10, want %d", c.bytes, got, c.reads)
		}
		ds.seeds.Range(func(k, _ any) bool {
			if k != [2]uint64{} {
				t.Errorf("read with seed and epoch %v, want 0 and 0", k)
			}
			return true
		})
	}
}

func TestCacheRegression(t *testing.T) {
	ds := Cache(Tensors(tensor.New([]float32{1, 2, 3, 4}, 2, 2), tensor.New([]float32{5, 6, 7, 8, 9, 10}, 2, 3)), 1<<10)
	for range 2 {
		s, err := Get(ds, 1)
		if err != nil || !slices.Equal(s.X.Data(), []float32{3, 4}) || !slices.Equal(s.Y.(*tensor.Tensor).Data(), []float32{8, 9, 10}) {
			t.Errorf("sample 1 = %v, %v, %v", s.X, s.Y, err)
		}
		s.X.Data()[0] = 99 // is the caller's
	}
}

// Many goroutines read the same few samples; never more than the room allows
// are kept.
func TestCacheGoroutines(t *testing.T) {
	const one = 2*4 + strconv.IntSize/8
	c := Cache(numbers{n: 40}, 30*one).(*cache)
	var group sync.WaitGroup
	for g := range 8 {
		group.Go(func() {
			s := NewSample(c.Spec())
			for i := range 4000 {
				k := (i*7 + g) % 40
				if err := c.Read(k, s); err != nil || s.X.Data()[0] != float32(k) || s.Y.(*tensor.Ints).Item() != k%3 {
					t.Errorf("sample %d = %v, %v, %v", k, s.X, s.Y, err)
					return
				}
			}
		})
	}
	group.Wait()
	kept := 0
	for i := range c.kept {
		if c.kept[i].Load() != nil {
			kept++
		}
	}
	if kept != 30 || c.room.Load() != 0 {
		t.Errorf("%d samples kept, room for %d, want 30 and 0", kept, c.room.Load())
	}
}

func TestCacheAllocates(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	ds := Cache(augmentedBase(4), 1<<20)
	s := NewSample(ds.Spec())
	read := func() {
		if err := ds.Read(2, s); err != nil {
			t.Error(err)
		}
	}
	read()
	if n := testing.AllocsPerRun(100, read); n != 0 {
		t.Errorf("%v allocations for a sample that is kept, want 0", n)
	}
}

// augmentedBase is a data set of n pictures [1, 4, 4].
func augmentedBase(n int) Dataset {
	return Tensors(tensor.Make[float32](n, 1, 4, 4), tensor.Make[int](n))
}

func TestCacheErrors(t *testing.T) {
	broken := errors.New("broken")
	ds := numbers{n: 3, fail: map[int]error{1: broken}}
	c := Cache(ds, 1000)
	for range 2 {
		if _, err := Get(c, 1); !errors.Is(err, broken) {
			t.Errorf("error %v, want %v", err, broken)
		}
	}
	delete(ds.fail, 1)
	if _, err := Get(c, 1); err != nil {
		t.Errorf("an error is kept: %v", err)
	}
	_, err := Get(c, 3)
	wantError(t, "range", err, "data: Cache: no sample 3, have 3")
	_, err = Get(Cache(numbers{n: 3}, -1), 0)
	wantError(t, "negative", err, "data: Cache: maxBytes is -1, want at least 0")
	_, err = Get(Cache(Concat(), 1), 0)
	wantError(t, "broken set", err, "no data sets")
	_, err = Label(Cache(Concat(), 1), 0)
	wantError(t, "label of a broken set", err, "no data sets")
	if k, err := Label(Cache(numbers{n: 3}, 0), 2); k != 2 || err != nil {
		t.Errorf("Label = %d, %v, want 2", k, err)
	}

	// Randomness is refused wherever it is below, and allowed above.
	base := augmentedBase(4)
	for name, ds := range map[string]Dataset{
		"Map":    Map(base, Pad(1, 1, 1, 1), RandomCrop(4, 1)),
		"deeper": Map(Concat(Subset(Map(base, RandomHorizontalFlip(0.5)), []int{1})), Pad(1, 1, 1, 1)),
	} {
		_, err := Get(Cache(ds, 1<<20), 0)
		wantError(t, name, err, "of a Map is random; put the Map above the Cache")
	}
	_, err = Get(Cache(Mix([]float64{1}, 4, base), 1<<20), 0)
	wantError(t, "Mix", err, "put the Mix above the Cache")
	_, err = Get(Cache(MixUp(base, 1), 1<<20), 0)
	wantError(t, "MixUp", err, "MixUp is random; put it above the Cache")
	nested := Map(base, Pipeline{Pad(1, 1, 1, 1), Pipeline{RandomCrop(4, 1)}})
	_, err = Get(Cache(nested, 1<<20), 0)
	wantError(t, "nested", err, "transform 0 of a Map is random")
	if _, err := Get(Map(Cache(Map(base, Pad(1, 1, 1, 1)), 1<<20), RandomCrop(4, 1)), 0); err != nil {
		t.Error(err)
	}
}
