package nn

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// The functions of this file are not inlined, since the slice of their inputs would
// then be an allocation in the caller.

// CosineSimilarity returns the cosine of the angle between the vectors a and b
// [N, …, D], which lie along the last axis:
//
//	a·b / (max(‖a‖, ε)·max(‖b‖, ε))    ε = 1e-8
//
// of shape [N, …], as torch.nn.functional.cosine_similarity with dim -1.
//
//go:noinline
func CosineSimilarity(a, b *grad.Var) *grad.Var { return grad.Apply(cosine{}, a, b) }

// PairwiseDistance returns the Euclidean distance of the vectors a and b [N, …, D],
// which lie along the last axis:
//
//	‖a − b + ε‖    ε = 1e-6
//
// of shape [N, …], as torch.nn.functional.pairwise_distance. ε, added to every
// component, keeps the gradient finite where a = b.
//
//go:noinline
func PairwiseDistance(a, b *grad.Var) *grad.Var { return grad.Apply(distance{}, a, b) }

// pairs is the shape rule of functions of two vectors.
type pairs struct{}

func (pairs) Infer(in, out []tensor.Shape) error {
	a := in[0]
	switch {
	case len(a) == 0:
		return fmt.Errorf("input has shape %v, want [… features]", a)
	case !in[1].Equal(a):
		return fmt.Errorf("inputs have shapes %v and %v, want the same", a, in[1])
	}
	out[0] = append(out[0][:0], a[:len(a)-1]...)
	return nil
}

// distance: da = g·(a − b + ε)/y, and 0 for y = 0; db = -da.
type distance struct{ pairs }

// distanceEps is PyTorch's eps.
const distanceEps = 1e-6

func (distance) Name() string      { return "PairwiseDistance" }
func (distance) Needs() grad.Needs { return grad.Needs{In: 0b11, Out: 1} }

func (distance) Forward(c *grad.Call) {
	a, b, y := c.InData(0), c.InData(1), c.Out(0).Data()
	n := len(a) / max(len(y), 1)
	for i := range y {
		sum := 0.0
		for k := i * n; k < (i+1)*n; k++ {
			d := float64(a[k]) - float64(b[k]) + distanceEps
			sum += d * d
		}
		y[i] = float32(math.Sqrt(sum))
	}
}

func (distance) Backward(c *grad.Call) {
	a, b, y, g := c.InData(0), c.InData(1), c.Out(0).Data(), c.GradOutData(0)
	n := len(a) / max(len(y), 1)
	for j, sign := range [...]float64{1, -1} {
		dst, add := c.BeginGrad(j)
		if dst == nil {
			continue
		}
		for i, v := range y {
			scale := 0.0
			if v != 0 {
				scale = sign * float64(g[i]) / float64(v)
			}
			for k := i * n; k < (i+1)*n; k++ {
				d := scale * (float64(a[k]) - float64(b[k]) + distanceEps)
				if add {
					d += float64(dst[k])
				}
				dst[k] = float32(d)
			}
		}
		c.EndGrad(j)
	}
}

// cosine: da = g·(b/(‖a‖·‖b‖) − y·a/‖a‖²), with norms of at least ε; db likewise.
type cosine struct{ pairs }

// leastNorm is PyTorch's eps.
const leastNorm = 1e-8

func (cosine) Name() string      { return "CosineSimilarity" }
func (cosine) Needs() grad.Needs { return grad.Needs{In: 0b11} }

func (cosine) Forward(c *grad.Call) {
	a, b, y := c.InData(0), c.InData(1), c.Out(0).Data()
	n := len(a) / max(len(y), 1)
	for i := range y {
		dot, na, nb := angle(a[i*n:][:n], b[i*n:][:n])
		y[i] = float32(dot / (na * nb))
	}
}

// angle returns a·b and the norms.
func angle(a, b []float32) (dot, na, nb float64) {
	for i, v := range a {
		x, y := float64(v), float64(b[i])
		dot, na, nb = dot+x*y, na+x*x, nb+y*y
	}
	return dot, max(math.Sqrt(na), leastNorm), max(math.Sqrt(nb), leastNorm)
}

func (cosine) Backward(c *grad.Call) {
	x, y, g := c.InData(0), c.InData(1), c.GradOutData(0)
	n := len(x) / max(len(g), 1)
	for j := range 2 {
		if dst, add := c.BeginGrad(j); dst != nil {
			for i, s := range g {
				cosineGrad(dst[i*n:][:n], x[i*n:][:n], y[i*n:][:n], float64(s), add)
			}
			c.EndGrad(j)
		}
		x, y = y, x
	}
}

// cosineGrad writes, or adds, g times the gradient with respect to x to dst.
func cosineGrad(dst, x, y []float32, g float64, add bool) {
	dot, nx, ny := angle(x, y)
	p, q := g/(nx*ny), -g*dot/(nx*nx*nx*ny)
	for k, v := range x {
		d := p*float64(y[k]) + q*float64(v)
		if add {
			d += float64(dst[k])
		}
		dst[k] = float32(d)
	}
}
