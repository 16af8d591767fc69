package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const forwardArgs = "dst []float32, dstPlane int, src []float32, srcPlane, pitch, odd int, " +
	"w []float32, wPlane, wStep int, bias []float32, biasStep, planes, rows, cols int"

// A convolver writes the convolution of a kernel of k×k that steps s rows at a time.
// It goes down a column of one vector, or of two side by side, of the output. Every
// row of the source is read once, one vector for each tap of the kernel's row, and is
// used for all rows of the output that see it, whose sums are in registers: acc[0] is
// that of the row that is finished next.
type convolver struct {
	*emitter
	k, s   int
	source source
	weight []vec       // of the taps, as many as there are registers for
	memory operand.Mem // the others
	bias   vec
	acc    [][]vec      // one for each vector side by side
	dstRow reg.Register // bytes
	q, r   reg.Register

	lanesOf, dense, last operand.Op // of pairs of rows; see pairMasks
}

// A source gives the vectors that the taps of a row of the kernel see, for vectors of the
// output side by side.
type source interface {
	// row calls use for each tap of the next row.
	row(vectors int, use func(kw int, x []vec))
}

// scratch is the source that package depthwise has placed.
type scratch struct {
	*emitter
	k     int
	taps  taps
	pitch reg.Register
	p     reg.Register // the next row
}

func (s *scratch) row(vectors int, use func(kw int, x []vec)) {
	for kw := range s.k {
		x := make([]vec, vectors)
		for b := range x {
			x[b] = s.reg()
			m := s.taps.at(s.p, kw)
			m.Disp += b * s.bytes()
			VMOVUPS(m, x[b])
		}
		use(kw, x)
	}
	ADDQ(s.pitch, s.p)
}

// forward writes the kernel for a layout.
func (e *emitter) forward(k, s int, l layout) {
	TEXT(fmt.Sprintf("forward%d%s%s", k, l, e.suffix), NOSPLIT, "func("+forwardArgs+")")
	from := &scratch{emitter: e, k: k, taps: e.tapsOf(l)}
	c := &convolver{emitter: e, k: k, s: s, source: from}
	dst, src, w, bias := base("dst"), base("src"), base("w"), base("bias")
	from.pitch, c.dstRow = arg("pitch"), arg("cols")
	planes := Load(Param("planes"), GP64())
	if l == pairs {
		ADDQ(c.dstRow, c.dstRow)
		c.lanesOf, c.dense, c.last = e.pairMasks()
	}
	sums := (k + s - 1) / s
	across, registers := 1, 16-3 // without bias, x or a mask, and a weight
	if e.wide {
		across, registers = 2, 32-4
	}
	if l == pairs {
		across = 1
	}
	resident := min(k*k, registers-across*sums)
	if resident < k*k {
		c.memory = AllocLocal((4*(k*k-resident) + 7) &^ 7) // frames are multiples of 8
	}

	Label("plane")
	c.bias = e.reg()
	VBROADCASTSS(at(bias, 0), c.bias)
	c.weights(w, resident)
	c.sums(across)
	from.p, c.q, c.r = GP64(), GP64(), GP64()
	switch {
	case l == pairs:
		MOVQ(src, from.p)
		MOVQ(dst, c.q)
		c.pairs()
	case e.wide:
		c.wideColumns(from.p, src, dst)
	default:
		c.columns(from.p, src, dst)
	}
	shift(dst, "dstPlane")
	shift(src, "srcPlane")
	shift(w, "wPlane")
	shift(bias, "biasStep")
	DECQ(planes)
	JNE(label("plane"))
	VZEROUPPER()
	RET()
}

// sums makes the registers of the sums.
func (c *convolver) sums(across int) {
	for range across {
		acc := make([]vec, (c.k+c.s-1)/c.s)
		for i := range acc {
			acc[i] = c.reg()
		}
		c.acc = append(c.acc, acc)
	}
}

// weights loads the kernel's weights, which lie wStep floats apart: the first into
// registers, what is left to where their distance is known.
func (c *convolver) weights(w reg.Register, resident int) {
	from := GP64()
	MOVQ(w, from)
	for t := range c.k * c.k {
		if t < resident {
			v := c.reg()
			VBROADCASTSS(at(from, 0), v)
			c.weight = append(c.weight, v)
		} else {
			x := GP32()
			MOVL(at(from, 0), x)
			MOVL(x, c.memory.Offset(4*(t-resident)))
		}
		if t < c.k*c.k-1 {
			shift(from, "wStep")
		}
	}
}

// columns writes the loop over columns of one vector, the last of which may be part
// of one. Masked stores are slow on some processors with AVX2 only.
func (c *convolver) columns(p, src, dst reg.Register) {
	n, from, to := Load(Param("cols"), GP64()), GP64(), GP64()
	MOVQ(src, from)
	MOVQ(dst, to)
	Label("column")
	CMPQ(n, operand.U8(c.lanes))
	JLT(label("part"))
	MOVQ(from, p)
	c.column(to, "whole", nil)
	ADDQ(operand.I32(c.bytes()), from)
	ADDQ(operand.I32(c.bytes()), to)
	SUBQ(operand.U8(c.lanes), n)
	JNE(label("column"))
	JMP(label("next"))
	Label("part")
	MOVQ(from, p)
	c.column(to, "rest", c.mask(n))
	Label("next")
}

// wideColumns writes the loop over columns of two vectors, as long as a second one is
// begun, and then one.
func (c *convolver) wideColumns(p, src, dst reg.Register) {
	n, from, to, first, second := Load(Param("cols"), GP64()), GP64(), GP64(), GP64(), GP64()
	MOVQ(src, from)
	MOVQ(dst, to)
	Label("column")
	CMPQ(n, operand.U8(c.lanes))
	JLE(label("part"))
	count := GP64()
	MOVQ(operand.U32(2*c.lanes), count)
	CMPQ(n, count)
	CMOVQLT(n, count)
	a, b := c.twoMasks(count, first, second)
	MOVQ(from, p)
	c.column(to, "two", a, b)
	ADDQ(operand.I32(2*c.bytes()), from)
	ADDQ(operand.I32(2*c.bytes()), to)
	SUBQ(operand.U8(2*c.lanes), n)
	JG(label("column"))
	JMP(label("next"))
	Label("part")
	MOVQ(from, p)
	c.column(to, "one", c.mask(n))
	Label("next")
}

// column writes the way down one column of as many vectors as there are masks.
func (c *convolver) column(to reg.Register, name string, masks ...operand.Op) {
	all := c.acc
	c.acc = all[:len(masks)]
	MOVQ(to, c.q)
	Load(Param("rows"), c.r)
	c.begin()
	Label(name)
	c.step()
	for i, m := range masks {
		c.store(c.acc[i][0], m, at(c.q, i*c.bytes()))
	}
	c.turn()
	JNE(label(name))
	c.acc = all
}

// pairs writes the way down a column of pairs of rows. The rows of the output are
// stored without the gap between them.
func (c *convolver) pairs() {
	Load(Param("rows"), c.r)
	INCQ(c.r)
	SHRQ(operand.U8(1), c.r)
	c.begin()
	packed := c.reg()
	Label("pair")
	c.step()
	VCOMPRESSPS_Z(c.acc[0][0], c.lanesOf, packed)
	CMPQ(c.r, operand.U8(1))
	JEQ(label("last"))
	c.store(packed, c.dense, at(c.q, 0))
	c.turn()
	JMP(label("pair"))
	Label("last")
	c.store(packed, c.last, at(c.q, 0))
}

// begin takes the rows before the first that finishes a row of the output.
func (c *convolver) begin() {
	for t := range c.k - c.s {
		c.row(t)
	}
}

// step takes the rows that finish the next row of the output.
func (c *convolver) step() {
	for u := range c.s {
		c.row(c.k - c.s + u)
	}
}

// turn goes on to the next row of the output and sets the flags by the rows left.
func (c *convolver) turn() {
	for _, acc := range c.acc {
		for i := range acc[1:] {
			VMOVAPS(acc[i+1], acc[i])
		}
	}
	ADDQ(c.dstRow, c.q)
	DECQ(c.r)
}

// row adds a row of the source to the rows of the output that see it: sum i does with
// row t - s·i of the kernel.
func (c *convolver) row(t int) {
	var sees []int
	for i := range c.acc[0] {
		if kh := t - c.s*i; kh >= 0 && kh < c.k {
			sees = append(sees, i)
		}
	}
	c.source.row(len(c.acc), func(kw int, x []vec) {
		for _, i := range sees {
			kh := t - c.s*i
			w := c.tap(kh*c.k + kw)
			for b := range x {
				if kh == 0 && kw == 0 {
					VMOVAPS(c.bias, c.acc[b][i])
				}
				VFMADD231PS(x[b], w, c.acc[b][i])
			}
		}
	})
}

// tap returns a register with the weight of a tap.
func (c *convolver) tap(t int) vec {
	if t < len(c.weight) {
		return c.weight[t]
	}
	w := c.reg()
	VBROADCASTSS(c.memory.Offset(4*(t-len(c.weight))), w)
	return w
}

// taps writes the kernel of any size, for one plane: four vectors of a row at a
// time, then one, over all taps, whose places in the source are in offs.
func (e *emitter) taps() {
	TEXT("taps"+e.suffix, NOSPLIT, "func(dst, src []float32, pitch int, offs []int, w, bias []float32, rows, cols int)")
	dst, src, offs, w := base("dst"), base("src"), base("offs"), base("w")
	count := Load(Param("offs").Len(), GP64())
	pitch := arg("pitch")
	rows := Load(Param("rows"), GP64())
	bias := e.reg()
	b := base("bias")
	VBROADCASTSS(at(b, 0), bias)

	Label("row")
	p, n := GP64(), Load(Param("cols"), GP64())
	MOVQ(src, p)
	t, at0 := GP64(), GP64()
	block := func(name string, vectors int, mask operand.Op) {
		var acc []vec
		for range vectors {
			a := e.reg()
			VMOVAPS(bias, a)
			acc = append(acc, a)
		}
		XORQ(t, t)
		Label(name)
		MOVQ(operand.Mem{Base: offs, Index: t, Scale: 8}, at0)
		LEAQ(operand.Mem{Base: p, Index: at0, Scale: 4}, at0)
		x := e.reg()
		VBROADCASTSS(operand.Mem{Base: w, Index: t, Scale: 4}, x)
		for i, a := range acc {
			VFMADD231PS(at(at0, i*e.bytes()), x, a)
		}
		INCQ(t)
		CMPQ(t, count)
		JLT(label(name))
		for i, a := range acc {
			e.store(a, mask, at(dst, i*e.bytes()))
		}
	}
	loop := func(name, next string, vectors int) {
		Label(name)
		CMPQ(n, operand.I32(vectors*e.lanes))
		JLT(label(next))
		block(name+"tap", vectors, nil)
		ADDQ(operand.I32(vectors*e.bytes()), p)
		ADDQ(operand.I32(vectors*e.bytes()), dst)
		SUBQ(operand.I32(vectors*e.lanes), n)
		JMP(label(name))
	}
	loop("four", "one", 4)
	loop("one", "rest", 1)
	Label("rest")
	TESTQ(n, n)
	JEQ(label("next"))
	block("resttap", 1, e.mask(n))
	LEAQ(operand.Mem{Base: dst, Index: n, Scale: 4}, dst)
	Label("next")
	ADDQ(pitch, src)
	DECQ(rows)
	JNE(label("row"))
	VZEROUPPER()
	RET()
}
