package gemm

import (
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
)

// Operand is one factor of a product, seen as vectors that run along k: the
// rows of A or the columns of B. It is read only by packing it. Pack runs on
// several goroutines at once.
type Operand interface {
	// Pack writes the elements (i, k), i0 ≤ i < i0+n, k0 ≤ k < k0+kc, of matrix
	// number batch to dst[(k-k0)*ld + (i-i0)]. It writes nothing else.
	Pack(dst []float32, ld, batch, i0, n, k0, kc int)
}

// Matrix is a strided matrix as an [Operand]: element (i, k) of matrix number b
// is Data[b*Batch + i*I + k*K]. Strides are not negative. It is fastest where I
// or K is 1.
type Matrix struct {
	Data        []float32
	Batch, I, K int
}

// Pack implements [Operand].
func (m *Matrix) Pack(dst []float32, ld, batch, i0, n, k0, kc int) {
	src := m.Data[batch*m.Batch+i0*m.I+k0*m.K:]
	switch {
	case m.K == 1:
		var offs [maxCols]int
		for i := 0; i < n; i += len(offs) {
			PackCols(dst[i:], ld, src, multiples(offs[:min(n-i, len(offs))], i, m.I), kc)
		}
	case m.I == 1:
		var offs [64]int
		for k := 0; k < kc; k += len(offs) {
			PackRows(dst[k*ld:], ld, src, multiples(offs[:min(kc-k, len(offs))], k, m.K), n)
		}
	default:
		for k := range kc {
			to, from := dst[k*ld:][:n], src[k*m.K:]
			for i := range to {
				to[i] = from[i*m.I]
			}
		}
	}
}

// multiples fills dst with the multiples of step from first·step on.
func multiples(dst []int, first, step int) []int {
	for i := range dst {
		dst[i] = (first + i) * step
	}
	return dst
}

// PackCols packs vectors whose elements are contiguous: it computes
// dst[p*ld+i] = src[offs[i]+p] for 0 ≤ i < len(offs) and 0 ≤ p < n. It trusts
// its caller that all of these exist.
func PackCols(dst []float32, ld int, src []float32, offs []int, n int) {
	if packColsArch(dst, ld, src, offs, n) {
		return
	}
	for i, o := range offs {
		for p, v := range src[o:][:n] {
			dst[p*ld+i] = v
		}
	}
}

// packWide packs rows that go through whole panels one after the other: it computes
// dst[(q*rows+p)*width+j] = src[p*stride+q*width+j] for 0 ≤ p < rows, 0 ≤ q < panels and
// 0 ≤ j < width. It returns false where there is no assembly for it.
func packWide(dst []float32, src []float32, stride, rows, panels, width int) bool {
	next := rows * width
	for k := 0; k < rows; k += wideRows {
		if !packWideArch(dst[k*width:], next, src[k*stride:], stride, min(wideRows, rows-k), panels, width) {
			return false
		}
	}
	return true
}

// wideRows bounds the rows of one call of the assembly.
const wideRows = 64

// PackRows packs vectors that lie side by side, so that elements of equal k are
// contiguous: it computes dst[p*ld+j] = src[offs[p]+j] for 0 ≤ p < len(offs) and
// 0 ≤ j < n. It trusts its caller that all of these exist.
func PackRows(dst []float32, ld int, src []float32, offs []int, n int) {
	if packRowsArch(dst, ld, src, offs, n) {
		return
	}
	for p, o := range offs {
		copy(dst[p*ld:][:n], src[o:])
	}
}

// panels says how the n vectors of a factor are cut. Columns of B go into
// panels of width nr, the last one filled up with zeros. Rows of A go into
// panels of about equal height, at most mr.
type panels struct {
	n, count int
	width    int // of all panels, or 0 where widths differ
}

func rowPanels(k *kernel, m int) panels { return panels{m, ceilDiv(m, k.mr), 0} }
func colPanels(k *kernel, n int) panels { return panels{n, ceilDiv(n, k.nr), k.nr} }

// start returns the first vector of panel p; start(count) ends the last.
func (s *panels) start(p int) int {
	if s.width > 0 {
		return p * s.width
	}
	q, r := s.n/s.count, s.n%s.count
	return p*q + min(p, r)
}

// size returns the number of vectors in panel p and the elements they take up
// for each k.
func (s *panels) size(p int) (n, ld int) {
	if s.width > 0 {
		return min(s.width, s.n-p*s.width), s.width
	}
	n = s.start(p+1) - s.start(p)
	return n, n
}

// total returns the elements that all panels take up for each k.
func (s *panels) total() int {
	if s.count == 0 {
		return 0
	}
	return s.start(s.count)
}

// pack writes panel p of an operand, k0 ≤ k < k0+kc, to dst.
func (s *panels) pack(dst []float32, op Operand, batch, p, k0, kc int) {
	n, ld := s.size(p)
	if n < ld {
		clear(dst[:ld*kc])
	}
	if kc > 0 {
		op.Pack(dst, ld, batch, s.start(p), n, k0, kc)
	}
}

// packAll writes panels lo ≤ p < hi of an operand, k0 ≤ k < k0+kc, one after the other
// to dst. Of a matrix whose rows lie far apart, but each in sequence, some rows are
// read to their end for all panels, not all rows for one panel: that would be a few
// cache lines of every page.
func (s *panels) packAll(dst []float32, op Operand, batch, lo, hi, k0, kc int) {
	length := kc
	if m, ok := op.(*Matrix); ok && m.I == 1 && kc > 0 && lo < hi {
		length = rowsAtOnce
		if s.width > 0 {
			if whole := min(hi, s.n/s.width) - lo; packWide(dst, m.Data[batch*m.Batch+k0*m.K+s.start(lo):], m.K, kc, whole, s.width) {
				dst, lo = dst[whole*s.width*kc:], lo+whole
			}
		}
	}
	for k := 0; ; {
		n := min(length, kc-k)
		for p := lo; p < hi; p++ {
			_, ld := s.size(p)
			s.pack(dst[(s.start(p)-s.start(lo))*kc+k*ld:], op, batch, p, k0+k, n)
		}
		if k += n; k == kc {
			break
		}
	}
}

// Packed is an operand that has been packed whole, for constant weights that
// take part in many products. As A or B of a [Call] of the sizes it was packed
// for, it saves the packing; elsewhere it is an operand as any other. Any
// number of goroutines may use it. The zero Packed is empty, ready for SetA or
// SetB.
type Packed struct {
	kernel *kernel
	panels panels
	batch  int // number of matrices
	k      int
	step   int // k is cut into blocks of this length; in each lies panel after panel
	apart  int // distance of matrices
	data   []float32
	lasts  bool // data is as large as need be, else borrowed

	fill filling
}

// Lasting returns an empty Packed for an operand that is packed once and for all: it
// takes no more memory than that needs.
func Lasting() *Packed { return &Packed{lasts: true} }

// PackA packs the m rows of a factor A with k columns.
func PackA(m, k int, op Operand) *Packed {
	p := Lasting()
	p.SetA(m, k, op)
	return p
}

// PackB packs the n columns of a factor B with k rows.
func PackB(n, k int, op Operand) *Packed {
	p := Lasting()
	p.SetB(n, k, op)
	return p
}

// SetA makes p what [PackA] returns, in the memory it has if that suffices.
func (p *Packed) SetA(m, k int, op Operand) { p.set(rowPanels, m, k, op) }

// SetB makes p what [PackB] returns, in the memory it has if that suffices.
func (p *Packed) SetB(n, k int, op Operand) { p.set(colPanels, n, k, op) }

func (p *Packed) set(cut func(*kernel, int) panels, n, k int, op Operand) {
	kern := currentKernel()
	p.init(kern, cut(kern, n), 1, k, blockLength(k))
	p.pack(op, 0)
}

// Release empties p and gives its memory back.
func (p *Packed) Release() {
	p.putBack()
	*p = Packed{lasts: p.lasts}
}

func (p *Packed) putBack() {
	if p.lasts {
		mem.Put(p.data)
	} else {
		mem.Return(p.data)
	}
}

// init sets the sizes and takes memory.
func (p *Packed) init(kern *kernel, cut panels, batch, k, step int) {
	p.kernel, p.panels, p.batch, p.k, p.step = kern, cut, batch, k, step
	p.apart = Spread(cut.total() * k)
	size := batch * p.apart
	if cap(p.data) >= size {
		p.data = p.data[:size]
		return
	}
	p.putBack()
	if p.lasts {
		p.data = mem.Get(size)
	} else {
		p.data = mem.Borrow(size)
	}
}

// Spread returns n or a little more: an odd number of cache lines. Places that far
// apart do not drive each other from a cache, as they do at powers of two.
func Spread(n int) int { return (ceilDiv(n, line) | 1) * line }

const line = 16 // floats in a cache line

// pack fills p from op, beginning at k0.
func (p *Packed) pack(op Operand, k0 int) {
	p.fill = filling{p, op, k0}
	parallel.For(p.batch*ceilDiv(p.panels.count, panelsAtOnce)*ceilDiv(p.k, p.step), &p.fill)
	p.fill = filling{}
}

// from returns the elements from element k of panel i of a matrix on. They go on
// to the end of the block of k, and the panels that follow there.
func (p *Packed) from(matrix, i, k int) []float32 {
	block := k / p.step * p.step
	_, ld := p.panels.size(i)
	at := matrix*p.apart + block*p.panels.total() + p.panels.start(i)*min(p.step, p.k-block) + (k-block)*ld
	return p.data[at:]
}

// Pack implements [Operand].
func (p *Packed) Pack(dst []float32, ld, batch, i0, n, k0, kc int) {
	for i := range p.panels.count {
		lo, hi := max(p.panels.start(i), i0), min(p.panels.start(i+1), i0+n)
		_, w := p.panels.size(i)
		for k := k0; k < k0+kc && lo < hi; k++ {
			copy(dst[(k-k0)*ld+lo-i0:][:hi-lo], p.from(batch, i, k)[lo-p.panels.start(i):w])
		}
	}
}

// filling is the job of filling a Packed; a part is some panels of a block. Parts are
// in the order of those that will read them, so that the same worker does.
type filling struct {
	*Packed
	op Operand
	k0 int
}

// Do implements [parallel.Task].
func (f *filling) Do(_, i int) {
	blocks, groups := ceilDiv(f.k, f.step), ceilDiv(f.panels.count, panelsAtOnce)
	block, i := i%blocks*f.step, i/blocks
	lo, batch := i%groups*panelsAtOnce, i/groups
	hi := min(lo+panelsAtOnce, f.panels.count)
	f.panels.packAll(f.from(batch, lo, block), f.op, batch, lo, hi, f.k0+block, min(f.step, f.k-block))
}

// panelsAtOnce is the number of panels that are filled together.
const panelsAtOnce = 4

func ceilDiv(a, b int) int { return (a + b - 1) / b }
