package resample

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

var filters = map[string]*Filter{"nearest": Nearest, "bilinear": Bilinear, "bicubic": Bicubic}

var sizes = [][4]int{{1, 1, 3, 2}, {7, 5, 7, 5}, {7, 5, 3, 11}, {2, 9, 9, 2}, {31, 16, 1, 1}, {64, 3, 13, 7}}

// Whatever the sizes, the weights of a new pixel lie inside of the picture and
// add up to 1.
func TestWeights(t *testing.T) {
	for name, f := range filters {
		for in := 1; in < 40; in++ {
			for out := 1; out < 40; out++ {
				var a axis
				a.fit(f, in, out)
				for i := range out {
					first, weights := a.of(i)
					sum := 0.0
					for _, w := range weights {
						sum += float64(w)
					}
					if len(weights) == 0 || first < 0 || first+len(weights) > in || math.Abs(sum-1) > 1e-6 {
						t.Fatalf("%s, %d to %d: pixel %d has weights %v from %d on", name, in, out, i, weights, first)
					}
				}
			}
		}
	}
}

// A Scaler that was used for other sizes before gives the same, and Bytes gives
// what Floats gives, rounded.
func TestScaler(t *testing.T) {
	var used Scaler
	for name, f := range filters {
		for _, s := range sizes {
			h, w, rows, cols := s[0], s[1], s[2], s[3]
			src, pixels := make([]float32, h*w), make([]uint8, 2*h*w)
			for i := range src {
				pixels[2*i] = uint8(i * 89)
				src[i] = float32(pixels[2*i])
			}
			used.Fit(f, h, w, rows, cols)
			var fresh Scaler
			fresh.Fit(f, h, w, rows, cols)
			got, want := make([]float32, rows*cols), make([]float32, rows*cols)
			used.Floats(got, src, w)
			fresh.Floats(want, src, w)
			if !slices.Equal(got, want) {
				t.Errorf("%s %v: used again, it gives %v, want %v", name, s, got, want)
			}
			b := make([]uint8, 2*rows*cols)
			used.Bytes(b, pixels, 2, 2*w)
			for i, v := range want {
				if d := float64(b[2*i]) - float64(min(max(v, 0), 255)); math.Abs(d) > 0.5001 || b[2*i+1] != 0 {
					t.Errorf("%s %v: byte %d is %d, want %v", name, s, i, b[2*i], v)
				}
			}
		}
	}
}

// A part of a picture is resized as if it were all of it.
func TestPart(t *testing.T) {
	const w = 9
	src := make([]float32, 8*w)
	for i := range src {
		src[i] = float32(i * i % 31)
	}
	for name, f := range filters {
		var part []float32
		for i := 2; i < 7; i++ {
			part = append(part, src[i*w+3:][:4]...)
		}
		var s Scaler
		s.Fit(f, 5, 4, 3, 6)
		got, want := make([]float32, 18), make([]float32, 18)
		s.Floats(got, src[2*w+3:], w)
		s.Floats(want, part, 4)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
