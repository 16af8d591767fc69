package vec

import "math"

// The functions below work in float64, where a short series already gives
// nearly correctly rounded float32 results and neither overflow nor subnormal
// numbers need care.

// expm1Parts returns s = 2ᵏ and p = eʳ - 1 where x = k·ln 2 + r, |r| ≤ ln 2/2,
// so eˣ = s + s·p. Beyond ±110 every float32 result is the same as there. The
// Taylor series to r⁸ leaves a relative error below 1e-9 in p; it is summed in
// two halves, which do not wait for each other.
//
// The argument is a float32 because the conversion keeps half of the register
// it goes to: done by the caller it would wait for the previous result.
func expm1Parts(x32 float32) (s, p float64) {
	const shifter = 3 << 51 // adding it leaves round(x) in the low bits
	x := float64(x32)
	if x > 110 { // four times as fast as min and max, and NaN passes
		x = 110
	} else if x < -110 {
		x = -110
	}
	t := float64(x*math.Log2E) + shifter
	k := t - shifter
	r := x - float64(k*math.Ln2)
	z := float64(r * r)
	low := float64(r*(1./6)) + 1./2 + float64(z*(float64(r*(1./120))+1./24))
	high := float64(r*(1./5040)) + 1./720 + float64(z*(1./40320))
	p = r + float64(z*(low+float64(float64(z*z)*high)))
	return math.Float64frombits((math.Float64bits(t) + 1023) << 52), p
}

func exp64(x float32) float64 {
	s, p := expm1Parts(x)
	return s + float64(s*p)
}

func expGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(exp64(v))
	}
}

// log1 uses x = 2ᵉ·m with √½ ≤ m < √2 and ln m = 2·artanh(s), s = (m-1)/(m+1),
// by the series of artanh to s¹¹ (|s| < 0.172).
func log1(x float32) float32 {
	if !(x > 0) || x > math.MaxFloat32 {
		return float32(math.Log(float64(x)))
	}
	const rootHalf = 0x3fe6a09e667f3bcd // bits of √½
	b := math.Float64bits(float64(x)) - rootHalf
	e := int64(b) >> 52
	m := math.Float64frombits(b&(1<<52-1) + rootHalf)
	s := (m - 1) / (m + 1)
	z := float64(s * s)
	q := float64(z*(2./11)) + 2./9
	q = float64(z*q) + 2./7
	q = float64(z*q) + 2./5
	q = float64(z*q) + 2./3
	return float32(float64(float64(e)*math.Ln2) + (float64(2*s) + float64(float64(s*z)*q)))
}

func logGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = log1(v)
	}
}

// tanh1 uses tanh x = t/(t+2) with t = e²ˣ - 1, which stays accurate for small x
// since t does.
func tanh1(x float32) float32 {
	s, p := expm1Parts(2 * x)
	t := float64(s*p) + (s - 1)
	// The sign of -0 is the only thing that t loses.
	return float32(math.Copysign(t/(t+2), float64(x)))
}

func tanhGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = tanh1(v)
	}
}

func sigmoid1(x float32) float32 { return float32(1 / (1 + exp64(-x))) }

func sigmoidGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = sigmoid1(v)
	}
}

func erfGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(math.Erf(float64(v)))
	}
}

// geluFloor stands in for any x below it: the result is a zero there already,
// and the product with an infinite x would be NaN.
const geluFloor = -20

// normalCDF is Φ.
func normalCDF(x float64) float64 { return math.Erfc(x*(-math.Sqrt2/2)) / 2 }

func geluGeneric(dst, x []float32) {
	for i, v := range x {
		u := max(float64(v), geluFloor)
		dst[i] = float32(u * normalCDF(u))
	}
}

func geluGradGeneric(dst, dy, x []float32) {
	const c = 1 / (math.Sqrt2 * math.SqrtPi)
	for i, v := range x {
		u := min(max(float64(v), geluFloor), -geluFloor)
		d := normalCDF(u) + float64(c*u*math.Exp(u*u*-0.5))
		dst[i] = dy[i] * float32(d)
	}
}

func sqrtGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = float32(math.Sqrt(float64(v)))
	}
}

func absGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = math.Float32frombits(math.Float32bits(v) &^ (1 << 31))
	}
}

func negGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = -v
	}
}

func recipGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = 1 / v
	}
}

func squareGeneric(dst, x []float32) {
	for i, v := range x {
		dst[i] = v * v
	}
}

// reluGeneric selects between integers, which compiles to a conditional move:
// a branch on the sign would be mispredicted half of the time.
func reluGeneric(dst, x []float32) {
	for i, v := range x {
		b := math.Float32bits(v)
		if v < 0 {
			b = 0
		}
		dst[i] = math.Float32frombits(b)
	}
}

func reluGradGeneric(dst, dy, y []float32) {
	for i, d := range dy {
		b := math.Float32bits(d)
		if !(y[i] > 0) {
			b = 0
		}
		dst[i] = math.Float32frombits(b)
	}
}

func tanhGrad1(dy, y float32) float32 { return float32(dy * (1 - float32(y*y))) }

func tanhGradGeneric(dst, dy, y []float32) {
	for i, v := range y {
		dst[i] = tanhGrad1(dy[i], v)
	}
}

func sigmoidGrad1(dy, y float32) float32 { return float32(dy * float32(y*(1-y))) }

func sigmoidGradGeneric(dst, dy, y []float32) {
	for i, v := range y {
		dst[i] = sigmoidGrad1(dy[i], v)
	}
}
