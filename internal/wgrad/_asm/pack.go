package main

import (
	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// pack writes the packing of one vector of channels: transposes of squares, the
// last one overlapping that before. A square takes whole lines of planes, so that
// planes a power of two apart do no harm.
func (s *isa) pack() {
	TEXT("pack"+s.name, NOSPLIT, "func(dst []float32, ld int, src []float32, plane, n int)")
	dst := Load(Param("dst").Base(), GP64())
	ld := Load(Param("ld"), GP64())
	src := Load(Param("src").Base(), GP64())
	plane := Load(Param("plane"), GP64())
	n := Load(Param("n"), GP64())
	SHLQ(operand.U8(2), ld)
	SHLQ(operand.U8(2), plane)
	plane3 := GP64()
	LEAQ(operand.Mem{Base: plane, Index: plane, Scale: 2}, plane3)
	from := make([]reg.GPVirtual, s.lanes/4) // every fourth plane
	for i := range from {
		from[i] = GP64()
		if i == 0 {
			MOVQ(src, from[i])
		} else {
			LEAQ(operand.Mem{Base: from[i-1], Index: plane, Scale: 4}, from[i])
		}
	}
	row := func(i, disp int) operand.Mem {
		m := operand.Mem{Base: from[i/4], Disp: disp}
		switch i % 4 {
		case 1:
			m.Index, m.Scale = plane, 1
		case 2:
			m.Index, m.Scale = plane, 2
		case 3:
			m.Index, m.Scale = plane3, 1
		}
		return m
	}

	Label("square")
	x := make([]reg.Register, s.lanes)
	for i := range x {
		x[i] = s.virtual()
		VMOVUPS(row(i, 0), x[i])
		PREFETCHT0(row(i, ahead))
	}
	for j, v := range s.transpose(x) {
		VMOVUPS(v, operand.Mem{Base: dst})
		if j < s.lanes-1 {
			ADDQ(ld, dst)
		}
	}
	ADDQ(ld, dst)
	SUBQ(operand.U8(s.lanes), n)
	JLE(operand.LabelRef("done"))
	step, back := GP64(), GP64()
	MOVQ(operand.U32(s.lanes), step)
	CMPQ(n, step)
	JGE(operand.LabelRef("next"))
	Comment("Fewer pixels than a square are left: step back to end with one.")
	XORQ(back, back)
	SUBQ(step, back)
	ADDQ(n, back)
	MOVQ(n, step)
	MOVQ(operand.U32(s.lanes), n)
	IMULQ(ld, back)
	ADDQ(back, dst)
	Label("next")
	for _, f := range from {
		LEAQ(operand.Mem{Base: f, Index: step, Scale: 4}, f)
	}
	JMP(operand.LabelRef("square"))
	Label("done")
	VZEROUPPER()
	RET()
}

// ahead is how far ahead of a square its planes are fetched, in bytes.
const ahead = 512

func (s *isa) virtual() reg.Register {
	if s.lanes == 16 {
		return ZMM()
	}
	return YMM()
}

// transpose writes the transpose of a square. First the 4×4 squares in it, then
// the square of these.
func (s *isa) transpose(x []reg.Register) []reg.Register {
	two := func(f func(a, b, c operand.Op), a, b reg.Register) reg.Register {
		v := s.virtual()
		f(a, b, v)
		return v
	}
	lo := func(a, b, c operand.Op) { VUNPCKLPS(b, a, c) }
	hi := func(a, b, c operand.Op) { VUNPCKHPS(b, a, c) }
	shuffle := func(control uint64) func(a, b, c operand.Op) {
		return func(a, b, c operand.Op) { VSHUFPS(operand.Imm(control), b, a, c) }
	}
	quads := make([]reg.Register, len(x))
	for i := 0; i < len(x); i += 4 {
		ab0, ab1 := two(lo, x[i], x[i+1]), two(hi, x[i], x[i+1])
		cd0, cd1 := two(lo, x[i+2], x[i+3]), two(hi, x[i+2], x[i+3])
		quads[i], quads[i+1] = two(shuffle(0x44), ab0, cd0), two(shuffle(0xee), ab0, cd0)
		quads[i+2], quads[i+3] = two(shuffle(0x44), ab1, cd1), two(shuffle(0xee), ab1, cd1)
	}
	// Quarter q of quads[4i+j] now holds column 4q+j of rows 4i to 4i+3.
	y := make([]reg.Register, len(x))
	if s.lanes == 8 {
		halves := func(control uint64) func(a, b, c operand.Op) {
			return func(a, b, c operand.Op) { VPERM2F128(operand.Imm(control), b, a, c) }
		}
		for j := range 4 {
			y[j], y[4+j] = two(halves(0x20), quads[j], quads[4+j]), two(halves(0x31), quads[j], quads[4+j])
		}
		return y
	}
	quarters := func(control uint64) func(a, b, c operand.Op) {
		return func(a, b, c operand.Op) { VSHUFF32X4(operand.Imm(control), b, a, c) }
	}
	for j := range 4 {
		even0, odd0 := two(quarters(0x88), quads[j], quads[4+j]), two(quarters(0xdd), quads[j], quads[4+j])
		even1, odd1 := two(quarters(0x88), quads[8+j], quads[12+j]), two(quarters(0xdd), quads[8+j], quads[12+j])
		y[j], y[8+j] = two(quarters(0x88), even0, even1), two(quarters(0xdd), even0, even1)
		y[4+j], y[12+j] = two(quarters(0x88), odd0, odd1), two(quarters(0xdd), odd0, odd1)
	}
	return y
}
