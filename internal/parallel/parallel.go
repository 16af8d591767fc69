// Package parallel runs independent tasks on a pool of goroutines.
//
// The parts of a job are numbered; how work is cut into parts is the caller's
// business and must follow from the shape of the work alone, never from the
// number of workers, so that results do not depend on it.
//
// One job runs on the pool at a time. A job started while the pool is taken,
// by another goroutine or by the part that starts it, runs on the calling
// goroutine alone: programs that are already parallel, such as servers, neither
// wait nor oversubscribe the machine.
package parallel

import (
	"runtime"
	"sync/atomic"
)

// Task is a job of numbered, independent parts.
type Task interface {
	// Do runs part i. Worker numbers the goroutine that runs it, from 0 to
	// MaxWorkers-1. No two parts of one job run under one number at once, so a
	// part may use it to choose scratch memory; it must not influence results.
	Do(worker, i int)
}

// MaxWorkers bounds the number of workers.
const MaxWorkers = 256

var limit atomic.Int32 // 0: GOMAXPROCS

// SetWorkers sets how many goroutines, the caller included, work on a job, and
// returns the previous setting. 0 means GOMAXPROCS, the default.
func SetWorkers(n int) (previous int) {
	return int(limit.Swap(int32(min(max(n, 0), MaxWorkers))))
}

// Workers returns how many goroutines work on a job.
func Workers() int {
	if n := int(limit.Load()); n > 0 {
		return n
	}
	return min(runtime.GOMAXPROCS(0), MaxWorkers)
}

// For runs t.Do for every part 0 ≤ i < n and returns when all have returned.
// It allocates nothing in the steady state. If a part panics, For panics with
// the same value in the calling goroutine once the others have ended.
func For(n int, t Task) {
	w := min(Workers(), n)
	if w <= 1 || !shared.busy.TryLock() {
		for i := range n {
			t.Do(0, i)
		}
		return
	}
	p := shared.run(w, n, t)
	shared.busy.Unlock()
	if p != nil {
		panic(p.value)
	}
}
