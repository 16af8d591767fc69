package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

type vec = reg.VecVirtual

// An emitter writes instructions on vectors of 16 (AVX-512) or 8 (AVX2) floats, so
// that one description of a kernel serves both.
type emitter struct {
	wide   bool // AVX-512
	lanes  int
	suffix string
	tables map[string]operand.Mem
	window operand.Mem // eight set lanes and eight clear ones, for AVX2
}

func newEmitter(wide bool) *emitter {
	tables := map[string]operand.Mem{}
	if wide {
		return &emitter{wide: true, lanes: 16, suffix: "AVX512", tables: tables}
	}
	w := GLOBL("window", RODATA|NOPTR)
	for i, v := range []uint64{math.MaxUint64, 0} {
		for j := range 4 {
			DATA(32*i+8*j, operand.U64(v))
		}
	}
	return &emitter{lanes: 8, suffix: "AVX2", tables: tables, window: w}
}

func (e *emitter) reg() vec {
	if e.wide {
		return ZMM()
	}
	return YMM()
}

// bytes is the size of a vector.
func (e *emitter) bytes() int { return 4 * e.lanes }

// table returns vectors of integers in memory.
func (e *emitter) table(name string, vectors int, f func(lane int) int) operand.Mem {
	if m, ok := e.tables[name]; ok {
		return m
	}
	m := GLOBL(name, RODATA|NOPTR)
	for i := range vectors * e.lanes {
		DATA(4*i, operand.U32(f(i)))
	}
	e.tables[name] = m
	return m
}

// ints returns a vector of integers.
func (e *emitter) ints(name string, f func(lane int) int) vec {
	r := e.reg()
	VMOVUPS(e.table(name, 1, f), r)
	return r
}

// zero returns a vector of zeros.
func (e *emitter) zero() vec {
	r := e.reg()
	if e.wide {
		VPXORD(r, r, r)
	} else {
		VXORPS(r, r, r)
	}
	return r
}

// mask returns the mask of the first n lanes, 0 ≤ n ≤ lanes: a mask register with
// AVX-512, else a vector.
func (e *emitter) mask(n reg.Register) operand.Op {
	if e.wide {
		// Every processor with AVX-512 has BZHI (BMI2).
		all, k := GP64(), K()
		MOVQ(operand.I64(-1), all)
		BZHIQ(n, all, all)
		KMOVW(all.As32(), k)
		return k
	}
	table, back, m := GP64(), GP64(), e.reg()
	LEAQ(e.window.Offset(32), table)
	MOVQ(n, back)
	NEGQ(back)
	VMOVUPS(operand.Mem{Base: table, Index: back, Scale: 4}, m)
	return m
}

// load reads a vector; the lanes outside of the mask, which may be nil for none,
// are not touched and become 0.
func (e *emitter) load(m operand.Mem, mask operand.Op, v vec) {
	switch {
	case mask == nil:
		VMOVUPS(m, v)
	case e.wide:
		VMOVUPS_Z(m, mask, v)
	default:
		VMASKMOVPS(m, mask, v)
	}
}

// store writes the lanes of the mask, or all if it is nil.
func (e *emitter) store(v vec, mask operand.Op, m operand.Mem) {
	switch {
	case mask == nil:
		VMOVUPS(v, m)
	case e.wide:
		VMOVUPS(v, mask, m)
	default:
		VMASKMOVPS(v, mask, m)
	}
}

// shift moves a pointer by a number of floats that is an argument.
func shift(p reg.Register, by string) {
	n := Load(Param(by), GP64())
	LEAQ(operand.Mem{Base: p, Index: n, Scale: 4}, p)
}

// arg loads an argument, a number of floats, as a number of bytes.
func arg(name string) reg.Register {
	r := Load(Param(name), GP64())
	SHLQ(operand.U8(2), r)
	return r
}

func base(name string) reg.Register { return Load(Param(name).Base(), GP64()) }

func label(name string) operand.LabelRef { return operand.LabelRef(name) }

// A layout is how the taps of a kernel's row lie in memory.
type layout int

const (
	single layout = iota // next to each other
	split                // the even ones next to each other, and the odd ones
	// Next to each other, in rows that are so short that a vector holds one and the
	// next, which follows after pitch floats.
	pairs
)

func (l layout) String() string {
	switch {
	case l == split:
		return "split"
	case l == pairs:
		return "pairs"
	}
	return ""
}

// taps is where the taps of a row are.
type taps struct {
	layout layout
	odd    reg.Register // distance of the odd taps in floats
}

func (e *emitter) tapsOf(l layout) taps {
	t := taps{layout: l}
	if l == split {
		t.odd = Load(Param("odd"), GP64())
	}
	return t
}

// at returns the place of tap k of the row at p.
func (t taps) at(p reg.Register, k int) operand.Mem {
	switch {
	case t.layout != split:
		return operand.Mem{Base: p, Disp: 4 * k}
	case k%2 == 0:
		return operand.Mem{Base: p, Disp: 2 * k}
	}
	return operand.Mem{Base: p, Index: t.odd, Scale: 4, Disp: 2 * (k - 1)}
}

// pairMasks returns, for pairs of rows of cols floats that lie pitch floats apart,
// the mask of their lanes, that of as many lanes without a gap, and the latter for
// the last pair, which is a single row if rows is odd.
func (e *emitter) pairMasks() (lanes, dense, last operand.Op) {
	cols, pitch, rows := Load(Param("cols"), GP64()), Load(Param("pitch"), GP64()), Load(Param("rows"), GP64())
	low, high, count := GP64(), GP64(), GP64()
	MOVQ(operand.I64(-1), low)
	BZHIQ(cols, low, low)
	SHLXQ(pitch, low, high)
	ORQ(high, low)
	k := K()
	KMOVW(low.As32(), k)
	LEAQ(operand.Mem{Base: cols, Index: cols, Scale: 1}, count)
	dense = e.mask(count)
	TESTQ(operand.U32(1), rows)
	CMOVQNE(cols, count)
	return k, dense, e.mask(count)
}
