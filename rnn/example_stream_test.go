package rnn_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Steps come in one at a time.
func ExampleStream() {
	l, err := nn.Init(1, rnn.NewLSTM(3, 4))
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := rnn.NewStream(l, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	x := tensor.Uniform(1, -1, 1, 1, 10, 3)
	y := make([]float32, 4)
	for t := range 10 {
		if err := s.Step(y, x.Data()[3*t:][:3]); err != nil {
			fmt.Println(err)
			return
		}
	}
	whole := l.Forward(grad.NewTape(grad.Evaluation, 1).Input(x))
	fmt.Println(tensor.New(y, 1, 4).Equal(rnn.Last.Forward(whole).Data()))
	s.Reset() // what follows is another sequence
	// Output: true
}

// The pictures of a film come in one at a time; a convolutional layer needs to know
// their size.
func ExampleNewStream() {
	l, err := nn.Init(1, rnn.NewConvLSTM2D(3, 8, 3))
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := rnn.NewStream(l, 1, 4, 6) // height and width
	if err != nil {
		fmt.Println(err)
		return
	}
	film := tensor.Uniform(1, -1, 1, 1, 10, 3, 4, 6)
	y := tensor.Zeros(1, 8, 4, 6)
	for t := range 10 {
		if err := s.Step(y.Data(), film.Index(1, t).Clone().Data()); err != nil {
			fmt.Println(err)
			return
		}
	}
	whole := l.Forward(grad.NewTape(grad.Evaluation, 1).Input(film))
	fmt.Println(y.Equal(rnn.Last.Forward(whole).Data()))

	_, err = rnn.NewStream(l, 1)
	fmt.Println(err)
	// Output:
	// true
	// rnn: NewStream: steps of the ConvLSTM2D have size [], want [height width]
}

// Two ways on from the same state.
func ExampleStream_SetState() {
	l, err := nn.Init(1, rnn.NewGRU(1, 3))
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := rnn.NewStream(l, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	a, b := make([]float32, 3), make([]float32, 3)
	check := func(err error) {
		if err != nil {
			fmt.Println(err)
		}
	}
	check(s.Step(a, []float32{1}))
	h, _ := s.State()
	kept := h.Clone()
	check(s.Step(a, []float32{2}))
	check(s.SetState(kept, nil))
	check(s.Step(b, []float32{2}))
	fmt.Println(tensor.New(a, 3).Equal(tensor.New(b, 3)))
	check(s.SetState(tensor.Zeros(3), nil))
	// Output:
	// true
	// rnn: Stream: h has shape [3], want [1 1 3]
}

// Truncated backpropagation through time: a sequence is learnt in chunks of five
// steps. The state goes on from one to the next, gradients do not.
func ExampleCarry() {
	// Two long sequences of 0, 1, 0, −1 and so on, to be continued by one step.
	x := tensor.Zeros(2, 41, 1)
	for i := range x.Data() {
		x.Data()[i] = []float32{0, 1, 0, -1}[i%4]
	}
	var chunks, targets []*tensor.Tensor
	for t := 0; t < 40; t += 5 {
		chunks = append(chunks, x.Slice(1, t, t+5).Clone())
		targets = append(targets, x.Slice(1, t+1, t+6).Clone())
	}
	// A sample is a row of a chunk; batches of two, in order, are the chunks.
	set := data.Tensors(tensor.Concat(0, chunks...), tensor.Concat(0, targets...))

	layer, head := rnn.NewLSTM(1, 8), nn.NewLinear(8, 1)
	net, err := nn.Init(1, nn.Seq(layer, head))
	if err != nil {
		fmt.Println(err)
		return
	}
	var carry rnn.Carry
	trainer := nn.Trainer{
		Optimizer: optim.NewAdam(nn.Params(net), 0.02),
		Compute: func(t *grad.Tape, b *data.Batch) *grad.Var {
			if b.Number == 0 { // an epoch begins
				carry.Reset()
			}
			y, final := layer.ForwardState(t.Input(b.X), carry.State(t))
			carry.Keep(final)
			return nn.MSE(head.Forward(y), b.Y)
		},
	}
	history, err := trainer.Fit(context.Background(), data.NewLoader(set, data.BatchSize(2)), nn.Epochs(30))
	if err != nil {
		fmt.Println(err)
		return
	}
	first, last := history.Epochs[0].Loss, history.Epochs[29].Loss
	fmt.Println(last < first/10)
	// Output: true
}

// A stream that goes on from where another is, with the same weights.
func ExampleStream_Clone() {
	l, err := nn.Init(1, rnn.NewLSTM(1, 3))
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := rnn.NewStream(l, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	a, b := make([]float32, 3), make([]float32, 3)
	if err := s.Step(a, []float32{1}); err != nil {
		fmt.Println(err)
		return
	}
	other := s.Clone()
	if err := errors.Join(s.Step(a, []float32{2}), other.Step(b, []float32{2})); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tensor.New(a, 3).Equal(tensor.New(b, 3)))
	// Output: true
}
