package grad

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// probability is the setting of dropout and its kin.
type probability struct{ P float64 }

func (p *probability) valid() bool { return p.P >= 0 && p.P < 1 }

func (p *probability) Infer(in, out []tensor.Shape) error {
	if !p.valid() {
		return fmt.Errorf("probability is %v, want at least 0 and less than 1", p.P)
	}
	return sameShape{}.Infer(in, out)
}

// draw fills the mask of n elements: 0 with probability P, else keep.
func (p *probability) draw(c *Call, n int, keep float64) {
	d := Work[dropping](c)
	*d = dropping{mask: c.Save(0, n), rand: c.Rand(), p: float32(p.P), scale: float32(keep)}
	parallel.For((n+lanePart-1)/lanePart, d)
}

// off reports whether x passes as it is.
func (p *probability) off(x *Var) bool { return p.valid() && (p.P == 0 || x.tape.mode&Train == 0) }

// dropout: dx = g·m, where m is 0 where an element was dropped, else 1/(1-P).
type dropout struct{ probability }

func (*dropout) Name() string { return "Dropout" }
func (*dropout) Needs() Needs { return Needs{} }

func (op *dropout) Forward(c *Call) {
	op.draw(c, c.Out(0).Len(), 1/(1-op.P))
	mapMask(c, loop.Binary(vec.Mul), savedMask(c))
}

func (*dropout) Backward(c *Call) { mapGrad(c, 0, loop.Binary(vec.Mul), savedMask(c)) }

// savedMask returns the first saved buffer, which has an element for each of the
// input.
func savedMask(c *Call) *tensor.Tensor {
	s := c.InShape(0)
	return c.header.Bind(c.Save(0, s.Size()), s)
}

// mapMask computes y = k(x, m), where m may repeat along axes of x.
func mapMask(c *Call, k loop.Kernel, m *tensor.Tensor) {
	y := c.Out(0)
	loop.Run(k, false, y.Shape(), operand(y), operand(c.In(0)), operand(m))
}

// dropping fills a mask from random numbers.
type dropping struct {
	mask     []float32
	rand     Rand
	p, scale float32
}

// Do implements [parallel.Task].
func (d *dropping) Do(_, part int) {
	lo := part * lanePart
	d.fill(d.mask[lo:min(lo+lanePart, len(d.mask))], lo)
}

// fill sets the elements of the mask from number first on.
func (d *dropping) fill(m []float32, first int) {
	d.rand.Floats(m, uint64(first))
	for i, u := range m {
		if u < d.p {
			m[i] = 0
		} else {
			m[i] = d.scale
		}
	}
}

// Dropout sets each element of x to 0 with probability p, 0 ≤ p < 1, and
// multiplies the others by 1/(1-p), so that the expected value stays the same.
// On a tape that does not train it returns x. What is dropped depends on the
// tape's seed and step, the place of the operation on the tape, and the place of
// the element in x. A p out of range is an error.
func Dropout(x *Var, p float64) *Var {
	op := dropout{probability{p}}
	if op.off(x) {
		return x
	}
	return apply1(op, x)
}

// spatialDropout is dropout of whole channels: m has one element for each.
type spatialDropout struct {
	probability
	rank int
	kept [maxRank]int // the shape of the mask
}

func (*spatialDropout) Name() string { return "SpatialDropout" }
func (*spatialDropout) Needs() Needs { return Needs{} }

func (op *spatialDropout) Infer(in, out []tensor.Shape) error {
	x := in[0]
	if len(x) < 2 || len(x) > maxRank {
		return fmt.Errorf("input has shape %v, want [batch channels …] of at most %d axes", x, maxRank)
	}
	op.rank = len(x)
	for i := range x {
		op.kept[i] = 1
	}
	op.kept[0], op.kept[1] = x[0], x[1]
	return op.probability.Infer(in, out)
}

func (op *spatialDropout) Forward(c *Call) {
	op.draw(c, op.kept[0]*op.kept[1], 1/(1-op.P))
	mapMask(c, loop.Binary(vec.Mul), op.mask(c))
}

func (op *spatialDropout) Backward(c *Call) { mapGrad(c, 0, loop.Binary(vec.Mul), op.mask(c)) }

func (op *spatialDropout) mask(c *Call) *tensor.Tensor {
	return c.header.Bind(c.Save(0, op.kept[0]*op.kept[1]), op.kept[:op.rank])
}

// SpatialDropout is [Dropout] of whole channels of x [N, C, …]: each is set to 0
// with probability p and else multiplied by 1/(1-p), since neighbours in a picture
// say nearly the same (Tompson et al. 2014, arXiv 1411.4280). It is PyTorch's
// dropout1d, dropout2d and dropout3d.
func SpatialDropout(x *Var, p float64) *Var {
	op := spatialDropout{probability: probability{p}}
	if op.off(x) {
		return x
	}
	return apply1(op, x)
}

// alphaDropout: y = m·x + P·a·s where x is kept and m = a, y = -(1-P)·a·s where
// it is dropped and m = 0; dx = g·m. s = λ·α is how far SELU is from 0 at -∞.
type alphaDropout struct{ probability }

func (*alphaDropout) Name() string { return "AlphaDropout" }
func (*alphaDropout) Needs() Needs { return Needs{} }

// scale returns a, for which the variance stays that of x.
func (op *alphaDropout) scale() float64 {
	const s = seluScale * seluAlpha
	return 1 / math.Sqrt((1-op.P)*(1+op.P*s*s))
}

func (op *alphaDropout) Forward(c *Call) {
	op.draw(c, c.Out(0).Len(), op.scale())
	mapMask(c, op, savedMask(c))
}

func (*alphaDropout) Backward(c *Call) { mapGrad(c, 0, loop.Binary(vec.Mul), savedMask(c)) }

// Rows implements [loop.Kernel].
func (op *alphaDropout) Rows(dst []float32, in [][]float32) {
	s := seluScale * seluAlpha * op.scale()
	kept, dropped := float32(op.P*s), float32(-(1-op.P)*s)
	for i, m := range in[1] {
		if m == 0 {
			dst[i] = dropped
		} else {
			dst[i] = in[0][i]*m + kept
		}
	}
}

// AlphaDropout sets each element of x with probability p, 0 ≤ p < 1, to the value
// that [SELU] has at -∞, and scales and shifts the result so that mean 0 and
// variance 1 stay what they are (Klambauer et al. 2017, arXiv 1706.02515). On a
// tape that does not train it returns x. What is dropped is keyed as in
// [Dropout].
func AlphaDropout(x *Var, p float64) *Var {
	op := alphaDropout{probability{p}}
	if op.off(x) {
		return x
	}
	return apply1(op, x)
}
