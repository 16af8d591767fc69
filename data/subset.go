package data

import (
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/internal/rng"
	"github.com/gannet-ml/gannet/tensor"
)

// Subset returns the samples of ds with the given indices, in their order; an
// index may come more than once.
func Subset(ds Dataset, indices []int) Dataset {
	s := &subset{ds: ds, spec: ds.Spec(), indices: slices.Clone(indices)}
	for i, j := range indices {
		if s.spec.Err == nil && (j < 0 || j >= ds.Len()) {
			s.spec.Err = fmt.Errorf("data: Subset: index %d is %d, want 0 to %d", i, j, ds.Len()-1)
		}
	}
	return s
}

type subset struct {
	ds      Dataset
	spec    Spec
	indices []int
}

func (s *subset) Len() int   { return len(s.indices) }
func (s *subset) Spec() Spec { return s.spec }

func (s *subset) Read(i int, dst Sample) error {
	if err := s.spec.check("Subset", i, len(s.indices), dst); err != nil {
		return err
	}
	return s.ds.Read(s.indices[i], dst)
}

func (s *subset) Label(i int) (int, error) {
	if s.spec.Err != nil {
		return 0, s.spec.Err
	}
	if i < 0 || i >= len(s.indices) {
		return 0, fmt.Errorf("data: Subset: no sample %d, have %d", i, len(s.indices))
	}
	return Label(s.ds, s.indices[i])
}

// Concat returns the samples of several data sets, one set after the other. The
// sets must have samples of one shape, also of further inputs, and the same number
// of classes.
func Concat(sets ...Dataset) Dataset {
	c := &concat{sets: sets, spec: common("Concat", sets)}
	for _, ds := range sets {
		c.n += ds.Len()
		c.ends = append(c.ends, c.n)
	}
	return c
}

// common returns the Spec of sets that have samples of one shape and the same
// number of classes; others, and no sets, are its Err.
func common(op string, sets []Dataset) Spec {
	if len(sets) == 0 {
		return Spec{Err: fmt.Errorf("data: %s: no data sets", op)}
	}
	c := sets[0].Spec()
	for k, ds := range sets {
		s := ds.Spec()
		if c.Err == nil {
			c.Err = s.Err
		}
		if c.Err == nil && !slices.EqualFunc(s.More, c.More, tensor.Shape.Equal) {
			c.Err = fmt.Errorf("data: %s: set %d has further inputs %v, want %v as set 0 has", op, k, s.More, c.More)
		}
		if c.Err == nil && (!s.X.Equal(c.X) || !s.Y.Equal(c.Y) || s.Classes != c.Classes) {
			c.Err = fmt.Errorf("data: %s: set %d has X %v, Y %v and %d classes, want X %v, Y %v and %d classes as set 0 has",
				op, k, s.X, s.Y, s.Classes, c.X, c.Y, c.Classes)
		}
	}
	return c
}

type concat struct {
	sets []Dataset
	ends []int // of each set, in the numbering of the whole
	spec Spec
	n    int
}

func (c *concat) Len() int   { return c.n }
func (c *concat) Spec() Spec { return c.spec }

// find returns which set sample i is in and its index there.
func (c *concat) find(i int) (set, index int) {
	set, _ = slices.BinarySearch(c.ends, i+1)
	if set > 0 {
		i -= c.ends[set-1]
	}
	return set, i
}

func (c *concat) Read(i int, dst Sample) error {
	if err := c.spec.check("Concat", i, c.n, dst); err != nil {
		return err
	}
	set, i := c.find(i)
	// Sample i of each set has randomness of its own.
	dst.Seed = rng.Mix(dst.Seed, uint64(set))
	return c.sets[set].Read(i, dst)
}

func (c *concat) Label(i int) (int, error) {
	if c.spec.Err != nil {
		return 0, c.spec.Err
	}
	if i < 0 || i >= c.n {
		return 0, fmt.Errorf("data: Concat: no sample %d, have %d", i, c.n)
	}
	set, i := c.find(i)
	return Label(c.sets[set], i)
}
