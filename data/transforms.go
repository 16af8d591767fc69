package data

import (
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/tensor"
)

// RandomHorizontalFlip mirrors a picture, left for right, with probability p:
//
//	y[…, j] = x[…, W-1-j]
//
// Shapes: [C, H, W], kept. It is torchvision's RandomHorizontalFlip.
func RandomHorizontalFlip(p float64) Transform { return randomHorizontalFlip(p) }

type randomHorizontalFlip float64

func (p randomHorizontalFlip) Shape(in tensor.Shape) (tensor.Shape, error) {
	if !(p >= 0 && p <= 1) {
		return nil, fmt.Errorf("RandomHorizontalFlip: p is %v, want 0 to 1", float64(p))
	}
	_, _, err := picture("RandomHorizontalFlip", in)
	return in, err
}

func (p randomHorizontalFlip) Apply(dst, src *tensor.Tensor, r *Rand) error {
	y := dst.Data()
	copy(y, src.Data())
	if float64(r.Float32()) >= float64(p) {
		return nil
	}
	for w := dst.Dim(-1); len(y) > 0; y = y[w:] {
		slices.Reverse(y[:w])
	}
	return nil
}

// Flatten makes a vector of a sample. Shapes: any to [n].
func Flatten() Transform { return flatten{} }

type flatten struct{}

func (flatten) Shape(in tensor.Shape) (tensor.Shape, error) { return tensor.Shape{in.Size()}, nil }

func (flatten) Apply(dst, src *tensor.Tensor, _ *Rand) error {
	copy(dst.Data(), src.Data())
	return nil
}
