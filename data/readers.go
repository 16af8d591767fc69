package data

import (
	"sync"
	"sync/atomic"
)

// readers are the goroutines that read samples during one loop over
// [Loader.All].
type readers struct {
	l       *Loader
	work    chan chunk
	stopped atomic.Bool
	group   sync.WaitGroup
}

// chunk is a part of a batch, samples lo ≤ i < hi, for one goroutine to read.
type chunk struct {
	s      *slot
	lo, hi int
}

// chunks returns in how many parts n samples are read: some for each goroutine,
// so that a slow one does not hold up the others.
func (l *Loader) chunks(n int) int { return min(n, 4*l.workers) }

func (l *Loader) startReaders() *readers {
	r := &readers{l: l}
	// There is room for all chunks, so that begin never waits.
	r.work = make(chan chunk, len(l.ring)*l.chunks(l.rows()))
	for _, s := range l.ring {
		s.ready = make(chan struct{}, 1)
	}
	for range min(l.workers, l.rows()) {
		r.group.Go(r.run)
	}
	return r
}

// begin has batch b read into its slot.
func (r *readers) begin(epoch, b int) {
	index := r.l.samples(b)
	n := r.l.chunks(len(index))
	s := r.l.ring[b%len(r.l.ring)]
	s.begin(epoch, b, index, n)
	for i := range n {
		r.work <- chunk{s, i * len(index) / n, (i + 1) * len(index) / n}
	}
}

func (r *readers) run() {
	for c := range r.work {
		for i := c.lo; i < c.hi && !r.stopped.Load(); i++ {
			c.s.read(r.l.ds, r.l.sampleSeed(c.s, i), i)
		}
		if c.s.pending.Add(-1) == 0 {
			c.s.ready <- struct{}{}
		}
	}
}

// stop ends the goroutines and waits for them.
func (r *readers) stop() {
	r.stopped.Store(true)
	close(r.work)
	r.group.Wait()
}
