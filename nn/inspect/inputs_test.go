package inspect_test

import (
	"fmt"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/inspect"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
)

// TestInputs tests that operations behind several inputs are told apart, and that
// the tuple of the inputs is none of them.
func TestInputs(t *testing.T) {
	net, err := nn.Init(1, nn.Seq(nn.Inputs(nn.NewLinear(3, 2), nn.NewLinear(2, 2)), nn.Join(1), nn.NewLinear(4, 1)))
	if err != nil {
		t.Fatal(err)
	}
	y := tensor.Zeros(4, 1)
	ds := data.Zip(data.Tensors(tensor.Uniform(1, -1, 1, 4, 3), y), data.Tensors(tensor.Uniform(2, -1, 1, 4, 2), y))
	tr := nn.Trainer{Model: net, Loss: nn.MSE, Optimizer: optim.NewSGD(nn.Params(net), 0.01)}
	var p inspect.Profile
	h := inspect.Health{Every: 1}
	if _, err := tr.Fit(t.Context(), data.NewLoader(ds), nn.Observe(&p), nn.Observe(&h)); err != nil {
		t.Fatal(err)
	}
	var costs, signs []string
	for _, c := range p.Costs() {
		costs = append(costs, c.Layer+" "+c.Op)
	}
	for _, s := range h.Signs() {
		signs = append(signs, s.Layer+" "+s.Op)
	}
	const want = `["0.0 Linear" "0.1 Linear" "1 Concat" "2 Linear" " MSE"]`
	if got := fmt.Sprintf("%q", costs); got != want {
		t.Errorf("operations are %s, want %s", got, want)
	}
	if got := fmt.Sprintf("%q", signs); got != want {
		t.Errorf("signs are of %s, want %s", got, want)
	}
}
