package rng

import "math/bits"

// permRounds is how often PermAt mixes the halves of a number; four rounds
// suffice with random functions of large halves (Luby and Rackoff 1988), small
// ones need more.
const permRounds = 8

// PermAt returns number i, 0 ≤ i < n, of a random permutation of 0 to n-1, whose
// others it does not need to know.
//
// It is a Feistel network over the least even number of bits that n-1 fits in,
// applied again while its result is not below n (Black and Rogaway: Ciphers with
// arbitrary finite domains, 2002, method "cycle-walking").
func (s Stream) PermAt(i, n uint64) uint64 {
	half := max(1, (bits.Len64(n-1)+1)/2)
	mask := uint64(1)<<half - 1
	for {
		left, right := i>>half, i&mask
		for round := range uint64(permRounds) {
			left, right = right, left^uint64(s.Block(round<<32 | right)[0])&mask
		}
		if i = left<<half | right; i < n {
			return i
		}
	}
}
