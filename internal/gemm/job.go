package gemm

import (
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// job is a [Call] at work. Its parts are blocks of C: some rows and columns of
// a matrix, or, if matrices are small, all of several.
type job struct {
	kernel  *kernel
	batch   int
	m, n, k int
	a, b    factor

	c           []float32
	ldc, cBatch int
	swapped     bool // computes Cᵀ = init + Bᵀ·Aᵀ
	init        Init
	bias        []float32

	step                 int // length of the blocks of k
	rowBlocks, colBlocks int // into which a matrix is cut
	group                int // of matrices that share a part
	k0, k1               int // the range of k at work
	room                 scratchSizes
}

// factor is an operand at work.
type factor struct {
	op     Operand
	batch  int // number of matrices: 1 if all share one
	panels panels
	packed *Packed // nil where each part packs what it needs
	k0     int     // where packed begins
	ahead  Packed  // what this job packs for all parts
}

func (j *job) set(c *Call) {
	*j = job{
		kernel: currentKernel(), batch: max(c.Batch, 1), m: c.M, n: c.N, k: c.K,
		c: c.C, ldc: c.CRow, cBatch: c.CBatch, init: c.Init, bias: c.Bias,
		step: blockLength(c.K),
	}
	j.a = factor{op: c.A, batch: j.batch}
	j.b = factor{op: c.B, batch: j.batch}
	if c.SharedA {
		j.a.batch = 1
	}
	if c.SharedB {
		j.b.batch = 1
	}
	if j.n < j.kernel.nr/2 && j.n < j.m && !isPacked(c.A) && !isPacked(c.B) {
		j.swap()
	}
	j.a.panels, j.b.panels = rowPanels(j.kernel, j.m), colPanels(j.kernel, j.n)
	j.a.adopt(j)
	j.b.adopt(j)
	j.cut()
}

func isPacked(op Operand) bool {
	_, ok := op.(*Packed)
	return ok
}

// swap turns to the transposed product, for matrices with so few columns that
// most lanes of a tile would be idle.
func (j *job) swap() {
	j.swapped = true
	j.m, j.n = j.n, j.m
	j.a, j.b = j.b, j.a
	switch j.init {
	case RowBias:
		j.init = ColBias
	case ColBias:
		j.init = RowBias
	}
}

// adopt uses an operand that is packed already, if it is packed the right way.
func (f *factor) adopt(j *job) {
	if p, ok := f.op.(*Packed); ok && p.kernel == j.kernel && p.panels == f.panels && p.step == j.step {
		f.packed = p
	}
}

// cut chooses the parts, from the shape alone.
func (j *job) cut() {
	j.rowBlocks, j.colBlocks, j.group = 1, ceilDiv(j.n, blockN), 1
	work := max(1, j.m*j.n*j.k)
	if work < grain {
		j.group = min(ceilDiv(grain, work), j.batch)
	}
	for j.parts() < maxParts && work/(j.rowBlocks*j.colBlocks) >= 2*grain {
		rows, cols := j.a.panels.count >= 2*j.rowBlocks, j.b.panels.count >= 2*j.colBlocks
		switch {
		case rows && (!cols || j.m/j.rowBlocks >= j.n/j.colBlocks):
			j.rowBlocks *= 2
		case cols:
			j.colBlocks *= 2
		default:
			return
		}
	}
}

func (j *job) groups() int { return ceilDiv(j.batch, j.group) }
func (j *job) parts() int  { return j.groups() * j.rowBlocks * j.colBlocks }

// run packs ahead what several parts share, in slabs along k that bound the
// memory for it, and runs the parts on each slab.
func (j *job) run() {
	aheadA := j.a.packed == nil && j.k > 0 && j.colBlocks*j.groups()/j.a.batchGroups(j) > 1
	aheadB := j.b.packed == nil && j.k > 0 && j.rowBlocks*j.groups()/j.b.batchGroups(j) > 1
	width := 0
	if aheadA {
		width += j.a.batch * j.a.panels.total()
	}
	if aheadB {
		width += j.b.batch * j.b.panels.total()
	}
	length := j.k
	if width*length > slab {
		length = max(1, slab/width/j.step) * j.step
	}
	for {
		j.k1 = min(j.k0+length, j.k)
		if aheadA {
			j.a.pack(j)
		}
		if aheadB {
			j.b.pack(j)
		}
		j.measure()
		parallel.For(j.parts(), j)
		if j.k0 = j.k1; j.k0 == j.k {
			break
		}
	}
	j.a.ahead.Release()
	j.b.ahead.Release()
}

// batchGroups returns the number of groups of matrices that have matrices of
// this operand of their own.
func (f *factor) batchGroups(j *job) int {
	if f.batch == 1 {
		return 1
	}
	return j.groups()
}

// pack packs the current slab of k.
func (f *factor) pack(j *job) {
	f.ahead.init(j.kernel, f.panels, f.batch, j.k1-j.k0, j.step)
	f.ahead.pack(f.op, j.k0)
	f.packed, f.k0 = &f.ahead, j.k0
}

// panel returns panel p for matrix b, k0 ≤ k < k0+kc. What nobody has packed is
// packed into dst, unless it has been.
func (f *factor) panel(dst []float32, there bool, b, p, k0, kc int) []float32 {
	b = min(b, f.batch-1)
	if f.packed != nil {
		return f.packed.panel(b, p, k0-f.k0, kc)
	}
	if !there {
		f.panels.pack(dst, f.op, b, p, k0, kc)
	}
	return dst
}

// scratch is the working memory of a part.
type scratch struct {
	all  []float32
	b    []float32 // a block of B
	a    []float32 // a panel of A
	bias []float32 // a tile of equal columns
	c    []float32 // a block of Cᵀ
}

type scratchSizes struct{ a, b, bias, c int }

// measure finds what scratch memory the parts need.
func (j *job) measure() {
	nr := j.kernel.nr
	cols := ceilDiv(j.b.panels.count, j.colBlocks) * nr
	j.room = scratchSizes{}
	if j.a.packed == nil {
		j.room.a = j.kernel.mr * j.step
	}
	if j.b.packed == nil {
		j.room.b = cols * j.step
	}
	if j.init == RowBias {
		j.room.bias = j.kernel.mr * nr
	}
	if j.swapped {
		j.room.c = ceilDiv(j.a.panels.count, j.rowBlocks) * j.kernel.mr * cols
	}
}

func (s *scratchSizes) get() scratch {
	all := mem.Get(s.a + s.b + s.bias + s.c)
	rest := all
	take := func(n int) (part []float32) {
		part, rest = rest[:n:n], rest[n:]
		return part
	}
	return scratch{all: all, b: take(s.b), bias: take(s.bias), c: take(s.c), a: take(s.a)}
}

// Do implements [parallel.Task].
func (j *job) Do(_, i int) {
	rows := share(i%j.rowBlocks, j.rowBlocks, &j.a.panels)
	i /= j.rowBlocks
	cols := share(i%j.colBlocks, j.colBlocks, &j.b.panels)
	i /= j.colBlocks
	s := j.room.get()
	for b := i * j.group; b < min((i+1)*j.group, j.batch); b++ {
		if j.swapped {
			j.transposed(&s, b, rows, cols)
		} else {
			j.block(j.c[b*j.cBatch+rows.first*j.ldc+cols.first:], j.ldc, &s, b, rows, cols)
		}
	}
	mem.Put(s.all)
}

// span is a range of panels, lo ≤ p < hi, that holds count vectors from first on.
type span struct{ lo, hi, first, count int }

// share returns part i of n about equal parts of the panels.
func share(i, n int, s *panels) span {
	lo, hi := i*s.count/n, (i+1)*s.count/n
	first := s.start(lo)
	return span{lo, hi, first, min(s.start(hi), s.n) - first}
}

// block computes a block of C over the current range of k.
func (j *job) block(c []float32, ldc int, s *scratch, batch int, rows, cols span) {
	for k0 := j.k0; ; k0 += j.step {
		kc := min(j.step, j.k1-k0)
		for p := rows.lo; p < rows.hi; p++ {
			n, _ := j.a.panels.size(p)
			first := j.a.panels.start(p)
			a := j.a.panel(s.a[:min(n*kc, len(s.a))], false, batch, p, k0, kc)
			j.row(c[(first-rows.first)*ldc:], ldc, a, first, n, s, batch, p == rows.lo, cols, k0, kc)
		}
		if k0+kc >= j.k1 {
			return
		}
	}
}

// zeros is a row of zeros to begin with.
var zeros [maxCols]float32

// row multiplies a panel of A by a block of B.
func (j *job) row(c []float32, ldc int, a []float32, first, n int, s *scratch, batch int, fresh bool, cols span, k0, kc int) {
	nr := j.kernel.nr
	fixed, start := k0 == 0, zeros[:]
	ldinit := 0
	switch {
	case !fixed || j.init == FromC:
		fixed = false
	case j.init == RowBias:
		start, ldinit = s.bias, nr
		for i := range n {
			fill(start[i*nr:][:nr], j.bias[first+i])
		}
	}
	for q := cols.lo; q < cols.hi; q++ {
		at := q*nr - cols.first
		width, _ := j.b.panels.size(q)
		var b []float32
		if at*kc < len(s.b) {
			b = s.b[at*kc:][:nr*kc]
		}
		b = j.b.panel(b, !fresh, batch, q, k0, kc)
		tile := c[at:]
		switch {
		case !fixed:
			start, ldinit = tile, ldc
		case j.init == ColBias:
			start = j.bias[q*nr:]
		}
		j.kernel.tile(tile, ldc, start, ldinit, a, b, nr, kc, n, width)
	}
}

func fill(dst []float32, v float32) {
	for i := range dst {
		dst[i] = v
	}
}

// transposed computes a block of Cᵀ in scratch memory and transposes it to its
// place.
func (j *job) transposed(s *scratch, batch int, rows, cols span) {
	ld := cols.count
	c := j.c[batch*j.cBatch+cols.first*j.ldc+rows.first:]
	var offs [64]int
	if j.k0 > 0 || j.init == FromC {
		for i := 0; i < ld; i += len(offs) {
			PackCols(s.c[i:], ld, c, multiples(offs[:min(ld-i, len(offs))], i, j.ldc), rows.count)
		}
	}
	j.block(s.c, ld, s, batch, rows, cols)
	PackCols(c, j.ldc, s.c, multiples(offs[:rows.count], 0, ld), ld)
}
