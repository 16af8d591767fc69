package tensor

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/vec"
)

// MatMul returns the matrix product
//
//	c[…, i, j] = Σ a[…, i, k] · b[…, k, j]
//
// over the last two axes of a and b; the axes before them count matrices and
// are broadcast. An argument of one axis is a row on the left and a column on
// the right, and the result lacks that axis. Without elements to sum the result
// is 0.
//
// Every element is one chain of fused multiply-adds in ascending k, see
// internal/gemm; strides, the number of matrices and the number of goroutines
// do not change a bit of it. No argument is copied, whatever its strides.
//
// MatMul panics if an argument is a scalar, the sizes of k differ or the other
// axes do not broadcast.
func MatMul(a, b *Tensor) *Tensor {
	p := products.Get()
	defer p.done()
	p.set("MatMul", a, b)
	dst := Make[float32](p.want...)
	p.run(dst)
	return dst
}

// MatMulTo is [MatMul] into dst, which must not overlap a or b. It is fastest if
// the rows or the columns of dst are contiguous.
func MatMulTo(dst, a, b *Tensor) *Tensor {
	p := products.Get()
	defer p.done()
	p.set("MatMulTo", a, b)
	mustBe("MatMulTo", dst.Shape(), p.want)
	p.run(dst)
	return dst
}

// product is one call of MatMul. Its views and lists keep their memory from
// call to call.
type product struct {
	a, b, c     Tensor // the arguments and dst with at least two axes
	row, column bool   // the result lacks the axis of rows, of columns
	batch       Shape  // the axes that count matrices
	want        Shape  // of the result

	tmp    Tensor
	w      walk
	call   gemm.Call
	ma, mb gemm.Matrix
}

var products loop.FreeList[product]

// done gives p back, without references to the caller's data.
func (p *product) done() {
	p.a.data, p.b.data, p.c.data, p.tmp.data = nil, nil, nil, nil
	p.ma.Data, p.mb.Data, p.call.C = nil, nil, nil
	products.Put(p)
}

// set checks the factors and finds the shape of the result.
func (p *product) set(op string, a, b *Tensor) {
	a.become(&p.a)
	b.become(&p.b)
	p.row, p.column = a.Rank() == 1, b.Rank() == 1
	if p.row {
		p.a.UnsqueezeTo(&p.a, 0)
	}
	if p.column {
		p.b.UnsqueezeTo(&p.b, 1)
	}
	ok := a.Rank() > 0 && b.Rank() > 0 && p.a.Dim(-1) == p.b.Dim(-2)
	if ok {
		batch, err := AppendBroadcast(p.batch, p.a.shape[:p.a.Rank()-2], p.b.shape[:p.b.Rank()-2])
		p.batch, ok = batch, err == nil
	}
	if !ok {
		panic(fmt.Sprintf("tensor: %s: shapes %v and %v do not fit", op, a.Shape(), b.Shape()))
	}
	p.want = append(p.want[:0], p.batch...)
	if !p.row {
		p.want = append(p.want, p.a.Dim(-2))
	}
	if !p.column {
		p.want = append(p.want, p.b.Dim(-1))
	}
}

// run computes the products into dst.
func (p *product) run(dst *Tensor) {
	if dst.Len() == 0 || p.a.Dim(-1) == 0 {
		dst.Fill(0)
		return
	}
	dst.become(&p.c)
	if p.column {
		p.c.UnsqueezeTo(&p.c, -1)
	}
	if p.row {
		p.c.UnsqueezeTo(&p.c, -2)
	}
	switch {
	case hasRows(&p.c):
		p.multiply(&p.a, &p.b, &p.c)
	case hasRows(p.c.TransposeTo(&p.c, -1, -2)):
		// Cᵀ = Bᵀ·Aᵀ, with the same chains of sums.
		p.multiply(p.b.TransposeTo(&p.b, -1, -2), p.a.TransposeTo(&p.a, -1, -2), &p.c)
	default:
		p.c.TransposeTo(&p.c, -1, -2)
		buf := mem.Get(dst.Len())
		p.multiply(&p.a, &p.b, p.tmp.Bind(buf, p.c.shape))
		p.c.Copy(&p.tmp)
		mem.Put(buf)
	}
}

// hasRows reports whether the last axis of c is contiguous and no row of a
// matrix overlaps the next.
func hasRows(c *Tensor) bool {
	m, n := c.Rank()-2, c.Rank()-1
	return (c.shape[n] == 1 || c.stride[n] == 1) && (c.shape[m] == 1 || c.stride[m] >= c.shape[n])
}

// multiply computes c = a·b. Matrices that share b are one matrix of more rows
// where strides allow; of the axes that count the others, the last goes to gemm
// as its batch and the rest is a loop here.
func (p *product) multiply(a, b, c *Tensor) {
	na, nb, nc := a.Rank()-2, b.Rank()-2, c.Rank()-2
	shared := b.shape[:nb].Size() == 1
	if shared { // let the walk join the rows with the axes before them
		na, nb, nc = na+1, 0, nc+1
	}
	w := &p.w
	*w = walk{}
	w.init(c.shape[:nc])
	w.add(c.shape[:nc], c.stride)
	w.add(a.shape[:na], a.stride)
	w.add(b.shape[:nb], b.stride)
	w.start()

	call, last := &p.call, w.rank-1
	call.M, call.N, call.K = c.Dim(-2), c.Dim(-1), a.Dim(-1)
	call.CRow, p.ma.I = c.stride[c.Rank()-2], a.stride[a.Rank()-2]
	p.ma.K, p.mb.K, p.mb.I = a.stride[a.Rank()-1], b.stride[b.Rank()-2], b.stride[b.Rank()-1]
	if shared {
		call.M, call.CRow, p.ma.I = w.shape[last], w.stride[0][last], w.stride[1][last]
		last--
	}
	call.Batch, call.CBatch, p.ma.Batch, p.mb.Batch = 1, 0, 0, 0
	if last >= 0 {
		call.Batch = w.shape[last]
		call.CBatch, p.ma.Batch, p.mb.Batch = w.stride[0][last], w.stride[1][last], w.stride[2][last]
	}
	call.SharedA, call.SharedB = p.ma.Batch == 0, p.mb.Batch == 0
	call.A, call.B = &p.ma, &p.mb
	w.outer = max(last, 0)
	for ok := true; ok; ok = w.next() {
		call.C, p.ma.Data, p.mb.Data = c.data[w.off[0]:], a.data[w.off[1]:], b.data[w.off[2]:]
		call.Run()
	}
}

// Dot returns Σ a·b of two arrays of one axis. It panics if they have other
// shapes or differ in length.
func Dot(a, b *Tensor) float32 {
	if a.Rank() != 1 || !a.Shape().Equal(b.Shape()) {
		panic(fmt.Sprintf("tensor: Dot: shapes %v and %v, want one axis of the same size", a.Shape(), b.Shape()))
	}
	if !a.Contiguous() {
		a = a.Clone()
	}
	if !b.Contiguous() {
		b = b.Clone()
	}
	return vec.Dot(a.Data(), b.Data())
}

// Outer returns the matrix of all products, c[i, j] = a[i]·b[j], of two arrays
// of one axis. It panics if they have other shapes.
func Outer(a, b *Tensor) *Tensor {
	if a.Rank() != 1 || b.Rank() != 1 {
		panic(fmt.Sprintf("tensor: Outer: shapes %v and %v, want one axis", a.Shape(), b.Shape()))
	}
	return Mul(a.Unsqueeze(1), b)
}
