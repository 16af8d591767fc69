package tensor

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/rng"
)

// Zeros returns a float array of zeros. It panics if a size is negative.
func Zeros(shape ...int) *Tensor { return Make[float32](shape...) }

// Ones returns a float array of ones. It panics if a size is negative.
func Ones(shape ...int) *Tensor { return Full[float32](1, shape...) }

// Full returns an array of which every element is v. It panics if a size is
// negative.
func Full[T Element](v T, shape ...int) *Array[T] {
	a := Make[T](shape...)
	a.Fill(v)
	return a
}

// Scalar returns an array of shape [], which broadcasts to any shape.
func Scalar[T Element](v T) *Array[T] { return New([]T{v}) }

// Fill sets every element of a to v.
func (a *Array[T]) Fill(v T) {
	var w walk
	w.init(a.Shape())
	w.add(a.Shape(), a.stride)
	for ok := w.start(); ok; ok = w.next() {
		row := a.data[w.off[0]:]
		for i := range w.len() {
			row[i*w.step(0)] = v
		}
	}
}

// Range returns the integers start, start+1, …, stop-1. It is empty if stop ≤
// start.
func Range(start, stop int) *Ints {
	a := Make[int](max(0, stop-start))
	for i := range a.data {
		a.data[i] = start + i
	}
	return a
}

// Arange returns the numbers start + i·step below stop or, if step is negative,
// above it. Each is computed in float64 and rounded once. It panics if step is
// 0 or the number of elements is not finite.
func Arange(start, stop, step float64) *Tensor {
	n := math.Ceil((stop - start) / step)
	if step == 0 || math.IsNaN(n) || n > math.MaxInt32 {
		panic(fmt.Sprintf("tensor: Arange(%v, %v, %v)", start, stop, step))
	}
	a := Make[float32](max(0, int(n)))
	for i := range a.data {
		a.data[i] = float32(start + float64(i)*step)
	}
	return a
}

// Linspace returns n numbers from lo to hi, both included, at equal distances.
// It panics if n is negative.
func Linspace(lo, hi float64, n int) *Tensor {
	a := Make[float32](n)
	for i := range a.data {
		a.data[i] = float32(lo + (hi-lo)*float64(i)/float64(max(n-1, 1)))
	}
	return a
}

// Eye returns the identity matrix of n rows. It panics if n is negative.
func Eye(n int) *Tensor {
	a := Make[float32](n, n)
	for i := range n {
		a.data[i*n+i] = 1
	}
	return a
}

// Uniform returns random numbers, uniform in [lo, hi). Like the other random
// arrays it depends on its arguments alone: an element on the seed and its
// position in row-major order, not on the shape. The functions use different
// streams of numbers, so that one seed serves several of them.
func Uniform(seed uint64, lo, hi float32, shape ...int) *Tensor {
	a := Make[float32](shape...)
	rng.New(seed, rng.Hash("tensor.Uniform")).Floats(a.data, 0)
	for i, u := range a.data {
		v := lo + float32((hi-lo)*u) // not fused, so that bits are the same everywhere
		if v >= hi && lo < hi {      // rounded up
			v = math.Nextafter32(hi, lo)
		}
		a.data[i] = v
	}
	return a
}

// Normal returns random numbers of the normal distribution of the given mean
// and standard deviation.
func Normal(seed uint64, mean, std float32, shape ...int) *Tensor {
	a := Make[float32](shape...)
	rng.New(seed, rng.Hash("tensor.Normal")).Normals(a.data, 0)
	for i, z := range a.data {
		a.data[i] = mean + float32(std*z)
	}
	return a
}

// Bernoulli returns random bools, each true with probability p.
func Bernoulli(seed uint64, p float64, shape ...int) *Bools {
	a := Make[bool](shape...)
	s := rng.New(seed, rng.Hash("tensor.Bernoulli"))
	for i := range a.data {
		a.data[i] = float64(s.Uint32(uint64(i))) < p*(1<<32)
	}
	return a
}

// Permutation returns the integers 0 to n-1 in random order. It panics if n is
// negative.
func Permutation(seed uint64, n int) *Ints {
	a := Make[int](n)
	rng.New(seed, rng.Hash("tensor.Permutation")).Perm(a.data)
	return a
}
