package main

import (
	"fmt"
	"log"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The kernels of this file, for AVX-512, take planes as they are: masks keep loads within
// a row, and in place of rows outside of the plane they read zeros.

// view is the source that is a column of a plane, a vector of the output wide.
type view struct {
	*emitter
	k, s    int
	masks   []operand.Op // of the loads: one for each tap, with a stride of 2 for three vectors
	p, at   reg.Register // the next row, or zeros in its place
	number  reg.Register // of the next row
	rows    operand.Op   // of the plane
	width   reg.Register // bytes of a row
	zeros   operand.Mem
	indices [2]vec // lanes of even and odd columns
	streams bool   // the caller prefetches
}

func (e *emitter) view(k, s int) *view {
	rows, err := Param("inRows").Resolve()
	if err != nil {
		log.Fatal(err)
	}
	v := &view{emitter: e, k: k, s: s, p: GP64(), at: GP64(), number: GP64(), rows: rows.Addr, width: arg("inCols")}
	v.zeros = e.table("noRow", 3, func(int) int { return 0 })
	if s == 2 {
		v.indices[0] = e.ints("evens", func(i int) int { return 2 * i })
		v.indices[1] = e.ints("odds", func(i int) int { return 2*i + 1 })
	}
	return v
}

// begin goes to the first row of a column of the padded plane, the first row of which
// begins at from, that has its columns from col on; n lanes of the output follow. If
// strict, lanes beyond them see zeros.
func (v *view) begin(from, col, n reg.Register, strict bool) {
	low, high, bits, zero := GP64(), GP64(), GP64(), GP64()
	lanes := GP64()
	XORQ(zero, zero)
	v.masks = nil
	if strict {
		MOVQ(operand.I64(-1), lanes)
		MOVQ(operand.U32(v.lanes), high)
		CMPQ(n, high)
		CMOVQLT(n, high)
		BZHIQ(high, lanes, lanes)
	}
	loads, step := v.k, 1
	if v.s == 2 {
		loads, step = 3, v.lanes
	}
	for i := range loads {
		// Lanes from -(col + i·step) on, and before inCols - (col + i·step).
		LEAQ(operand.Mem{Base: col, Disp: i * step}, low)
		Load(Param("inCols"), high)
		SUBQ(low, high)
		CMOVQLT(zero, high)
		NEGQ(low)
		CMOVQLT(zero, low)
		MOVQ(operand.U32(v.lanes), bits)
		CMPQ(bits, high)
		CMOVQLT(bits, high)
		MOVQ(operand.I64(-1), bits)
		BZHIQ(high, bits, bits)
		SHRXQ(low, bits, bits)
		SHLXQ(low, bits, bits)
		if strict && v.s == 1 {
			ANDQ(lanes, bits)
		}
		k := K()
		KMOVW(bits.As32(), k)
		v.masks = append(v.masks, k)
	}
	before := Load(Param("beforeRows"), GP64())
	XORQ(v.number, v.number)
	SUBQ(before, v.number)
	IMULQ(v.width, before)
	MOVQ(from, v.p)
	SUBQ(before, v.p)
}

// row implements [source].
func (v *view) row(_ int, use func(kw int, x []vec)) {
	LEAQ(v.zeros, v.at)
	CMPQ(v.number, v.rows)
	CMOVQCS(v.p, v.at)
	INCQ(v.number)
	if !v.streams {
		ahead := operand.Mem{Base: v.p, Index: v.width, Scale: 8}
		PREFETCHT0(ahead)
		if v.s == 2 {
			PREFETCHT0(ahead.Offset(64))
		}
	}
	ADDQ(v.width, v.p)
	load := func(disp, mask int) vec {
		x := v.reg()
		v.load(at(v.at, disp), v.masks[mask], x)
		return x
	}
	if v.s == 1 {
		for kw := range v.k {
			use(kw, []vec{load(4*kw, kw)})
		}
		return
	}
	a, b, c := load(0, 0), load(v.bytes(), 1), XMM()
	VMOVUPS_Z(at(v.at, 2*v.bytes()), v.masks[2], c) // few columns, which seldom cross a line
	var cols, next [2]vec
	for odd := range cols {
		cols[odd] = v.reg()
		VMOVAPS(v.indices[odd], cols[odd])
		VPERMI2PS(b, a, cols[odd])
	}
	for kw := range v.k {
		odd := kw % 2
		if kw < 2 {
			use(kw, []vec{cols[odd]})
			continue
		}
		if next[odd] == nil {
			first := XMM()
			VPERMILPS(operand.U8([]int{0b10_00, 0b01}[odd]), c, first)
			next[odd] = first.AsZ().(vec)
		}
		x := v.reg()
		VALIGND(operand.U8(kw/2), cols[odd], next[odd], x)
		use(kw, []vec{x})
	}
}

// direct writes the convolution with a kernel of k×k and a stride of s.
func (e *emitter) direct(k, s int) {
	TEXT(fmt.Sprintf("direct%ds%d%s", k, s, e.suffix), NOSPLIT, "func("+smallForwardArgs+")")
	v := e.view(k, s)
	c := &convolver{emitter: e, k: k, s: s, source: v, dstRow: arg("cols"), q: GP64(), r: GP64()}
	dst, src := base("dst"), base("src")
	kept := AllocLocal(3 * 8) // what is needed once a plane
	w, bias, planes := kept, kept.Offset(8), kept.Offset(16)
	MOVQ(base("w"), w)
	MOVQ(base("bias"), bias)
	MOVQ(Load(Param("planes"), GP64()), planes)
	before := Load(Param("beforeCols"), GP64())
	NEGQ(before)
	LEAQ(operand.Mem{Base: src, Index: before, Scale: 4}, src)
	resident := min(k*k, 18)
	if resident < k*k {
		c.memory = AllocLocal((4*(k*k-resident) + 7) &^ 7)
	}
	c.bias = e.reg()
	c.sums(1)

	Label("plane")
	p := GP64()
	MOVQ(bias, p)
	VBROADCASTSS(at(p, 0), c.bias)
	shift(p, "biasStep")
	MOVQ(p, bias)
	MOVQ(w, p)
	c.weights(p, resident)
	shift(p, "wPlane")
	MOVQ(p, w)
	n, col, from, to := Load(Param("cols"), GP64()), Load(Param("beforeCols"), GP64()), GP64(), GP64()
	NEGQ(col)
	MOVQ(src, from)
	MOVQ(dst, to)
	Label("column")
	v.begin(from, col, n, false)
	count := GP64()
	MOVQ(operand.U32(e.lanes), count)
	CMPQ(n, count)
	CMOVQLT(n, count)
	c.column(to, "row", e.mask(count))
	ADDQ(operand.I32(s*e.lanes), col)
	ADDQ(operand.I32(s*e.bytes()), from)
	ADDQ(operand.I32(e.bytes()), to)
	SUBQ(operand.U8(e.lanes), n)
	JG(label("column"))
	shift(dst, "dstPlane")
	shift(src, "srcPlane")
	DECQ(planes)
	JNE(label("plane"))
	VZEROUPPER()
	RET()
}

// directWeight writes the gradient of a kernel of 3×3 with a stride of s. The vectors
// that the taps see of the rows at hand are in registers.
func (e *emitter) directWeight(s int) {
	const k = 3
	TEXT(fmt.Sprintf("directWeight%ds%d%s", k, s, e.suffix), NOSPLIT, "func("+smallWeightArgs+")")
	v := e.view(k, s)
	dyRow := arg("cols")
	var seen [k][k]vec
	for h := range seen {
		for kw := range seen[h] {
			seen[h][kw] = e.reg()
		}
	}
	d := e.reg()
	v.streams = true
	srcAhead, dyAhead := GP64(), GP64()
	e.channels(func(src, dy reg.Register, sum []vec) {
		// What follows in memory is what comes next: as many lines of it are fetched at a
		// row as that row takes.
		for _, x := range []struct {
			ahead, from reg.Register
			row         operand.Op
			rows        int
		}{{srcAhead, src, v.width, s}, {dyAhead, dy, dyRow, 1}} {
			MOVQ(Load(Param("rows"), GP64()), x.ahead)
			IMULQ(x.row, x.ahead)
			LEAQ(operand.Mem{Base: x.from, Index: x.ahead, Scale: uint8(x.rows)}, x.ahead)
		}
		n, col, from, to := Load(Param("cols"), GP64()), Load(Param("beforeCols"), GP64()), GP64(), GP64()
		NEGQ(col)
		LEAQ(operand.Mem{Base: src, Index: col, Scale: 4}, from)
		MOVQ(dy, to)
		Label("column")
		v.begin(from, col, n, true)
		count := GP64()
		MOVQ(operand.U32(e.lanes), count)
		CMPQ(n, count)
		CMOVQLT(n, count)
		mask := e.mask(count)
		rows, q := Load(Param("rows"), GP64()), GP64()
		MOVQ(to, q)
		read := func(h int) {
			v.row(1, func(kw int, x []vec) { VMOVAPS(x[0], seen[h][kw]) })
		}
		for h := range k - s {
			read(h)
		}
		Label("row")
		for h := k - s; h < k; h++ {
			read(h)
		}
		e.load(at(q, 0), mask, d)
		for t, x := range sum {
			VFMADD231PS(seen[t/k][t%k], d, x)
		}
		for h := s; h < k; h++ {
			for kw := range k {
				VMOVAPS(seen[h][kw], seen[h-s][kw])
			}
		}
		for i := range s * s {
			PREFETCHT0(at(srcAhead, i*e.bytes()))
		}
		PREFETCHT0(at(dyAhead, 0))
		ADDQ(operand.I32(s*s*e.bytes()), srcAhead)
		ADDQ(operand.I32(e.bytes()), dyAhead)
		ADDQ(dyRow, q)
		DECQ(rows)
		JNE(label("row"))
		ADDQ(operand.I32(s*e.lanes), col)
		ADDQ(operand.I32(s*e.bytes()), from)
		ADDQ(operand.I32(e.bytes()), to)
		SUBQ(operand.U8(e.lanes), n)
		JG(label("column"))
	})
}
