package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const dataArgs = "dst []float32, dstPlane, dstPitch int, src []float32, srcPlane, pitch, shift int, " +
	"w []float32, wPlane, planes, rows, cols int"

// A merger writes the gradient of a convolution with k columns and a stride of 2 for rows
// of the input that see r rows of the output. One column of the input sees the even taps
// of a row of the kernel, its neighbours see the odd ones: two convolutions of the source,
// whose columns are merged.
type merger struct {
	*emitter
	r, k     int
	w        reg.Register // the last tap of the kernel that the rows see
	weight   []vec        // of the first taps, as many as there are registers for
	lo, hi   vec          // lanes that the merged vectors take from two, for AVX-512
	swap     vec          // all set if the odd taps come first, for AVX2
	pitch    reg.Register
	dstPitch reg.Register
	p, even  reg.Register // of odd taps and of even ones
	q, n     reg.Register
}

// data writes the kernel.
func (e *emitter) data(r, k int) {
	TEXT(fmt.Sprintf("data%dx%d%s", r, k, e.suffix), NOSPLIT, "func("+dataArgs+")")
	m := &merger{emitter: e, r: r, k: k, w: base("w")}
	dst, src := base("dst"), base("src")
	m.pitch, m.dstPitch = arg("pitch"), arg("dstPitch")
	planes := Load(Param("planes"), GP64())
	m.order()
	resident := 24
	if !e.wide {
		resident = 6
	}
	for range min(r*k, resident) {
		m.weight = append(m.weight, e.reg())
	}
	m.p, m.even, m.q, m.n = GP64(), GP64(), GP64(), GP64()

	Label("plane")
	for t, v := range m.weight {
		VBROADCASTSS(m.tapAt(t), v)
	}
	n, from, to := Load(Param("cols"), GP64()), GP64(), GP64()
	MOVQ(src, from)
	MOVQ(dst, to)
	Label("column")
	CMPQ(n, operand.U8(2*e.lanes))
	JLT(label("part"))
	m.column(from, to, "whole", nil, nil)
	ADDQ(operand.I32(e.bytes()), from)
	ADDQ(operand.I32(2*e.bytes()), to)
	SUBQ(operand.U8(2*e.lanes), n)
	JNE(label("column"))
	JMP(label("next"))
	Label("part")
	first, second := e.twoMasks(n, GP64(), GP64())
	m.column(from, to, "rest", first, second)
	Label("next")
	shift(dst, "dstPlane")
	shift(src, "srcPlane")
	shift(m.w, "wPlane")
	DECQ(planes)
	JNE(label("plane"))
	VZEROUPPER()
	RET()
}

// order loads what says in which order columns are merged.
func (m *merger) order() {
	second := Load(Param("shift"), GP64())
	if !m.wide {
		m.swap = m.reg()
		x, all := XMM(), GP64()
		XORQ(all, all)
		SUBQ(second, all)
		VMOVQ(all, x)
		VBROADCASTSS(x, m.swap)
		return
	}
	other := m.reg()
	SHLQ(operand.U8(4), second)
	VPBROADCASTD(second.(reg.GP).As32(), other)
	m.lo = m.ints("mergeLow", func(i int) int { return i/2 + i%2*16 })
	m.hi = m.ints("mergeHigh", func(i int) int { return 8 + i/2 + i%2*16 })
	VPXORD(other, m.lo, m.lo)
	VPXORD(other, m.hi, m.hi)
}

// tapAt returns where tap t of those that the rows see lies: from the last of the
// kernel to the first, without every second row.
func (m *merger) tapAt(t int) operand.Mem { return at(m.w, -4*(t/m.k*2*m.k+t%m.k)) }

// tap returns a register with the weight of a tap.
func (m *merger) tap(t int) vec {
	if t < len(m.weight) {
		return m.weight[t]
	}
	w := m.reg()
	VBROADCASTSS(m.tapAt(t), w)
	return w
}

// column writes the way down a column of two vectors of the output.
func (m *merger) column(from, to reg.Register, name string, first, second operand.Op) {
	MOVQ(from, m.p)
	MOVQ(to, m.q)
	s := Load(Param("shift"), GP64())
	LEAQ(operand.Mem{Base: from, Index: s, Scale: 4}, m.even)
	Load(Param("rows"), m.n)
	Label(name)
	even, odd := m.zero(), m.zero()
	for row := range m.r {
		place := func(p reg.Register, col int) operand.Mem {
			a := at(p, 4*col)
			if row > 0 {
				a.Index, a.Scale = m.pitch, uint8(row)
			}
			return a
		}
		for t := range m.k {
			w := m.tap(row*m.k + t)
			if t%2 == 0 {
				VFMADD231PS(place(m.even, t/2), w, even)
			} else {
				VFMADD231PS(place(m.p, 1+t/2), w, odd)
			}
		}
	}
	a, b := m.merge(even, odd)
	m.store(a, first, at(m.q, 0))
	m.store(b, second, at(m.q, m.bytes()))
	ADDQ(m.pitch, m.p)
	ADDQ(m.pitch, m.even)
	ADDQ(m.dstPitch, m.q)
	DECQ(m.n)
	JNE(label(name))
}

// merge returns the columns of two vectors by turns.
func (m *merger) merge(even, odd vec) (a, b vec) {
	a, b = m.reg(), m.reg()
	if m.wide {
		VMOVAPS(m.lo, a)
		VPERMI2PS(odd, even, a)
		VMOVAPS(m.hi, b)
		VPERMI2PS(odd, even, b)
		return a, b
	}
	first, second := m.reg(), m.reg()
	VBLENDVPS(m.swap, odd, even, first)
	VBLENDVPS(m.swap, even, odd, second)
	VUNPCKLPS(second, first, even)
	VUNPCKHPS(second, first, odd)
	VPERM2F128(operand.U8(0x20), odd, even, a)
	VPERM2F128(operand.U8(0x31), odd, even, b)
	return a, b
}
