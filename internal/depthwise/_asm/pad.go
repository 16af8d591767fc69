package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// mover writes a routine that moves the rows of planes: whole steps of so many
// floats of the source, which fill grow bytes, then what is left under masks.
func (e *emitter) mover(step int, whole func(s, d reg.Register), masks func(rest reg.Register) []operand.Op,
	part func(s, d reg.Register, m []operand.Op), grow int) {
	dst, src := base("dst"), base("src")
	planes := Load(Param("planes"), GP64())
	cols := Load(Param("cols"), GP64())
	pitch := arg("dstPitch")
	rest := GP64()
	MOVQ(cols, rest)
	ANDQ(operand.U8(step-1), rest)
	m := masks(rest)

	Label("plane")
	d, s := GP64(), GP64()
	MOVQ(dst, d)
	MOVQ(src, s)
	rows := Load(Param("rows"), GP64())
	Label("row")
	to, n := GP64(), GP64()
	MOVQ(d, to)
	MOVQ(cols, n)
	SUBQ(operand.U8(step), n)
	JLT(label("rest"))
	Label("whole")
	whole(s, to)
	ADDQ(operand.I32(4*step), s)
	ADDQ(operand.I32(grow), to)
	SUBQ(operand.U8(step), n)
	JGE(label("whole"))
	Label("rest")
	TESTQ(rest, rest)
	JEQ(label("next"))
	part(s, to, m)
	LEAQ(operand.Mem{Base: s, Index: rest, Scale: 4}, s)
	Label("next")
	ADDQ(pitch, d)
	DECQ(rows)
	JNE(label("row"))
	shift(dst, "dstPlane")
	shift(src, "srcPlane")
	DECQ(planes)
	JNE(label("plane"))
	VZEROUPPER()
	RET()
}

const moverArgs = "dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, planes, rows, cols int"

func at(p reg.Register, disp int) operand.Mem { return operand.Mem{Base: p, Disp: disp} }

// copyRows copies rows.
func (e *emitter) copyRows() {
	TEXT("copyRows"+e.suffix, NOSPLIT, "func("+moverArgs+")")
	move := func(mask operand.Op) func(s, d reg.Register) {
		return func(s, d reg.Register) {
			v := e.reg()
			e.load(at(s, 0), mask, v)
			e.store(v, mask, at(d, 0))
		}
	}
	e.mover(e.lanes, move(nil),
		func(rest reg.Register) []operand.Op { return []operand.Op{e.mask(rest)} },
		func(s, d reg.Register, m []operand.Op) { move(m[0])(s, d) }, e.bytes())
}

// splitRows copies the even columns of rows to dst and the odd ones to odd floats
// further.
func (e *emitter) splitRows() {
	TEXT("splitRows"+e.suffix, NOSPLIT, "func("+moverArgs+", odd int)")
	odd := Load(Param("odd"), GP64())
	var even, odds vec
	if e.wide {
		even = e.ints("evens", func(i int) int { return 2 * i })
		odds = e.ints("odds", func(i int) int { return 2*i + 1 })
	}
	move := func(s, d reg.Register, m []operand.Op) {
		a, b, c := e.reg(), e.reg(), e.reg()
		e.load(at(s, 0), m[0], a)
		e.load(at(s, e.bytes()), m[1], b)
		if e.wide {
			VMOVAPS(a, c)
			VPERMT2PS(b, even, c)
			VPERMT2PS(b, odds, a)
		} else {
			// Pairs of lanes come out in the order 0, 2, 1, 3.
			VSHUFPS(operand.U8(0b10_00_10_00), b, a, c)
			VSHUFPS(operand.U8(0b11_01_11_01), b, a, a)
			VPERMPD(operand.U8(0b11_01_10_00), c, c)
			VPERMPD(operand.U8(0b11_01_10_00), a, a)
		}
		e.store(c, m[2], at(d, 0))
		e.store(a, m[3], operand.Mem{Base: d, Index: odd, Scale: 4})
	}
	e.mover(2*e.lanes, func(s, d reg.Register) { move(s, d, make([]operand.Op, 4)) },
		func(rest reg.Register) []operand.Op {
			first, second, half := GP64(), GP64(), GP64()
			m := make([]operand.Op, 4)
			m[0], m[1] = e.twoMasks(rest, first, second)
			LEAQ(at(rest, 1), half)
			SHRQ(operand.U8(1), half)
			m[2] = e.mask(half)
			MOVQ(rest, half)
			SHRQ(operand.U8(1), half)
			m[3] = e.mask(half)
			return m
		}, move, e.bytes())
}

// spreadRows copies rows with a zero after each element but the last.
func (e *emitter) spreadRows() {
	TEXT("spreadRows"+e.suffix, NOSPLIT, "func("+moverArgs+")")
	var lo, hi vec
	var every operand.Op
	zero := e.zero()
	if e.wide {
		lo = e.ints("low", func(i int) int { return i / 2 })
		hi = e.ints("high", func(i int) int { return 8 + i/2 })
		k, bits := K(), GP32()
		MOVL(operand.U32(0x5555), bits)
		KMOVW(bits, k)
		every = k
	}
	move := func(s, d reg.Register, m []operand.Op) {
		v, a, b := e.reg(), e.reg(), e.reg()
		e.load(at(s, 0), m[0], v)
		if e.wide {
			VPERMPS_Z(v, lo, every, a)
			VPERMPS_Z(v, hi, every, b)
		} else {
			c := e.reg()
			VUNPCKLPS(zero, v, a)
			VUNPCKHPS(zero, v, c)
			VPERM2F128(operand.U8(0x31), c, a, b)
			VPERM2F128(operand.U8(0x20), c, a, a)
		}
		e.store(a, m[1], at(d, 0))
		e.store(b, m[2], at(d, e.bytes()))
	}
	e.mover(e.lanes, func(s, d reg.Register) { move(s, d, make([]operand.Op, 3)) },
		func(rest reg.Register) []operand.Op {
			twice, first, second := GP64(), GP64(), GP64()
			XORQ(twice, twice)
			LEAQ(operand.Mem{Base: rest, Index: rest, Scale: 1, Disp: -1}, second)
			TESTQ(rest, rest)
			CMOVQNE(second, twice)
			m := make([]operand.Op, 3)
			m[0] = e.mask(rest)
			m[1], m[2] = e.twoMasks(twice, first, second)
			return m
		}, move, 2*e.bytes())
}

// twoMasks returns the masks of the first n lanes of two vectors, 0 ≤ n ≤ 2·lanes.
// It uses the registers first and second.
func (e *emitter) twoMasks(n, first, second reg.Register) (a, b operand.Op) {
	MOVQ(operand.U32(e.lanes), first)
	CMPQ(n, first)
	CMOVQLT(n, first)
	MOVQ(n, second)
	SUBQ(first, second)
	return e.mask(first), e.mask(second)
}
