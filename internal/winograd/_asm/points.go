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

// arith is what the transforms compute with; methods return new registers.
type arith interface {
	add(a, b vec) vec
	sub(a, b vec) vec
	mul(a vec, c float64) vec
	fma(a vec, c float64, b vec) vec // a + c·b
}

// evaluate returns Bᵀ·d. It takes what it needs of d when it needs it.
func evaluate(e arith, tile int, d func(i int) vec) []vec {
	if tile == 2 {
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

// interpolate returns Aᵀ·m.
func interpolate(e arith, tile int, m func(i int) vec) []vec {
	if tile == 2 {
		m1, m2 := m(1), m(2)
		return []vec{e.add(m(0), e.add(m1, m2)), e.add(m(3), e.sub(m1, m2))}
	}
	m1, m2, m3, m4 := m(1), m(2), m(3), m(4)
	sp, dp := e.add(m1, m2), e.sub(m1, m2)
	sq, dq := e.add(m3, m4), e.sub(m3, m4)
	return []vec{
		e.add(e.add(m(0), sp), sq),
		e.fma(e.mul(dp, p), q, dq),
		e.fma(e.mul(sp, p2), q2, sq),
		e.fma(e.fma(m(5), p*p2, dp), q*q2, dq),
	}
}

// kernelPoints returns G·g.
func kernelPoints(e arith, tile int, a, b, c vec) []vec {
	if tile == 2 {
		s := e.add(a, c)
		return []vec{e.mul(a, -1), e.mul(e.add(s, b), 0.5), e.mul(e.sub(s, b), 0.5), c}
	}
	ep, op := e.fma(a, p2, c), e.mul(b, p)
	eq, oq := e.fma(a, q2, c), e.mul(b, q)
	return []vec{
		e.mul(a, gz), e.mul(e.add(ep, op), gp), e.mul(e.sub(ep, op), gp),
		e.mul(e.add(eq, oq), gq), e.mul(e.sub(eq, oq), gq), c,
	}
}
