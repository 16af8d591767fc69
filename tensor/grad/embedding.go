package grad

import (
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// embedding: row i of dw gets the sum of the rows of g that were read there,
// unless it is row Padding, which gets nothing.
type embedding struct{ Padding int }

func (*embedding) Name() string { return "Embedding" }
func (*embedding) Needs() Needs { return Needs{} }

func (op *embedding) Infer(in, out []tensor.Shape) error {
	w := in[1]
	switch {
	case len(w) != 2:
		return fmt.Errorf("weight has shape %v, want [vocabulary dim]", w)
	case op.Padding >= w[0]:
		return fmt.Errorf("padding is row %d of a weight of shape %v, want less than %d", op.Padding, w, w[0])
	}
	out[0] = append(append(out[0][:0], in[0]...), w[1])
	return nil
}

func (op *embedding) Forward(c *Call) {
	ids := c.InData(0)
	rows, size := c.InShape(1)[0], c.InShape(1)[1]
	at := c.SaveInts(0, len(ids))
	w, y := c.InData(1), c.Out(0).Data()
	for i, id := range ids {
		n := int(id)
		if !(id >= 0 && id < 1<<30) || id != float32(n) || n >= rows {
			c.Fail(fmt.Errorf("id %v at position %v, want a whole number from 0 to %d", id, position(i, c.InShape(0)), rows-1))
			return
		}
		at[i] = n
		copy(y[i*size:(i+1)*size], w[n*size:])
	}
}

// position returns the indices of element i of an array.
func position(i int, s tensor.Shape) []int {
	p := slices.Clone(s)
	for a := len(s) - 1; a >= 0; a-- {
		p[a] = i % s[a]
		i /= s[a]
	}
	return p
}

func (op *embedding) Backward(c *Call) {
	dw, add := c.BeginGrad(1)
	if dw == nil {
		return
	}
	if !add {
		clear(dw)
	}
	size, g := c.InShape(1)[1], c.GradOutData(0)
	for i, id := range c.SaveInts(0, c.InShape(0).Size()) {
		if id != op.Padding {
			row := dw[id*size : (id+1)*size]
			vec.Add(row, row, g[i*size:])
		}
	}
	c.EndGrad(1)
}

// Embedding returns the rows of w that ids name. Shapes: ids […] of whole numbers
// from 0 to V-1, w [V, D], result [..., D]. Row padding of w gets no gradient; -1
// means that there is no such row. An id that is something else is an error. Unlike
// the index of [Take], ids may be an input of a plan. V up to 2²⁴ can be told apart.
func Embedding(ids, w *Var, padding int) *Var { return apply2(embedding{padding}, ids, w) }
