package data

import (
	"github.com/gannet-ml/gannet/internal/rng"
)

// Rand is the source of randomness of one application of one [Transform]. Its
// numbers depend on the seed, the epoch, the index of the sample and the place
// of the transform, and on the draws made before.
type Rand struct {
	seed, number uint64 // of the stream
	stream       rng.Stream
	next         uint64 // place of the next draw
}

// newRand returns a source with numbers of its own for a use of randomness and a
// sample.
func newRand(use string, s Sample, i int) Rand {
	return streamOf(s.Seed, rng.Mix(rng.Hash(use), uint64(s.Epoch), uint64(i)))
}

func streamOf(seed, number uint64) Rand {
	return Rand{seed: seed, number: number, stream: rng.New(seed, number)}
}

// child returns the source of part k of what r is for. It does not depend on the
// draws that r has made.
func (r *Rand) child(k int) Rand { return streamOf(r.seed, rng.Mix(r.number, uint64(k))) }

// pair returns the place of the next two numbers that no other draw uses.
func (r *Rand) pair() uint64 {
	i := (r.next + 1) / 2
	r.next = 2*i + 2
	return i
}

// Float32 returns a number in [0, 1).
func (r *Rand) Float32() float32 {
	r.next++
	return r.stream.Float32(r.next - 1)
}

// uniform returns a number in [lo, hi).
func (r *Rand) uniform(lo, hi float64) float64 { return lo + (hi-lo)*float64(r.Float32()) }

// chance returns true with probability p.
func (r *Rand) chance(p float64) bool { return float64(r.Float32()) < p }

// Normal returns a number of the standard normal distribution.
func (r *Rand) Normal() float32 {
	var v [1]float32
	r.stream.Normals(v[:], 2*r.pair())
	return v[0]
}

// normals fills dst with numbers of the standard normal distribution.
func (r *Rand) normals(dst []float32) {
	first := 2 * r.pair()
	r.stream.Normals(dst, first)
	r.next = first + uint64(len(dst))
}

// IntN returns an integer in [0, n). It panics unless 0 < n ≤ 2³¹.
func (r *Rand) IntN(n int) int {
	if n <= 0 || int64(n) > 1<<31 {
		panic("data: Rand.IntN: n is out of range")
	}
	return r.stream.IntN(r.pair(), n)
}
