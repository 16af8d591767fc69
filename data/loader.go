package data

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync/atomic"

	"github.com/gannet-ml/gannet/internal/rng"
	"github.com/gannet-ml/gannet/tensor"
)

// Loader reads a data set in batches. It is used by one goroutine; several
// Loaders may share a data set.
type Loader struct {
	ds   Dataset
	spec Spec
	n    int // samples of an epoch
	err  error

	size     int
	shuffle  bool
	sampler  sampler // nil: every sample once
	seed     uint64
	dropLast bool
	trim     bool
	prefetch int
	workers  int

	cursor Cursor
	order  []int // of the samples in the current epoch
	ring   []*slot
	busy   atomic.Bool // a loop over All runs
}

// LoaderOption is a setting of a [Loader].
type LoaderOption func(*Loader)

// BatchSize sets the number of samples in a batch; the last batch of an epoch
// may have fewer. The default is 32.
func BatchSize(n int) LoaderOption { return func(l *Loader) { l.size = n } }

// Shuffle makes every epoch visit the samples in a random order of its own,
// which depends on the seed and the number of the epoch. The seed is also that
// of random transforms. The default is the order of the data set.
func Shuffle(seed uint64) LoaderOption {
	return func(l *Loader) { l.shuffle, l.seed = true, seed }
}

// Seed sets the seed of random transforms, and of [Weighted] and [Balanced], for a
// Loader that does not shuffle; [Shuffle] includes it. The default is 0.
func Seed(seed uint64) LoaderOption { return func(l *Loader) { l.seed = seed } }

// DropLast leaves out the last batch of an epoch if it is not full. A data set
// smaller than a batch then has no batches.
func DropLast() LoaderOption { return func(l *Loader) { l.dropLast = true } }

const maxPrefetch = 1024

// Prefetch sets how many batches, 0 to 1024, are read ahead of the one in use. 0
// reads a batch when it is asked for. The default is 2.
func Prefetch(n int) LoaderOption { return func(l *Loader) { l.prefetch = n } }

const maxWorkers = 1024

// Workers sets how many goroutines, 1 to 1024, read samples while a loop over [Loader.All]
// runs. It does not change what they read. The default is GOMAXPROCS, at most
// 4.
func Workers(n int) LoaderOption { return func(l *Loader) { l.workers = n } }

// NewLoader returns a Loader at the start of epoch 0. A setting that is
// impossible, such as a batch size of 0, and the [Spec].Err of the data set are
// reported by [Loader.Err] and [Loader.All].
func NewLoader(ds Dataset, opts ...LoaderOption) *Loader {
	l := &Loader{ds: ds, size: 32, prefetch: 2, workers: min(runtime.GOMAXPROCS(0), 4)}
	for _, o := range opts {
		o(l)
	}
	if ds == nil {
		l.err = errors.New("data: Loader: the data set is nil")
		return l
	}
	l.spec, l.n = ds.Spec(), ds.Len()
	l.err = l.check()
	return l
}

func (l *Loader) check() error {
	switch {
	case l.spec.Err != nil:
		return l.spec.Err
	case l.size <= 0:
		return fmt.Errorf("data: Loader: batch size is %d, want at least 1", l.size)
	case l.prefetch < 0 || l.prefetch > maxPrefetch:
		return fmt.Errorf("data: Loader: prefetch is %d, want 0 to %d", l.prefetch, maxPrefetch)
	case l.workers <= 0 || l.workers > maxWorkers:
		return fmt.Errorf("data: Loader: number of workers is %d, want 1 to %d", l.workers, maxWorkers)
	}
	if err := l.startSampler(); err != nil {
		return err
	}
	if l.trim {
		if err := l.spec.checkLengths("Trim"); err != nil {
			return err
		}
	}
	for _, sample := range append([]tensor.Shape{l.spec.X, l.spec.Y}, l.spec.More...) {
		if err := append(tensor.Shape{l.rows()}, sample...).Check(); err != nil {
			return fmt.Errorf("data: Loader: %w", err)
		}
	}
	return nil
}

// Err returns what is wrong with the settings or the data set, nil if nothing
// is.
func (l *Loader) Err() error { return l.err }

// Spec says what the samples of the data set look like.
func (l *Loader) Spec() Spec { return l.spec }

// Batches returns the number of batches in an epoch, 0 if [Loader.Err] is not
// nil.
func (l *Loader) Batches() int {
	switch {
	case l.err != nil:
		return 0
	case l.dropLast:
		return l.n / l.size
	case l.n == 0:
		return 0
	}
	return (l.n-1)/l.size + 1
}

// String describes what decides which samples come in which order, such as
// "10000 samples, batches of 64, shuffled, seed 1". A Loader that continues where
// another one stopped has the same description.
func (l *Loader) String() string {
	s := fmt.Sprintf("%d samples", l.n)
	if n := len(l.spec.More); n > 0 {
		s += fmt.Sprintf(" of %d inputs", 1+n)
	}
	s += fmt.Sprintf(", batches of %d", l.size)
	switch {
	case l.shuffle:
		s += ", shuffled"
	case l.sampler != nil:
		s += ", drawn by " + l.sampler.name()
	}
	if l.dropLast {
		s += ", whole ones only"
	}
	if l.trim {
		s += ", cut off after the longest sequence"
	}
	return fmt.Sprintf("%s, seed %d", s, l.seed)
}

// rows returns the number of samples in the largest batch.
func (l *Loader) rows() int { return min(l.size, l.n) }

// Cursor is a place in the sequence of batches: that of the batch which comes
// next. It can be stored as JSON.
type Cursor struct {
	Epoch int `json:"epoch"` // from 0 on
	Batch int `json:"batch"` // in the epoch, from 0 on
}

// Cursor returns the place of the batch that comes next. Inside of a loop over
// [Loader.All] that is the one after the current batch; after the last batch of
// an epoch it is the first of the next epoch.
func (l *Loader) Cursor() Cursor { return l.cursor }

// Seek makes the next loop over [Loader.All] start at c; the batches that follow
// are those of a Loader with the same data set and settings that came there
// batch by batch. It is an error if the epoch has no such batch. Seek must not
// be called inside of the loop.
func (l *Loader) Seek(c Cursor) error {
	batches := l.Batches()
	switch {
	case l.err != nil:
		return l.err
	case c.Epoch < 0 || c.Batch < 0 || c.Batch > batches:
		return fmt.Errorf("data: Loader.Seek: epoch %d, batch %d: want epoch 0 or later, batch 0 to %d", c.Epoch, c.Batch, batches)
	}
	l.cursor = c.normal(batches)
	return nil
}

// normal replaces the end of an epoch by the start of the next one.
func (c Cursor) normal(batches int) Cursor {
	if c.Batch > 0 && c.Batch == batches {
		return Cursor{Epoch: c.Epoch + 1}
	}
	return c
}

// All returns the batches from the cursor to the end of its epoch, in order. A
// loop that runs to the end leaves the cursor at the start of the next epoch,
// one that is left early at the batch that would have come.
//
// An error comes with a nil batch and ends the loop: that of the first sample
// that could not be read, with its index, or that of ctx. Samples are read by
// goroutines that have ended when the loop is left; leaving it waits for the
// samples they are at.
func (l *Loader) All(ctx context.Context) iter.Seq2[*Batch, error] {
	return func(yield func(*Batch, error) bool) {
		if l.err != nil {
			yield(nil, l.err)
			return
		}
		if !l.busy.CompareAndSwap(false, true) {
			yield(nil, errors.New("data: Loader.All: another loop over All is running"))
			return
		}
		defer l.busy.Store(false)
		l.deliver(ctx, yield)
	}
}

// deliver yields the rest of the epoch.
func (l *Loader) deliver(ctx context.Context, yield func(*Batch, error) bool) {
	l.prepare()
	epoch, batches := l.cursor.Epoch, l.Batches()
	if batches == 0 {
		l.cursor.Epoch++
		return
	}
	r := l.startReaders()
	defer r.stop()

	// Batch b has slot b mod len(ring), and that slot is read into again as
	// soon as the batch after b is asked for.
	first, ring := l.cursor.Batch, len(l.ring)
	for b := first; b < min(first+ring, batches); b++ {
		r.begin(epoch, b)
	}
	for b := first; b < batches; b++ {
		s := l.ring[b%ring]
		err := wait(ctx, s)
		if err == nil && l.trim {
			err = s.cut(l.spec)
		}
		if err != nil {
			yield(nil, err)
			return
		}
		l.cursor = Cursor{epoch, b + 1}.normal(batches)
		if !yield(&s.batch, nil) {
			return
		}
		if b+ring < batches {
			r.begin(epoch, b+ring)
		}
	}
}

// wait returns when the batch of s has been read, with its error, or when ctx
// has ended.
func wait(ctx context.Context, s *slot) error {
	select {
	case <-s.ready:
	case <-ctx.Done():
	}
	if err := ctx.Err(); err != nil { // even if the batch is ready
		return fmt.Errorf("data: Loader.All: %w", err)
	}
	return s.err
}

// prepare brings the samples into the order of the epoch and makes room for
// batches.
func (l *Loader) prepare() {
	if l.order == nil {
		l.order = make([]int, l.n)
	}
	switch {
	case l.sampler != nil:
		l.sampler.draw(l.order, l.seed, l.cursor.Epoch)
	case l.shuffle:
		rng.New(l.seed, rng.Mix(rng.Hash("data.Shuffle"), uint64(l.cursor.Epoch))).Perm(l.order)
	default:
		for i := range l.order {
			l.order[i] = i
		}
	}
	for len(l.ring) < min(l.prefetch+1, l.Batches()) {
		l.ring = append(l.ring, newSlot(l.rows(), l.spec))
	}
}

// samples returns which samples batch b has.
func (l *Loader) samples(b int) []int {
	lo, hi := b*l.size, min((b+1)*l.size, l.n)
	return l.order[lo:hi:hi]
}
