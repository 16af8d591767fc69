package vec

// The conversions float32(x*y) + z keep compilers from fusing the two steps,
// so that this level gives the same bits on every architecture.

func addGeneric(dst, a, b []float32) {
	for i, x := range a {
		dst[i] = x + b[i]
	}
}

func subGeneric(dst, a, b []float32) {
	for i, x := range a {
		dst[i] = x - b[i]
	}
}

func mulGeneric(dst, a, b []float32) {
	for i, x := range a {
		dst[i] = x * b[i]
	}
}

func divGeneric(dst, a, b []float32) {
	for i, x := range a {
		dst[i] = x / b[i]
	}
}

func max1(x, y float32) float32 {
	if x > y || x != x {
		return x
	}
	return y
}

func min1(x, y float32) float32 {
	if x < y || x != x {
		return x
	}
	return y
}

func maximumGeneric(dst, a, b []float32) {
	for i, x := range a {
		dst[i] = max1(x, b[i])
	}
}

func minimumGeneric(dst, a, b []float32) {
	for i, x := range a {
		dst[i] = min1(x, b[i])
	}
}

func addScalarGeneric(dst, a []float32, s float32) {
	for i, x := range a {
		dst[i] = x + s
	}
}

func mulScalarGeneric(dst, a []float32, s float32) {
	for i, x := range a {
		dst[i] = x * s
	}
}

func maxScalarGeneric(dst, a []float32, s float32) {
	for i, x := range a {
		dst[i] = max1(x, s)
	}
}

func minScalarGeneric(dst, a []float32, s float32) {
	for i, x := range a {
		dst[i] = min1(x, s)
	}
}

func clampGeneric(dst, x []float32, lo, hi float32) {
	for i, v := range x {
		if v < lo {
			v = lo
		} else if v > hi {
			v = hi
		}
		dst[i] = v
	}
}

func subFromGeneric(dst, a []float32, s float32) {
	for i, x := range a {
		dst[i] = s - x
	}
}

func divIntoGeneric(dst, a []float32, s float32) {
	for i, x := range a {
		dst[i] = s / x
	}
}

func fillGeneric(dst []float32, s float32) {
	for i := range dst {
		dst[i] = s
	}
}

func axpyGeneric(dst, a []float32, s float32) {
	for i, x := range a {
		dst[i] += float32(s * x)
	}
}

func mulAddGeneric(dst, a, b []float32) {
	for i, x := range a {
		dst[i] += float32(x * b[i])
	}
}

func scaleShiftGeneric(dst, x []float32, a, b float32) {
	for i, v := range x {
		dst[i] = float32(a*v) + b
	}
}

func lin2Generic(dst, x, y []float32, a, b, c float32) {
	for i, v := range x {
		dst[i] = float32(a*v) + (float32(b*y[i]) + c)
	}
}
