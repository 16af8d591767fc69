package grad

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// leakyReLU: dx = g where x > 0, else Slope·g.
type leakyReLU struct {
	sameShape
	Slope float32
}

func (*leakyReLU) Name() string        { return "LeakyReLU" }
func (*leakyReLU) Needs() Needs        { return Needs{In: 1} }
func (op *leakyReLU) Forward(c *Call)  { mapOut(c, op) }
func (op *leakyReLU) Backward(c *Call) { mapGrad(c, 0, (*leakyReLUGrad)(op), c.In(0)) }

// Rows implements [loop.Kernel]. Of x and Slope·x the larger is the result if
// Slope ≤ 1, else the smaller.
func (op *leakyReLU) Rows(dst []float32, in [][]float32) {
	vec.MulScalar(dst, in[0], op.Slope)
	if op.Slope <= 1 {
		vec.Max(dst, dst, in[0])
	} else {
		vec.Min(dst, dst, in[0])
	}
}

// leakyReLUGrad is the kernel of the gradient of leakyReLU.
type leakyReLUGrad leakyReLU

// Rows implements [loop.Kernel].
func (op *leakyReLUGrad) Rows(dst []float32, in [][]float32) {
	g := in[0]
	for i, x := range in[1] {
		if x > 0 {
			dst[i] = g[i]
		} else {
			dst[i] = op.Slope * g[i]
		}
	}
}

// LeakyReLU returns x where x > 0, else slope·x (Maas, Hannun and Ng 2013). Its
// gradient at 0 is slope. With a slope of 0, infinity becomes NaN.
func LeakyReLU(x *Var, slope float32) *Var { return apply1(leakyReLU{Slope: slope}, x) }

// prelu: dx = g where x > 0, else w·g; dw = Σ g·x over x ≤ 0.
type prelu struct {
	rank  int
	slope [maxRank]int // the shape of the weight, aligned with the input
}

func (*prelu) Name() string { return "PReLU" }
func (*prelu) Needs() Needs { return Needs{In: 0b11} }

func (op *prelu) Infer(in, out []tensor.Shape) error {
	x, w := in[0], in[1]
	switch {
	case len(w) != 1:
		return fmt.Errorf("weight has shape %v, want [channels] or [1]", w)
	case len(x) > maxRank:
		return fmt.Errorf("input has shape %v, want at most %d axes", x, maxRank)
	case w[0] != 1 && (len(x) < 2 || x[1] != w[0]):
		return fmt.Errorf("input has shape %v, want [batch %d …]", x, w[0])
	}
	op.rank = len(x)
	for i := range x {
		op.slope[i] = 1
	}
	if w[0] != 1 {
		op.slope[1] = w[0]
	}
	out[0] = append(out[0][:0], x...)
	return nil
}

// weight returns the weight, or its gradient, with as many axes as the input.
func (op *prelu) weight(data []float32, header *tensor.Tensor) loop.Operand {
	return operand(header.Bind(data, op.slope[:op.rank]))
}

func (op *prelu) Forward(c *Call) {
	y := c.Out(0)
	loop.Run(loop.Binary(preluRow), false, y.Shape(), operand(y), operand(c.In(0)), op.weight(c.InData(1), &c.header))
}

func (op *prelu) Backward(c *Call) {
	x, g := c.In(0), c.GradOut(0)
	w := Work[tensor.Tensor](c)
	if dst, first := c.GradIn(0); dst != nil {
		weight := op.weight(c.InData(1), w)
		loop.Run(loop.Ternary(preluGrad), !first, x.Shape(), operand(dst), operand(g), operand(x), weight)
	}
	if dst, add := c.BeginGrad(1); dst != nil {
		t := c.header.Bind(c.Scratch(x.Len()), x.Shape())
		loop.Run(loop.Binary(preluWeightGrad), false, x.Shape(), operand(t), operand(g), operand(x))
		loop.SumTo(op.weight(dst, w), op.slope[:op.rank], operand(t), x.Shape(), add)
		c.EndGrad(1)
	}
}

func preluRow(dst, x, w []float32) {
	for i, v := range x {
		if v > 0 {
			dst[i] = v
		} else {
			dst[i] = w[i] * v
		}
	}
}

func preluGrad(dst, g, x, w []float32) {
	for i, v := range x {
		if v > 0 {
			dst[i] = g[i]
		} else {
			dst[i] = w[i] * g[i]
		}
	}
}

func preluWeightGrad(dst, g, x []float32) {
	for i, v := range x {
		if v > 0 {
			dst[i] = 0
		} else {
			dst[i] = g[i] * v
		}
	}
}

// PReLU returns x where x > 0, else w·x, with a slope w that is learned (He et
// al. 2015, arXiv 1502.01852). Shapes: x [N, C, …], w [C], or [1] for an x of
// any shape.
func PReLU(x, w *Var) *Var { return apply2(prelu{}, x, w) }

// rrelu: dx = g·m, where m is 1 where x > 0, else the slope that was drawn.
type rrelu struct{ Lower, Upper float32 }

func (*rrelu) Name() string { return "RReLU" }
func (*rrelu) Needs() Needs { return Needs{} }

func (op *rrelu) Infer(in, out []tensor.Shape) error {
	if !op.valid() {
		return fmt.Errorf("slopes are from %v to %v, want the first at most the second", op.Lower, op.Upper)
	}
	return sameShape{}.Infer(in, out)
}

func (op *rrelu) valid() bool { return op.Lower <= op.Upper }

func (op *rrelu) Forward(c *Call) {
	s := Work[slopes](c)
	*s = slopes{slope: c.Save(0, c.Out(0).Len()), x: c.InData(0), rand: c.Rand(), lower: op.Lower, width: op.Upper - op.Lower}
	parallel.For((len(s.slope)+lanePart-1)/lanePart, s)
	mapMask(c, loop.Binary(vec.Mul), savedMask(c))
}

func (*rrelu) Backward(c *Call) { mapGrad(c, 0, loop.Binary(vec.Mul), savedMask(c)) }

// slopes draws the slopes of rrelu.
type slopes struct {
	slope, x     []float32
	rand         Rand
	lower, width float32
}

// Do implements [parallel.Task].
func (s *slopes) Do(_, part int) {
	lo := part * lanePart
	m := s.slope[lo:min(lo+lanePart, len(s.slope))]
	s.rand.Floats(m, uint64(lo))
	for i, u := range m {
		if s.x[lo+i] > 0 {
			m[i] = 1
		} else {
			m[i] = s.lower + float32(u*s.width)
		}
	}
}

// RReLU returns x where x > 0, else s·x, with a slope s drawn for each element
// from [lower, upper] (Xu et al. 2015, arXiv 1505.00853). On a tape that does not
// train the slope is (lower+upper)/2. Slopes depend on the tape's seed and step,
// the place of the operation on the tape, and the place of the element in x. Bounds
// in the wrong order are an error.
func RReLU(x *Var, lower, upper float32) *Var {
	op := rrelu{lower, upper}
	if op.valid() && x.tape.mode&Train == 0 {
		return LeakyReLU(x, (lower+upper)/2)
	}
	return apply1(op, x)
}

// threshold: dx = g where x > Threshold, else 0.
type threshold struct {
	sameShape
	Threshold, Value float32
}

func (*threshold) Name() string        { return "Threshold" }
func (*threshold) Needs() Needs        { return Needs{In: 1} }
func (op *threshold) Forward(c *Call)  { mapOut(c, op) }
func (op *threshold) Backward(c *Call) { mapGrad(c, 0, (*thresholdGrad)(op), c.In(0)) }

// Rows implements [loop.Kernel].
func (op *threshold) Rows(dst []float32, in [][]float32) {
	for i, x := range in[0] {
		if x <= op.Threshold {
			x = op.Value
		}
		dst[i] = x
	}
}

// thresholdGrad is the kernel of the gradient of threshold.
type thresholdGrad threshold

// Rows implements [loop.Kernel].
func (op *thresholdGrad) Rows(dst []float32, in [][]float32) {
	for i, x := range in[1] {
		if x <= op.Threshold {
			dst[i] = 0
		} else {
			dst[i] = in[0][i]
		}
	}
}

// Threshold returns x where x > limit, else value. NaN stays NaN.
func Threshold(x *Var, limit, value float32) *Var {
	return apply1(threshold{Threshold: limit, Value: value}, x)
}
