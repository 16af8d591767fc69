package grad

import (
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/tensor"
)

// matrices is a strided array of matrices: element (i, j) of the matrix at batch
// index (p, q, …) is data[p·batch[0] + q·batch[1] + … + i·row + j·col].
type matrices struct {
	data     []float32
	row, col int
	batch    [maxRank]int // 0 along axes over which the matrix is repeated
}

// layout says which axes of an array are those of a matrix. The others, to their
// left, are batch axes.
type layout uint8

const (
	matrix layout = iota // the last two
	row                  // the last one, of a single row
	column               // the last one, of a single column
)

// matricesOf returns t as matrices, with its batch axes aligned at the right of
// rank ones.
func matricesOf(t *tensor.Tensor, l layout, rank int) matrices {
	m := matrices{data: t.Raw()}
	n := t.Rank() - 1
	s := t.Strides()
	switch l {
	case matrix:
		m.row, m.col = s[n-1], s[n]
		n--
	case row:
		m.col = s[n]
	case column:
		m.row = s[n]
	}
	for i, d := range t.Shape()[:n] {
		if d != 1 {
			m.batch[rank-n+i] = s[i]
		}
	}
	return m
}

// transposed returns the transposed matrices.
func (m matrices) transposed() matrices {
	m.row, m.col = m.col, m.row
	return m
}

// product multiplies strided arrays of matrices, handing as much as possible to
// one call of gemm.
type product struct {
	call gemm.Call
	a, b gemm.Matrix

	rank       int // of the batch
	shape      [maxRank]int
	m, n, k    int
	accumulate bool
	bias       []float32    // of length n, or nil
	packed     *gemm.Packed // the matrix b of all, or nil
}

// run computes C = bias + A·B, or C += A·B if accumulate, where A is m×k and B
// k×n, for every batch index. A, B or C may be repeated along batch axes, which
// for C means that the products are added, in the order of the index. Every
// element is one chain of fused multiply-adds, in which ascending k is the inner
// order, however the axes are joined.
//
// It reports false, and has done nothing, if C is not laid out such that gemm
// could write it. The batch must not be empty.
func (p *product) run(a, b, c matrices) bool {
	if c.col != 1 && p.n > 1 {
		// Cᵀ = Bᵀ·Aᵀ
		if c.row != 1 && p.m > 1 || p.bias != nil {
			return false
		}
		p.m, p.n = p.n, p.m
		a, b, c = b.transposed(), a.transposed(), c.transposed()
	}
	rank := p.join(&a, &b, &c)

	// The innermost batch axes that are left, as far as they are evenly spaced.
	p.call.Batch, p.a.Batch, p.b.Batch, p.call.CBatch = 1, 0, 0, 0
	if rank > 0 && c.batch[rank-1] != 0 {
		rank--
		p.call.Batch = p.shape[rank]
		p.a.Batch, p.b.Batch, p.call.CBatch = a.batch[rank], b.batch[rank], c.batch[rank]
		for n := p.call.Batch; rank > 0 && c.batch[rank-1] == n*p.call.CBatch &&
			a.batch[rank-1] == n*p.a.Batch && b.batch[rank-1] == n*p.b.Batch; n = p.call.Batch {
			rank--
			p.call.Batch *= p.shape[rank]
		}
	}
	p.call.SharedA, p.call.SharedB = p.a.Batch == 0, p.b.Batch == 0
	p.call.M, p.call.N, p.call.K, p.call.CRow = p.m, p.n, p.k, c.row
	p.a.I, p.a.K, p.b.I, p.b.K = a.row, a.col, b.col, b.row
	p.call.Bias = p.bias
	p.loop(rank, a, b, c)
	p.bias, p.packed = nil, nil
	return true
}

// addTo computes A·B into dst, the gradient of an input, or adds it. It has no
// elements to add up if the batch is empty.
func (p *product) addTo(c *Call, dst *tensor.Tensor, first bool, l layout, a, b matrices) {
	if tensor.Shape(p.shape[:p.rank]).Size() == 0 || dst.Len() == 0 {
		if first {
			dst.Fill(0)
		}
		return
	}
	p.accumulate = !first
	if p.run(a, b, matricesOf(dst, l, p.rank)) {
		return
	}
	p.accumulate = false
	t := c.header.Bind(c.Scratch(dst.Len()), dst.Shape())
	p.run(a, b, matricesOf(t, l, p.rank))
	addGrad(dst, t, first)
}

// join makes batch axes, from the inside out, more rows of A and C where B is
// repeated, or more columns of A and rows of B where C is. It returns how many
// axes are left.
func (p *product) join(a, b, c *matrices) (rank int) {
	for i := p.rank - 1; i >= 0; i-- {
		d, as, bs, cs := p.shape[i], a.batch[i], b.batch[i], c.batch[i]
		switch {
		case d == 1:
		case bs == 0 && (p.m == 1 || as == p.m*a.row && cs == p.m*c.row):
			if p.m == 1 {
				a.row, c.row = as, cs
			}
			p.m *= d
		case cs == 0 && (p.k == 1 || as == p.k*a.col && bs == p.k*b.row):
			if p.k == 1 {
				a.col, b.row = as, bs
			}
			p.k *= d
		default:
			return i + 1
		}
	}
	return 0
}

// loop visits the indices of the outer batch axes.
func (p *product) loop(rank int, a, b, c matrices) {
	var index [maxRank]int
	var ao, bo, co int
	for {
		first := !p.accumulate // the first product to reach its place in C
		for i, x := range index[:rank] {
			first = first && (x == 0 || c.batch[i] != 0)
		}
		switch {
		case !first:
			p.call.Init = gemm.FromC
		case p.bias != nil:
			p.call.Init = gemm.ColBias
		default:
			p.call.Init = gemm.Zero
		}
		p.a.Data, p.b.Data, p.call.C = a.data[ao:], b.data[bo:], c.data[co:]
		p.call.A, p.call.B = &p.a, &p.b
		if p.packed != nil {
			p.call.B = p.packed
		}
		p.call.Run()

		i := rank - 1
		for ; i >= 0; i-- {
			ao, bo, co = ao+a.batch[i], bo+b.batch[i], co+c.batch[i]
			if index[i]++; index[i] < p.shape[i] {
				break
			}
			ao, bo, co = ao-p.shape[i]*a.batch[i], bo-p.shape[i]*b.batch[i], co-p.shape[i]*c.batch[i]
			index[i] = 0
		}
		if i < 0 {
			return
		}
	}
}
