package grad

import (
	"errors"
	"fmt"

	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/tensor"
)

// linear: dx = g·W, dW = gᵀ·x over all rows, db = Σ g over all rows.
type linear struct{}

func (*linear) Name() string { return "Linear" }
func (*linear) Needs() Needs { return Needs{In: 0b11} }

func (*linear) Infer(in, out []tensor.Shape) error {
	x, w, b := in[0], in[1], in[2]
	switch {
	case len(w) != 2:
		return fmt.Errorf("weight has shape %v, want [out in]", w)
	case len(x) == 0:
		return errors.New("input has shape [], want at least one axis")
	case x[len(x)-1] != w[1]:
		return fmt.Errorf("input has %d features, want %d", x[len(x)-1], w[1])
	case b != nil && (len(b) != 1 || b[0] != w[0]):
		return fmt.Errorf("bias has shape %v, want [%d]", b, w[0])
	}
	out[0] = append(append(out[0][:0], x[:len(x)-1]...), w[0])
	return nil
}

// Prepack implements [Prepacker].
func (*linear) Prepack(c *Call) any {
	w := c.In(1)
	return gemm.PackB(w.Dim(0), w.Dim(1), &gemm.Matrix{Data: w.Raw(), I: w.Strides()[0], K: w.Strides()[1]})
}

// product prepares a product over the rows of x. The axes of x but for the last
// two are batch axes, which product joins with the rows wherever it can.
func (*linear) product(c *Call) (p *product, l layout, rows int) {
	p = Work[product](c)
	x := c.InShape(0)
	if len(x) == 1 {
		p.rank = 0
		return p, row, 1
	}
	p.rank = copy(p.shape[:], x[:len(x)-2])
	return p, matrix, x[len(x)-2]
}

func (op *linear) Forward(c *Call) {
	x, w, y := c.In(0), c.In(1), c.Out(0)
	if y.Len() == 0 {
		return
	}
	p, l, rows := op.product(c)
	p.m, p.n, p.k, p.accumulate = rows, w.Dim(0), w.Dim(1), false
	p.bias = c.InData(2)
	p.packed, _ = c.Packed().(*gemm.Packed)
	p.run(matricesOf(x, l, p.rank), matricesOf(w, matrix, p.rank).transposed(), matricesOf(y, l, p.rank))
}

func (op *linear) Backward(c *Call) {
	g, out, in := c.GradOut(0), c.InShape(1)[0], c.InShape(1)[1]
	p, l, rows := op.product(c)
	gm := matricesOf(g, l, p.rank)
	if dst, first := c.GradIn(0); dst != nil {
		p.m, p.n, p.k = rows, in, out
		p.addTo(c, dst, first, l, gm, matricesOf(c.In(1), matrix, p.rank))
	}
	if dst, first := c.GradIn(1); dst != nil {
		p.m, p.n, p.k = out, in, rows
		p.addTo(c, dst, first, matrix, gm.transposed(), matricesOf(c.In(0), l, p.rank))
	}
	if dst, first := c.GradIn(2); dst != nil {
		sumGrad(dst, g, first)
	}
}

// Linear applies
//
//	y = x·Wᵀ + b
//
// to the last axis of x. Shapes: x [..., in], w [out, in], b [out] or nil for
// none, y [..., out].
func Linear(x, w, b *Var) *Var { return apply3(linear{}, x, w, b) }
