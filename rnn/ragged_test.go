package rnn_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// TestRaggedAlone: in a batch with others of any lengths, results, final states and
// gradients of inputs of a sequence have the bits that it gets alone, and gradients of
// parameters are the sum of those that all get alone. Padding holds numbers that would
// show; results and gradients there are zeros.
func TestRaggedAlone(t *testing.T) {
	everyLevel(t, func(t *testing.T) {
		r := rand.New(rand.NewPCG(3, 4))
		for i := range 24 {
			k := kinds[i%len(kinds)]
			n, steps, in, hidden := 1+r.IntN(40), 1+r.IntN(7), 1+r.IntN(5), 1+r.IntN(20)
			opts := []rnn.Option{rnn.Layers(1 + r.IntN(2))}
			if r.IntN(2) == 0 {
				opts = append(opts, rnn.Bidirectional)
			}
			l := k.make(in, hidden, opts...)
			initialized(t, nn.Module(l), false)
			lengths := make([]int, n)
			for j := range lengths {
				lengths[j] = 1 + r.IntN(steps)
			}
			x := tensor.Uniform(uint64(i), -1, 1, n, steps, in)
			checkAlone(t, fmt.Sprintf("case %d: %s of %d hidden, %d steps", i, k.name, hidden, steps), l, x, lengths)
		}
		for _, c := range []struct {
			name  string
			layer rnn.Layer
			size  []int
		}{
			{"RNN, ReLU", rnn.New(2, 17, rnn.ReLU, rnn.Bidirectional), nil},
			{"projected LSTM", rnn.NewLSTM(2, 9, rnn.Proj(4), rnn.Layers(2)), nil},
			{"ConvRNN", rnn.NewConv(2, 3, 3, rnn.Tanh, rnn.Bidirectional), []int{6}},
			{"ConvLSTM", rnn.NewConvLSTM(2, 3, 3, rnn.Layers(2)), []int{6}},
			{"ConvGRU", rnn.NewConvGRU(2, 3, 5), []int{5}},
			{"ConvRNN2D", rnn.NewConvRNN2D(2, 3, 3, rnn.ReLU, rnn.Layers(2)), []int{4, 5}},
			{"ConvLSTM2D", rnn.NewConvLSTM2D(2, 3, 3, rnn.Bidirectional), []int{4, 5}},
			{"ConvGRU2D", rnn.NewConvGRU2D(2, 3, 3, rnn.Bidirectional), []int{3, 4}},
		} {
			initialized(t, nn.Module(c.layer), false)
			n, steps := 1+r.IntN(6), 1+r.IntN(5)
			lengths := make([]int, n)
			for j := range lengths {
				lengths[j] = 1 + r.IntN(steps)
			}
			checkAlone(t, c.name, c.layer, tensor.Uniform(1, -1, 1, append([]int{n, steps, 2}, c.size...)...), lengths)
		}
	})
}

// checkAlone compares the sequences of a batch with the same alone.
func checkAlone(t *testing.T, name string, l rnn.Layer, x *tensor.Tensor, lengths []int) {
	t.Helper()
	steps := x.Dim(1)
	all, gradients := alone(t, l, x, lengths)
	sums := make([]*tensor.Tensor, len(gradients))
	for j, length := range lengths {
		one, g := alone(t, l, x.Slice(0, j, j+1).Slice(1, 0, length).Clone(), nil)
		for p := range g {
			if j == 0 {
				sums[p] = tensor.Zeros(g[p].Shape()...)
			}
			sums[p].Copy(tensor.Add(sums[p], g[p]))
		}
		for p, w := range one {
			axis := 0
			if p > 1 { // final states
				axis = 1
			}
			got := all[p].Slice(axis, j, j+1)
			if axis == 0 {
				if rest := got.Slice(1, length, steps).Clone(); !rest.Equal(tensor.Zeros(rest.Shape()...)) {
					t.Fatalf("%s: lengths %v, sequence %d, part %d: padding is %v, want zeros", name, lengths, j, p, rest)
				}
				got = got.Slice(1, 0, length)
			}
			if !got.Equal(w) {
				t.Fatalf("%s: lengths %v, sequence %d, part %d is %v, want %v", name, lengths, j, p, got, w)
			}
		}
	}
	for p, got := range gradients {
		largest, apart := 0.0, 0.0
		for i, v := range got.Data() {
			w := float64(sums[p].Data()[i])
			largest, apart = max(largest, math.Abs(w)), max(apart, math.Abs(float64(v)-w))
		}
		if !(apart <= 1e-5*largest+1e-7) {
			t.Fatalf("%s: lengths %v: gradient of parameter %d is %v, want %v", name, lengths, p, got, sums[p])
		}
	}
}

// alone returns the results of a layer, the gradient of its input, and final states; and
// the gradients of its parameters.
func alone(t *testing.T, l rnn.Layer, x *tensor.Tensor, lengths []int) (out, gradients []*tensor.Tensor) {
	t.Helper()
	tape := grad.NewTape(grad.Gradients, 1)
	in := tape.Input(x).RequireGrad()
	v := in
	if lengths != nil {
		v = rnn.Ragged(in, lengths)
	}
	y, final := l.ForwardState(v, nil)
	if err := y.Part(0).BackwardFrom(nil); err != nil {
		t.Fatal(err)
	}
	out = []*tensor.Tensor{y.Part(0).Data().Clone(), in.Grad().Clone()}
	for i := range final.Parts() {
		out = append(out, final.Part(i).Data().Clone())
	}
	for _, p := range nn.Params(l.(nn.Module)) {
		gradients = append(gradients, tape.ParamGrad(p).Clone())
	}
	return out, gradients
}

// TestLengthErrors: lengths that cannot be are errors of layers and of pooling.
func TestLengthErrors(t *testing.T) {
	lstm := initialized(t, rnn.NewLSTM(3, 4), false)
	conv := initialized(t, rnn.NewConv(3, 4, 3, rnn.Tanh), false)
	attention := initialized(t, rnn.NewAttentionPool(3), false)
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, c := range []struct {
		name    string
		layer   nn.Module
		lengths []float32
		want    string
	}{
		{"negative", lstm, []float32{2, -1}, "grad: LSTM: length -1 of sequence 1, want a whole number from 1 to 5"},
		{"zero", lstm, []float32{0, 5}, "grad: LSTM: length 0 of sequence 0, want a whole number from 1 to 5"},
		{"too large", lstm, []float32{1, 6}, "grad: LSTM: length 6 of sequence 1, want a whole number from 1 to 5"},
		{"fraction", lstm, []float32{1.5, 5}, "grad: LSTM: length 1.5 of sequence 0, want a whole number from 1 to 5"},
		{"NaN", lstm, []float32{nan, 5}, "grad: LSTM: length NaN of sequence 0, want a whole number from 1 to 5"},
		{"infinite", lstm, []float32{1, inf}, "grad: LSTM: length +Inf of sequence 1, want a whole number from 1 to 5"},
		{"number", lstm, []float32{1, 2, 3}, "grad: LSTM: lengths have shape [3], want [2]"},
		{"conv", conv, []float32{1, 9}, "grad: ConvRNN: length 9 of sequence 1, want a whole number from 1 to 5"},
		{"pool", rnn.Mean, []float32{1, 0}, "grad: Pool: length 0 of sequence 1, want a whole number from 1 to 5"},
		{"pool NaN", rnn.Max, []float32{1, nan}, "grad: Pool: length NaN of sequence 1, want a whole number from 1 to 5"},
		{"pool number", rnn.Last, []float32{1}, "grad: Pool: lengths have shape [1], want [2]"},
		{"attention", attention, []float32{6, 1}, "grad: AttentionPool: length 6 of sequence 0, want a whole number from 1 to 5"},
	} {
		tape := grad.NewTape(grad.Evaluation, 1)
		x := tape.Input(tensor.Zeros(2, 5, 3))
		if c.layer == nn.Module(conv) {
			x = tape.Input(tensor.Zeros(2, 5, 3, 2))
		}
		y := c.layer.Forward(grad.Tuple(x, tape.Input(tensor.New(c.lengths, len(c.lengths)))))
		wantError(t, c.name, y.Err(), c.want)
	}
	tape := grad.NewTape(grad.Evaluation, 1)
	x := tape.Input(tensor.Zeros(2, 5, 3))
	for _, c := range []struct {
		name  string
		layer nn.Module
		want  string
	}{
		{"layer", lstm, "grad: LSTM: input is a tuple of 3, want sequences and their lengths"},
		{"pool", rnn.Last, "grad: Pool: input is a tuple of 3, want sequences and their lengths"},
		{"attention", attention, "grad: AttentionPool: input is a tuple of 3, want sequences and their lengths"},
		{"padded", rnn.Padded, "grad: Padded: input is a tuple of 3, want sequences and their lengths"},
	} {
		wantError(t, c.name, c.layer.Forward(grad.Tuple(x, x, x)).Err(), c.want)
		tape.Reset()
		x = tape.Input(tensor.Zeros(2, 5, 3))
	}
}

// TestForms: lengths may be a column, one step works, and an empty batch gives one, with
// lengths and without, for everything that takes sequences.
func TestForms(t *testing.T) {
	both := rnn.Bidirectional
	for _, c := range []struct {
		name  string
		layer nn.Module
		steps bool         // it puts out steps
		x, y  tensor.Shape // what a step has
	}{
		{"RNN", rnn.New(6, 4, rnn.ReLU), true, tensor.Shape{3, 2}, tensor.Shape{4}},
		{"LSTM", rnn.NewLSTM(6, 4, both, rnn.Proj(2)), true, tensor.Shape{6}, tensor.Shape{4}},
		{"GRU", rnn.NewGRU(6, 4, both), true, tensor.Shape{6}, tensor.Shape{8}},
		{"ConvRNN", rnn.NewConv(2, 3, 3, rnn.Tanh), true, tensor.Shape{2, 1}, tensor.Shape{3, 1}},
		{"ConvLSTM", rnn.NewConvLSTM(2, 3, 5), true, tensor.Shape{2, 4}, tensor.Shape{3, 4}},
		{"ConvGRU", rnn.NewConvGRU(2, 3, 3, both), true, tensor.Shape{2, 4}, tensor.Shape{6, 4}},
		{"ConvRNN2D", rnn.NewConvRNN2D(2, 3, 3, rnn.Tanh), true, tensor.Shape{2, 1, 5}, tensor.Shape{3, 1, 5}},
		{"ConvLSTM2D", rnn.NewConvLSTM2D(2, 3, 3, both), true, tensor.Shape{2, 4, 5}, tensor.Shape{6, 4, 5}},
		{"ConvGRU2D", rnn.NewConvGRU2D(2, 3, 1), true, tensor.Shape{2, 4, 5}, tensor.Shape{3, 4, 5}},
		{"last", rnn.Last, false, tensor.Shape{6}, tensor.Shape{6}},
		{"mean", rnn.Mean, false, tensor.Shape{2, 3}, tensor.Shape{2, 3}},
		{"max", rnn.Max, false, tensor.Shape{6}, tensor.Shape{6}},
		{"ends", rnn.Ends, false, tensor.Shape{6}, tensor.Shape{6}},
		{"attention", rnn.NewAttentionPool(6), false, tensor.Shape{6}, tensor.Shape{6}},
		{"padded", rnn.Padded, true, tensor.Shape{6}, tensor.Shape{6}},
	} {
		initialized(t, c.layer, false)
		for _, s := range []struct{ n, t int }{{2, 1}, {0, 5}, {1, 1}} {
			x := append(tensor.Shape{s.n, s.t}, c.x...)
			want := append(tensor.Shape{s.n, s.t}, c.y...)
			if !c.steps {
				want = append(tensor.Shape{s.n}, c.y...)
			}
			for _, lengths := range []tensor.Shape{nil, {s.n}, {s.n, 1}} {
				tape := grad.NewTape(grad.Gradients, 1)
				in := tape.Input(tensor.Ones(x...)).RequireGrad()
				v := in
				if lengths != nil {
					v = grad.Tuple(in, tape.Input(tensor.Ones(lengths...)))
				}
				y := c.layer.Forward(v)
				if y.Parts() == 2 {
					y = y.Part(0)
				}
				if err := y.BackwardFrom(nil); err != nil || !y.Shape().Equal(want) || !in.Grad().Shape().Equal(x) {
					t.Errorf("%s: result for %v and lengths %v has shape %v and error %v, want %v", c.name, x, lengths, y.Shape(), err, want)
				}
			}
		}
	}
}

// classifier takes tokens and lengths.
func classifier() *nn.Sequential {
	return nn.Seq(
		nn.Inputs(nn.NewEmbedding(7, 3), nn.Identity), rnn.NewLSTM(3, 4, rnn.Bidirectional, rnn.Layers(2)), rnn.NewGRU(8, 6),
		rnn.NewAttentionPool(6), nn.NewLinear(6, 2),
	)
}

// TestRaggedPredictor: a predictor, which is traced with zeros for lengths, takes
// them as an input.
func TestRaggedPredictor(t *testing.T) {
	net := initialized(t, classifier(), false)
	p, err := nn.NewPredictor(net, tensor.Shape{5}, tensor.Shape{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	tokens, lengths := tensor.New([]float32{1, 2, 3, 4, 5, 6, 5, 4, 0, 0, 1, 0, 0, 0, 0}, 3, 5), tensor.New([]float32{5, 3, 1}, 3)
	got, err := p.Predict(t.Context(), tokens, lengths)
	if err != nil {
		t.Fatal(err)
	}
	tape := grad.NewTape(grad.Evaluation, 1)
	if want := net.Forward(grad.Tuple(tape.Input(tokens), tape.Input(lengths))); !got.Equal(want.Data()) {
		t.Errorf("prediction is %v, want %v", got, want.Data())
	}
	_, err = p.Predict(t.Context(), tokens, tensor.New([]float32{5, 0, 1}, 3))
	wantError(t, "length", err, "nn: Seq.1 (LSTM): length 0 of sequence 1, want a whole number from 1 to 5")
}

func TestRaggedPool(t *testing.T) {
	for _, p := range []rnn.Pool{rnn.Last, rnn.Mean, rnn.Max, rnn.Ends} {
		for _, s := range []tensor.Shape{{4, 3, 2}, {4, 3, 2, 2}} {
			t.Run(string(p), func(t *testing.T) {
				nntest.Run(t, nntest.Case{
					Inputs: []*tensor.Tensor{nntest.Spread(1, s...), tensor.New([]float32{2, 3, 1, 3}, 4)},
					Batch:  []int{0, 1}, Constant: []int{1}, Shape: append(tensor.Shape{4}, s[2:]...),
					F: func(x ...*grad.Var) *grad.Var { return p.Forward(grad.Tuple(x...)) },
				})
			})
		}
	}
	t.Run("ends without lengths", func(t *testing.T) { run(t, rnn.Ends, nntest.Values(1, 3, 4, 6), tensor.Shape{3, 6}) })
}

func TestAttentionPool(t *testing.T) {
	l := initialized(t, rnn.NewAttentionPool(3), false)
	run(t, l, nntest.Values(1, 4, 5, 3), tensor.Shape{4, 3})
	nntest.Run(t, nntest.Case{
		Inputs: []*tensor.Tensor{nntest.Values(1, 4, 3, 3), tensor.New([]float32{2, 3, 1, 3}, 4)}, Params: nn.Params(l),
		Batch: []int{0, 1}, Constant: []int{1}, Shape: tensor.Shape{4, 3},
		F: func(x ...*grad.Var) *grad.Var { return l.Forward(grad.Tuple(x...)) },
	})
}

// A pool gives a sequence with a length what it gives it alone, to the bit.
func TestPoolAlone(t *testing.T) {
	for _, p := range []nn.Module{rnn.Last, rnn.Mean, rnn.Max, rnn.Ends, initialized(t, rnn.NewAttentionPool(6), false)} {
		x := tensor.Uniform(1, -1, 1, 5, 7, 6)
		lengths := []int{7, 1, 3, 7, 5}
		all := p.Forward(rnn.Ragged(grad.NewTape(grad.Evaluation, 1).Input(x), lengths)).Data()
		for i, l := range lengths {
			one := p.Forward(grad.NewTape(grad.Evaluation, 1).Input(x.Slice(0, i, i+1).Slice(1, 0, l).Clone())).Data()
			if got := all.Slice(0, i, i+1); !got.Equal(one) {
				t.Errorf("%v, %d steps: %v, alone %v", p, l, got, one)
			}
		}
	}
}

// The weights of a plan are packed, also if sequences have lengths or a state.
func TestPlanPacks(t *testing.T) {
	l := initialized(t, rnn.NewGRU(3, 4), false)
	tape := grad.NewTape(grad.Evaluation|grad.Trace, 1)
	x, lengths, h := tape.Input(tensor.Zeros(2, 5, 3)), tape.Input(tensor.Zeros(2)), tape.Input(tensor.Zeros(1, 2, 4))
	y, _ := l.ForwardState(grad.Tuple(x, lengths), h)
	p, err := tape.Plan([]*grad.Var{x, lengths, h}, []*grad.Var{y.Part(0)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, c := range tape.Calls() {
		if c.Op().Name() == "GRU" && c.Packed() == nil {
			t.Error("the weights are not packed")
		}
	}
}
