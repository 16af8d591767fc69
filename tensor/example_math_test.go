package tensor_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// Functions of one tensor, element by element, and their forms that end in To,
// which write where they are told, in place if that is the argument.
func ExampleExp() {
	x := tensor.New([]float32{-1, 0.5, 2}, 3)
	dst := tensor.Zeros(3)
	for _, f := range []struct {
		name string
		new  func(x *tensor.Tensor) *tensor.Tensor
		to   func(dst, x *tensor.Tensor) *tensor.Tensor
	}{
		{"Abs", tensor.Abs, tensor.AbsTo}, {"Neg", tensor.Neg, tensor.NegTo}, {"Square", tensor.Square, tensor.SquareTo},
		{"Recip", tensor.Recip, tensor.RecipTo}, {"Sqrt", tensor.Sqrt, tensor.SqrtTo}, {"Exp", tensor.Exp, tensor.ExpTo},
		{"Log", tensor.Log, tensor.LogTo}, {"Tanh", tensor.Tanh, tensor.TanhTo}, {"Sigmoid", tensor.Sigmoid, tensor.SigmoidTo},
		{"Erf", tensor.Erf, tensor.ErfTo},
	} {
		f.to(dst, x)
		fmt.Printf("%-8s%.3f %.3f\n", f.name, f.new(x).Data(), dst.Data())
	}
	// Output:
	// Abs     [1.000 0.500 2.000] [1.000 0.500 2.000]
	// Neg     [1.000 -0.500 -2.000] [1.000 -0.500 -2.000]
	// Square  [1.000 0.250 4.000] [1.000 0.250 4.000]
	// Recip   [-1.000 2.000 0.500] [-1.000 2.000 0.500]
	// Sqrt    [NaN 0.707 1.414] [NaN 0.707 1.414]
	// Exp     [0.368 1.649 7.389] [0.368 1.649 7.389]
	// Log     [NaN -0.693 0.693] [NaN -0.693 0.693]
	// Tanh    [-0.762 0.462 0.964] [-0.762 0.462 0.964]
	// Sigmoid [0.269 0.622 0.881] [0.269 0.622 0.881]
	// Erf     [-0.843 0.520 0.995] [-0.843 0.520 0.995]
}

// Functions of two tensors, which broadcast. AddTo and its kin may write to an
// operand.
func ExampleAddTo() {
	a, b := tensor.New([]float32{1, 2, 3}, 3), tensor.Scalar[float32](2)
	dst := tensor.Zeros(3)
	for _, f := range []struct {
		name string
		new  func(a, b *tensor.Tensor) *tensor.Tensor
		to   func(dst, a, b *tensor.Tensor) *tensor.Tensor
	}{
		{"Add", tensor.Add, tensor.AddTo}, {"Sub", tensor.Sub, tensor.SubTo}, {"Mul", tensor.Mul, tensor.MulTo},
		{"Div", tensor.Div, tensor.DivTo}, {"Pow", tensor.Pow, tensor.PowTo}, {"Maximum", tensor.Maximum, tensor.MaximumTo},
		{"Minimum", tensor.Minimum, tensor.MinimumTo},
	} {
		f.to(dst, a, b)
		fmt.Printf("%-8s%.3g %.3g\n", f.name, f.new(a, b).Data(), dst.Data())
	}
	tensor.AddTo(a, a, a)
	fmt.Println(a)
	// Output:
	// Add     [3 4 5] [3 4 5]
	// Sub     [-1 0 1] [-1 0 1]
	// Mul     [2 4 6] [2 4 6]
	// Div     [0.5 1 1.5] [0.5 1 1.5]
	// Pow     [1 4 9] [1 4 9]
	// Maximum [2 2 3] [2 2 3]
	// Minimum [1 2 2] [1 2 2]
	// [2. 4. 6.]
}

func ExampleClamp() {
	x := tensor.Linspace(-1, 2, 4)
	fmt.Println(tensor.Clamp(x, 0, 1), tensor.AddScalar(x, 1), tensor.MulScalar(x, 3), tensor.PowScalar(x, 2))
	tensor.PowScalarTo(x, tensor.MulScalarTo(x, tensor.AddScalarTo(x, x, 1), 2), 2) // (2·(x + 1))²
	fmt.Println(x, tensor.ClampTo(x, x, 0, 10))
	// Output:
	// [0. 0. 1. 1.] [0. 1. 2. 3.] [-3.  0.  3.  6.] [1. 0. 1. 4.]
	// [ 0.  4. 10. 10.] [ 0.  4. 10. 10.]
}

// Reductions over some axes, or over all.
func ExampleMean() {
	x := tensor.New([]float32{1, 2, 3, 4, 5, 9}, 2, 3)
	fmt.Println(tensor.Mean(x, 1), tensor.Max(x, 0), tensor.Min(x, 0), tensor.Prod(x, 1), tensor.Norm(tensor.New([]float32{3, 4}, 2)))
	fmt.Println(tensor.Var(x, 1, 1), tensor.Std(x, 0, 0))
	// Output:
	// [2. 6.] [4. 5. 9.] [1. 2. 3.] [  6. 180.] 5.0
	// [1. 7.] [1.5 1.5 3. ]
}

// The shape of the destination says which axes to reduce.
func ExampleMeanTo() {
	x := tensor.New([]float32{1, 2, 3, 4, 5, 9}, 2, 3)
	rows := func() *tensor.Tensor { return tensor.Zeros(2, 1) }
	for _, y := range []*tensor.Tensor{
		tensor.MeanTo(rows(), x), tensor.MaxTo(rows(), x), tensor.MinTo(rows(), x), tensor.ProdTo(rows(), x), tensor.NormTo(rows(), x),
		tensor.VarTo(rows(), x, 1), tensor.StdTo(rows(), x, 0),
	} {
		fmt.Printf("%.3f\n", y.Data())
	}
	// Output:
	// [2.000 6.000]
	// [3.000 9.000]
	// [1.000 4.000]
	// [6.000 180.000]
	// [3.742 11.045]
	// [1.000 7.000]
	// [0.816 2.160]
}

func ExampleArgMax() {
	x := tensor.New([]float32{3, 7, 5, 1, 0, 2}, 2, 3)
	fmt.Println(tensor.ArgMax(x, 1), tensor.ArgMin(x, 1))
	dst := tensor.Make[int](3)
	fmt.Println(tensor.ArgMaxTo(dst, x, 0).Clone(), tensor.ArgMinTo(dst, x, 0))
	// Output:
	// [1 2] [0 1]
	// [0 0 0] [1 1 1]
}

func ExampleCumSum() {
	x := tensor.Arange(1, 5, 1).Reshape(2, 2)
	fmt.Println(tensor.CumSum(x, 1).Data(), tensor.CumSumTo(tensor.Zeros(2, 2), x, 0).Data())
	// Output: [1 3 3 7] [1 2 4 6]
}

func ExampleDot() {
	a, b := tensor.New([]float32{1, 2}, 2), tensor.New([]float32{3, 4}, 2)
	fmt.Println(tensor.Dot(a, b))
	fmt.Println(tensor.Outer(a, b))
	fmt.Println(tensor.MatMulTo(tensor.Zeros(2), tensor.Outer(a, b), a))
	// Output:
	// 11
	// [[3. 4.]
	//  [6. 8.]]
	// [11. 22.]
}

// Comparisons of numbers give bools, of which there may be some, all or a count.
func ExampleGt() {
	x, two := tensor.Range(0, 5), tensor.Scalar(2)
	dst := tensor.Make[bool](5)
	for _, f := range []struct {
		name string
		new  func(a, b *tensor.Ints) *tensor.Bools
		to   func(dst *tensor.Bools, a, b *tensor.Ints) *tensor.Bools
	}{
		{"Eq", tensor.Eq[int], tensor.EqTo[int]}, {"Ne", tensor.Ne[int], tensor.NeTo[int]}, {"Lt", tensor.Lt[int], tensor.LtTo[int]},
		{"Le", tensor.Le[int], tensor.LeTo[int]}, {"Gt", tensor.Gt[int], tensor.GtTo[int]}, {"Ge", tensor.Ge[int], tensor.GeTo[int]},
	} {
		m := f.new(x, two)
		fmt.Println(f.name, m, m.Equal(f.to(dst, x, two)), tensor.CountTrue(m), tensor.AnyTrue(m), tensor.AllTrue(m))
	}
	// Output:
	// Eq [false false  true false false] true 1 true false
	// Ne [ true  true false  true  true] true 4 true false
	// Lt [ true  true false false false] true 2 true false
	// Le [ true  true  true false false] true 3 true false
	// Gt [false false false  true  true] true 2 true false
	// Ge [false false  true  true  true] true 3 true false
}

func ExampleAnd() {
	x := tensor.Range(0, 5)
	low, high := tensor.Lt(x, tensor.Scalar(3)), tensor.Gt(x, tensor.Scalar(1))
	fmt.Println(tensor.And(low, high), tensor.Or(low, high), tensor.Not(low))
	dst := tensor.Make[bool](5)
	tensor.NotTo(dst, tensor.OrTo(dst, tensor.AndTo(dst, low, high), low))
	fmt.Println(dst)
	fmt.Println(tensor.WhereTo(tensor.Make[int](5), dst, x, tensor.Scalar(-1)))
	// Output:
	// [false false  true false false] [true true true true true] [false false false  true  true]
	// [false false false  true  true]
	// [-1 -1 -1  3  4]
}

func ExampleAllClose() {
	a := tensor.New([]float32{1, 1000}, 2)
	b := tensor.New([]float32{1, 1000.01}, 2)
	fmt.Println(a.Equal(b), tensor.AllClose(a, b, 1e-4, 0), tensor.AllClose(a, b, 0, 1e-4))
	// Output: false true false
}

func ExampleConvertTo() {
	fmt.Println(tensor.ConvertTo(tensor.Make[int](3), tensor.New([]float32{1.9, -1.9, 3}, 3)))
	// Output: [ 1 -1  3]
}
