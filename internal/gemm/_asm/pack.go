package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// packCols writes the packing of at least four vectors of at least four
// elements: transposes of 4×4, the last ones overlapping those before. It takes
// 128 elements of four vectors at a time: vectors are often a power of two apart,
// so that lines of more of them would drive each other from the first cache, and
// that much of the destination stays in it until the next four come.
func packCols() {
	TEXT("packColsAVX2", NOSPLIT, "func(dst []float32, ld int, src []float32, offs []int, n int)")
	dst := Load(Param("dst").Base(), GP64())
	ld := Load(Param("ld"), GP64())
	src := Load(Param("src").Base(), GP64())
	offs := Load(Param("offs").Base(), GP64())
	vectors := Load(Param("offs").Len(), GP64())
	n := Load(Param("n"), GP64())
	SHLQ(operand.U8(2), ld)
	chunk, i, count, to := GP64(), GP64(), GP64(), GP64()
	from := []reg.Register{GP64(), GP64(), GP64(), GP64()}

	Label("chunk")
	Comment("At most 128 elements of each vector, a multiple of four.")
	MOVQ(operand.U32(128), chunk)
	CMPQ(n, chunk)
	CMOVQLT(n, chunk)
	ANDQ(operand.I8(-4), chunk)
	XORQ(i, i)

	Label("four")
	for j, f := range from {
		MOVQ(operand.Mem{Base: offs, Index: i, Scale: 8, Disp: 8 * j}, f)
		LEAQ(operand.Mem{Base: src, Index: f, Scale: 4}, f)
	}
	LEAQ(operand.Mem{Base: dst, Index: i, Scale: 4}, to)
	MOVQ(chunk, count)

	Label("square")
	x := make([]reg.Register, 4)
	for j, f := range from {
		x[j] = XMM()
		VMOVUPS(operand.Mem{Base: f}, x[j])
		PREFETCHT0(operand.Mem{Base: f, Disp: 256})
		ADDQ(operand.U8(16), f)
	}
	ab0, ab1, cd0, cd1 := XMM(), XMM(), XMM(), XMM()
	VUNPCKLPS(x[1], x[0], ab0)
	VUNPCKHPS(x[1], x[0], ab1)
	VUNPCKLPS(x[3], x[2], cd0)
	VUNPCKHPS(x[3], x[2], cd1)
	for j := range 4 {
		lo, hi, half := ab0, cd0, operand.U8(0b01_00_01_00)
		if j > 1 {
			lo, hi = ab1, cd1
		}
		if j%2 == 1 {
			half = operand.U8(0b11_10_11_10)
		}
		y := XMM()
		VSHUFPS(half, hi, lo, y)
		VMOVUPS(y, operand.Mem{Base: to})
		ADDQ(ld, to)
	}
	SUBQ(operand.U8(4), count)
	JNE(operand.LabelRef("square"))

	ADDQ(operand.U8(4), i)
	CMPQ(i, vectors)
	JGE(operand.LabelRef("next"))
	Comment("The last four vectors may overlap those before.")
	last := GP64()
	LEAQ(operand.Mem{Base: vectors, Disp: -4}, last)
	CMPQ(i, last)
	CMOVQGT(last, i)
	JMP(operand.LabelRef("four"))

	Label("next")
	SUBQ(chunk, n)
	JEQ(operand.LabelRef("done"))
	Comment("Fewer than four elements are left: step back to end with four.")
	CMPQ(n, operand.U8(4))
	JGE(operand.LabelRef("forward"))
	SUBQ(operand.U8(4), chunk)
	ADDQ(n, chunk)
	MOVQ(operand.U32(4), n)
	Label("forward")
	LEAQ(operand.Mem{Base: src, Index: chunk, Scale: 4}, src)
	IMULQ(ld, chunk)
	ADDQ(chunk, dst)
	JMP(operand.LabelRef("chunk"))
	Label("done")
	RET()
}

// packRows writes the packing of rows: copies of n floats.
func packRows() {
	TEXT("packRowsAVX2", NOSPLIT, "func(dst []float32, ld int, src []float32, offs []int, n int)")
	dst := Load(Param("dst").Base(), GP64())
	ld := Load(Param("ld"), GP64())
	src := Load(Param("src").Base(), GP64())
	offs := Load(Param("offs").Base(), GP64())
	count := Load(Param("offs").Len(), GP64())
	n := Load(Param("n"), GP64())
	SHLQ(operand.U8(2), ld)
	from := GP64()

	// each writes a loop over the rows.
	each := func(name string, move func()) {
		Label(name)
		MOVQ(operand.Mem{Base: offs}, from)
		ADDQ(operand.U8(8), offs)
		LEAQ(operand.Mem{Base: src, Index: from, Scale: 4}, from)
		move()
		ADDQ(ld, dst)
		DECQ(count)
		JNE(operand.LabelRef(name))
		VZEROUPPER()
		RET()
	}
	// Whole panels: what follows in the row is in the next panel, soon wanted.
	vectors := func(many int) func() {
		return func() {
			for j := range many {
				y := YMM()
				if j%2 == 0 {
					PREFETCHT0(operand.Mem{Base: from, Disp: 32 * (many + j)})
				}
				VMOVUPS(operand.Mem{Base: from, Disp: 32 * j}, y)
				VMOVUPS(y, operand.Mem{Base: dst, Disp: 32 * j})
			}
		}
	}
	for _, w := range []int{32, 16} {
		CMPQ(n, operand.U8(w))
		JEQ(operand.LabelRef(fmt.Sprintf("rows%d", w)))
	}
	for _, w := range []int{8, 4} {
		CMPQ(n, operand.U8(w))
		JGE(operand.LabelRef(fmt.Sprintf("from%d", w)))
	}
	each("few", func() {
		j := GP64()
		XORQ(j, j)
		Label("one")
		x := XMM()
		VMOVSS(operand.Mem{Base: from, Index: j, Scale: 4}, x)
		VMOVSS(x, operand.Mem{Base: dst, Index: j, Scale: 4})
		INCQ(j)
		CMPQ(j, n)
		JLT(operand.LabelRef("one"))
	})
	// Whole vectors, then one that ends with the row.
	overlapping := func(w int, vector func() reg.VecVirtual) func() {
		return func() {
			j, last := GP64(), GP64()
			XORQ(j, j)
			LEAQ(operand.Mem{Base: n, Disp: -w}, last)
			v := vector()
			whole := fmt.Sprintf("whole%d", w)
			Label(whole)
			VMOVUPS(operand.Mem{Base: from, Index: j, Scale: 4}, v)
			VMOVUPS(v, operand.Mem{Base: dst, Index: j, Scale: 4})
			ADDQ(operand.U8(w), j)
			CMPQ(j, last)
			JLE(operand.LabelRef(whole))
			VMOVUPS(operand.Mem{Base: from, Index: last, Scale: 4}, v)
			VMOVUPS(v, operand.Mem{Base: dst, Index: last, Scale: 4})
		}
	}
	each("from4", overlapping(4, XMM))
	each("from8", overlapping(8, YMM))
	each("rows16", vectors(2))
	each("rows32", vectors(4))
}

// packWide writes the packing of rows that go through several whole panels of 16
// or 32 columns. A row is read to its end before the next one. The cache lines of the
// fourth row from there are fetched meanwhile: the processor does not foresee reads
// that far apart.
func packWide() {
	TEXT("packWideAVX2", NOSPLIT, "func(dst []float32, next int, src []float32, stride, rows, panels, width int)")
	dst := Load(Param("dst").Base(), GP64())
	next := Load(Param("next"), GP64())
	src := Load(Param("src").Base(), GP64())
	stride := Load(Param("stride"), GP64())
	rows := Load(Param("rows"), GP64())
	panels := Load(Param("panels"), GP64())
	width := Load(Param("width"), GP64())
	SHLQ(operand.U8(2), next)
	SHLQ(operand.U8(2), stride)
	CMPQ(width, operand.U8(16))
	JEQ(operand.LabelRef("row16"))
	from, to, count := GP64(), GP64(), GP64()
	for _, w := range []int{32, 16} {
		Label(fmt.Sprintf("row%d", w))
		MOVQ(src, from)
		MOVQ(dst, to)
		MOVQ(panels, count)
		Label(fmt.Sprintf("panel%d", w))
		for j := range w / 8 {
			y := YMM()
			if j%2 == 0 {
				PREFETCHT0(operand.Mem{Base: from, Index: stride, Scale: 4, Disp: 32 * j})
			}
			VMOVUPS(operand.Mem{Base: from, Disp: 32 * j}, y)
			VMOVUPS(y, operand.Mem{Base: to, Disp: 32 * j})
		}
		ADDQ(operand.I32(4*w), from)
		ADDQ(next, to)
		DECQ(count)
		JNE(operand.LabelRef(fmt.Sprintf("panel%d", w)))
		ADDQ(stride, src)
		ADDQ(operand.I32(4*w), dst)
		DECQ(rows)
		JNE(operand.LabelRef(fmt.Sprintf("row%d", w)))
		VZEROUPPER()
		RET()
	}
}
