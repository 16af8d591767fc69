package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An avx writes instructions on vectors of 16 (AVX-512) or 8 (AVX2) floats.
type avx struct {
	wide   bool // AVX-512
	lanes  int
	consts map[uint32]operand.Mem
	window *operand.Mem // table of tailMask, nil until used
	mask   operand.Op   // active lanes, nil outside of a tail
}

func newAVX(wide bool) *avx {
	e := &avx{wide: wide, lanes: 8, consts: map[uint32]operand.Mem{}}
	if wide {
		e.lanes = 16
	}
	return e
}

// emitter returns an emitter of kernels for e.
func (e *avx) emitter() *emitter { return &emitter{e, e.mask} }

func (e *avx) reg() vec {
	switch {
	case e.lanes == 16:
		return ZMM()
	case e.lanes == 8:
		return YMM()
	}
	return XMM()
}

// bits returns a constant, which AVX-512 instructions broadcast from memory; for
// AVX2 it is stored eight times.
func (e *avx) bits(b uint32) operand.Mem {
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

func (e *avx) load(m operand.Mem) vec {
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
func (e *avx) op(plain, bcst inst, a vec, b operand.Op, dst vec) vec {
	if _, ok := b.(operand.Mem); ok && e.wide {
		bcst(b, a, dst)
	} else {
		plain(b, a, dst)
	}
	return dst
}

func (e *avx) add(a vec, b operand.Op) vec { return e.op(VADDPS, VADDPS_BCST, a, b, e.reg()) }
func (e *avx) sub(a vec, b operand.Op) vec { return e.op(VSUBPS, VSUBPS_BCST, a, b, e.reg()) }
func (e *avx) mul(a vec, b operand.Op) vec { return e.op(VMULPS, VMULPS_BCST, a, b, e.reg()) }
func (e *avx) div(a vec, b operand.Op) vec { return e.op(VDIVPS, VDIVPS_BCST, a, b, e.reg()) }

func (e *avx) min(a vec, b operand.Op) vec { return e.op(VMINPS, VMINPS_BCST, a, b, e.reg()) }
func (e *avx) max(a vec, b operand.Op) vec { return e.op(VMAXPS, VMAXPS_BCST, a, b, e.reg()) }

func (e *avx) and(a vec, b operand.Op) vec { return e.op(VANDPS, VANDPS_BCST, a, b, e.reg()) }
func (e *avx) or(a vec, b operand.Op) vec  { return e.op(VORPS, VORPS_BCST, a, b, e.reg()) }
func (e *avx) xor(a vec, b operand.Op) vec { return e.op(VXORPS, VXORPS_BCST, a, b, e.reg()) }

func (e *avx) addInt(a vec, b operand.Op) vec {
	return e.op(VPADDD, VPADDD_BCST, a, b, e.reg())
}

func (e *avx) subInt(a vec, b operand.Op) vec {
	return e.op(VPSUBD, VPSUBD_BCST, a, b, e.reg())
}

func (e *avx) shiftLeft(a vec, n int) vec {
	r := e.reg()
	VPSLLD(operand.U8(n), a, r)
	return r
}

func (e *avx) shiftRight(a vec, n int) vec {
	r := e.reg()
	VPSRAD(operand.U8(n), a, r)
	return r
}

func (e *avx) fromInt(a vec) vec {
	r := e.reg()
	VCVTDQ2PS(a, r)
	return r
}

func (e *avx) scale(p, k vec) (vec, bool) {
	if !e.wide {
		return nil, false
	}
	y := e.reg()
	VSCALEFPS(k, p, y)
	return y, true
}

func (e *avx) sqrt(a vec) vec {
	r := e.reg()
	VSQRTPS(a, r)
	return r
}

func (e *avx) addInto(acc vec, x operand.Op) vec { return e.op(VADDPS, VADDPS_BCST, acc, x, acc) }

func (e *avx) fmaInto(acc, a vec, b operand.Op) vec {
	return e.op(VFMADD231PS, VFMADD231PS_BCST, a, b, acc)
}

func (e *avx) fnmaInto(acc, a vec, b operand.Op) vec {
	return e.op(VFNMADD231PS, VFNMADD231PS_BCST, a, b, acc)
}

func (e *avx) mulAdd(p, x vec, c operand.Op) vec {
	return e.op(VFMADD213PS, VFMADD213PS_BCST, x, c, p)
}

func (e *avx) mulSub(p, x vec, c operand.Op) vec {
	return e.op(VFMSUB213PS, VFMSUB213PS_BCST, x, c, p)
}

// cmp returns a mask register with AVX-512, else a vector.
func (e *avx) cmp(predicate int, a vec, b operand.Op) operand.Op {
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

func (e *avx) choose(cond operand.Op, yes, no vec) vec {
	r := e.reg()
	if e.wide {
		VBLENDMPS(yes, no, cond, r)
	} else {
		VBLENDVPS(cond, yes, no, r)
	}
	return r
}

func (e *avx) zeroUnless(cond operand.Op, v vec) vec {
	r := e.reg()
	if e.wide {
		VMOVAPS_Z(v, cond, r)
	} else {
		VANDPS(cond, v, r)
	}
	return r
}

func (e *avx) read(m operand.Mem) vec {
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

func (e *avx) write(v vec, m operand.Mem) {
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
func (e *avx) tailMask(n reg.GPVirtual) operand.Op {
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
