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

// evaluate returns Bᵀ·d. It takes what it needs of d when it needs it.
func (e *emitter) evaluate(d func(i int) vec) []vec {
	if e.n == 4 {
		d0, d1, d2, d3 := d(0), d(1), d(2), d(3)
		return []vec{e.sub(d2, d0), e.add(d2, d1), e.sub(d2, d1), e.sub(d3, d1)}
	}
	d0, d1, d2, d3, d4, d5 := d(0), d(1), d(2), d(3), d(4), d(5)
	zero := e.fma(e.fma(d4, -(p2+q2), d2), p2*q2, d0)
	infinite := e.fma(e.fma(d5, -(p2+q2), d3), p2*q2, d1)
	ep, op := e.fma(d4, -q2, d2), e.fma(d3, -q2, d1)
	eq, oq := e.fma(d4, -p2, d2), e.fma(d3, -p2, d1)
	return []vec{zero, e.fma(ep, p, op), e.fma(ep, -p, op), e.fma(eq, q, oq), e.fma(eq, -q, oq), infinite}
}

// interpolate returns the rows of Aᵀ·m, so many.
func (e *emitter) interpolate(rows int, m func(i int) vec) []vec {
	y := make([]vec, rows)
	if e.n == 4 {
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

// factorPoints returns G·g for a factor of two to five elements.
func (e *emitter) factorPoints(g []vec) []vec {
	first, last := g[0], g[len(g)-1]
	if e.n == 4 {
		even, odd := g[0], g[1]
		if len(g) == 3 {
			even = e.add(g[0], g[2])
		}
		return []vec{e.mul(first, -1), e.mul(e.add(even, odd), 0.5), e.mul(e.sub(even, odd), 0.5), last}
	}
	// at returns the even and the odd part at ±x, by Horner's scheme.
	at := func(x float64) (even, odd vec) {
		parts := [2]vec{}
		for part := range parts {
			i := (len(g)-1-part)/2*2 + part // the last element of the part
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
	return []vec{
		e.mul(first, gz), e.mul(e.add(ep, op), gp), e.mul(e.sub(ep, op), gp),
		e.mul(e.add(eq, oq), gq), e.mul(e.sub(eq, oq), gq), last,
	}
}
