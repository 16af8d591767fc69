package nn_test

import (
	"math"
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func TestEmbedding(t *testing.T) {
	ids := tensor.New([]float32{0, 3, 1, 4, 3, 3}, 2, 3)
	runLayers(t, []layerCase{
		{name: "sequence", layer: nn.NewEmbedding(5, 4), x: ids, shape: tensor.Shape{2, 3, 4}, constant: true},
		{name: "vector", layer: nn.NewEmbedding(5, 4), x: ids.Flatten(0, -1), shape: tensor.Shape{6, 4}, constant: true},
		{name: "network", layer: nn.Seq(nn.NewEmbedding(5, 4), nn.NewLinear(4, 2)), x: ids, shape: tensor.Shape{2, 3, 2}, constant: true},
	})
}

// TestEmbeddingPadding checks the row of the padding before and after a step.
func TestEmbeddingPadding(t *testing.T) {
	row := 1
	l := initialValues(t, &nn.Embedding{Vocabulary: 300, Dim: 40, PaddingIdx: &row})
	w := l.Weight.Value
	if !w.Index(0, row).Equal(tensor.Zeros(40)) {
		t.Errorf("row of the padding starts as %v, want zeros", w.Index(0, row))
	}
	mean := tensor.Mean(w).Item()
	if variance := tensor.Mean(tensor.Square(w)).Item(); math.Abs(float64(mean)) > 0.03 || math.Abs(float64(variance)-1) > 0.05 {
		t.Errorf("initial values have mean %v and variance %v, want 0 and 1", mean, variance)
	}
	before := w.Clone()
	tape := grad.NewTape(grad.Training, 1)
	if err := grad.Sum(l.Forward(tape.Input(tensor.New([]float32{1, 2, 1}, 1, 3)))).Backward(); err != nil {
		t.Fatal(err)
	}
	if err := optim.NewSGD(nn.Params(l), 0.5).Step(tape); err != nil {
		t.Fatal(err)
	}
	for r := range 3 {
		change := tensor.Sub(w.Index(0, r), before.Index(0, r))
		want := tensor.Zeros(40)
		if r == 2 {
			want.Fill(-0.5)
		}
		if d := tensor.Max(tensor.Abs(tensor.Sub(change, want))).Item(); d > 1e-6 {
			t.Errorf("row %d changes by %v, want %v", r, change, want)
		}
	}
}

// TestEmbeddingPredictor checks that a predictor looks up the ids of each request,
// and reports those that are none.
func TestEmbeddingPredictor(t *testing.T) {
	net := initialised(t, nn.Seq(nn.NewEmbedding(5, 4), nn.Flatten, nn.NewLinear(12, 2)))
	p, err := nn.NewPredictor(net, tensor.Shape{3})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for seed := range uint64(3) {
		x := tensor.Zeros(7, 3)
		for i, u := range nntest.Positive(seed, 7, 3).Data() {
			x.Data()[i] = float32(int(1000*u) % 5)
		}
		got, err := p.Predict(t.Context(), x)
		if err != nil {
			t.Fatal(err)
		}
		if want := forward(t, net, x); !got.Equal(want) {
			t.Errorf("prediction for %v is %v, want %v", x, got, want)
		}
	}
	const want = "nn: Seq.0 (Embedding): id 5 at position [0 2], want a whole number from 0 to 4"
	if _, err := p.Predict(t.Context(), tensor.New([]float32{0, 4, 5}, 1, 3)); err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}
