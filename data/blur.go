package data

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// GaussianBlur blurs a picture with a kernel of size×size pixels whose standard
// deviation, in pixels, is chosen evenly from lo to hi:
//
//	y[…, i, j] = Σ w[k]·w[l]·x[…, i+k, j+l]        w[k] ∝ exp(-k²/2σ²)
//
// over k and l from -(size-1)/2 to (size-1)/2. Beyond its edges the picture is
// mirrored, without the edge itself. Shapes: [C, H, W], kept. The size is odd,
// and (size-1)/2 less than H and W.
//
// It is torchvision's GaussianBlur(size, (lo, hi)), of which (0.1, 2) is the
// default.
func GaussianBlur(size int, lo, hi float64) Transform { return gaussianBlur{size, pair{lo, hi}} }

type gaussianBlur struct {
	Size  int  `json:"size"`
	Sigma pair `json:"sigma"`
}

// maxBlur bounds the work for a pixel.
const maxBlur = 1023

func (t gaussianBlur) check() error {
	if t.Size < 1 || t.Size > maxBlur || t.Size%2 == 0 {
		return fmt.Errorf("GaussianBlur: size is %d, want an odd number from 1 to %d", t.Size, maxBlur)
	}
	return t.Sigma.within("GaussianBlur", "sigma", 1./largest, largest)
}

func (t gaussianBlur) Shape(in tensor.Shape) (tensor.Shape, error) {
	h, w, err := picture("GaussianBlur", t, in)
	if err != nil {
		return nil, err
	}
	if half := t.Size / 2; half >= h || half >= w {
		return nil, fmt.Errorf("GaussianBlur: size is %d, want at most %d for pictures of %dx%d rows and columns", t.Size, 2*min(h, w)-1, h, w)
	}
	return in, nil
}

func (t gaussianBlur) Apply(dst, src *tensor.Tensor, r *Rand) error {
	blur(dst, src, t.Size, r.uniform(t.Sigma[0], t.Sigma[1]))
	return nil
}

// blur applies the kernel to columns and then to rows, one row of the result
// after the other.
func blur(dst, src *tensor.Tensor, size int, sigma float64) {
	h, w := src.Dim(-2), src.Dim(-1)
	half := size / 2
	kernel, row := mem.Get(size), mem.Get(w+2*half)
	defer mem.Put(kernel)
	defer mem.Put(row)
	gauss(kernel, sigma)
	middle := row[half:][:w]
	for c := range src.Dim(0) {
		x, y := src.Data()[c*h*w:][:h*w], dst.Data()[c*h*w:][:h*w]
		for i := range h {
			clear(middle)
			for k, weight := range kernel {
				vec.Axpy(middle, x[mirror(i+k-half, h)*w:][:w], weight)
			}
			for k := range half {
				row[k] = middle[mirror(k-half, w)]
				row[half+w+k] = middle[mirror(w+k, w)]
			}
			out := y[i*w:][:w]
			clear(out)
			for k, weight := range kernel {
				vec.Axpy(out, row[k:], weight)
			}
		}
	}
}

// gauss fills a kernel of odd size, whose sum is 1.
func gauss(kernel []float32, sigma float64) {
	at := func(k int) float64 {
		d := float64(k-len(kernel)/2) / sigma
		return math.Exp(-d * d / 2)
	}
	sum := 0.0
	for k := range kernel {
		sum += at(k)
	}
	for k := range kernel {
		kernel[k] = float32(at(k) / sum)
	}
}

// mirror returns the row or column of 0 to n-1 that stands for i, which is less
// than n beyond them.
func mirror(i, n int) int {
	if i < 0 {
		return -i
	}
	if i >= n {
		return 2*(n-1) - i
	}
	return i
}
