package data

import (
	"fmt"
	"math"
	"sync"

	"github.com/gannet-ml/gannet/data/internal/resample"
	"github.com/gannet-ml/gannet/tensor"
)

// Resize gives a picture h rows and w columns, without regard to its
// proportions. Each new pixel is a mean of the old ones round its place, over as
// many of them as make up a new one when the picture gets smaller. Shapes:
// [C, H, W] to [C, h, w].
//
// It is torchvision's Resize((h, w), antialias=True), and what the package
// data/image does to pictures of bytes. Options: [Bilinear], the default,
// [Bicubic] and [Nearest].
func Resize(h, w int, opts ...TransformOption) Transform {
	t := &resize{h, w, bilinear}
	return configure("Resize", t, choices{interpolation: &t.Interpolation}, opts)
}

type resize struct {
	Height        int           `json:"height"`
	Width         int           `json:"width"`
	Interpolation interpolation `json:"interpolation"`
}

func (t *resize) check() error {
	for _, n := range [2]int{t.Height, t.Width} {
		if err := side("Resize", "size", n); err != nil {
			return err
		}
	}
	return t.Interpolation.check("Resize", nearest, bilinear, bicubic)
}

func (t *resize) Shape(in tensor.Shape) (tensor.Shape, error) {
	return scalable("Resize", t, in, func(h, w int) (int, int) { return t.Height, t.Width })
}

func (t *resize) Apply(dst, src *tensor.Tensor, _ *Rand) error {
	scale(dst, src, t.Interpolation, area{h: src.Dim(-2), w: src.Dim(-1)})
	return nil
}

// ResizeShorter gives the shorter side of a picture size pixels, and the longer
// one as many as keep its proportions, rounded down. Shapes: [C, H, W] to
// [C, size, ⌊size·W/H⌋] if H ≤ W, otherwise to [C, ⌊size·H/W⌋, size].
//
// It is torchvision's Resize(size, antialias=True), and often comes before
// [CenterCrop]. It has the options of [Resize].
func ResizeShorter(size int, opts ...TransformOption) Transform {
	t := &resizeShorter{size, bilinear}
	return configure("ResizeShorter", t, choices{interpolation: &t.Interpolation}, opts)
}

type resizeShorter struct {
	Size          int           `json:"size"`
	Interpolation interpolation `json:"interpolation"`
}

func (t *resizeShorter) check() error {
	if err := side("ResizeShorter", "size", t.Size); err != nil {
		return err
	}
	return t.Interpolation.check("ResizeShorter", nearest, bilinear, bicubic)
}

func (t *resizeShorter) Shape(in tensor.Shape) (tensor.Shape, error) {
	return scalable("ResizeShorter", t, in, func(h, w int) (int, int) {
		longer := int(min(float64(t.Size)*float64(max(h, w))/float64(min(h, w)), math.MaxInt32))
		if h <= w {
			return t.Size, longer
		}
		return longer, t.Size
	})
}

func (t *resizeShorter) Apply(dst, src *tensor.Tensor, _ *Rand) error {
	scale(dst, src, t.Interpolation, area{h: src.Dim(-2), w: src.Dim(-1)})
	return nil
}

// RandomResizedCrop cuts a part out of a picture and resizes it, as [Resize]
// does, to size rows and columns. The part has a share of the picture's pixels
// chosen between the limits of [Scale], by default 0.08 and 1, and a proportion
// of width to height chosen between those of [Ratio], by default 3/4 and 4/3,
// evenly in its logarithm. If ten such choices do not fit into the picture, it
// is the largest part in the middle with an allowed proportion. Shapes:
// [C, H, W] to [C, size, size].
//
// It is torchvision's RandomResizedCrop with antialias=True, made for Inception
// (Szegedy et al., Going deeper with convolutions, 2015, section 6). Options:
// Scale, Ratio and those of Resize.
func RandomResizedCrop(size int, opts ...TransformOption) Transform {
	t := &randomResizedCrop{size, pair{0.08, 1}, pair{3. / 4, 4. / 3}, bilinear}
	return configure("RandomResizedCrop", t, choices{scale: &t.Scale, ratio: &t.Ratio, interpolation: &t.Interpolation}, opts)
}

type randomResizedCrop struct {
	Size          int           `json:"size"`
	Scale         pair          `json:"scale"`
	Ratio         pair          `json:"ratio"`
	Interpolation interpolation `json:"interpolation"`
}

func (t *randomResizedCrop) check() error {
	const op = "RandomResizedCrop"
	if err := side(op, "size", t.Size); err != nil {
		return err
	}
	if err := checkPart(op, t.Scale, t.Ratio); err != nil {
		return err
	}
	return t.Interpolation.check(op, nearest, bilinear, bicubic)
}

func (t *randomResizedCrop) Shape(in tensor.Shape) (tensor.Shape, error) {
	return scalable("RandomResizedCrop", t, in, func(int, int) (int, int) { return t.Size, t.Size })
}

func (t *randomResizedCrop) Apply(dst, src *tensor.Tensor, r *Rand) error {
	scale(dst, src, t.Interpolation, t.choose(src.Dim(-2), src.Dim(-1), r))
	return nil
}

// area is a part of a picture.
type area struct{ top, left, h, w int }

// choose returns a part of a picture of h×w pixels.
func (t *randomResizedCrop) choose(h, w int, r *Rand) area {
	for range 10 {
		if a, ok := part(h, w, t.Scale, t.Ratio, r); ok && a.h > 0 && a.w > 0 {
			a.top, a.left = r.IntN(h-a.h+1), r.IntN(w-a.w+1)
			return a
		}
	}
	a := area{h: h, w: w}
	switch ratio := float64(w) / float64(h); {
	case ratio < t.Ratio[0]:
		a.h = max(round(float64(w)/t.Ratio[0]), 1)
	case ratio > t.Ratio[1]:
		a.w = max(round(float64(h)*t.Ratio[1]), 1)
	}
	a.top, a.left = (h-a.h)/2, (w-a.w)/2
	return a
}

// part returns an area somewhere in a picture of h×w pixels, with a share of its
// pixels and a proportion of width to height between limits, and whether it
// fits.
func part(h, w int, share, ratio pair, r *Rand) (area, bool) {
	pixels := float64(h) * float64(w) * r.uniform(share[0], share[1])
	proportion := math.Exp(r.uniform(math.Log(ratio[0]), math.Log(ratio[1])))
	a := area{w: round(math.Sqrt(pixels * proportion)), h: round(math.Sqrt(pixels / proportion))}
	return a, a.h <= h && a.w <= w
}

// checkPart reports limits that part does not take.
func checkPart(op string, share, ratio pair) error {
	if err := share.within(op, "scale", 0, 1); err != nil {
		return err
	}
	return ratio.within(op, "ratio", 1./largest, largest)
}

// scalable returns the shape of a picture with another size, which must have
// pixels before and after.
func scalable(op string, t checker, in tensor.Shape, size func(h, w int) (rows, cols int)) (tensor.Shape, error) {
	h, w, err := picture(op, t, in)
	if err != nil {
		return nil, err
	}
	if h < 1 || w < 1 {
		return nil, fmt.Errorf("%s: input has shape %v, want at least 1 row and column", op, in)
	}
	rows, cols := size(h, w)
	return resized(in, rows, cols), nil
}

var filters = map[interpolation]*resample.Filter{
	nearest: resample.Nearest, bilinear: resample.Bilinear, bicubic: resample.Bicubic,
}

var scalers = sync.Pool{New: func() any { return new(resample.Scaler) }}

// scale resizes a part of a picture to the size of dst.
func scale(dst, src *tensor.Tensor, i interpolation, a area) {
	rows, cols := dst.Dim(-2), dst.Dim(-1)
	if a.h == rows && a.w == cols {
		window(dst, src, a.top, a.left)
		return
	}
	s := scalers.Get().(*resample.Scaler)
	defer scalers.Put(s)
	s.Fit(filters[i], a.h, a.w, rows, cols)
	h, w := src.Dim(-2), src.Dim(-1)
	y, x := dst.Data(), src.Data()
	for c := range src.Dim(0) {
		s.Floats(y[c*rows*cols:][:rows*cols], x[(c*h+a.top)*w+a.left:], w)
	}
}
