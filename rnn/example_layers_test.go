package rnn_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// A classifier of sentences: tokens and their number come in, two classes out.
func Example_sentences() {
	net, err := nn.Init(1, nn.Seq(
		nn.Inputs(nn.NewEmbedding(1000, 16), nn.Identity), // tokens [N T] become vectors, lengths [N] pass
		rnn.NewLSTM(16, 32, rnn.Bidirectional),            // [N T 64]
		rnn.NewAttentionPool(64),                          // [N 64]
		nn.NewLinear(64, 2),
	))
	if err != nil {
		fmt.Println(err)
		return
	}
	tape := grad.NewTape(grad.Evaluation, 1)
	tokens := tape.Input(tensor.New([]float32{
		12, 7, 431, 9,
		5, 88, 0, 0,
	}, 2, 4))
	y := net.Forward(rnn.Ragged(tokens, []int{4, 2}))
	fmt.Println(y.Shape())
	// Output: [2 2]
}

func ExampleNewLSTM() {
	for name, p := range rnn.NewLSTM(8, 16, rnn.Bidirectional, rnn.Proj(4)).Parameters {
		fmt.Println(name, p.Shape())
	}
	// Output:
	// weight_ih_l0 [64 8]
	// weight_hh_l0 [64 4]
	// bias_ih_l0 [64]
	// bias_hh_l0 [64]
	// weight_hr_l0 [4 16]
	// weight_ih_l0_reverse [64 8]
	// weight_hh_l0_reverse [64 4]
	// bias_ih_l0_reverse [64]
	// bias_hh_l0_reverse [64]
	// weight_hr_l0_reverse [4 16]
}

func ExampleNewGRU() {
	for name, p := range rnn.NewGRU(8, 16, rnn.NoBias).Parameters {
		fmt.Println(name, p.Shape())
	}
	// Output:
	// weight_ih_l0 [48 8]
	// weight_hh_l0 [48 16]
}

// The state of an LSTM is a tuple of h and c.
func ExampleLSTM_ForwardState() {
	l, err := nn.Init(1, rnn.NewLSTM(3, 4, rnn.Layers(2)))
	if err != nil {
		fmt.Println(err)
		return
	}
	tape := grad.NewTape(grad.Evaluation, 1)
	x := tape.Input(tensor.Uniform(1, -1, 1, 5, 10, 3))
	y, state := l.ForwardState(x, nil)
	fmt.Println("y", y.Shape(), "h", state.Part(0).Shape(), "c", state.Part(1).Shape())
	y, _ = l.ForwardState(x, state)
	fmt.Println("y", y.Shape())
	// Output:
	// y [5 10 4] h [2 5 4] c [2 5 4]
	// y [5 10 4]
}

func ExampleBidirectional() {
	l, err := nn.Init(1, rnn.NewGRU(3, 4, rnn.Bidirectional))
	if err != nil {
		fmt.Println(err)
		return
	}
	tape := grad.NewTape(grad.Evaluation, 1)
	y := l.Forward(tape.Input(tensor.Uniform(1, -1, 1, 5, 10, 3)))
	fmt.Println(y.Shape(), rnn.Ends.Forward(y).Shape())
	// Output: [5 10 8] [5 8]
}

// Half of what the lower layer passes on is dropped while training.
func ExampleDropout() {
	l := rnn.NewLSTM(8, 16, rnn.Layers(2), rnn.Dropout(0.5))
	fmt.Println(l.Layers, l.Dropout)
	// Output: 2 0.5
}

func ExampleProj() {
	_, err := nn.Init(1, rnn.NewLSTM(8, 16, rnn.Proj(20)))
	fmt.Println(err)
	// Output: nn: Init: the network: rnn: LSTM: projection to 20 values, want fewer than the 16 hidden units
}

func ExampleTimeFirst() {
	l, err := nn.Init(1, rnn.NewLSTM(3, 4, rnn.TimeFirst))
	if err != nil {
		fmt.Println(err)
		return
	}
	tape := grad.NewTape(grad.Evaluation, 1)
	y, state := l.ForwardState(tape.Input(tensor.Zeros(10, 5, 3)), nil) // ten steps of five sequences
	fmt.Println(y.Shape(), state.Part(0).Shape())
	// Output: [10 5 4] [1 5 4]
}

// A sum over sequences of one, three and two steps, the rest being padding.
func ExampleRagged() {
	sum := &rnn.RNN{In: 1, Hidden: 1, Activation: rnn.ReLU, NoBias: true}
	if _, err := nn.Init(1, sum); err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range nn.Params(sum) {
		p.Value.Fill(1)
	}
	tape := grad.NewTape(grad.Evaluation, 1)
	x := tape.Input(tensor.New([]float32{
		5, 9, 9,
		1, 2, 3,
		4, 4, 9,
	}, 3, 3, 1))
	y := sum.Forward(rnn.Ragged(x, []int{1, 3, 2}))
	fmt.Println(rnn.Padded.Forward(y).Data().Reshape(3, 3))
	fmt.Println(rnn.Last.Forward(y).Data().Data())
	sum.Forward(rnn.Ragged(x, []int{1, 4, 2}))
	fmt.Println(tape.Err())
	// Output:
	// [[5. 0. 0.]
	//  [1. 3. 6.]
	//  [4. 8. 0.]]
	// [5 6 8]
	// grad: RNN: length 4 of sequence 1, want a whole number from 1 to 3
}

// A tag for each word: lengths end where layers look at single steps.
func ExamplePaddedSequence() {
	net, err := nn.Init(1, nn.Seq(rnn.NewLSTM(8, 16, rnn.Bidirectional), rnn.Padded, nn.NewLinear(32, 5)))
	if err != nil {
		fmt.Println(err)
		return
	}
	tape := grad.NewTape(grad.Evaluation, 1)
	words := tape.Input(tensor.Uniform(1, -1, 1, 2, 7, 8))
	fmt.Println(net.Forward(rnn.Ragged(words, []int{7, 4})).Shape())
	// Output: [2 7 5]
}

// Steps that agree with the weight count most.
func ExampleNewAttentionPool() {
	l, err := nn.Init(1, rnn.NewAttentionPool(2))
	if err != nil {
		fmt.Println(err)
		return
	}
	l.Weight.Value.Copy(tensor.New([]float32{3, 0}, 2))
	tape := grad.NewTape(grad.Evaluation, 1)
	x := tape.Input(tensor.New([]float32{
		1, 10,
		0, 20,
		9, 99, // padding
	}, 1, 3, 2))
	for _, v := range l.Forward(rnn.Ragged(x, []int{2})).Data().Data() {
		fmt.Printf("%.2f ", v)
	}
	// Output: 0.95 10.47
}

// Sequences of rows and of pictures.
func ExampleNewConvLSTM() {
	for _, c := range []struct {
		layer rnn.Layer
		x     tensor.Shape
	}{
		{rnn.NewConvLSTM(3, 8, 5), tensor.Shape{2, 10, 3, 32}},
		{rnn.NewConvGRU(3, 8, 5), tensor.Shape{2, 10, 3, 32}},
		{rnn.NewConvRNN2D(3, 8, 3, rnn.Tanh), tensor.Shape{2, 10, 3, 16, 12}},
		{rnn.NewConvLSTM2D(3, 8, 3), tensor.Shape{2, 10, 3, 16, 12}},
		{rnn.NewConvGRU2D(3, 8, 3, rnn.Bidirectional), tensor.Shape{2, 10, 3, 16, 12}},
	} {
		if _, err := nn.Init(1, c.layer); err != nil {
			fmt.Println(err)
			return
		}
		tape := grad.NewTape(grad.Evaluation, 1)
		fmt.Println(c.layer.Forward(tape.Input(tensor.Zeros(c.x...))).Shape())
	}
	// Output:
	// [2 10 8 32]
	// [2 10 8 32]
	// [2 10 8 16 12]
	// [2 10 8 16 12]
	// [2 10 16 16 12]
}
