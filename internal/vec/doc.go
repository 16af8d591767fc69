// Package vec holds float32 kernels on contiguous slices: arithmetic,
// activations and their gradients, the cells of recurrent layers, reductions,
// optimizer updates and the transpose.
//
// # Arguments
//
// The first slice, dst (or w), is written and sets the length; the others must
// be at least as long, else the call panics. dst may be one of the inputs but
// not overlap one in another way. An empty dst is fine.
//
// # Levels
//
// Each kernel exists in plain Go and in assembly for AVX2 with FMA, for AVX-512 and
// for NEON; internal/cpu says which one runs. The result for an element depends
// on that element alone, not on its position or on the length.
//
//   - Arithmetic without fused steps, Sqrt, Abs, Neg, Recip, Square, ReLU, the
//     gradients of ReLU, tanh and sigmoid, GRUGrad, the optimizer updates and
//     Transpose give the same bits on every level.
//   - Axpy, MulAdd, ScaleShift and Lin2 use fused multiply-adds in assembly,
//     with equal bits; the generic version rounds each product. It does so on
//     every architecture, since no step of it may be fused.
//   - Exp, Log, Tanh, Sigmoid, Erf, GELU, GELUGrad, LSTM, LSTMGrad, GRU and
//     what ExpSum stores have equal bits in all assembly. The generic version
//     takes these functions in float64.
//   - Sum, Dot, SumSquaredDev and the sum of ExpSum differ between levels,
//     except that NEON has the bits of AVX2.
//
// NaN results are some NaN; which one is not specified. Subnormal numbers are
// neither read nor returned as zero.
//
// # Accuracy
//
// Exp, Log, Tanh, Sigmoid and Erf are within 2 ULP of the true value for every
// float32, the generic version within 0.55; TestAccuracy checks it, for all of
// them if GANNET_EXHAUSTIVE=1. For GELU the error is at most
// 2⁻²¹·(1+x²)·|GELU(x)| + 1e-16, for GELUGrad 3·2⁻²⁴·|dy|.
//
// The methods are the classical ones of Cody and Waite (Software Manual for the
// Elementary Functions) and Moshier's Cephes: reduction to a small interval and
// a polynomial there. For large |x|, erf goes by a polynomial for ln erfc. All
// coefficients are minimax fits of our own: _asm/fit.
//
// # Order of summation
//
// On AVX2 and AVX-512, element i of a piece of 4096 goes to lane i mod 8 (16)
// of accumulator i div 8 (16) mod 4, except that what is left after the last
// full turn of four goes to the first accumulator. Accumulators are joined as
// (0+2)+(1+3), then lanes by halves. NEON does the same as AVX2, with two
// registers for one. The sums of the pieces are added in float64, in order. So
// the order depends on the level and the length alone, and the error is at most
//
//	135 · 2⁻²⁴ · Σ|terms|
//
// besides that of the terms. ExpSum has one accumulator and pieces of 1024, for
// the same bound. The partial sums must not overflow. The generic version adds
// in float64.
package vec

//go:generate go -C _asm run . -go ..
//go:generate go -C _asm run . -isa avx2 -out ../vec_avx2_amd64.s
//go:generate go -C _asm run . -isa avx512 -out ../vec_avx512_amd64.s
//go:generate go -C _asm run . -isa neon -out ../vec_neon_arm64.s

// piece is how many elements one call into assembly handles at most: the
// scheduler cannot interrupt assembly, and a longer call would delay a garbage
// collection. Elementwise results do not depend on it.
const piece = 1 << 16

// fit returns the first n elements of x. It panics if x has fewer, whatever its
// capacity.
func fit(x []float32, n int) []float32 { return x[:n:len(x)] }
