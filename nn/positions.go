package nn

import (
	"cmp"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// SinusoidalPositions adds to each step of a sequence waves that tell where it is, so
// that attention, to which all places are alike, can use that (Vaswani et al. 2017,
// arXiv 1706.03762, section 3.5):
//
//	y[n, t, 2i]   = x[n, t, 2i]   + sin(t/10000^(2i/D))
//	y[n, t, 2i+1] = x[n, t, 2i+1] + cos(t/10000^(2i/D))
//
// Shapes: x and y [N, T, D] for any T and D; or tuples of these and the lengths [N] of
// the sequences, where what is behind the end of a sequence comes out as 0. It has no
// parameters.
var SinusoidalPositions = Func("SinusoidalPositions", sinusoidalPositions)

func sinusoidalPositions(x *grad.Var) *grad.Var {
	x, lengths, err := ragged(x)
	if err != nil {
		return x.Tape().Fail("SinusoidalPositions", err)
	}
	return withLengths(grad.ClearPadding(grad.Apply(sinusoids{}, x), lengths), lengths)
}

// sinusoids: dx = g.
type sinusoids struct{}

func (*sinusoids) Name() string      { return "SinusoidalPositions" }
func (*sinusoids) Needs() grad.Needs { return grad.Needs{} }

func (*sinusoids) Infer(in, out []tensor.Shape) error {
	if len(in[0]) != 3 {
		return fmt.Errorf("input has shape %v, want [batch steps features]", in[0])
	}
	out[0] = append(out[0][:0], in[0]...)
	return nil
}

func (*sinusoids) Forward(c *grad.Call) {
	x, y, s := c.InData(0), c.Out(0).Data(), c.InShape(0)
	if len(y) == 0 {
		return
	}
	waves := grad.Work[sinusoidTable](c).of(s[1], s[2])
	for n := range s[0] {
		at := n * len(waves)
		vec.Add(y[at:at+len(waves)], x[at:], waves)
	}
}

func (*sinusoids) Backward(c *grad.Call) {
	dx, add := c.BeginGrad(0)
	if dx == nil {
		return
	}
	if g := c.GradOutData(0); add {
		vec.Add(dx, dx, g)
	} else {
		copy(dx, g)
	}
	c.EndGrad(0)
}

// sinusoidTable keeps the waves of the longest sequence so far.
type sinusoidTable struct {
	size  int
	waves []float32
}

// of returns the waves of so many steps and features.
func (w *sinusoidTable) of(steps, size int) []float32 {
	if w.size != size {
		w.size, w.waves = size, nil
	}
	for t := len(w.waves) / size; t < steps; t++ {
		for i := range size {
			angle := float64(t) / math.Pow(10000, float64(i&^1)/float64(size))
			wave := math.Sin(angle)
			if i%2 == 1 {
				wave = math.Cos(angle)
			}
			w.waves = append(w.waves, float32(wave))
		}
	}
	return w.waves[:steps*size]
}

// LearnedPositions adds to each step of a sequence a vector that is learned for its
// place:
//
//	y[n, t] = x[n, t] + weight[t]
//
// Shapes: x and y [N, T, Dim] with T up to Steps, weight [Steps, Dim]; or tuples of
// sequences and lengths, as in [SinusoidalPositions]. The weight starts with a normal
// distribution of standard deviation 0.02, as in torchvision's ViT (Dosovitskiy et al.
// 2020, arXiv 2010.11929).
type LearnedPositions struct {
	Steps, Dim int

	Weight *grad.Param
}

// NewLearnedPositions returns vectors for so many places. Sizes that cannot be are
// reported by [Init] and by Forward.
func NewLearnedPositions(steps, dim int) *LearnedPositions {
	l := &LearnedPositions{Steps: steps, Dim: dim}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build checks the settings and makes the parameter if it is missing.
func (l *LearnedPositions) Build() error {
	if l.Steps < 1 || l.Dim < 1 {
		return fmt.Errorf("nn: LearnedPositions: %d steps of %d, want at least 1", l.Steps, l.Dim)
	}
	makeParam(&l.Weight, grad.Normal(0.02), l.Steps, l.Dim)
	return nil
}

// Forward implements [Module].
func (l *LearnedPositions) Forward(x *grad.Var) *grad.Var {
	t := x.Tape()
	x, lengths, err := ragged(x)
	if l.Weight == nil {
		err = cmp.Or(l.Build(), grad.ErrNoParams)
	}
	if s := x.Shape(); err == nil && x.Err() == nil && (len(s) != 3 || s[1] > l.Steps || s[2] != l.Dim) {
		err = fmt.Errorf("input has shape %v, want [batch steps %d] with at most %d steps", s, l.Dim, l.Steps)
	}
	if err != nil || x.Err() != nil {
		return t.Fail("LearnedPositions", err)
	}
	y := grad.Add(x, grad.Slice(t.Use(l.Weight), 0, 0, x.Shape()[1]))
	return withLengths(grad.ClearPadding(y, lengths), lengths)
}
