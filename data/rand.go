package data

import (
	"github.com/gannet-ml/gannet/internal/rng"
)

// Rand is the source of randomness of one application of one [Transform]. Its
// numbers depend on the seed, the epoch, the index of the sample and the place
// of the transform, and on the draws made before.
type Rand struct {
	stream rng.Stream
	next   uint64 // number of the stream
}

// reset makes r the source for transform number k on sample i.
func (r *Rand) reset(s Sample, i, k int) {
	r.stream = rng.New(s.Seed, rng.Mix(rng.Hash("data.Transform"), uint64(s.Epoch), uint64(i), uint64(k)))
	r.next = 0
}

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

// Normal returns a number of the standard normal distribution.
func (r *Rand) Normal() float32 {
	var v [1]float32
	r.stream.Normals(v[:], 2*r.pair())
	return v[0]
}

// IntN returns an integer in [0, n). It panics unless 0 < n ≤ 2³¹.
func (r *Rand) IntN(n int) int {
	if n <= 0 || int64(n) > 1<<31 {
		panic("data: Rand.IntN: n is out of range")
	}
	return r.stream.IntN(r.pair(), n)
}
