package nn_test

import (
	"math"
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// TestActivationLayers keeps inputs away from the kinks of the functions.
func TestActivationLayers(t *testing.T) {
	x, s := nntest.Spread(1, 4, 4), tensor.Shape{4, 4}
	wide := tensor.MulScalar(nntest.Spread(1, 4, 5), 1.8)
	cases := []layerCase{
		{name: "Hardsigmoid", layer: nn.Hardsigmoid, x: wide, shape: tensor.Shape{4, 5}},
		{name: "Hardswish", layer: nn.Hardswish, x: wide, shape: tensor.Shape{4, 5}},
		{name: "GLU", layer: nn.GLU, x: x, shape: tensor.Shape{4, 2}},
		{name: "NewGLU", layer: nn.NewGLU(1), x: nntest.Values(1, 2, 4, 3), shape: tensor.Shape{2, 2, 3}},
		{name: "RReLU/train", layer: &nn.RReLU{}, x: x, shape: s, train: true, mixed: true},
		{name: "PReLU/one", layer: nn.NewPReLU(1), x: x, shape: s},
		{name: "PReLU", layer: nn.NewPReLU(3), x: nntest.Spread(1, 2, 3, 4), shape: tensor.Shape{2, 3, 4}},
		{name: "Threshold", layer: nn.NewThreshold(0.2, 1), x: x, shape: s},
		{name: "SpatialDropout", layer: nn.NewSpatialDropout(0.5), x: nntest.Values(1, 3, 4, 2), shape: tensor.Shape{3, 4, 2}, train: true},
		{name: "AlphaDropout", layer: nn.NewAlphaDropout(0.5), x: x, shape: s, train: true},
	}
	for name, m := range map[string]nn.Module{
		"SELU": nn.SELU, "ReLU6": nn.ReLU6, "SiLU": nn.SiLU, "Mish": nn.Mish, "GELUTanh": nn.GELUTanh, "Softsign": nn.Softsign,
		"Tanhshrink": nn.Tanhshrink, "LogSigmoid": nn.LogSigmoid, "LogSoftmax": nn.LogSoftmax, "Softmin": nn.Softmin,
		"ELU": nn.NewELU(0.5), "CELU": nn.NewCELU(2), "LeakyReLU": nn.NewLeakyReLU(0.2), "RReLU": nn.NewRReLU(0.1, 0.3),
		"Softplus": nn.NewSoftplus(2, 10), "Hardtanh": nn.NewHardtanh(-1, 1.2), "Hardshrink": nn.NewHardshrink(0.25 + 0.01),
		"Softshrink": nn.NewSoftshrink(0.5), "NewSoftmax": nn.NewSoftmax(1), "NewLogSoftmax": nn.NewLogSoftmax(-1), "NewSoftmin": nn.NewSoftmin(1),
	} {
		cases = append(cases, layerCase{name: name, layer: m, x: x, shape: s})
	}
	runLayers(t, cases)
}

// TestSettings checks that settings reach the operations, and what 0 means.
func TestSettings(t *testing.T) {
	for _, c := range []struct {
		layer   nn.Module
		x, want float64
	}{
		{&nn.ELU{}, -1, math.Expm1(-1)},
		{nn.NewELU(2), -1, 2 * math.Expm1(-1)},
		{&nn.CELU{}, -1, math.Expm1(-1)},
		{nn.NewCELU(2), -1, 2 * math.Expm1(-0.5)},
		{&nn.LeakyReLU{}, -1, -0.01},
		{nn.NewLeakyReLU(0.2), -1, -0.2},
		{&nn.RReLU{}, -1, -11. / 48},
		{nn.NewRReLU(0, 0.5), -1, -0.25},
		{&nn.Softplus{}, 1, math.Log1p(math.E)},
		{nn.NewSoftplus(2, 1), 0.25, math.Log1p(math.Exp(0.5)) / 2},
		{nn.NewSoftplus(2, 1), 1, 1},
		{&nn.Hardtanh{}, -3, -1},
		{nn.NewHardtanh(0, 2), 3, 2},
		{&nn.Hardshrink{}, 0.4, 0},
		{nn.NewHardshrink(0.3), 0.4, 0.4},
		{&nn.Softshrink{}, 0.75, 0.25},
		{nn.NewSoftshrink(0.25), 0.75, 0.5},
		{nn.NewThreshold(1, 7), 1, 7},
		{nn.NewPReLU(1), -1, -0.25},
	} {
		got := forward(t, initialValues(t, c.layer), tensor.New([]float32{float32(c.x)}, 1)).Item()
		if math.Abs(float64(got)-c.want) > 1e-6 {
			t.Errorf("%T%v of %v is %v, want %v", c.layer, c.layer, c.x, got, c.want)
		}
	}
}

// initialValues returns m with the values that Init gives it.
func initialValues[M nn.Module](t testing.TB, m M) M {
	t.Helper()
	m, err := nn.Init(1, m)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestLayerBuildErrors checks settings that cannot be, at Init and at Forward.
func TestLayerBuildErrors(t *testing.T) {
	negative, five := -1, 5
	for _, c := range []struct {
		m    nn.Module
		want string
	}{
		{nn.NewELU(-1), "nn: ELU: alpha -1, want a positive number"},
		{nn.NewCELU(math.NaN()), "nn: CELU: alpha NaN, want a positive number"},
		{nn.NewSoftplus(-1, 0), "nn: Softplus: beta -1, want a positive number"},
		{nn.NewHardshrink(-1), "nn: Hardshrink: lambda -1, want a positive number"},
		{nn.NewSoftshrink(-1), "nn: Softshrink: lambda -1, want a positive number"},
		{nn.NewHardtanh(1, -1), "nn: Hardtanh: bounds 1 and -1, want the first less than the second"},
		{nn.NewRReLU(1, 0), "nn: RReLU: slopes from 1 to 0, want the first at most the second"},
		{nn.NewPReLU(0), "nn: PReLU: 0 channels, want at least 1"},
		{&nn.Along{Function: "ReLU"}, `nn: Along: function "ReLU", want "Softmax", "LogSoftmax", "Softmin" or "GLU"`},
		{nn.NewSpatialDropout(1), "nn: SpatialDropout: probability 1, want at least 0 and less than 1"},
		{nn.NewAlphaDropout(-1), "nn: AlphaDropout: probability -1, want at least 0 and less than 1"},
		{nn.NewLayerNorm(), "nn: LayerNorm: shape [], want at least one axis and all sizes at least 1"},
		{nn.NewLayerNorm(3, 0), "nn: LayerNorm: shape [3 0], want at least one axis and all sizes at least 1"},
		{&nn.LayerNorm{Shape: tensor.Shape{3}, Eps: -1, NoAffine: true}, "nn: LayerNorm: ε -1, want a positive number"},
		{nn.NewRMSNorm(-3), "nn: RMSNorm: shape [-3], want at least one axis and all sizes at least 1"},
		{nn.NewGroupNorm(2, 3), "nn: GroupNorm: 3 channels in 2 groups, want groups of equal size"},
		{&nn.GroupNorm{Groups: 0, Channels: 3, NoAffine: true}, "nn: GroupNorm: 3 channels in 0 groups, want groups of equal size"},
		{nn.NewInstanceNorm(0), "nn: InstanceNorm: 0 features, want at least 1"},
		{&nn.InstanceNorm{Features: 3, Momentum: 2}, "nn: InstanceNorm: momentum 2, want at most 1 and none negative"},
		{nn.NewEmbedding(0, 3), "nn: Embedding: vocabulary of 0 and vectors of 3, want at least 1"},
		{nn.NewEmbedding(1<<24+1, 3), "nn: Embedding: vocabulary of 16777217, want at most 16777216"},
		{&nn.Embedding{Vocabulary: 5, Dim: 2, PaddingIdx: &negative}, "nn: Embedding: padding -1, want 0 to 4"},
		{&nn.Embedding{Vocabulary: 5, Dim: 2, PaddingIdx: &five}, "nn: Embedding: padding 5, want 0 to 4"},
		{nn.NewWeightNorm(nil), "nn: WeightNorm: a layer of type <nil>, want a *nn.Linear or *conv.Conv2D"},
		{nn.NewWeightNorm(nn.ReLU), "nn: WeightNorm: a layer of type *nn.Function, want a *nn.Linear or *conv.Conv2D"},
		{nn.NewWeightNorm((*nn.Linear)(nil)), "nn: WeightNorm: layer is nil"},
		{nn.NewWeightNorm(nn.NewLinear(0, 1)), "nn: WeightNorm: nn: Linear: 0 inputs and 1 outputs, want at least 1"},
		{nn.Reshape(2, -1, -1), "nn: Reshape: shape [2 -1 -1], want at most 15 sizes of at least 1, of which one may be -1"},
		{nn.Reshape(0), "nn: Reshape: shape [0], want at most 15 sizes of at least 1, of which one may be -1"},
		{nn.Reshape(1<<30, 1<<30, 1<<30), "nn: Reshape: shape [1073741824 1073741824 1073741824], want at most 15 sizes of at least 1, of which one may be -1"},
		{nn.Concat(1), "nn: Concat: no branches, want at least one"},
		{nn.Parallel(), "nn: Parallel: no branches, want at least one"},
	} {
		if _, err := nn.Init(1, c.m); err == nil || err.Error() != "nn: Init: the network: "+c.want {
			t.Errorf("Init: %v, want %s", err, c.want)
		}
		tape := grad.NewTape(grad.Training, 1)
		c.m.Forward(tape.Input(tensor.Zeros(2, 3)))
		if tape.Err() == nil {
			t.Errorf("Forward of a layer with settings that cannot be (%s) gives no error", c.want)
		}
	}
	for _, c := range []struct {
		m    nn.Module
		want string
	}{
		{nn.NewResidual(nil, nil), "nn: Residual: body is nil"},
		{nn.NewResidual(nn.ReLU, (*nn.Linear)(nil)), "nn: Residual: shortcut is a nil *nn.Linear, want a module or plain nil"},
		{nn.Concat(1, nn.ReLU, nil), "nn: Concat: branch 1 is nil"},
		{nn.Parallel(nil), "nn: Parallel: branch 0 is nil"},
	} {
		if _, err := nn.Init(1, c.m); err == nil || err.Error() != "nn: Init: the network: "+c.want {
			t.Errorf("Init: %v, want %s", err, c.want)
		}
	}
}
