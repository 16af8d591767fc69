package grad_test

import (
	"errors"
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// inverse is 1/x for numbers that are not 0.
type inverse struct{}

func (*inverse) Name() string        { return "Inverse" }
func (*inverse) Needs() grad.Needs   { return grad.Needs{} }
func (*inverse) Backward(*grad.Call) {}

func (*inverse) Infer(in, out []tensor.Shape) error {
	out[0] = append(out[0][:0], in[0]...)
	return nil
}

func (*inverse) Forward(c *grad.Call) {
	y := c.Out(0).Data()
	for i, x := range c.InData(0) {
		if x == 0 && !c.Tracing() {
			c.Fail(errors.New("input is 0, want another number"))
		}
		y[i] = 1 / x
	}
}

// An operation that refuses zeros takes them where they stand for other numbers.
func ExampleCall_Tracing() {
	zero := tensor.Zeros(1)
	for _, mode := range []grad.Mode{grad.Evaluation, grad.Trace} {
		y := grad.Apply(inverse{}, grad.NewTape(mode, 1).Input(zero))
		fmt.Println(y.Err())
	}
	// Output:
	// grad: Inverse: input is 0, want another number
	// <nil>
}
