package nn

import (
	"cmp"
	"errors"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// WeightNorm applies a layer whose weight is made of a length and a direction for
// each output, which are trained in its place:
//
//	weight[o] = g[o]·v[o]/‖v[o]‖
//
// as PyTorch's weight_norm of dim 0 (Salimans and Kingma 2016, arXiv 1602.07868).
// Parameters are named "weight_g" [Out, 1, …], "weight_v", of the shape of the
// weight, and "bias", if the layer has one. The weight that they make starts with the
// distribution of the layer's.
type WeightNorm struct {
	// Layer is a [*Linear] or a [*conv.Conv2D]. Its Weight is v, its Forward not
	// used.
	Layer Module

	WeightG *grad.Param
}

// NewWeightNorm returns a layer with a normalised weight. A layer that has values
// already keeps its weight: v is the old one, and g its lengths once [Init] was
// called. A layer of another type is reported by Init and by Forward.
//
//	nn.NewWeightNorm(nn.NewLinear(64, 10))
func NewWeightNorm(layer Module) *WeightNorm {
	l := &WeightNorm{Layer: layer}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build builds the layer and makes the parameter if it is missing.
func (l *WeightNorm) Build() error {
	var err error
	switch l.Layer.(type) {
	case *Linear, *conv.Conv2D:
		if !missing(l.Layer) {
			err = l.Layer.(builder).Build()
		}
	default:
		err = fmt.Errorf("a layer of type %T, want a *nn.Linear or *conv.Conv2D", l.Layer)
	}
	v, _ := l.params()
	switch {
	case err != nil:
		return fmt.Errorf("nn: WeightNorm: %w", err)
	case v == nil:
		return errors.New("nn: WeightNorm: layer is nil")
	case l.WeightG == nil:
		shape := make(tensor.Shape, len(v.Shape()))
		for i := range shape {
			shape[i] = 1
		}
		shape[0] = v.Shape()[0]
		l.WeightG = grad.NewParam(l.lengths, shape...)
	}
	return nil
}

// params returns v and the bias.
func (l *WeightNorm) params() (v, bias *grad.Param) {
	switch m := l.Layer.(type) {
	case *Linear:
		if m != nil {
			return m.Weight, m.Bias
		}
	case *conv.Conv2D:
		if m != nil {
			return m.Weight, m.Bias
		}
	}
	return nil, nil
}

// Parameters lists the parameters, v before g, whose initial value is its length.
func (l *WeightNorm) Parameters(yield func(name string, p *grad.Param) bool) {
	v, bias := l.params()
	_ = yield("weight_v", v) && yield("weight_g", l.WeightG) && yield("bias", bias)
}

// lengths is the initializer of g.
func (l *WeightNorm) lengths(dst []float32, _ grad.Rand) {
	v, _ := l.params()
	n := v.Value.Len() / len(dst)
	for i := range dst {
		dst[i] = length(v.Value.Data()[i*n : (i+1)*n])
	}
}

// length returns ‖v‖.
func length(v []float32) float32 { return float32(math.Sqrt(float64(vec.Dot(v, v)))) }

// Forward implements [Module].
func (l *WeightNorm) Forward(x *grad.Var) *grad.Var {
	v, bias := l.params()
	if v == nil || l.WeightG == nil {
		return x.Tape().Fail("WeightNorm", cmp.Or(l.Build(), grad.ErrNoParams))
	}
	weight, b := grad.Apply(weightNorm{}, grad.Use(x, v), grad.Use(x, l.WeightG)), grad.Use(x, bias)
	if m, ok := l.Layer.(*conv.Conv2D); ok {
		return conv.Apply2D(x, weight, b, m.Settings)
	}
	return grad.Linear(x, weight, b)
}

// weightNorm is the operation; its inputs are v and g. With d = Σ dw·v/‖v‖ for each
// output, dg = d and dv = g/‖v‖·(dw − d·v/‖v‖).
type weightNorm struct{}

func (*weightNorm) Name() string      { return "WeightNorm" }
func (*weightNorm) Needs() grad.Needs { return grad.Needs{In: 0b11} }

func (*weightNorm) Infer(in, out []tensor.Shape) error {
	v, g := in[0], in[1]
	if len(v) == 0 || g.Size() != v[0] {
		return fmt.Errorf("weight_v has shape %v and weight_g %v, want a length for each of the first axis", v, g)
	}
	out[0] = append(out[0][:0], v...)
	return nil
}

// normedRows is the working state: a part of a task is an output.
type normedRows struct {
	n                    int // elements of an output
	v, g, w, dv, dw, dg  []float32
	backward, accumulate bool
}

func (*weightNorm) rows(c *grad.Call) *normedRows {
	s := grad.Work[normedRows](c)
	s.v, s.g, s.n = c.InData(0), c.InData(1), c.InShape(0)[1:].Size()
	return s
}

func (op *weightNorm) Forward(c *grad.Call) {
	s := op.rows(c)
	s.w, s.backward = c.Out(0).Data(), false
	parallel.For(len(s.g), s)
}

func (op *weightNorm) Backward(c *grad.Call) {
	s := op.rows(c)
	s.dw, s.dg, s.backward = c.GradOutData(0), c.Scratch(len(s.g)), true
	s.dv, s.accumulate = c.BeginGrad(0)
	parallel.For(len(s.g), s)
	if s.dv != nil {
		c.EndGrad(0)
	}
	addTo(c, 1, s.dg)
}

// Do implements [parallel.Task].
func (s *normedRows) Do(_, o int) {
	v := s.v[o*s.n : (o+1)*s.n]
	n := length(v)
	if !s.backward {
		vec.MulScalar(s.w[o*s.n:(o+1)*s.n], v, s.g[o]/n)
		return
	}
	dw := s.dw[o*s.n : (o+1)*s.n]
	s.dg[o] = vec.Dot(dw, v) / n
	if s.dv == nil {
		return
	}
	dv, a := s.dv[o*s.n:(o+1)*s.n], s.g[o]/n
	b := -a * s.dg[o] / n
	if s.accumulate {
		vec.Axpy(dv, dw, a)
		vec.Axpy(dv, v, b)
	} else {
		vec.Lin2(dv, dw, a, v, b, 0)
	}
}
