package grad_test

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// A straight line is fitted to four points by gradient descent.
func Example() {
	x := tensor.New([]float32{0, 1, 2, 3}, 4, 1)
	y := tensor.New([]float32{1, 3, 5, 7}, 4, 1) // y = 2x + 1

	weight := grad.NewParam(grad.Constant(0), 1, 1)
	bias := grad.NewParam(grad.Constant(0), 1)
	for _, p := range []*grad.Param{weight, bias} {
		if err := p.Init(1); err != nil {
			fmt.Println(err)
			return
		}
	}

	tape := grad.NewTape(grad.Training, 1)
	for range 200 {
		out := grad.Linear(tape.Input(x), tape.Use(weight), tape.Use(bias))
		loss := grad.Mean(grad.Square(grad.Sub(out, tape.Const(y))))
		if err := loss.Backward(); err != nil {
			fmt.Println(err)
			return
		}
		for p, g := range tape.Params {
			tensor.SubTo(p.Value, p.Value, tensor.MulScalar(g, 0.1))
		}
		tape.ZeroGrad()
		tape.Reset()
	}
	fmt.Printf("y = %.2f·x + %.2f\n", weight.Value.Item(), bias.Value.Item())
	// Output: y = 2.00·x + 1.00
}

// swish is y = x/(1 + e⁻ᵇˣ), with dy/dx = s + x·b·s·(1 - s), where s = 1/(1 + e⁻ᵇˣ).
type swish struct{ Beta float32 }

func (*swish) Name() string { return "Swish" }

// Needs names input 0, which Backward reads.
func (*swish) Needs() grad.Needs { return grad.Needs{In: 1} }

func (*swish) Infer(in, out []tensor.Shape) error {
	out[0] = append(out[0][:0], in[0]...)
	return nil
}

func (op *swish) Forward(c *grad.Call) {
	y := c.Out(0).Data()
	for i, x := range c.InData(0) {
		y[i] = x * op.gate(x)
	}
}

func (op *swish) Backward(c *grad.Call) {
	dx, add := c.BeginGrad(0)
	if dx == nil {
		return
	}
	dy := c.GradOutData(0)
	for i, x := range c.InData(0) {
		s := op.gate(x)
		d := dy[i] * (s + x*op.Beta*s*(1-s))
		if add {
			d += dx[i]
		}
		dx[i] = d
	}
	c.EndGrad(0)
}

func (op *swish) gate(x float32) float32 {
	return float32(1 / (1 + math.Exp(-float64(op.Beta*x))))
}

// Swish is an operation defined outside of package grad.
func Swish(x *grad.Var, beta float32) *grad.Var { return grad.Apply(swish{Beta: beta}, x) }

func ExampleApply() {
	tape := grad.NewTape(grad.Gradients, 1)
	x := tape.Input(tensor.New([]float32{-1, 0, 2}, 3)).RequireGrad()
	y := Swish(x, 1)
	if err := grad.Sum(y).Backward(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4f\n", y.Data().Data())
	fmt.Printf("%.4f\n", x.Grad().Data())
	// Output:
	// [-0.2689 0.0000 1.7616]
	// [0.0723 0.5000 1.0908]
}

// The gradient with respect to an input says how each of its elements would
// change the result.
func ExampleVar_RequireGrad() {
	tape := grad.NewTape(grad.Gradients, 1)
	x := tape.Input(tensor.New([]float32{3, 4}, 2)).RequireGrad()
	norm := grad.Sqrt(grad.Sum(grad.Square(x)))
	if err := norm.Backward(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(norm.Data().Item(), x.Grad().Data())
	// Output: 5 [0.6 0.8]
}

// Through a detached Var no gradient flows: below, the factor counts as a
// constant.
func ExampleVar_Detach() {
	tape := grad.NewTape(grad.Gradients, 1)
	x := tape.Input(tensor.New([]float32{3}, 1)).RequireGrad()
	y := grad.Mul(x, x.Detach())
	if err := y.Backward(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(y.Data().Item(), x.Grad().Item())
	// Output: 9 3
}

func ExampleError() {
	tape := grad.NewTape(grad.Gradients, 1)
	a := tape.Input(tensor.Zeros(2, 3))
	b := tape.Input(tensor.Zeros(4))
	c := grad.ReLU(grad.Add(a, b)) // ReLU does nothing
	fmt.Println(c.Err())
	// Output: grad: Add: shapes [2 3] and [4] do not broadcast: axis -1 has sizes 3 and 4
}
