// Command fit computes the polynomial coefficients of the transcendental
// kernels: minimax fits by Remez' exchange
// (Muller, Elementary Functions, 3rd ed., chapter 3), rounded to float32 one
// coefficient at a time, lowest power first, fitting the rest again after each.
//
//	go run ./fit > coeffs.go
package main

import (
	"fmt"
	"math"
)

// A problem asks for the polynomial P of the given degree that minimizes
// max |weight(x)·(f(x) - P(z(x)))| over [lo, hi].
type problem struct {
	name      string
	degree    int
	lo, hi    float64
	z         func(x float64) float64
	f, weight func(x float64) float64
}

func id(x float64) float64     { return x }
func square(x float64) float64 { return x * x }

// series sums terms until they no longer matter; it gives the quotients below
// where computing them directly would cancel.
func series(term func(n int) float64) (s float64) {
	for n := range 60 {
		s += term(n)
	}
	return s
}

var problems = []problem{
	{
		// eʳ = 1 + r + r²·P(r), relative error of eʳ.
		"exp", 4, -0.3475, 0.3475, id,
		func(r float64) float64 {
			return series(func(n int) float64 { return math.Pow(r, float64(n)) / math.Gamma(float64(n)+3) })
		},
		func(r float64) float64 { return r * r / math.Exp(r) },
	},
	{
		// ln(1+f) = f - f²/2 + f³·P(f), relative error of the logarithm.
		"log", 8, math.Sqrt2/2 - 1, math.Sqrt2 - 1, id,
		func(f float64) float64 {
			if math.Abs(f) > 0.2 {
				return (math.Log1p(f) - f + f*f/2) / (f * f * f)
			}
			return series(func(n int) float64 { return math.Pow(-f, float64(n)) / float64(n+3) })
		},
		func(f float64) float64 {
			if f == 0 {
				return 0
			}
			return f * f * f / math.Log1p(f)
		},
	},
	{
		// tanh x = x + x·x²·P(x²), relative error.
		"tanh", 4, 1e-3, 0.626, square,
		func(x float64) float64 {
			if x > 0.1 {
				return (math.Tanh(x) - x) / (x * x * x)
			}
			z := x * x
			return -1./3 + z*(2./15+z*(-17./315+z*(62./2835+z*(-1382./155925+z*21844./6081075))))
		},
		func(x float64) float64 { return x * x * x / math.Tanh(x) },
	},
	{
		// erf x = x + x·P(x²), relative error.
		"erf", 6, 1e-3, 0.9375, square,
		func(x float64) float64 { return math.Erf(x)/x - 1 },
		func(x float64) float64 { return x / math.Erf(x) },
	},
	{
		// erfc t = exp(t·P(t) - t); the error of P counts as it reaches erf t,
		// with a floor that keeps the relative error of a small erfc t useful.
		"erfc", 7, 0.92, 5, id,
		func(t float64) float64 { return math.Log(math.Erfc(t))/t + 1 },
		func(t float64) float64 { return t * (math.Erfc(t)/math.Erf(t) + 1e-3) },
	},
}

// solve returns the solution of the square system a·x = b by elimination with
// partial pivoting; it overwrites both.
func solve(a [][]float64, b []float64) []float64 {
	n := len(b)
	for c := range n {
		p := c
		for r := c + 1; r < n; r++ {
			if math.Abs(a[r][c]) > math.Abs(a[p][c]) {
				p = r
			}
		}
		a[c], a[p], b[c], b[p] = a[p], a[c], b[p], b[c]
		for r := c + 1; r < n; r++ {
			m := a[r][c] / a[c][c]
			for j := c; j < n; j++ {
				a[r][j] -= m * a[c][j]
			}
			b[r] -= m * b[c]
		}
	}
	for c := n - 1; c >= 0; c-- {
		for j := c + 1; j < n; j++ {
			b[c] -= a[c][j] * b[j]
		}
		b[c] /= a[c][c]
	}
	return b
}

// residual is the weighted error at x of the polynomial with coefficients c.
func (p *problem) residual(x float64, c []float64) float64 {
	s := 0.0
	for i := len(c) - 1; i >= 0; i-- {
		s = s*p.z(x) + c[i]
	}
	return p.weight(x) * (p.f(x) - s)
}

// grid is how many steps stand for the interval.
const grid = 20000

func (p *problem) point(i int) float64 { return p.lo + (p.hi-p.lo)*float64(i)/grid }

// remez returns all coefficients, of which the first are given.
func (p *problem) remez(given []float64) []float64 {
	free := p.degree + 1 - len(given)
	nodes := make([]float64, free+1)
	for i := range nodes {
		nodes[i] = (p.lo+p.hi)/2 - (p.hi-p.lo)/2*math.Cos(math.Pi*(float64(i)+0.5)/float64(free+1))
	}
	var c []float64
	for range 30 {
		a := make([][]float64, free+1)
		b := make([]float64, free+1)
		sign := 1.0
		for i, x := range nodes {
			a[i] = make([]float64, free+1)
			for j := range free {
				a[i][j] = p.weight(x) * math.Pow(p.z(x), float64(len(given)+j))
			}
			a[i][free] = sign
			sign = -sign
			b[i] = p.residual(x, given)
		}
		c = append(append([]float64{}, given...), solve(a, b)[:free]...)
		// Take the largest residual of each run of equal sign, then drop the
		// smaller end until the number fits.
		var at, val []float64
		for i := range grid + 1 {
			x := p.point(i)
			v := p.residual(x, c)
			switch last := len(val) - 1; {
			case last < 0 || (v > 0) != (val[last] > 0):
				at, val = append(at, x), append(val, v)
			case math.Abs(v) > math.Abs(val[last]):
				at[last], val[last] = x, v
			}
		}
		for len(at) > free+1 {
			if math.Abs(val[0]) < math.Abs(val[len(val)-1]) {
				at, val = at[1:], val[1:]
			} else {
				at, val = at[:len(at)-1], val[:len(val)-1]
			}
		}
		if len(at) < free+1 {
			break
		}
		nodes = at
	}
	return c
}

func main() {
	fmt.Print("// Code generated by command: go run ./fit. DO NOT EDIT.\n\npackage main\n")
	for _, p := range problems {
		var c []float64
		for i := range p.degree + 1 {
			c = append(c, float64(float32(p.remez(c)[i])))
		}
		worst := 0.0
		for i := range grid + 1 {
			worst = max(worst, math.Abs(p.residual(p.point(i), c)))
		}
		fmt.Printf("\n// %sPoly has a weighted error of %.2g; lowest power first.\nvar %[1]sPoly = []float32{\n", p.name, worst)
		for _, v := range c {
			fmt.Printf("\t%v,\n", float32(v))
		}
		fmt.Println("}")
	}
}
