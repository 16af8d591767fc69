package oip

import (
	"math"
	"strconv"
)

// number is a number as JSON has it: ±digits·10^exp.
type number struct {
	text    []byte
	digits  uint64 // right if exact
	exp     int
	exact   bool // at most 19 digits, leading zeros apart
	integer bool // neither fraction nor exponent
	neg     bool
}

// number reads a number, which must be next.
func (s *scanner) number() (number, error) {
	var n number
	text, i := s.text, s.pos
	if i < len(text) && text[i] == '-' {
		n.neg = true
		i++
	}
	first := i
	for i < len(text) && isDigit(text[i]) {
		n.digits = n.digits*10 + uint64(text[i]-'0')
		i++
	}
	if i == first || text[first] == '0' && i > first+1 {
		return n, s.unexpected("data", "a number")
	}
	count := i - first // of digits; a leading zero counts, which costs speed alone
	n.integer = true
	if i < len(text) && text[i] == '.' {
		n.integer = false
		i++
		point := i
		for i < len(text) && isDigit(text[i]) {
			n.digits = n.digits*10 + uint64(text[i]-'0')
			i++
		}
		if i == point {
			return n, s.unexpected("data", "a number")
		}
		if n.exp = point - i; text[first] == '0' { // 0.001…: zeros do not count
			count = i - point
			for j := point; j < i && text[j] == '0'; j++ {
				count--
			}
		} else {
			count -= n.exp
		}
	}
	if i < len(text) && text[i]|0x20 == 'e' {
		n.integer = false
		exp, end := exponent(text, i+1)
		if end == 0 {
			return n, s.unexpected("data", "a number")
		}
		n.exp += exp
		i = end
	}
	n.exact = count <= 19
	n.text = text[s.pos:i]
	s.pos = i
	return n, nil
}

// exponent reads the exponent that begins at i and returns where it ends, 0 if
// there is none. What is beyond any use is a million.
func exponent(text []byte, i int) (exp, end int) {
	neg := false
	if i < len(text) && (text[i] == '+' || text[i] == '-') {
		neg = text[i] == '-'
		i++
	}
	first := i
	for i < len(text) && isDigit(text[i]) {
		exp = min(exp*10+int(text[i]-'0'), 1e6)
		i++
	}
	if i == first {
		return 0, 0
	}
	if neg {
		exp = -exp
	}
	return exp, i
}

// pow10 has the powers of ten that a float64 holds exactly.
var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// scaled returns ±digits·10^exp, rounded at most twice, once if the digits fit 53
// bits. It is false where the powers of ten are not exact.
func (n *number) scaled() (float64, bool) {
	if !n.exact || n.exp < -22 || n.exp > 22 {
		return 0, false
	}
	v := float64(n.digits)
	if n.exp < 0 {
		v /= pow10[-n.exp]
	} else {
		v *= pow10[n.exp]
	}
	if n.neg {
		v = -v
	}
	return v, true
}

// float64 returns the nearest float64, false if that is beyond the largest.
func (n *number) float64() (float64, bool) {
	if n.digits < 1<<53 {
		if v, ok := n.scaled(); ok {
			return v, true
		}
	}
	v, err := strconv.ParseFloat(string(n.text), 64)
	return v, err == nil
}

// float32 returns the nearest float32, false if that is beyond the largest.
//
// scaled is off by at most two units in the last place of a float64. The nearest
// float32 is the same unless half-way between two of them, where the lower 29 bits
// are 1 followed by zeros, lies that near; then, and outside the normal float32s,
// strconv decides.
func (n *number) float32() (float32, bool) {
	if v, ok := n.scaled(); ok {
		const half, near = 1 << 28, 4
		low := math.Float64bits(v) & (1<<29 - 1)
		size := math.Abs(v)
		if (low < half-near || low > half+near) && (size >= 0x1p-126 && size < math.MaxFloat32 || v == 0) {
			return float32(v), true
		}
	}
	v, err := strconv.ParseFloat(string(n.text), 32)
	return float32(v), err == nil
}

// uint64 returns an integer without its sign, false if it is none or over 2⁶⁴−1.
func (n *number) uint64() (uint64, bool) {
	if !n.integer {
		return 0, false
	}
	if n.exact {
		return n.digits, true
	}
	text := n.text
	if n.neg {
		text = text[1:]
	}
	v, err := strconv.ParseUint(string(text), 10, 64)
	return v, err == nil
}

// int64 returns an integer, false if it is none or does not fit.
func (n *number) int64() (int64, bool) {
	v, ok := n.uint64()
	if n.neg {
		return -int64(v), ok && v <= 1<<63
	}
	return int64(v), ok && v <= math.MaxInt64
}
