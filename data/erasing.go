package data

import (
	"errors"

	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// RandomErasing fills a rectangle of a picture, with probability p. The
// rectangle has a share of the picture's pixels chosen between the limits of
// [Scale], by default 0.02 and 0.33, and a proportion of height to width chosen
// between those of [Ratio], by default 0.3 and 3.3, evenly in its logarithm; if
// ten such choices do not fit into the picture, nothing is erased. Shapes:
// [C, H, W], kept.
//
// It is torchvision's RandomErasing, for which p is 0.5 by default, and mostly
// comes after [Normalize]. Source: Zhong et al., Random erasing data
// augmentation, 2017. Options: Scale, Ratio, [Fill] and [Noise].
func RandomErasing(p float64, opts ...TransformOption) Transform {
	t := &randomErasing{P: p, Scale: pair{0.02, 0.33}, Ratio: pair{0.3, 3.3}}
	return configure("RandomErasing", t, choices{scale: &t.Scale, ratio: &t.Ratio, fill: &t.Fill, noise: &t.Noise}, opts)
}

type randomErasing struct {
	P     float64   `json:"p"`
	Scale pair      `json:"scale"`
	Ratio pair      `json:"ratio"`
	Fill  []float32 `json:"fill,omitempty"`
	Noise bool      `json:"noise,omitempty"`
}

func (t *randomErasing) check() error {
	const op = "RandomErasing"
	if err := probability(op, t.P); err != nil {
		return err
	}
	if t.Noise && len(t.Fill) > 0 {
		return errors.New("RandomErasing: Fill and Noise, want one of them")
	}
	return checkPart(op, t.Scale, t.Ratio)
}

func (t *randomErasing) Shape(in tensor.Shape) (tensor.Shape, error) {
	return filled("RandomErasing", t, in, t.Fill)
}

func (t *randomErasing) Apply(dst, src *tensor.Tensor, r *Rand) error {
	copy(dst.Data(), src.Data())
	if a, ok := t.choose(src.Dim(-2), src.Dim(-1), r); ok {
		t.erase(dst, a, r)
	}
	return nil
}

// choose returns what to erase of a picture of h×w pixels, if anything.
func (t *randomErasing) choose(h, w int, r *Rand) (area, bool) {
	if !r.chance(t.P) {
		return area{}, false
	}
	for range 10 {
		a, _ := part(h, w, t.Scale, t.Ratio, r)
		a.h, a.w = a.w, a.h // the proportion is that of height to width here
		if a.h < h && a.w < w {
			a.top, a.left = r.IntN(h-a.h+1), r.IntN(w-a.w+1)
			return a, true
		}
	}
	return area{}, false
}

func (t *randomErasing) erase(x *tensor.Tensor, a area, r *Rand) {
	h, w := x.Dim(-2), x.Dim(-1)
	for c := range x.Dim(0) {
		v := fillOf(t.Fill, c)
		for i := range a.h {
			row := x.Data()[(c*h+a.top+i)*w+a.left:][:a.w]
			if t.Noise {
				r.normals(row)
			} else {
				vec.Fill(row, v)
			}
		}
	}
}
