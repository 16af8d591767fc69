package data

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/rng"
)

// SplitByHash divides ds into parts by a key of each sample, such as the name of
// its file: a sample stays in its part when others are added, removed or put in
// another order, and samples with equal keys, such as all pictures of one person,
// stay together.
//
//	parts, err := data.SplitByHash(ds, ds.Name, 0.9, 0.1)
//
// Part k has the samples whose keys, hashed to numbers from 0 to 1, lie between
// the sum of the fractions before fractions[k] and that sum with it: about its
// share of different keys, not exactly. Fractions are those of [Split]. The hash,
// FNV-1a of 64 bits with the finaliser of SplitMix64, will not change.
func SplitByHash(ds Dataset, key func(i int) string, fractions ...float64) ([]Dataset, error) {
	if key == nil {
		return nil, fmt.Errorf("data: SplitByHash: key is nil")
	}
	shares, err := shares("SplitByHash", ds, fractions)
	if err != nil {
		return nil, err
	}
	members := make([][]int, len(shares))
	for i := range ds.Len() {
		k := partOf(unitFloat(rng.Mix(rng.Hash(key(i)))), shares)
		members[k] = append(members[k], i)
	}
	parts := make([]Dataset, len(fractions))
	for k := range parts {
		parts[k] = Subset(ds, members[k])
	}
	return parts, nil
}

// partOf returns which share of the whole u in [0, 1) lies in.
func partOf(u float64, shares []float64) int {
	last := len(shares) - 1
	for k, end := 0, 0.0; k < last; k++ {
		if end += shares[k]; u < end {
			return k
		}
	}
	return last
}
