package main

// The constants of package winograd.
const (
	p  = 5. / 8
	q  = 3. / 2
	p2 = p * p
	q2 = q * q
	gz = 1 / (p2 * q2)
	gp = 1 / (2 * p2 * (p2 - q2))
	gq = 1 / (2 * q2 * (q2 - p2))
)

// arith is what transforms compute with, on vectors of an architecture. Its methods
// return new ones.
type arith[V any] interface {
	add(a, b V) V
	sub(a, b V) V
	mul(a V, c float64) V
	fma(a V, c float64, b V) V // a + c·b
}

// evaluate returns Bᵀ·d for n points. It takes what it needs of d when it needs it.
func evaluate[V any](e arith[V], n int, d func(i int) V) []V {
	if n == 4 {
		d0, d1, d2, d3 := d(0), d(1), d(2), d(3)
		return []V{e.sub(d2, d0), e.add(d2, d1), e.sub(d2, d1), e.sub(d3, d1)}
	}
	d0, d1, d2, d3, d4, d5 := d(0), d(1), d(2), d(3), d(4), d(5)
	zero := e.fma(e.fma(d4, -(p2+q2), d2), p2*q2, d0)
	infinite := e.fma(e.fma(d5, -(p2+q2), d3), p2*q2, d1)
	ep, op := e.fma(d4, -q2, d2), e.fma(d3, -q2, d1)
	eq, oq := e.fma(d4, -p2, d2), e.fma(d3, -p2, d1)
	return []V{zero, e.fma(ep, p, op), e.fma(ep, -p, op), e.fma(eq, q, oq), e.fma(eq, -q, oq), infinite}
}

// interpolate returns the rows of Aᵀ·m, so many, for n points.
func interpolate[V any](e arith[V], n, rows int, m func(i int) V) []V {
	y := make([]V, rows)
	if n == 4 {
		m1, m2 := m(1), m(2)
		s, d := e.add(m1, m2), e.sub(m1, m2)
		y[0] = e.add(m(0), s)
		if rows == 2 {
			y[1] = e.add(m(3), d)
		} else {
			y[1], y[2] = d, e.add(m(3), s)
		}
		return y
	}
	m1, m2, m3, m4 := m(1), m(2), m(3), m(4)
	sp, dp := e.add(m1, m2), e.sub(m1, m2)
	sq, dq := e.add(m3, m4), e.sub(m3, m4)
	y[0] = e.add(e.add(m(0), sp), sq)
	pi, qi := p, q
	for i := 1; i < rows; i++ {
		a, b := dp, dq
		if i%2 == 0 {
			a, b = sp, sq
		}
		if i == rows-1 {
			y[i] = e.fma(e.fma(m(5), pi, a), qi, b)
		} else {
			y[i] = e.fma(e.mul(a, pi), qi, b)
		}
		pi, qi = pi*p, qi*q
	}
	return y
}

// factorPoints returns G·g at n points for a factor of two to five elements.
func factorPoints[V any](e arith[V], n, size int, element func(i int) V) []V {
	g := make([]V, size)
	for i := range g {
		g[i] = element(i)
	}
	first, last := g[0], g[size-1]
	if n == 4 {
		even, odd := g[0], g[1]
		if size == 3 {
			even = e.add(g[0], g[2])
		}
		return []V{e.mul(first, -1), e.mul(e.add(even, odd), 0.5), e.mul(e.sub(even, odd), 0.5), last}
	}
	// at returns the even and the odd part at ±x, by Horner's scheme.
	at := func(x float64) (even, odd V) {
		parts := [2]V{}
		for part := range parts {
			i := (size-1-part)/2*2 + part // the last element of the part
			v := g[i]
			for i -= 2; i >= 0; i -= 2 {
				v = e.fma(g[i], x*x, v)
			}
			parts[part] = v
		}
		return parts[0], e.mul(parts[1], x)
	}
	ep, op := at(p)
	eq, oq := at(q)
	return []V{
		e.mul(first, gz), e.mul(e.add(ep, op), gp), e.mul(e.sub(ep, op), gp),
		e.mul(e.add(eq, oq), gq), e.mul(e.sub(eq, oq), gq), last,
	}
}
