package data

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/rng"
	"github.com/gannet-ml/gannet/tensor"
)

// Transform changes the input of a sample. Many goroutines may use one
// Transform at once, so it keeps no state between samples.
type Transform interface {
	// Shape returns the shape of the result for an input of the given shape, or
	// an error if there is none.
	Shape(in tensor.Shape) (tensor.Shape, error)

	// Apply writes all of the result to dst. Both arrays are contiguous, have
	// the shapes that Shape relates and do not overlap; src may be overwritten.
	// Randomness comes from r alone.
	Apply(dst, src *tensor.Tensor, r *Rand) error
}

// Map returns ds with transforms applied to the input of every sample, one
// after the other, each time it is read; targets stay as they are.
//
//	train = data.Map(train, data.RandomCrop(32, 4), data.RandomHorizontalFlip(0.5), data.Normalize(mean, std))
//
// Further inputs stay as they are, too: Map the sets before they are put together
// by [Zip]. Random transforms choose anew for every sample and epoch, see [Rand].
// Transforms that do not fit the samples are an error of [Spec].Err.
func Map(ds Dataset, transforms ...Transform) Dataset {
	m := &mapped{ds: ds, spec: ds.Spec()}
	if m.spec.Err != nil {
		return m
	}
	m.chain, m.spec.Err = newChain(transforms, m.spec.X, true)
	if m.spec.Err != nil {
		m.spec.Err = fmt.Errorf("data: Map: %w", m.spec.Err)
		return m
	}
	m.spec.X = m.chain.out()
	return m
}

type mapped struct {
	ds    Dataset
	spec  Spec
	chain *chain
}

func (m *mapped) Len() int   { return m.ds.Len() }
func (m *mapped) Spec() Spec { return m.spec }

func (m *mapped) Label(i int) (int, error) {
	if m.spec.Err != nil {
		return 0, m.spec.Err
	}
	return Label(m.ds, i)
}

func (m *mapped) Read(i int, dst Sample) error {
	if err := m.spec.check("Map", i, m.Len(), dst); err != nil {
		return err
	}
	if len(m.chain.steps) == 0 {
		return m.ds.Read(i, dst)
	}
	l := m.chain.pool.Get().(*links)
	defer m.chain.pool.Put(l)
	// A Map of a Map must not repeat its random numbers: the inner one gets
	// another seed.
	inner := Sample{X: l.inputs[0], Y: dst.Y, More: dst.More, Seed: rng.Mix(dst.Seed), Epoch: dst.Epoch, fixed: dst.fixed}
	if err := m.ds.Read(i, inner); err != nil {
		return err
	}
	random, err := m.chain.run(l, dst.X, inner.X, newRand("data.Transform", dst, i))
	if err != nil {
		return fmt.Errorf("data: Map: %w", err)
	}
	if dst.fixed && random >= 0 {
		return fmt.Errorf("data: Cache: transform %d of a Map is random; put the Map above the Cache", random)
	}
	return nil
}
