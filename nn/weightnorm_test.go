package nn_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

func TestWeightNorm(t *testing.T) {
	x, x4 := nntest.Values(1, 3, 5), nntest.Values(1, 2, 4, 5, 3)
	runLayers(t, []layerCase{
		{name: "Linear", layer: nn.NewWeightNorm(nn.NewLinear(5, 4)), x: x, shape: tensor.Shape{3, 4}},
		{name: "Linear/no bias", layer: nn.NewWeightNorm(&nn.Linear{In: 5, Out: 4, NoBias: true}), x: x, shape: tensor.Shape{3, 4}},
		{name: "Conv2D", layer: nn.NewWeightNorm(conv.New2D(4, 2, 3, conv.Same)), x: x4, shape: tensor.Shape{2, 2, 5, 3}},
		{name: "Conv2D/groups", layer: nn.NewWeightNorm(conv.New2D(4, 2, 3, conv.Groups(2), conv.NoBias)), x: x4, shape: tensor.Shape{2, 2, 3, 1}},
	})
}

// TestWeightNormStart checks that the weight is at first that of the layer alone,
// also if the layer has values already.
func TestWeightNormStart(t *testing.T) {
	net := initialValues(t, nn.Seq(nn.NewWeightNorm(nn.NewLinear(5, 4)), nn.NewWeightNorm(conv.New2D(1, 2, 3))))
	const want = "[0.weight_v 0.weight_g 0.bias 1.weight_v 1.weight_g 1.bias]"
	if got := fmt.Sprint(names(net)); got != want {
		t.Errorf("parameters are %s, want %s", got, want)
	}
	for i, want := range []tensor.Shape{{4, 1}, {2, 1, 1, 1}} {
		if got := net.Layers[i].(*nn.WeightNorm).WeightG.Shape(); !got.Equal(want) {
			t.Errorf("weight_g of layer %d has shape %v, want %v", i, got, want)
		}
	}
	plain := initialised(t, nn.NewLinear(5, 4))
	x := nntest.Values(1, 3, 5)
	y := forward(t, plain, x)
	normed := initialValues(t, nn.NewWeightNorm(plain))
	if d := tensor.Max(tensor.Abs(tensor.Sub(forward(t, normed, x), y))).Item(); d > 1e-6 {
		t.Errorf("a layer with values changes its result by %v", d)
	}
	g := math.Sqrt(float64(tensor.Sum(tensor.Square(plain.Weight.Value.Index(0, 2))).Item()))
	if got := normed.WeightG.Value.At(2, 0); math.Abs(float64(got)-g) > 1e-6 {
		t.Errorf("weight_g is %v, want %v", got, g)
	}
}
