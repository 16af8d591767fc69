package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

type vec = reg.VecVirtual

// A machine writes the instructions of an instruction set. Methods return a new
// register unless they say that they reuse one. An operand of type operand.Op
// may be a register or a constant.
type machine interface {
	bits(b uint32) operand.Mem // a constant in all lanes
	load(m operand.Mem) vec    // puts a constant into a register

	add(a vec, b operand.Op) vec
	sub(a vec, b operand.Op) vec
	mul(a vec, b operand.Op) vec
	div(a vec, b operand.Op) vec
	sqrt(a vec) vec

	// min and max return b where either operand is NaN or both are zeros.
	min(a vec, b operand.Op) vec
	max(a vec, b operand.Op) vec

	and(a vec, b operand.Op) vec
	or(a vec, b operand.Op) vec
	xor(a vec, b operand.Op) vec

	addInt(a vec, b operand.Op) vec
	subInt(a vec, b operand.Op) vec
	shiftLeft(a vec, n int) vec
	shiftRight(a vec, n int) vec // keeps the sign
	fromInt(a vec) vec

	addInto(acc vec, x operand.Op) vec     // acc += x in place
	fmaInto(acc, a vec, b operand.Op) vec  // acc += a*b in place
	fnmaInto(acc, a vec, b operand.Op) vec // acc -= a*b in place
	mulAdd(p, x vec, c operand.Op) vec     // p = p*x + c in place
	mulSub(p, x vec, c operand.Op) vec     // p = p*x - c in place

	// scale returns p·2ᵏ if there is an instruction for it.
	scale(p, k vec) (y vec, ok bool)

	cmp(predicate int, a vec, b operand.Op) operand.Op // the lanes where a ∘ b holds
	choose(cond operand.Op, yes, no vec) vec           // yes in the lanes of cond, elsewhere no
	zeroUnless(cond operand.Op, v vec) vec             // v in the lanes of cond, elsewhere +0
}

// An emitter writes the body of a kernel, from one description for every machine.
type emitter struct {
	machine
	mask operand.Op // active lanes, nil outside of a tail
}

func (e *emitter) f(v float64) operand.Mem { return e.bits(floatBits(v)) }

func floatBits(v float64) uint32 { return math.Float32bits(float32(v)) }

// Predicates of cmp; all but unordered are false for NaN.
const (
	eq        = 0x00
	lt        = 0x11
	le        = 0x12
	unordered = 0x03
	gt        = 0x1e
)

// horner evaluates the polynomial with coefficients c, lowest power first.
func (e *emitter) horner(x vec, c []float32) vec {
	n := len(c) - 1
	p := e.load(e.f(float64(c[n])))
	for i := n - 1; i >= 0; i-- {
		e.mulAdd(p, x, e.f(float64(c[i])))
	}
	return p
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
