package main

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
)

// The transcendental functions. Each is one straight line of instructions,
// the same for both instruction sets, so their results agree bit for bit.

const (
	signBit  = 0x80000000
	rootHalf = 0x3f3504f3 // √½
	minNorm  = 0x00800000 // 2⁻¹²⁶

	// ln2Hi has 10 bits, so k·ln2Hi is exact (Cody and Waite).
	ln2Hi = 0.693359375
	ln2Lo = math.Ln2 - ln2Hi

	// shifter is 1.5·2²³: in x + shifter the low bits hold round(x).
	shifter = 3 << 22
)

func (e *emitter) abs(x vec) vec { return e.and(x, e.bits(signBit-1)) }

// exp computes eˣ = 2ᵏ·eʳ, k = round(x/ln 2), r = x - k·ln 2, with a polynomial
// for eʳ (expPoly). Beyond the clamps the result is 0 or +Inf anyway; min and
// max let a NaN pass.
func (e *emitter) exp(x vec) vec {
	x = e.max(e.load(e.f(-105)), e.min(e.load(e.f(90)), x))
	t := e.load(e.f(math.Log2E))
	e.mulAdd(t, x, e.f(shifter))
	k := e.sub(t, e.f(shifter))
	r := e.fnmaInto(x, k, e.f(ln2Hi))
	e.fnmaInto(r, k, e.f(ln2Lo))
	q := e.horner(r, expPoly)
	// p = 1 + r + q·r², where lo is what 1 + r loses; sigmoid needs it to keep
	// its bound.
	one := e.one()
	hi := e.add(r, one)
	lo := e.sub(r, e.sub(hi, one))
	p := e.add(e.mulAdd(q, e.mul(r, r), lo), hi)
	if y, ok := e.scale(p, k); ok {
		return y
	}
	// Two factors, since 2ᵏ itself may be out of range; only the second
	// product rounds.
	n := e.subInt(t, e.f(shifter))
	half := e.shiftRight(n, 1)
	power := func(n vec) vec { return e.addInt(e.shiftLeft(n, 23), e.f(1)) }
	return e.mul(e.mul(p, power(half)), power(e.subInt(n, half)))
}

// log computes ln x = e·ln 2 + ln m with √½ ≤ m < √2 and a polynomial for
// ln(1+f), f = m - 1 (logPoly); the form is that of Cephes' logf.
func (e *emitter) log(x vec) vec {
	small := e.cmp(lt, x, e.bits(minNorm))
	ix := e.subInt(e.choose(small, e.mul(x, e.f(1<<23)), x), e.bits(rootHalf))
	exponent := e.sub(e.fromInt(e.shiftRight(ix, 23)), e.zeroUnless(small, e.load(e.f(23))))
	f := e.sub(e.addInt(e.and(ix, e.bits(1<<23-1)), e.bits(rootHalf)), e.f(1))
	z := e.mul(f, f)
	y := e.mul(e.mul(e.horner(f, logPoly), f), z)
	e.fmaInto(y, exponent, e.f(ln2Lo))
	e.fnmaInto(y, z, e.f(0.5))
	y = e.add(y, f)
	e.fmaInto(y, exponent, e.f(ln2Hi))

	y = e.choose(e.cmp(lt, x, e.f(math.Inf(1))), y, x) // +Inf and NaN stay
	pole := e.choose(e.cmp(eq, x, e.f(0)), e.load(e.f(math.Inf(-1))), e.load(e.f(math.NaN())))
	return e.choose(e.cmp(le, x, e.f(0)), pole, y)
}

// tanh uses a polynomial (tanhPoly) below 0.625 and 1 - 2/(e²ˣ+1) above, as
// Cephes does.
func (e *emitter) tanh(x vec) vec {
	a := e.abs(x)
	z := e.mul(a, a)
	small := e.mulAdd(e.horner(z, tanhPoly), e.mul(a, z), a)
	two := e.load(e.f(2))
	large := e.sub(e.one(), e.div(two, e.add(e.exp(e.add(a, a)), e.f(1))))
	return e.or(e.choose(e.cmp(lt, a, e.f(0.625)), small, large), e.and(x, e.bits(signBit)))
}

// sigmoid computes z/(1+z) for x < 0 and 1/(1+z) else, with z = e^-|x|, which
// cannot overflow.
func (e *emitter) sigmoid(x vec) vec {
	z := e.exp(e.or(x, e.bits(signBit)))
	top := e.choose(e.cmp(lt, x, e.f(0)), z, e.one())
	y := e.div(top, e.add(z, e.f(1)))
	// One Newton step on y·(1+z) = top repairs the rounding of 1+z and of the
	// division; 1 - z/2 is near enough to 1/(1+z).
	residual := e.fnmaInto(e.sub(top, y), y, z)
	inverse := e.fnmaInto(e.one(), z, e.f(0.5))
	return e.fmaInto(y, residual, inverse)
}

// tanhGrad and sigmoidGrad return the gradients of what y is the value at, from that
// of y.
func (e *emitter) tanhGrad(dy, y vec) vec { return e.mul(e.sub(e.one(), e.mul(y, y)), dy) }

func (e *emitter) sigmoidGrad(dy, y vec) vec { return e.mul(e.mul(y, e.sub(e.one(), y)), dy) }

// erfSplit is where erf changes from its own polynomial to that of erfc.
const erfSplit = 0.9375

// erfParts returns, for a ≥ 0, erf a if a < erfSplit, erfc a if not, and the
// lanes where the first holds.
func (e *emitter) erfParts(a vec) (small, complement vec, isSmall operand.Op) {
	small = e.mulAdd(e.horner(e.mul(a, a), erfPoly), a, a)
	// At 10.5 erfc has underflowed, and the polynomial still follows it.
	t := e.min(e.load(e.f(10.5)), a)
	complement = e.exp(e.mulSub(e.horner(t, erfcPoly), t, t))
	return small, complement, e.cmp(lt, a, e.f(erfSplit))
}

func (e *emitter) erf(x vec) vec {
	small, c, isSmall := e.erfParts(e.abs(x))
	return e.or(e.choose(isSmall, small, e.sub(e.one(), c)), e.and(x, e.bits(signBit)))
}

// normalCDF computes Φ(x) from erf or erfc of |x|/√2, whichever does not
// cancel.
func (e *emitter) normalCDF(x vec) vec {
	small, c, isSmall := e.erfParts(e.abs(e.mul(x, e.f(math.Sqrt2/2))))
	small = e.or(small, e.and(x, e.bits(signBit)))
	e.mulAdd(small, e.load(e.f(0.5)), e.f(0.5))
	tail := e.mul(c, e.f(0.5))
	tail = e.choose(e.cmp(lt, x, e.f(0)), tail, e.sub(e.one(), tail))
	return e.choose(isSmall, small, tail)
}

func (e *emitter) gelu(x vec) vec {
	return e.mul(e.normalCDF(x), e.max(e.load(e.f(-20)), x)) // -20·0, not -Inf·0
}

func (e *emitter) geluSlope(x vec) vec {
	x = e.max(e.load(e.f(-20)), e.min(e.load(e.f(20)), x)) // ±20·0, not ±Inf·0
	density := e.exp(e.mul(e.mul(x, x), e.f(-0.5)))
	return e.fmaInto(e.normalCDF(x), e.mul(x, e.f(1/(math.Sqrt2*math.SqrtPi))), density)
}
