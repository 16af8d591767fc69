package vec

// The cells of recurrent layers. Every function takes the elements of a state one by
// one, in a single pass, with the bits of the kernels that it is made of.

// LSTM computes a step of long short-term memory. Parts i, f, g and o, the products of
// the gates, become what the gates let through; c and h are the states, before the
// second state of the step before, which may be c:
//
//	i, f, o = σ(i), σ(f), σ(o)   g = tanh(g)
//	c = f*before + i*g           the last step of it fused
//	h = tanh(c)*o
func LSTM(c, h, i, f, g, o, before []float32) {
	n := len(c)
	lstm(c, fit(h, n), fit(i, n), fit(f, n), fit(g, n), fit(o, n), fit(before, n))
}

// LSTMGrad computes the gradients di, df, dg and do of the products of the gates from
// dh and dc, those of the states, and what [LSTM] has left in c, i, f, g and o. Then dc
// becomes the gradient of before:
//
//	do = dh*tanh(c) * o*(1-o)   dc += dh*o * (1-tanh(c)²)
//	di = dc*g * i*(1-i)         df = dc*before * f*(1-f)    dg = dc*i * (1-g²)
//	dc = dc*f
func LSTMGrad(di, df, dg, do, dc, dh, c, i, f, g, o, before []float32) {
	n := len(di)
	dc = fit(dc, n)
	lstmGradOut(fit(do, n), dc, fit(dh, n), fit(c, n), fit(o, n))
	lstmGradIn(di, fit(df, n), fit(dg, n), dc, fit(i, n), fit(f, n), fit(g, n), fit(before, n))
}

// GRU computes a step of a gated recurrent unit. Parts n, r and z, the products of the
// gates, become what the gates let through; q is what the state before gives to n, and
// before that state, which may be h:
//
//	r, z = σ(r), σ(z)   n = tanh(n + r*q), fused
//	h = (before-n)*z + n
func GRU(h, n, r, z, q, before []float32) {
	k := len(h)
	gru(h, fit(n, k), fit(r, k), fit(z, k), fit(q, k), fit(before, k))
}

// GRUGrad computes the gradients dn, dr, dz and dq of the products of the gates from dh,
// that of the state, and what [GRU] has left in n, r and z. Then dh becomes the gradient
// that before gets directly:
//
//	dz = (before-n)*dh * z*(1-z)   dn = (dh - dh*z) * (1-n²)
//	dr = dn*q * r*(1-r)            dq = dn*r
//	dh = dh*z
func GRUGrad(dn, dr, dz, dq, dh, n, r, z, q, before []float32) {
	k := len(dn)
	gruGrad(dn, fit(dr, k), fit(dz, k), fit(dq, k), fit(dh, k), fit(n, k), fit(r, k), fit(z, k), fit(q, k), fit(before, k))
}
