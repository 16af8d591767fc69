package tensor

import "github.com/gannet-ml/gannet/internal/parallel"

// SetWorkers sets how many goroutines, the caller included, the library uses
// for one operation, and returns the previous setting; 0, the default, means
// GOMAXPROCS. Results do not depend on it, down to the last bit: work is cut by
// its shape alone.
//
// Operations that run at the same time share one set of goroutines: the first
// one uses them, the others run on their callers' goroutines, so that programs
// that are parallel already need not set anything.
func SetWorkers(n int) (previous int) { return parallel.SetWorkers(n) }

// Workers returns how many goroutines the library uses for one operation.
func Workers() int { return parallel.Workers() }
