package data

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// certain are the transforms of certain.py.
var certain = map[string]func(c *nntest.GoldenCase) Transform{
	"CenterCrop": func(c *nntest.GoldenCase) Transform { return CenterCrop(c.Int("size", 0)) },
	"Flatten":    func(*nntest.GoldenCase) Transform { return Flatten() },
	"Normalize":  func(c *nntest.GoldenCase) Transform { return Normalize(c.Floats("mean"), c.Floats("std")) },
	"Pad": func(c *nntest.GoldenCase) Transform {
		m := c.List("margins")
		return Pad(m[0], m[1], m[2], m[3])
	},
	"PadToMultiple":        func(c *nntest.GoldenCase) Transform { return PadToMultiple(c.Int("k", 0)) },
	"RandomCrop":           func(c *nntest.GoldenCase) Transform { return RandomCrop(c.Int("size", 0), c.Int("padding", 0)) },
	"RandomGrayscale":      func(c *nntest.GoldenCase) Transform { return RandomGrayscale(c.Float("p", 0)) },
	"RandomHorizontalFlip": func(c *nntest.GoldenCase) Transform { return RandomHorizontalFlip(c.Float("p", 0)) },
	"RandomVerticalFlip":   func(c *nntest.GoldenCase) Transform { return RandomVerticalFlip(c.Float("p", 0)) },
	"RandomApply": func(c *nntest.GoldenCase) Transform {
		return RandomApply(c.Float("p", 0), RandomHorizontalFlip(1), Normalize([]float32{0.5}, []float32{0.5}))
	},
	"RandomChoice": func(*nntest.GoldenCase) Transform { return RandomChoice(RandomVerticalFlip(1), RandomVerticalFlip(1)) },
}

// TestGoldenCertain compares whole transforms, with settings that leave nothing to
// chance.
func TestGoldenCertain(t *testing.T) {
	nntest.Golden(t, "testdata/certain.json", 1e-5, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		in := x[0].Data()
		ds := Tensors(in.Clone().Reshape(append([]int{1}, in.Shape()...)...), tensor.Make[int](1))
		s, err := Get(Map(ds, certain[c.Op](c)), 0)
		if err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		return []*grad.Var{x[0].Tape().Const(s.X)}
	})
}
