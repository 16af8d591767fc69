package data

import (
	"fmt"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/internal/rng"
)

// Split divides ds at random into parts that have no sample in common. Part k
// has a share of fractions[k] of the samples, to within one sample; fractions
// are positive and add up to at most 1, and samples beyond their sum are left
// out. Within a part, samples keep the order they have in ds.
//
//	parts, err := data.Split(ds, 1, 0.8, 0.1, 0.1)
//	train, valid, test := parts[0], parts[1], parts[2]
//
// The same seed divides data sets of the same length in the same way.
func Split(ds Dataset, seed uint64, fractions ...float64) ([]Dataset, error) {
	shares, err := shares("Split", ds, fractions)
	if err != nil {
		return nil, err
	}
	all := make([]int, ds.Len())
	rng.New(seed, rng.Hash("data.Split")).Perm(all)
	return deal(ds, [][]int{all}, shares, len(fractions)), nil
}

// StratifiedSplit is a [Split] in which every part has its share of every
// class, to within one sample. The targets of ds must be single classes.
func StratifiedSplit(ds Dataset, seed uint64, fractions ...float64) ([]Dataset, error) {
	shares, err := shares("StratifiedSplit", ds, fractions)
	if err != nil {
		return nil, err
	}
	classes, err := byClass("StratifiedSplit", ds)
	if err != nil {
		return nil, err
	}
	for c, members := range classes {
		rng.New(seed, rng.Mix(rng.Hash("data.StratifiedSplit"), uint64(c))).Shuffle(members)
	}
	return deal(ds, classes, shares, len(fractions)), nil
}

// byClass returns the samples of each class.
func byClass(op string, ds Dataset) ([][]int, error) {
	s := ds.Spec()
	if s.Err != nil {
		return nil, s.Err
	}
	classes := make([][]int, max(s.Classes, 0))
	for i := range ds.Len() {
		c, err := Label(ds, i)
		if err != nil {
			return nil, fmt.Errorf("data: %s: sample %d: %w", op, i, err)
		}
		if c < 0 || c >= len(classes) {
			return nil, fmt.Errorf("data: %s: sample %d has label %d, want 0 to %d", op, i, c, len(classes)-1)
		}
		classes[c] = append(classes[c], i)
	}
	return classes, nil
}

// shares checks fractions and returns them with what is missing to 1, if
// anything, as one more part.
func shares(op string, ds Dataset, fractions []float64) ([]float64, error) {
	const slack = 1e-9 // for sums such as 0.7 + 0.2 + 0.1
	if err := ds.Spec().Err; err != nil {
		return nil, err
	}
	sum := 0.0
	for k, f := range fractions {
		if !(f > 0) {
			return nil, fmt.Errorf("data: %s: fraction %d is %v, want more than 0", op, k, f)
		}
		sum += f
	}
	switch {
	case len(fractions) == 0:
		return nil, fmt.Errorf("data: %s: no fractions", op)
	case sum > 1+slack:
		return nil, fmt.Errorf("data: %s: fractions %v add up to %v, want at most 1", op, fractions, sum)
	case sum > 1-slack:
		return fractions, nil
	}
	return append(slices.Clone(fractions), 1-sum), nil
}

// deal divides each group according to shares and returns the first parts.
//
// Of a group of n a part gets ⌊share·n⌋. What remains, less than one for each
// part, goes one by one to the parts that are furthest behind their share of
// all groups so far, so that small groups do not all favour the same part.
func deal(ds Dataset, groups [][]int, shares []float64, parts int) []Dataset {
	members := make([][]int, len(shares))
	behind := make([]float64, len(shares))
	for _, group := range groups {
		count := make([]int, len(shares))
		rest := len(group)
		for k, share := range shares {
			want := share * float64(len(group))
			count[k] = int(math.Floor(want))
			rest -= count[k]
			behind[k] += want - float64(count[k])
		}
		for extra := make([]bool, len(shares)); rest > 0; rest-- {
			k := furthestBehind(behind, extra)
			extra[k] = true
			count[k]++
			behind[k]--
		}
		for k, n := range count {
			members[k] = append(members[k], group[:n]...)
			group = group[n:]
		}
	}
	sets := make([]Dataset, parts)
	for k := range sets {
		slices.Sort(members[k])
		sets[k] = Subset(ds, members[k])
	}
	return sets
}

// furthestBehind returns the first part that lacks most and has had nothing
// extra.
func furthestBehind(behind []float64, extra []bool) int {
	best := -1
	for k, b := range behind {
		if !extra[k] && (best < 0 || b > behind[best]) {
			best = k
		}
	}
	return best
}
