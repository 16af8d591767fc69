package optim

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
)

// clipping holds the bounds of gradients, 0 for none, and what a step found.
type clipping struct {
	maxNorm, maxValue float64
	norm              float64 // of the last step
	scale             float32 // what the gradients of this step are multiplied by
}

// ClipNorm shortens the gradient of a step, taken as one vector over all
// parameters that the step changes, to the length max, as
// torch.nn.utils.clip_grad_norm_ does:
//
//	g ← g·min(1, max/(‖g‖ + 1e-6))
//
// Every optimizer takes it and tells the length before, see [SGD.GradNorm]. A
// length that is not finite is an error of Step, which then changes nothing.
// ClipNorm(math.Inf(1)) measures and does not clip. (Pascanu et al. 2013, arXiv
// 1211.5063.)
func ClipNorm(max float64) Option {
	return func(o *options) { o.bound("ClipNorm", &o.clipping.maxNorm, max) }
}

// ClipValue limits every element of a gradient to ±max, as
// torch.nn.utils.clip_grad_value_ does, before [ClipNorm]. Every optimizer takes
// it.
func ClipValue(max float64) Option {
	return func(o *options) { o.bound("ClipValue", &o.clipping.maxValue, max) }
}

func (o *options) bound(name string, setting *float64, v float64) {
	if !(v > 0) {
		o.err = fmt.Errorf("%s %v, want a positive number", name, v)
		return
	}
	*setting = v
}

// GradNorm returns the length of the gradient in the last step, over all
// parameters that it changed and before [ClipNorm]; without ClipNorm it is 0.
func (b *base) GradNorm() float64 { return b.clipping.norm }

// clip clips the gradients of b.work. Sums are taken parameter by parameter, so
// that they do not depend on the number of workers.
func (b *base) clip() error {
	c := &b.clipping
	if c.maxValue > 0 {
		parallel.For(len(b.work), (*limit)(b))
	}
	if c.maxNorm == 0 {
		return nil
	}
	parallel.For(len(b.work), (*measure)(b))
	sum := 0.0
	for _, s := range b.work {
		sum += s.square
	}
	c.norm = math.Sqrt(sum)
	if math.IsNaN(c.norm) || math.IsInf(c.norm, 0) {
		return fmt.Errorf("optim: %s: the norm of the gradient is %v, want a finite number", b.name, c.norm)
	}
	if k := c.maxNorm / (c.norm + 1e-6); k < 1 {
		c.scale = float32(k)
		parallel.For(len(b.work), (*shorten)(b))
	}
	return nil
}

// The passes over the gradients; a part is a parameter.
type (
	limit   base
	measure base
	shorten base
)

func (b *limit) Do(_, i int) {
	g, most := b.work[i].g, float32(b.clipping.maxValue)
	vec.Clamp(g, g, -most, most)
}

func (b *measure) Do(_, i int) { b.work[i].square = sumSquares(b.work[i].g) }

func (b *shorten) Do(_, i int) { vec.MulScalar(b.work[i].g, b.work[i].g, b.clipping.scale) }

// sumSquares returns Σ x². Squares of float32 are exact in float64 and do not
// overflow there, so that all levels give the same bits, fused or not.
func sumSquares(x []float32) float64 {
	var s0, s1, s2, s3 float64 // four chains hide the latency of an addition
	for ; len(x) >= 4; x = x[4:] {
		a, b, c, d := float64(x[0]), float64(x[1]), float64(x[2]), float64(x[3])
		s0 += a * a
		s1 += b * b
		s2 += c * c
		s3 += d * d
	}
	for _, v := range x {
		s0 += float64(v) * float64(v)
	}
	return (s0 + s2) + (s1 + s3)
}
