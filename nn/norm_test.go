package nn_test

import (
	"math"
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// layerCase is a layer and an input for the suite that every layer passes.
type layerCase struct {
	name     string
	layer    nn.Module
	x        *tensor.Tensor
	shape    tensor.Shape
	train    bool // gradients are those of training
	mixed    bool // samples of a batch influence each other, or their places do
	constant bool // the input has no gradient
	coarse   bool // rounding errors of long sums are large beside the gradient
}

// runLayers runs the suite.
func runLayers(t *testing.T, cases []layerCase) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			layer := initialised(t, c.layer)
			s := nntest.Case{
				Inputs: []*tensor.Tensor{c.x}, Params: nn.Params(layer), Shape: c.shape, Train: c.train,
				F: func(x ...*grad.Var) *grad.Var { return layer.Forward(x[0]) },
			}
			if !c.mixed {
				s.Batch = []int{0}
			}
			if c.coarse {
				s.Tolerance = 0.05
			}
			if c.constant {
				s.Constant = []int{0}
			}
			nntest.Run(t, s)
		})
	}
}

func TestNorms(t *testing.T) {
	x2, x3, x4 := nntest.Values(1, 3, 6), nntest.Values(1, 3, 4, 5), nntest.Values(1, 2, 4, 3, 2)
	long := nntest.Values(1, 40, 600) // several parts of work
	tracked := func() *nn.InstanceNorm {
		return &nn.InstanceNorm{Features: 4, Affine: true, TrackRunningStats: true}
	}
	frozen := tracked()
	frozen.Frozen = true
	frozenBatch := nn.NewBatchNorm(4)
	frozenBatch.Frozen = true
	runLayers(t, []layerCase{
		{name: "LayerNorm", layer: nn.NewLayerNorm(6), x: x2, shape: tensor.Shape{3, 6}},
		{name: "LayerNorm/train", layer: nn.NewLayerNorm(6), x: x2, shape: tensor.Shape{3, 6}, train: true},
		{name: "LayerNorm/3d", layer: nn.NewLayerNorm(5), x: x3, shape: tensor.Shape{3, 4, 5}},
		{name: "LayerNorm/two axes", layer: nn.NewLayerNorm(4, 5), x: x3, shape: tensor.Shape{3, 4, 5}},
		{name: "LayerNorm/plain", layer: &nn.LayerNorm{Shape: tensor.Shape{6}, NoAffine: true}, x: x2, shape: tensor.Shape{3, 6}},
		{name: "LayerNorm/long", layer: nn.NewLayerNorm(600), x: long, shape: tensor.Shape{40, 600}, coarse: true},
		{name: "RMSNorm", layer: nn.NewRMSNorm(6), x: x2, shape: tensor.Shape{3, 6}},
		{name: "RMSNorm/two axes", layer: nn.NewRMSNorm(4, 5), x: x3, shape: tensor.Shape{3, 4, 5}},
		{name: "RMSNorm/plain", layer: &nn.RMSNorm{Shape: tensor.Shape{6}, NoAffine: true}, x: x2, shape: tensor.Shape{3, 6}},
		{name: "GroupNorm", layer: nn.NewGroupNorm(2, 4), x: x4, shape: tensor.Shape{2, 4, 3, 2}},
		{name: "GroupNorm/2d", layer: nn.NewGroupNorm(2, 6), x: x2, shape: tensor.Shape{3, 6}},
		{name: "GroupNorm/one", layer: nn.NewGroupNorm(1, 4), x: x3, shape: tensor.Shape{3, 4, 5}},
		{name: "GroupNorm/plain", layer: &nn.GroupNorm{Groups: 2, Channels: 4, NoAffine: true}, x: x3, shape: tensor.Shape{3, 4, 5}},
		{name: "GroupNorm/long", layer: nn.NewGroupNorm(2, 4), x: nntest.Values(1, 3, 4, 3000), shape: tensor.Shape{3, 4, 3000}, coarse: true},
		{name: "InstanceNorm", layer: nn.NewInstanceNorm(4), x: x3, shape: tensor.Shape{3, 4, 5}},
		{name: "InstanceNorm/affine", layer: &nn.InstanceNorm{Features: 4, Affine: true}, x: x4, shape: tensor.Shape{2, 4, 3, 2}},
		{name: "InstanceNorm/train", layer: tracked(), x: x3, shape: tensor.Shape{3, 4, 5}, train: true},
		{name: "InstanceNorm/eval", layer: tracked(), x: x3, shape: tensor.Shape{3, 4, 5}},
		{name: "InstanceNorm/frozen", layer: frozen, x: x3, shape: tensor.Shape{3, 4, 5}, train: true},
		{name: "BatchNorm/frozen", layer: frozenBatch, x: x3, shape: tensor.Shape{3, 4, 5}, train: true},
	})
}

// TestNormsLaws checks relations between the layers.
func TestNormsLaws(t *testing.T) {
	x := nntest.Values(1, 3, 4, 5)
	same := func(name string, a, b nn.Module) {
		t.Helper()
		got, want := forward(t, initialised(t, a), x), forward(t, initialised(t, b), x)
		if d := tensor.Max(tensor.Abs(tensor.Sub(got, want))).Item(); d > 1e-6 {
			t.Errorf("%s: results differ by %v", name, d)
		}
	}
	same("a group for each channel", &nn.GroupNorm{Groups: 4, Channels: 4, NoAffine: true}, nn.NewInstanceNorm(4))
	same("one group", &nn.GroupNorm{Groups: 1, Channels: 4, NoAffine: true}, &nn.LayerNorm{Shape: tensor.Shape{4, 5}, NoAffine: true})
	centred := tensor.Sub(x, tensor.Mean(x, -1).Reshape(3, 4, 1))
	a := forward(t, &nn.RMSNorm{Shape: tensor.Shape{5}, NoAffine: true, Eps: 1e-5}, centred)
	b := forward(t, &nn.LayerNorm{Shape: tensor.Shape{5}, NoAffine: true}, x)
	if d := tensor.Max(tensor.Abs(tensor.Sub(a, b))).Item(); d > 1e-6 {
		t.Errorf("RMSNorm of what has mean 0 and LayerNorm differ by %v", d)
	}
}

// TestInstanceNormStatistics checks that Forward stages the statistics, and only
// the optimizer's commit makes them the layer's.
func TestInstanceNormStatistics(t *testing.T) {
	l, err := nn.Init(1, &nn.InstanceNorm{Features: 1, TrackRunningStats: true})
	if err != nil {
		t.Fatal(err)
	}
	tape := grad.NewTape(grad.Training, 1)
	l.Forward(tape.Input(tensor.New([]float32{1, 3, 4, 8}, 2, 1, 2))) // means 2 and 6, variances 2 and 8
	if got := l.RunningMean.Value.Item(); got != 0 {
		t.Errorf("running mean after Forward is %v, want 0", got)
	}
	tape.Commit()
	mean, variance := l.RunningMean.Value.Item(), l.RunningVar.Value.Item()
	if math.Abs(float64(mean)-0.4) > 1e-6 || math.Abs(float64(variance)-1.4) > 1e-6 {
		t.Errorf("running mean and variance after Commit are %v and %v, want 0.4 and 1.4", mean, variance)
	}
}

func TestNormErrors(t *testing.T) {
	for _, c := range []struct {
		layer nn.Module
		x     []int
		want  string
	}{
		{nn.NewLayerNorm(4), []int{2, 3}, "LayerNorm: input has shape [2 3], want its last axes to be [4]"},
		{nn.NewLayerNorm(2, 3), []int{3}, "LayerNorm: input has shape [3], want its last axes to be [2 3]"},
		{nn.NewRMSNorm(4), []int{2, 3}, "RMSNorm: input has shape [2 3], want its last axes to be [4]"},
		{nn.NewGroupNorm(2, 4), []int{2, 3, 5}, "GroupNorm: input has shape [2 3 5], want [batch 4 …]"},
		{nn.NewGroupNorm(4, 4), []int{2, 4}, "GroupNorm: input has shape [2 4], want more than one value to normalise"},
		{nn.NewInstanceNorm(3), []int{3}, "InstanceNorm: input has shape [3], want [batch 3 …]"},
		{nn.NewInstanceNorm(3), []int{2, 3, 1}, "InstanceNorm: input has shape [2 3 1], want more than one value to normalise"},
	} {
		tape := grad.NewTape(grad.Training, 1)
		initialised(t, c.layer).Forward(tape.Input(tensor.Zeros(c.x...)))
		if err := tape.Err(); err == nil || err.Error() != "grad: "+c.want {
			t.Errorf("error is %v, want grad: %s", err, c.want)
		}
	}
}
