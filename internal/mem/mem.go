// Package mem recycles float32 buffers, so that a step that has run once runs
// again without allocating.
//
// Buffers come in size classes, four to each power of two; a request is served
// by a buffer of its class that was given back, else by a new one. What a
// buffer holds is not defined: whoever takes it overwrites it.
package mem

import (
	"math"
	"math/bits"
	"slices"
	"sort"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Align is the alignment of every buffer in bytes, a cache line and the widest
// vector register.
const Align = 64

const lane = Align / 4 // floats in Align bytes

// Poison, set by tests, fills returned buffers with NaN, so that use after
// release shows in the results.
var Poison atomic.Bool

var classes [4 * 64]struct {
	sync.Mutex
	free [][]float32
}

// class returns the size class that serves n floats and its capacity.
func class(n int) (index, capacity int) {
	n = max(n, lane)
	e := bits.Len(uint(n-1)) - 1 // 2^e ≤ n-1 < 2^(e+1)
	step := 1 << max(e-2, 0)
	q := (n - 1 - 1<<e) / step // quarter of the octave, 0 to 3
	return 4*e + q, 1<<e + (q+1)*step
}

// Get returns a buffer of n floats whose first element is aligned to [Align]
// bytes. Its contents are undefined. Get(0) returns nil.
func Get(n int) []float32 {
	if n == 0 {
		return nil
	}
	i, c := class(n)
	k := &classes[i]
	k.Lock()
	if l := len(k.free); l > 0 {
		s := k.free[l-1]
		k.free[l-1] = nil
		k.free = k.free[:l-1]
		k.Unlock()
		return s[:n]
	}
	k.Unlock()
	return aligned(c)[:n]
}

// aligned returns a new buffer of capacity c.
func aligned(c int) []float32 {
	s := make([]float32, c+lane-1)
	skip := 0
	if r := uintptr(unsafe.Pointer(unsafe.SliceData(s))) % Align; r != 0 {
		skip = int(Align-r) / 4
	}
	return s[skip : skip+c : skip+c]
}

// Put gives back a buffer that Get returned, or any prefix of it. The caller
// must not use it, nor a slice of it, afterwards. Put(nil) does nothing.
func Put(s []float32) {
	if cap(s) == 0 {
		return
	}
	s = s[:cap(s)]
	k := &classes[spoil(s)]
	k.Lock()
	k.free = append(k.free, s)
	k.Unlock()
}

// spoil returns the class of a buffer that nobody uses any longer.
func spoil(s []float32) (index int) {
	index, c := class(len(s))
	if c != len(s) {
		panic("mem: a buffer is given back that was not got here")
	}
	if Poison.Load() {
		nan := float32(math.NaN())
		for i := range s {
			s[i] = nan
		}
	}
	return index
}

// large is the capacity from which on [Borrow] has buffers of its own.
const large = 1 << 16

// borrowed holds those that are free, by rising capacity.
var borrowed struct {
	sync.Mutex
	free [][]float32
}

// Borrow is [Get] for what is not kept for long and differs in size from one use to the
// next: what one operation works with, and gradients on the way back. Few large buffers
// serve them all: Borrow takes the smallest that is free and large enough; if there is
// none, the largest that is free goes for a new one. So there are as many as were in use
// at once, at worst all as large as the largest.
func Borrow(n int) []float32 {
	_, c := class(n)
	if c < large {
		return Get(n)
	}
	b := &borrowed
	b.Lock()
	i := sort.Search(len(b.free), func(i int) bool { return cap(b.free[i]) >= c })
	if i < len(b.free) {
		s := b.free[i]
		b.free = slices.Delete(b.free, i, i+1)
		b.Unlock()
		return s[:n]
	}
	if i > 0 {
		b.free = slices.Delete(b.free, i-1, i)
	}
	b.Unlock()
	return aligned(c)[:n]
}

// Return gives back a buffer that [Borrow] returned, or any prefix of it, as [Put] does.
func Return(s []float32) {
	if cap(s) < large {
		Put(s)
		return
	}
	s = s[:cap(s)]
	spoil(s)
	b := &borrowed
	b.Lock()
	i := sort.Search(len(b.free), func(i int) bool { return cap(b.free[i]) >= len(s) })
	b.free = slices.Insert(b.free, i, s)
	b.Unlock()
}

// Trim drops every buffer that is not in use, for the garbage collector to
// take.
func Trim() {
	for i := range classes {
		k := &classes[i]
		k.Lock()
		k.free = nil
		k.Unlock()
	}
	borrowed.Lock()
	borrowed.free = nil
	borrowed.Unlock()
}
