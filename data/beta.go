package data

import "math"

// beta returns a number of the distribution Beta(a, a), for a > 0: G/(G+H) with
// two numbers of the gamma distribution, by their logarithms, since both can be
// too small for a float.
func (r *Rand) beta(a float64) float64 {
	g, h := r.logGamma(a), r.logGamma(a)
	return 1 / (1 + math.Exp(h-g))
}

// logGamma returns the logarithm of a number of the gamma distribution with shape
// a > 0 (Marsaglia and Tsang, A simple method for generating gamma variables,
// 2000). For a < 1 it is that of shape a+1, to which log(U)/a is added.
func (r *Rand) logGamma(a float64) float64 {
	extra := 0.0
	if a < 1 {
		extra = r.logUniform() / a
		a++
	}
	d := a - 1./3
	c := 1 / math.Sqrt(9*d)
	for {
		x := float64(r.Normal())
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		logV := 3 * math.Log(v)
		if r.logUniform() < x*x/2+d-d*v*v*v+d*logV {
			return math.Log(d) + logV + extra
		}
	}
}

// logUniform returns the logarithm of a number in (0, 1].
func (r *Rand) logUniform() float64 { return math.Log(1 - float64(r.Float32())) }
