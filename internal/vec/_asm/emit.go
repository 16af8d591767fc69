package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

type vec = reg.VecVirtual

// An emitter writes instructions on vectors of 16 (AVX-512) or 8 (AVX2) floats,
// so that one description of a kernel serves both. Methods return a new
// register unless they say that they reuse one. An operand of type operand.Op
// may be a register or a constant.
type emitter struct {
	wide   bool // AVX-512
	lanes  int
	consts map[uint32]operand.Mem
	window *operand.Mem // table of tailMask, nil until used
	mask   operand.Op   // active lanes, nil outside of a tail
}

func newEmitter(wide bool) *emitter {
	e := &emitter{wide: wide, lanes: 8, consts: map[uint32]operand.Mem{}}
	if wide {
		e.lanes = 16
	}
	return e
}

func (e *emitter) reg() vec {
	switch {
	case e.lanes == 16:
		return ZMM()
	case e.lanes == 8:
		return YMM()
	}
	return XMM()
}

// bits returns a constant operand. AVX-512 instructions broadcast it from
// memory; for AVX2 it is stored eight times.
func (e *emitter) bits(b uint32) operand.Mem {
	if m, ok := e.consts[b]; ok {
		return m
	}
	m := GLOBL(fmt.Sprintf("c%08x", b), RODATA|NOPTR)
	if e.wide {
		DATA(0, operand.U32(b))
	} else {
		for i := range 4 {
			DATA(8*i, operand.U64(uint64(b)<<32|uint64(b)))
		}
	}
	e.consts[b] = m
	return m
}

func (e *emitter) f(v float64) operand.Mem { return e.bits(math.Float32bits(float32(v))) }

// load puts a constant into a register.
func (e *emitter) load(m operand.Mem) vec {
	r := e.reg()
	if e.wide {
		VBROADCASTSS(m, r)
	} else {
		VMOVUPS(m, r)
	}
	return r
}

type inst = func(...operand.Op)

// op emits r = a ∘ b into dst.
func (e *emitter) op(plain, bcst inst, a vec, b operand.Op, dst vec) vec {
	if _, ok := b.(operand.Mem); ok && e.wide {
		bcst(b, a, dst)
	} else {
		plain(b, a, dst)
	}
	return dst
}

func (e *emitter) add(a vec, b operand.Op) vec { return e.op(VADDPS, VADDPS_BCST, a, b, e.reg()) }
func (e *emitter) sub(a vec, b operand.Op) vec { return e.op(VSUBPS, VSUBPS_BCST, a, b, e.reg()) }
func (e *emitter) mul(a vec, b operand.Op) vec { return e.op(VMULPS, VMULPS_BCST, a, b, e.reg()) }
func (e *emitter) div(a vec, b operand.Op) vec { return e.op(VDIVPS, VDIVPS_BCST, a, b, e.reg()) }

// min and max return b where either operand is NaN or both are zeros.
func (e *emitter) min(a vec, b operand.Op) vec { return e.op(VMINPS, VMINPS_BCST, a, b, e.reg()) }
func (e *emitter) max(a vec, b operand.Op) vec { return e.op(VMAXPS, VMAXPS_BCST, a, b, e.reg()) }

func (e *emitter) and(a vec, b operand.Op) vec { return e.op(VANDPS, VANDPS_BCST, a, b, e.reg()) }
func (e *emitter) or(a vec, b operand.Op) vec  { return e.op(VORPS, VORPS_BCST, a, b, e.reg()) }
func (e *emitter) xor(a vec, b operand.Op) vec { return e.op(VXORPS, VXORPS_BCST, a, b, e.reg()) }

func (e *emitter) addInt(a vec, b operand.Op) vec {
	return e.op(VPADDD, VPADDD_BCST, a, b, e.reg())
}

func (e *emitter) subInt(a vec, b operand.Op) vec {
	return e.op(VPSUBD, VPSUBD_BCST, a, b, e.reg())
}

func (e *emitter) shiftLeft(a vec, n int) vec {
	r := e.reg()
	VPSLLD(operand.U8(n), a, r)
	return r
}

// shiftRight keeps the sign.
func (e *emitter) shiftRight(a vec, n int) vec {
	r := e.reg()
	VPSRAD(operand.U8(n), a, r)
	return r
}

func (e *emitter) fromInt(a vec) vec {
	r := e.reg()
	VCVTDQ2PS(a, r)
	return r
}

func (e *emitter) sqrt(a vec) vec {
	r := e.reg()
	VSQRTPS(a, r)
	return r
}

// addInto adds x to acc in place.
func (e *emitter) addInto(acc vec, x operand.Op) vec { return e.op(VADDPS, VADDPS_BCST, acc, x, acc) }

// fmaInto computes acc += a*b in place.
func (e *emitter) fmaInto(acc, a vec, b operand.Op) vec {
	return e.op(VFMADD231PS, VFMADD231PS_BCST, a, b, acc)
}

// fnmaInto computes acc -= a*b in place.
func (e *emitter) fnmaInto(acc, a vec, b operand.Op) vec {
	return e.op(VFNMADD231PS, VFNMADD231PS_BCST, a, b, acc)
}

// mulAdd computes p = p*x + c in place.
func (e *emitter) mulAdd(p, x vec, c operand.Op) vec {
	return e.op(VFMADD213PS, VFMADD213PS_BCST, x, c, p)
}

// mulSub computes p = p*x - c in place.
func (e *emitter) mulSub(p, x vec, c operand.Op) vec {
	return e.op(VFMSUB213PS, VFMSUB213PS_BCST, x, c, p)
}

// horner evaluates the polynomial with coefficients c, lowest power first.
func (e *emitter) horner(x vec, c []float32) vec {
	n := len(c) - 1
	p := e.load(e.f(float64(c[n])))
	for i := n - 1; i >= 0; i-- {
		e.mulAdd(p, x, e.f(float64(c[i])))
	}
	return p
}

// Predicates of cmp; all but unordered are false for NaN.
const (
	eq        = 0x00
	lt        = 0x11
	le        = 0x12
	unordered = 0x03
	gt        = 0x1e
)

// cmp returns the lanes where a ∘ b holds: a mask register with AVX-512, else
// a vector.
func (e *emitter) cmp(predicate int, a vec, b operand.Op) operand.Op {
	var r operand.Op
	if e.wide {
		r = K()
	} else {
		r = e.reg()
	}
	if _, ok := b.(operand.Mem); ok && e.wide {
		VCMPPS_BCST(operand.U8(predicate), b, a, r)
	} else {
		VCMPPS(operand.U8(predicate), b, a, r)
	}
	return r
}

// choose returns yes in the lanes of cond, elsewhere no.
func (e *emitter) choose(cond operand.Op, yes, no vec) vec {
	r := e.reg()
	if e.wide {
		VBLENDMPS(yes, no, cond, r)
	} else {
		VBLENDVPS(cond, yes, no, r)
	}
	return r
}

// zeroUnless returns v in the lanes of cond, elsewhere +0.
func (e *emitter) zeroUnless(cond operand.Op, v vec) vec {
	r := e.reg()
	if e.wide {
		VMOVAPS_Z(v, cond, r)
	} else {
		VANDPS(cond, v, r)
	}
	return r
}

// active returns v with the lanes beyond the end of the slices set to fill.
func (e *emitter) active(v vec, fill float64) vec {
	switch {
	case e.mask == nil:
		return v
	case fill == 0:
		return e.zeroUnless(e.mask, v)
	}
	return e.choose(e.mask, v, e.load(e.f(fill)))
}

func (e *emitter) read(m operand.Mem) vec {
	r := e.reg()
	switch {
	case e.mask == nil:
		VMOVUPS(m, r)
	case e.wide:
		VMOVUPS_Z(m, e.mask, r)
	default:
		VMASKMOVPS(m, e.mask, r)
	}
	return r
}

func (e *emitter) write(v vec, m operand.Mem) {
	switch {
	case e.mask == nil:
		VMOVUPS(v, m)
	case e.wide:
		VMOVUPS(v, e.mask, m)
	default:
		VMASKMOVPS(v, e.mask, m)
	}
}

// tailMask returns the mask of the first n lanes, 0 < n < lanes.
func (e *emitter) tailMask(n reg.GPVirtual) operand.Op {
	if e.wide {
		// Every processor with AVX-512 has BZHI (BMI2).
		all, k := GP64(), K()
		MOVQ(operand.I64(-1), all)
		BZHIQ(n, all, all)
		KMOVW(all.As32(), k)
		return k
	}
	if e.window == nil {
		w := GLOBL("window", RODATA|NOPTR)
		for i := range 4 {
			DATA(8*i, operand.U64(math.MaxUint64))
		}
		for i := range 4 {
			DATA(32+8*i, operand.U64(0))
		}
		e.window = &w
	}
	// Eight lanes from a table of eight set and eight clear ones.
	table, back, m := GP64(), GP64(), e.reg()
	LEAQ(e.window.Offset(32), table)
	MOVQ(n, back)
	NEGQ(back)
	VMOVUPS(operand.Mem{Base: table, Index: back, Scale: 4}, m)
	return m
}
