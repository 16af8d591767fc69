package vec

import "math"

func sgdGeneric(w, g []float32, negLR, decay float32) {
	for i, x := range w {
		d := g[i] + float32(decay*x)
		w[i] = x + float32(negLR*d)
	}
}

func sgdMomentumGeneric(w, g, buf []float32, negLR, decay, keep, take, mask, k float32) {
	bits := math.Float32bits(mask)
	for i, x := range w {
		d := g[i] + float32(decay*x)
		b := float32(keep*buf[i]) + float32(take*d)
		buf[i] = b
		d = math.Float32frombits(math.Float32bits(d)&bits) + float32(k*b)
		w[i] = x + float32(negLR*d)
	}
}

func adamGeneric(w, g, m, v []float32, shrink, decay, beta1, take1, beta2, take2, root, eps, negStep float32) {
	for i, x := range w {
		x = float32(x * shrink)
		d := g[i] + float32(decay*x)
		m1 := float32(beta1*m[i]) + float32(take1*d)
		v1 := float32(beta2*v[i]) + float32(float32(take2*d)*d)
		m[i], v[i] = m1, v1
		denom := float32(math.Sqrt(float64(v1)))/root + eps
		w[i] = x + float32(negStep*m1)/denom
	}
}
