package vec

// Add computes dst = a + b.
func Add(dst, a, b []float32) { add(dst, fit(a, len(dst)), fit(b, len(dst))) }

// Sub computes dst = a - b.
func Sub(dst, a, b []float32) { sub(dst, fit(a, len(dst)), fit(b, len(dst))) }

// Mul computes dst = a * b.
func Mul(dst, a, b []float32) { mul(dst, fit(a, len(dst)), fit(b, len(dst))) }

// Div computes dst = a / b.
func Div(dst, a, b []float32) { div(dst, fit(a, len(dst)), fit(b, len(dst))) }

// Max computes dst = max(a, b). A NaN in either gives NaN; of two zeros the
// result is b's.
func Max(dst, a, b []float32) { maximum(dst, fit(a, len(dst)), fit(b, len(dst))) }

// Min computes dst = min(a, b). A NaN in either gives NaN; of two zeros the
// result is b's.
func Min(dst, a, b []float32) { minimum(dst, fit(a, len(dst)), fit(b, len(dst))) }

// AddScalar computes dst = a + s.
func AddScalar(dst, a []float32, s float32) { addScalar(dst, fit(a, len(dst)), s) }

// MulScalar computes dst = a * s.
func MulScalar(dst, a []float32, s float32) { mulScalar(dst, fit(a, len(dst)), s) }

// MaxScalar computes dst = max(a, s) with the rules of [Max].
func MaxScalar(dst, a []float32, s float32) { maxScalar(dst, fit(a, len(dst)), s) }

// MinScalar computes dst = min(a, s) with the rules of [Min].
func MinScalar(dst, a []float32, s float32) { minScalar(dst, fit(a, len(dst)), s) }

// Clamp computes dst = lo where x < lo, hi where x > hi, else x, for lo ≤ hi. So NaN
// stays, and of two zeros the result is x's.
func Clamp(dst, x []float32, lo, hi float32) { clamp(dst, fit(x, len(dst)), lo, hi) }

// SubFrom computes dst = s - a.
func SubFrom(dst []float32, s float32, a []float32) { subFrom(dst, fit(a, len(dst)), s) }

// DivInto computes dst = s / a.
func DivInto(dst []float32, s float32, a []float32) { divInto(dst, fit(a, len(dst)), s) }

// Fill computes dst = s.
func Fill(dst []float32, s float32) { fill(dst, s) }

// Axpy computes dst += s * a, fused.
func Axpy(dst, a []float32, s float32) { axpy(dst, fit(a, len(dst)), s) }

// MulAdd computes dst += a * b, fused.
func MulAdd(dst, a, b []float32) { mulAdd(dst, fit(a, len(dst)), fit(b, len(dst))) }

// ScaleShift computes dst = a*x + b, fused.
func ScaleShift(dst, x []float32, a, b float32) { scaleShift(dst, fit(x, len(dst)), a, b) }

// Lin2 computes dst = a*x + (b*y + c), both steps fused.
func Lin2(dst, x []float32, a float32, y []float32, b, c float32) {
	lin2(dst, fit(x, len(dst)), fit(y, len(dst)), a, b, c)
}
