package data

import (
	"fmt"
	"slices"
	"sync"

	"github.com/gannet-ml/gannet/internal/rng"
	"github.com/gannet-ml/gannet/tensor"
)

// Zip puts data sets of the same length together, for networks of several inputs:
// sample i has the input of sample i of ds, its target, and as further inputs,
// Sample.More, those of sample i of the others.
//
//	train := data.Zip(data.Map(photos, data.RandomHorizontalFlip(0.5)), rows)
//
// Should a set have further inputs itself, they come right after its first one.
// The targets of the others are read and ignored. Every set has randomness of its
// own; that of ds is what it has alone.
func Zip(ds Dataset, more ...Dataset) Dataset {
	z := &zipped{sets: append([]Dataset{ds}, more...), spec: ds.Spec()}
	z.spec.More = slices.Clone(z.spec.More)
	for k, set := range z.sets {
		s := set.Spec()
		z.targets = append(z.targets, Spec{X: tensor.Shape{0}, Y: s.Y, Classes: s.Classes})
		z.inputs = append(z.inputs, 1+len(s.More))
		if k > 0 {
			z.spec.More = append(append(z.spec.More, s.X), s.More...)
		}
	}
	z.spec.Err = z.check()
	z.pool.New = func() any { return z.newTargets() }
	return z
}

type zipped struct {
	sets    []Dataset
	spec    Spec
	targets []Spec    // of each set, without inputs
	inputs  []int     // how many each set has
	pool    sync.Pool // of *[]tensor.Any
}

// check reports sets that are broken, or differ in length.
func (z *zipped) check() error {
	n := z.Len()
	for k, set := range z.sets {
		if err := set.Spec().Err; err != nil {
			return fmt.Errorf("data: Zip: set %d: %w", k, err)
		}
		if set.Len() != n {
			return fmt.Errorf("data: Zip: set %d has %d samples, want %d as set 0 has", k, set.Len(), n)
		}
	}
	return nil
}

// newTargets returns memory for the targets that are ignored, those of all sets
// but the first.
func (z *zipped) newTargets() *[]tensor.Any {
	var y []tensor.Any
	for _, s := range z.targets[1:] {
		y = append(y, NewSample(s).Y)
	}
	return &y
}

func (z *zipped) Len() int   { return z.sets[0].Len() }
func (z *zipped) Spec() Spec { return z.spec }

func (z *zipped) Read(i int, dst Sample) error {
	if err := z.spec.check("Zip", i, z.Len(), dst); err != nil {
		return err
	}
	ignored := z.pool.Get().(*[]tensor.Any)
	defer z.pool.Put(ignored)
	more := dst.More
	for k, set := range z.sets {
		part := dst
		if k > 0 {
			part.X, part.Y = more[0], (*ignored)[k-1]
			part.Seed = rng.Mix(dst.Seed, uint64(k))
			more = more[1:]
		}
		n := z.inputs[k] - 1
		part.More, more = more[:n:n], more[n:]
		if err := set.Read(i, part); err != nil {
			return fmt.Errorf("data: Zip: set %d: %w", k, err)
		}
	}
	return nil
}

func (z *zipped) Label(i int) (int, error) {
	if z.spec.Err != nil {
		return 0, z.spec.Err
	}
	return Label(z.sets[0], i)
}
