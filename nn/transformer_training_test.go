package nn_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// array is an array of transformer.json.
type array struct {
	Shape []int
	Data  []float32
}

func (a array) tensor() *tensor.Tensor { return tensor.New(a.Data, a.Shape...) }

// transformerRun is a run of PyTorch, from testdata/attention.py.
type transformerRun struct {
	Params  map[string]array
	Tokens  array
	Lengths []float32
	Classes []int
	Losses  []float64
}

// sequenceClassifier is the network of attention.py, under whose names parameters are.
type sequenceClassifier struct {
	Embed   *nn.Embedding
	Encoder *nn.TransformerEncoder
	Head    *nn.Linear
}

func newSequenceClassifier() *sequenceClassifier {
	c := &sequenceClassifier{Embed: nn.NewEmbedding(7, 8), Head: nn.NewLinear(8, 3)}
	c.Encoder = nn.NewTransformerEncoder(2, nn.TransformerEncoderLayer{Dim: 8, Heads: 2, Feedforward: 12, Activation: nn.GELU, NormFirst: true})
	c.Encoder.Norm = nn.NewLayerNorm(8)
	return c
}

// Forward takes tokens and lengths.
func (c *sequenceClassifier) Forward(x *grad.Var) *grad.Var {
	h := nn.SinusoidalPositions.Forward(grad.Tuple(c.Embed.Forward(x.Part(0)), x.Part(1)))
	return c.Head.Forward(rnn.Mean.Forward(c.Encoder.Forward(h)))
}

// TestTrainTransformer trains a classifier of sequences of different lengths for 20
// steps.
func TestTrainTransformer(t *testing.T) {
	text, err := os.ReadFile("testdata/transformer.json")
	if err != nil {
		t.Fatal(err)
	}
	var run transformerRun
	if err := json.Unmarshal(text, &run); err != nil {
		t.Fatal(err)
	}
	if len(run.Losses) != 20 {
		t.Fatalf("%d losses, want 20", len(run.Losses))
	}
	for _, level := range nntest.Levels() {
		t.Run("level="+level.String(), func(t *testing.T) {
			defer cpu.Set(cpu.Set(level))
			t.Run("Golden/TransformerEncoder/training", func(t *testing.T) { trainTransformer(t, &run) })
		})
	}
}

func trainTransformer(t *testing.T, run *transformerRun) {
	net := newSequenceClassifier()
	params := nn.Params(net)
	if len(params) != len(run.Params) {
		t.Fatalf("%d parameters, want %d", len(params), len(run.Params))
	}
	for _, p := range params {
		a, ok := run.Params[p.Name]
		if !ok {
			t.Fatalf("no parameter %q", p.Name)
		}
		p.Value = a.tensor().Clone()
	}
	opt := optim.NewAdam(params, 0.01)
	tape := grad.NewTape(grad.Training, 1)
	for step, want := range run.Losses {
		y := net.Forward(grad.Tuple(tape.Input(run.Tokens.tensor()), tape.Input(tensor.New(run.Lengths, len(run.Lengths)))))
		loss := nn.CrossEntropy(y, tensor.New(run.Classes, len(run.Classes)))
		if err := loss.Backward(); err != nil {
			t.Fatal(err)
		}
		if got := float64(loss.Data().Item()); !(math.Abs(got-want) <= 1e-4) {
			t.Errorf("loss of step %d is %v, want %v", step, got, want)
		}
		if err := opt.Step(tape); err != nil {
			t.Fatal(err)
		}
		tape.Reset()
	}
}
