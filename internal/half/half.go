// Package half converts numbers of half precision, which files hold.
package half

import "math"

// Float32 returns the value of an IEEE 754 number of half precision: 1 bit of
// sign, 5 of exponent with bias 15, 10 of mantissa. It is exact, with the
// payload of NaNs.
func Float32(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exp, man := uint32(h>>10&31), uint32(h&0x3ff)
	switch exp {
	case 0: // zero or subnormal: man·2⁻²⁴ is normal in float32
		return math.Float32frombits(sign | math.Float32bits(float32(man)*0x1p-24))
	case 31: // infinity or NaN
		return math.Float32frombits(sign | 0xff<<23 | man<<13)
	}
	return math.Float32frombits(sign | (exp-15+127)<<23 | man<<13)
}
