package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const weightArgs = "dst []float32, dstStep int, dy []float32, dyChannel, dyPlane int, " +
	"src []float32, srcChannel, srcPlane, pitch, odd, channels, planes, rows, cols int"

// A correlator writes the gradient with respect to a kernel of kh×kw that steps s
// rows at a time. It goes down a column of vectors as a [convolver] does; sums for
// all taps are in registers, and d[j] is row o-j of dy while it is at row o.
type correlator struct {
	*emitter
	kh, kw, s int
	taps      taps
	sum       []vec
	d         []vec
	pitch     reg.Register
	dyRow     reg.Register // bytes
	p, q, r   reg.Register

	lanesOf, dense, last operand.Op // of pairs of rows; see pairMasks
}

// weight writes the kernel for a layout.
func (e *emitter) weight(kh, kw, s int, l layout) {
	TEXT(fmt.Sprintf("weight%dx%d%s%s", kh, kw, l, e.suffix), NOSPLIT, "func("+weightArgs+")")
	c := &correlator{emitter: e, kh: kh, kw: kw, s: s, taps: e.tapsOf(l)}
	c.pitch, c.dyRow = arg("pitch"), arg("cols")
	if l == pairs {
		ADDQ(c.dyRow, c.dyRow)
		c.lanesOf, c.dense, c.last = e.pairMasks()
	}
	kept := AllocLocal(4 * 8) // what the inner loops do not need
	channels, dyAt, srcAt, dstAt := kept, kept.Offset(8), kept.Offset(16), kept.Offset(24)
	keep := func(r reg.Register, m operand.Mem) { MOVQ(r, m) }
	keep(Load(Param("channels"), GP64()), channels)
	keep(base("dy"), dyAt)
	keep(base("src"), srcAt)
	keep(base("dst"), dstAt)

	Label("channel")
	for range kh * kw {
		c.sum = append(c.sum, e.zero())
	}
	for range (kh + s - 1) / s {
		c.d = append(c.d, e.reg())
	}
	dy, src := GP64(), GP64()
	MOVQ(dyAt, dy)
	MOVQ(srcAt, src)
	planes := Load(Param("planes"), GP64())
	c.p, c.q, c.r = GP64(), GP64(), GP64()
	Label("plane")
	if l == pairs {
		c.pairs(src, dy)
	} else {
		c.columns(src, dy)
	}
	shift(dy, "dyPlane")
	shift(src, "srcPlane")
	DECQ(planes)
	JNE(label("plane"))

	Comment("Halve the vectors until one lane is left and add it to what is there.")
	dst := GP64()
	MOVQ(dstAt, dst)
	e.addSums(c.sum, dst)
	shift(dst, "dstStep")
	keep(dst, dstAt)
	for _, m := range []struct {
		at operand.Mem
		by string
	}{{dyAt, "dyChannel"}, {srcAt, "srcChannel"}} {
		n := GP64()
		MOVQ(m.at, n)
		shift(n, m.by)
		keep(n, m.at)
	}
	DECQ(channels)
	JNE(label("channel"))
	VZEROUPPER()
	RET()
}

// addSums adds the sums of the lanes of vectors to the floats at dst.
func (e *emitter) addSums(sum []vec, dst reg.Register) {
	i := 0
	if e.wide && len(sum) >= 8 {
		order := e.ints("order", func(lane int) int { return []int{0, 4, 8, 12, 1, 5, 9, 13}[lane%8] })
		for ; len(sum)-i >= 8; i += 8 {
			x := e.foldEight(sum[i:i+8], order).AsY()
			VADDPS(at(dst, 4*i), x, x)
			VMOVUPS(x, at(dst, 4*i))
		}
	}
	for ; i < len(sum); i++ {
		x := e.fold(sum[i])
		VADDSS(at(dst, 4*i), x, x)
		VMOVSS(x, at(dst, 4*i))
	}
}

// foldEight returns the sums of the lanes of eight vectors, each added in the order
// that fold has.
func (e *emitter) foldEight(v []vec, order vec) vec {
	// join returns a vector with what two shuffles take from a and b, added.
	join := func(a, b vec, shuffle func(b, a, to operand.Op, second bool)) vec {
		x, y := e.reg(), e.reg()
		shuffle(b, a, x, false)
		shuffle(b, a, y, true)
		VADDPS(y, x, x)
		return x
	}
	blocks := func(lo, hi int) func(b, a, to operand.Op, second bool) {
		return func(b, a, to operand.Op, second bool) {
			if second {
				lo = hi
			}
			VSHUFF32X4(operand.U8(lo), b, a, to)
		}
	}
	words := func(lo, hi int) func(b, a, to operand.Op, second bool) {
		return func(b, a, to operand.Op, second bool) {
			if second {
				lo = hi
			}
			VSHUFPS(operand.U8(lo), b, a, to)
		}
	}
	var half, quarter [4]vec
	for i := range 4 { // the halves of 2·i, then those of 2·i+1
		half[i] = join(v[2*i], v[2*i+1], blocks(0b01_00_01_00, 0b11_10_11_10))
	}
	for i := range 2 { // four floats each of 4·i to 4·i+3
		quarter[i] = join(half[2*i], half[2*i+1], blocks(0b10_00_10_00, 0b11_01_11_01))
	}
	two := join(quarter[0], quarter[1], words(0b01_00_01_00, 0b11_10_11_10)) // two floats each of 0 4 1 5 2 6 3 7
	one := join(two, two, words(0b10_00_10_00, 0b11_01_11_01))               // the sums of 0 4 0 4 1 5 1 5 and so on
	out := e.reg()
	VPERMPS(one, order, out)
	return out
}

// fold returns the sum of the lanes in the lowest one.
func (e *emitter) fold(v vec) vec {
	half := func(extract func(hi vec), hi, lo vec) vec {
		extract(hi)
		VADDPS(hi, lo, lo)
		return lo
	}
	y := v
	if e.wide {
		y = half(func(hi vec) { VEXTRACTF32X8(operand.U8(1), v, hi) }, YMM(), v.AsY().(vec))
	}
	x := half(func(hi vec) {
		if e.wide {
			VEXTRACTF32X4(operand.U8(1), y, hi)
		} else {
			VEXTRACTF128(operand.U8(1), y, hi)
		}
	}, XMM(), y.AsX().(vec))
	for _, swap := range []int{0b01_00_11_10, 0b10_11_00_01} {
		half(func(hi vec) { VPERMILPS(operand.U8(swap), x, hi) }, XMM(), x)
	}
	return x
}

// columns writes the loop over columns of vectors, the last of which may be part of
// one.
func (c *correlator) columns(src, dy reg.Register) {
	n, from, with := Load(Param("cols"), GP64()), GP64(), GP64()
	MOVQ(src, from)
	MOVQ(dy, with)
	Label("column")
	CMPQ(n, operand.U8(c.lanes))
	JLT(label("part"))
	c.column(from, with, "whole", nil)
	ADDQ(operand.I32(c.bytes()), from)
	ADDQ(operand.I32(c.bytes()), with)
	SUBQ(operand.U8(c.lanes), n)
	JNE(label("column"))
	JMP(label("next"))
	Label("part")
	c.column(from, with, "rest", c.mask(n))
	Label("next")
}

// column writes the way down one column.
func (c *correlator) column(from, with reg.Register, name string, mask operand.Op) {
	MOVQ(from, c.p)
	MOVQ(with, c.q)
	Load(Param("rows"), c.r)
	before := len(c.d) - 1
	load := func() { c.load(at(c.q, 0), mask, c.d[0]) }
	for o := range before {
		load()
		c.rows(0, o, mask)
	}
	SUBQ(operand.U8(before), c.r)
	JEQ(label(name + "end"))
	Label(name)
	load()
	c.rows(0, before, mask)
	DECQ(c.r)
	JNE(label(name))
	Label(name + "end")
	for e := range before {
		c.rows(e+1, before, mask)
	}
}

// pairs writes the way down a column of pairs of rows, of which there are more than
// d holds before the current one.
func (c *correlator) pairs(src, dy reg.Register) {
	before := len(c.d) - 1
	Load(Param("rows"), c.r)
	INCQ(c.r)
	SHRQ(operand.U8(1), c.r)
	SUBQ(operand.U8(before), c.r)
	MOVQ(src, c.p)
	MOVQ(dy, c.q)
	load := func(mask operand.Op) {
		packed := c.reg()
		c.load(at(c.q, 0), mask, packed)
		VEXPANDPS_Z(packed, c.lanesOf, c.d[0])
	}
	for o := range before {
		load(c.dense)
		c.rows(0, o, c.lanesOf)
	}
	Label("pair")
	CMPQ(c.r, operand.U8(1))
	JEQ(label("last"))
	load(c.dense)
	JMP(label("sum"))
	Label("last")
	load(c.last)
	Label("sum")
	c.rows(0, before, c.lanesOf)
	DECQ(c.r)
	JNE(label("pair"))
	for e := range before {
		c.rows(e+1, before, c.lanesOf)
	}
}

// rows adds what the rows of the source give that the next row of the output is the
// first to see, with the rows d[from] to d[to] of dy, and moves on.
func (c *correlator) rows(from, to int, mask operand.Op) {
	for u := range c.s {
		var js []int
		for j := from; j <= to; j++ {
			if u+c.s*j < c.kh {
				js = append(js, j)
			}
		}
		for kw := range c.kw {
			c.tap(u, kw, js, mask)
		}
		ADDQ(c.pitch, c.p)
	}
	for j := min(to+1, len(c.d)-1); j > 0; j-- {
		VMOVAPS(c.d[j-1], c.d[j])
	}
	ADDQ(c.dyRow, c.q)
}

// tap adds one vector of the source times rows of dy. Beyond the mask it may hold
// anything, which must not meet a zero of dy: infinity times zero is not zero.
func (c *correlator) tap(u, kw int, js []int, mask operand.Op) {
	m := c.taps.at(c.p, kw)
	if len(js) == 0 {
		return
	}
	x := c.reg()
	switch {
	case mask == nil && len(js) == 1:
		VFMADD231PS(m, c.d[js[0]], c.sum[(u+c.s*js[0])*c.kw+kw])
		return
	case mask == nil:
		VMOVUPS(m, x)
	default:
		c.load(m, mask, x)
	}
	for _, j := range js {
		VFMADD231PS(x, c.d[j], c.sum[(u+c.s*j)*c.kw+kw])
	}
}
