// Package paint holds what the makers of pictures among the examples share.
package paint

import "math/rand/v2"

// Colour is red, green and blue, from 0 to 1.
type Colour [3]float64

// Mix returns a part t of b and the rest of a.
func Mix(a, b Colour, t float64) Colour {
	for i := range a {
		a[i] += (b[i] - a[i]) * t
	}
	return a
}

// Shade returns a colour whose components lie around a brightness, as far away at
// most as spread says.
func Shade(r *rand.Rand, brightness, spread float64) Colour {
	var c Colour
	for i := range c {
		c[i] = min(max(brightness+Between(r, -spread, spread), 0), 1)
	}
	return c
}

// Between returns a number in [lo, hi).
func Between(r *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }
