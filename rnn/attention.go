package rnn

import (
	"cmp"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// AttentionPool makes one vector of the steps of a sequence: their mean, weighted
// by how well each agrees with a learned vector w,
//
//	y = Σ_t a_t·x_t,  a = softmax over t of w·x_t
//
// over the steps of each sequence alone if they have lengths; see [Ragged]. Shapes:
// x [N, T, Features], weight [Features], y [N, Features]. The weight starts
// uniformly in ±1/√Features. (After Yang et al.: Hierarchical attention networks for
// document classification, 2016, and Zhou et al. 2016, without the layer in
// between.)
type AttentionPool struct {
	Features int

	Weight *grad.Param
}

// NewAttentionPool returns a pooling layer with attention. Settings that cannot be
// are reported by nn.Init and by Forward.
func NewAttentionPool(features int) *AttentionPool {
	l := &AttentionPool{Features: features}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build checks the setting and makes the parameter if it is missing.
func (l *AttentionPool) Build() error {
	if l.Features < 1 || l.Features > maxSize {
		return fmt.Errorf("rnn: AttentionPool: %d features, want 1 to %d", l.Features, maxSize)
	}
	if l.Weight == nil {
		l.Weight = grad.NewParam(grad.Uniform(1/math.Sqrt(float64(l.Features))), l.Features)
	}
	return nil
}

// Forward applies the layer.
func (l *AttentionPool) Forward(x *grad.Var) *grad.Var {
	t := x.Tape()
	if l.Weight == nil {
		return t.Fail("AttentionPool", cmp.Or(l.Build(), grad.ErrNoParams))
	}
	x, lengths, err := split(x)
	if err != nil {
		return t.Fail("AttentionPool", err)
	}
	return grad.Apply(attention{}, x, lengths, t.Use(l.Weight))
}

// attention is the operation behind [AttentionPool], of x, its lengths and w. With
// g the gradient with respect to y,
//
//	ds_t = a_t·(g·x_t − Σ_u a_u·(g·x_u))   dx_t = a_t·g + ds_t·w   dw = Σ_t ds_t·x_t
type attention struct{}

func (*attention) Name() string      { return "AttentionPool" }
func (*attention) Needs() grad.Needs { return grad.Needs{In: 0b101} }

func (*attention) Infer(in, out []tensor.Shape) error {
	x, w := in[0], in[2]
	if len(x) != 3 || x[1] == 0 || x[2] != w.Size() {
		return fmt.Errorf("input has shape %v, want [batch steps %d] with at least one step", x, w.Size())
	}
	if err := checkLengths(x, in[1]); err != nil {
		return err
	}
	out[0] = append(out[0][:0], x[0], x[2])
	return nil
}

func (*attention) Forward(c *grad.Call) {
	lens := lengthsOf(c)
	if lens == nil {
		return
	}
	x, w, y := c.InData(0), c.InData(2), c.Out(0).Data()
	steps, size := c.InShape(0)[1], len(w)
	all := c.Save(0, len(lens)*steps)
	for n, l := range lens {
		x, y, a := x[n*steps*size:], y[n*size:][:size], all[n*steps:][:l]
		for t := range a {
			a[t] = vec.Dot(w, x[t*size:])
		}
		sum := vec.ExpSum(a, a, vec.MaxOf(a))
		vec.MulScalar(a, a, 1/sum)
		clear(y)
		for t := range a {
			vec.Axpy(y, x[t*size:], a[t])
		}
	}
}

func (*attention) Backward(c *grad.Call) {
	x, w, g := c.InData(0), c.InData(2), c.GradOutData(0)
	lens := c.SaveInts(0, c.InShape(0)[0])
	steps, size := c.InShape(0)[1], len(w)
	all, scores := c.Save(0, len(lens)*steps), c.Scratch(len(lens)*steps) // a and ds
	for n, l := range lens {
		x, g, a, ds := x[n*steps*size:], g[n*size:][:size], all[n*steps:][:l], scores[n*steps:][:l]
		for t := range ds {
			ds[t] = vec.Dot(g, x[t*size:])
		}
		vec.AddScalar(ds, ds, -vec.Dot(a, ds))
		vec.Mul(ds, ds, a)
	}
	if dx, add := c.BeginGrad(0); dx != nil {
		if !add {
			clear(dx)
		}
		for n, l := range lens {
			for t := range l {
				to := dx[(n*steps+t)*size:][:size]
				vec.Axpy(to, g[n*size:], all[n*steps+t])
				vec.Axpy(to, w, scores[n*steps+t])
			}
		}
		c.EndGrad(0)
	}
	if dw, add := c.BeginGrad(2); dw != nil {
		if !add {
			clear(dw)
		}
		for n, l := range lens {
			for t := range l {
				vec.Axpy(dw, x[(n*steps+t)*size:], scores[n*steps+t])
			}
		}
		c.EndGrad(2)
	}
}
