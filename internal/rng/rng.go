// Package rng is the library's source of randomness: a counter-based generator,
// so that number i of a stream can be had without the ones before it, by any
// goroutine, in any order.
//
// A stream is named by a seed and a number; what uses randomness derives the
// number from what it is, such as a parameter's path or a step and an operation
// of it, so that adding one use does not change another.
//
// The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random
// numbers: as easy as 1, 2, 3; SC11).
package rng

import (
	"math"
	"math/bits"
)

// Stream is an endless sequence of random numbers with random access. It is a
// small value, safe to copy and to use from many goroutines.
type Stream struct{ k0, k1, c2, c3 uint32 }

// New returns a stream of a seed.
func New(seed, stream uint64) Stream {
	return Stream{uint32(seed), uint32(seed >> 32), uint32(stream), uint32(stream >> 32)}
}

// Hash turns a name into a stream number (64-bit FNV-1a).
func Hash(name string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * 1099511628211
	}
	return h
}

// Mix derives a stream number from several (the finaliser of SplitMix64,
// chained).
func Mix(parts ...uint64) uint64 {
	h := uint64(0)
	for _, p := range parts {
		h += p + 0x9e3779b97f4a7c15
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	return h
}

// Block returns numbers 4i to 4i+3.
func (s Stream) Block(i uint64) [4]uint32 {
	c0, c1, c2, c3 := uint32(i), uint32(i>>32), s.c2, s.c3
	k0, k1 := s.k0, s.k1
	for range 10 {
		h0, l0 := bits.Mul32(0xd2511f53, c0)
		h1, l1 := bits.Mul32(0xcd9e8d57, c2)
		c0, c1, c2, c3 = h1^c1^k0, l1, h0^c3^k1, l0
		k0 += 0x9e3779b9
		k1 += 0xbb67ae85
	}
	return [4]uint32{c0, c1, c2, c3}
}

// Uint32 returns number i.
func (s Stream) Uint32(i uint64) uint32 { return s.Block(i / 4)[i%4] }

// unit maps a number to [0, 1) in steps of 2⁻²⁴.
func unit(u uint32) float32 { return float32(u>>8) * (1.0 / (1 << 24)) }

// Float32 returns number i as a float in [0, 1).
func (s Stream) Float32(i uint64) float32 { return unit(s.Uint32(i)) }

// Floats fills dst with numbers first, first+1, … as floats in [0, 1).
func (s Stream) Floats(dst []float32, first uint64) {
	for len(dst) > 0 {
		b := s.Block(first / 4)
		for j := first % 4; j < 4 && len(dst) > 0; j++ {
			dst[0] = unit(b[j])
			dst = dst[1:]
			first++
		}
	}
}

// Normals fills dst with numbers first, first+1, … of the standard normal
// distribution (Box and Muller 1958; numbers 2i and 2i+1 come from the
// uniforms 2i and 2i+1).
func (s Stream) Normals(dst []float32, first uint64) {
	for len(dst) > 0 {
		b := s.Block(first / 4)
		var v [4]float64
		for j := 0; j < 4; j += 2 {
			// 1-u is in (0, 1], so the logarithm is finite.
			r := math.Sqrt(-2 * math.Log(1-float64(b[j])*(1.0/(1<<32))))
			sin, cos := math.Sincos(2 * math.Pi * float64(b[j+1]) * (1.0 / (1 << 32)))
			v[j], v[j+1] = r*cos, r*sin
		}
		for j := first % 4; j < 4 && len(dst) > 0; j++ {
			dst[0] = float32(v[j])
			dst = dst[1:]
			first++
		}
	}
}

// IntN returns number i as an integer in [0, n) for 0 < n ≤ 2³¹. The bias is
// at most n/2⁶⁴, since two numbers, 2i and 2i+1, go into it.
func (s Stream) IntN(i uint64, n int) int {
	b := s.Block(i / 2)
	j := 2 * (i % 2)
	hi, _ := bits.Mul64(uint64(b[j])<<32|uint64(b[j+1]), uint64(n))
	return int(hi)
}

// Perm fills dst with a random permutation of 0 to len(dst)-1 (Fisher and
// Yates).
func (s Stream) Perm(dst []int) {
	for i := range dst {
		dst[i] = i
	}
	s.Shuffle(dst)
}

// Shuffle brings dst into a random order.
func (s Stream) Shuffle(dst []int) {
	for i := len(dst) - 1; i > 0; i-- {
		j := s.IntN(uint64(i), i+1)
		dst[i], dst[j] = dst[j], dst[i]
	}
}
