package tensor_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
	"gonum.org/v1/gonum/mat"
)

// The covariance of the columns of a matrix.
func Example() {
	x := tensor.New([]float32{
		1, 10,
		2, 30,
		3, 20,
	}, 3, 2)
	z := tensor.Sub(x, tensor.Mean(x, 0))
	fmt.Println(tensor.MulScalar(tensor.MatMul(z.Transpose(0, 1), z), 0.5))
	// Output:
	// [[  1.   5.]
	//  [  5. 100.]]
}

// Views share the memory of the array they come from.
func ExampleArray_Slice() {
	x := tensor.Range(0, 12).Reshape(3, 4)
	middle := x.Slice(0, 1, 3).Slice(1, 1, 3)
	fmt.Println(middle)
	middle.Fill(0)
	fmt.Println(x)
	// Output:
	// [[ 5  6]
	//  [ 9 10]]
	// [[ 0  1  2  3]
	//  [ 4  0  0  7]
	//  [ 8  0  0 11]]
}

func ExampleAdd_broadcast() {
	row, column := tensor.Arange(0, 3, 1), tensor.New([]float32{10, 20}, 2, 1)
	fmt.Println(tensor.Add(row, column))
	// Output:
	// [[10. 11. 12.]
	//  [20. 21. 22.]]
}

func ExampleSub_scalar() {
	fmt.Println(tensor.Sub(tensor.Scalar[float32](1), tensor.Arange(0, 1, 0.25)))
	// Output: [1.   0.75 0.5  0.25]
}

func ExampleSum() {
	x := tensor.Arange(0, 6, 1).Reshape(2, 3)
	fmt.Println(tensor.Sum(x), tensor.Sum(x, 0), tensor.Sum(x, 1).Unsqueeze(1).Shape())
	// Output: 15.0 [3. 5. 7.] [2 1]
}

// The shape of the destination says which axes to sum over.
func ExampleSumTo() {
	x := tensor.Arange(0, 6, 1).Reshape(2, 3)
	column := tensor.Zeros(x.Shape().KeepDims(1)...)
	fmt.Println(tensor.SumTo(column, x))
	// Output:
	// [[ 3.]
	//  [12.]]
}

func ExampleMatMul() {
	batch := tensor.Arange(0, 8, 1).Reshape(2, 2, 2)
	fmt.Println(tensor.MatMul(batch, tensor.Eye(2).Flip(1)))
	// Output:
	// [[[1. 0.]
	//   [3. 2.]]
	//
	//  [[5. 4.]
	//   [7. 6.]]]
}

func ExampleTopK() {
	scores := tensor.New([]float32{0.1, 0.7, 0.2, 0.5, 0.2, 0.3}, 2, 3)
	values, classes := tensor.TopK(scores, 2, 1)
	fmt.Println(values)
	fmt.Println(classes)
	// Output:
	// [[0.7 0.2]
	//  [0.5 0.3]]
	// [[1 2]
	//  [0 2]]
}

func ExampleWhere() {
	x := tensor.Arange(-2, 3, 1)
	negative := tensor.Lt(x, tensor.Scalar[float32](0))
	fmt.Println(tensor.Where(negative, tensor.MulScalar(x, 0.1), x))
	// Output: [-0.2 -0.1  0.   1.   2. ]
}

func ExampleConvert() {
	pixels := tensor.New([]uint8{0, 51, 255}, 3)
	fmt.Println(tensor.Div(tensor.Convert[float32](pixels), tensor.Scalar[float32](255)))
	// Output: [0.  0.2 1. ]
}

func ExampleToMat() {
	a := tensor.New([]float32{1, 2, 3, 4}, 2, 2)
	var square mat.Dense
	square.Pow(tensor.ToMat(a), 2)
	fmt.Println(tensor.FromMat(&square))
	// Output:
	// [[ 7. 10.]
	//  [15. 22.]]
}
