package rnn_test

import (
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// TestStream: step by step, states have the bits of the whole sequence, also where
// the stream is set to a state in between.
func TestStream(t *testing.T) {
	for name, l := range map[string]rnn.Layer{
		"RNN":       rnn.New(3, 17, rnn.Tanh, rnn.Layers(2)),
		"ReLU":      rnn.New(3, 5, rnn.ReLU, rnn.NoBias),
		"LSTM":      rnn.NewLSTM(3, 18, rnn.Layers(3), rnn.Dropout(0.5)),
		"projected": rnn.NewLSTM(3, 18, rnn.Layers(2), rnn.Proj(7)),
		"GRU":       rnn.NewGRU(3, 19, rnn.Layers(2)),
		"no bias":   rnn.NewGRU(3, 4, rnn.NoBias),
	} {
		t.Run(name, func(t *testing.T) {
			everyLevel(t, func(t *testing.T) {
				const batch, steps = 3, 9
				initialized(t, nn.Module(l), false)
				x := tensor.Uniform(1, -1, 1, batch, steps, 3)
				tape := grad.NewTape(grad.Evaluation, 1)
				want, final := l.ForwardState(tape.Input(x), nil)
				s, err := rnn.NewStream(l, batch)
				if err != nil {
					t.Fatal(err)
				}
				for range 2 {
					stream(t, s, x, want.Data(), 0, steps)
					for i, got := range parts(s) {
						if w := final.Part(i).Data(); !got.Equal(w) {
							t.Errorf("final state %d is %v, want %v", i, got, w)
						}
					}
					s.Reset()
				}
				// From a state in the middle, in another stream.
				stream(t, s, x, want.Data(), 0, 4)
				other, err := rnn.NewStream(l, batch)
				if err != nil {
					t.Fatal(err)
				}
				if err := other.SetState(s.State()); err != nil {
					t.Fatal(err)
				}
				clone := other.Clone()
				stream(t, other, x, want.Data(), 4, steps)
				stream(t, clone, x, want.Data(), 4, steps)
				clone.Reset()
				stream(t, clone.Clone(), x, want.Data(), 0, steps)
				stream(t, clone, x, want.Data(), 0, steps)
			})
		})
	}
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
	y := tensor.Zeros(x.Dim(0), want.Dim(2))
	for i := from; i < to; i++ {
		if err := s.Step(y.Data(), x.Index(1, i).Clone().Data()); err != nil {
			t.Fatal(err)
		}
		if w := want.Index(1, i); !y.Equal(w) {
			t.Fatalf("step %d puts out %v, want %v", i, y, w)
		}
	}
}

func TestStreamAllocations(t *testing.T) {
	l := initialized(t, rnn.NewLSTM(64, 256, rnn.Layers(2)), false)
	s, err := rnn.NewStream(l, 1)
	if err != nil {
		t.Fatal(err)
	}
	x, y := make([]float32, 64), make([]float32, 256)
	n := testing.AllocsPerRun(10, func() {
		if err := s.Step(y, x); err != nil {
			t.Fatal(err)
		}
	})
	if n > 0 && !raceEnabled {
		t.Errorf("a step makes %v allocations, want 0", n)
	}
}

func TestStreamErrors(t *testing.T) {
	good := initialized(t, rnn.NewLSTM(3, 4), false)
	for _, c := range []struct {
		name  string
		layer rnn.Layer
		batch int
		want  string
	}{
		{"bidirectional", initialized(t, rnn.NewGRU(3, 4, rnn.Bidirectional), false), 1,
			"rnn: NewStream: the GRU is bidirectional and needs whole sequences, want one of a single direction"},
		{"convolutional", initialized(t, rnn.NewConv(3, 4, 3, rnn.Tanh), false), 1, "rnn: NewStream: the layer is a ConvRNN, want an RNN, LSTM or GRU"},
		{"batch", good, 0, "rnn: NewStream: batch of 0, want at least 1"},
		{"settings", rnn.NewLSTM(3, 0), 1, "rnn: LSTM: 3 inputs, 0 hidden units and 1 layers, want at least 1"},
		{"no values", rnn.NewLSTM(3, 4), 1, `rnn: NewStream: parameter "weight_ih_l0" has no value; call nn.Init or load weights`},
		{"no parameters", &rnn.LSTM{In: 3, Hidden: 4}, 1, "rnn: NewStream: the LSTM has no parameters; call nn.Init or load weights"},
	} {
		_, err := rnn.NewStream(c.layer, c.batch)
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
	g, err := rnn.NewStream(initialized(t, rnn.NewGRU(3, 4), false), 1)
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, "c of a GRU", g.SetState(tensor.Zeros(1, 1, 4), tensor.Zeros(1, 1, 4)), "rnn: Stream: c has shape [1 1 4], want none")
	if h, _ := s.State(); strings.Trim(h.String(), "[0. ]\n") != "" {
		t.Errorf("the state after errors is %v, want zeros", h)
	}
}
