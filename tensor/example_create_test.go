package tensor_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// New does not copy its data. Element type and shape are free; the last axis has
// neighbours.
func ExampleNew() {
	data := []float32{1, 2, 3, 4, 5, 6}
	x := tensor.New(data, 2, 3)
	x.Set(50, 1, 1)
	fmt.Println(x.At(1, 1), data[4], x.Dim(0), x.Dim(-1), x.Rank(), x.Len(), x.Strides())
	fmt.Println(tensor.Make[int](2, 2), tensor.Scalar(true).Item())
	var b *tensor.Bytes = tensor.Full[uint8](255, 3)
	var any tensor.Any = b // an array of whatever type
	fmt.Println(any.Shape(), b.Data())
	// Output:
	// 50 50 2 3 2 6 [3 1]
	// [[0 0]
	//  [0 0]] true
	// [3] [255 255 255]
}

func ExampleLinspace() {
	fmt.Println(tensor.Linspace(0, 1, 5), tensor.Arange(1, 0, -0.25), tensor.Range(3, 6), tensor.Ones(2), tensor.Full[float32](0.5, 2))
	// Output: [0.   0.25 0.5  0.75 1.  ] [1.   0.75 0.5  0.25] [3 4 5] [1. 1.] [0.5 0.5]
}

// Random arrays depend on the seed and the place of the element alone.
func ExampleNormal() {
	fmt.Printf("%.3f\n", tensor.Normal(1, 0, 1, 4).Data())
	fmt.Printf("%.3f\n", tensor.Normal(1, 10, 2, 2, 2).Data())
	fmt.Printf("%.3f\n", tensor.Uniform(1, -1, 1, 4).Data())
	fmt.Println(tensor.Bernoulli(1, 0.5, 4), tensor.Permutation(1, 5))
	// Output:
	// [0.138 1.704 -2.265 0.463]
	// [10.275 13.407 5.471 10.925]
	// [-0.542 0.894 -0.593 -0.140]
	// [false  true  true false] [3 0 4 1 2]
}

func ExampleShape() {
	s := tensor.Shape{2, 3, 4}
	t := s.Clone()
	t[0] = -1
	fmt.Println(s, s.Size(), s.Equal(t), s.KeepDims(1))
	fmt.Println(t.Check())
	// Output:
	// [2 3 4] 24 false [2 1 4]
	// tensor: shape [-1 3 4]: axis 0 has negative size -1
}

// The rule by which shapes of operands fit together, and that of Reshape. The forms
// that begin with Append use memory of the caller's.
func ExampleBroadcast() {
	fmt.Println(tensor.Broadcast(tensor.Shape{8, 1, 3}, tensor.Shape{5, 1}))
	_, err := tensor.Broadcast(tensor.Shape{8, 2}, tensor.Shape{3})
	fmt.Println(err)
	buffer := make(tensor.Shape, 0, 4)
	fmt.Println(tensor.AppendBroadcast(buffer, tensor.Shape{2, 1}, tensor.Shape{3}))
	fmt.Println(tensor.AppendReshape(buffer, tensor.Shape{4, 3}, tensor.Shape{2, -1}))
	// Output:
	// [8 5 3] <nil>
	// shapes [8 2] and [3] do not broadcast: axis -1 has sizes 2 and 3
	// [2 3] <nil>
	// [2 6] <nil>
}

// A header that is bound again and again costs no allocation.
func ExampleArray_Bind() {
	data := []float32{0, 1, 2, 3, 4, 5}
	var x tensor.Tensor
	fmt.Println(x.Bind(data[:4], tensor.Shape{2, 2}))
	fmt.Println(x.BindStrided(data, tensor.Shape{2, 2}, []int{3, 2}), x.Contiguous(), len(x.Raw()))
	// Output:
	// [[0. 1.]
	//  [2. 3.]]
	// [[0. 2.]
	//  [3. 5.]] false 6
}

// Results do not depend on the number of goroutines.
func ExampleSetWorkers() {
	a := tensor.Normal(1, 0, 1, 200, 300)
	previous := tensor.SetWorkers(1)
	one := tensor.MatMul(a, a.Transpose(0, 1))
	tensor.SetWorkers(4)
	four := tensor.MatMul(a, a.Transpose(0, 1))
	fmt.Println(tensor.Workers(), one.Equal(four))
	tensor.SetWorkers(previous)
	tensor.FreeMemory() // after the largest work, if there is a largest
	// Output: 4 true
}
