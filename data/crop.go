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

type pad struct {
	Left   int `json:"left"`
	Top    int `json:"top"`
	Right  int `json:"right"`
	Bottom int `json:"bottom"`
}

func (p pad) check() error {
	problem := ""
	switch {
	case min(p.Left, p.Top, p.Right, p.Bottom) < 0:
		problem = "a negative width"
	case max(p.Left, p.Top, p.Right, p.Bottom) > maxSide:
		problem = fmt.Sprintf("a width of more than %d", maxSide)
	default:
		return nil
	}
	return fmt.Errorf("Pad: (%d, %d, %d, %d) has %s", p.Left, p.Top, p.Right, p.Bottom, problem)
}

func (p pad) Shape(in tensor.Shape) (tensor.Shape, error) {
	h, w, err := picture("Pad", p, in)
	if err != nil {
		return nil, err
	}
	return resized(in, h+p.Top+p.Bottom, w+p.Left+p.Right), nil
}

func (p pad) Apply(dst, src *tensor.Tensor, _ *Rand) error {
	window(dst, src, -p.Top, -p.Left)
	return nil
}

// PadToMultiple puts zeros at the right and at the bottom of pictures until
// width and height are multiples of k, such as the size of a kernel that moves
// in steps as wide as itself. Shapes: [C, H, W] to [C, ⌈H/k⌉·k, ⌈W/k⌉·k].
func PadToMultiple(k int) Transform { return padToMultiple{k} }

type padToMultiple struct {
	K int `json:"k"`
}

func (p padToMultiple) check() error { return side("PadToMultiple", "k", p.K) }

func (p padToMultiple) Shape(in tensor.Shape) (tensor.Shape, error) {
	h, w, err := picture("PadToMultiple", p, in)
	if err != nil {
		return nil, err
	}
	n := p.K
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
func CenterCrop(size int) Transform { return centerCrop{size} }

type centerCrop struct {
	Size int `json:"size"`
}

func (c centerCrop) check() error { return side("CenterCrop", "size", c.Size) }

func (c centerCrop) Shape(in tensor.Shape) (tensor.Shape, error) {
	return crop("CenterCrop", c, in, c.Size, 0)
}

func (c centerCrop) Apply(dst, src *tensor.Tensor, _ *Rand) error {
	middle := func(n int) int { return int(math.RoundToEven(float64(n-c.Size) / 2)) }
	window(dst, src, middle(src.Dim(-2)), middle(src.Dim(-1)))
	return nil
}

// RandomCrop puts padding zeros on each side of a picture and cuts size rows
// and columns out of it, every place being equally likely. Shapes: [C, H, W] to
// [C, size, size]. It is torchvision's RandomCrop(size, padding); (32, 4) is
// usual for CIFAR-10.
func RandomCrop(size, padding int) Transform { return randomCrop{size, padding} }

type randomCrop struct {
	Size    int `json:"size"`
	Padding int `json:"padding"`
}

func (c randomCrop) check() error {
	if c.Padding < 0 || c.Padding > maxSide {
		return fmt.Errorf("RandomCrop: padding is %d, want 0 to %d", c.Padding, maxSide)
	}
	return side("RandomCrop", "size", c.Size)
}

func (c randomCrop) Shape(in tensor.Shape) (tensor.Shape, error) {
	return crop("RandomCrop", c, in, c.Size, c.Padding)
}

func (c randomCrop) Apply(dst, src *tensor.Tensor, r *Rand) error {
	place := func(n int) int { return r.IntN(n+2*c.Padding-c.Size+1) - c.Padding }
	top := place(src.Dim(-2))
	window(dst, src, top, place(src.Dim(-1)))
	return nil
}

// maxSide bounds settings that say a number of rows or columns, which a file may
// give.
const maxSide = 1 << 16

// side reports a number of rows or columns that is out of bounds.
func side(op, setting string, n int) error {
	if n < 1 || n > maxSide {
		return fmt.Errorf("%s: %s is %d, want 1 to %d", op, setting, n, maxSide)
	}
	return nil
}

// picture checks the settings of a transform of pictures, and returns the height
// and the width of samples of shape [C, H, W].
func picture(op string, t checker, in tensor.Shape) (h, w int, err error) {
	if err := t.check(); err != nil {
		return 0, 0, err
	}
	if len(in) != 3 {
		return 0, 0, fmt.Errorf("%s: input has shape %v, want [C, H, W]", op, in)
	}
	return in[1], in[2], nil
}

// resized returns the shape of a picture with another height and width.
func resized(in tensor.Shape, h, w int) tensor.Shape { return tensor.Shape{in[0], h, w} }

// crop returns the shape of a square cut out of a padded picture.
func crop(op string, t checker, in tensor.Shape, size, padding int) (tensor.Shape, error) {
	h, w, err := picture(op, t, in)
	if err != nil {
		return nil, err
	}
	if h, w = h+2*padding, w+2*padding; size > h || size > w {
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
