// Package drawings makes small pictures of cats and dogs, so that the example
// runs without any data at hand. They are drawings, not photographs: a network
// that tells them apart has learnt ears and muzzles, nothing of the world.
//
// Every picture differs in pose, size, colours, background, light and noise. The
// two kinds share their distributions of all of these, so that the average
// colour says nothing, and fur is as often darker as lighter than what is behind
// it, so that no single pixel says much: a linear model cannot tell them apart.
package drawings

import (
	"math"
	"math/rand/v2"

	"github.com/gannet-ml/gannet/examples/internal/paint"
	"github.com/gannet-ml/gannet/tensor"
)

// Size is the height and width of a picture.
const Size = 32

// Make returns n pictures, bytes [n, 3, Size, Size], their labels, cats and dogs
// in turn, and the names of the labels: what data.Images takes. Picture i depends
// on the seed and on i alone.
func Make(n int, seed uint64) (pixels *tensor.Bytes, labels *tensor.Ints, classes []string) {
	pixels, labels = tensor.Make[uint8](n, 3, Size, Size), tensor.Make[int](n)
	for i := range n {
		labels.Set(i%2, i)
		draw(pixels.Index(0, i), i%2 == 1, rand.New(rand.NewPCG(seed, uint64(i))))
	}
	return pixels, labels, []string{"cat", "dog"}
}

// animal is a head in a frame of its own: the face is the unit circle, y points
// down.
type animal struct {
	dog                          bool
	x, y, scale, sin, cos        float64 // where it is in the picture
	squash                       float64 // the face is an ellipse
	earLength, earWidth          float64
	earTilt                      float64
	muzzle                       float64
	body, tail                   float64 // half width, and the distance of a cat's tail
	fur, ears, nose, light, eyes paint.Colour
}

// shade returns a colour of about a brightness.
func shade(r *rand.Rand, brightness float64) paint.Colour { return paint.Shade(r, brightness, 0.3) }

// newAnimal makes up an animal with fur of about the given brightness.
func newAnimal(dog bool, fur float64, r *rand.Rand) *animal {
	angle := paint.Between(r, -0.35, 0.35)
	a := &animal{
		dog: dog,
		x:   paint.Between(r, 14, 18), y: paint.Between(r, 12, 16), scale: paint.Between(r, 7, 9.5),
		sin: math.Sin(angle), cos: math.Cos(angle),
		squash:    paint.Between(r, 0.9, 1.15),
		earLength: paint.Between(r, 0.8, 1.15), earWidth: paint.Between(r, 0.35, 0.5), earTilt: paint.Between(r, -0.15, 0.15),
		muzzle: paint.Between(r, 0.38, 0.5),
		body:   paint.Between(r, 0.5, 0.65), tail: paint.Between(r, 0.95, 1.2),
		fur: shade(r, fur), nose: shade(r, 1-fur), eyes: shade(r, 1-fur),
	}
	if r.Float64() < 0.5 {
		a.tail = -a.tail
	}
	if dog {
		a.body = paint.Between(r, 0.8, 1)
	}
	a.ears = paint.Mix(a.fur, shade(r, fur), 0.5)
	a.light = paint.Mix(a.fur, shade(r, 1-fur), 0.4)
	return a
}

// at returns the colour of the animal at a point of its frame, and whether the
// point belongs to it.
func (a *animal) at(x, y float64) (paint.Colour, bool) {
	side := math.Abs(x) // the head is symmetrical
	in := func(cx, cy, rx, ry float64) bool {
		dx, dy := (side-cx)/rx, (y-cy)/ry
		return dx*dx+dy*dy < 1
	}
	switch {
	case in(0.38, -0.2, 0.14, 0.17): // eyes
		return a.eyes, true
	case a.dog && in(0, 0.42, 0.2, 0.15), !a.dog && in(0, 0.25, 0.11, 0.09):
		return a.nose, true
	case a.dog && in(0.95, -0.7+a.earLength*0.6, a.earWidth*0.75, a.earLength*0.8): // hanging ears
		return a.ears, true
	case a.dog && in(0, 0.55, a.muzzle, 0.48): // long muzzle
		return a.light, true
	case in(0, 0, 1, a.squash):
		return a.fur, true
	case !a.dog && a.pointed(side, y):
		return a.ears, true
	case y > 0 && side < a.body: // the body hides below the head
		return a.fur, true
	case !a.dog && y > 0.6 && math.Abs(x-a.tail-0.1*math.Sin(4*y)) < 0.13: // raised tail
		return a.ears, true
	}
	return paint.Colour{}, false
}

// pointed reports whether a point is in a cat's ear, a triangle on the head.
func (a *animal) pointed(side, y float64) bool {
	t := (-0.45 - y) / a.earLength // 0 at the base, 1 at the tip
	centre := 0.62 + a.earTilt*t
	return t > 0 && t < 1 && math.Abs(side-centre) < a.earWidth*(1-t)
}

// draw fills one picture [3, Size, Size].
func draw(dst *tensor.Bytes, dog bool, r *rand.Rand) {
	fur, back := paint.Between(r, 0, 0.6), paint.Between(r, 0.4, 1)
	if r.Float64() < 0.5 { // a light animal in front of something dark
		fur, back = back, fur
	}
	a := newAnimal(dog, fur, r)
	corner := [4]paint.Colour{shade(r, back), shade(r, back), shade(r, back), shade(r, back)}
	blobs := make([]struct {
		x, y, r float64
		c       paint.Colour
	}, r.IntN(4))
	for i := range blobs {
		b := &blobs[i]
		b.x, b.y, b.r, b.c = paint.Between(r, 0, Size), paint.Between(r, 0, Size), paint.Between(r, 2, 6), shade(r, r.Float64())
	}
	noise, light := paint.Between(r, 0.02, 0.1), paint.Between(r, -0.15, 0.15)
	const fine = 3 // samples a pixel in each direction
	for i := range Size {
		for j := range Size {
			var sum paint.Colour
			for s := range fine * fine {
				y, x := float64(i)+(float64(s/fine)+0.5)/fine, float64(j)+(float64(s%fine)+0.5)/fine
				u, v := x/Size, y/Size
				c := paint.Mix(paint.Mix(corner[0], corner[1], u), paint.Mix(corner[2], corner[3], u), v)
				for _, b := range blobs {
					if math.Hypot(x-b.x, y-b.y) < b.r {
						c = b.c
					}
				}
				dx, dy := (x-a.x)/a.scale, (y-a.y)/a.scale
				if own, ok := a.at(dx*a.cos+dy*a.sin, dy*a.cos-dx*a.sin); ok {
					c = own
				}
				for k := range sum {
					sum[k] += c[k] / (fine * fine)
				}
			}
			for k, v := range sum {
				v += light*(1-2*float64(j)/Size) + noise*r.NormFloat64()
				dst.Set(uint8(255*min(max(v, 0), 1)), k, i, j)
			}
		}
	}
}
