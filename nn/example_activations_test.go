package nn_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Limits other than −1 and 1; those of 0 and 6 make it ReLU6.
func ExampleHardtanh() {
	x := tensor.New([]float32{-3, -0.5, 0.5, 3, 9}, 5)
	fmt.Println(applyLayer(&nn.Hardtanh{}, x).Data())
	fmt.Println(applyLayer(nn.NewHardtanh(0, 6), x).Data())
	// Output:
	// [-1 -0.5 0.5 1 1]
	// [0 0 0.5 3 6]
}

// What is not above the threshold, the threshold itself too, becomes a value.
func ExampleThreshold() {
	x := tensor.New([]float32{0, 1, 1.5, 2}, 4)
	fmt.Println(applyLayer(nn.NewThreshold(1, 0.5), x).Data())
	// Output: [0.5 0.5 1.5 2]
}

// Small values become 0, and the others stay as they are.
func ExampleHardshrink() {
	x := tensor.New([]float32{-3, -1, 0.5, 2}, 4)
	fmt.Printf("%.1f\n", applyLayer(nn.NewHardshrink(1), x).Data())
	// Output: [-3.0 0.0 0.0 2.0]
}

// Small values become 0, and the others come nearer to it.
func ExampleSoftshrink() {
	x := tensor.New([]float32{-3, -1, 0.5, 2}, 4)
	fmt.Printf("%.1f\n", applyLayer(nn.NewSoftshrink(1), x).Data())
	// Output: [-2.0 0.0 0.0 1.0]
}

// The greater beta is, the nearer it comes to ReLU.
func ExampleSoftplus() {
	x := tensor.New([]float32{-2, 0, 2}, 3)
	fmt.Printf("%.2f\n", applyLayer(&nn.Softplus{}, x).Data())
	fmt.Printf("%.2f\n", applyLayer(nn.NewSoftplus(5, 20), x).Data())
	// Output:
	// [0.13 0.69 2.13]
	// [0.00 0.14 2.00]
}

// It falls to −Alpha, and its slope at 0 is 1 whatever that is.
func ExampleCELU() {
	x := tensor.New([]float32{-9, -1, -0.01, 2}, 4)
	fmt.Printf("%.2f\n", applyLayer(&nn.CELU{}, x).Data())
	fmt.Printf("%.2f\n", applyLayer(nn.NewCELU(0.5), x).Data())
	// Output:
	// [-1.00 -0.63 -0.01 2.00]
	// [-0.50 -0.43 -0.01 2.00]
}

// While training, every element that is negative has a slope of its own, afterwards
// all have the mean.
func ExampleRReLU() {
	layer, x := nn.NewRReLU(0.1, 0.3), tensor.New([]float32{-1, -1, -1, 1}, 4)
	fmt.Printf("%.2f\n", layer.Forward(grad.NewTape(grad.Training, 1).Input(x)).Data().Data())
	fmt.Printf("%.2f\n", applyLayer(layer, x).Data())
	// Output:
	// [-0.26 -0.14 -0.22 1.00]
	// [-0.20 -0.20 -0.20 1.00]
}

// A probability too small for a float32 has a logarithm all the same.
func ExampleNewLogSoftmax() {
	x := tensor.New([]float32{0, 200}, 1, 2)
	fmt.Println(tensor.Log(applyLayer(nn.NewSoftmax(1), x)).At(0, 0))
	fmt.Println(applyLayer(nn.NewLogSoftmax(1), x).At(0, 0))
	// Output:
	// -Inf
	// -200
}

// What is near counts most.
func ExampleNewSoftmin() {
	distances := tensor.New([]float32{1, 2, 3}, 1, 3)
	fmt.Printf("%.2f\n", applyLayer(nn.NewSoftmin(1), distances).Data())
	// Output: [0.67 0.24 0.09]
}

// Of four channels two are left; the others say how much of them passes.
func ExampleNewGLU() {
	x := tensor.New([]float32{3, 5, 0, 100}, 1, 4, 1, 1)
	y := applyLayer(nn.NewGLU(1), x)
	fmt.Printf("%v %.1f\n", y.Shape(), y.Data())
	// Output: [1 2 1 1] [1.5 5.0]
}

// Dropout keeps the mean of its input, the one for SELU the variance too.
func ExampleAlphaDropout() {
	x := tensor.Normal(1, 0, 1, 100, 100)
	for _, layer := range []nn.Module{nn.NewDropout(0.5), nn.NewAlphaDropout(0.5)} {
		y := layer.Forward(grad.NewTape(grad.Training, 1).Input(x)).Data()
		fmt.Printf("%.1f\n", tensor.Var(y, 0).Item())
	}
	// Output:
	// 2.0
	// 1.0
}

// A table that was trained elsewhere; Init leaves it as it is.
func ExampleNewEmbedding() {
	layer := nn.NewEmbedding(3, 2)
	layer.Weight.Value = tensor.New([]float32{0, 1, 10, 11, 20, 21}, 3, 2)
	y := applyLayer(layer, tensor.New([]float32{2, 0, 2}, 1, 3))
	fmt.Println(y.Shape(), y.Data())
	// Output: [1 3 2] [20 21 0 1 20 21]
}

// A layer that lists its parameters itself.
func ExampleWeightNorm_Parameters() {
	for name, p := range nn.NewWeightNorm(nn.NewLinear(3, 2)).Parameters {
		fmt.Println(name, p.Shape())
	}
	// Output:
	// weight_v [2 3]
	// weight_g [2 1]
	// bias [2]
}
