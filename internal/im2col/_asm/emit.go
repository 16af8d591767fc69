package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

type vec = reg.VecVirtual

// An emitter writes instructions on vectors of 16 (AVX-512) or 8 (AVX2) floats, so
// that one description of a routine serves both.
type emitter struct {
	wide   bool // AVX-512
	lanes  int
	suffix string
	window operand.Mem // eight set lanes and eight clear ones, for AVX2
}

func newEmitter(wide bool) *emitter {
	if wide {
		return &emitter{wide: true, lanes: 16, suffix: "AVX512"}
	}
	w := GLOBL("window", RODATA|NOPTR)
	for i, v := range []uint64{math.MaxUint64, 0} {
		for j := range 4 {
			DATA(32*i+8*j, operand.U64(v))
		}
	}
	return &emitter{lanes: 8, suffix: "AVX2", window: w}
}

func (e *emitter) reg() vec {
	if e.wide {
		return ZMM()
	}
	return YMM()
}

// bytes is the size of a vector.
func (e *emitter) bytes() int { return 4 * e.lanes }

// ints returns a vector of integers.
func (e *emitter) ints(name string, f func(lane int) int) vec {
	m := GLOBL(name, RODATA|NOPTR)
	for i := range e.lanes {
		DATA(4*i, operand.U32(f(i)))
	}
	r := e.reg()
	VMOVUPS(m, r)
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
