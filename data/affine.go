package data

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/tensor"
)

// RandomRotation turns a picture round its middle by an angle between -degrees
// and degrees, counter-clockwise. Shapes: [C, H, W], kept.
//
// It is torchvision's RandomRotation. Options: [Nearest], the default,
// [Bilinear] and [Fill].
func RandomRotation(degrees float64, opts ...TransformOption) Transform {
	t := &randomRotation{Degrees: degrees, Interpolation: nearest, Fill: []float32{0}}
	return configure("RandomRotation", t, choices{interpolation: &t.Interpolation, fill: &t.Fill}, opts)
}

type randomRotation struct {
	Degrees       float64       `json:"degrees"`
	Interpolation interpolation `json:"interpolation"`
	Fill          []float32     `json:"fill,omitempty"`
}

func (t *randomRotation) check() error {
	return checkTurn("RandomRotation", t.Degrees, t.Interpolation)
}

func (t *randomRotation) Shape(in tensor.Shape) (tensor.Shape, error) {
	return filled("RandomRotation", t, in, t.Fill)
}

func (t *randomRotation) Apply(dst, src *tensor.Tensor, r *Rand) error {
	m := movement{angle: -r.uniform(-t.Degrees, t.Degrees), scale: 1}
	m.apply(dst, src, t.Interpolation, t.Fill)
	return nil
}

// RandomAffine turns a picture round its middle by an angle between -degrees and
// degrees, clockwise, after scaling, slanting and before moving it as the options
// say. Each amount is chosen evenly between its limits, movements in whole
// pixels. Shapes: [C, H, W], kept.
//
// It is torchvision's RandomAffine, of whose arguments shear=s is Shear(s, 0).
// Options: [Translate], [Scale], [Shear], [Nearest], the default, [Bilinear] and
// [Fill].
func RandomAffine(degrees float64, opts ...TransformOption) Transform {
	t := &randomAffine{Degrees: degrees, Scale: pair{1, 1}, Interpolation: nearest, Fill: []float32{0}}
	return configure("RandomAffine", t, choices{
		translate: &t.Translate, scale: &t.Scale, shear: &t.Shear, interpolation: &t.Interpolation, fill: &t.Fill,
	}, opts)
}

type randomAffine struct {
	Degrees       float64       `json:"degrees"`
	Translate     pair          `json:"translate"`
	Scale         pair          `json:"scale"`
	Shear         pair          `json:"shear"`
	Interpolation interpolation `json:"interpolation"`
	Fill          []float32     `json:"fill,omitempty"`
}

func (t *randomAffine) check() error {
	const op = "RandomAffine"
	if err := checkTurn(op, t.Degrees, t.Interpolation); err != nil {
		return err
	}
	for _, v := range t.Translate {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("%s: translation is %v, want 0 to 1", op, v)
		}
	}
	for _, v := range t.Shear {
		if !(v >= 0 && v < 90) {
			return fmt.Errorf("%s: shear is %v degrees, want at least 0 and less than 90", op, v)
		}
	}
	return t.Scale.within(op, "scale", 1./largest, largest)
}

func (t *randomAffine) Shape(in tensor.Shape) (tensor.Shape, error) {
	return filled("RandomAffine", t, in, t.Fill)
}

func (t *randomAffine) Apply(dst, src *tensor.Tensor, r *Rand) error {
	m := t.choose(src.Dim(-2), src.Dim(-1), r)
	m.apply(dst, src, t.Interpolation, t.Fill)
	return nil
}

func (t *randomAffine) choose(h, w int, r *Rand) movement {
	about := func(limit float64) float64 { return r.uniform(-limit, limit) }
	return movement{
		angle:  about(t.Degrees),
		moveX:  float64(round(about(t.Translate[0] * float64(w)))),
		moveY:  float64(round(about(t.Translate[1] * float64(h)))),
		scale:  r.uniform(t.Scale[0], t.Scale[1]),
		shearX: math.Tan(radians(about(t.Shear[0]))),
		shearY: math.Tan(radians(about(t.Shear[1]))),
	}
}

func radians(degrees float64) float64 { return degrees * math.Pi / 180 }

// checkTurn reports impossible settings that turning pictures has.
func checkTurn(op string, degrees float64, i interpolation) error {
	if !(degrees >= 0 && degrees <= largest) {
		return fmt.Errorf("%s: degrees are %v, want 0 to %d", op, degrees, largest)
	}
	return i.check(op, nearest, bilinear)
}

// filled returns the shape of a picture that is kept, with a fill for its
// channels.
func filled(op string, t checker, in tensor.Shape, fill []float32) (tensor.Shape, error) {
	if _, _, err := picture(op, t, in); err != nil {
		return nil, err
	}
	return in, checkFill(op, fill, in[0])
}

// movement is an affine map of the plane: with coordinates (x, y) to the right
// and down, of which the point that stays is (0, 0),
//
//	p → scale · turn(angle) · slantY · slantX · p + move
//
//	turn = | cos  -sin |   slantX = | 1  -shearX |   slantY = |    1     0 |
//	       | sin   cos |            | 0     1    |            | -shearY  1 |
type movement struct {
	angle          float64 // in degrees, clockwise
	moveX, moveY   float64 // pixels
	scale          float64
	shearX, shearY float64 // tangents
	corner         bool    // the upper left corner stays, not the middle
}

// matrix returns where pixel (i, j) of the result, row and column, comes from in
// a picture of h×w pixels: column m[0]·j + m[1]·i + m[2], row m[3]·j + m[4]·i +
// m[5].
func (m *movement) matrix(h, w int) [6]float64 {
	sin, cos := math.Sincos(radians(m.angle))
	// turn · slantY · slantX, whose determinant is 1.
	a, c := cos+m.shearY*sin, sin-m.shearY*cos
	b, d := -m.shearX*a-sin, -m.shearX*c+cos
	// The inverse, with the scale.
	a, b, c, d = d/m.scale, -b/m.scale, -c/m.scale, a/m.scale
	// The middles of pixels are at halves. What stays is at (x, y).
	x, y := float64(w)/2, float64(h)/2
	if m.corner {
		x, y = 0, 0
	}
	u, v := 0.5-x-m.moveX, 0.5-y-m.moveY
	return [6]float64{a, b, a*u + b*v + x - 0.5, c, d, c*u + d*v + y - 0.5}
}

// apply writes src, moved, to dst. Outside of the picture there are zeros, which
// fill, if there is any, replaces: a bilinear mean v of which a share s of the
// weights lies inside becomes s·v + (1-s)·fill, as it does in torchvision.
func (m *movement) apply(dst, src *tensor.Tensor, i interpolation, fill []float32) {
	g := gather{m: m.matrix(src.Dim(-2), src.Dim(-1)), h: src.Dim(-2), w: src.Dim(-1)}
	if i == bilinear {
		g.bilinear(dst, src, fill)
	} else {
		g.nearest(dst, src, fill)
	}
}

// gather takes the pixels of a picture of h×w from places that a matrix says.
type gather struct {
	m    [6]float64
	h, w int
}

// place returns where pixel (i, j) comes from.
func (g *gather) place(i, j int) (x, y float64) {
	return g.m[0]*float64(j) + (g.m[1]*float64(i) + g.m[2]), g.m[3]*float64(j) + (g.m[4]*float64(i) + g.m[5])
}

// near returns the pixel nearest to (x, y), as its number, or -1 outside.
func (g *gather) near(x, y float64) int {
	x, y = math.RoundToEven(x), math.RoundToEven(y)
	if !(x >= 0 && x < float64(g.w) && y >= 0 && y < float64(g.h)) {
		return -1
	}
	return int(y)*g.w + int(x)
}

func (g *gather) nearest(dst, src *tensor.Tensor, fill []float32) {
	y, x := dst.Data(), src.Data()
	n := g.h * g.w
	for i := range g.h {
		for j := range g.w {
			from := g.near(g.place(i, j))
			for c := range src.Dim(0) {
				v := fillOf(fill, c)
				if from >= 0 {
					v = x[c*n+from]
				}
				y[c*n+i*g.w+j] = v
			}
		}
	}
}

// bilinear blends the four pixels round a place. To have them at the edges as
// well, it works on copies of the channels with a border of zeros.
func (g *gather) bilinear(dst, src *tensor.Tensor, fill []float32) {
	stride := g.w + 2
	framed := mem.Get((g.h + 2) * stride)
	defer mem.Put(framed)
	clear(framed)
	n := g.h * g.w
	for c := range src.Dim(0) {
		for i := range g.h {
			copy(framed[(i+1)*stride+1:], src.Data()[c*n+i*g.w:][:g.w])
		}
		out := dst.Data()[c*n:][:n]
		for i := range g.h {
			for j := range g.w {
				v, inside := g.blend(framed, i, j)
				if inside < 1 && len(fill) > 0 {
					v = inside*v + (1-inside)*fillOf(fill, c)
				}
				out[i*g.w+j] = v
			}
		}
	}
}

// blend returns pixel (i, j) from a channel with a border, and the sum of the
// weights of what is not border.
func (g *gather) blend(framed []float32, i, j int) (value, inside float32) {
	x, y := g.place(i, j)
	if !(x > -1 && x < float64(g.w) && y > -1 && y < float64(g.h)) {
		return 0, 0
	}
	left, top := int(x+1), int(y+1) // in the copy; not negative, so that int rounds down
	u, v := float32(x+1-float64(left)), float32(y+1-float64(top))
	stride := g.w + 2
	p := framed[top*stride+left:]
	q := p[stride : stride+2]
	value = (1-v)*((1-u)*p[0]+u*p[1]) + v*((1-u)*q[0]+u*q[1])
	return value, share(left, g.w, u) * share(top, g.h, v)
}

// share returns how much of the weights 1-u and u of pixels at and at+1 belongs
// to those from 1 to n.
func share(at, n int, u float32) float32 {
	switch at {
	case 0:
		return u
	case n:
		return 1 - u
	}
	return 1
}
