package nn_test

import (
	"fmt"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// newBlocks returns a network of all the ways to put branches together, for
// pictures of two channels.
func newBlocks() *nn.Sequential {
	return nn.Seq(
		nn.NewResidual(nn.Seq(conv.New2D(2, 4, 3, conv.Same), nn.Tanh), conv.New2D(2, 4, 1)),
		nn.Concat(1, nn.Identity, conv.New2D(4, 2, 1)),
		nn.Parallel(nn.Identity, nn.NewBatchNorm(6), nn.NewResidual(nn.NewGroupNorm(2, 6), nil)),
		nn.Reshape(6, -1), nn.NewLinear(12, 3),
	)
}

func TestCompose(t *testing.T) {
	x, x4 := nntest.Values(1, 3, 4), nntest.Values(1, 2, 2, 3, 4)
	runLayers(t, []layerCase{
		{name: "Residual", layer: nn.NewResidual(nn.Seq(nn.NewLinear(4, 5), nn.Tanh, nn.NewLinear(5, 4)), nil), x: x, shape: tensor.Shape{3, 4}},
		{name: "Residual/shortcut", layer: nn.NewResidual(nn.NewLinear(4, 2), nn.NewLinear(4, 2)), x: x, shape: tensor.Shape{3, 2}},
		{name: "Residual/identity", layer: nn.NewResidual(nn.Identity, nil), x: x, shape: tensor.Shape{3, 4}},
		{name: "Concat", layer: nn.Concat(-1, nn.NewLinear(4, 2), nn.Identity, nn.NewLinear(4, 1)), x: x, shape: tensor.Shape{3, 7}},
		{name: "Concat/channels", layer: nn.Concat(1, conv.New2D(2, 3, 1), nn.Tanh), x: x4, shape: tensor.Shape{2, 5, 3, 4}},
		{name: "Parallel", layer: nn.Parallel(nn.NewLinear(4, 4), nn.Identity, nn.Tanh), x: x, shape: tensor.Shape{3, 4}},
		{name: "Parallel/one", layer: nn.Parallel(nn.NewLinear(4, 2)), x: x, shape: tensor.Shape{3, 2}},
		{name: "Reshape", layer: nn.Seq(nn.Reshape(2, 2), nn.Tanh), x: x, shape: tensor.Shape{3, 2, 2}},
		{name: "Reshape/free", layer: nn.Seq(nn.Reshape(4, -1, 2), nn.Tanh), x: x4, shape: tensor.Shape{2, 4, 3, 2}},
		{name: "Identity", layer: nn.Seq(nn.Identity, nn.Tanh), x: x, shape: tensor.Shape{3, 4}},
		{name: "all", layer: newBlocks(), x: nntest.Values(1, 2, 2, 3, 4), shape: tensor.Shape{2, 6, 3}},
	})
}

// TestComposeNames checks the names of parameters.
func TestComposeNames(t *testing.T) {
	const want = "[0.body.0.weight 0.body.0.bias 0.shortcut.weight 0.shortcut.bias 1.1.weight 1.1.bias " +
		"2.1.weight 2.1.bias 2.1.running_mean 2.1.running_var 2.2.body.weight 2.2.body.bias 4.weight 4.bias]"
	if got := fmt.Sprint(names(newBlocks())); got != want {
		t.Errorf("parameters are %s, want %s", got, want)
	}
}

// TestComposeErrors checks that an error says where in the network it arose.
func TestComposeErrors(t *testing.T) {
	for _, c := range []struct {
		net  nn.Module
		want string
	}{
		{nn.NewResidual(nn.Seq(nn.ReLU, nn.NewLinear(5, 4)), nil), "nn: Seq.0.body.1 (Linear): input has 4 features, want 5"},
		{nn.NewResidual(nn.ReLU, nn.Seq(nn.NewDropout(2))), "nn: Seq.0.shortcut.0 (Dropout): probability is 2, want at least 0 and less than 1"},
		{nn.NewResidual(nn.NewLinear(4, 1), nil), "nn: Seq.0 (Residual): body has shape [3 1] and shortcut [3 4], want the same"},
		{nn.Concat(1, nn.ReLU, nn.NewResidual(nn.NewDropout(2), nil)), "nn: Seq.0.1.body (Dropout): probability is 2, want at least 0 and less than 1"},
		{nn.Concat(0, nn.ReLU, nn.NewLinear(4, 1)), "nn: Seq.0 (Concat): input 1 has shape [3 1], want that of input 0, [3 4], but for axis 0"},
		{nn.Parallel(nn.NewDropout(2), nn.ReLU), "nn: Seq.0.0 (Dropout): probability is 2, want at least 0 and less than 1"},
		{nn.Parallel(nn.ReLU, nn.NewLinear(4, 1)), "nn: Seq.0 (Parallel): branch 1 has shape [3 1], want that of branch 0, [3 4]"},
		{nn.Reshape(3), "nn: Seq.0 (Reshape): input has shape [3 4], want a batch of 3 values for [3]"},
		{nn.Reshape(3, -1), "nn: Seq.0 (Reshape): input has shape [3 4], want a batch of 3 values for [3 -1]"},
	} {
		tape := grad.NewTape(grad.Training, 1)
		// Build would find some of the mistakes before.
		y := nn.Seq(withValues(c.net)).Forward(tape.Input(tensor.Zeros(3, 4)))
		if err := y.Err(); err == nil || err.Error() != c.want {
			t.Errorf("error is %v, want %s", err, c.want)
		}
	}
	tape := grad.NewTape(grad.Training, 1)
	const want = "grad: Reshape: input has shape [], want a batch"
	if err := nn.Reshape(1).Forward(tape.Input(tensor.New([]float32{1}))).Err(); err == nil || err.Error() != want {
		t.Errorf("error is %v, want %s", err, want)
	}
}

// withValues gives the parameters of linear layers values without checking the
// rest of a network.
func withValues(m nn.Module) nn.Module {
	switch m := m.(type) {
	case *nn.Linear:
		m.Weight.Value, m.Bias.Value = tensor.Ones(m.Out, m.In), tensor.Zeros(m.Out)
	case *nn.Sequential:
		for _, l := range m.Layers {
			withValues(l)
		}
	case *nn.Residual:
		withValues(m.Body)
		withValues(m.Shortcut)
	case *nn.Concatenated:
		for _, l := range m.Branches {
			withValues(l)
		}
	case *nn.Summed:
		for _, l := range m.Branches {
			withValues(l)
		}
	}
	return m
}
