package jsonscan

import (
	"math"
	"strconv"
)

// Number is a number as JSON has it: ±digits·10^exp.
type Number struct {
	Text    []byte
	Integer bool // neither fraction nor exponent
	Neg     bool

	digits uint64 // right if exact
	exp    int
	exact  bool // at most 19 digits, leading zeros apart
}

// Number reads a number into n; false if there is none, or where a digit is missing.
// It ends behind a leading zero, as the grammar has it: 01 is 0, and 1 is too much.
func (s *Scanner) Number(n *Number) bool {
	neg := s.Peek() == '-'
	text, i := s.Text, s.Pos
	if neg {
		i++
	}
	first, digits, exp := i, uint64(0), 0
	for i < len(text) && IsDigit(text[i]) {
		digits = digits*10 + uint64(text[i]-'0')
		i++
	}
	if i == first {
		s.Pos = i
		return false
	}
	if text[first] == '0' && i > first+1 {
		i, digits = first+1, 0
	}
	count := i - first // of digits; a leading zero counts, which costs speed alone
	integer := true
	if i < len(text) && text[i] == '.' {
		integer = false
		i++
		point := i
		for i < len(text) && IsDigit(text[i]) {
			digits = digits*10 + uint64(text[i]-'0')
			i++
		}
		if i == point {
			s.Pos = i
			return false
		}
		if exp = point - i; text[first] == '0' { // 0.001…: zeros do not count
			count = i - point
			for j := point; j < i && text[j] == '0'; j++ {
				count--
			}
		} else {
			count -= exp
		}
	}
	if i < len(text) && text[i]|0x20 == 'e' {
		integer = false
		e, end, ok := exponent(text, i+1)
		if !ok {
			s.Pos = end
			return false
		}
		exp += e
		i = end
	}
	*n = Number{text[s.Pos:i], integer, neg, digits, exp, count <= 19}
	s.Pos = i
	return true
}

// exponent reads the exponent that begins at i and returns where it ends, or where
// its digit is missing. What is beyond any use is a million.
func exponent(text []byte, i int) (exp, end int, ok bool) {
	neg := false
	if i < len(text) && (text[i] == '+' || text[i] == '-') {
		neg = text[i] == '-'
		i++
	}
	first := i
	for i < len(text) && IsDigit(text[i]) {
		exp = min(exp*10+int(text[i]-'0'), 1e6)
		i++
	}
	if neg {
		exp = -exp
	}
	return exp, i, i > first
}

// pow10 has the powers of ten that a float64 holds exactly.
var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// scaled returns ±digits·10^exp, rounded at most twice, once if the digits fit 53
// bits. It is false where the powers of ten are not exact.
func (n *Number) scaled() (float64, bool) {
	if !n.exact || n.exp < -22 || n.exp > 22 {
		return 0, false
	}
	v := float64(n.digits)
	if n.exp < 0 {
		v /= pow10[-n.exp]
	} else {
		v *= pow10[n.exp]
	}
	if n.Neg {
		v = -v
	}
	return v, true
}

// Float64 returns the nearest float64, false if that is beyond the largest.
func (n *Number) Float64() (float64, bool) {
	if n.digits < 1<<53 {
		if v, ok := n.scaled(); ok {
			return v, true
		}
	}
	v, err := strconv.ParseFloat(string(n.Text), 64)
	return v, err == nil
}

// Float32 returns the nearest float32, false if that is beyond the largest.
//
// scaled is off by at most two units in the last place of a float64. The nearest
// float32 is the same unless half-way between two of them, where the lower 29 bits
// are 1 followed by zeros, lies that near; then, and outside the normal float32s,
// strconv decides.
func (n *Number) Float32() (float32, bool) {
	if v, ok := n.scaled(); ok {
		const half, near = 1 << 28, 4
		low := math.Float64bits(v) & (1<<29 - 1)
		size := math.Abs(v)
		if (low < half-near || low > half+near) && (size >= 0x1p-126 && size < math.MaxFloat32 || v == 0) {
			return float32(v), true
		}
	}
	v, err := strconv.ParseFloat(string(n.Text), 32)
	return float32(v), err == nil
}

// Uint64 returns an integer without its sign, false if it is none or over 2⁶⁴−1.
func (n *Number) Uint64() (uint64, bool) {
	if !n.Integer {
		return 0, false
	}
	if n.exact {
		return n.digits, true
	}
	text := n.Text
	if n.Neg {
		text = text[1:]
	}
	v, err := strconv.ParseUint(string(text), 10, 64)
	return v, err == nil
}

// Int64 returns an integer, false if it is none or does not fit.
func (n *Number) Int64() (int64, bool) {
	v, ok := n.Uint64()
	if n.Neg {
		return -int64(v), ok && v <= 1<<63
	}
	return int64(v), ok && v <= math.MaxInt64
}
