// Package loop runs kernels that know contiguous memory alone over arrays that
// are strided, broadcast or both, on many goroutines.
//
// [Run] computes elementwise functions and [Reduce] sums, products and extremes
// over axes. Both first bring the axes into their simplest form: axes of size 1
// vanish and neighbours that every operand traverses without a gap become one,
// so that contiguous operands of one shape are a single run whatever their
// rank. What a kernel cannot read or write in place goes through scratch
// memory, a run at a time, where it stays in the first-level cache.
//
// Results do not depend on the number of goroutines: elementwise functions see
// each element once, and the order of a reduction follows from the shape and
// the axes alone, not from strides. In the steady state nothing is allocated.
package loop
