package grad

import (
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// elu: y = Scale·x where x > 0, else Scale·Alpha·(e^(Rate·x) - 1); dx = g·Scale
// where x > 0, else g·Scale·Alpha·Rate·e^(Rate·x).
type elu struct{ Alpha, Scale, Rate float32 }

func (*elu) Name() string { return "ELU" }
func (*elu) Needs() Needs { return Needs{In: 1} }

func (op *elu) Infer(in, out []tensor.Shape) error {
	if err := positive("alpha", op.Alpha); err != nil {
		return err
	}
	return sameShape{}.Infer(in, out)
}

func (op *elu) Forward(c *Call)  { mapOut(c, op) }
func (op *elu) Backward(c *Call) { mapGrad(c, 0, (*eluGrad)(op), c.In(0)) }

// Rows implements [loop.Kernel]. For x ≤ 0 it uses eˣ - 1 = 2t/(1 - t), t =
// tanh(x/2), which keeps its digits where eˣ is close to 1.
func (op *elu) Rows(dst []float32, in [][]float32) {
	vec.MulScalar(dst, in[0], op.Rate/2)
	vec.Tanh(dst, dst)
	k := 2 * op.Scale * op.Alpha
	for i, x := range in[0] {
		if x > 0 {
			dst[i] = op.Scale * x
		} else {
			dst[i] = k * dst[i] / (1 - dst[i])
		}
	}
}

// eluGrad is the kernel of the gradient of elu.
type eluGrad elu

// Rows implements [loop.Kernel].
func (op *eluGrad) Rows(dst []float32, in [][]float32) {
	g := in[0]
	vec.MulScalar(dst, in[1], op.Rate)
	vec.Exp(dst, dst)
	k := op.Scale * op.Alpha * op.Rate
	for i, x := range in[1] {
		if x > 0 {
			dst[i] = g[i] * op.Scale
		} else {
			dst[i] = g[i] * (k * dst[i])
		}
	}
}

// ELU returns x where x > 0, else
//
//	y = alpha·(eˣ - 1)
//
// the exponential linear unit (Clevert, Unterthiner and Hochreiter 2015, arXiv
// 1511.07289). An alpha that is not positive is an error.
func ELU(x *Var, alpha float32) *Var { return apply1(elu{alpha, 1, 1}, x) }

// selu is an elu of fixed numbers.
type selu struct{ elu }

func (*selu) Name() string { return "SELU" }

// The numbers α and λ of SELU, for which mean 0 and variance 1 are a fixed point.
const (
	seluAlpha = 1.6732632423543772848170429916717
	seluScale = 1.0507009873554804934193349852946
)

// SELU returns
//
//	y = λ·x             where x > 0
//	y = λ·α·(eˣ - 1)    otherwise
//
// with α = 1.67326… and λ = 1.05070…, for which networks normalise themselves
// (Klambauer et al. 2017, arXiv 1706.02515).
func SELU(x *Var) *Var { return apply1(selu{elu{seluAlpha, seluScale, 1}}, x) }

// celu is an elu that is scaled along both axes.
type celu struct{ elu }

func (*celu) Name() string { return "CELU" }

// CELU returns x where x > 0, else
//
//	y = alpha·(e^(x/alpha) - 1)
//
// whose slope is continuous for every alpha (Barron 2017, arXiv 1704.07483). An
// alpha that is not positive is an error.
func CELU(x *Var, alpha float32) *Var { return apply1(celu{elu{alpha, 1, 1 / alpha}}, x) }
