package shapes

import (
	"math"
	"math/rand/v2"

	"github.com/gannet-ml/gannet/examples/internal/paint"
)

// part is what a point of a figure's frame belongs to.
type part uint8

const (
	outside part = iota
	inFill
	inPattern
)

// reach is how far from its middle a figure goes in its frame.
const reach = 1.25

// kind is a kind of figure. Unit scales its frame such that the areas of all kinds
// are the same to a few hundredths: that of a disc of radius 0.8.
type kind struct {
	name string
	unit float64
	at   func(b *blob, x, y float64) part
}

// kinds are the ten kinds, in the order of their labels.
var kinds = [10]kind{
	{"disc", 1, solid(func(x, y float64) bool { return math.Hypot(x, y) < 0.8 })},
	{"ring", 0.99, solid(func(x, y float64) bool {
		d := math.Hypot(x, y)
		return 0.5 < d && d < 0.95
	})},
	{"square", 1, solid(func(x, y float64) bool { return max(math.Abs(x), math.Abs(y)) < 0.71 })},
	{"triangle", 1.04, solid(func(x, y float64) bool { return y < 0.6 && 1.732*math.Abs(x)-y < 1.2 })},
	{"star", 1.05, solid(star)},
	{"cross", 0.99, solid(func(x, y float64) bool {
		x, y = math.Abs(x), math.Abs(y)
		return max(x, y) < 0.9 && min(x, y) < 0.36
	})},
	{"arrow", 1.04, solid(func(x, y float64) bool {
		side := math.Abs(y)
		return x > 0 && side < 1.05-x || x > -1 && x <= 0 && side < 0.38
	})},
	{"crescent", 1.17, solid(func(x, y float64) bool {
		return math.Hypot(x, y) < 1 && math.Hypot(x-0.55, y) > 0.85
	})},
	{"stripes", 1, patterned(func(x, _ float64) bool { return even(x) })},
	{"checks", 1, patterned(func(x, y float64) bool { return even(x) != even(y) })},
}

// solid is a figure in one colour.
func solid(inside func(x, y float64) bool) func(*blob, float64, float64) part {
	return func(_ *blob, x, y float64) part {
		if inside(x, y) {
			return inFill
		}
		return outside
	}
}

// patterned is a blob in two colours.
func patterned(second func(x, y float64) bool) func(*blob, float64, float64) part {
	return func(b *blob, x, y float64) part {
		switch {
		case !b.has(x, y):
			return outside
		case second(x, y):
			return inPattern
		}
		return inFill
	}
}

// even reports whether a coordinate lies in one of every second band.
func even(x float64) bool {
	const band = 0.36
	return int(math.Floor(x/band))&1 == 0
}

// star reports whether a point is in a star of five points.
func star(x, y float64) bool {
	const outer, inner = 1.2, 0.52
	const sector = math.Pi / 5
	// Fold the plane into half a point: the angle from its tip is 0 to sector.
	angle := math.Abs(math.Remainder(math.Atan2(y, x), 2*sector))
	d := math.Hypot(x, y)
	u, v := d*math.Cos(angle), d*math.Sin(angle)
	// The edge goes from the tip (outer, 0) to the notch at the angle sector.
	nx, ny := inner*math.Cos(sector), inner*math.Sin(sector)
	return (outer-u)*ny > v*(outer-nx)
}

// blob is a round figure with a wavy outline.
type blob struct{ wave2, phase2, wave3, phase3 float64 }

func newBlob(r *rand.Rand) blob {
	return blob{paint.Between(r, 0, 0.15), paint.Between(r, 0, 2*math.Pi), paint.Between(r, 0, 0.12), paint.Between(r, 0, 2*math.Pi)}
}

// has reports whether a point is in the blob.
func (b *blob) has(x, y float64) bool {
	angle := math.Atan2(y, x)
	return math.Hypot(x, y) < 0.8*(1+b.wave2*math.Sin(2*angle+b.phase2)+b.wave3*math.Sin(3*angle+b.phase3))
}
