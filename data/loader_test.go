package data

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/gannet-ml/gannet/internal/rng"
	"github.com/gannet-ml/gannet/tensor"
)

// seen is a copy of a batch.
type seen struct {
	X             []float32
	Shape         tensor.Shape
	Y             []int
	Index         []int
	Epoch, Number int
}

func look(b *Batch) seen {
	return seen{slices.Clone(b.X.Data()), b.X.Shape().Clone(), slices.Clone(b.Y.(*tensor.Ints).Data()), slices.Clone(b.Index), b.Epoch, b.Number}
}

// rest returns the batches of the rest of the epoch.
func rest(t *testing.T, l *Loader) (all []seen) {
	t.Helper()
	for b, err := range l.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, look(b))
	}
	return all
}

// plain returns the batches of an epoch as a loop without a Loader makes them.
func plain(t *testing.T, ds Dataset, size int, seed uint64, epoch int) (all []seen) {
	t.Helper()
	order := make([]int, ds.Len())
	rng.New(seed, rng.Mix(rng.Hash("data.Shuffle"), uint64(epoch))).Perm(order)
	for len(order) > 0 {
		n := min(size, len(order))
		s := seen{Shape: append(tensor.Shape{n}, ds.Spec().X...), Index: order[:n], Epoch: epoch, Number: len(all)}
		for _, i := range order[:n] {
			dst := NewSample(ds.Spec())
			dst.Seed, dst.Epoch = seed, epoch
			if err := ds.Read(i, dst); err != nil {
				t.Fatal(err)
			}
			s.X = append(s.X, dst.X.Data()...)
			s.Y = append(s.Y, dst.Y.(*tensor.Ints).Item())
		}
		all = append(all, s)
		order = order[n:]
	}
	return all
}

// augmented is a data set of n samples with all random transforms.
func augmented(n int) Dataset {
	x := tensor.Make[float32](n, 1, 4, 4)
	labels := tensor.Make[int](n)
	for i := range x.Data() {
		x.Data()[i] = float32(i)
	}
	for i := range n {
		labels.Data()[i] = i % 5
	}
	return Map(Tensors(x, labels), RandomCrop(4, 1), RandomHorizontalFlip(0.5), noise{})
}

// Whatever the prefetch and the number of workers, the batches are those of a
// plain loop, in every epoch.
func TestLoaderEqualsPlainLoop(t *testing.T) {
	for _, n := range []int{1, 7, 8, 9, 50} {
		ds := augmented(n)
		for _, size := range []int{1, 8, 64} {
			for _, prefetch := range []int{0, 1, 2, 100} {
				for _, workers := range []int{1, 2, 7} {
					l := NewLoader(ds, BatchSize(size), Shuffle(3), Prefetch(prefetch), Workers(workers))
					for epoch := range 3 {
						want := plain(t, ds, size, 3, epoch)
						if got := rest(t, l); !reflect.DeepEqual(got, want) {
							t.Fatalf("n=%d/size=%d/prefetch=%d/workers=%d/epoch=%d:\ngot  %v\nwant %v", n, size, prefetch, workers, epoch, got, want)
						}
						if l.Batches() != len(want) {
							t.Errorf("Batches() = %d, want %d", l.Batches(), len(want))
						}
					}
				}
			}
		}
	}
}

func TestLoaderInOrder(t *testing.T) {
	l := NewLoader(numbers{n: 5}, BatchSize(2))
	want := []seen{
		{[]float32{0, 0, 1, 1}, tensor.Shape{2, 2}, []int{0, 1}, []int{0, 1}, 0, 0},
		{[]float32{2, 2, 3, 3}, tensor.Shape{2, 2}, []int{2, 0}, []int{2, 3}, 0, 1},
		{[]float32{4, 4}, tensor.Shape{1, 2}, []int{1}, []int{4}, 0, 2},
	}
	if got := rest(t, l); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	dropped := NewLoader(numbers{n: 5}, BatchSize(2), DropLast())
	if got := rest(t, dropped); !reflect.DeepEqual(got, want[:2]) || dropped.Batches() != 2 {
		t.Errorf("DropLast: got %v, %d batches, want %v", got, dropped.Batches(), want[:2])
	}
}

func TestLoaderSpec(t *testing.T) {
	ds := augmented(3)
	if got, want := NewLoader(ds).Spec(), ds.Spec(); !reflect.DeepEqual(got, want) {
		t.Errorf("Spec() = %+v, want %+v", got, want)
	}
}

func TestLoaderRegression(t *testing.T) {
	l := NewLoader(Tensors(tensor.Make[float32](3, 2), tensor.New([]float32{1, 2, 3, 4, 5, 6}, 3, 2)), BatchSize(2))
	var got []float32
	for b, err := range l.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, b.Y.(*tensor.Tensor).Data()...)
	}
	if want := []float32{1, 2, 3, 4, 5, 6}; !slices.Equal(got, want) {
		t.Errorf("targets %v, want %v", got, want)
	}
}

func TestShuffleVisitsAll(t *testing.T) {
	l := NewLoader(numbers{n: 20}, BatchSize(3), Shuffle(1))
	var epochs [2][]int
	for e := range epochs {
		for _, s := range rest(t, l) {
			epochs[e] = append(epochs[e], s.Index...)
		}
		sorted := slices.Sorted(slices.Values(epochs[e]))
		for i, v := range sorted {
			if i != v || len(sorted) != 20 {
				t.Fatalf("epoch %d visits %v", e, sorted)
			}
		}
	}
	if slices.Equal(epochs[0], epochs[1]) {
		t.Errorf("both epochs have the order %v", epochs[0])
	}
}

// Seed keys transforms without a change of order.
func TestSeed(t *testing.T) {
	ds := augmented(4)
	a, b, c := rest(t, NewLoader(ds)), rest(t, NewLoader(ds, Seed(0))), rest(t, NewLoader(ds, Seed(1)))
	if !reflect.DeepEqual(a, b) {
		t.Error("seed 0 is not the default")
	}
	if slices.Equal(a[0].X, c[0].X) || !slices.Equal(a[0].Index, c[0].Index) {
		t.Error("seed 1: want other samples in the same order")
	}
}

// A loop that is left after any number of batches, and a new Loader that starts
// at the stored cursor, see together what one loop sees.
func TestResume(t *testing.T) {
	ds := augmented(10)
	opts := []LoaderOption{BatchSize(3), Shuffle(5)}
	var all []seen
	whole := NewLoader(ds, opts...)
	for range 3 {
		all = append(all, rest(t, whole)...)
	}
	for stop := 1; stop < len(all); stop++ {
		l := NewLoader(ds, opts...)
		var got []seen
		var file []byte
		for file == nil {
			for b, err := range l.All(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				if got = append(got, look(b)); len(got) == stop {
					file, err = json.Marshal(l.Cursor())
					if err != nil {
						t.Fatal(err)
					}
					break
				}
			}
		}
		var c Cursor
		if err := json.Unmarshal(file, &c); err != nil {
			t.Fatal(err)
		}
		for name, l := range map[string]*Loader{"same": l, "new": NewLoader(ds, opts...)} {
			if err := l.Seek(c); err != nil {
				t.Fatal(err)
			}
			got := slices.Clone(got)
			for len(got) < len(all) {
				got = append(got, rest(t, l)...)
			}
			if !reflect.DeepEqual(got, all) {
				t.Errorf("%s Loader, resumed at %s: got %v, want %v", name, file, got, all)
			}
		}
	}
}

func TestCursor(t *testing.T) {
	l := NewLoader(numbers{n: 6}, BatchSize(2))
	var got []Cursor
	for range 2 {
		for range l.All(t.Context()) {
			got = append(got, l.Cursor())
		}
	}
	if want := []Cursor{{0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {2, 0}}; !slices.Equal(got, want) {
		t.Errorf("cursors %v, want %v", got, want)
	}
	if b, _ := json.Marshal(Cursor{3, 4}); string(b) != `{"epoch":3,"batch":4}` {
		t.Errorf("JSON %s", b)
	}
	if err := l.Seek(Cursor{7, 3}); err != nil || l.Cursor() != (Cursor{8, 0}) {
		t.Errorf("Seek to the end of epoch 7: %v, cursor %v, want the start of epoch 8", err, l.Cursor())
	}
	for _, c := range []Cursor{{-1, 0}, {0, -1}, {0, 4}} {
		wantError(t, fmt.Sprint("Seek ", c), l.Seek(c), "want epoch 0 or later, batch 0 to 3")
	}
}

func TestLoaderEmpty(t *testing.T) {
	for name, l := range map[string]*Loader{
		"no samples":    NewLoader(numbers{}),
		"all left out":  NewLoader(numbers{n: 3}, DropLast()),
		"empty samples": NewLoader(Tensors(tensor.Make[float32](0, 3), tensor.Make[int](0)), Shuffle(1)),
	} {
		if got := rest(t, l); len(got) != 0 || l.Batches() != 0 || l.Cursor() != (Cursor{1, 0}) || l.Err() != nil {
			t.Errorf("%s: batches %v, cursor %v, error %v", name, got, l.Cursor(), l.Err())
		}
	}
}

func TestLoaderSettings(t *testing.T) {
	huge := spec{numbers{n: 3}, Spec{X: tensor.Shape{math.MaxInt, math.MaxInt}, Classes: 1}}
	for _, c := range []struct {
		l    *Loader
		want string
	}{
		{NewLoader(nil), "data set is nil"},
		{NewLoader(numbers{n: 3}, BatchSize(0)), "batch size is 0, want at least 1"},
		{NewLoader(numbers{n: 3}, BatchSize(-5)), "batch size is -5"},
		{NewLoader(numbers{n: 3}, Prefetch(-1)), "prefetch is -1"},
		{NewLoader(numbers{n: 3}, Prefetch(math.MaxInt)), "want 0 to 1024"},
		{NewLoader(Tensors(tensor.Zeros(1, 2), tensor.New([]int{1 << 30}, 1))), "label 1073741824, want less than 16777216"},
		{NewLoader(numbers{n: 3}, Workers(0)), "number of workers is 0"},
		{NewLoader(huge), "too many elements"},
	} {
		wantError(t, "Err", c.l.Err(), c.want)
		wantError(t, "Seek", c.l.Seek(Cursor{}), c.want)
		n := 0
		for b, err := range c.l.All(t.Context()) {
			n++
			wantError(t, "All", err, c.want)
			if b != nil {
				t.Errorf("%s: a batch with the error", c.want)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d turns of the loop, want 1", c.want, n)
		}
	}
	if got := rest(t, NewLoader(numbers{n: 3}, BatchSize(math.MaxInt), Workers(maxWorkers))); len(got) != 1 || len(got[0].Index) != 3 {
		t.Errorf("a huge batch size gives %v, want one batch of 3", got)
	}
}

// spec is a data set with another Spec.
type spec struct {
	numbers
	s Spec
}

func (d spec) Spec() Spec { return d.s }

// The error of a sample comes in its place, with its index, the first of the
// batch whatever the goroutines do; the loop ends and the cursor stays.
func TestLoaderReadError(t *testing.T) {
	broken, other := errors.New("broken"), errors.New("other")
	ds := numbers{n: 100, fail: map[int]error{42: broken, 47: other, 49: other}}
	for _, prefetch := range []int{0, 3} {
		for range 20 {
			l := NewLoader(ds, BatchSize(10), Prefetch(prefetch), Workers(4))
			good, bad := 0, 0
			for b, err := range l.All(t.Context()) {
				if err == nil {
					good++
					continue
				}
				bad++
				if !errors.Is(err, broken) || b != nil {
					t.Errorf("batch %v, error %v, want %v", b, err, broken)
				}
				wantError(t, "All", err, "data: Loader: epoch 0, batch 4: sample 42: broken")
			}
			if good != 4 || bad != 1 || l.Cursor() != (Cursor{0, 4}) {
				t.Errorf("%d batches, %d errors, cursor %v, want 4, 1, {0 4}", good, bad, l.Cursor())
			}
		}
	}
}

// Of several errors of a batch, the first in order counts, not the first in time.
func TestFirstError(t *testing.T) {
	ds := numbers{n: 4, fail: map[int]error{1: errors.New("one"), 3: errors.New("three")}}
	s := newSlot(4, ds.Spec())
	s.begin(0, 0, []int{0, 1, 2, 3}, 1)
	for _, i := range []int{3, 2, 1, 0} {
		s.read(ds, 0, i)
	}
	wantError(t, "read", s.err, "sample 1: one")
}

// counting counts the samples that are read.
type counting struct {
	Dataset
	reads *atomic.Int64
}

func (c counting) Read(i int, dst Sample) error {
	c.reads.Add(1)
	return c.Dataset.Read(i, dst)
}

// However a loop ends, its goroutines end with it: a synctest bubble fails if
// one is left, and the next loop goes on where this one stopped.
func TestLoaderLeavesNothingBehind(t *testing.T) {
	stop := errors.New("stop")
	for _, c := range []struct {
		name  string
		leave func(l *Loader, ctx context.Context, cancel func()) error
		next  Cursor
	}{
		{"end", func(l *Loader, ctx context.Context, _ func()) error {
			for range l.All(ctx) {
			}
			return nil
		}, Cursor{1, 0}},
		{"break", func(l *Loader, ctx context.Context, _ func()) error {
			for b := range l.All(ctx) {
				if b.Number == 2 {
					break
				}
			}
			return nil
		}, Cursor{0, 3}},
		{"panic", func(l *Loader, ctx context.Context, _ func()) error {
			defer func() { _ = recover() }()
			for range l.All(ctx) {
				panic("in the body")
			}
			return nil
		}, Cursor{0, 1}},
		{"cancelled in the loop", func(l *Loader, ctx context.Context, cancel func()) error {
			n := 0
			for b, err := range l.All(ctx) {
				if err != nil {
					if !errors.Is(err, context.Canceled) || b != nil {
						return fmt.Errorf("batch %v, error %v", b, err)
					}
					return stop
				}
				if n++; n == 5 {
					cancel()
				}
			}
			return nil
		}, Cursor{0, 5}},
		{"cancelled before", func(l *Loader, ctx context.Context, cancel func()) error {
			cancel()
			for _, err := range l.All(ctx) {
				if !errors.Is(err, context.Canceled) {
					return fmt.Errorf("error %v", err)
				}
				return stop
			}
			return nil
		}, Cursor{0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				reads := new(atomic.Int64)
				l := NewLoader(counting{numbers{n: 1000}, reads}, BatchSize(10), Workers(3))
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				err := c.leave(l, ctx, cancel)
				if cancelled := ctx.Err() != nil; cancelled != (err == stop) || err != nil && err != stop {
					t.Errorf("error %v, context cancelled is %v", err, cancelled)
				}
				if l.Cursor() != c.next {
					t.Errorf("cursor %v, want %v", l.Cursor(), c.next)
				}
				if n := reads.Load(); c.name != "end" && n > 80 { // 5 batches, 3 more in the ring
					t.Errorf("%d samples were read", n)
				}
				for b, err := range l.All(context.Background()) {
					if err != nil || b.Number != c.next.Batch || b.Epoch != c.next.Epoch {
						t.Errorf("goes on at epoch %d, batch %d, %v, want %v", b.Epoch, b.Number, err, c.next)
					}
					break
				}
			})
		})
	}
}

// A context that ends while samples are being read ends the loop as soon as
// they are done.
func TestLoaderCancelWhileReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		release := make(chan struct{})
		l := NewLoader(blocking{numbers{n: 100}, release}, BatchSize(10), Workers(2))
		go func() {
			synctest.Wait() // until all readers wait
			cancel()
			synctest.Wait()
			close(release)
		}()
		for _, err := range l.All(ctx) {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want %v", err, context.Canceled)
			}
		}
	})
}

type blocking struct {
	numbers
	release chan struct{}
}

func (b blocking) Read(i int, dst Sample) error {
	<-b.release
	return b.numbers.Read(i, dst)
}

func TestLoaderNestedLoops(t *testing.T) {
	l := NewLoader(numbers{n: 4}, BatchSize(2))
	for range l.All(t.Context()) {
		for _, err := range l.All(t.Context()) {
			wantError(t, "inner loop", err, "another loop over All is running")
		}
	}
}

// A batch stays as it is until the next one is asked for, while others are read.
func TestBatchIsStable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := NewLoader(numbers{n: 60}, BatchSize(4), Prefetch(3), Workers(3))
		for b := range l.All(t.Context()) {
			synctest.Wait() // until readers have read all they may
			for i, k := range b.Index {
				if got := b.X.At(i, 1); got != float32(k) {
					t.Errorf("batch %d: sample %d is %v, want %d", b.Number, i, got, k)
				}
			}
		}
	})
}

// A batch costs no allocation; what an epoch costs is made up for by its
// batches.
func TestLoaderAllocations(t *testing.T) {
	for name, ds := range map[string]Dataset{
		"Tensors": Tensors(tensor.Make[float32](6400, 10), tensor.Make[float32](6400)),
		"Images":  Subset(Images(tensor.Make[uint8](6400, 1, 2, 2), tensor.Make[int](6400), nil), make([]int, 6400)),
		"Map":     Map(Images(tensor.Make[uint8](6400, 1, 4, 4), tensor.Make[int](6400), nil), RandomCrop(4, 2), RandomHorizontalFlip(0.5), Normalize([]float32{0.5}, []float32{0.5})),
	} {
		l := NewLoader(ds, BatchSize(16), Shuffle(1), Workers(2))
		epoch := func() {
			for _, err := range l.All(context.Background()) {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		perBatch := testing.AllocsPerRun(3, epoch) / float64(l.Batches())
		// The race detector makes sync.Pool forget at random.
		if limit := 0.2; perBatch > limit && !raceEnabled {
			t.Errorf("%s: %.2f allocations per batch, want at most %v", name, perBatch, limit)
		}
	}
}

func BenchmarkLoader(b *testing.B) {
	pixels := Images(tensor.Make[uint8](2000, 3, 32, 32), tensor.Make[int](2000), nil)
	mean := []float32{0.5}
	for _, c := range []struct {
		name string
		ds   Dataset
	}{
		{"Images", pixels},
		{"Augmented", Map(pixels, RandomCrop(32, 4), RandomHorizontalFlip(0.5), Normalize(mean, mean))},
	} {
		b.Run(c.name+"/3x32x32/batch=64", func(b *testing.B) {
			l := NewLoader(c.ds, BatchSize(64), Shuffle(1))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				for _, err := range l.All(context.Background()) {
					if err != nil {
						b.Fatal(err)
					}
				}
				n += c.ds.Len()
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "samples/s")
		})
	}
}
