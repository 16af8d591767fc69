package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
)

// transpose writes a routine for rows and cols that are multiples of eight:
// 8×8 blocks held in eight registers, down the rows of a block column so that
// the writes run on.
func transpose() {
	TEXT("transposeAVX2", NOSPLIT, "func(dst []float32, ldd int, src []float32, lds, rows, cols int)")
	dst, src := Load(Param("dst").Base(), GP64()), Load(Param("src").Base(), GP64())
	ldd, lds := Load(Param("ldd"), GP64()), Load(Param("lds"), GP64())
	rows, cols := Load(Param("rows"), GP64()), Load(Param("cols"), GP64())
	SHLQ(operand.U8(2), ldd)
	SHLQ(operand.U8(2), lds)
	d, s, r := GP64(), GP64(), GP64()

	Label("column")
	MOVQ(dst, d)
	MOVQ(src, s)
	MOVQ(rows, r)

	Label("block")
	x := make([]vec, 8)
	for i := range x {
		x[i] = YMM()
	}
	p := GP64()
	eight := func(base operand.Op, ld operand.Op, move func(i int, m operand.Mem)) {
		MOVQ(base, p)
		for i := range x {
			move(i, operand.Mem{Base: p})
			ADDQ(ld, p)
		}
	}
	eight(s, lds, func(i int, m operand.Mem) { VMOVUPS(m, x[i]) })
	// Pairs of rows, then quadruples, then the halves of the registers.
	two := func(f func(a, b, lo, hi vec), a, b vec) (lo, hi vec) {
		lo, hi = YMM(), YMM()
		f(a, b, lo, hi)
		return lo, hi
	}
	unpack := func(a, b, lo, hi vec) { VUNPCKLPS(b, a, lo); VUNPCKHPS(b, a, hi) }
	shuffle := func(a, b, lo, hi vec) {
		VSHUFPS(operand.U8(0b01_00_01_00), b, a, lo)
		VSHUFPS(operand.U8(0b11_10_11_10), b, a, hi)
	}
	halves := func(a, b, lo, hi vec) {
		VPERM2F128(operand.U8(0x20), b, a, lo)
		VPERM2F128(operand.U8(0x31), b, a, hi)
	}
	var q [8]vec // q[c] holds columns c%4 and c%4+4 of rows 4·(c/4) to 4·(c/4)+3
	for h := 0; h < 8; h += 4 {
		ab0, ab1 := two(unpack, x[h], x[h+1])
		cd0, cd1 := two(unpack, x[h+2], x[h+3])
		q[h], q[h+1] = two(shuffle, ab0, cd0)
		q[h+2], q[h+3] = two(shuffle, ab1, cd1)
	}
	for c := range 4 {
		x[c], x[c+4] = two(halves, q[c], q[c+4])
	}
	eight(d, ldd, func(i int, m operand.Mem) { VMOVUPS(x[i], m) })
	ADDQ(operand.U8(32), d)
	LEAQ(operand.Mem{Base: s, Index: lds, Scale: 8}, s)
	SUBQ(operand.U8(8), r)
	JNE(operand.LabelRef("block"))

	ADDQ(operand.U8(32), src)
	LEAQ(operand.Mem{Base: dst, Index: ldd, Scale: 8}, dst)
	SUBQ(operand.U8(8), cols)
	JNE(operand.LabelRef("column"))
	VZEROUPPER()
	RET()
}
