package vec

// Exp computes dst = eˣ: +0 for -Inf, +Inf for +Inf and from 88.72284 on;
// results below the normal range are subnormal, not flushed.
func Exp(dst, x []float32) { exp(dst, fit(x, len(dst))) }

// Log computes dst = ln x: -Inf for ±0, NaN for x < 0, +Inf for +Inf.
func Log(dst, x []float32) { log(dst, fit(x, len(dst))) }

// Tanh computes dst = tanh x: ±0 for ±0, ±1 for ±Inf.
func Tanh(dst, x []float32) { tanh(dst, fit(x, len(dst))) }

// Sigmoid computes dst = 1 / (1 + e⁻ˣ): +0 for -Inf, 1 for +Inf; results below
// the normal range are subnormal, not flushed.
func Sigmoid(dst, x []float32) { sigmoid(dst, fit(x, len(dst))) }

// Erf computes dst = erf x, the error function: ±0 for ±0, ±1 for ±Inf.
func Erf(dst, x []float32) { erf(dst, fit(x, len(dst))) }

// GELU computes dst = x·Φ(x), where Φ(x) = (1 + erf(x/√2)) / 2: a zero for
// ±0 and -Inf, +Inf for +Inf.
func GELU(dst, x []float32) { gelu(dst, fit(x, len(dst))) }

// Sqrt computes dst = √x, correctly rounded: NaN for x < 0, ±0 for ±0.
func Sqrt(dst, x []float32) { sqrt(dst, fit(x, len(dst))) }

// Abs computes dst = |x|.
func Abs(dst, x []float32) { abs(dst, fit(x, len(dst))) }

// Neg computes dst = -x.
func Neg(dst, x []float32) { neg(dst, fit(x, len(dst))) }

// Recip computes dst = 1/x, correctly rounded.
func Recip(dst, x []float32) { recip(dst, fit(x, len(dst))) }

// Square computes dst = x².
func Square(dst, x []float32) { square(dst, fit(x, len(dst))) }

// ReLU computes dst = 0 where x < 0, else x. So -0 and NaN stay as they are.
func ReLU(dst, x []float32) { relu(dst, fit(x, len(dst))) }

// ReLUGrad computes dst = dy where y > 0, else 0, for y = ReLU(x); x in place
// of y gives the same.
func ReLUGrad(dst, dy, y []float32) { reluGrad(dst, fit(dy, len(dst)), fit(y, len(dst))) }

// TanhGrad computes dst = dy·(1 - y²) for y = tanh x.
func TanhGrad(dst, dy, y []float32) { tanhGrad(dst, fit(dy, len(dst)), fit(y, len(dst))) }

// SigmoidGrad computes dst = dy·(y·(1 - y)) for y = sigmoid x.
func SigmoidGrad(dst, dy, y []float32) { sigmoidGrad(dst, fit(dy, len(dst)), fit(y, len(dst))) }

// GELUGrad computes dst = dy·(Φ(x) + x·φ(x)), where φ(x) = e^(-x²/2)/√(2π).
func GELUGrad(dst, dy, x []float32) { geluGrad(dst, fit(dy, len(dst)), fit(x, len(dst))) }
