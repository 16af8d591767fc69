package data

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor"
)

// TransformOption changes a setting of a transform from its default. One that a
// transform does not have is an error of its Shape.
type TransformOption func(*choices)

// choices says where the settings of a transform lie; nil are those that it does
// not have.
type choices struct {
	interpolation                  *interpolation
	scale, ratio, translate, shear *pair
	fill                           *[]float32
	noise                          *bool

	misfit string // name of an option that the transform does not have
}

// put sets what an option is about.
func put[T any](c *choices, option string, at *T, v T) {
	if at == nil {
		c.misfit = option
		return
	}
	*at = v
}

// Nearest gives a new pixel the value of the old one at its place.
func Nearest(c *choices) { put(c, "Nearest", c.interpolation, nearest) }

// Bilinear gives a new pixel a mean of the old ones round its place, with
// weights that fall off linearly.
func Bilinear(c *choices) { put(c, "Bilinear", c.interpolation, bilinear) }

// Bicubic gives a new pixel a mean of the old ones round its place, with the
// weights of a cubic spline: sharper than [Bilinear], and possibly a little less
// than 0 or more than 1 at edges. [RandomRotation], [RandomAffine] and what
// contains them do not have it.
func Bicubic(c *choices) { put(c, "Bicubic", c.interpolation, bicubic) }

// Scale sets the limits between which the size of something is chosen, compared
// with that of the picture: see the transform.
func Scale(lo, hi float64) TransformOption {
	return func(c *choices) { put(c, "Scale", c.scale, pair{lo, hi}) }
}

// Ratio sets the limits between which the proportion of the sides of a part of a
// picture is chosen: see the transform.
func Ratio(lo, hi float64) TransformOption {
	return func(c *choices) { put(c, "Ratio", c.ratio, pair{lo, hi}) }
}

// Translate sets how far a picture is moved at most, to the left or right and up
// or down, as parts of its width and height from 0 to 1.
func Translate(x, y float64) TransformOption {
	return func(c *choices) { put(c, "Translate", c.translate, pair{x, y}) }
}

// Shear sets by how many degrees the columns and the rows of a picture are
// slanted at most, to either side.
func Shear(x, y float64) TransformOption {
	return func(c *choices) { put(c, "Shear", c.shear, pair{x, y}) }
}

// Fill sets the value of pixels that get none from the picture: one for each
// channel, or one for all. The default is 0.
func Fill(v ...float32) TransformOption {
	return func(c *choices) { put(c, "Fill", c.fill, v) }
}

// Noise fills with numbers of the standard normal distribution instead of a
// constant.
func Noise(c *choices) { put(c, "Noise", c.noise, true) }

// configure applies the options of an operation to the settings where c says.
func configure(op string, t Transform, c choices, opts []TransformOption) Transform {
	for _, o := range opts {
		o(&c)
	}
	if c.misfit != "" {
		return misfit{fmt.Errorf("%s: there is no option %s", op, c.misfit)}
	}
	return t
}

// misfit is a transform with an option that it does not have.
type misfit struct{ err error }

func (m misfit) check() error                             { return m.err }
func (m misfit) Shape(tensor.Shape) (tensor.Shape, error) { return nil, m.err }
func (m misfit) Apply(_, _ *tensor.Tensor, _ *Rand) error { return m.err }

// interpolation is a way to get values between pixels.
type interpolation string

const (
	nearest  interpolation = "nearest"
	bilinear interpolation = "bilinear"
	bicubic  interpolation = "bicubic"
)

// check reports an interpolation that is not among those of an operation.
func (i interpolation) check(op string, among ...interpolation) error {
	for _, a := range among {
		if i == a {
			return nil
		}
	}
	return fmt.Errorf("%s: interpolation %q, want one of %q", op, string(i), among)
}

// pair is two numbers, which JSON does not mistake for one or three.
type pair [2]float64

// UnmarshalJSON reads a list of two numbers.
func (p *pair) UnmarshalJSON(data []byte) error {
	var list []float64
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	if len(list) != 2 {
		return fmt.Errorf("%d numbers, want 2", len(list))
	}
	*p = pair(list)
	return nil
}

// within reports limits that are in the wrong order or not from lo to hi.
func (p pair) within(op, setting string, lo, hi float64) error {
	if !(p[0] >= lo && p[0] <= p[1] && p[1] <= hi) {
		return fmt.Errorf("%s: %s is %v to %v, want an interval of %v to %v", op, setting, p[0], p[1], lo, hi)
	}
	return nil
}

// checkFill reports values that are neither one nor one for each channel.
func checkFill(op string, fill []float32, channels int) error {
	if n := len(fill); n > 1 && n != channels {
		return fmt.Errorf("%s: fill of %d values for %d channels", op, n, channels)
	}
	return nil
}

// fillOf returns the value for channel c.
func fillOf(fill []float32, c int) float32 {
	if len(fill) == 0 {
		return 0
	}
	return fill[c%len(fill)]
}

// largest bounds proportions and degrees, so that what is computed from them is
// finite.
const largest = 1 << 20

// round returns the nearest integer, and an even one in the middle.
func round(x float64) int { return int(math.RoundToEven(x)) }
