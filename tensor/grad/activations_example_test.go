package grad_test

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Activations and their slopes.
func ExampleSiLU() {
	tape := grad.NewTape(grad.Gradients, 1)
	for _, f := range []func(*grad.Var) *grad.Var{grad.SiLU, grad.Mish, grad.Softsign} {
		x := tape.Input(tensor.New([]float32{-2, 0, 2}, 3)).RequireGrad()
		y := f(x)
		if err := grad.Sum(y).Backward(); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%.3f %.3f\n", y.Data().Data(), x.Grad().Data())
	}
	// Output:
	// [-0.238 0.000 1.762] [-0.091 0.500 1.091]
	// [-0.253 0.000 1.944] [-0.108 0.600 1.069]
	// [-0.667 0.000 0.667] [0.111 1.000 0.111]
}

// Half of the channels decide how much of the other half passes.
func ExampleGLU() {
	tape := grad.NewTape(grad.Evaluation, 1)
	y := grad.GLU(tape.Input(tensor.New([]float32{3, 5, -100, 100}, 1, 4)), 1)
	fmt.Printf("%.2f\n", y.Data().Data())
	// Output: [0.00 5.00]
}

func ExampleEmbedding() {
	tape := grad.NewTape(grad.Evaluation, 1)
	table := tape.Input(tensor.New([]float32{0, 0, 1, 10, 2, 20}, 3, 2))
	fmt.Println(grad.Embedding(tape.Input(tensor.New([]float32{2, 1}, 2)), table, -1).Data().Data())
	fmt.Println(grad.Embedding(tape.Input(tensor.New([]float32{0, 2.5}, 2)), table, -1).Err())
	// Output:
	// [2 20 1 10]
	// grad: Embedding: id 2.5 at position [1], want a whole number from 0 to 2
}

// Two sequences of three steps and the classes blank, 1 and 2: both labels fit into
// three steps, and one label twice only with the blank between.
func ExampleCTC() {
	tape := grad.NewTape(grad.Gradients, 1)
	x := tape.Input(tensor.Zeros(2, 3, 3)).RequireGrad() // all classes are equally likely
	y := grad.CTC(x, nil, tensor.New([]int{1, 2, 1, 1}, 2, 2), 0)
	if err := y.BackwardFrom(nil); err != nil {
		fmt.Println(err)
		return
	}
	for i, l := range y.Data().Data() {
		fmt.Printf("%.0f of 27 paths\n", 27*math.Exp(-float64(l)))
		fmt.Printf("%.2f\n", x.Grad().Index(0, i).Data())
	}
	// Output:
	// 5 of 27 paths
	// [0.13 -0.47 0.33 0.13 -0.07 -0.07 0.13 0.33 -0.47]
	// 1 of 27 paths
	// [0.33 -0.67 0.33 -0.67 0.33 0.33 0.33 -0.67 0.33]
}
