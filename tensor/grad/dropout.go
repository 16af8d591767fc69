package grad

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// dropout: dx = g·m, where m is 0 where an element was dropped, else 1/(1-P).
type dropout struct{ P float64 }

func (*dropout) Name() string { return "Dropout" }
func (*dropout) Needs() Needs { return Needs{} }

func (op *dropout) Infer(in, out []tensor.Shape) error {
	if !op.valid() {
		return fmt.Errorf("probability is %v, want at least 0 and less than 1", op.P)
	}
	return sameShape{}.Infer(in, out)
}

func (op *dropout) valid() bool { return op.P >= 0 && op.P < 1 }

func (op *dropout) Forward(c *Call) {
	d := Work[dropping](c)
	*d = dropping{mask: c.Save(0, c.Out(0).Len()), rand: c.Rand(), p: float32(op.P), scale: float32(1 / (1 - op.P))}
	parallel.For((len(d.mask)+lanePart-1)/lanePart, d)
	m := op.mask(c)
	loop.Run(loop.Binary(vec.Mul), false, m.Shape(), operand(c.Out(0)), operand(c.In(0)), operand(m))
}

func (op *dropout) Backward(c *Call) { mapGrad(c, 0, loop.Binary(vec.Mul), op.mask(c)) }

func (*dropout) mask(c *Call) *tensor.Tensor {
	s := c.InShape(0)
	return c.header.Bind(c.Save(0, s.Size()), s)
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
	m := d.mask[lo:min(lo+lanePart, len(d.mask))]
	d.rand.Floats(m, uint64(lo))
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
	op := dropout{P: p}
	if op.valid() && (p == 0 || x.tape.mode&Train == 0) {
		return x
	}
	return apply1(op, x)
}
