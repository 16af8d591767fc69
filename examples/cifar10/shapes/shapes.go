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

	"github.com/gannet-ml/gannet/examples/internal/paint"
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

// shade returns a colour of about a brightness.
func shade(r *rand.Rand, brightness float64) paint.Colour { return paint.Shade(r, brightness, 0.25) }

// bar is a line with round ends behind the figure; a short one is a dot.
type bar struct {
	x, y, dx, dy, length, radius float64
	colour                       paint.Colour
}

func newBar(r *rand.Rand) bar {
	dy, dx := math.Sincos(paint.Between(r, 0, math.Pi))
	return bar{
		x: paint.Between(r, 0, Size), y: paint.Between(r, 0, Size), dx: dx, dy: dy,
		length: paint.Between(r, 0, 12), radius: paint.Between(r, 0.7, 2), colour: shade(r, r.Float64()),
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
	fill, pattern  paint.Colour
	corners        [4]paint.Colour
	bars           []bar
	light, noise   float64
	lightX, lightY float64
}

func newScene(k kind, r *rand.Rand) *scene {
	fill, back := paint.Between(r, 0.05, 0.4), paint.Between(r, 0.6, 0.95)
	if r.Float64() < 0.5 { // a light figure before something dark
		fill, back = back, fill
	}
	s := &scene{
		kind: k, blob: newBlob(r),
		x: paint.Between(r, 12, 20), y: paint.Between(r, 12, 20), scale: paint.Between(r, 7, 10),
		fill: shade(r, fill), pattern: shade(r, 1-fill),
		corners: [4]paint.Colour{shade(r, back), shade(r, back), shade(r, back), shade(r, back)},
		bars:    make([]bar, r.IntN(5)),
		light:   paint.Between(r, 0, 0.15), noise: paint.Between(r, 0.02, 0.08),
	}
	s.scale *= k.unit
	s.sin, s.cos = math.Sincos(paint.Between(r, 0, 2*math.Pi))
	s.lightY, s.lightX = math.Sincos(paint.Between(r, 0, 2*math.Pi))
	for i := range s.bars {
		s.bars[i] = newBar(r)
	}
	return s
}

// behind returns the colour of the background at a point.
func (s *scene) behind(x, y float64) paint.Colour {
	u, v := x/Size, y/Size
	c := paint.Mix(paint.Mix(s.corners[0], s.corners[1], u), paint.Mix(s.corners[2], s.corners[3], u), v)
	for i := range s.bars {
		if cover := s.bars[i].cover(x, y); cover > 0 {
			c = paint.Mix(c, s.bars[i].colour, cover)
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
