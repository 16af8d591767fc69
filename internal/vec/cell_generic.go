package vec

func lstmGeneric(c, h, i, f, g, o, before []float32) {
	for k, b := range before {
		i1, f1, g1, o1 := sigmoid1(i[k]), sigmoid1(f[k]), tanh1(g[k]), sigmoid1(o[k])
		c1 := float32(f1*b) + float32(i1*g1)
		c[k], h[k] = c1, tanh1(c1)*o1
		i[k], f[k], g[k], o[k] = i1, f1, g1, o1
	}
}

func lstmGradOutGeneric(do, dc, dh, c, o []float32) {
	for k, v := range c {
		y, d := tanh1(v), dh[k]
		dc[k] += tanhGrad1(float32(d*o[k]), y)
		do[k] = sigmoidGrad1(float32(d*y), o[k])
	}
}

func lstmGradInGeneric(di, df, dg, dc, i, f, g, before []float32) {
	for k, d := range dc {
		i1, f1, g1 := i[k], f[k], g[k]
		di[k] = sigmoidGrad1(float32(d*g1), i1)
		df[k] = sigmoidGrad1(float32(d*before[k]), f1)
		dg[k] = tanhGrad1(float32(d*i1), g1)
		dc[k] = d * f1
	}
}

func gruGeneric(h, n, r, z, q, before []float32) {
	for k, b := range before {
		r1, z1 := sigmoid1(r[k]), sigmoid1(z[k])
		n1 := tanh1(n[k] + float32(r1*q[k]))
		h[k] = float32((b-n1)*z1) + n1
		n[k], r[k], z[k] = n1, r1, z1
	}
}

func gruGradGeneric(dn, dr, dz, dq, dh, n, r, z, q, before []float32) {
	for k, d := range dh {
		n1, r1, z1 := n[k], r[k], z[k]
		direct := float32(d * z1)
		dn1 := tanhGrad1(d-direct, n1)
		dz[k] = sigmoidGrad1(float32((before[k]-n1)*d), z1)
		dn[k], dr[k], dq[k] = dn1, sigmoidGrad1(float32(dn1*q[k]), r1), float32(dn1*r1)
		dh[k] = direct
	}
}
