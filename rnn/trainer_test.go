package rnn_test

import (
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
)

// TestTrainer: a loader brings tokens and lengths, the Trainer makes the tuple of
// them, and the network learns whether a sequence has token 6 before its end, where
// padding is full of it.
func TestTrainer(t *testing.T) {
	const n, steps = 64, 5
	tokens, lengths, labels := tensor.Full(float32(6), n, steps), tensor.Zeros(n), tensor.Make[int](n)
	for i := range n {
		l := 1 + i%steps
		lengths.Data()[i] = float32(l)
		for s := range l {
			tokens.Set(float32((i*7+s*3)%6), i, s)
		}
		if i%2 == 0 {
			labels.Data()[i] = 1
			tokens.Set(6, i, i/2%l)
		}
	}
	net := initialized(t, classifier(), false)
	trainer := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewAdam(nn.Params(net), 0.03)}
	set := data.Zip(data.Tensors(tokens, labels), data.Tensors(lengths, labels))
	history, err := trainer.Fit(t.Context(), data.NewLoader(set, data.BatchSize(16), data.Shuffle(1)), nn.Epochs(30))
	if err != nil {
		t.Fatal(err)
	}
	if loss := history.Epochs[29].Loss; !(loss < 0.1) {
		t.Errorf("loss after 30 epochs is %v, want less than 0.1", loss)
	}
}
