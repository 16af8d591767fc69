package rnn_test

import (
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// initialized returns a layer with initial values. Where positive is true they,
// and so the states of ReLU for positive inputs, are above 0: away from the kink.
func initialized[M nn.Module](t *testing.T, m M, positive bool) M {
	t.Helper()
	m, err := nn.Init(1, m)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range nn.Params(m) {
		if positive {
			tensor.AddScalarTo(p.Value, tensor.AbsTo(p.Value, p.Value), 0.05)
		}
	}
	return m
}

func run(t *testing.T, l nn.Module, x *tensor.Tensor, y tensor.Shape) {
	t.Helper()
	nntest.Run(t, nntest.Case{
		Inputs: []*tensor.Tensor{x}, Params: nn.Params(l), Shape: y, Batch: []int{0},
		F: func(x ...*grad.Var) *grad.Var { return l.Forward(x[0]) },
	})
}

func TestRNN(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer *rnn.RNN
		x     tensor.Shape
	}{
		{"tanh", rnn.New(3, 4, rnn.Tanh), tensor.Shape{3, 4, 3}},
		{"relu", rnn.New(3, 4, rnn.ReLU), tensor.Shape{2, 3, 3}},
		{"layers", rnn.New(2, 3, rnn.Tanh, rnn.Layers(3)), tensor.Shape{2, 3, 2}},
		{"nobias", rnn.New(2, 3, rnn.Tanh, rnn.NoBias), tensor.Shape{2, 3, 2}},
		{"blocks", rnn.New(2, 3, rnn.Tanh), tensor.Shape{18, 2, 2}},
		{"rows of pictures", rnn.New(6, 3, rnn.Tanh), tensor.Shape{2, 3, 2, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			relu := c.layer.Activation == rnn.ReLU
			x := nntest.Values(2, c.x...)
			if relu {
				x = nntest.Positive(2, c.x...)
			}
			run(t, initialized(t, c.layer, relu), x, tensor.Shape{c.x[0], c.x[1], c.layer.Hidden})
		})
	}
}

// TestApply makes weights, biases and the initial state inputs.
func TestApply(t *testing.T) {
	nntest.Run(t, nntest.Case{
		Inputs: inputs(1, 3, 3, 2, 4, true, true), Shape: tensor.Shape{3, 3, 4}, Batch: []int{0, 5},
		F: func(x ...*grad.Var) *grad.Var { return rnn.Apply(x[0], x[1], x[2], x[3], x[4], x[5], rnn.Tanh) },
	})
}

// TestForwardState uses both results, and an initial state whose axis 1 is the
// batch.
func TestForwardState(t *testing.T) {
	l := initialized(t, rnn.New(2, 3, rnn.Tanh, rnn.Layers(2)), false)
	nntest.Run(t, nntest.Case{
		Inputs: []*tensor.Tensor{nntest.Values(1, 2, 3, 2), nntest.Values(2, 2, 2, 3)}, Params: nn.Params(l),
		Shape: tensor.Shape{2, 2, 3},
		F: func(x ...*grad.Var) *grad.Var {
			y, hn := l.ForwardState(x[0], x[1])
			return grad.Add(hn, grad.Unsqueeze(grad.Mean(y, 1), 0))
		},
	})
}

func TestConvRNN(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer *rnn.ConvRNN
		x     tensor.Shape
	}{
		{"tanh", rnn.NewConv(2, 3, 3, rnn.Tanh), tensor.Shape{3, 3, 2, 4}},
		{"relu", rnn.NewConv(2, 3, 3, rnn.ReLU), tensor.Shape{2, 3, 2, 4}},
		{"layers", rnn.NewConv(2, 3, 3, rnn.Tanh, rnn.Layers(2)), tensor.Shape{2, 3, 2, 4}},
		{"nobias", rnn.NewConv(2, 3, 5, rnn.Tanh, rnn.NoBias), tensor.Shape{2, 2, 2, 3}},
		{"kernel_1", rnn.NewConv(2, 3, 1, rnn.Tanh), tensor.Shape{2, 3, 2, 3}},
		{"blocks", rnn.NewConv(1, 2, 3, rnn.Tanh), tensor.Shape{18, 2, 1, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			relu := c.layer.Activation == rnn.ReLU
			x := nntest.Values(2, c.x...)
			if relu {
				x = nntest.Positive(2, c.x...)
			}
			run(t, initialized(t, c.layer, relu), x, tensor.Shape{c.x[0], c.x[1], c.layer.Hidden, c.x[3]})
		})
	}
}

func TestApplyConv(t *testing.T) {
	nntest.Run(t, nntest.Case{
		Inputs: inputsConv(1, 3, 3, 2, 3, 3, 4, true), Shape: tensor.Shape{3, 3, 3, 4}, Batch: []int{0},
		F: func(x ...*grad.Var) *grad.Var { return rnn.ApplyConv(x[0], x[1], x[2], x[3], x[4], rnn.Tanh) },
	})
}

// The results of Last and Rows are views, which the suite does not read; Tanh
// makes them arrays of their own.
func TestPool(t *testing.T) {
	for _, p := range []rnn.Pool{rnn.Last, rnn.Mean, rnn.Max} {
		t.Run(string(p), func(t *testing.T) {
			run(t, nn.Seq(p, nn.Tanh), nntest.Spread(1, 2, 5, 3), tensor.Shape{2, 3})
			run(t, nn.Seq(p, nn.Tanh), nntest.Spread(1, 2, 3, 2, 2), tensor.Shape{2, 2, 2})
		})
	}
}

func TestRows(t *testing.T) {
	run(t, nn.Seq(rnn.Rows, nn.Tanh), nntest.Values(1, 2, 3, 4, 5), tensor.Shape{2, 4, 3, 5})
}

// TestInit checks names, shapes and the range of the initial values.
func TestInit(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer nn.Module
		names string
		bound float64
	}{
		{"RNN", rnn.New(5, 64, rnn.ReLU), "0.weight_ih_l0 0.weight_hh_l0 0.bias_ih_l0 0.bias_hh_l0", 1 / math.Sqrt(64)},
		{"RNN of 2 layers", rnn.New(5, 64, rnn.ReLU, rnn.Layers(2), rnn.NoBias),
			"0.weight_ih_l0 0.weight_hh_l0 0.weight_ih_l1 0.weight_hh_l1", 1 / math.Sqrt(64)},
		{"ConvRNN", rnn.NewConv(5, 32, 3, rnn.ReLU), "0.weight_ih_l0 0.weight_hh_l0 0.bias_ih_l0 0.bias_hh_l0", 1 / math.Sqrt(32*3)},
	} {
		var names []string
		for _, p := range nn.Params(initialized(t, nn.Seq(c.layer), false)) {
			names = append(names, p.Name)
			largest := float64(tensor.Max(tensor.Abs(p.Value)).Data()[0])
			if largest > c.bound || largest < 0.8*c.bound {
				t.Errorf("%s: largest initial value of %s is %v, want just below %v", c.name, p.Name, largest, c.bound)
			}
		}
		if got := strings.Join(names, " "); got != c.names {
			t.Errorf("%s: parameters %s, want %s", c.name, got, c.names)
		}
	}
}

// TestLiteral: a literal works once nn.Init built it, and says so before.
func TestLiteral(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer nn.Module
		x     tensor.Shape
		y     tensor.Shape
	}{
		{"RNN", &rnn.RNN{In: 3, Hidden: 4, Activation: rnn.Tanh}, tensor.Shape{2, 5, 3}, tensor.Shape{2, 5, 4}},
		{"ConvRNN", &rnn.ConvRNN{In: 3, Hidden: 4, Kernel: 3, Layers: 2, Activation: rnn.ReLU}, tensor.Shape{2, 5, 3, 6}, tensor.Shape{2, 5, 4, 6}},
	} {
		tape := grad.NewTape(grad.Evaluation, 1)
		err := c.layer.Forward(tape.Input(tensor.Zeros(c.x...))).Err()
		wantError(t, c.name, err, "grad: "+c.name+": no parameters; call nn.Init or load weights")
		initialized(t, c.layer, false)
		tape.Reset()
		y := c.layer.Forward(tape.Input(tensor.Zeros(c.x...)))
		if err := y.Err(); err != nil || !y.Shape().Equal(c.y) {
			t.Errorf("%s: result of shape %v and error %v, want %v", c.name, y.Shape(), err, c.y)
		}
	}
}

func wantError(t *testing.T, name string, got error, want string) {
	t.Helper()
	if got == nil || got.Error() != want {
		t.Errorf("%s: error %q, want %q", name, got, want)
	}
}

// TestShapeErrors: a message names the place, what came and what was wanted.
func TestShapeErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer nn.Module
		x     tensor.Shape
		want  string
	}{
		{"features", rnn.New(3, 4, rnn.Tanh), tensor.Shape{2, 5, 6}, "nn: Seq.1 (RNN): input has 6 features in a step, want 3"},
		{"flattened features", rnn.New(6, 4, rnn.Tanh), tensor.Shape{2, 5, 2, 2}, "nn: Seq.1 (RNN): input has 4 features in a step, want 6"},
		{"rank", rnn.New(3, 4, rnn.Tanh), tensor.Shape{2, 3}, "nn: Seq.1 (RNN): input has shape [2 3], want [batch steps features] with at least one step"},
		{"no steps", rnn.New(3, 4, rnn.Tanh), tensor.Shape{2, 0, 3}, "nn: Seq.1 (RNN): input has shape [2 0 3], want [batch steps features] with at least one step"},
		{"channels", rnn.NewConv(3, 4, 3, rnn.Tanh), tensor.Shape{2, 5, 6, 7}, "nn: Seq.1 (ConvRNN): input has 6 channels, want 3"},
		{"conv rank", rnn.NewConv(3, 4, 3, rnn.Tanh), tensor.Shape{2, 5, 3},
			"nn: Seq.1 (ConvRNN): input has shape [2 5 3], want [batch steps channels width] with at least one step"},
		{"conv no steps", rnn.NewConv(3, 4, 3, rnn.Tanh), tensor.Shape{2, 0, 3, 4},
			"nn: Seq.1 (ConvRNN): input has shape [2 0 3 4], want [batch steps channels width] with at least one step"},
		{"pool rank", rnn.Last, tensor.Shape{2}, "nn: Seq.1 (Pool): input has shape [2], want [batch steps …] with at least one step"},
		{"pool no steps", rnn.Max, tensor.Shape{2, 0, 3}, "nn: Seq.1 (Pool): input has shape [2 0 3], want [batch steps …] with at least one step"},
		{"rows", rnn.Rows, tensor.Shape{2, 3, 4}, "nn: Seq.1 (Rows): input has shape [2 3 4], want [batch channels rows columns]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			net := initialized(t, nn.Seq(nn.ReLU, c.layer, nn.Flatten), false)
			y := net.Forward(grad.NewTape(grad.Training, 1).Input(tensor.Zeros(c.x...)))
			wantError(t, c.name, y.Err(), c.want)
			wantError(t, c.name+": Backward", y.Backward(), c.want)
		})
	}
}

// TestStateErrors: an initial state that does not fit, for stacks and for the
// operation, and weights that do not fit each other.
func TestStateErrors(t *testing.T) {
	l := initialized(t, rnn.New(3, 4, rnn.Tanh, rnn.Layers(2)), false)
	for _, c := range []struct {
		state tensor.Shape
		want  string
	}{
		{tensor.Shape{1, 2, 4}, "grad: RNN: initial state has shape [1 2 4], want [2 batch 4]"},
		{tensor.Shape{2, 4}, "grad: RNN: initial state has shape [2 4], want [2 batch 4]"},
		{tensor.Shape{2, 3, 4}, "grad: RNN: initial state has shape [1 3 4], want [1 2 4]"},
		{tensor.Shape{2, 2, 5}, "grad: RNN: initial state has shape [1 2 5], want [1 2 4]"},
	} {
		tape := grad.NewTape(grad.Evaluation, 1)
		y, hn := l.ForwardState(tape.Input(tensor.Zeros(2, 5, 3)), tape.Input(tensor.Zeros(c.state...)))
		wantError(t, "y", y.Err(), c.want)
		wantError(t, "hn", hn.Err(), c.want)
	}
	for _, c := range []struct {
		name   string
		layer  layer
		act    rnn.Activation
		shapes []tensor.Shape
		want   string
	}{
		{"wih", apply, rnn.Tanh, []tensor.Shape{{2, 5, 3}, {4}, {4, 4}, nil, nil, nil}, "grad: RNN: input weight has shape [4], want [hidden features]"},
		{"whh", apply, rnn.Tanh, []tensor.Shape{{2, 5, 3}, {4, 3}, {4, 3}, nil, nil, nil}, "grad: RNN: recurrent weight has shape [4 3], want [4 4]"},
		{"bias", apply, rnn.Tanh, []tensor.Shape{{2, 5, 3}, {4, 3}, {4, 4}, nil, {3}, nil}, "grad: RNN: bias has shape [3], want [4]"},
		{"activation", apply, "gelu", []tensor.Shape{{2, 5, 3}, {4, 3}, {4, 4}, nil, nil, nil}, `grad: RNN: activation "gelu", want "tanh" or "relu"`},
		{"conv wih", applyConv, rnn.Tanh, []tensor.Shape{{2, 5, 3, 6}, {4}, {4, 4, 3}, nil, nil}, "grad: ConvRNN: input weight has shape [4], want [hidden channels kernel]"},
		{"conv kernel", applyConv, rnn.Tanh, []tensor.Shape{{2, 5, 3, 6}, {4, 3, 2}, {4, 4, 2}, nil, nil}, "grad: ConvRNN: kernel 2, want an odd number"},
		{"conv whh", applyConv, rnn.Tanh, []tensor.Shape{{2, 5, 3, 6}, {4, 3, 3}, {4, 4, 1}, nil, nil}, "grad: ConvRNN: recurrent weight has shape [4 4 1], want [4 4 3]"},
		{"conv bias", applyConv, rnn.Tanh, []tensor.Shape{{2, 5, 3, 6}, {4, 3, 3}, {4, 4, 3}, {3}, nil}, "grad: ConvRNN: bias has shape [3], want [4]"},
	} {
		tape := grad.NewTape(grad.Evaluation, 1)
		x := make([]*grad.Var, len(c.shapes))
		for i, s := range c.shapes {
			if s != nil {
				x[i] = tape.Input(tensor.Zeros(s...))
			}
		}
		wantError(t, c.name, c.layer(x, c.act).Err(), c.want)
	}
}

// TestSettingErrors: settings that cannot be are found by nn.Init and by Forward.
func TestSettingErrors(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer nn.Module
		want  string
	}{
		{"activation", rnn.New(3, 4, "gelu"), `activation "gelu", want "tanh" or "relu"`},
		{"no activation", &rnn.RNN{In: 3, Hidden: 4}, `activation "", want "tanh" or "relu"`},
		{"hidden", rnn.New(3, 0, rnn.Tanh), "3 inputs, 0 hidden units and 1 layers, want at least 1"},
		{"layers", rnn.New(3, 4, rnn.Tanh, rnn.Layers(-1)), "3 inputs, 4 hidden units and -1 layers, want at least 1"},
		{"conv activation", rnn.NewConv(3, 4, 3, ""), `activation "", want "tanh" or "relu"`},
		{"conv channels", rnn.NewConv(0, 4, 3, rnn.Tanh), "0 input channels, 4 hidden channels and 1 layers, want at least 1"},
		{"conv kernel", rnn.NewConv(3, 4, 2, rnn.Tanh), "kernel 2, want an odd number"},
		{"conv no kernel", rnn.NewConv(3, 4, -1, rnn.Tanh), "kernel -1, want an odd number"},
		{"large", rnn.New(3, 1<<24+1, rnn.Tanh), "3 inputs and 16777217 hidden units, want at most 16777216"},
		{"overflow", rnn.NewLSTM(3, math.MaxInt/2+1), fmt.Sprintf("3 inputs and %d hidden units, want at most 16777216", math.MaxInt/2+1)},
		{"conv large", rnn.NewConvGRU(math.MaxInt, 4, 3), fmt.Sprintf("%d input channels and 4 hidden channels, want at most 16777216", math.MaxInt)},
		{"conv large kernel", rnn.NewConvRNN2D(3, 4, math.MaxInt, rnn.ReLU), fmt.Sprintf("kernel %d, want at most 16777216", math.MaxInt)},
		{"attention", rnn.NewAttentionPool(0), "0 features, want 1 to 16777216"},
		{"large attention", rnn.NewAttentionPool(math.MaxInt), fmt.Sprintf("%d features, want 1 to 16777216", math.MaxInt)},
		{"pool", rnn.Pool("first"), `"first", want "last", "mean", "max" or "ends"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := nn.Init(1, nn.Seq(nn.ReLU, c.layer))
			if err == nil || !strings.HasPrefix(err.Error(), "nn: Init: 1: rnn: ") || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("Init: error %q, want place 1 and %q", err, c.want)
			}
			x := grad.NewTape(grad.Evaluation, 1).Input(tensor.Zeros(2, 5, 3))
			err = nn.Seq(nn.ReLU, c.layer).Forward(x).Err()
			if err == nil || !strings.HasPrefix(err.Error(), "nn: Seq.1 (") || !strings.HasSuffix(err.Error(), c.want) {
				t.Errorf("Forward: error %q, want place Seq.1 and %q", err, c.want)
			}
		})
	}
}

// TestConcurrent: a layer may be applied by many goroutines, each on its own tape.
func TestConcurrent(t *testing.T) {
	net := initialized(t, nn.Seq(rnn.Rows, rnn.NewConv(3, 4, 3, rnn.Tanh), rnn.New(4*8, 5, rnn.ReLU), rnn.Mean), false)
	x := tensor.Uniform(1, -1, 1, 20, 3, 6, 8)
	weight := nn.Params(net)[0]
	run := func() (y, dw *tensor.Tensor, err error) {
		tape := grad.NewTape(grad.Training, 1)
		v := net.Forward(tape.Input(x))
		err = v.BackwardFrom(nil)
		return v.Data(), tape.ParamGrad(weight), err
	}
	y, dw, err := run()
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			y2, dw2, err := run()
			if err != nil || !y2.Equal(y) || !dw2.Equal(dw) {
				t.Errorf("result %v, gradient %v, error %v, want %v and %v", y2, dw2, err, y, dw)
			}
		})
	}
	wait.Wait()
}
