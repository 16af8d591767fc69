package loop

import (
	"math"

	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
)

// Kind says what a reduction computes.
type Kind uint8

// The kinds of reductions and what they give for no elements.
const (
	Sum  Kind = iota // Σ x, 0
	Prod             // Π x, 1
	Max              // the largest, NaN if there is one; -Inf
	Min              // the smallest, NaN if there is one; +Inf
	sumSquaredDev
)

const (
	// chunk bounds the run that is reduced in float32 before its result goes
	// to a float64 total.
	chunk = 4096
	// strip is the number of neighbouring outputs reduced together when the
	// innermost axis is kept, and block the number of rows that are added in
	// float32 before they go to float64 totals.
	strip = 1024
	block = 64
	// A reduction to fewer than fewUnits units of work is also split along the
	// reduced axes, into segments of at least segmentLen elements.
	fewUnits   = 32
	segmentLen = 65536
)

// SumTo computes dst = Σ x, or dst += Σ x, where x has the given shape and dst
// the shape dstShape, which broadcasts to it; the sum runs over the axes along
// which it is repeated. It is the backward pass of broadcasting.
func SumTo(dst Operand, dstShape []int, x Operand, shape []int, accumulate bool) {
	dst.Shape = dstShape
	Reduce(Sum, accumulate, shape, dst, x)
}

// Reduce reduces x over the axes of shape along which dst is repeated: dst =
// reduction of x or, if accumulate, dst = dst combined with it, by addition,
// multiplication, max or min. The two must not overlap. It panics if more than
// [MaxRank] axes are left.
//
// The error of a sum is below 2⁻¹⁷·Σ|x| however many elements it has: short
// runs are added in float32 and their sums in float64.
func Reduce(kind Kind, accumulate bool, shape []int, dst, x Operand) {
	if n, ok := x.short(shape, &dst); ok {
		v := kind.reduce(x.Data[:n], 0)
		if accumulate {
			v = kind.combine(float64(dst.Data[0]), v)
		}
		dst.Data[0] = float32(v)
		return
	}
	r := reductions.Get()
	r.kind, r.accumulate = kind, accumulate
	r.run(shape, dst, x)
}

// short reports whether x is a single run that is reduced to one number, for which
// sorting axes would cost more than reducing, and returns its length.
func (x *Operand) short(shape []int, dst *Operand) (n int, ok bool) {
	n = 1
	for i, d := range shape {
		if n *= d; dst.step(i, len(shape)) != 0 {
			return 0, false
		}
	}
	return n, 0 < n && n <= chunk && x.dense(shape)
}

// SumSquaredDev computes dst = Σ (x - mean)², reduced like [Reduce]; mean has
// the shape and the strides of dst.
func SumSquaredDev(shape []int, dst, x Operand, mean []float32) {
	r := reductions.Get()
	r.kind, r.accumulate, r.mean = sumSquaredDev, false, mean
	r.run(shape, dst, x)
}

var reductions FreeList[reduction]

// reduction is one call of Reduce.
//
// The innermost group of axes, all kept or all reduced, decides the order. If
// it is reduced, each output is a unit of work, whose items are chunks of that
// group. If it is kept, a unit is a strip of it, whose items are rows.
type reduction struct {
	kind       Kind
	accumulate bool
	dst, x     []float32
	mean       []float32

	rows        bool // the innermost group is kept
	outer       axes // kept axes but for the innermost group
	reduced     axes // reduced axes but for the innermost group
	inner       axes // the innermost group
	innerLen    int
	innerDirect bool // the innermost group lies in x without gaps

	perGroup                int // chunks or strips of the innermost group
	units, unitsPerPart     int
	items, segments, perSeg int // items of a unit, segments of items, items of a segment
	partials                []float64
	workers                 [parallel.MaxWorkers]*reducer
}

// axes are some of the axes of a reduction.
type axes struct {
	rank    int
	shape   [MaxRank]int
	x, dst  [MaxRank]int // strides
	size    int
	lastPos int // position of the last axis in the whole shape
}

// reducer is the memory of one goroutine.
type reducer struct {
	gathered [chunk]float32
	acc      [strip]float32
	mean     [strip]float32
	dev      [strip]float32
	total    [strip]float64
}

// add appends the axis at a position in the shape. Neighbours without a gap
// become one.
func (a *axes) add(pos, size, x, dst int) {
	r := a.rank - 1
	if r < 0 || a.lastPos != pos-1 || a.x[r] != x*size || a.dst[r] != dst*size {
		r++
		if r == MaxRank {
			panic("loop: too many axes")
		}
		a.rank, a.shape[r] = r+1, 1
	}
	a.shape[r] *= size
	a.x[r], a.dst[r], a.lastPos = x, dst, pos
	a.size *= size
}

// reset makes a a scalar's axes.
func (a *axes) reset() { a.rank, a.size = 0, 1 }

// finish makes sure that there is an axis.
func (a *axes) finish() {
	if a.rank == 0 {
		a.rank, a.shape[0], a.x[0], a.dst[0] = 1, 1, 1, 1
	}
}

func (a *axes) xAt(start int) cursor   { return at(a.shape[:a.rank], a.x[:a.rank], start) }
func (a *axes) dstAt(start int) cursor { return at(a.shape[:a.rank], a.dst[:a.rank], start) }

func (r *reduction) run(shape []int, dst, x Operand) {
	r.dst, r.x = dst.Data, x.Data
	r.setAxes(shape, dst, x)
	if r.outer.size > 0 && (r.innerLen > 0 || !r.rows) {
		r.cut()
		parts := (r.units + r.unitsPerPart - 1) / r.unitsPerPart * r.segments
		for w := range min(parallel.Workers(), parts) {
			r.ready(w)
		}
		parallel.For(parts, r)
		if r.segments > 1 {
			r.join(r.workers[0])
		}
	}
	r.dst, r.x, r.mean = nil, nil, nil
	reductions.Put(r)
}

// setAxes sorts the axes. It looks at the strides of x only to traverse it
// well, never to decide the order of a sum.
func (r *reduction) setAxes(shape []int, dst, x Operand) {
	r.outer.reset()
	r.reduced.reset()
	r.inner.reset()
	// The innermost group starts where the last change of side is.
	last := len(shape) - 1
	for last >= 0 && shape[last] == 1 {
		last--
	}
	rank := len(shape)
	r.rows = last >= 0 && dst.step(last, rank) != 0
	first := last
	for first > 0 && (shape[first-1] == 1 || (dst.step(first-1, rank) != 0) == r.rows) {
		first--
	}
	pos := 0
	for i, d := range shape {
		if d == 1 {
			continue
		}
		side := &r.outer
		switch {
		case i >= first:
			side = &r.inner
		case dst.step(i, rank) == 0:
			side = &r.reduced
		}
		side.add(pos, d, x.step(i, rank), dst.step(i, rank))
		pos++
	}
	r.outer.finish()
	r.reduced.finish()
	r.inner.finish()
	r.innerLen = r.inner.size
	r.innerDirect = gapless(r.inner.shape[:r.inner.rank], r.inner.x[:r.inner.rank])
}

// cut chooses units, segments and parts by the sizes alone.
func (r *reduction) cut() {
	work := r.reduced.size * r.innerLen // of a unit
	if r.rows {
		r.perGroup = (r.innerLen + strip - 1) / strip
		r.units = r.outer.size * r.perGroup
		r.items = r.reduced.size
		work = r.reduced.size * min(r.innerLen, strip)
	} else {
		r.perGroup = (r.innerLen + chunk - 1) / chunk
		r.units = r.outer.size
		r.items = r.reduced.size * r.perGroup
	}
	r.segments, r.perSeg = 1, r.items
	if r.units < fewUnits && work >= 2*segmentLen {
		n := min(fewUnits, work/segmentLen, r.items)
		r.perSeg = (r.items + n - 1) / n
		r.segments = (r.items + r.perSeg - 1) / r.perSeg
	}
	r.unitsPerPart = 1
	if r.segments == 1 {
		r.unitsPerPart = max(1, partLen/max(work, 1))
		return
	}
	n := r.units * r.segments
	if r.rows {
		n *= strip
	}
	if cap(r.partials) < n {
		r.partials = make([]float64, n)
	}
	r.partials = r.partials[:n]
}

func (r *reduction) ready(w int) *reducer {
	if r.workers[w] == nil {
		r.workers[w] = new(reducer)
	}
	return r.workers[w]
}

// Do implements [parallel.Task].
func (r *reduction) Do(w, part int) {
	s := r.ready(w)
	seg := part % r.segments
	lo := seg * r.perSeg
	hi := min(lo+r.perSeg, r.items)
	first := part / r.segments * r.unitsPerPart
	last := min(first+r.unitsPerPart, r.units)
	if !r.rows && r.items == 1 {
		r.reduceShort(s, first, last)
		return
	}
	for u := first; u < last; u++ {
		total := r.reduceUnit(s, u, lo, hi)
		if r.segments > 1 {
			copy(r.partial(u, seg), total)
		} else {
			r.store(s, u, total)
		}
	}
}

// partial returns the place of a segment's totals.
func (r *reduction) partial(u, seg int) []float64 {
	i := u*r.segments + seg
	if r.rows {
		return r.partials[i*strip : (i+1)*strip]
	}
	return r.partials[i : i+1]
}

// join combines the segments in order.
func (r *reduction) join(s *reducer) {
	for u := range r.units {
		n := r.width(u)
		total := r.partial(u, 0)[:n]
		for seg := 1; seg < r.segments; seg++ {
			for i, v := range r.partial(u, seg)[:n] {
				total[i] = r.kind.combine(total[i], v)
			}
		}
		r.store(s, u, total)
	}
}

// width returns the number of outputs of a unit.
func (r *reduction) width(u int) int {
	if !r.rows {
		return 1
	}
	return min(strip, r.innerLen-u%r.perGroup*strip)
}

// store writes the results of unit u.
func (r *reduction) store(s *reducer, u int, total []float64) {
	c, base := r.resultsOf(u)
	dst, out := r.dst[base:], s.acc[:len(total)]
	if r.accumulate {
		c2 := c
		c2.gather(out, dst)
		for i, v := range total {
			total[i] = r.kind.combine(float64(out[i]), v)
		}
	}
	for i, v := range total {
		out[i] = float32(v)
	}
	c.scatter(dst, out, false)
}

// resultsOf returns the place of the results of unit u in dst: a cursor over
// the memory from base on.
func (r *reduction) resultsOf(u int) (c cursor, base int) {
	if !r.rows {
		return r.outer.dstAt(u), 0
	}
	c = r.outer.dstAt(u / r.perGroup)
	return r.inner.dstAt(u % r.perGroup * strip), c.off
}

// reduceShort does what [reduction.reduceUnit] and [reduction.store] do for
// units that have a single item, without setting out anew for each.
func (r *reduction) reduceShort(s *reducer, first, last int) {
	xc, dc := r.outer.xAt(first), r.outer.dstAt(first)
	for range last - first {
		var mean float32
		if r.kind == sumSquaredDev {
			mean = r.mean[dc.off]
		}
		run := s.run(&r.inner, r.innerDirect, r.x[xc.off:], 0, r.innerLen)
		v := r.kind.reduce(run, mean)
		if r.accumulate {
			v = r.kind.combine(float64(r.dst[dc.off]), v)
		}
		r.dst[dc.off] = float32(v)
		xc.skip(1)
		dc.skip(1)
	}
}

// reduceUnit reduces items lo to hi of unit u.
func (r *reduction) reduceUnit(s *reducer, u, lo, hi int) []float64 {
	if r.rows {
		return r.reduceRows(s, u, lo, hi)
	}
	total := s.total[:1]
	total[0] = r.kind.identity()
	if lo == hi {
		return total
	}
	xc := r.outer.xAt(u)
	x := r.x[xc.off:]
	var mean float32
	if r.kind == sumSquaredDev {
		dc := r.outer.dstAt(u)
		mean = r.mean[dc.off]
	}
	c := r.reduced.xAt(lo / r.perGroup)
	k := lo % r.perGroup
	for range hi - lo {
		n := min(chunk, r.innerLen-k*chunk)
		run := s.run(&r.inner, r.innerDirect, x[c.off:], k*chunk, n)
		total[0] = r.kind.combine(total[0], r.kind.reduce(run, mean))
		if k++; k == r.perGroup {
			k = 0
			c.skip(1)
		}
	}
	return total
}

// reduceRows reduces rows lo to hi of unit u, a strip of columns.
func (r *reduction) reduceRows(s *reducer, u, lo, hi int) []float64 {
	n := r.width(u)
	total := s.total[:n]
	for i := range total {
		total[i] = r.kind.identity()
	}
	if lo == hi {
		return total
	}
	xc := r.outer.xAt(u / r.perGroup)
	x, start := r.x[xc.off:], u%r.perGroup*strip
	if r.kind == sumSquaredDev {
		dc, base := r.resultsOf(u)
		dc.gather(s.mean[:n], r.mean[base:])
	}
	c := r.reduced.xAt(lo)
	for lo < hi {
		rows := min(block, hi-lo)
		if r.kind == Prod {
			rows = 1 // a product of many may leave the range of float32
		}
		acc := s.acc[:n]
		for i := range rows {
			row := s.run(&r.inner, r.innerDirect, x[c.off:], start, n)
			s.addRow(r.kind, acc, row, i == 0)
			c.skip(1)
		}
		for i, v := range acc {
			total[i] = r.kind.combine(total[i], float64(v))
		}
		lo += rows
	}
	return total
}

// run returns n elements of a group of axes from element start on.
func (s *reducer) run(a *axes, direct bool, x []float32, start, n int) []float32 {
	if direct {
		return x[start : start+n]
	}
	c := a.xAt(start)
	c.gather(s.gathered[:n], x)
	return s.gathered[:n]
}

// identity returns the reduction of no elements.
func (k Kind) identity() float64 {
	switch k {
	case Prod:
		return 1
	case Max:
		return math.Inf(-1)
	case Min:
		return math.Inf(1)
	}
	return 0
}

// combine joins two results.
func (k Kind) combine(a, b float64) float64 {
	switch k {
	case Prod:
		return a * b
	case Max:
		return max(a, b)
	case Min:
		return min(a, b)
	}
	return a + b
}

// reduce reduces a run.
func (k Kind) reduce(x []float32, mean float32) float64 {
	switch k {
	case Prod:
		p := 1.0
		for _, v := range x {
			p *= float64(v)
		}
		return p
	case Max:
		return float64(vec.MaxOf(x))
	case Min:
		return float64(vec.MinOf(x))
	case sumSquaredDev:
		return float64(vec.SumSquaredDev(x, mean))
	}
	return float64(vec.Sum(x))
}

// addRow combines a row with acc, which it sets if the row is the first.
func (s *reducer) addRow(k Kind, acc, row []float32, first bool) {
	if k == sumSquaredDev {
		dev := s.dev[:len(row)]
		vec.Sub(dev, row, s.mean[:])
		vec.Square(dev, dev)
		row = dev
	}
	switch {
	case first:
		copy(acc, row)
	case k == Max:
		vec.Max(acc, acc, row)
	case k == Min:
		vec.Min(acc, acc, row)
	default:
		vec.Add(acc, acc, row)
	}
}
