package parallel

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// spins bounds how long an idle goroutine watches for work before it parks.
// Waking a parked thread costs some 100 µs on a virtual machine, more than most
// of our jobs last; jobs follow each other within a few microseconds while a
// network runs, and an idle program should cost nothing. One spin is some 40 ns
// to 100 ns, so the bound is of the order of 100 µs.
const spins = 1000

// pool is a set of helpers that serve one job at a time.
type pool struct {
	busy    sync.Mutex // held while a job runs; guards what follows
	helpers []*helper

	task     Task
	lanes    []lane       // one for each worker
	running  atomic.Int32 // workers that have not finished the job
	finished chan struct{}
	panicked atomic.Pointer[recovered]
}

// lane is a share of the parts of a job, which belongs to one worker first. Jobs
// that follow each other mostly work on the same data, so with the same part of it
// the worker finds it in its own caches: on machines whose cores do not share one,
// handing parts out in turn halved the speed of some jobs.
type lane struct {
	next atomic.Int64 // the next part to hand out
	end  int64
	_    [48]byte // to the end of the cache line
}

type recovered struct{ value any }

var shared = pool{finished: make(chan struct{}, 1)}

// The states of a helper.
const (
	idle   int32 = iota // watching for work, or waking up to do so
	called              // there is a job, until the caller has done all of it
	working
	parked // waiting for wake
)

type helper struct {
	state atomic.Int32
	wake  chan struct{}
	_     [64]byte // helpers watch their own cache line
}

// run gives the n parts of t to w workers, the caller being worker 0.
func (p *pool) run(w, n int, t Task) *recovered {
	for len(p.helpers) < w-1 {
		h := &helper{wake: make(chan struct{}, 1)}
		p.helpers = append(p.helpers, h)
		go p.serve(h, len(p.helpers))
	}
	for len(p.lanes) < w {
		p.lanes = append(p.lanes, lane{})
	}
	p.task, p.lanes = t, p.lanes[:w]
	for i := range p.lanes {
		p.lanes[i].next.Store(int64(i * n / w))
		p.lanes[i].end = int64((i + 1) * n / w)
	}
	p.running.Store(int32(w))
	for _, h := range p.helpers[:w-1] {
		if h.state.Swap(called) == parked {
			h.wake <- struct{}{}
		}
	}
	p.work(0)
	// All parts are handed out. Helpers that have not begun, since they were parked, are
	// not waited for.
	done := int32(1)
	for _, h := range p.helpers[:w-1] {
		if h.state.CompareAndSwap(called, idle) {
			done++
		}
	}
	if p.running.Add(-done) != 0 {
		if w <= runtime.GOMAXPROCS(0) {
			for i := 0; i < spins && len(p.finished) == 0; i++ {
				pause()
			}
		}
		<-p.finished
	}
	p.task = nil
	return p.panicked.Swap(nil)
}

// serve is the life of helper h, worker number id.
func (p *pool) serve(h *helper, id int) {
	for {
		for i := 0; !h.state.CompareAndSwap(called, working); i++ {
			if i < spins && id < runtime.GOMAXPROCS(0) {
				pause()
			} else if h.state.CompareAndSwap(idle, parked) {
				<-h.wake
				i = 0
			}
		}
		p.work(id)
		h.state.Store(idle) // before the job ends, so that the next may call
		if p.running.Add(-1) == 0 {
			p.finished <- struct{}{}
		}
	}
}

// work takes parts until none is left, first those of the worker's own lane, then
// what is left of the others.
func (p *pool) work(id int) {
	defer func() {
		if v := recover(); v != nil {
			p.panicked.CompareAndSwap(nil, &recovered{v})
			for i := range p.lanes { // hand out no more
				p.lanes[i].next.Store(p.lanes[i].end)
			}
		}
	}()
	t, lanes := p.task, p.lanes
	for k := range lanes {
		l := &lanes[(id+k)%len(lanes)]
		for i := l.next.Add(1) - 1; i < l.end; i = l.next.Add(1) - 1 {
			t.Do(id, int(i))
		}
	}
}
