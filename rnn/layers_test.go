package rnn_test

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// kinds are layers of every kind, made with the same options.
var kinds = []struct {
	name string
	make func(in, hidden int, opts ...rnn.Option) rnn.Layer
}{
	{"RNN", func(in, hidden int, opts ...rnn.Option) rnn.Layer { return rnn.New(in, hidden, rnn.Tanh, opts...) }},
	{"LSTM", func(in, hidden int, opts ...rnn.Option) rnn.Layer { return rnn.NewLSTM(in, hidden, opts...) }},
	{"Projected", func(in, hidden int, opts ...rnn.Option) rnn.Layer {
		return rnn.NewLSTM(in, hidden+1, append(opts, rnn.Proj(hidden))...)
	}},
	{"GRU", func(in, hidden int, opts ...rnn.Option) rnn.Layer { return rnn.NewGRU(in, hidden, opts...) }},
}

func TestLayers(t *testing.T) {
	for _, k := range kinds {
		for _, c := range []struct {
			name string
			opts []rnn.Option
			x, y tensor.Shape
		}{
			{"plain", nil, tensor.Shape{3, 4, 2}, tensor.Shape{3, 4, 3}},
			{"stacked", []rnn.Option{rnn.Layers(2), rnn.NoBias}, tensor.Shape{2, 3, 2}, tensor.Shape{2, 3, 3}},
			{"bidirectional", []rnn.Option{rnn.Bidirectional, rnn.Layers(2)}, tensor.Shape{2, 3, 2}, tensor.Shape{2, 3, 6}},
			{"blocks", nil, tensor.Shape{18, 2, 2}, tensor.Shape{18, 2, 3}},
		} {
			t.Run(k.name+"/"+c.name, func(t *testing.T) {
				run(t, initialized(t, nn.Module(k.make(2, 3, c.opts...)), false), nntest.Values(2, c.x...), c.y)
			})
		}
	}
}

// TestLayersRagged has the lengths as an input, which is a constant.
func TestLayersRagged(t *testing.T) {
	for _, k := range kinds {
		for _, opts := range [][]rnn.Option{nil, {rnn.Bidirectional, rnn.Layers(2)}} {
			l := initialized(t, nn.Module(k.make(2, 3, opts...)), false)
			t.Run(k.name, func(t *testing.T) {
				nntest.Run(t, nntest.Case{
					Inputs: []*tensor.Tensor{nntest.Values(2, 4, 3, 2), tensor.New([]float32{2, 3, 1, 3}, 4)}, Params: nn.Params(l),
					Batch: []int{0, 1}, Constant: []int{1},
					F: func(x ...*grad.Var) *grad.Var { return l.Forward(grad.Tuple(x...)).Part(0) },
				})
			})
		}
	}
}

// TestLayersState differentiates with respect to initial states through all results.
func TestLayersState(t *testing.T) {
	for _, k := range kinds {
		l := k.make(2, 3, rnn.Bidirectional, rnn.Layers(2))
		initialized(t, nn.Module(l), false)
		in := []*tensor.Tensor{nntest.Values(1, 3, 3, 2), tensor.New([]float32{2, 3, 1}, 3), nntest.Values(2, 4, 3, 3)}
		switch k.name {
		case "LSTM":
			in = append(in, nntest.Values(3, 4, 3, 3))
		case "Projected":
			in = append(in, nntest.Values(3, 4, 3, 4))
		}
		t.Run(k.name, func(t *testing.T) {
			nntest.Run(t, nntest.Case{
				Inputs: in, Params: nn.Params(l), Constant: []int{1},
				F: func(x ...*grad.Var) *grad.Var {
					y, final := l.ForwardState(grad.Tuple(x[:2]...), grad.Tuple(x[2:]...))
					sum := grad.Mean(y.Part(0))
					for i := range final.Parts() {
						sum = grad.Add(sum, grad.Mean(grad.Square(final.Part(i))))
					}
					return sum
				},
			})
		})
	}
}

// TestLayerErrors: settings that cannot be, also those changed later, and states that
// do not fit.
func TestLayerErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer rnn.Layer
		want  string
	}{
		{"dropout", rnn.NewLSTM(3, 4, rnn.Dropout(1)), "rnn: LSTM: dropout 1, want at least 0 and less than 1"},
		{"projection", rnn.NewLSTM(3, 4, rnn.Proj(4)), "rnn: LSTM: projection to 4 values, want fewer than the 4 hidden units"},
		{"no projection", rnn.NewGRU(3, 4, rnn.Proj(2)), "rnn: GRU: projection to 2 values, want none; only LSTM has one"},
		{"layers", rnn.NewGRU(3, 4, rnn.Layers(2000)), "rnn: GRU: 2000 layers, want at most 1024"},
	} {
		_, err := nn.Init(1, nn.Module(c.layer))
		wantError(t, c.name, err, "nn: Init: the network: "+c.want)
	}
	changed := initialized(t, rnn.New(3, 4, rnn.Tanh), false)
	changed.Activation = "gelu"
	lstm := initialized(t, rnn.NewLSTM(3, 4, rnn.Proj(2)), false)
	tape := grad.NewTape(grad.Evaluation, 1)
	zeros := func(s ...int) *grad.Var { return tape.Input(tensor.Zeros(s...)) }
	for _, c := range []struct {
		name  string
		layer rnn.Layer
		state func() *grad.Var
		want  string
	}{
		{"changed", changed, func() *grad.Var { return nil }, `grad: RNN: rnn: RNN: activation "gelu", want "tanh" or "relu"`},
		{"parts", lstm, func() *grad.Var { return zeros(1, 2, 2) }, "grad: LSTM: initial state is of 1 parts, want 2"},
		{"h", lstm, func() *grad.Var { return grad.Tuple(zeros(1, 2, 4), zeros(1, 2, 4)) }, "grad: LSTM: initial state has shape [1 2 4], want [1 2 2]"},
		{"layers of c", lstm, func() *grad.Var { return grad.Tuple(zeros(1, 2, 2), zeros(2, 2, 4)) }, "grad: LSTM: initial state has shape [2 2 4], want [1 batch 4]"},
		{"c", lstm, func() *grad.Var { return grad.Tuple(zeros(1, 2, 2), zeros(1, 2, 2)) }, "grad: LSTM: initial c has shape [1 2 2], want [1 2 4]"},
	} {
		y, final := c.layer.ForwardState(zeros(2, 5, 3), c.state())
		wantError(t, c.name, y.Err(), c.want)
		wantError(t, c.name, final.Err(), c.want)
		tape.Reset()
	}
}

// TestTimeFirst compares with the same layer and its axes exchanged.
func TestTimeFirst(t *testing.T) {
	for _, k := range kinds {
		x := tensor.Uniform(1, -1, 1, 5, 4, 2)
		lengths := []int{3, 1, 4, 4, 2}
		run := func(x *tensor.Tensor, opts ...rnn.Option) (y, final *tensor.Tensor) {
			l := k.make(2, 3, append(opts, rnn.Bidirectional)...)
			initialized(t, nn.Module(l), false)
			out, last := l.ForwardState(rnn.Ragged(grad.NewTape(grad.Evaluation, 1).Input(x), lengths), nil)
			if err := out.Err(); err != nil {
				t.Fatal(err)
			}
			return out.Part(0).Data(), last.Part(0).Data()
		}
		want, last := run(x)
		got, last2 := run(x.Permute(1, 0, 2), rnn.TimeFirst)
		if !got.Permute(1, 0, 2).Equal(want) || !last2.Equal(last) {
			t.Errorf("%s: time first gives %v and %v, want %v and %v", k.name, got, last2, want, last)
		}
	}
}

// TestDropout compares a stack with its layers one by one, the same values dropped.
func TestDropout(t *testing.T) {
	x := tensor.Uniform(1, -1, 1, 4, 5, 3)
	l := initialized(t, rnn.NewGRU(3, 6, rnn.Layers(2), rnn.Dropout(0.5)), false)
	low, high := rnn.NewGRU(3, 6), rnn.NewGRU(6, 6)
	for i, p := range append(nn.Params(low), nn.Params(high)...) {
		p.Value = nn.Params(l)[i].Value
	}
	for _, mode := range []grad.Mode{grad.Training, grad.Evaluation} {
		got := l.Forward(grad.NewTape(mode, 3).Input(x))
		want := high.Forward(grad.Dropout(low.Forward(grad.NewTape(mode, 3).Input(x)), 0.5))
		if got.Err() != nil || !got.Data().Equal(want.Data()) {
			t.Errorf("mode %v: result is %v with error %v, want %v", mode, got.Data(), got.Err(), want.Data())
		}
	}
}
