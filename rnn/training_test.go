package rnn_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// training is a run of PyTorch, from testdata/layers.py.
type training struct {
	Params  map[string]array
	X       array
	Lengths []int
	Classes []int
	Losses  []float64
}

type array struct {
	Shape []int
	Data  []float32
}

func (a array) tensor() *tensor.Tensor { return tensor.New(a.Data, a.Shape...) }

// TestTraining trains a classifier of ragged sequences for 20 steps.
func TestTraining(t *testing.T) {
	text, err := os.ReadFile("testdata/training.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ LSTM, GRU training }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, level := range nntest.Levels() {
		t.Run("level="+level.String(), func(t *testing.T) {
			t.Run("Golden/LSTM/training", func(t *testing.T) { train(t, rnn.NewLSTM(3, 5), &file.LSTM) })
			t.Run("Golden/GRU/training", func(t *testing.T) { train(t, rnn.NewGRU(3, 5), &file.GRU) })
		})
	}
}

func train(t *testing.T, l rnn.Layer, want *training) {
	head := nn.NewLinear(5, 3)
	params := append(nn.Params(l), nn.Params(head)...)
	for _, p := range params {
		a, ok := want.Params[p.Name]
		if !ok {
			t.Fatalf("no parameter %q", p.Name)
		}
		p.Value = a.tensor().Clone()
	}
	opt := optim.NewSGD(params, 0.5, optim.Momentum(0.9))
	tape := grad.NewTape(grad.Training, 1)
	for step, w := range want.Losses {
		_, final := l.ForwardState(rnn.Ragged(tape.Input(want.X.tensor()), want.Lengths), nil)
		loss := nn.CrossEntropy(head.Forward(grad.Index(final.Part(0), 0, 0)), tensor.New(want.Classes, len(want.Classes)))
		if err := loss.Backward(); err != nil {
			t.Fatal(err)
		}
		if got := float64(loss.Data().Data()[0]); !(math.Abs(got-w) <= 1e-4) {
			t.Errorf("loss of step %d is %v, want %v", step, got, w)
		}
		if err := opt.Step(tape); err != nil {
			t.Fatal(err)
		}
		tape.Reset()
	}
}
