// Package resample gives pictures another size.
//
// A new pixel is a mean of the old ones round its place. With scale = in/out of
// an axis, width = max(scale, 1) and a filter f of radius r, pixel i weighs old
// pixel j by
//
//	f((j + ½ - scale·(i+½)) / width)        where |j + ½ - scale·(i+½)| < r·width
//
// divided by the sum of the weights: when a picture is reduced, the filter is
// spread over the old pixels that make up a new one, which is called antialias.
// It is what PyTorch's interpolate(antialias=True) computes, after Pillow. Rows
// and columns are treated one after the other.
package resample

import (
	"math"

	"github.com/gannet-ml/gannet/internal/vec"
)

// Filter is a function that falls off from 1 at 0 to 0 at Radius. With radius 0
// it takes the old pixel ⌊i·scale⌋ alone.
type Filter struct {
	Radius float64
	At     func(x float64) float64
}

// The filters.
var (
	Nearest  = &Filter{0, func(float64) float64 { return 1 }}
	Bilinear = &Filter{1, func(x float64) float64 { return max(1-math.Abs(x), 0) }}
	Bicubic  = &Filter{2, cubic}
)

// cubic is the filter of Keys (Cubic convolution interpolation for digital image
// processing, 1981) with a = -½.
func cubic(x float64) float64 {
	const a = -0.5
	switch x = math.Abs(x); {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}

// axis holds the weights of one axis: those of new pixel i are weights[ends[i-1]:ends[i]],
// for the old pixels from first[i] on.
type axis struct {
	first, ends []int
	weights     []float32
}

// fit computes the weights from in to out pixels.
func (a *axis) fit(f *Filter, in, out int) {
	a.first, a.ends, a.weights = a.first[:0], a.ends[:0], a.weights[:0]
	scale := float64(in) / float64(out)
	width := max(scale, 1)
	for i := range out {
		center := scale * (float64(i) + 0.5)
		lo := max(int(center-f.Radius*width+0.5), 0)
		hi := min(int(center+f.Radius*width+0.5), in)
		if f.Radius == 0 {
			lo = int(int64(i) * int64(in) / int64(out))
			hi = lo + 1
		}
		weight := func(j int) float64 { return f.At((float64(j) + 0.5 - center) / width) }
		sum := 0.0
		for j := lo; j < hi; j++ {
			sum += weight(j)
		}
		for j := lo; j < hi; j++ {
			a.weights = append(a.weights, float32(weight(j)/sum))
		}
		a.first, a.ends = append(a.first, lo), append(a.ends, len(a.weights))
	}
}

// of returns the first old pixel of new pixel i, and the weights from it on.
func (a *axis) of(i int) (first int, weights []float32) {
	start := 0
	if i > 0 {
		start = a.ends[i-1]
	}
	return a.first[i], a.weights[start:a.ends[i]]
}

// apply writes the new pixels of a row.
func (a *axis) apply(dst, src []float32) {
	start := 0
	for i := range dst {
		weights := a.weights[start:a.ends[i]]
		start = a.ends[i]
		in := src[a.first[i]:][:len(weights)]
		sum := float32(0)
		for k, w := range weights {
			sum += float32(w * in[k]) // not fused, so that bytes are rounded alike everywhere
		}
		dst[i] = sum
	}
}

// Scaler resizes channels of pictures from one size to another. It keeps its
// memory when it is used again, by one goroutine at a time.
type Scaler struct {
	rows, cols axis
	in, out    []float32 // a row of the old width and one of the new
}

// Fit sets the sizes: from h×w to rows×cols pixels, all positive.
func (s *Scaler) Fit(f *Filter, h, w, rows, cols int) {
	s.rows.fit(f, h, rows)
	s.cols.fit(f, w, cols)
	s.in, s.out = grown(s.in, w), grown(s.out, cols)
}

// grown returns a slice of n elements, in the memory of b if it suffices.
func grown(b []float32, n int) []float32 {
	if cap(b) < n {
		return make([]float32, n)
	}
	return b[:n]
}

// Floats resizes the channel that begins at src, whose rows lie stride apart.
// dst has rows·cols elements.
func (s *Scaler) Floats(dst, src []float32, stride int) {
	w, cols := len(s.in), len(s.out)
	for i := range s.rows.ends {
		first, weights := s.rows.of(i)
		row := src[first*stride:][:w]
		if len(weights) > 1 {
			vec.MulScalar(s.in, row, weights[0])
			for k, weight := range weights[1:] {
				vec.Axpy(s.in, src[(first+k+1)*stride:][:w], weight)
			}
			row = s.in
		}
		s.cols.apply(dst[i*cols:][:cols], row)
	}
}

// Bytes resizes the channel that begins at src, whose pixels lie step and whose
// rows lie stride apart, into one that begins at dst, with pixels step and rows
// step·cols apart. Results are rounded to the nearest integer from 0 to 255, and
// to an even one in the middle.
func (s *Scaler) Bytes(dst, src []uint8, step, stride int) {
	cols := len(s.out)
	for i := range s.rows.ends {
		first, weights := s.rows.of(i)
		clear(s.in)
		for k, weight := range weights {
			row := src[(first+k)*stride:]
			for j := range s.in {
				s.in[j] += float32(weight * float32(row[j*step]))
			}
		}
		s.cols.apply(s.out, s.in)
		row := dst[i*cols*step:]
		for j, v := range s.out {
			row[j*step] = uint8(math.RoundToEven(float64(min(max(v, 0), 255))))
		}
	}
}
