package grad

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// relu: dx = g where y > 0, else 0.
type relu struct{ sameShape }

func (*relu) Name() string     { return "ReLU" }
func (*relu) Needs() Needs     { return Needs{Out: 1} }
func (*relu) Forward(c *Call)  { mapOut(c, loop.Unary(vec.ReLU)) }
func (*relu) Backward(c *Call) { mapGrad(c, 0, loop.Binary(vec.ReLUGrad), c.Out(0)) }

// ReLU returns max(x, 0), the rectified linear unit. Its gradient at 0 is 0.
func ReLU(x *Var) *Var { return apply1(relu{}, x) }

// reluInPlace is relu whose result takes the place of its input.
type reluInPlace struct {
	relu
	inPlace
}

func (*reluInPlace) Backward(c *Call) {
	g := operand(c.GradOut(0))
	loop.Run(loop.Binary(vec.ReLUGrad), false, c.OutShape(0), g, g, operand(c.Out(0)))
}

// ReLUInPlace is [ReLU] whose result takes the place of x, and the gradient likewise, so
// that a step needs that much less memory. Afterwards x and views of it are gone: an
// operation that is given one of them is an error, and their data are those of the
// result. It is an error, too, if x is a parameter or an input of the tape, or if an
// operation needs it for its gradient: that which made x, such as Tanh, or one that x
// went to before, such as Mul. Results of convolutions, linear layers, normalisations
// and sums may be overwritten. Where no gradients are recorded it is ReLU.
func ReLUInPlace(x *Var) *Var {
	if x.tape.mode&Gradients == 0 {
		return ReLU(x)
	}
	return apply1(reluInPlace{}, x)
}

// tanh: dx = g·(1 - y²).
type tanh struct{ sameShape }

func (*tanh) Name() string     { return "Tanh" }
func (*tanh) Needs() Needs     { return Needs{Out: 1} }
func (*tanh) Forward(c *Call)  { mapOut(c, loop.Unary(vec.Tanh)) }
func (*tanh) Backward(c *Call) { mapGrad(c, 0, loop.Binary(vec.TanhGrad), c.Out(0)) }

// Tanh returns tanh x.
func Tanh(x *Var) *Var { return apply1(tanh{}, x) }

// sigmoid: dx = g·y·(1 - y).
type sigmoid struct{ sameShape }

func (*sigmoid) Name() string     { return "Sigmoid" }
func (*sigmoid) Needs() Needs     { return Needs{Out: 1} }
func (*sigmoid) Forward(c *Call)  { mapOut(c, loop.Unary(vec.Sigmoid)) }
func (*sigmoid) Backward(c *Call) { mapGrad(c, 0, loop.Binary(vec.SigmoidGrad), c.Out(0)) }

// Sigmoid returns 1/(1 + e⁻ˣ).
func Sigmoid(x *Var) *Var { return apply1(sigmoid{}, x) }

// gelu: dx = g·(Φ(x) + x·φ(x)).
type gelu struct{ sameShape }

func (*gelu) Name() string     { return "GELU" }
func (*gelu) Needs() Needs     { return Needs{In: 1} }
func (*gelu) Forward(c *Call)  { mapOut(c, loop.Unary(vec.GELU)) }
func (*gelu) Backward(c *Call) { mapGrad(c, 0, loop.Binary(vec.GELUGrad), c.In(0)) }

// GELU returns x·Φ(x), the Gaussian error linear unit, where Φ is the cumulative
// distribution function of the standard normal distribution: Φ(x) =
// (1 + erf(x/√2))/2 (Hendrycks and Gimpel 2016, arXiv 1606.08415). It is the
// exact form, not the approximation by tanh.
func GELU(x *Var) *Var { return apply1(gelu{}, x) }

// clamp: dx = g where Lo ≤ x ≤ Hi, else 0.
type clamp struct{ Lo, Hi float32 }

func (*clamp) Name() string { return "Clamp" }
func (*clamp) Needs() Needs { return Needs{In: 1} }

func (op *clamp) Infer(in, out []tensor.Shape) error {
	if !(op.Lo <= op.Hi) {
		return fmt.Errorf("bounds are %v and %v, want the first at most the second", op.Lo, op.Hi)
	}
	return sameShape{}.Infer(in, out)
}

func (op *clamp) Forward(c *Call)  { mapOut(c, op) }
func (op *clamp) Backward(c *Call) { mapGrad(c, 0, (*clampGrad)(op), c.In(0)) }

// Rows implements [loop.Kernel].
func (op *clamp) Rows(dst []float32, in [][]float32) { op.limit(dst, in[0]) }

// limit keeps elements within the bounds.
func (op *clamp) limit(dst, x []float32) { vec.Clamp(dst, x, op.Lo, op.Hi) }

// clampGrad is the kernel of the gradient of clamp.
type clampGrad clamp

// Rows implements [loop.Kernel].
func (op *clampGrad) Rows(dst []float32, in [][]float32) {
	g := in[0]
	for i, x := range in[1] {
		if op.Lo <= x && x <= op.Hi {
			dst[i] = g[i]
		} else {
			dst[i] = 0
		}
	}
}

// Clamp returns x limited to lo ≤ x ≤ hi; NaN stays NaN. Bounds in the wrong
// order are an error.
func Clamp(x *Var, lo, hi float32) *Var { return apply1(clamp{lo, hi}, x) }
