package data

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/internal/rng"
)

// Mix returns a data set of n samples in which the given sets have the shares
//
//	n · weights[k] / Σ weights
//
// to within one sample, spread evenly. In every epoch they are others: from each
// set they come in a random order, all of its samples once before any comes
// again, on from epoch to epoch. So a large set is used up in the course of
// epochs, and a small one repeats. The choice depends on the seed and the epoch.
//
//	train := data.Mix([]float64{3, 1}, 10_000, photos, drawings)
//
// The sets must have samples of one shape, also of further inputs, and the same
// number of classes; weights are at least 0. Since sample i differs from epoch to
// epoch, asking for its [Label] is an error: split the sets before they are mixed.
func Mix(weights []float64, n int, sets ...Dataset) Dataset {
	m := &mix{sets: sets, spec: common("Mix", sets)}
	if m.spec.Err == nil {
		m.spec.Err = m.set(weights, n)
	}
	return m
}

type mix struct {
	sets   []Dataset
	spec   Spec
	counts []int // of the samples of each set in an epoch
	places []place
}

// place says where a sample comes from.
type place struct {
	set  int32
	rank int32 // among those of its set
}

func (m *mix) set(weights []float64, n int) error {
	if n < 1 || n > maxDraws {
		return fmt.Errorf("data: Mix: n is %d, want 1 to %d", n, maxDraws)
	}
	if len(weights) != len(m.sets) {
		return fmt.Errorf("data: Mix: %d weights, want %d, one for each set", len(weights), len(m.sets))
	}
	s, err := sums("Mix", weights)
	if err != nil {
		return err
	}
	m.counts = apportion(n, weights, s[len(s)-1])
	for k, c := range m.counts {
		if c > 0 && m.sets[k].Len() == 0 {
			return fmt.Errorf("data: Mix: set %d is empty, want samples for weight %v", k, weights[k])
		}
	}
	m.places = spread(n, m.counts)
	return nil
}

// apportion divides n by weights, of the given sum: each share rounded down, and
// what remains one by one to the largest remainders.
func apportion(n int, weights []float64, sum float64) []int {
	counts, behind := make([]int, len(weights)), make([]float64, len(weights))
	rest := n
	for k, w := range weights {
		share := w / sum * float64(n)
		counts[k] = min(int(math.Floor(share)), rest)
		behind[k] = share - float64(counts[k])
		rest -= counts[k]
	}
	for extra := make([]bool, len(weights)); rest > 0; rest-- {
		k := furthestBehind(behind, extra)
		extra[k] = true
		counts[k]++
	}
	return counts
}

// spread returns n places in which sample j of the c of a set comes after a part
// (j+½)/c of the whole.
func spread(n int, counts []int) []place {
	all := make([]place, 0, n)
	for k, c := range counts {
		for j := range c {
			all = append(all, place{int32(k), int32(j)})
		}
	}
	slices.SortFunc(all, func(a, b place) int {
		// (a+½)/ca < (b+½)/cb, without fractions
		return cmp.Or(
			cmp.Compare((2*int64(a.rank)+1)*int64(counts[b.set]), (2*int64(b.rank)+1)*int64(counts[a.set])),
			cmp.Compare(a.set, b.set))
	})
	return all
}

func (m *mix) Len() int   { return len(m.places) }
func (m *mix) Spec() Spec { return m.spec }

func (m *mix) Read(i int, dst Sample) error {
	if err := m.spec.check("Mix", i, len(m.places), dst); err != nil {
		return err
	}
	if dst.fixed {
		return fmt.Errorf("data: Cache: a Mix differs from epoch to epoch; put the Mix above the Cache")
	}
	p := m.places[i]
	set := uint64(p.set)
	at := uint64(dst.Epoch)*uint64(m.counts[set]) + uint64(p.rank)
	index, pass := endless(dst.Seed, rng.Mix(rng.Hash("data.Mix"), set), at, m.sets[set].Len())
	// Each set, and each time a sample comes, has randomness of its own.
	dst.Seed = rng.Mix(dst.Seed, set, pass)
	return m.sets[set].Read(index, dst)
}

func (m *mix) Label(i int) (int, error) {
	if m.spec.Err != nil {
		return 0, m.spec.Err
	}
	return 0, fmt.Errorf("data: Mix: sample %d differs from epoch to epoch, so it has no label", i)
}
