package rnn_test

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func TestConvolutional(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer rnn.Layer
		x, y  tensor.Shape
	}{
		{"ConvRNN", rnn.NewConv(2, 2, 3, rnn.Tanh, rnn.Bidirectional), tensor.Shape{2, 3, 2, 4}, tensor.Shape{2, 3, 4, 4}},
		{"ConvLSTM", rnn.NewConvLSTM(2, 2, 3, rnn.Layers(2)), tensor.Shape{2, 3, 2, 3}, tensor.Shape{2, 3, 2, 3}},
		{"ConvGRU", rnn.NewConvGRU(2, 2, 3, rnn.Layers(2)), tensor.Shape{2, 3, 2, 3}, tensor.Shape{2, 3, 2, 3}},
		{"ConvRNN2D", rnn.NewConvRNN2D(1, 2, 3, rnn.Tanh), tensor.Shape{2, 3, 1, 2, 3}, tensor.Shape{2, 3, 2, 2, 3}},
		{"ConvLSTM2D", rnn.NewConvLSTM2D(1, 2, 3, rnn.NoBias), tensor.Shape{17, 2, 1, 2, 2}, tensor.Shape{17, 2, 2, 2, 2}},
		{"ConvGRU2D", rnn.NewConvGRU2D(1, 2, 3), tensor.Shape{2, 2, 1, 3, 2}, tensor.Shape{2, 2, 2, 3, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := initialized(t, nn.Module(c.layer), false)
			run(t, l, nntest.Values(2, c.x...), c.y)
			lengths := tensor.Full(float32(c.x[1]-1), c.x[0])
			lengths.Data()[1]++
			nntest.Run(t, nntest.Case{
				Inputs: []*tensor.Tensor{nntest.Values(2, c.x...), lengths}, Params: nn.Params(l), Batch: []int{0, 1}, Constant: []int{1},
				F: func(x ...*grad.Var) *grad.Var { return rnn.Padded.Forward(l.Forward(grad.Tuple(x...))) },
			})
		})
	}
}

// TestConvolutionalEmpty: rows without places, and a batch without rows.
func TestConvolutionalEmpty(t *testing.T) {
	l := initialized(t, rnn.NewConvGRU(2, 3, 3), false)
	for _, s := range []tensor.Shape{{2, 4, 2, 0}, {0, 4, 2, 5}} {
		tape := grad.NewTape(grad.Gradients, 1)
		y := l.Forward(tape.Input(tensor.Zeros(s...)).RequireGrad())
		if err := y.BackwardFrom(nil); err != nil || !y.Shape().Equal(tensor.Shape{s[0], 4, 3, s[3]}) {
			t.Errorf("result for %v has shape %v and error %v", s, y.Shape(), err)
		}
	}
}

func TestConvolutionalErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer nn.Module
		x     tensor.Shape
		want  string
	}{
		{"channels", rnn.NewConvLSTM(3, 4, 3), tensor.Shape{2, 5, 6, 7}, "grad: ConvLSTM: input has 6 channels, want 3"},
		{"rank", rnn.NewConvGRU2D(3, 4, 3), tensor.Shape{2, 5, 3, 7},
			"grad: ConvGRU2D: input has shape [2 5 3 7], want [batch steps channels height width] with at least one step"},
		{"time first", rnn.NewConvRNN2D(3, 4, 3, rnn.Tanh, rnn.TimeFirst), tensor.Shape{0, 5, 3, 7, 7},
			"grad: ConvRNN2D: input has shape [0 5 3 7 7], want [steps batch channels height width] with at least one step"},
		{"kernel", rnn.NewConvLSTM2D(3, 4, 2), tensor.Shape{2, 5, 3, 7, 7}, "grad: ConvLSTM2D: rnn: ConvLSTM2D: kernel 2, want an odd number"},
		{"projection", rnn.NewConvGRU(3, 4, 3, rnn.Proj(2)), tensor.Shape{2, 5, 3, 7},
			"grad: ConvGRU: rnn: ConvGRU: projection to 2 values, want none; only LSTM has one"},
	} {
		if b, ok := c.layer.(interface{ Build() error }); ok && b.Build() == nil {
			initialized(t, c.layer, false)
		}
		y := c.layer.Forward(grad.NewTape(grad.Evaluation, 1).Input(tensor.Zeros(c.x...)))
		wantError(t, c.name, y.Err(), c.want)
	}
}
