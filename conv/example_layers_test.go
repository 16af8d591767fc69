package conv_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// A network that makes pictures smaller and large again, for one output at every
// pixel.
func Example_decoder() {
	net, err := nn.Init(1, nn.Seq(
		conv.New2D(3, 8, 3, conv.Same), nn.ReLU,
		conv.MaxPool2D(2),
		conv.NewSeparable2D(8, 16, 3, conv.Same), nn.ReLU,
		conv.NewTranspose2D(16, 8, 2, conv.Stride(2)), nn.ReLU,
		conv.New2D(8, 1, 1),
	))
	if err != nil {
		fmt.Println(err)
		return
	}
	x := grad.NewTape(grad.Evaluation, 1).Input(tensor.Zeros(1, 3, 32, 32))
	for _, l := range net.Layers {
		x = l.Forward(x)
		fmt.Println(x.Shape())
	}
	// Output:
	// [1 8 32 32]
	// [1 8 32 32]
	// [1 8 16 16]
	// [1 16 16 16]
	// [1 16 16 16]
	// [1 8 32 32]
	// [1 8 32 32]
	// [1 1 32 32]
}

func ExampleNew1D() {
	l := conv.New1D(40, 64, 5, conv.Stride(2), conv.Pad(2))
	fmt.Println(l.Weight.Shape(), l.Bias.Shape())
	shape(l, 1, 40, 100)
	// Output:
	// [64 40 5] [64]
	// [1 64 50]
}

// A padding before the sequence only makes a convolution causal: no output sees
// what comes after it.
func ExampleConv1D() {
	l := &conv.Conv1D{In: 1, Out: 4, Kernel: 3, Settings1D: conv.Settings1D{Dilation: 2, Pad: [2]int{4, 0}}}
	shape(l, 1, 1, 100)
	// Output: [1 4 100]
}

func ExampleApply1D() {
	tape := grad.NewTape(grad.Gradients, 1)
	x := tape.Input(tensor.New([]float32{1, 2, 4, 8}, 1, 1, 4)).RequireGrad()
	w := tape.Input(tensor.New([]float32{-1, 1}, 1, 1, 2)).RequireGrad()
	y := conv.Apply1D(x, w, nil, conv.Settings1D{})
	if err := y.BackwardFrom(nil); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(y.Data().Data(), x.Grad().Data(), w.Grad().Data())
	// Output: [1 2 4] [-1 0 0 1] [7 14]
}

func ExampleForward1D() {
	x := tensor.New([]float32{0, 0, 9, 9, 0}, 1, 1, 5)
	k := tensor.New([]float32{-1, 1}, 1, 1, 2)
	fmt.Println(conv.Forward1D(x, k, nil, conv.Settings1D{}).Data())
	// Output: [0 9 0 -9]
}

func ExampleNewTranspose2D() {
	l := conv.NewTranspose2D(64, 32, 4, conv.Stride(2), conv.Pad(1))
	fmt.Println(l.Weight.Shape(), l.Bias.Shape())
	shape(l, 1, 64, 7, 7)
	// Output:
	// [64 32 4 4] [32]
	// [1 32 14 14]
}

// Pictures of 13×13 and 14×14 both become 7×7 by a stride of 2; OutputPad says
// which of the two comes back.
func ExampleOutputPad() {
	shape(conv.New2D(1, 1, 3, conv.Stride(2), conv.Pad(1)), 1, 1, 13, 13)
	shape(conv.New2D(1, 1, 3, conv.Stride(2), conv.Pad(1)), 1, 1, 14, 14)
	shape(conv.NewTranspose2D(1, 1, 3, conv.Stride(2), conv.Pad(1)), 1, 1, 7, 7)
	shape(conv.NewTranspose2D(1, 1, 3, conv.Stride(2), conv.Pad(1), conv.OutputPad(1)), 1, 1, 7, 7)
	// Output:
	// [1 1 7 7]
	// [1 1 7 7]
	// [1 1 13 13]
	// [1 1 14 14]
}

// Every pixel puts a kernel down.
func ExampleForwardTranspose2D() {
	x := tensor.New([]float32{1, 0, 0, 2}, 1, 1, 2, 2)
	k := tensor.New([]float32{1, 2, 3, 4}, 1, 1, 2, 2)
	fmt.Println(conv.ForwardTranspose2D(x, k, nil, conv.Settings{}, [2]int{}).Reshape(3, 3))
	// Output:
	// [[1. 2. 0.]
	//  [3. 6. 4.]
	//  [0. 6. 8.]]
}

func ExampleApplyTranspose2D() {
	tape := grad.NewTape(grad.Gradients, 1)
	x := tape.Input(tensor.New([]float32{1, 2}, 1, 1, 1, 2)).RequireGrad()
	w := tape.Input(tensor.New([]float32{1, -1}, 1, 1, 1, 2)).RequireGrad()
	y := conv.ApplyTranspose2D(x, w, nil, conv.Settings{Stride: [2]int{1, 2}}, [2]int{})
	if err := y.BackwardFrom(nil); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(y.Data().Data(), x.Grad().Data(), w.Grad().Data())
	// Output: [1 -1 2 -2] [0 0] [3 3]
}

func ExampleNewTranspose1D() {
	shape(conv.NewTranspose1D(64, 32, 4, conv.Stride(2), conv.Pad(1)), 1, 64, 50)
	// Output: [1 32 100]
}

func ExampleApplyTranspose1D() {
	tape := grad.NewTape(grad.Evaluation, 1)
	x, w := tape.Input(tensor.New([]float32{1, 2}, 1, 1, 2)), tape.Input(tensor.New([]float32{1, 1, 1}, 1, 1, 3))
	fmt.Println(conv.ApplyTranspose1D(x, w, nil, conv.Settings1D{Stride: 2}, 1).Data().Data())
	// Output: [1 1 3 2 2 0]
}

func ExampleForwardTranspose1D() {
	x, k := tensor.New([]float32{1, 0, 2}, 1, 1, 3), tensor.New([]float32{1, 5}, 1, 1, 2)
	fmt.Println(conv.ForwardTranspose1D(x, k, nil, conv.Settings1D{}, 0).Data())
	// Output: [1 5 2 10]
}

// Much fewer weights than those of the convolution that it stands for.
func ExampleNewSeparable2D() {
	count := func(m nn.Module) (n int) {
		for _, p := range nn.Params(m) {
			n += p.Shape().Size()
		}
		return n
	}
	fmt.Println(count(conv.New2D(64, 128, 3, conv.NoBias)), count(conv.NewSeparable2D(64, 128, 3, conv.NoBias)))
	// Output: 73728 8768
}

func ExampleMaxPool1D() {
	shape(conv.MaxPool1D(2), 1, 8, 9)
	shape(conv.MaxPool1D(3, conv.Stride(2), conv.Pad(1)), 1, 8, 9)
	// Output:
	// [1 8 4]
	// [1 8 5]
}

func ExampleAvgPool1D() {
	x := tensor.New([]float32{1, 3, 5, 7, 9}, 1, 1, 5)
	fmt.Println(conv.AvgPool1D(2).Forward(grad.NewTape(grad.Evaluation, 1).Input(x)).Data().Data())
	// Output: [2 6]
}

// Pictures of any size end as 2×2.
func ExampleAdaptiveAvgPool2D() {
	l := conv.AdaptiveAvgPool2D(2, 2)
	shape(l, 1, 8, 9, 5)
	shape(l, 1, 8, 2, 3)
	// Output:
	// [1 8 2 2]
	// [1 8 2 2]
}

// Five elements in three windows: 0 1, 1 2 3 and 3 4.
func ExampleAdaptiveMaxPool1D() {
	x := tensor.Arange(0, 5, 1).Reshape(1, 1, 5)
	fmt.Println(conv.AdaptiveMaxPool1D(3).Forward(grad.NewTape(grad.Evaluation, 1).Input(x)).Data().Data())
	// Output: [1 3 4]
}

// A classifier for pictures of any size.
func ExampleGlobalPool() {
	net := nn.Seq(conv.New2D(3, 16, 3), nn.ReLU, conv.GlobalAvgPool, nn.NewLinear(16, 10))
	shape(net, 2, 3, 24, 31)
	shape(net, 2, 3, 7, 9)
	// Output:
	// [2 10]
	// [2 10]
}

func ExampleLPPool2D() {
	x := tensor.New([]float32{3, 4, 0, 1, 0, 0, 1, 1}, 1, 1, 2, 4)
	y := conv.LPPool2D(2, 2).Forward(grad.NewTape(grad.Evaluation, 1).Input(x))
	fmt.Printf("%.3f\n", y.Data().Data())
	// Output: [5.000 1.732]
}

func ExampleUpsample() {
	x := tensor.New([]float32{0, 4, 8, 12}, 1, 1, 2, 2)
	fmt.Println(conv.Upsample(2).Interpolate(x).Reshape(4, 4))
	fmt.Println(conv.Upsample(2, conv.Bilinear).Interpolate(x).Reshape(4, 4))
	// Output:
	// [[ 0.  0.  4.  4.]
	//  [ 0.  0.  4.  4.]
	//  [ 8.  8. 12. 12.]
	//  [ 8.  8. 12. 12.]]
	// [[ 0.  1.  3.  4.]
	//  [ 2.  3.  5.  6.]
	//  [ 6.  7.  9. 10.]
	//  [ 8.  9. 11. 12.]]
}

func ExampleUpsampleTo() {
	x := tensor.New([]float32{0, 4, 8, 12}, 1, 1, 2, 2)
	fmt.Println(conv.UpsampleTo(3, 3, conv.Bilinear, conv.AlignCorners).Interpolate(x).Reshape(3, 3))
	// Output:
	// [[ 0.  2.  4.]
	//  [ 4.  6.  8.]
	//  [ 8. 10. 12.]]
}

func ExamplePixelShuffle() {
	x := tensor.Arange(0, 8, 1).Reshape(1, 4, 1, 2)
	y := conv.PixelShuffle(2).Forward(grad.NewTape(grad.Evaluation, 1).Input(x))
	fmt.Println(y.Data().Reshape(2, 4))
	// Output:
	// [[0. 2. 1. 3.]
	//  [4. 6. 5. 7.]]
}

func ExamplePixelUnshuffle() {
	shape(conv.PixelUnshuffle(2), 1, 3, 32, 32)
	// Output: [1 12 16 16]
}
