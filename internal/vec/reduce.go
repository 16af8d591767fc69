package vec

import "math"

// sumPiece is how many elements are added in float32 before the piece's sum
// goes to a float64 total. It bounds the rounding error of long sums, and is
// part of the order of summation: changing it changes results.
const sumPiece = 4096

// expPiece is the same for ExpSum, which has a quarter of the accumulators.
const expPiece = sumPiece / 4

// Sum returns Σ x.
func Sum(x []float32) float32 {
	var total float64
	for len(x) > sumPiece {
		total += float64(sum(x[:sumPiece]))
		x = x[sumPiece:]
	}
	return float32(total + float64(sum(x)))
}

// Dot returns Σ a·b over the elements of a.
func Dot(a, b []float32) float32 {
	b = fit(b, len(a))
	var total float64
	for len(a) > sumPiece {
		total += float64(dot(a[:sumPiece], b[:sumPiece]))
		a, b = a[sumPiece:], b[sumPiece:]
	}
	return float32(total + float64(dot(a, b)))
}

// SumSquaredDev returns Σ (x - mean)².
func SumSquaredDev(x []float32, mean float32) float32 {
	var total float64
	for len(x) > sumPiece {
		total += float64(sumSquaredDev(x[:sumPiece], mean))
		x = x[sumPiece:]
	}
	return float32(total + float64(sumSquaredDev(x, mean)))
}

// ExpSum computes dst = e^(x - shift) and returns the sum of dst, the two steps
// of a softmax. The exponential is that of [Exp] of the rounded difference.
func ExpSum(dst, x []float32, shift float32) float32 {
	x = fit(x, len(dst))
	var total float64
	for len(x) > expPiece {
		total += float64(expSum(dst[:expPiece], x[:expPiece], shift))
		dst, x = dst[expPiece:], x[expPiece:]
	}
	return float32(total + float64(expSum(dst, x, shift)))
}

// MaxOf returns the largest element of x, NaN if there is one, and -Inf if x is
// empty. If the largest are zeros, the sign of the result is either's.
func MaxOf(x []float32) float32 {
	m := float32(math.Inf(-1))
	for len(x) > piece {
		m = max1(m, maxOf(x[:piece]))
		x = x[piece:]
	}
	return max1(m, maxOf(x))
}

// MinOf returns the smallest element of x, NaN if there is one, and +Inf if x
// is empty. If the smallest are zeros, the sign of the result is either's.
func MinOf(x []float32) float32 {
	m := float32(math.Inf(1))
	for len(x) > piece {
		m = min1(m, minOf(x[:piece]))
		x = x[piece:]
	}
	return min1(m, minOf(x))
}
