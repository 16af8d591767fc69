package conv_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// A small network for pictures, and what it makes of the shapes.
func Example() {
	net, err := nn.Init(1, nn.Seq(
		conv.New2D(3, 8, 3, conv.Same), nn.ReLU,
		conv.MaxPool2D(2),
		conv.New2D(8, 16, 5, conv.Stride(2, 2), conv.Pad(2, 2)), nn.ReLU,
		nn.Flatten,
		nn.NewLinear(16*8*8, 2),
	))
	if err != nil {
		fmt.Println(err)
		return
	}
	tape := grad.NewTape(grad.Evaluation, 1)
	x := tape.Input(tensor.Zeros(4, 3, 32, 32))
	for _, l := range net.Layers {
		x = l.Forward(x)
		fmt.Println(x.Shape())
	}
	// Output:
	// [4 8 32 32]
	// [4 8 32 32]
	// [4 8 16 16]
	// [4 16 8 8]
	// [4 16 8 8]
	// [4 1024]
	// [4 2]
}

// shape prints the shape that a layer makes of a picture.
func shape(l nn.Module, x ...int) {
	if _, err := nn.Init(1, l); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(l.Forward(grad.NewTape(grad.Evaluation, 1).Input(tensor.Zeros(x...))).Shape())
}

func ExampleNew2D() {
	l := conv.New2D(3, 32, 5, conv.Stride(2, 2), conv.Pad(2, 2))
	fmt.Println(l.Weight.Shape(), l.Bias.Shape())
	shape(l, 1, 3, 28, 28)
	// Output:
	// [32 3 5 5] [32]
	// [1 32 14 14]
}

// A kernel that is not square, and padding at the bottom and right only, need a
// literal, which nn.Init completes.
func ExampleConv2D() {
	l := &conv.Conv2D{In: 3, Out: 8, Kernel: [2]int{1, 5}, Settings: conv.Settings{Pad: [4]int{0, 0, 0, 4}}}
	shape(l, 1, 3, 28, 28)
	// Output: [1 8 28 28]
}

func ExampleSame() {
	shape(conv.New2D(1, 1, 5, conv.Same), 1, 1, 9, 9)
	shape(conv.New2D(1, 1, 5, conv.Same, conv.Stride(2, 2)), 1, 1, 9, 9)
	// Output:
	// [1 1 9 9]
	// [1 1 5 5]
}

func ExampleValid() {
	shape(conv.New2D(1, 1, 5, conv.Valid), 1, 1, 9, 9)
	// Output: [1 1 5 5]
}

func ExamplePad() {
	shape(conv.New2D(1, 1, 5, conv.Pad(1, 2)), 1, 1, 9, 9)
	// Output: [1 1 7 9]
}

func ExampleStride() {
	shape(conv.New2D(1, 1, 3, conv.Stride(1, 2)), 1, 1, 9, 9)
	// Output: [1 1 7 4]
}

func ExampleDilation() {
	// The nine elements of the kernel span five rows and columns.
	shape(conv.New2D(1, 1, 3, conv.Dilation(2, 2)), 1, 1, 9, 9)
	// Output: [1 1 5 5]
}

// With as many groups as channels, every channel has a kernel of its own: a
// depthwise convolution.
func ExampleGroups() {
	fmt.Println(conv.New2D(16, 16, 3).Weight.Shape())
	fmt.Println(conv.New2D(16, 16, 3, conv.Groups(16)).Weight.Shape())
	// Output:
	// [16 16 3 3]
	// [16 1 3 3]
}

func ExampleNoBias() {
	fmt.Println(conv.New2D(3, 8, 3, conv.NoBias).Bias == nil)
	// Output: true
}

func ExampleMaxPool2D() {
	shape(conv.MaxPool2D(2), 1, 8, 7, 8)
	shape(conv.MaxPool2D(3, conv.Stride(2, 2), conv.Pad(1, 1)), 1, 8, 7, 8)
	// Output:
	// [1 8 3 4]
	// [1 8 4 4]
}

// The mean over the whole picture, as networks end before their last layer.
func ExampleAvgPool2D() {
	shape(conv.AvgPool2D(7), 1, 512, 7, 7)
	// Output: [1 512 1 1]
}

func ExampleApply2D() {
	tape := grad.NewTape(grad.Gradients, 1)
	x := tape.Input(tensor.New([]float32{1, 2, 3, 4}, 1, 1, 2, 2)).RequireGrad()
	w := tape.Input(tensor.New([]float32{1, -1}, 1, 1, 1, 2)).RequireGrad()
	y := conv.Apply2D(x, w, nil, conv.Settings{})
	if err := y.BackwardFrom(nil); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(y.Data().Data())
	fmt.Println(x.Grad().Data())
	fmt.Println(w.Grad().Data())
	// Output:
	// [-1 -1]
	// [1 -1 1 -1]
	// [4 6]
}

// The difference of neighbouring columns finds vertical edges.
func ExampleForward2D() {
	x := tensor.New([]float32{
		0, 0, 9, 9,
		0, 0, 9, 9,
		0, 0, 0, 9,
	}, 1, 1, 3, 4)
	k := tensor.New([]float32{-1, 1}, 1, 1, 1, 2)
	fmt.Println(conv.Forward2D(x, k, nil, conv.Settings{}).Reshape(3, 3))
	// Output:
	// [[0. 9. 0.]
	//  [0. 9. 0.]
	//  [0. 0. 9.]]
}

// The gradient of the input is the transposed convolution: every output pixel
// puts a kernel down.
func ExampleDataGrad2D() {
	dy := tensor.New([]float32{1, 0, 0, 2}, 1, 1, 2, 2)
	k := tensor.New([]float32{1, 2, 3, 4}, 1, 1, 2, 2)
	dx := conv.DataGrad2D(dy, k, tensor.Shape{1, 1, 4, 4}, conv.Settings{Stride: [2]int{2, 2}})
	fmt.Println(dx.Reshape(4, 4))
	// Output:
	// [[1. 2. 0. 0.]
	//  [3. 4. 0. 0.]
	//  [0. 0. 2. 4.]
	//  [0. 0. 6. 8.]]
}

func ExampleWeightGrad2D() {
	x := tensor.Arange(0, 9, 1).Reshape(1, 1, 3, 3)
	dy := tensor.New([]float32{1, 0, 0, 1}, 1, 1, 2, 2)
	fmt.Println(conv.WeightGrad2D(dy, x, tensor.Shape{1, 1, 2, 2}, conv.Settings{}).Reshape(2, 2))
	// Output:
	// [[ 4.  6.]
	//  [10. 12.]]
}

func ExamplePoolMax2D() {
	x := tensor.Arange(0, 16, 1).Reshape(1, 1, 4, 4)
	fmt.Println(conv.PoolMax2D(x, [2]int{2, 2}, conv.Settings{}).Data())
	// Output: [5 7 13 15]
}

func ExamplePoolMean2D() {
	x := tensor.Arange(0, 16, 1).Reshape(1, 1, 4, 4)
	fmt.Println(conv.PoolMean2D(x, [2]int{2, 2}, conv.Settings{}).Data())
	// Output: [2.5 4.5 10.5 12.5]
}
