// Package shapes makes small colour pictures of ten kinds of figures, so that
// examples run without any data at hand: the size and number of classes of
// CIFAR-10, but no photographs, and much easier.
//
// Every picture has one large figure before a background that changes from corner to
// corner, with some short bars and dots behind it, and differs in colours, light and
// noise. All kinds share the distributions of place, angle, area and colours, and a
// figure is as often darker as lighter than what is behind it, so that the average
// colour says nothing and no single pixel says much: a linear model cannot tell them
// apart.
package shapes

import (
	"math"
	"math/rand/v2"

	"github.com/gannet-ml/gannet/tensor"
)

// Size is the height and width of a picture.
const Size = 32

// Make returns n pictures, bytes [n, 3, Size, Size], their labels, the kinds of
// figures in turn, and the names of the labels: what data.Images takes. Picture i
// depends on the seed and on i alone.
func Make(n int, seed uint64) (pixels *tensor.Bytes, labels *tensor.Ints, classes []string) {
	pixels, labels = tensor.Make[uint8](n, 3, Size, Size), tensor.Make[int](n)
	for i := range n {
		kind := i % len(kinds)
		labels.Set(kind, i)
		draw(pixels.Index(0, i).Data(), kinds[kind], rand.New(rand.NewPCG(seed, uint64(i))))
	}
	for _, k := range kinds {
		classes = append(classes, k.name)
	}
	return pixels, labels, classes
}

type colour [3]float64

// mix returns a part t of b and the rest of a.
func mix(a, b colour, t float64) colour {
	for i := range a {
		a[i] += (b[i] - a[i]) * t
	}
	return a
}

// between returns a number in [lo, hi).
func between(r *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }

// shade returns a colour whose components lie around a brightness, up to 0.25 away.
func shade(r *rand.Rand, brightness float64) colour {
	var c colour
	for i := range c {
		c[i] = min(max(brightness+between(r, -0.25, 0.25), 0), 1)
	}
	return c
}

// bar is a line with round ends behind the figure; a short one is a dot.
type bar struct {
	x, y, dx, dy, length, radius float64
	colour                       colour
}

func newBar(r *rand.Rand) bar {
	dy, dx := math.Sincos(between(r, 0, math.Pi))
	return bar{
		x: between(r, 0, Size), y: between(r, 0, Size), dx: dx, dy: dy,
		length: between(r, 0, 12), radius: between(r, 0.7, 2), colour: shade(r, r.Float64()),
	}
}

// cover returns how much of the pixel round a point the bar covers.
func (b *bar) cover(x, y float64) float64 {
	x, y = x-b.x, y-b.y
	t := min(max(x*b.dx+y*b.dy, 0), b.length)
	return min(max(b.radius+0.5-math.Hypot(x-t*b.dx, y-t*b.dy), 0), 1)
}

// scene is what is drawn in one picture.
type scene struct {
	kind           kind
	blob           blob
	x, y, scale    float64 // of the figure, in pixels
	sin, cos       float64
	fill, pattern  colour
	corners        [4]colour
	bars           []bar
	light, noise   float64
	lightX, lightY float64
}

func newScene(k kind, r *rand.Rand) *scene {
	fill, back := between(r, 0.05, 0.4), between(r, 0.6, 0.95)
	if r.Float64() < 0.5 { // a light figure before something dark
		fill, back = back, fill
	}
	s := &scene{
		kind: k, blob: newBlob(r),
		x: between(r, 12, 20), y: between(r, 12, 20), scale: between(r, 7, 10),
		fill: shade(r, fill), pattern: shade(r, 1-fill),
		corners: [4]colour{shade(r, back), shade(r, back), shade(r, back), shade(r, back)},
		bars:    make([]bar, r.IntN(5)),
		light:   between(r, 0, 0.15), noise: between(r, 0.02, 0.08),
	}
	s.scale *= k.unit
	s.sin, s.cos = math.Sincos(between(r, 0, 2*math.Pi))
	s.lightY, s.lightX = math.Sincos(between(r, 0, 2*math.Pi))
	for i := range s.bars {
		s.bars[i] = newBar(r)
	}
	return s
}

// behind returns the colour of the background at a point.
func (s *scene) behind(x, y float64) colour {
	u, v := x/Size, y/Size
	c := mix(mix(s.corners[0], s.corners[1], u), mix(s.corners[2], s.corners[3], u), v)
	for i := range s.bars {
		if cover := s.bars[i].cover(x, y); cover > 0 {
			c = mix(c, s.bars[i].colour, cover)
		}
	}
	return c
}

// figure returns how much of the pixel round a point the figure covers, in its own
// colour and in that of its pattern.
func (s *scene) figure(x, y float64) (fill, pattern float64) {
	const fine = 3 // samples a pixel in each direction
	for k := range fine * fine {
		dx := (x + (float64(k%fine)+0.5)/fine - 0.5 - s.x) / s.scale
		dy := (y + (float64(k/fine)+0.5)/fine - 0.5 - s.y) / s.scale
		switch s.kind.at(&s.blob, dx*s.cos+dy*s.sin, dy*s.cos-dx*s.sin) {
		case inFill:
			fill++
		case inPattern:
			pattern++
		}
	}
	return fill / (fine * fine), pattern / (fine * fine)
}

// draw fills one picture, of three channels of Size rows.
func draw(dst []uint8, k kind, r *rand.Rand) {
	s := newScene(k, r)
	for i := range Size {
		for j := range Size {
			x, y := float64(j)+0.5, float64(i)+0.5
			c := s.behind(x, y)
			if math.Hypot(x-s.x, y-s.y) < reach*s.scale+1 {
				fill, pattern := s.figure(x, y)
				for ch := range c {
					c[ch] += fill*(s.fill[ch]-c[ch]) + pattern*(s.pattern[ch]-c[ch])
				}
			}
			light := s.light * (s.lightX*(x-Size/2) + s.lightY*(y-Size/2)) / (Size / 2)
			for ch, v := range c {
				v += light + s.noise*r.NormFloat64()
				dst[(ch*Size+i)*Size+j] = uint8(255 * min(max(v, 0), 1))
			}
		}
	}
}
