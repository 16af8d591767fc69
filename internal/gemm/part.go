package gemm

// part is a block of C at work: some panels of rows and of columns of a matrix.
type part struct {
	*job
	room       scratch
	matrix     int
	rows, cols span
	block      []float32 // of C, or room for its transpose
	ld         int
	k, kc      int // the block of k at work
	bBlock     bBlock
}

// bBlock is a block of B: panel after panel, next elements apart, and in each
// the elements of one k after the other, ld apart. Where B is read directly, its
// last panel, if not full, is packed.
type bBlock struct {
	data, partial []float32
	next, ld      int
}

// scratch is the working memory of a part. What a job does not need is empty.
type scratch struct {
	b    []float32 // a block of B
	bias []float32 // a tile of equal columns
	c    []float32 // a block of Cᵀ
	a    []float32 // a panel of A
}

type scratchSizes struct{ b, bias, c, a int }

func (s *scratchSizes) total() int { return s.b + s.bias + s.c + s.a }

// measure returns how much scratch memory each part needs.
func (j *job) measure() (s scratchSizes) {
	nr := j.kernel.nr
	cols := ceilDiv(j.b.panels.count, j.colBlocks) * nr
	if j.a.packed == nil {
		s.a = j.kernel.mr * j.step
	}
	if j.b.direct {
		s.b = nr * j.step
	} else if j.b.packed == nil {
		s.b = cols * j.step
	}
	if j.init == RowBias {
		s.bias = j.kernel.mr * nr
	}
	if j.swapped {
		s.c = ceilDiv(j.a.panels.count, j.rowBlocks) * j.kernel.mr * cols
	}
	return s
}

// cut cuts memory to the sizes.
func (s *scratchSizes) cut(memory []float32) scratch {
	take := func(n int) (part []float32) {
		part, memory = memory[:n:n], memory[n:]
		return part
	}
	return scratch{take(s.b), take(s.bias), take(s.c), take(s.a)}
}

// run computes the block over the slab of k at work.
func (p *part) run() {
	c := p.c[p.matrix*p.cBatch:]
	if p.swapped {
		p.runSwapped(c[p.cols.first*p.ldc+p.rows.first:])
		return
	}
	p.block, p.ld = c[p.rows.first*p.ldc+p.cols.first:], p.ldc
	p.multiply()
}

// runSwapped computes Cᵀ in scratch memory and transposes it to its place, c.
func (p *part) runSwapped(c []float32) {
	p.block, p.ld = p.room.c, p.cols.count
	var offs [64]int
	if p.k0 > 0 || p.init == FromC {
		for i := 0; i < p.ld; i += len(offs) {
			PackCols(p.block[i:], p.ld, c, multiples(offs[:min(p.ld-i, len(offs))], i, p.ldc), p.rows.count)
		}
	}
	p.multiply()
	PackCols(c, p.ldc, p.block, multiples(offs[:p.rows.count], 0, p.ld), p.ld)
	if p.finish != nil && p.k1 == p.job.k {
		for i := range p.cols.count {
			p.finish.Row(c[i*p.ldc:][:p.rows.count], p.matrix, p.cols.first+i, p.rows.first)
		}
	}
}

// multiply goes through the blocks of k. In each, a panel of A meets the whole
// block of B before the next panel does.
func (p *part) multiply() {
	for p.k = p.k0; ; p.k += p.step {
		p.kc = min(p.step, p.k1-p.k)
		p.readB()
		for i := p.rows.lo; i < p.rows.hi; i++ {
			p.multiplyPanel(i)
		}
		if p.k+p.kc >= p.k1 {
			return
		}
	}
}

// readB sets the block of B, which it packs where that is not done yet.
func (p *part) readB() {
	f, nr, matrix := &p.b, p.kernel.nr, min(p.matrix, p.b.batch-1)
	switch {
	case f.packed != nil:
		p.bBlock = bBlock{data: f.packed.from(matrix, p.cols.lo, p.k-f.k0), next: p.kc * nr, ld: nr}
	case f.direct:
		m := f.op.(*Matrix)
		p.bBlock = bBlock{data: m.Data[matrix*m.Batch+p.k*m.K+p.cols.first:], partial: p.room.b, next: nr, ld: m.K}
		if p.cols.count%nr > 0 {
			f.panels.pack(p.room.b, f.op, matrix, p.cols.hi-1, p.k, p.kc)
		}
	default:
		p.bBlock = bBlock{data: p.room.b, next: p.kc * nr, ld: nr}
		f.panels.packAll(p.room.b, f.op, matrix, p.cols.lo, p.cols.hi, p.k, p.kc)
	}
}

// readA returns panel i of A, which it packs where that is not done yet.
func (p *part) readA(i int) []float32 {
	f, matrix := &p.a, min(p.matrix, p.a.batch-1)
	if f.packed != nil {
		return f.packed.from(matrix, i, p.k-f.k0)
	}
	f.panels.pack(p.room.a, f.op, matrix, i, p.k, p.kc)
	return p.room.a
}

// zeros is a row for tiles and strips to begin with.
var zeros [maxStrip * maxCols]float32

// multiplyPanel multiplies panel i of A by the block of B.
func (p *part) multiplyPanel(i int) {
	a, nr := p.readA(i), p.kernel.nr
	first := p.a.panels.start(i)
	rows, _ := p.a.panels.size(i)
	c := p.block[(first-p.rows.first)*p.ld:]

	init := p.init
	if p.k > 0 {
		init = FromC
	}
	start, ldStart := zeros[:], 0 // what a tile begins with
	if init == RowBias {
		start, ldStart = p.room.bias, nr
		for r := range rows {
			fill(start[r*nr:][:nr], p.bias[first+r])
		}
	}
	b, ldb := p.bBlock.data, p.bBlock.ld
	for left, at := p.cols.count, 0; ; {
		cols, panels := min(left, nr), 1
		if cols < nr && p.bBlock.partial != nil {
			b, ldb = p.bBlock.partial, nr
		}
		switch init {
		case FromC:
			start, ldStart = c[at:], p.ld
		case ColBias:
			start = p.bias[p.cols.first+at:]
		}
		if init != RowBias {
			panels = p.kernel.stripWidth(rows, left/nr)
		}
		if panels > 1 {
			cols = panels * nr
			p.kernel.strip(c[at:], p.ld, start, ldStart, a, b, p.bBlock.next, ldb, p.kc, rows)
		} else {
			p.kernel.tile(c[at:], p.ld, start, ldStart, a, b, ldb, p.kc, rows, cols)
		}
		at += cols
		if left -= cols; left == 0 {
			break
		}
		b = b[panels*p.bBlock.next:]
	}
	if p.finish != nil && !p.swapped && p.k+p.kc == p.job.k {
		for r := range rows {
			p.finish.Row(c[r*p.ld:][:p.cols.count], p.matrix, first+r, p.cols.first)
		}
	}
}

func fill(dst []float32, v float32) {
	for i := range dst {
		dst[i] = v
	}
}
