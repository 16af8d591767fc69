package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// masks are those of the last step of a row: of the vector of columns, and of the two
// vectors in which these are every second float. The zero masks are whole vectors.
type masks struct{ one, first, second operand.Op }

// A step moves a vector of columns from s to d.
type step func(s, d reg.Register, m masks)

// rows writes a routine that goes over rows in the steps that begin returns, which take
// srcVectors of the source to dstVectors of the destination. The last step of a row is
// under masks even if it is whole: behind the last of columns that are apart comes
// nothing.
func (e *emitter) rows(name string, srcVectors, dstVectors int, begin func() step) {
	TEXT(name+e.suffix, NOSPLIT, "func(dst []float32, dstPitch int, src []float32, srcPitch, rows, cols int)")
	dst, dstPitch := Load(Param("dst").Base(), GP64()), argBytes("dstPitch")
	src, srcPitch := Load(Param("src").Base(), GP64()), argBytes("srcPitch")
	rows, cols := Load(Param("rows"), GP64()), Load(Param("cols"), GP64())
	move := begin()
	Comment("The columns of the last step, at least one, and the floats that they are apart.")
	last, first, second := GP64(), GP64(), GP64()
	LEAQ(operand.Mem{Base: cols, Disp: -1}, last)
	ANDQ(operand.U8(e.lanes-1), last)
	INCQ(last)
	SUBQ(last, cols)
	LEAQ(operand.Mem{Base: last, Index: last, Scale: 1, Disp: -1}, second)
	MOVQ(operand.U32(e.lanes), first)
	CMPQ(second, first)
	CMOVQLT(second, first)
	SUBQ(first, second)
	m := masks{e.mask(last), e.mask(first), e.mask(second)}

	Label("row")
	s, d, n := GP64(), GP64(), GP64()
	MOVQ(src, s)
	MOVQ(dst, d)
	MOVQ(cols, n)
	TESTQ(n, n)
	JEQ(operand.LabelRef("last"))
	Label("whole")
	move(s, d, masks{})
	ADDQ(operand.I32(srcVectors*e.bytes()), s)
	ADDQ(operand.I32(dstVectors*e.bytes()), d)
	SUBQ(operand.U8(e.lanes), n)
	JNE(operand.LabelRef("whole"))
	Label("last")
	move(s, d, m)
	ADDQ(srcPitch, src)
	ADDQ(dstPitch, dst)
	DECQ(rows)
	JNE(operand.LabelRef("row"))
	VZEROUPPER()
	RET()
}

// argBytes loads an argument, a number of floats, as a number of bytes.
func argBytes(name string) reg.Register {
	r := Load(Param(name), GP64())
	SHLQ(operand.U8(2), r)
	return r
}

// take copies every second column.
func (e *emitter) take() {
	e.rows("take", 2, 1, func() step {
		var even vec
		if e.wide {
			even = e.ints("even", func(i int) int { return 2 * i })
		}
		return func(s, d reg.Register, m masks) {
			a, b := e.reg(), e.reg()
			e.load(operand.Mem{Base: s}, m.first, a)
			e.load(operand.Mem{Base: s, Disp: e.bytes()}, m.second, b)
			if e.wide {
				VPERMT2PS(b, even, a)
			} else {
				// Pairs of lanes come out in the order 0, 2, 1, 3.
				VSHUFPS(operand.U8(0b10_00_10_00), b, a, a)
				VPERMPD(operand.U8(0b11_01_10_00), a, a)
			}
			e.store(a, m.one, operand.Mem{Base: d})
		}
	})
}

// add adds to every second column. What is between stays as it is, to the bit.
func (e *emitter) add() {
	e.rows("add", 1, 2, func() step {
		var low, high, zero vec
		var every operand.Op
		if e.wide {
			low = e.ints("low", func(i int) int { return i / 2 })
			high = e.ints("high", func(i int) int { return 8 + i/2 })
			k, bits := K(), GP32()
			MOVL(operand.U32(0x5555), bits)
			KMOVW(bits, k)
			every = k
		} else {
			zero = e.reg()
			VXORPS(zero, zero, zero)
		}
		return func(s, d reg.Register, m masks) {
			x, a, b := e.reg(), e.reg(), e.reg()
			e.load(operand.Mem{Base: s}, m.one, x)
			if e.wide {
				VPERMPS(x, low, a)
				VPERMPS(x, high, b)
			} else {
				lo, hi := e.reg(), e.reg()
				VUNPCKLPS(zero, x, lo)
				VUNPCKHPS(zero, x, hi)
				VPERM2F128(operand.U8(0x20), hi, lo, a)
				VPERM2F128(operand.U8(0x31), hi, lo, b)
			}
			for i, v := range []vec{a, b} {
				mask := []operand.Op{m.first, m.second}[i]
				at, y := operand.Mem{Base: d, Disp: i * e.bytes()}, e.reg()
				e.load(at, mask, y)
				if e.wide {
					VADDPS(v, y, every, y)
				} else {
					VADDPS(v, y, v)
					VBLENDPS(operand.U8(0b01010101), v, y, y)
				}
				e.store(y, mask, at)
			}
		}
	})
}
