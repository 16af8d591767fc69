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
	finish      Finisher

	step                 int // length of the blocks of k
	rowBlocks, colBlocks int // into which a matrix is cut
	group                int // number of matrices that share a part
	k0, k1               int // the range of k at work
	scratch              scratchSizes
}

// factor is an operand at work.
type factor struct {
	op     Operand
	batch  int // number of matrices: 1 if all share one
	panels panels
	packed *Packed // nil where each part packs what it needs
	k0     int     // where packed begins
	ahead  Packed  // what this job packs for all parts
	direct bool    // is read in place
}

func (j *job) set(c *Call) {
	*j = job{
		kernel: currentKernel(), batch: max(c.Batch, 1), m: c.M, n: c.N, k: c.K,
		c: c.C, ldc: c.CRow, cBatch: c.CBatch, init: c.Init, bias: c.Bias, finish: c.Finish,
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
	if j.n < narrow(j.kernel) && j.n < j.m && !packed(c.A, rowPanels(j.kernel, j.m)) && !packed(c.B, colPanels(j.kernel, j.n)) {
		j.swap()
	}
	j.a.panels, j.b.panels = rowPanels(j.kernel, j.m), colPanels(j.kernel, j.n)
	j.a.adopt(j)
	j.b.adopt(j)
	j.cut()
	j.b.direct = j.readsDirectly()
}

// narrow is the number of columns from which a product is computed as it is: with
// fewer, most lanes of a tile would be idle.
func narrow(k *kernel) int { return k.nr / 2 }

// packed returns whether an operand is packed in these panels.
func packed(op Operand, cut panels) bool {
	p, ok := op.(*Packed)
	return ok && p.panels == cut
}

// swap turns to the transposed product, for matrices with few columns.
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

// readsDirectly returns whether to read B where it is, which spares the packing:
// if its rows are contiguous, and a few panels of A are all that want it or it is
// so small that strides do no harm to the caches.
func (j *job) readsDirectly() bool {
	m, ok := j.b.op.(*Matrix)
	return ok && m.I == 1 && j.k > 0 && (j.a.panels.count <= 2 || j.k*m.K <= directSize)
}

// cut chooses the parts, from the shape alone. Where B has to be packed, its panels
// stay together for some panels of A, and some of them for a look at its rows, as long
// as that leaves parts enough.
func (j *job) cut() {
	j.rowBlocks, j.colBlocks, j.group = 1, ceilDiv(j.n, blockN), 1
	work := max(1, j.m*j.n*j.k)
	if work < grain {
		j.group = min(ceilDiv(grain, work), j.batch)
	}
	high, wide := 1, 1 // panels of A and of B that stay together
	if j.b.packed == nil {
		high, wide = 6, 4
	}
	for j.parts() < maxParts && work/(j.rowBlocks*j.colBlocks) >= 2*grain {
		rows, cols := j.a.panels.count >= 2*high*j.rowBlocks, j.b.panels.count >= 2*wide*j.colBlocks
		switch {
		case rows && (!cols || j.m/j.rowBlocks >= j.n/j.colBlocks):
			j.rowBlocks *= 2
		case cols:
			j.colBlocks *= 2
		case j.parts() < fewParts && high+wide > 2:
			high, wide = 1, 1
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
	aheadA, aheadB := j.worthAhead(&j.a, j.colBlocks), j.worthAhead(&j.b, j.rowBlocks)
	width := 0
	if aheadA {
		width += j.a.width()
	}
	if aheadB {
		width += j.b.width()
	}
	length := j.k
	if width*length > slab {
		length = max(1, slab/width/j.step) * j.step
	}
	for {
		j.k1 = min(j.k0+length, j.k)
		if aheadA {
			j.a.packAhead(j)
		}
		if aheadB {
			j.b.packAhead(j)
		}
		j.scratch = j.measure()
		parallel.For(j.parts(), j)
		if j.k0 = j.k1; j.k0 == j.k {
			break
		}
	}
	j.a.ahead.Release()
	j.b.ahead.Release()
}

// worthAhead returns whether to pack a factor before the parts begin: if several
// want the same panel, their matrix being cut into so many blocks in the other
// direction, and a block of k fits into a slab. If it does not, C is so large
// that packing again for each part costs little.
func (j *job) worthAhead(f *factor, blocks int) bool {
	if f.batch == 1 {
		blocks *= j.groups()
	}
	return f.packed == nil && !f.direct && j.k > 0 && blocks > 1 && f.width()*j.step <= slab
}

// width returns the elements that a factor takes up for each k.
func (f *factor) width() int { return f.batch * f.panels.total() }

// packAhead packs the current slab of k.
func (f *factor) packAhead(j *job) {
	f.ahead.init(j.kernel, f.panels, f.batch, j.k1-j.k0, j.step)
	f.ahead.pack(f.op, j.k0)
	f.packed, f.k0 = &f.ahead, j.k0
}

// Do implements [parallel.Task].
func (j *job) Do(_, i int) {
	p := part{job: j}
	p.rows = share(i%j.rowBlocks, j.rowBlocks, &j.a.panels)
	i /= j.rowBlocks
	p.cols = share(i%j.colBlocks, j.colBlocks, &j.b.panels)
	i /= j.colBlocks
	memory := mem.Get(j.scratch.total())
	p.room = j.scratch.cut(memory)
	for p.matrix = i * j.group; p.matrix < min((i+1)*j.group, j.batch); p.matrix++ {
		p.run()
	}
	mem.Put(memory)
}

// span is a range of panels, lo ≤ p < hi, that holds count vectors from first on.
type span struct{ lo, hi, first, count int }

// share returns part i of n about equal parts of the panels.
func share(i, n int, s *panels) span {
	lo, hi := i*s.count/n, (i+1)*s.count/n
	first := s.start(lo)
	return span{lo, hi, first, min(s.start(hi), s.n) - first}
}
