package data

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor"
)

// Pad puts zeros around pictures: l columns at the left, t rows at the top, r
// columns at the right and b rows at the bottom. Shapes: [C, H, W] to
// [C, t+H+b, l+W+r]. It is torchvision's Pad, with the order of its arguments.
func Pad(l, t, r, b int) Transform { return pad{l, t, r, b} }

type pad struct{ left, top, right, bottom int }

func (p pad) Shape(in tensor.Shape) (tensor.Shape, error) {
	if min(p.left, p.top, p.right, p.bottom) < 0 {
		return nil, fmt.Errorf("Pad: (%d, %d, %d, %d) has a negative width", p.left, p.top, p.right, p.bottom)
	}
	h, w, err := picture("Pad", in)
	if err != nil {
		return nil, err
	}
	return resized(in, h+p.top+p.bottom, w+p.left+p.right), nil
}

func (p pad) Apply(dst, src *tensor.Tensor, _ *Rand) error {
	window(dst, src, -p.top, -p.left)
	return nil
}

// PadToMultiple puts zeros at the right and at the bottom of pictures until
// width and height are multiples of k, such as the size of a kernel that moves
// in steps as wide as itself. Shapes: [C, H, W] to [C, ⌈H/k⌉·k, ⌈W/k⌉·k].
func PadToMultiple(k int) Transform { return padToMultiple(k) }

type padToMultiple int

func (k padToMultiple) Shape(in tensor.Shape) (tensor.Shape, error) {
	if k <= 0 {
		return nil, fmt.Errorf("PadToMultiple: k is %d, want more than 0", int(k))
	}
	h, w, err := picture("PadToMultiple", in)
	if err != nil {
		return nil, err
	}
	n := int(k)
	return resized(in, (h+n-1)/n*n, (w+n-1)/n*n), nil
}

func (padToMultiple) Apply(dst, src *tensor.Tensor, _ *Rand) error {
	window(dst, src, 0, 0)
	return nil
}

// CenterCrop cuts size rows and columns out of the middle of pictures, from row
// (H-size)/2 and column (W-size)/2 on, rounded to the nearest integer and to an
// even one in the middle. Shapes: [C, H, W] to [C, size, size]. It is
// torchvision's CenterCrop for pictures that are large enough; [Pad] others.
func CenterCrop(size int) Transform { return centerCrop(size) }

type centerCrop int

func (size centerCrop) Shape(in tensor.Shape) (tensor.Shape, error) {
	return crop("CenterCrop", in, int(size), 0)
}

func (size centerCrop) Apply(dst, src *tensor.Tensor, _ *Rand) error {
	middle := func(n int) int { return int(math.RoundToEven(float64(n-int(size)) / 2)) }
	window(dst, src, middle(src.Dim(-2)), middle(src.Dim(-1)))
	return nil
}

// RandomCrop puts padding zeros on each side of a picture and cuts size rows
// and columns out of it, every place being equally likely. Shapes: [C, H, W] to
// [C, size, size]. It is torchvision's RandomCrop(size, padding); (32, 4) is
// usual for CIFAR-10.
func RandomCrop(size, padding int) Transform { return randomCrop{size, padding} }

type randomCrop struct{ size, padding int }

func (c randomCrop) Shape(in tensor.Shape) (tensor.Shape, error) {
	if c.padding < 0 {
		return nil, fmt.Errorf("RandomCrop: padding is %d, want at least 0", c.padding)
	}
	return crop("RandomCrop", in, c.size, c.padding)
}

func (c randomCrop) Apply(dst, src *tensor.Tensor, r *Rand) error {
	place := func(n int) int { return r.IntN(n+2*c.padding-c.size+1) - c.padding }
	top := place(src.Dim(-2))
	window(dst, src, top, place(src.Dim(-1)))
	return nil
}

// picture returns the height and the width of samples of shape [C, H, W].
func picture(op string, in tensor.Shape) (h, w int, err error) {
	if len(in) != 3 {
		return 0, 0, fmt.Errorf("%s: input has shape %v, want [C, H, W]", op, in)
	}
	return in[1], in[2], nil
}

// resized returns the shape of a picture with another height and width.
func resized(in tensor.Shape, h, w int) tensor.Shape { return tensor.Shape{in[0], h, w} }

// crop returns the shape of a square cut out of a padded picture.
func crop(op string, in tensor.Shape, size, padding int) (tensor.Shape, error) {
	h, w, err := picture(op, in)
	if err != nil {
		return nil, err
	}
	if h, w = h+2*padding, w+2*padding; size <= 0 || size > h || size > w {
		return nil, fmt.Errorf("%s: size is %d, want 1 to %d for pictures of %dx%d rows and columns", op, size, min(h, w), h, w)
	}
	return resized(in, size, size), nil
}

// window writes the part of src that starts at row top and column left to dst,
// in each channel; what lies outside of src is 0.
func window(dst, src *tensor.Tensor, top, left int) {
	y, x := dst.Data(), src.Data()
	h, w := src.Dim(-2), src.Dim(-1)
	rows, cols := dst.Dim(-2), dst.Dim(-1)
	// Columns lo to hi of dst lie inside of src.
	lo, hi := min(max(-left, 0), cols), min(max(w-left, 0), cols)
	for c := range src.Dim(0) {
		for i := range rows {
			out := y[(c*rows+i)*cols:][:cols]
			if i+top < 0 || i+top >= h || lo >= hi {
				clear(out)
				continue
			}
			in := x[(c*h+i+top)*w:][:w]
			clear(out[:lo])
			copy(out[lo:hi], in[lo+left:])
			clear(out[hi:])
		}
	}
}
