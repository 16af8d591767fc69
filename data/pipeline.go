package data

import (
	"errors"
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// Pipeline is transforms applied one after the other. It is a [Transform]
// itself, so that what was trained with can be kept with the model and applied
// to what the model is asked about:
//
//	preprocess := data.Pipeline{data.Resize(32, 32), data.Normalize(mean, std)}
//	train = data.Map(train, data.RandomHorizontalFlip(0.5), preprocess)
//	… // nn.Save with nn.Info{Preprocess: preprocess}
//	x, err := info.Preprocess.Run(picture)
//
// An empty Pipeline changes nothing. As JSON a Pipeline is a list of
//
//	{"type": "Resize", "settings": {"height": 32, "width": 32, "interpolation": "bilinear"}}
//
// with the names under which the transforms are known to [RegisterTransform].
// What is read from JSON is checked: neither unknown types and settings nor
// impossible ones are accepted. In memory and in files alike, no transform may
// enlarge a sample to more than 2²⁶ values.
type Pipeline []Transform

// Shape returns the shape of the result, or the error of the first transform
// that does not fit.
func (p Pipeline) Shape(in tensor.Shape) (tensor.Shape, error) {
	for k, t := range p {
		out, err := after(t, in)
		if err != nil {
			return nil, fmt.Errorf("Pipeline: transform %d: %w", k, err)
		}
		in = out
	}
	return in, nil
}

// Apply writes src, changed by all transforms, to dst. Transform k has
// randomness of its own.
func (p Pipeline) Apply(dst, src *tensor.Tensor, r *Rand) error { return applyTo(p, dst, src, r) }

// Run returns x, a single sample, changed by all transforms. Random ones use
// the randomness of seed 0. Many goroutines may call it at once.
func (p Pipeline) Run(x *tensor.Tensor) (*tensor.Tensor, error) {
	if x == nil {
		return nil, errors.New("data: Pipeline: x is nil")
	}
	c, err := newChain(p, x.Shape().Clone(), false)
	if err != nil {
		return nil, fmt.Errorf("data: Pipeline: %w", err)
	}
	y := tensor.Make[float32](c.out()...)
	r := newRand("data.Transform", Sample{}, 0)
	if err := c.Apply(y, x.Clone(), &r); err != nil {
		return nil, fmt.Errorf("data: Pipeline: %w", err)
	}
	return y, nil
}

func (p Pipeline) prepare(in tensor.Shape) (applier, error) {
	c, err := newChain(p, in, false)
	if err != nil {
		return nil, fmt.Errorf("Pipeline: %w", err)
	}
	return c, nil
}

// applyTo is Apply of a transform that has not been prepared.
func applyTo(t preparer, dst, src *tensor.Tensor, r *Rand) error {
	a, err := t.prepare(src.Shape().Clone())
	if err != nil {
		return err
	}
	return a.Apply(dst, src, r)
}

// check reports settings that are impossible for any input.
func (p Pipeline) check() error {
	for k, t := range p {
		if c, ok := t.(checker); ok {
			if err := c.check(); err != nil {
				return fmt.Errorf("transform %d: %w", k, err)
			}
		}
	}
	return nil
}

// checker is a transform whose settings can be checked without an input.
type checker interface{ check() error }
