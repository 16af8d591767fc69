package data

import (
	"errors"
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// RandomApply applies transforms, all of them one after the other, with
// probability p. Together they must keep the shape of their input. It is
// torchvision's RandomApply.
func RandomApply(p float64, transforms ...Transform) Transform { return randomApply{p, transforms} }

type randomApply struct {
	P          float64  `json:"p"`
	Transforms Pipeline `json:"transforms"`
}

func (t randomApply) check() error {
	if err := probability("RandomApply", t.P); err != nil {
		return err
	}
	if err := t.Transforms.check(); err != nil {
		return fmt.Errorf("RandomApply: %w", err)
	}
	return nil
}

func (t randomApply) Shape(in tensor.Shape) (tensor.Shape, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	out, err := t.Transforms.Shape(in)
	if err != nil {
		return nil, fmt.Errorf("RandomApply: %w", err)
	}
	if !out.Equal(in) {
		return nil, fmt.Errorf("RandomApply: the transforms make %v of %v, want the same shape", out, in)
	}
	return in, nil
}

func (t randomApply) Apply(dst, src *tensor.Tensor, r *Rand) error { return applyTo(t, dst, src, r) }

func (t randomApply) prepare(in tensor.Shape) (applier, error) {
	a, err := t.Transforms.prepare(in)
	return applied{t.P, a}, err
}

// applied is a prepared [RandomApply].
type applied struct {
	p          float64
	transforms applier
}

func (a applied) Apply(dst, src *tensor.Tensor, r *Rand) error {
	if !r.chance(a.p) {
		copy(dst.Data(), src.Data())
		return nil
	}
	return a.transforms.Apply(dst, src, r)
}

// RandomChoice applies one of several transforms, each with the same
// probability. All must give the same shape. It is torchvision's RandomChoice;
// use a [Pipeline] as one of the transforms to apply several.
func RandomChoice(transforms ...Transform) Transform { return randomChoice{transforms} }

type randomChoice struct {
	Transforms Pipeline `json:"transforms"`
}

func (t randomChoice) check() error {
	if len(t.Transforms) == 0 {
		return errors.New("RandomChoice: no transforms")
	}
	if err := t.Transforms.check(); err != nil {
		return fmt.Errorf("RandomChoice: %w", err)
	}
	return nil
}

func (t randomChoice) Shape(in tensor.Shape) (tensor.Shape, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	var first tensor.Shape
	for k, c := range t.Transforms {
		out, err := after(c, in)
		if err != nil {
			return nil, fmt.Errorf("RandomChoice: transform %d: %w", k, err)
		}
		if k == 0 {
			first = out
		}
		if !out.Equal(first) {
			return nil, fmt.Errorf("RandomChoice: transform %d makes %v of %v, want %v as transform 0 does", k, out, in, first)
		}
	}
	return first, nil
}

func (t randomChoice) Apply(dst, src *tensor.Tensor, r *Rand) error { return applyTo(t, dst, src, r) }

func (t randomChoice) prepare(in tensor.Shape) (applier, error) {
	var c chosen
	for _, s := range t.Transforms {
		a, err := Pipeline{s}.prepare(in)
		if err != nil {
			return nil, err
		}
		c = append(c, a)
	}
	return c, nil
}

// chosen is a prepared [RandomChoice].
type chosen []applier

func (c chosen) Apply(dst, src *tensor.Tensor, r *Rand) error {
	return c[r.IntN(len(c))].Apply(dst, src, r)
}
