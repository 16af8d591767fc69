package data

import (
	"github.com/gannet-ml/gannet/tensor"
)

// Flatten makes a vector of a sample. Shapes: any to [n].
func Flatten() Transform { return flatten{} }

type flatten struct{}

func (flatten) Shape(in tensor.Shape) (tensor.Shape, error) { return tensor.Shape{in.Size()}, nil }

func (flatten) Apply(dst, src *tensor.Tensor, _ *Rand) error {
	copy(dst.Data(), src.Data())
	return nil
}
