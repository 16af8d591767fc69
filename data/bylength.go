package data

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/internal/rng"
)

// pooledBatches is how many batches [ByLength] sorts at a time, as many as
// torchtext's BucketIterator: enough that lengths in a batch hardly differ, few
// enough that batches are others in every epoch.
const pooledBatches = 100

// ByLength makes batches of sequences of similar lengths, so that little of them is
// padding: every epoch it shuffles the samples, sorts every 100 batches of them by
// length, and shuffles the batches; a last one of fewer samples has any and stays
// last. Every sample comes once in an epoch.
//
// Samples must have their length as their first further input, a number, as those of
// data/text and data/series have. Every sample is read once for it when the Loader
// is made. ByLength depends on the [Seed] and the number of the epoch, and takes the
// place of [Shuffle]. With [Trim] batches are as short as their longest sequence.
func ByLength() LoaderOption {
	return func(l *Loader) { l.sampler = &byLength{l: l} }
}

type byLength struct {
	l       *Loader
	lengths []int
}

func (*byLength) name() string { return "ByLength" }

func (b *byLength) begin(ds Dataset) (int, error) {
	s := ds.Spec()
	if err := s.checkLengths("ByLength"); err != nil {
		return 0, err
	}
	dst := NewSample(s)
	dst.Seed = b.l.seed
	b.lengths = make([]int, ds.Len())
	for i := range b.lengths {
		err := ds.Read(i, dst)
		if err == nil {
			b.lengths[i], err = lengthOf(dst.More[0].Item(), s.X[0])
		}
		if err != nil {
			return 0, fmt.Errorf("data: ByLength: sample %d: %w", i, err)
		}
	}
	return ds.Len(), nil
}

func (b *byLength) draw(order []int, seed uint64, epoch int) {
	stream := rng.New(seed, rng.Mix(rng.Hash("data.ByLength"), uint64(epoch)))
	stream.Perm(order)
	size := max(1, b.l.rows())
	batches := make([]int, len(order)/size)
	order = order[:len(batches)*size] // the last batch stays any samples, so that DropLast leaves out any
	pooled := max(1, len(order))
	if size < pooled/pooledBatches {
		pooled = pooledBatches * size
	}
	for pool := range slices.Chunk(order, pooled) {
		slices.SortStableFunc(pool, func(i, j int) int { return cmp.Compare(b.lengths[i], b.lengths[j]) })
	}
	rng.New(seed, rng.Mix(rng.Hash("data.ByLength.batches"), uint64(epoch))).Perm(batches)
	sorted := slices.Clone(order)
	for to, from := range batches {
		copy(order[to*size:(to+1)*size], sorted[from*size:])
	}
}

// Trim cuts batches of sequences off after the longest one: X, which is [N, T, …] in
// the data set, becomes [N, longest, …], and so do targets whose first axis is T as
// well, whatever it means. The lengths are the first further input of the samples, see [ByLength]. The
// numbers that are left are the same.
//
// It is for training; a Predictor, as Trainer.Evaluate uses one, wants
// sequences of one length.
func Trim() LoaderOption { return func(l *Loader) { l.trim = true } }

// checkLengths reports samples that are not sequences with lengths.
func (s Spec) checkLengths(op string) error {
	if len(s.X) == 0 || len(s.More) == 0 || len(s.More[0]) != 0 {
		return fmt.Errorf("data: %s: samples have shape %v and further inputs %v, want [T, …] and first a length, []", op, s.X, s.More)
	}
	return nil
}

// lengthOf returns the length that a number says, of at most so many steps.
func lengthOf(v float32, most int) (int, error) {
	n := int(v)
	if !(v >= 1 && v <= float32(most)) || float32(n) != v {
		return 0, fmt.Errorf("length is %v, want a whole number from 1 to %d", v, most)
	}
	return n, nil
}

// cut cuts the batch off after its longest sequence.
func (s *slot) cut(spec Spec) error {
	longest := 0
	for i, v := range s.batch.More[0].Data() {
		n, err := lengthOf(v, spec.X[0])
		if err != nil {
			return fmt.Errorf("data: Loader: epoch %d, batch %d: sample %d: %w", s.batch.Epoch, s.batch.Number, s.batch.Index[i], err)
		}
		longest = max(longest, n)
	}
	s.x.cut(len(s.batch.Index), longest)
	if len(spec.Y) > 0 && spec.Y[0] == spec.X[0] {
		s.y.cut(len(s.batch.Index), longest)
	}
	return nil
}

// cut keeps the first steps of n samples, whose first axis they are.
func (c *column[T]) cut(n, steps int) {
	kept := c.size / c.rows[0].Dim(0) * steps
	for i := 1; i < n; i++ {
		copy(c.data[i*kept:(i+1)*kept], c.data[i*c.size:])
	}
	shape := append(c.short[:0], c.shape...)
	shape[0], shape[1] = n, steps
	c.short = shape
	c.batch.Bind(c.data[:n*kept], shape)
}
