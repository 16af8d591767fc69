package winograd

// The points of F(4×4, 3×3) are 0, ±p, ±q and ∞. Their squares, and the products
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
// where e counts the n·n elements of V row by row, n = tile + 2.
func inputGeneric(tile int, dst []float32, stride int, src []float32, pitch int, offs []int) {
	n := tile + 2
	for t, o := range offs {
		var h, v [6][6]float32
		for i := range n {
			var row [6]float32
			copy(row[:n], src[o+i*pitch:])
			h[i] = evaluate(tile, row)
		}
		for j := range n {
			v[j] = evaluate(tile, column(&h, j))
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
func outputGeneric(tile int, dst []float32, pitch int, offs []int, src []float32, stride int, bias float32) {
	n := tile + 2
	for t, o := range offs {
		var m, h [6][6]float32 // m is transposed
		for i := range n {
			for j := range n {
				m[j][i] = src[(i*n+j)*stride+t]
			}
		}
		for j := range n {
			h[j] = interpolate(tile, m[j])
		}
		for i := range tile {
			y := interpolate(tile, column(&h, i))
			for j := range tile {
				dst[o+i*pitch+j] = y[j] + bias
			}
		}
	}
}

// kernelGeneric computes U = G·g·Gᵀ for kernels g of 3×3, rows of them side by
// side for each of n values of k:
//
//	dst[e*stride + k*pitch + i] = U[e]    for g[a][b] = src[k*step + taps[3*a+b] + i]
func kernelGeneric(tile int, dst []float32, stride, pitch int, src []float32, step int, taps *[9]int, n, rows int) {
	size := tile + 2
	for k := range n {
		for i := range rows {
			var h [3][6]float32
			for b := range 3 {
				at := src[k*step+i:]
				h[b] = kernelPoints(tile, at[taps[b]], at[taps[3+b]], at[taps[6+b]])
			}
			for a := range size {
				u := kernelPoints(tile, h[0][a], h[1][a], h[2][a])
				for b := range size {
					dst[(a*size+b)*stride+k*pitch+i] = u[b]
				}
			}
		}
	}
}

func column(m *[6][6]float32, j int) (c [6]float32) {
	for i := range m {
		c[i] = m[i][j]
	}
	return c
}

// The conversion of each product to float32 forbids the compiler to fuse it with
// a sum, so that results are the same on every architecture.

// evaluate returns Bᵀ·d.
func evaluate(tile int, d [6]float32) [6]float32 {
	if tile == 2 {
		return [6]float32{d[2] - d[0], d[2] + d[1], d[2] - d[1], d[3] - d[1]}
	}
	ep, op := d[4]-float32(q2*d[2]), d[3]-float32(q2*d[1])
	eq, oq := d[4]-float32(p2*d[2]), d[3]-float32(p2*d[1])
	return [6]float32{
		d[4] - float32((p2+q2)*d[2]) + float32(p2*q2*d[0]),
		ep + float32(p*op), ep - float32(p*op),
		eq + float32(q*oq), eq - float32(q*oq),
		d[5] - float32((p2+q2)*d[3]) + float32(p2*q2*d[1]),
	}
}

// interpolate returns Aᵀ·m.
func interpolate(tile int, m [6]float32) [6]float32 {
	if tile == 2 {
		return [6]float32{m[0] + (m[1] + m[2]), m[3] + (m[1] - m[2])}
	}
	sp, dp := m[1]+m[2], m[1]-m[2]
	sq, dq := m[3]+m[4], m[3]-m[4]
	return [6]float32{
		m[0] + sp + sq,
		float32(p*dp) + float32(q*dq),
		float32(p2*sp) + float32(q2*sq),
		m[5] + float32(p*p2*dp) + float32(q*q2*dq),
	}
}

// kernelPoints returns G·g.
func kernelPoints(tile int, a, b, c float32) [6]float32 {
	if tile == 2 {
		s := a + c
		return [6]float32{-a, 0.5 * (s + b), 0.5 * (s - b), c}
	}
	ep, op := a+float32(p2*c), float32(p*b)
	eq, oq := a+float32(q2*c), float32(q*b)
	return [6]float32{gz * a, gp * (ep + op), gp * (ep - op), gq * (eq + oq), gq * (eq - oq), c}
}
