package parallel

import (
	"sync"
	"sync/atomic"
	"testing"
)

type counter struct {
	hits  []atomic.Int32
	inUse [MaxWorkers]atomic.Bool
	clash atomic.Bool
	inner Task
}

func (c *counter) Do(worker, i int) {
	if c.inUse[worker].Swap(true) {
		c.clash.Store(true)
	}
	c.hits[i].Add(1)
	if c.inner != nil {
		For(3, c.inner)
	}
	c.inUse[worker].Store(false)
}

func (c *counter) check(t *testing.T, want int32) {
	t.Helper()
	if c.clash.Load() {
		t.Error("two parts ran under one worker number at once")
	}
	for i := range c.hits {
		if got := c.hits[i].Load(); got != want {
			t.Fatalf("part %d ran %d times, want %d", i, got, want)
		}
	}
}

func TestFor(t *testing.T) {
	for _, workers := range []int{1, 2, 7, 64} {
		defer SetWorkers(SetWorkers(workers))
		for _, n := range []int{0, 1, 2, 3, 100, 1000} {
			c := &counter{hits: make([]atomic.Int32, n)}
			for range 50 {
				For(n, c)
			}
			c.check(t, 50)
		}
	}
}

func TestForNestedAndConcurrent(t *testing.T) {
	defer SetWorkers(SetWorkers(4))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			inner := &sum{}
			c := &counter{hits: make([]atomic.Int32, 40), inner: inner}
			For(40, c)
			c.check(t, 1)
			if got := inner.n.Load(); got != 40*(0+1+2) {
				t.Errorf("inner jobs summed to %d, want %d", got, 40*3)
			}
		})
	}
	wg.Wait()
}

type sum struct{ n atomic.Int64 }

func (s *sum) Do(_, i int) { s.n.Add(int64(i)) }

type panics struct{}

func (panics) Do(_, i int) {
	if i == 5 {
		panic("part 5")
	}
}

func TestForPanics(t *testing.T) {
	defer SetWorkers(SetWorkers(3))
	for range 20 {
		func() {
			defer func() {
				if v := recover(); v != "part 5" {
					t.Errorf("recovered %v, want part 5", v)
				}
			}()
			For(10, panics{})
		}()
	}
	s := &sum{}
	For(10, s) // the pool still works
	if got := s.n.Load(); got != 45 {
		t.Errorf("after a panic the parts summed to %d, want 45", got)
	}
}

// TestRunAlone: a job ends without helpers that do not begin, whether they watch for
// work or are parked, and does not call them once it has ended.
func TestRunAlone(t *testing.T) {
	for _, state := range []int32{idle, parked} {
		h := &helper{wake: make(chan struct{}, 1)} // that nobody serves
		h.state.Store(state)
		p := pool{helpers: []*helper{h}, finished: make(chan struct{}, 1)}
		c := &counter{hits: make([]atomic.Int32, 10)}
		for range 3 {
			p.run(2, len(c.hits), c)
		}
		c.check(t, 3)
		if got := h.state.Load(); got != idle {
			t.Errorf("the helper is left in state %d, want %d", got, idle)
		}
		if woken := len(h.wake); woken != int(state/parked) {
			t.Errorf("the helper was woken %d times, want %d", woken, state/parked)
		}
	}
}

func TestForAllocatesNothing(t *testing.T) {
	defer SetWorkers(SetWorkers(4))
	s := &sum{}
	if n := testing.AllocsPerRun(100, func() { For(16, s) }); n != 0 {
		t.Errorf("For allocates %v times, want 0", n)
	}
}

func BenchmarkFor(b *testing.B) {
	s := &sum{}
	for b.Loop() {
		For(2, s)
	}
}
