package grad_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func ExampleTuple() {
	tape := grad.NewTape(grad.Evaluation, 1)
	picture, row := tape.Input(tensor.Ones(1, 3, 4, 4)), tape.Input(tensor.Ones(1, 5))
	x := grad.Tuple(picture, row)
	fmt.Println(x.Parts(), x.Part(0).Shape(), x.Part(1).Shape())
	fmt.Println(grad.ReLU(x).Err())
	// Output:
	// 2 [1 3 4 4] [1 5]
	// grad: ReLU: input 0 is a tuple of 2 variables, want one; Part takes it apart
}

// A function of two variables in the form that layers have.
func ExampleVar_Part() {
	distance := func(x *grad.Var) *grad.Var {
		return grad.Sqrt(grad.Sum(grad.Square(grad.Sub(x.Part(0), x.Part(1)))))
	}
	tape := grad.NewTape(grad.Evaluation, 1)
	a, b := tape.Input(tensor.New([]float32{1, 2}, 2)), tape.Input(tensor.New([]float32{4, 6}, 2))
	fmt.Println(distance(grad.Tuple(a, b)).Data().Item())
	fmt.Println(distance(a).Err())
	// Output:
	// 5
	// grad: Part: no part 1, have 1
}
