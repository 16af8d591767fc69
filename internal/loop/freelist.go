package loop

import "sync"

// FreeList keeps objects for reuse. Unlike a sync.Pool it never drops any, so
// that a program in its steady state allocates nothing. The zero value is empty.
type FreeList[T any] struct {
	mu   sync.Mutex
	free []*T
}

// Get returns an object that was put back, in the state it was in, or a new
// one.
func (l *FreeList[T]) Get() *T {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.free)
	if n == 0 {
		return new(T)
	}
	x := l.free[n-1]
	l.free = l.free[:n-1]
	return x
}

// Put gives an object back. It should hold no references to what its user
// brought.
func (l *FreeList[T]) Put(x *T) {
	l.mu.Lock()
	l.free = append(l.free, x)
	l.mu.Unlock()
}
