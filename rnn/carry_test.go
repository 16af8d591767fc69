package rnn_test

import (
	"testing"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// TestCarry: chunks on a tape that is reset in between have the bits of the whole,
// and nothing is allocated once a step was taken. That gradients end is a golden
// case.
func TestCarry(t *testing.T) {
	for _, k := range kinds {
		l := k.make(2, 3, rnn.Layers(2))
		initialized(t, nn.Module(l), false)
		x := tensor.Uniform(1, -1, 1, 4, 9, 2)
		want := l.Forward(grad.NewTape(grad.Evaluation, 1).Input(x)).Data()
		tape := grad.NewTape(grad.Training, 1)
		var carry rnn.Carry
		if carry.State(tape) != nil {
			t.Errorf("%s: there is a state before any was kept", k.name)
		}
		chunk := func(x *tensor.Tensor) *grad.Var {
			y, final := l.ForwardState(tape.Input(x), carry.State(tape))
			carry.Keep(final)
			if err := y.BackwardFrom(nil); err != nil {
				t.Fatal(err)
			}
			return y
		}
		var chunks []*tensor.Tensor
		for at := 0; at < 9; at += 3 {
			chunks = append(chunks, x.Slice(1, at, at+3).Clone())
		}
		for i, x := range chunks {
			if y := chunk(x).Data(); !y.Equal(want.Slice(1, 3*i, 3*i+3)) {
				t.Errorf("%s: chunk %d is %v, want %v", k.name, i, y, want.Slice(1, 3*i, 3*i+3))
			}
			tape.ZeroGrad()
			tape.Reset()
		}
		if n := testing.AllocsPerRun(10, func() { chunk(chunks[0]); tape.ZeroGrad(); tape.Reset() }); n > 0 && !raceEnabled {
			t.Errorf("%s: a step makes %v allocations, want 0", k.name, n)
		}
		// A state after an error is not kept.
		carry.Reset()
		_, final := l.ForwardState(tape.Input(tensor.Zeros(1)), nil)
		carry.Keep(final)
		tape.Reset()
		if carry.State(tape) != nil {
			t.Errorf("%s: a state is kept after an error", k.name)
		}
	}
}
