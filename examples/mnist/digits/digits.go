// Package digits makes small pictures of digits that look as if written by hand,
// so that examples run without any data at hand. They are like those of MNIST, grey
// pictures of 28×28 with a white pen on black, but come from a formula: a network
// that reads them has not learnt to read people's writing.
//
// Every digit is a few strokes, in two or three ways of writing it, which are bent,
// slanted, turned, scaled and moved at random. All digits share the distributions
// of these and of the ink that a picture takes: what has less to write, a 1, is
// written with a broader pen, so that the average brightness says nothing. Since
// digits are not centred as those of MNIST are, a linear model reads a good part of
// them wrong.
package digits

import (
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/gannet-ml/gannet/examples/internal/paint"
	"github.com/gannet-ml/gannet/tensor"
)

// Size is the height and width of a picture.
const Size = 28

// Make returns n pictures, bytes [n, 1, Size, Size], their labels, 0 to 9 in turn,
// and the names of the labels: what data.Images takes. Picture i depends on the seed
// and on i alone.
func Make(n int, seed uint64) (pixels *tensor.Bytes, labels *tensor.Ints, classes []string) {
	pixels, labels = tensor.Make[uint8](n, 1, Size, Size), tensor.Make[int](n)
	for i := range n {
		digit := i % len(forms)
		labels.Set(digit, i)
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		draw(pixels.Index(0, i).Data(), forms[digit][r.IntN(len(forms[digit]))], r)
	}
	for digit := range forms {
		classes = append(classes, strconv.Itoa(digit))
	}
	return pixels, labels, classes
}

// hand is how a digit is written: where a point of its form comes to lie.
type hand struct {
	bend                   [2][3]float64 // of x and y: height, frequency and phase of a wave
	slant, turn            float64
	width, scale           float64
	x, y                   float64 // of the middle
	softness, noise, paper float64
}

func newHand(r *rand.Rand) *hand {
	h := &hand{
		slant: paint.Between(r, -0.3, 0.3), turn: paint.Between(r, -0.2, 0.2),
		width: paint.Between(r, 0.85, 1.15), scale: paint.Between(r, 6.5, 9.5),
		x: Size/2 + paint.Between(r, -4, 4), y: Size/2 + paint.Between(r, -3, 3),
		softness: paint.Between(r, 0.5, 1), noise: paint.Between(r, 0.01, 0.06), paper: paint.Between(r, 0, 0.03),
	}
	for i := range h.bend {
		h.bend[i] = [3]float64{paint.Between(r, 0, 0.14), paint.Between(r, 1.5, 3), paint.Between(r, 0, 2*math.Pi)}
	}
	return h
}

// place returns where a point of a form lies in the picture, in pixels. Points at
// which two strokes meet stay together, since the way depends on the place alone.
func (h *hand) place(p point) point {
	wave := func(b [3]float64, at float64) float64 { return b[0] * math.Sin(b[1]*at+b[2]) }
	x, y := p.x+wave(h.bend[0], p.y), p.y+wave(h.bend[1], p.x+p.y)
	x = h.width*x - h.slant*y
	sin, cos := math.Sincos(h.turn)
	return point{h.x + h.scale*(cos*x-sin*y), h.y + h.scale*(sin*x+cos*y)}
}

// draw fills a picture, Size rows of Size pixels.
func draw(dst []uint8, f form, r *rand.Rand) {
	h := newHand(r)
	lines := make([][]point, len(f))
	length := 0.0
	for i, stroke := range f {
		for _, p := range stroke.curve() {
			lines[i] = append(lines[i], h.place(p))
		}
		for k := 1; k < len(lines[i]); k++ {
			length += lines[i][k].sub(lines[i][k-1]).norm()
		}
	}
	// The picture shall take this much ink, as a sum of pixels from 0 to 1. What is
	// short gets a pen that is broader and whiter.
	ink := paint.Between(r, 65, 95)
	pen := 2 * math.Sqrt(ink/length)
	var cover [Size * Size]float64
	for _, line := range lines {
		for k := 1; k < len(line); k++ {
			segment(&cover, line[k-1], line[k], pen/2, h.softness)
		}
	}
	sum := 0.0
	for _, c := range cover {
		sum += c
	}
	white := min(ink/sum, 1)
	for i, c := range cover {
		v := h.paper + (white-h.paper)*c + h.noise*r.NormFloat64()
		dst[i] = uint8(255 * min(max(v, 0), 1))
	}
}

// segment draws the line from a to b with a round pen of the given radius, whose
// edge fades over 2·soft pixels.
func segment(cover *[Size * Size]float64, a, b point, radius, soft float64) {
	reach := radius + soft
	pixels := func(u, v float64) (lo, hi int) {
		return max(int(min(u, v)-reach), 0), min(int(max(u, v)+reach)+1, Size)
	}
	left, right := pixels(a.x, b.x)
	top, bottom := pixels(a.y, b.y)
	d := b.sub(a)
	length2 := max(d.x*d.x+d.y*d.y, 1e-12)
	for i := top; i < bottom; i++ {
		for j := left; j < right; j++ {
			p := point{float64(j) + 0.5, float64(i) + 0.5}.sub(a)
			t := min(max((p.x*d.x+p.y*d.y)/length2, 0), 1)
			away := p.sub(point{t * d.x, t * d.y}).norm()
			c := min(max((reach-away)/(2*soft), 0), 1)
			cover[i*Size+j] = max(cover[i*Size+j], c)
		}
	}
}
