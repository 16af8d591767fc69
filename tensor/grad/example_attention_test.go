package grad_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// The second sequence has two keys, what follows them is padding.
func ExampleScaledDotProduct() {
	tape := grad.NewTape(grad.Evaluation, 0)
	x := tape.Input(tensor.New([]float32{0, 1, 2, 0, 1, 9}, 2, 3, 1))
	y, weights := grad.ScaledDotProduct(x, x, x, grad.Attention{
		KeyLengths: tape.Input(tensor.New([]float32{3, 2}, 2)),
		Weights:    true,
	})
	fmt.Printf("%.2f\n", y.Data().Data())
	for i := range 3 {
		fmt.Printf("%.2f\n", weights.Data().Index(0, 1).Index(0, 0).Index(0, i).Clone().Data())
	}
	// Output:
	// [1.00 1.58 1.85 0.50 0.73 1.00]
	// [0.50 0.50 0.00]
	// [0.27 0.73 0.00]
	// [0.00 1.00 0.00]
}

// No step looks ahead.
func ExampleAdditiveAttention() {
	tape := grad.NewTape(grad.Evaluation, 0)
	x := tape.Input(tensor.New([]float32{0, 1, 2}, 1, 3, 1))
	y, _ := grad.AdditiveAttention(x, x, x, tape.Input(tensor.Ones(1)), grad.Attention{Causal: true})
	fmt.Printf("%.2f\n", y.Data().Data())
	// Output: [0.00 0.55 1.01]
}

func ExampleClearPadding() {
	tape := grad.NewTape(grad.Evaluation, 0)
	x := tape.Input(tensor.New([]float32{1, 2, 3, 4, 5, 6}, 2, 3))
	fmt.Println(grad.ClearPadding(x, tape.Input(tensor.New([]float32{1, 3}, 2))).Data().Data())
	// Output: [1 0 0 4 5 6]
}
