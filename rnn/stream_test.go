package rnn_test

import (
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// TestStream: step by step, states have the bits of the whole sequence, also where
// the stream is set to a state in between.
func TestStream(t *testing.T) {
	defer mem.Poison.Store(mem.Poison.Swap(true))
	for _, c := range []struct {
		name  string
		layer rnn.Layer
		batch int
		size  []int
	}{
		{"RNN", rnn.New(3, 17, rnn.Tanh, rnn.Layers(2)), 3, nil},
		{"ReLU", rnn.New(3, 5, rnn.ReLU, rnn.NoBias), 3, nil},
		{"LSTM", rnn.NewLSTM(3, 18, rnn.Layers(3), rnn.Dropout(0.5)), 3, nil},
		{"projected", rnn.NewLSTM(3, 18, rnn.Layers(2), rnn.Proj(7)), 18, nil},
		{"GRU", rnn.NewGRU(3, 19, rnn.Layers(2)), 33, nil},
		{"no bias", rnn.NewGRU(3, 4, rnn.NoBias), 3, nil},
		{"parallel", rnn.NewGRU(3, 96), 40, nil},
		{"ConvRNN", rnn.NewConv(3, 4, 3, rnn.Tanh, rnn.Layers(2)), 3, []int{7}},
		{"ConvRNN, ReLU", rnn.NewConv(3, 2, 1, rnn.ReLU, rnn.NoBias), 1, []int{33}},
		{"ConvLSTM", rnn.NewConvLSTM(3, 5, 5, rnn.Layers(2), rnn.Dropout(0.5)), 2, []int{9}},
		{"ConvLSTM, no bias", rnn.NewConvLSTM(3, 2, 3, rnn.NoBias), 18, []int{3}},
		{"ConvGRU", rnn.NewConvGRU(3, 4, 3, rnn.Layers(3)), 2, []int{17}},
		{"ConvGRU, no bias", rnn.NewConvGRU(3, 4, 5, rnn.NoBias), 3, []int{1}},
		{"ConvRNN2D", rnn.NewConvRNN2D(3, 4, 3, rnn.Tanh, rnn.Layers(2)), 2, []int{5, 7}},
		{"ConvRNN2D, no bias", rnn.NewConvRNN2D(3, 1, 1, rnn.ReLU, rnn.NoBias), 3, []int{2, 9}},
		{"ConvLSTM2D", rnn.NewConvLSTM2D(3, 4, 5, rnn.Layers(2)), 1, []int{3, 8}},
		{"ConvLSTM2D, no bias", rnn.NewConvLSTM2D(3, 2, 3, rnn.NoBias), 17, []int{1, 5}},
		{"ConvGRU2D", rnn.NewConvGRU2D(3, 4, 3, rnn.Layers(2)), 3, []int{6, 1}},
		{"ConvGRU2D, no bias", rnn.NewConvGRU2D(3, 3, 5, rnn.NoBias), 2, []int{7, 7}},
		{"parallel ConvGRU2D", rnn.NewConvGRU2D(3, 9, 3), 33, []int{6, 6}},
	} {
		t.Run(c.name, func(t *testing.T) {
			everyLevel(t, func(t *testing.T) {
				const steps = 9
				l, batch := c.layer, c.batch
				initialized(t, nn.Module(l), false)
				x := tensor.Uniform(1, -1, 1, append([]int{batch, steps, 3}, c.size...)...)
				want, final := whole(t, l, x)
				s, err := rnn.NewStream(l, batch, c.size...)
				if err != nil {
					t.Fatal(err)
				}
				for range 2 {
					stream(t, s, x, want, 0, steps)
					for i, got := range parts(s) {
						if w := final[i]; !got.Equal(w) {
							t.Errorf("final state %d is %v, want %v", i, got, w)
						}
					}
					s.Reset()
				}
				// From a state in the middle, in another stream.
				stream(t, s, x, want, 0, 4)
				other, err := rnn.NewStream(l, batch, c.size...)
				if err != nil {
					t.Fatal(err)
				}
				if err := other.SetState(s.State()); err != nil {
					t.Fatal(err)
				}
				stream(t, other, x, want, 4, steps)
				// A clone and its original go on from there, each by itself.
				twin := s.Clone()
				for i := 4; i < steps; i++ {
					stream(t, twin, x, want, i, i+1)
					stream(t, s, x, want, i, i+1)
				}
			})
		})
	}
}

// whole returns what a layer makes of whole sequences, and the parts of the final
// state.
func whole(t *testing.T, l rnn.Layer, x *tensor.Tensor) (y *tensor.Tensor, final []*tensor.Tensor) {
	t.Helper()
	v, last := l.ForwardState(grad.NewTape(grad.Evaluation, 1).Input(x), nil)
	if err := v.Err(); err != nil {
		t.Fatal(err)
	}
	for i := range last.Parts() {
		final = append(final, last.Part(i).Data())
	}
	return v.Data(), final
}

// parts returns the states of a stream.
func parts(s *rnn.Stream) []*tensor.Tensor {
	h, c := s.State()
	if c == nil {
		return []*tensor.Tensor{h}
	}
	return []*tensor.Tensor{h, c}
}

// stream takes steps from one to another and compares what is put out.
func stream(t *testing.T, s *rnn.Stream, x, want *tensor.Tensor, from, to int) {
	t.Helper()
	y := want.Index(1, 0).Clone()
	for i := from; i < to; i++ {
		if err := s.Step(y.Data(), x.Index(1, i).Clone().Data()); err != nil {
			t.Fatal(err)
		}
		if w := want.Index(1, i); !y.Equal(w) {
			t.Fatalf("step %d puts out %v, want %v", i, y, w)
		}
	}
}

// TestStreamTimeFirst: the order of axes is of no concern to a step.
func TestStreamTimeFirst(t *testing.T) {
	x := tensor.Uniform(1, -1, 1, 6, 2, 3, 5) // [T, N, In, W]
	l := initialized(t, rnn.NewConvLSTM(3, 4, 3, rnn.TimeFirst), false)
	want, _ := whole(t, l, x)
	s, err := rnn.NewStream(l, 2, 5)
	if err != nil {
		t.Fatal(err)
	}
	stream(t, s, x.Transpose(0, 1), want.Transpose(0, 1), 0, 6)
}

// TestStreamCopies: what becomes of the weights later is of no concern to a stream.
func TestStreamCopies(t *testing.T) {
	for _, c := range []struct {
		layer rnn.Layer
		x     tensor.Shape
	}{
		{rnn.NewLSTM(3, 6, rnn.Proj(4), rnn.Layers(2)), tensor.Shape{2, 5, 3}},
		{rnn.NewConvGRU2D(3, 4, 3), tensor.Shape{2, 5, 3, 4, 5}},
	} {
		initialized(t, nn.Module(c.layer), false)
		x := tensor.Uniform(1, -1, 1, c.x...)
		y, _ := whole(t, c.layer, x)
		want := y.Clone()
		s, err := rnn.NewStream(c.layer, 2, c.x[3:]...)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range nn.Params(c.layer) {
			p.Value.Fill(7)
		}
		stream(t, s, x, want, 0, 5)
	}
}

// TestStreamSettings: what counts are the weights that there are, as for the layer, not a
// setting that was changed since they were made.
func TestStreamSettings(t *testing.T) {
	for _, proj := range []int{0, 3} {
		l := initialized(t, rnn.NewLSTM(3, 6, rnn.Proj(proj)), false)
		l.Proj = 3 - proj
		x := tensor.Uniform(1, -1, 1, 2, 5, 3)
		want, _ := whole(t, l, x)
		s, err := rnn.NewStream(l, 2)
		if err != nil {
			t.Fatal(err)
		}
		stream(t, s, x, want, 0, 3)
		stream(t, s.Clone(), x, want, 3, 5)
	}
}

func TestStreamAllocations(t *testing.T) {
	for _, c := range []struct {
		name  string
		layer rnn.Layer
		batch int
		size  []int
	}{
		{"LSTM", rnn.NewLSTM(3, 256, rnn.Layers(2)), 1, nil},
		{"projected", rnn.NewLSTM(3, 256, rnn.Proj(32)), 20, nil},
		{"ConvRNN", rnn.NewConv(3, 8, 5, rnn.ReLU), 1, []int{32}},
		{"ConvLSTM", rnn.NewConvLSTM(3, 8, 3, rnn.Layers(2)), 3, []int{5}},
		{"ConvGRU2D", rnn.NewConvGRU2D(3, 16, 3, rnn.Layers(2)), 18, []int{9, 7}},
	} {
		initialized(t, nn.Module(c.layer), false)
		s, err := rnn.NewStream(c.layer, c.batch, c.size...)
		if err != nil {
			t.Fatal(err)
		}
		h, _ := s.State()
		y := make([]float32, h.Index(0, 0).Shape().Size())
		x := make([]float32, c.batch*3*tensor.Shape(c.size).Size())
		n := testing.AllocsPerRun(10, func() {
			if err := s.Step(y, x); err != nil {
				t.Fatal(err)
			}
		})
		if n > 0 && !raceEnabled {
			t.Errorf("%s: a step makes %v allocations, want 0", c.name, n)
		}
	}
}

func TestStreamErrors(t *testing.T) {
	good := initialized(t, rnn.NewLSTM(3, 4), false)
	rows, pictures := initialized(t, rnn.NewConv(3, 4, 3, rnn.Tanh), false), initialized(t, rnn.NewConvGRU2D(3, 4, 3), false)
	for _, c := range []struct {
		name  string
		layer rnn.Layer
		batch int
		size  []int
		want  string
	}{
		{"bidirectional", initialized(t, rnn.NewGRU(3, 4, rnn.Bidirectional), false), 1,
			nil, "rnn: NewStream: the GRU is bidirectional and needs whole sequences, want one of a single direction"},
		{"batch", good, 0, nil, "rnn: NewStream: batch of 0, want at least 1"},
		{"large batch", good, 1 << 30, nil, "rnn: NewStream: batch of 1073741824 with steps of size [] has 1.72e+10 values, want at most 1073741824"},
		{"settings", rnn.NewLSTM(3, 0), 1, nil, "rnn: LSTM: 3 inputs, 0 hidden units and 1 layers, want at least 1"},
		{"no values", rnn.NewLSTM(3, 4), 1, nil, `rnn: NewStream: parameter "weight_ih_l0" has no value; call nn.Init or load weights`},
		{"no parameters", &rnn.LSTM{In: 3, Hidden: 4}, 1, nil, "rnn: NewStream: the LSTM has no parameters; call nn.Init or load weights"},
		{"size for an LSTM", good, 1, []int{5}, "rnn: NewStream: steps of the LSTM have size [5], want none"},
		{"no width", rows, 1, nil, "rnn: NewStream: steps of the ConvRNN have size [], want [width]"},
		{"width of 0", rows, 1, []int{0}, "rnn: NewStream: steps of the ConvRNN have size [0], want at least 1 along each axis"},
		{"height", pictures, 1, []int{5}, "rnn: NewStream: steps of the ConvGRU2D have size [5], want [height width]"},
		{"negative width", pictures, 1, []int{5, -1}, "rnn: NewStream: steps of the ConvGRU2D have size [5 -1], want at least 1 along each axis"},
		{"three axes", pictures, 1, []int{3, 5, 5}, "rnn: NewStream: steps of the ConvGRU2D have size [3 5 5], want [height width]"},
		{"large", pictures, 2, []int{1 << 20, 1 << 20}, "rnn: NewStream: batch of 2 with steps of size [1048576 1048576] has 3.52e+13 values, want at most 1073741824"},
	} {
		_, err := rnn.NewStream(c.layer, c.batch, c.size...)
		wantError(t, c.name, err, c.want)
	}
	wrong := initialized(t, rnn.NewGRU(3, 4), false)
	for name, p := range wrong.Parameters {
		if name == "weight_hh_l0" {
			p.Value = tensor.Zeros(12, 2)
		}
	}
	_, err := rnn.NewStream(wrong, 1)
	wantError(t, "value", err, `rnn: NewStream: parameter "weight_hh_l0" has a value of shape [12 2], want [12 4]`)
	s, err := rnn.NewStream(good, 2)
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, "input", s.Step(make([]float32, 8), make([]float32, 5)), "rnn: Stream: input of 5 values, want 6")
	wantError(t, "output", s.Step(make([]float32, 7), make([]float32, 6)), "rnn: Stream: output for 7 values, want 8")
	wantError(t, "h", s.SetState(tensor.Zeros(2, 4), nil), "rnn: Stream: h has shape [2 4], want [1 2 4]")
	wantError(t, "c", s.SetState(tensor.Zeros(1, 2, 4), nil), "rnn: Stream: c has shape [], want [1 2 4]")
	p, err := rnn.NewStream(pictures, 2, 5, 7)
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, "picture", p.Step(make([]float32, 2*4*5*7), make([]float32, 2*3*7*7)), "rnn: Stream: input of 294 values, want 210")
	wantError(t, "output for pictures", p.Step(make([]float32, 8), make([]float32, 2*3*5*7)), "rnn: Stream: output for 8 values, want 280")
	wantError(t, "h of pictures", p.SetState(tensor.Zeros(1, 2, 4, 7, 5), nil), "rnn: Stream: h has shape [1 2 4 7 5], want [1 2 4 5 7]")
	g, err := rnn.NewStream(initialized(t, rnn.NewGRU(3, 4), false), 1)
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, "c of a GRU", g.SetState(tensor.Zeros(1, 1, 4), tensor.Zeros(1, 1, 4)), "rnn: Stream: c has shape [1 1 4], want none")
	if h, _ := s.State(); strings.Trim(h.String(), "[0. ]\n") != "" {
		t.Errorf("the state after errors is %v, want zeros", h)
	}
}
