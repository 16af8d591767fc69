package conv_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// The element in the middle belongs to both halves.
func ExampleAdaptiveAvgPool1D() {
	x := tensor.New([]float32{1, 3, 5, 7, 9}, 1, 1, 5)
	fmt.Println(conv.AdaptiveAvgPool1D(2).Forward(grad.NewTape(grad.Evaluation, 1).Input(x)).Data().Data())
	// Output: [3 7]
}

// The largest element of the upper two rows, and that of the lower two.
func ExampleAdaptiveMaxPool2D() {
	x := tensor.Arange(0, 9, 1).Reshape(1, 1, 3, 3)
	fmt.Println(conv.AdaptiveMaxPool2D(2, 1).Forward(grad.NewTape(grad.Evaluation, 1).Input(x)).Data().Data())
	// Output: [5 8]
}
