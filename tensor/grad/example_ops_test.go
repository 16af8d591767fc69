package grad_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// slopes prints f(x) and its derivatives.
func slopes(name string, x []float32, f func(x *grad.Var) *grad.Var) {
	tape := grad.NewTape(grad.Gradients, 1)
	v := tape.Input(tensor.New(x, len(x))).RequireGrad()
	y := f(v)
	if err := y.BackwardFrom(nil); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%-11s %.3f %.3f\n", name, y.Data().Data(), v.Grad().Data())
}

// Functions of one variable, element by element, and their derivatives.
func ExampleExp() {
	for _, f := range []struct {
		name  string
		apply func(*grad.Var) *grad.Var
	}{
		{"Abs", grad.Abs}, {"Neg", grad.Neg}, {"Exp", grad.Exp}, {"Log", grad.Log}, {"Recip", grad.Recip}, {"Sigmoid", grad.Sigmoid},
		{"Tanh", grad.Tanh}, {"AddScalar", func(x *grad.Var) *grad.Var { return grad.AddScalar(x, 1) }},
		{"MulScalar", func(x *grad.Var) *grad.Var { return grad.MulScalar(x, 3) }},
		{"Pow", func(x *grad.Var) *grad.Var { return grad.Pow(x, 3) }},
		{"Clamp", func(x *grad.Var) *grad.Var { return grad.Clamp(x, 0, 1) }},
	} {
		slopes(f.name, []float32{0.5, 2}, f.apply)
	}
	// Output:
	// Abs         [0.500 2.000] [1.000 1.000]
	// Neg         [-0.500 -2.000] [-1.000 -1.000]
	// Exp         [1.649 7.389] [1.649 7.389]
	// Log         [-0.693 0.693] [2.000 0.500]
	// Recip       [2.000 0.500] [-4.000 -0.250]
	// Sigmoid     [0.622 0.881] [0.235 0.105]
	// Tanh        [0.462 0.964] [0.786 0.071]
	// AddScalar   [1.500 3.000] [1.000 1.000]
	// MulScalar   [1.500 6.000] [3.000 3.000]
	// Pow         [0.125 8.000] [0.750 12.000]
	// Clamp       [0.500 1.000] [1.000 0.000]
}

// The activations, on both sides of 0.
func ExampleGELU() {
	for _, f := range []struct {
		name  string
		apply func(*grad.Var) *grad.Var
	}{
		{"GELU", grad.GELU}, {"GELUTanh", grad.GELUTanh}, {"SELU", grad.SELU}, {"ReLU6", grad.ReLU6}, {"Hardsigmoid", grad.Hardsigmoid},
		{"Hardswish", grad.Hardswish}, {"LogSigmoid", grad.LogSigmoid}, {"Tanhshrink", grad.Tanhshrink},
	} {
		slopes(f.name, []float32{-1, 2}, f.apply)
	}
	// Output:
	// GELU        [-0.159 1.954] [-0.083 1.085]
	// GELUTanh    [-0.159 1.955] [-0.083 1.086]
	// SELU        [-1.111 2.101] [0.647 1.051]
	// ReLU6       [0.000 2.000] [0.000 1.000]
	// Hardsigmoid [0.333 0.833] [0.167 0.167]
	// Hardswish   [-0.333 1.667] [0.167 1.167]
	// LogSigmoid  [-1.313 -0.127] [0.731 0.119]
	// Tanhshrink  [-0.238 1.036] [0.580 0.929]
}

// Activations with settings, which here are the defaults of PyTorch's modules.
func ExampleLeakyReLU() {
	for _, f := range []struct {
		name  string
		apply func(x *grad.Var) *grad.Var
	}{
		{"LeakyReLU", func(x *grad.Var) *grad.Var { return grad.LeakyReLU(x, 0.01) }},
		{"RReLU", func(x *grad.Var) *grad.Var { return grad.RReLU(x, 1./8, 1./3) }}, // the mean slope, without training
		{"ELU", func(x *grad.Var) *grad.Var { return grad.ELU(x, 1) }},
		{"CELU", func(x *grad.Var) *grad.Var { return grad.CELU(x, 1) }},
		{"Softplus", func(x *grad.Var) *grad.Var { return grad.Softplus(x, 1, 20) }},
		{"Hardtanh", func(x *grad.Var) *grad.Var { return grad.Hardtanh(x, -1, 1) }},
		{"Hardshrink", func(x *grad.Var) *grad.Var { return grad.Hardshrink(x, 0.5) }},
		{"Softshrink", func(x *grad.Var) *grad.Var { return grad.Softshrink(x, 0.5) }},
		{"Threshold", func(x *grad.Var) *grad.Var { return grad.Threshold(x, 0.1, 20) }},
	} {
		slopes(f.name, []float32{-2, 2}, f.apply)
	}
	// Output:
	// LeakyReLU   [-0.020 2.000] [0.010 1.000]
	// RReLU       [-0.458 2.000] [0.229 1.000]
	// ELU         [-0.865 2.000] [0.135 1.000]
	// CELU        [-0.865 2.000] [0.135 1.000]
	// Softplus    [0.127 2.127] [0.119 0.881]
	// Hardtanh    [-1.000 1.000] [0.000 0.000]
	// Hardshrink  [-2.000 2.000] [1.000 1.000]
	// Softshrink  [-1.500 1.500] [1.000 1.000]
	// Threshold   [20.000 2.000] [0.000 1.000]
}

// The slope for negative values is learned, one for each channel.
func ExamplePReLU() {
	tape := grad.NewTape(grad.Gradients, 1)
	x := tape.Input(tensor.New([]float32{-1, -1, 4, -2}, 2, 2))
	w := tape.Input(tensor.New([]float32{0.25, 0.5}, 2)).RequireGrad()
	y := grad.PReLU(x, w)
	if err := grad.Sum(y).Backward(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(y.Data().Data(), w.Grad().Data())
	// Output: [-0.25 -0.5 4 -1] [-1 -3]
}

// Operations on two variables, which broadcast; at ties each side gets half.
func ExampleMaximum() {
	for _, f := range []struct {
		name  string
		apply func(a, b *grad.Var) *grad.Var
	}{{"Div", grad.Div}, {"Maximum", grad.Maximum}, {"Minimum", grad.Minimum}} {
		tape := grad.NewTape(grad.Gradients, 1)
		a, b := tape.Input(tensor.New([]float32{1, 2, 8}, 3)).RequireGrad(), tape.Input(tensor.Scalar[float32](2)).RequireGrad()
		y := f.apply(a, b)
		if err := grad.Sum(y).Backward(); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(f.name, y.Data(), a.Grad(), b.Grad().Item())
	}
	// Output:
	// Div [0.5 1.  4. ] [0.5 0.5 0.5] -2.75
	// Maximum [2. 2. 8.] [0.  0.5 1. ] 1.5
	// Minimum [1. 2. 2.] [1.  0.5 0. ] 1.5
}

func ExampleWhere() {
	tape := grad.NewTape(grad.Gradients, 1)
	x := tape.Input(tensor.New([]float32{-2, 3}, 2)).RequireGrad()
	positive := tensor.Gt(x.Data(), tensor.Scalar[float32](0))
	if err := grad.Sum(grad.Where(positive, grad.Square(x), x)).Backward(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(x.Grad())
	// Output: [1. 6.]
}

// The gradient of a product is a product with the other factor, transposed.
func ExampleMatMul() {
	tape := grad.NewTape(grad.Gradients, 1)
	a := tape.Input(tensor.New([]float32{1, 2, 3, 4}, 2, 2)).RequireGrad()
	b := tape.Input(tensor.New([]float32{5, 6}, 2, 1)).RequireGrad()
	if err := grad.Sum(grad.MatMul(a, b)).Backward(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Grad().Data(), b.Grad().Data())
	// Output: [5 6 5 6] [4 6]
}

// Reductions and normalisations along an axis.
func ExampleSoftmax() {
	tape := grad.NewTape(grad.Evaluation, 1)
	x := tape.Input(tensor.New([]float32{1, 2, 3, 1000, 1000, 1000}, 2, 3)) // large numbers do no harm
	fmt.Printf("%.3f\n", grad.Softmax(x, -1).Data().Data())
	fmt.Printf("%.3f\n", grad.LogSoftmax(x, -1).Data().Data())
	fmt.Printf("%.3f\n", grad.Softmin(x, -1).Data().Data())
	fmt.Printf("%.3f\n", grad.LogSumExp(x, -1).Data().Data())
	fmt.Println(grad.Max(x, 0).Data(), grad.Min(x, 1).Data(), grad.Mean(x, 1).Data())
	// Output:
	// [0.090 0.245 0.665 0.333 0.333 0.333]
	// [-2.408 -1.408 -0.408 -1.099 -1.099 -1.099]
	// [0.665 0.245 0.090 0.333 0.333 0.333]
	// [3.408 1001.099]
	// [1000. 1000. 1000.] [   1. 1000.] [   2. 1000.]
}

// Changing the shape, and picking parts.
func ExampleReshape() {
	tape := grad.NewTape(grad.Evaluation, 1)
	x := tape.Input(tensor.Arange(0, 6, 1).Reshape(2, 3))
	fmt.Println(grad.Reshape(x, 3, -1).Shape(), grad.Flatten(x, 0).Shape(), grad.Transpose(x, 0, 1).Shape(), grad.Permute(x, 1, 0).Shape())
	fmt.Println(grad.Unsqueeze(x, 1).Shape(), grad.Squeeze(grad.Slice(x, 0, 1, 2), 0).Data(), grad.Index(x, 1, 2).Data())
	fmt.Println(grad.Expand(grad.Index(x, 0, 0), 2, 3).Data().Data())
	for _, part := range grad.Split(x, 1, 1, 2) {
		fmt.Println(part.Data().Clone().Data())
	}
	// Output:
	// [3 2] [6] [3 2] [3 2]
	// [2 1 3] [3. 4. 5.] [2. 5.]
	// [0 1 2 0 1 2]
	// [0 3]
	// [1 2 4 5]
}

func ExampleConcat() {
	tape := grad.NewTape(grad.Gradients, 1)
	a, b := tape.Input(tensor.Ones(2)).RequireGrad(), tape.Input(tensor.Zeros(2)).RequireGrad()
	both := grad.Concat(0, a, b)
	fmt.Println(both.Data(), grad.Stack(0, a, b).Shape(), grad.Pad(a, 7, [2]int{1, 0}).Data())
	if err := both.BackwardFrom(tensor.Arange(0, 4, 1)); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Grad(), b.Grad())
	// Output:
	// [1. 1. 0. 0.] [2 2] [7. 1. 1.]
	// [0. 1.] [2. 3.]
}

// The probability of the true class of each row, and rows by number: what is
// picked twice gets two gradients.
func ExampleGather() {
	tape := grad.NewTape(grad.Gradients, 1)
	p := tape.Input(tensor.New([]float32{0.7, 0.2, 0.1, 0.3, 0.3, 0.4}, 2, 3)).RequireGrad()
	fmt.Println(grad.Gather(p, 1, tensor.New([]int{0, 2}, 2, 1)).Data().Data())
	if err := grad.Sum(grad.Take(p, 0, tensor.New([]int{1, 1}, 2))).Backward(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Grad().Data())
	// Output:
	// [0.7 0.4]
	// [0 0 0 2 2 2]
}

// Dropout, of elements, of channels, and for networks of SELU. Seed and step say
// what is dropped.
func ExampleDropout() {
	tape := grad.NewTape(grad.Training, 3)
	tape.SetStep(100) // as when training is resumed
	x := tape.Input(tensor.Ones(1, 4, 2))
	fmt.Println(grad.Dropout(x, 0.5).Data().Data())
	fmt.Println(grad.SpatialDropout(x, 0.5).Data().Data())
	fmt.Printf("%.2f\n", grad.AlphaDropout(x, 0.5).Data().Data())
	tape.Reset()
	fmt.Println(tape.Step(), tape.Mode() == grad.Training)
	// Output:
	// [0 2 0 2 0 0 0 2]
	// [0 0 0 0 0 0 2 2]
	// [-0.78 1.67 1.67 1.67 1.67 1.67 1.67 -0.78]
	// 101 true
}

func ExampleReLUInPlace() {
	tape := grad.NewTape(grad.Training, 1)
	x := tape.Input(tensor.New([]float32{-2, 3}, 2)).RequireGrad()
	h := grad.AddScalar(x, 1)
	y := grad.ReLUInPlace(h)
	fmt.Println(y.Data(), h.Data())
	fmt.Println(grad.Add(y, h).Err())
	// Output:
	// [0. 4.] [0. 4.]
	// grad: Add: input 1 is gone: an operation in place has overwritten it
}

// A residual connection: the sum takes the place of what the layers have made.
func ExampleAddInPlace() {
	tape := grad.NewTape(grad.Training, 1)
	x := tape.Input(tensor.New([]float32{-2, 3}, 2)).RequireGrad()
	y := grad.ReLUInPlace(grad.AddInPlace(grad.MulScalar(x, 2), x))
	fmt.Println(grad.Sum(y).Backward(), y.Data(), x.Grad())
	// Output:
	// <nil> [0. 9.] [0. 3.]
}
