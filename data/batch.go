package data

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/gannet-ml/gannet/tensor"
)

// Batch is a number of samples together. A [Loader] uses its memory again: it
// is valid until the next batch is asked for.
type Batch struct {
	X *tensor.Tensor // [N, …]
	Y tensor.Any     // [N, …], *tensor.Ints or *tensor.Tensor, see [Spec]

	More []*tensor.Tensor // further inputs, each [N, …], nil if X is the only one

	Index  []int // which samples of the data set these are; not to be changed
	Epoch  int   // from 0 on
	Number int   // of the batch in its epoch, from 0 on
}

// slot is memory for one batch and the state of reading it.
type slot struct {
	batch   Batch
	x, y    field
	more    []*column[float32]
	rows    [][]*tensor.Tensor // Sample.More of each sample
	pending atomic.Int32       // chunks that are not read yet
	ready   chan struct{}      // gets a value when there are none

	mu       sync.Mutex
	err      error // of the first sample that has one
	errPlace int
}

// newSlot returns memory for n samples.
func newSlot(n int, s Spec) *slot {
	t := &slot{x: newColumn[float32](n, s.X), rows: make([][]*tensor.Tensor, n)}
	if s.Classes > 0 {
		t.y = newColumn[int](n, s.Y)
	} else {
		t.y = newColumn[float32](n, s.Y)
	}
	for _, shape := range s.More {
		c := newColumn[float32](n, shape)
		t.more = append(t.more, c)
		for i := range t.rows {
			t.rows[i] = append(t.rows[i], &c.rows[i])
		}
	}
	return t
}

// begin makes the slot a batch of the samples of index that is to be read in a
// number of chunks.
func (s *slot) begin(epoch, number int, index []int, chunks int) {
	more := s.batch.More[:0]
	for _, c := range s.more {
		more = append(more, c.first(len(index)).(*tensor.Tensor))
	}
	s.batch = Batch{
		X:      s.x.first(len(index)).(*tensor.Tensor),
		Y:      s.y.first(len(index)),
		More:   more,
		Index:  index,
		Epoch:  epoch,
		Number: number,
	}
	s.err = nil
	s.pending.Store(int32(chunks))
}

// read reads sample i of the batch.
func (s *slot) read(ds Dataset, seed uint64, i int) {
	dst := Sample{X: s.x.row(i).(*tensor.Tensor), Y: s.y.row(i), More: s.rows[i], Seed: seed, Epoch: s.batch.Epoch}
	err := ds.Read(s.batch.Index[i], dst)
	if err == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err == nil || i < s.errPlace { // the same error however goroutines run
		s.errPlace = i
		s.err = fmt.Errorf("data: Loader: epoch %d, batch %d: sample %d: %w", s.batch.Epoch, s.batch.Number, s.batch.Index[i], err)
	}
}

// field is the memory of the inputs or of the targets of a batch.
type field interface {
	first(n int) tensor.Any // a batch of n samples
	row(i int) tensor.Any   // sample i
	cut(n, steps int)       // the batch of n samples, with their first steps alone
}

// column is a [field] of one element type. All headers are made ahead, so that
// using them allocates nothing.
type column[T tensor.Element] struct {
	data  []T
	size  int          // elements of a sample
	shape tensor.Shape // [N, …]
	short tensor.Shape // of a batch that was cut
	batch tensor.Array[T]
	rows  []tensor.Array[T]
}

func newColumn[T tensor.Element](n int, sample tensor.Shape) *column[T] {
	size := sample.Size()
	c := &column[T]{
		data:  make([]T, n*size),
		size:  size,
		shape: append(tensor.Shape{n}, sample...),
		rows:  make([]tensor.Array[T], n),
	}
	for i := range c.rows {
		c.rows[i].Bind(c.data[i*size:(i+1)*size], sample)
	}
	return c
}

func (c *column[T]) first(n int) tensor.Any {
	c.shape[0] = n
	return c.batch.Bind(c.data[:n*c.size], c.shape)
}

func (c *column[T]) row(i int) tensor.Any { return &c.rows[i] }
