package grad

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/loop"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// The operations of two inputs repeat them to a common shape as by
// [tensor.Broadcast]; their gradients are summed over the repeated axes. In the
// formulas, y is the result and g its gradient.

// add: da = g, db = g.
type add struct{ broadcast }

func (*add) Name() string    { return "Add" }
func (*add) Needs() Needs    { return Needs{} }
func (*add) Forward(c *Call) { mapOut(c, loop.Binary(vec.Add)) }
func (*add) Backward(c *Call) {
	passGrad(c, 0)
	passGrad(c, 1)
}

// passGrad adds the gradient of output 0 to that of input i.
func passGrad(c *Call, i int) {
	if dst, first := c.GradIn(i); dst != nil {
		sumGrad(dst, c.GradOut(0), first)
	}
}

// Add returns a + b, broadcast to a common shape.
func Add(a, b *Var) *Var { return apply2(add{}, a, b) }

// addInPlace is add whose result takes the place of its first input.
type addInPlace struct {
	add
	inPlace
}

func (op *addInPlace) Infer(in, out []tensor.Shape) error {
	err := op.add.Infer(in, out)
	if err == nil && !out[0].Equal(in[0]) {
		err = fmt.Errorf("the sum has shape %v, want that of the first input, %v", out[0], in[0])
	}
	return err
}

// Backward has nothing to do for the first input: its gradient is that of the sum.
func (*addInPlace) Backward(c *Call) { passGrad(c, 1) }

// AddInPlace returns a + b, which takes the place of a, as [ReLUInPlace] says; b is
// broadcast to the shape of a, and must not be another view of the same memory. It is what a residual connection needs, which nothing
// follows that would need a. Where no gradients are recorded it is Add.
func AddInPlace(a, b *Var) *Var {
	if a.tape.mode&Gradients == 0 {
		return Add(a, b)
	}
	return apply2(addInPlace{}, a, b)
}

// sub: da = g, db = -g.
type sub struct{ broadcast }

func (*sub) Name() string    { return "Sub" }
func (*sub) Needs() Needs    { return Needs{} }
func (*sub) Forward(c *Call) { mapOut(c, loop.Binary(vec.Sub)) }
func (*sub) Backward(c *Call) {
	passGrad(c, 0)
	mapGrad(c, 1, loop.Unary(vec.Neg))
}

// Sub returns a - b, broadcast to a common shape.
func Sub(a, b *Var) *Var { return apply2(sub{}, a, b) }

// mul: da = g·b, db = g·a.
type mul struct{ broadcast }

func (*mul) Name() string    { return "Mul" }
func (*mul) Needs() Needs    { return Needs{In: 0b11} }
func (*mul) Forward(c *Call) { mapOut(c, loop.Binary(vec.Mul)) }
func (*mul) Backward(c *Call) {
	mapGrad(c, 0, loop.Binary(vec.Mul), c.In(1))
	mapGrad(c, 1, loop.Binary(vec.Mul), c.In(0))
}

// Mul returns a · b, element by element, broadcast to a common shape.
func Mul(a, b *Var) *Var { return apply2(mul{}, a, b) }

// div: da = g/b, db = -g·y/b.
type div struct{ broadcast }

func (*div) Name() string    { return "Div" }
func (*div) Needs() Needs    { return Needs{In: 0b10, Out: 1} }
func (*div) Forward(c *Call) { mapOut(c, loop.Binary(vec.Div)) }
func (*div) Backward(c *Call) {
	mapGrad(c, 0, loop.Binary(vec.Div), c.In(1))
	mapGrad(c, 1, loop.Ternary(divGrad), c.In(1), c.Out(0))
}

func divGrad(dst, g, b, y []float32) {
	for i, d := range g {
		dst[i] = -d * y[i] / b[i]
	}
}

// Div returns a / b, broadcast to a common shape.
func Div(a, b *Var) *Var { return apply2(div{}, a, b) }

// maximum: da = g where a > b, g/2 where a = b, else 0; likewise db. Where
// either is NaN both gradients are g, as in PyTorch.
type maximum struct{ broadcast }

func (*maximum) Name() string    { return "Maximum" }
func (*maximum) Needs() Needs    { return Needs{In: 0b11} }
func (*maximum) Forward(c *Call) { mapOut(c, loop.Binary(vec.Max)) }
func (*maximum) Backward(c *Call) {
	mapGrad(c, 0, loop.Ternary(largerGrad), c.In(0), c.In(1))
	mapGrad(c, 1, loop.Ternary(largerGrad), c.In(1), c.In(0))
}

// largerGrad gives g to own where it is the larger.
func largerGrad(dst, g, own, other []float32) {
	for i, d := range g {
		switch {
		case own[i] < other[i]:
			d = 0
		case own[i] == other[i]:
			d /= 2
		}
		dst[i] = d
	}
}

// Maximum returns the larger of a and b, element by element, broadcast to a
// common shape; NaN if either is. Where the two are equal, each gets half of the
// gradient. [Max] reduces one input over axes.
func Maximum(a, b *Var) *Var { return apply2(maximum{}, a, b) }

// minimum is maximum with the order reversed.
type minimum struct{ broadcast }

func (*minimum) Name() string    { return "Minimum" }
func (*minimum) Needs() Needs    { return Needs{In: 0b11} }
func (*minimum) Forward(c *Call) { mapOut(c, loop.Binary(vec.Min)) }
func (*minimum) Backward(c *Call) {
	mapGrad(c, 0, loop.Ternary(smallerGrad), c.In(0), c.In(1))
	mapGrad(c, 1, loop.Ternary(smallerGrad), c.In(1), c.In(0))
}

func smallerGrad(dst, g, own, other []float32) { largerGrad(dst, g, other, own) }

// Minimum returns the smaller of a and b, element by element, broadcast to a
// common shape; NaN if either is. Where the two are equal, each gets half of the
// gradient. [Min] reduces one input over axes.
func Minimum(a, b *Var) *Var { return apply2(minimum{}, a, b) }

// addScalar: dx = g.
type addScalar struct {
	sameShape
	S float32
}

func (*addScalar) Name() string       { return "AddScalar" }
func (*addScalar) Needs() Needs       { return Needs{} }
func (op *addScalar) Forward(c *Call) { mapOut(c, op) }
func (*addScalar) Backward(c *Call)   { passGrad(c, 0) }

// Rows implements [loop.Kernel].
func (op *addScalar) Rows(dst []float32, in [][]float32) { vec.AddScalar(dst, in[0], op.S) }

// AddScalar returns x + s.
func AddScalar(x *Var, s float32) *Var { return apply1(addScalar{S: s}, x) }

// mulScalar: dx = s·g.
type mulScalar struct {
	sameShape
	S float32
}

func (*mulScalar) Name() string        { return "MulScalar" }
func (*mulScalar) Needs() Needs        { return Needs{} }
func (op *mulScalar) Forward(c *Call)  { mapOut(c, op) }
func (op *mulScalar) Backward(c *Call) { mapGrad(c, 0, op) }

// Rows implements [loop.Kernel].
func (op *mulScalar) Rows(dst []float32, in [][]float32) { vec.MulScalar(dst, in[0], op.S) }

// MulScalar returns s · x.
func MulScalar(x *Var, s float32) *Var { return apply1(mulScalar{S: s}, x) }

// pow: dx = g·p·xᵖ⁻¹, and 0 for p = 0.
type pow struct {
	sameShape
	Exponent float32
}

func (*pow) Name() string        { return "Pow" }
func (*pow) Needs() Needs        { return Needs{In: 1} }
func (op *pow) Forward(c *Call)  { mapOut(c, op) }
func (op *pow) Backward(c *Call) { mapGrad(c, 0, (*powGrad)(op), c.In(0)) }

// Rows implements [loop.Kernel].
func (op *pow) Rows(dst []float32, in [][]float32) {
	if op.Exponent == 2 {
		vec.Square(dst, in[0])
		return
	}
	for i, x := range in[0] {
		dst[i] = float32(math.Pow(float64(x), float64(op.Exponent)))
	}
}

// powGrad is the kernel of the gradient of pow.
type powGrad pow

// Rows implements [loop.Kernel].
func (op *powGrad) Rows(dst []float32, in [][]float32) {
	g, x, p := in[0], in[1], float64(op.Exponent)
	switch p {
	case 0:
		clear(dst)
	case 2:
		squareGrad(dst, g, x)
	default:
		for i, v := range x {
			dst[i] = g[i] * float32(p*math.Pow(float64(v), p-1))
		}
	}
}

// Pow returns x raised to a constant exponent, with the special cases of
// [math.Pow].
func Pow(x *Var, exponent float32) *Var { return apply1(pow{Exponent: exponent}, x) }

// neg: dx = -g.
type neg struct{ sameShape }

func (*neg) Name() string     { return "Neg" }
func (*neg) Needs() Needs     { return Needs{} }
func (*neg) Forward(c *Call)  { mapOut(c, loop.Unary(vec.Neg)) }
func (*neg) Backward(c *Call) { mapGrad(c, 0, loop.Unary(vec.Neg)) }

// Neg returns -x.
func Neg(x *Var) *Var { return apply1(neg{}, x) }

// square: dx = 2·x·g.
type square struct{ sameShape }

func (*square) Name() string     { return "Square" }
func (*square) Needs() Needs     { return Needs{In: 1} }
func (*square) Forward(c *Call)  { mapOut(c, loop.Unary(vec.Square)) }
func (*square) Backward(c *Call) { mapGrad(c, 0, loop.Binary(squareGrad), c.In(0)) }

// squareGrad doubles after the product, so that 2·x cannot overflow alone.
func squareGrad(dst, g, x []float32) {
	vec.Mul(dst, g, x)
	vec.MulScalar(dst, dst, 2)
}

// Square returns x².
func Square(x *Var) *Var { return apply1(square{}, x) }

// sqrt: dx = g/(2·y).
type sqrt struct{ sameShape }

func (*sqrt) Name() string     { return "Sqrt" }
func (*sqrt) Needs() Needs     { return Needs{Out: 1} }
func (*sqrt) Forward(c *Call)  { mapOut(c, loop.Unary(vec.Sqrt)) }
func (*sqrt) Backward(c *Call) { mapGrad(c, 0, loop.Binary(sqrtGrad), c.Out(0)) }

func sqrtGrad(dst, g, y []float32) {
	vec.Div(dst, g, y)
	vec.MulScalar(dst, dst, 0.5)
}

// Sqrt returns √x: NaN for x < 0. Its gradient is infinite at 0.
func Sqrt(x *Var) *Var { return apply1(sqrt{}, x) }

// abs: dx = g·sign(x), and 0 for x = 0.
type abs struct{ sameShape }

func (*abs) Name() string     { return "Abs" }
func (*abs) Needs() Needs     { return Needs{In: 1} }
func (*abs) Forward(c *Call)  { mapOut(c, loop.Unary(vec.Abs)) }
func (*abs) Backward(c *Call) { mapGrad(c, 0, loop.Binary(absGrad), c.In(0)) }

func absGrad(dst, g, x []float32) {
	for i, v := range x {
		switch {
		case v > 0:
			dst[i] = g[i]
		case v < 0:
			dst[i] = -g[i]
		default:
			dst[i] = v // a zero or NaN
		}
	}
}

// Abs returns |x|. Its gradient at 0 is 0.
func Abs(x *Var) *Var { return apply1(abs{}, x) }

// recip: dx = -g·y².
type recip struct{ sameShape }

func (*recip) Name() string     { return "Recip" }
func (*recip) Needs() Needs     { return Needs{Out: 1} }
func (*recip) Forward(c *Call)  { mapOut(c, loop.Unary(vec.Recip)) }
func (*recip) Backward(c *Call) { mapGrad(c, 0, loop.Binary(recipGrad), c.Out(0)) }

func recipGrad(dst, g, y []float32) {
	for i, v := range y {
		dst[i] = -g[i] * v * v
	}
}

// Recip returns 1/x.
func Recip(x *Var) *Var { return apply1(recip{}, x) }

// exp: dx = g·y.
type exp struct{ sameShape }

func (*exp) Name() string     { return "Exp" }
func (*exp) Needs() Needs     { return Needs{Out: 1} }
func (*exp) Forward(c *Call)  { mapOut(c, loop.Unary(vec.Exp)) }
func (*exp) Backward(c *Call) { mapGrad(c, 0, loop.Binary(vec.Mul), c.Out(0)) }

// Exp returns eˣ.
func Exp(x *Var) *Var { return apply1(exp{}, x) }

// log: dx = g/x.
type log struct{ sameShape }

func (*log) Name() string     { return "Log" }
func (*log) Needs() Needs     { return Needs{In: 1} }
func (*log) Forward(c *Call)  { mapOut(c, loop.Unary(vec.Log)) }
func (*log) Backward(c *Call) { mapGrad(c, 0, loop.Binary(vec.Div), c.In(0)) }

// Log returns ln x: -Inf for 0 and NaN for x < 0.
func Log(x *Var) *Var { return apply1(log{}, x) }

// copied: dx = g.
type copied struct{ sameShape }

func (*copied) Name() string     { return "Copy" }
func (*copied) Needs() Needs     { return Needs{} }
func (*copied) Forward(c *Call)  { c.Out(0).Copy(c.In(0)) }
func (*copied) Backward(c *Call) { passGrad(c, 0) }
