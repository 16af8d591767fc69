package grad

import (
	"errors"
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// matMul: da = g·bᵀ, db = aᵀ·g, summed over repeated batch axes.
type matMul struct {
	la, lb, ly layout
	m, n, k    int
	batch      list
}

func (*matMul) Name() string { return "MatMul" }
func (*matMul) Needs() Needs { return Needs{In: 0b11} }

func (op *matMul) Infer(in, out []tensor.Shape) error {
	a, b := in[0], in[1]
	if len(a) == 0 || len(b) == 0 {
		return fmt.Errorf("inputs have shapes %v and %v, want at least one axis each", a, b)
	}
	*op = matMul{m: 1, n: 1, k: a[len(a)-1]}
	ba, bb, kb := a[:len(a)-1], b[:len(b)-1], 0
	if len(ba) == 0 {
		op.la = row
	} else {
		op.m = ba[len(ba)-1]
		ba = ba[:len(ba)-1]
	}
	if len(bb) == 0 {
		op.lb, kb = column, b[0]
	} else {
		op.n, kb = b[len(b)-1], bb[len(bb)-1]
		bb = bb[:len(bb)-1]
	}
	if op.k != kb {
		return fmt.Errorf("inputs have shapes %v and %v, whose inner sizes are %d and %d, want them equal", a, b, op.k, kb)
	}
	s, err := tensor.AppendBroadcast(out[0], ba, bb)
	if err != nil {
		return fmt.Errorf("inputs have shapes %v and %v: batch %w", a, b, err)
	}
	if len(s) > maxRank {
		return errors.New("too many axes")
	}
	op.batch = listOf(s)
	if op.la == matrix {
		s = append(s, op.m)
	} else {
		op.ly = row
	}
	if op.lb == matrix {
		s = append(s, op.n)
	} else {
		op.ly = column
	}
	out[0] = s
	return nil
}

// product prepares a product over the batch.
func (op *matMul) product(c *Call, m, n, k int) *product {
	p := Work[product](c)
	p.rank = copy(p.shape[:], op.batch.V[:op.batch.N])
	p.m, p.n, p.k, p.accumulate = m, n, k, false
	return p
}

// result returns the result, or its gradient, as matrices.
func (op *matMul) result(y *tensor.Tensor) matrices {
	if op.la == row && op.lb == column { // a single element for each batch index
		return matrices{data: y.Raw()}
	}
	return matricesOf(y, op.ly, op.batch.N)
}

func (op *matMul) Forward(c *Call) {
	y := c.Out(0)
	if y.Len() == 0 {
		return
	}
	p := op.product(c, op.m, op.n, op.k)
	p.run(matricesOf(c.In(0), op.la, p.rank), matricesOf(c.In(1), op.lb, p.rank), op.result(y))
}

func (op *matMul) Backward(c *Call) {
	g := op.result(c.GradOut(0))
	if dst, first := c.GradIn(0); dst != nil {
		p := op.product(c, op.m, op.k, op.n)
		p.addTo(c, dst, first, op.la, g, matricesOf(c.In(1), op.lb, p.rank).transposed())
	}
	if dst, first := c.GradIn(1); dst != nil {
		p := op.product(c, op.k, op.n, op.m)
		p.addTo(c, dst, first, op.lb, matricesOf(c.In(0), op.la, p.rank).transposed(), g)
	}
}

// MatMul returns the matrix product of a and b:
//
//	y[..., i, j] = Σ_k a[..., i, k]·b[..., k, j]
//
// Shapes: a [..., m, k], b [..., k, n], y [..., m, n], where the leading axes
// repeat as by [tensor.Broadcast]. An a of one axis counts as a single row and a
// b of one axis as a single column; the result lacks that axis. So two vectors
// give their dot product, of shape []. These are the rules of torch.matmul.
func MatMul(a, b *Var) *Var { return apply2(matMul{}, a, b) }
