package vec

import "math"

// The sums below run in float64. Two accumulators hide half of the latency of
// an addition and keep the loops short.

func sumGeneric(x []float32) float32 {
	var s0, s1 float64
	for ; len(x) >= 2; x = x[2:] {
		s0 += float64(x[0])
		s1 += float64(x[1])
	}
	if len(x) > 0 {
		s0 += float64(x[0])
	}
	return float32(s0 + s1)
}

func dotGeneric(a, b []float32) float32 {
	b = b[:len(a)]
	var s0, s1 float64
	i := 0
	for ; i+1 < len(a); i += 2 {
		s0 += float64(float64(a[i]) * float64(b[i]))
		s1 += float64(float64(a[i+1]) * float64(b[i+1]))
	}
	if i < len(a) {
		s0 += float64(float64(a[i]) * float64(b[i]))
	}
	return float32(s0 + s1)
}

func sumSquaredDevGeneric(x []float32, mean float32) float32 {
	m := float64(mean)
	var s0, s1 float64
	for ; len(x) >= 2; x = x[2:] {
		d0, d1 := float64(x[0])-m, float64(x[1])-m
		s0 += float64(d0 * d0)
		s1 += float64(d1 * d1)
	}
	if len(x) > 0 {
		d := float64(x[0]) - m
		s0 += float64(d * d)
	}
	return float32(s0 + s1)
}

func expSumGeneric(dst, x []float32, shift float32) float32 {
	var s float64
	for i, v := range x {
		e := float32(exp64(v - shift))
		dst[i] = e
		s += float64(e)
	}
	return float32(s)
}

func maxOfGeneric(x []float32) float32 {
	m := float32(math.Inf(-1))
	for _, v := range x {
		m = max1(m, v)
	}
	return m
}

func minOfGeneric(x []float32) float32 {
	m := float32(math.Inf(1))
	for _, v := range x {
		m = min1(m, v)
	}
	return m
}
