package rnn_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Pictures, row by row.
func Example() {
	net, err := nn.Init(1, nn.Seq(
		rnn.Rows,
		rnn.New(3*32, 16, rnn.ReLU, rnn.Layers(2)),
		rnn.Last,
		nn.NewLinear(16, 2),
	))
	if err != nil {
		fmt.Println(err)
		return
	}
	x := grad.NewTape(grad.Evaluation, 1).Input(tensor.Zeros(4, 3, 32, 32))
	for _, l := range net.Layers {
		x = l.Forward(x)
		fmt.Println(x.Shape())
	}
	// Output:
	// [4 32 3 32]
	// [4 32 16]
	// [4 16]
	// [4 2]
}

func ExampleNew() {
	net := rnn.New(8, 16, rnn.Tanh, rnn.Layers(2))
	for name, p := range net.Parameters {
		fmt.Println(name, p.Shape())
	}
	// Output:
	// weight_ih_l0 [16 8]
	// weight_hh_l0 [16 16]
	// bias_ih_l0 [16]
	// bias_hh_l0 [16]
	// weight_ih_l1 [16 16]
	// weight_hh_l1 [16 16]
	// bias_ih_l1 [16]
	// bias_hh_l1 [16]
}

func ExampleNewConv() {
	l, err := nn.Init(1, rnn.NewConv(3, 8, 5, rnn.ReLU))
	if err != nil {
		fmt.Println(err)
		return
	}
	for name, p := range l.Parameters {
		fmt.Println(name, p.Shape())
	}
	rows := grad.NewTape(grad.Evaluation, 1).Input(tensor.Zeros(4, 32, 3, 28))
	fmt.Println(l.Forward(rows).Shape())
	// Output:
	// weight_ih_l0 [8 3 5]
	// weight_hh_l0 [8 8 5]
	// bias_ih_l0 [8]
	// bias_hh_l0 [8]
	// [4 32 8 28]
}

// A sequence may come in parts, each beginning where the one before ended.
func ExampleRNN_ForwardState() {
	l, err := nn.Init(1, rnn.New(3, 4, rnn.Tanh, rnn.Layers(2)))
	if err != nil {
		fmt.Println(err)
		return
	}
	tape := grad.NewTape(grad.Evaluation, 1)
	x := tape.Input(tensor.Uniform(1, -1, 1, 2, 10, 3))
	_, state := l.ForwardState(grad.Slice(x, 1, 0, 6), nil)
	fmt.Println(state.Shape())
	part, _ := l.ForwardState(grad.Slice(x, 1, 6, 10), state)
	whole := l.Forward(x)
	fmt.Println(part.Data().Equal(whole.Data().Slice(1, 6, 10)))
	// Output:
	// [2 2 4]
	// true
}

func ExampleLayers() {
	l := rnn.New(8, 16, rnn.ReLU, rnn.Layers(3))
	fmt.Println(l.Layers)
	// Output: 3
}

func ExampleNoBias() {
	for name := range rnn.New(8, 16, rnn.ReLU, rnn.NoBias).Parameters {
		fmt.Println(name)
	}
	// Output:
	// weight_ih_l0
	// weight_hh_l0
}

// A sum that forgets half of itself at every step.
func ExampleApply() {
	tape := grad.NewTape(grad.Evaluation, 1)
	number := func(v float32) *grad.Var { return tape.Const(tensor.New([]float32{v}, 1, 1)) }
	x := tape.Input(tensor.New([]float32{8, 0, 0, 4}, 1, 4, 1))
	fmt.Println(rnn.Apply(x, number(1), number(0.5), nil, nil, nil, rnn.ReLU).Data().Data())
	fmt.Println(rnn.Apply(x, number(1), number(0.5), nil, nil, number(16), rnn.ReLU).Data().Data())
	// Output:
	// [8 4 2 5]
	// [16 8 4 6]
}

// With a recurrent kernel that looks to the left, what a row shows moves one
// place to the right at every step.
func ExampleApplyConv() {
	tape := grad.NewTape(grad.Evaluation, 1)
	x := tape.Input(tensor.New([]float32{
		1, 0, 0, 0,
		0, 0, 0, 0,
		0, 0, 0, 0,
	}, 1, 3, 1, 4))
	in := tape.Const(tensor.New([]float32{0, 1, 0}, 1, 1, 3))
	state := tape.Const(tensor.New([]float32{1, 0, 0}, 1, 1, 3))
	fmt.Println(rnn.ApplyConv(x, in, state, nil, nil, rnn.ReLU).Data().Reshape(3, 4))
	// Output:
	// [[1. 0. 0. 0.]
	//  [0. 1. 0. 0.]
	//  [0. 0. 1. 0.]]
}

func ExamplePool() {
	x := grad.NewTape(grad.Evaluation, 1).Input(tensor.New([]float32{1, 6, 2}, 1, 3, 1))
	for _, p := range []rnn.Pool{rnn.Last, rnn.Mean, rnn.Max} {
		fmt.Println(p, p.Forward(x).Data().Data())
	}
	// Output:
	// last [2]
	// mean [3]
	// max [6]
}

func ExampleRowSequence() {
	x := grad.NewTape(grad.Evaluation, 1).Input(tensor.Arange(0, 8, 1).Reshape(1, 2, 2, 2))
	y := rnn.Rows.Forward(x).Data()
	fmt.Println(y.Index(1, 0).Reshape(2, 2)) // the top rows of both channels
	// Output:
	// [[0. 1.]
	//  [4. 5.]]
}
