package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

type vec = reg.VecVirtual

// An emitter writes transforms with n points on vectors of 16 (AVX-512) or 8 (AVX2)
// floats, one for each of as many tiles or kernels.
type emitter struct {
	wide  bool // AVX-512
	lanes int
	n     int // points: rows and columns of the patch
}

func newEmitter(wide bool, n int) *emitter {
	e := &emitter{wide: wide, lanes: 8, n: n}
	if wide {
		e.lanes = 16
	}
	return e
}

// text begins a routine. Its name has the rows that it takes and those that it makes.
func (e *emitter) text(name string, from, to int, params string) {
	level := "AVX2"
	if e.wide {
		level = "AVX512"
	}
	TEXT(fmt.Sprintf("%s%dto%d%s", name, from, to, level), NOSPLIT, "func("+params+")")
}

func (e *emitter) reg() vec {
	if e.wide {
		return ZMM()
	}
	return YMM()
}

// size is that of a vector in bytes.
func (e *emitter) size() int { return 4 * e.lanes }

// at is the place of vector i after a base.
func (e *emitter) at(base reg.Register, i int) operand.Mem {
	return operand.Mem{Base: base, Disp: i * e.size()}
}

// constants holds the numbers that have been defined in the file.
var constants = map[uint32]operand.Mem{}

// constant returns a number as an operand: AVX-512 instructions broadcast it
// from memory; for AVX2 it is stored eight times.
func (e *emitter) constant(v float64) operand.Mem {
	b := math.Float32bits(float32(v))
	m, ok := constants[b]
	if !ok {
		m = GLOBL(fmt.Sprintf("c%08x", b), RODATA|NOPTR)
		if e.wide {
			DATA(0, operand.U32(b))
		} else {
			for i := range 8 {
				DATA(4*i, operand.U32(b))
			}
		}
		constants[b] = m
	}
	return m
}

func (e *emitter) load(m operand.Mem) vec {
	r := e.reg()
	VMOVUPS(m, r)
	return r
}

func (e *emitter) copy(a vec) vec {
	r := e.reg()
	VMOVAPS(a, r)
	return r
}

func (e *emitter) add(a, b vec) vec {
	r := e.reg()
	VADDPS(b, a, r)
	return r
}

func (e *emitter) sub(a, b vec) vec {
	r := e.reg()
	VSUBPS(b, a, r)
	return r
}

func (e *emitter) mul(a vec, c float64) vec {
	r := e.reg()
	if e.wide {
		VMULPS_BCST(e.constant(c), a, r)
	} else {
		VMULPS(e.constant(c), a, r)
	}
	return r
}

// fma returns a + c·b.
func (e *emitter) fma(a vec, c float64, b vec) vec {
	r := e.copy(a)
	if e.wide {
		VFMADD231PS_BCST(e.constant(c), b, r)
	} else {
		VFMADD231PS(e.constant(c), b, r)
	}
	return r
}

// shuffle moves elements within lanes of four: a's two, then b's.
func (e *emitter) shuffle(control byte, a, b vec) vec {
	r := e.reg()
	VSHUFPS(operand.U8(control), b, a, r)
	return r
}

// unpack interleaves the low, or the high, halves of lanes of four.
func (e *emitter) unpack(low bool, a, b vec) vec {
	r := e.reg()
	if low {
		VUNPCKLPS(b, a, r)
	} else {
		VUNPCKHPS(b, a, r)
	}
	return r
}

// Controls of shuffle.
const (
	firstPairs  = 0b01_00_01_00
	secondPairs = 0b11_10_11_10
	evens       = 0b10_00_10_00
	odds        = 0b11_01_11_01
)

// square transposes the squares of four registers: in every lane of four, element
// j of register i becomes element i of register j.
func (e *emitter) square(x []vec) []vec {
	ab, cd := e.unpack(true, x[0], x[1]), e.unpack(true, x[2], x[3])
	ef, gh := e.unpack(false, x[0], x[1]), e.unpack(false, x[2], x[3])
	return []vec{
		e.shuffle(firstPairs, ab, cd), e.shuffle(secondPairs, ab, cd),
		e.shuffle(firstPairs, ef, gh), e.shuffle(secondPairs, ef, gh),
	}
}

// insert loads four floats into lane l of r. Lane 0 comes first; it clears the
// others.
func (e *emitter) insert(m operand.Mem, l int, r vec) {
	switch {
	case l == 0:
		VMOVUPS(m, r.AsX())
	case e.wide:
		VINSERTF32X4(operand.U8(l), m, r, r)
	default:
		VINSERTF128(operand.U8(l), m, r, r)
	}
}

// extract stores lane l of r.
func (e *emitter) extract(r vec, l int, m operand.Op) {
	switch {
	case l == 0:
		VMOVUPS(r.AsX(), m)
	case e.wide:
		VEXTRACTF32X4(operand.U8(l), r, m)
	default:
		VEXTRACTF128(operand.U8(l), r, m)
	}
}
