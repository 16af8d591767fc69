package tensor_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
)

// Views change the order of axes, or their number, and copy nothing.
func ExampleArray_Permute() {
	x := tensor.Range(0, 6).Reshape(1, 2, 3)
	fmt.Println(x.Permute(2, 0, 1).Shape(), x.Transpose(-2, -1).Shape(), x.Squeeze(0).Shape(), x.Unsqueeze(-1).Shape())
	fmt.Println(x.Index(0, 0).Index(1, 2), x.Flatten(0, -1), tensor.Range(0, 2).Unsqueeze(1).Expand(2, 3))
	// Output:
	// [3 1 2] [1 3 2] [2 3] [1 2 3 1]
	// [2 5] [0 1 2 3 4 5] [[0 0 0]
	//  [1 1 1]]
}

// A strided view has no elements in order; a clone has.
func ExampleArray_Clone() {
	x := tensor.Range(0, 6).Reshape(2, 3).Transpose(0, 1)
	fmt.Println(x.Contiguous(), x.CanReshape(tensor.Shape{6}))
	y := x.Clone()
	fmt.Println(y.Data(), y.Equal(x), y.Reshape(2, 3))
	// Output:
	// false false
	// [0 3 1 4 2 5] true [[0 3 1]
	//  [4 2 5]]
}

// The forms that end in To write the header of the view where they are told.
func ExampleArray_SliceTo() {
	x := tensor.Range(0, 12).Reshape(1, 3, 4)
	var v, w tensor.Ints
	fmt.Println(x.SliceTo(&v, 1, 1, 2).Data(), x.IndexTo(&v, 2, 3).Clone().Data())
	fmt.Println(x.PermuteTo(&v, 2, 0, 1).Shape(), x.TransposeTo(&v, 1, 2).Shape(), x.ReshapeTo(&v, 6, 2).Shape())
	fmt.Println(x.SqueezeTo(&v).Shape(), v.UnsqueezeTo(&v, 0).Shape(), x.FlattenTo(&v, 0, 1).Shape())
	fmt.Println(x.ExpandTo(&w, tensor.Shape{2, 3, 4}).Shape())
	// Output:
	// [4 5 6 7] [3 7 11]
	// [6 2 3] [6 2 3] [6 2]
	// [3 4] [3 4 4] [3 4]
	// [2 3 4]
}

func ExampleArray_Copy() {
	x := tensor.Make[int](2, 3)
	x.Copy(tensor.Range(1, 4)) // broadcast
	x.Slice(1, 0, 1).Copy(tensor.New([]int{-1, -2}, 2, 1))
	fmt.Println(x)
	// Output:
	// [[-1  2  3]
	//  [-2  2  3]]
}

func ExampleArray_Take() {
	x := tensor.Range(0, 6).Reshape(3, 2)
	fmt.Println(x.Take(0, tensor.New([]int{2, 0, 2}, 3)))
	for _, part := range x.Split(0, 1, 2) {
		fmt.Println(part.Data())
	}
	// Output:
	// [[4 5]
	//  [0 1]
	//  [4 5]]
	// [0 1]
	// [2 3 4 5]
}

// Picking one element of each row, such as the probability of the true class, and
// the converse.
func ExampleArray_GatherAlong() {
	p := tensor.New([]float32{0.7, 0.2, 0.1, 0.3, 0.3, 0.4}, 2, 3)
	labels := tensor.New([]int{0, 2}, 2, 1)
	fmt.Println(p.GatherAlong(1, labels).Flatten(0, 1))
	oneHot := tensor.Make[int](2, 3)
	oneHot.ScatterAlong(1, labels, tensor.Full(1, 2, 1))
	fmt.Println(oneHot.Data())
	counts := tensor.Make[int](3)
	tensor.ScatterAddAlong(counts, 0, tensor.New([]int{2, 0, 2}, 3), tensor.Full(1, 3))
	fmt.Println(counts)
	// Output:
	// [0.7 0.4]
	// [1 0 0 0 0 1]
	// [1 0 2]
}

func ExampleArray_Pad() {
	x := tensor.Range(1, 5).Reshape(2, 2)
	fmt.Println(x.Pad(0, [2]int{0, 1}, [2]int{1, 0}))
	fmt.Println(x.Repeat(1, 2).Data(), x.Roll(1, 1).Data(), x.Flip(0).Data())
	// Output:
	// [[0 1 2]
	//  [0 3 4]
	//  [0 0 0]]
	// [1 2 1 2 3 4 3 4] [2 1 4 3] [3 4 1 2]
}

func ExampleConcat() {
	a, b := tensor.Range(0, 2), tensor.Range(5, 7)
	fmt.Println(tensor.Concat(0, a, b), tensor.Stack(0, a, b).Shape(), tensor.Stack(-1, a, b).Data())
	fmt.Println(tensor.ConcatTo(tensor.Make[int](4), 0, b, a))
	// Output:
	// [0 1 5 6] [2 2] [0 5 1 6]
	// [5 6 0 1]
}
