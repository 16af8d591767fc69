package winograd

// The points of F(4×4, 3×3) and F(2×2, 5×5) are 0, ±p, ±q and ∞. Their squares, and the products
// of these, are numbers of few bits.
const (
	p  = 5. / 8
	q  = 3. / 2
	p2 = p * p
	q2 = q * q
)

// Factors of the rows of G.
const (
	gz = 1 / (p2 * q2)
	gp = 1 / (2 * p2 * (p2 - q2))
	gq = 1 / (2 * q2 * (q2 - p2))
)

// inputGeneric computes V = Bᵀ·d·B for the patch d that begins at each offset,
//
//	dst[e*stride+t] = V[e]    for d[i][j] = src[offs[t] + i*pitch + j]
//
// where e counts the n·n elements of V row by row.
func inputGeneric(f Form, dst []float32, stride int, src []float32, pitch int, offs []int) {
	n := f.points()
	patchPoints(n, n, dst, stride, src, pitch, offs, func(d points) points { return evaluate(n, d) })
}

// gradientGeneric computes G·t·Gᵀ for the tile t of the output's gradient that begins
// at each offset, as [inputGeneric] does with patches.
func gradientGeneric(f Form, dst []float32, stride int, src []float32, pitch int, offs []int) {
	patchPoints(f.Tile, f.points(), dst, stride, src, pitch, offs, func(t points) points {
		return factorPoints(f.points(), f.Tile, t)
	})
}

// patchPoints applies a transform from size elements to n points to the columns and the
// rows of the squares at some offsets.
func patchPoints(size, n int, dst []float32, stride int, src []float32, pitch int, offs []int, transform func(points) points) {
	for t, o := range offs {
		var h, v [6]points
		for i := range size {
			var row points
			copy(row[:size], src[o+i*pitch:])
			h[i] = transform(row)
		}
		for j := range n {
			v[j] = transform(column(&h, j))
		}
		for i := range n {
			for j := range n {
				dst[(i*n+j)*stride+t] = v[j][i]
			}
		}
	}
}

// outputGeneric computes y = Aᵀ·M·A + bias for each offset, the inverse
// arrangement of [inputGeneric]:
//
//	dst[offs[t] + i*pitch + j] = y[i][j]    for M[e] = src[e*stride+t]
func outputGeneric(f Form, dst []float32, pitch int, offs []int, src []float32, stride int, bias float32) {
	for t, o := range offs {
		y := inverse(f.points(), f.Tile, src[t:], stride)
		for i := range f.Tile {
			for j := range f.Tile {
				dst[o+i*pitch+j] = y[i][j] + bias
			}
		}
	}
}

// weightGeneric computes g = Aᵀ·M·A, for n of them side by side:
//
//	dst[(a*r+b)*pitch + i] = g[a][b]    for M[e] = src[e*stride+i]
//
// where r is the size of the kernels g.
func weightGeneric(f Form, dst []float32, pitch int, src []float32, stride, n int) {
	r := f.Kernel
	for i := range n {
		g := inverse(f.points(), r, src[i:], stride)
		for a := range r {
			for b := range r {
				dst[(a*r+b)*pitch+i] = g[a][b]
			}
		}
	}
}

// inverse returns Aᵀ·M·A, the first rows and columns of which are wanted.
func inverse(n, rows int, src []float32, stride int) (y [6]points) {
	var m, h [6]points // m is transposed
	for i := range n {
		for j := range n {
			m[j][i] = src[(i*n+j)*stride]
		}
	}
	for j := range n {
		h[j] = interpolate(n, rows, m[j])
	}
	for i := range rows {
		y[i] = interpolate(n, rows, column(&h, i))
	}
	return y
}

// kernelGeneric computes U = G·g·Gᵀ for kernels g of r×r, rows of them side by
// side for each of n values of k:
//
//	dst[e*stride + k*pitch + i] = U[e]    for g[a][b] = src[k*step + taps[r*a+b] + i]
func kernelGeneric(f Form, dst []float32, stride, pitch int, src []float32, step int, taps *taps, n, rows int) {
	size, r := f.points(), f.Kernel
	for k := range n {
		for i := range rows {
			at := src[k*step+i:]
			var h [6]points // of each column
			for b := range r {
				var g points
				for a := range r {
					g[a] = at[taps[r*a+b]]
				}
				h[b] = factorPoints(size, r, g)
			}
			for a := range size {
				u := factorPoints(size, r, column(&h, a))
				for b := range size {
					dst[(a*size+b)*stride+k*pitch+i] = u[b]
				}
			}
		}
	}
}

// points are the values at up to six points, or the elements that they come from.
type points [6]float32

func column(m *[6]points, j int) (c points) {
	for i := range m {
		c[i] = m[i][j]
	}
	return c
}

// The conversion of each product to float32 forbids the compiler to fuse it with
// a sum, so that results are the same on every architecture.

// evaluate returns Bᵀ·d for n points.
func evaluate(n int, d points) points {
	if n == 4 {
		return points{d[2] - d[0], d[2] + d[1], d[2] - d[1], d[3] - d[1]}
	}
	ep, op := d[4]-float32(q2*d[2]), d[3]-float32(q2*d[1])
	eq, oq := d[4]-float32(p2*d[2]), d[3]-float32(p2*d[1])
	return points{
		d[4] - float32((p2+q2)*d[2]) + float32(p2*q2*d[0]),
		ep + float32(p*op), ep - float32(p*op),
		eq + float32(q*oq), eq - float32(q*oq),
		d[5] - float32((p2+q2)*d[3]) + float32(p2*q2*d[1]),
	}
}

// interpolate returns the rows of Aᵀ·m, so many, for n points. Row i has the points'
// powers i; that at infinity counts in the last row alone.
func interpolate(n, rows int, m points) (y points) {
	if n == 4 {
		s, d := m[1]+m[2], m[1]-m[2]
		if rows == 2 {
			return points{m[0] + s, m[3] + d}
		}
		return points{m[0] + s, d, m[3] + s}
	}
	sp, dp := m[1]+m[2], m[1]-m[2]
	sq, dq := m[3]+m[4], m[3]-m[4]
	y[0] = m[0] + sp + sq
	pi, qi := float32(p), float32(q) // exact, as are all of their powers here
	for i := 1; i < rows; i++ {
		a, b := dp, dq
		if i%2 == 0 {
			a, b = sp, sq
		}
		first := float32(pi * a)
		if i == rows-1 {
			first = m[5] + first
		}
		y[i] = first + float32(qi*b)
		pi, qi = pi*p, qi*q
	}
	return y
}

// factorPoints returns G·g for n points and a factor g of so many elements.
func factorPoints(n, size int, g points) points {
	first, last := g[0], g[size-1]
	if n == 4 {
		even, odd := g[0], g[1]
		if size == 3 {
			even += g[2]
		}
		return points{-first, 0.5 * (even + odd), 0.5 * (even - odd), last}
	}
	// at returns the even and the odd part at ±x, by Horner's scheme.
	at := func(x float32) (even, odd float32) {
		var parts [2]float32
		for part := range parts {
			i := (size-1-part)/2*2 + part // the last element of the part
			parts[part] = g[i]
			for i -= 2; i >= 0; i -= 2 {
				parts[part] = g[i] + float32(x*x*parts[part])
			}
		}
		return parts[0], float32(x * parts[1])
	}
	ep, op := at(p)
	eq, oq := at(q)
	return points{gz * first, gp * (ep + op), gp * (ep - op), gq * (eq + oq), gq * (eq - oq), last}
}
