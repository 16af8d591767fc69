package grad

import (
	"math"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// The activations of this file are smooth, and finite wherever x is.

// silu: dx = g·s·(1 + x·(1 - s)), where s = 1/(1 + e⁻ˣ).
type silu struct{ sameShape }

func (*silu) Name() string     { return "SiLU" }
func (*silu) Needs() Needs     { return Needs{In: 1} }
func (*silu) Forward(c *Call)  { mapOut(c, loop.Unary(siluRow)) }
func (*silu) Backward(c *Call) { mapGrad(c, 0, loop.Binary(siluGrad), c.In(0)) }

func siluRow(dst, x []float32) {
	vec.Sigmoid(dst, x)
	vec.Mul(dst, dst, x)
}

func siluGrad(dst, g, x []float32) {
	vec.Sigmoid(dst, x)
	for i, s := range dst {
		dst[i] = g[i] * (s * (1 + x[i]*(1-s)))
	}
}

// SiLU returns x/(1 + e⁻ˣ), the sigmoid linear unit, also called swish
// (Hendrycks and Gimpel 2016, arXiv 1606.08415).
func SiLU(x *Var) *Var { return apply1(silu{}, x) }

// geluTanh: dx = g·(s + x·s·(1 - s)·du/dx), where s = 1/(1 + e⁻ᵘ) and u is that of
// geluArgument.
type geluTanh struct{ sameShape }

func (*geluTanh) Name() string     { return "GELUTanh" }
func (*geluTanh) Needs() Needs     { return Needs{In: 1} }
func (*geluTanh) Forward(c *Call)  { mapOut(c, loop.Unary(geluTanhRow)) }
func (*geluTanh) Backward(c *Call) { mapGrad(c, 0, loop.Binary(geluTanhGrad), c.In(0)) }

// The numbers of the approximation: 2·√(2/π) and the weight of the cube.
const (
	geluRate = 2 * math.Sqrt2 / math.SqrtPi
	geluCube = 0.044715
)

// geluArgument computes u = 2·√(2/π)·(x + 0.044715·x³). That (1 + tanh(u/2))/2 =
// 1/(1 + e⁻ᵘ) keeps the digits for negative x.
func geluArgument(dst, x []float32) {
	for i, v := range x {
		dst[i] = geluRate * v * (1 + geluCube*v*v)
	}
}

func geluTanhRow(dst, x []float32) {
	geluArgument(dst, x)
	vec.Sigmoid(dst, dst)
	vec.Mul(dst, dst, x)
}

func geluTanhGrad(dst, g, x []float32) {
	geluArgument(dst, x)
	vec.Sigmoid(dst, dst)
	for i, s := range dst {
		v := x[i]
		dst[i] = g[i] * (s + v*(s*(1-s))*(geluRate*(1+3*geluCube*v*v)))
	}
}

// GELUTanh returns
//
//	y = x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))/2
//
// the approximation of [GELU] that GPT-2 and others were trained with (Hendrycks
// and Gimpel 2016, arXiv 1606.08415); PyTorch's GELU with approximate='tanh'.
func GELUTanh(x *Var) *Var { return apply1(geluTanh{}, x) }

// mish: y = x·n/(n + 2), where e = eˣ and n = e·(e + 2), since tanh ln(1+e) is
// n/(n + 2); dx = g·(n/(n + 2) + 4·x·e·(1 + e)/(n + 2)²).
type mish struct{ sameShape }

func (*mish) Name() string     { return "Mish" }
func (*mish) Needs() Needs     { return Needs{In: 1} }
func (*mish) Forward(c *Call)  { mapOut(c, loop.Unary(mishRow)) }
func (*mish) Backward(c *Call) { mapGrad(c, 0, loop.Binary(mishGrad), c.In(0)) }

// mishExp computes eˣ for x ≤ 20; from there on n/(n + 2) rounds to 1, and n does
// not overflow yet.
func mishExp(dst, x []float32) {
	vec.MinScalar(dst, x, 20)
	vec.Exp(dst, dst)
}

func mishRow(dst, x []float32) {
	mishExp(dst, x)
	for i, e := range dst {
		n := e * (e + 2)
		dst[i] = x[i] * (n / (n + 2))
	}
}

func mishGrad(dst, g, x []float32) {
	mishExp(dst, x)
	for i, e := range dst {
		n := e * (e + 2)
		r := 1 / (n + 2)
		dst[i] = g[i] * (n*r + 4*x[i]*(e*r)*((1+e)*r))
	}
}

// Mish returns x·tanh(ln(1 + eˣ)) (Misra 2019, arXiv 1908.08681).
func Mish(x *Var) *Var { return apply1(mish{}, x) }

// softplus: dx = g/(1 + e^(-Beta·x)), or g where Beta·x > Threshold.
type softplus struct{ Beta, Threshold float32 }

func (*softplus) Name() string { return "Softplus" }
func (*softplus) Needs() Needs { return Needs{In: 1} }

func (op *softplus) Infer(in, out []tensor.Shape) error {
	if err := positive("beta", op.Beta); err != nil {
		return err
	}
	return sameShape{}.Infer(in, out)
}

func (op *softplus) Forward(c *Call)  { mapOut(c, op) }
func (op *softplus) Backward(c *Call) { mapGrad(c, 0, (*softplusGrad)(op), c.In(0)) }

// Rows implements [loop.Kernel].
func (op *softplus) Rows(dst []float32, in [][]float32) {
	vec.MulScalar(dst, in[0], op.Beta)
	softplusRow(dst, dst)
	for i, y := range dst {
		if x := in[0][i]; x*op.Beta > op.Threshold {
			dst[i] = x
		} else {
			dst[i] = y / op.Beta
		}
	}
}

// softplusRow computes ln(1 + eˣ) = max(x, 0) + ln(1 + e^-|x|), which does not
// overflow and keeps its digits where it is close to 0.
func softplusRow(dst, x []float32) {
	for i, v := range x {
		v := float64(v)
		dst[i] = float32(max(v, 0) + math.Log1p(math.Exp(-math.Abs(v))))
	}
}

// softplusGrad is the kernel of the gradient of softplus.
type softplusGrad softplus

// Rows implements [loop.Kernel].
func (op *softplusGrad) Rows(dst []float32, in [][]float32) {
	vec.MulScalar(dst, in[1], op.Beta)
	vec.Sigmoid(dst, dst)
	for i, s := range dst {
		if in[1][i]*op.Beta > op.Threshold {
			s = 1
		}
		dst[i] = in[0][i] * s
	}
}

// Softplus returns
//
//	y = ln(1 + e^(beta·x))/beta
//
// or x where beta·x > threshold. A beta that is not positive is an error.
func Softplus(x *Var, beta, threshold float32) *Var { return apply1(softplus{beta, threshold}, x) }

// logSigmoid: dx = g/(1 + eˣ).
type logSigmoid struct{ sameShape }

func (*logSigmoid) Name() string     { return "LogSigmoid" }
func (*logSigmoid) Needs() Needs     { return Needs{In: 1} }
func (*logSigmoid) Forward(c *Call)  { mapOut(c, loop.Unary(logSigmoidRow)) }
func (*logSigmoid) Backward(c *Call) { mapGrad(c, 0, loop.Binary(logSigmoidGrad), c.In(0)) }

func logSigmoidRow(dst, x []float32) {
	vec.Neg(dst, x)
	softplusRow(dst, dst)
	vec.Neg(dst, dst)
}

func logSigmoidGrad(dst, g, x []float32) {
	vec.Neg(dst, x)
	vec.Sigmoid(dst, dst)
	vec.Mul(dst, dst, g)
}

// LogSigmoid returns -ln(1 + e⁻ˣ), the logarithm of [Sigmoid], accurate where
// that is close to 0 or 1.
func LogSigmoid(x *Var) *Var { return apply1(logSigmoid{}, x) }

// softsign: dx = g/(1 + |x|)².
type softsign struct{ sameShape }

func (*softsign) Name() string     { return "Softsign" }
func (*softsign) Needs() Needs     { return Needs{In: 1} }
func (*softsign) Forward(c *Call)  { mapOut(c, loop.Unary(softsignRow)) }
func (*softsign) Backward(c *Call) { mapGrad(c, 0, loop.Binary(softsignGrad), c.In(0)) }

func softsignRow(dst, x []float32) {
	vec.Abs(dst, x)
	vec.AddScalar(dst, dst, 1)
	vec.Div(dst, x, dst)
}

func softsignGrad(dst, g, x []float32) {
	vec.Abs(dst, x)
	vec.AddScalar(dst, dst, 1)
	vec.Square(dst, dst)
	vec.Div(dst, g, dst)
}

// Softsign returns x/(1 + |x|).
func Softsign(x *Var) *Var { return apply1(softsign{}, x) }
