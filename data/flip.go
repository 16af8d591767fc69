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
func RandomHorizontalFlip(p float64) Transform { return randomHorizontalFlip{p} }

type randomHorizontalFlip struct {
	P float64 `json:"p"`
}

func (f randomHorizontalFlip) check() error { return probability("RandomHorizontalFlip", f.P) }

func (f randomHorizontalFlip) Shape(in tensor.Shape) (tensor.Shape, error) {
	_, _, err := picture("RandomHorizontalFlip", f, in)
	return in, err
}

func (f randomHorizontalFlip) Apply(dst, src *tensor.Tensor, r *Rand) error {
	y := dst.Data()
	copy(y, src.Data())
	if !r.chance(f.P) {
		return nil
	}
	for w := dst.Dim(-1); len(y) > 0; y = y[w:] {
		slices.Reverse(y[:w])
	}
	return nil
}

// RandomVerticalFlip mirrors a picture, top for bottom, with probability p:
//
//	y[…, i, j] = x[…, H-1-i, j]
//
// Shapes: [C, H, W], kept. It is torchvision's RandomVerticalFlip.
func RandomVerticalFlip(p float64) Transform { return randomVerticalFlip{p} }

type randomVerticalFlip struct {
	P float64 `json:"p"`
}

func (f randomVerticalFlip) check() error { return probability("RandomVerticalFlip", f.P) }

func (f randomVerticalFlip) Shape(in tensor.Shape) (tensor.Shape, error) {
	_, _, err := picture("RandomVerticalFlip", f, in)
	return in, err
}

func (f randomVerticalFlip) Apply(dst, src *tensor.Tensor, r *Rand) error {
	y, x := dst.Data(), src.Data()
	if !r.chance(f.P) {
		copy(y, x)
		return nil
	}
	h, w := src.Dim(-2), src.Dim(-1)
	for c := range src.Dim(0) {
		for i := range h {
			copy(y[(c*h+i)*w:][:w], x[(c*h+h-1-i)*w:])
		}
	}
	return nil
}

// probability reports a p that is none.
func probability(op string, p float64) error {
	if !(p >= 0 && p <= 1) {
		return fmt.Errorf("%s: p is %v, want 0 to 1", op, p)
	}
	return nil
}
