package nn_test

import (
	"math"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// initialised returns m with parameters that are all different from 0, as the
// bias of a batch normalisation is not at first.
func initialised[M nn.Module](t testing.TB, m M) M {
	t.Helper()
	m, err := nn.Init(1, m)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range nn.Params(m) {
		switch {
		case strings.HasSuffix(p.Name, "running_var"):
			p.Value.Copy(nntest.Positive(uint64(i), p.Shape()...))
		default:
			p.Value.Copy(nntest.Values(uint64(i), p.Shape()...))
		}
	}
	return m
}

// TestLayers runs the suite that every layer passes.
func TestLayers(t *testing.T) {
	cases := []struct {
		name  string
		layer nn.Module
		x     *tensor.Tensor
		shape tensor.Shape
		train bool
	}{
		{"Linear", nn.NewLinear(5, 4), nntest.Values(1, 3, 5), tensor.Shape{3, 4}, false},
		{"Linear/3d", nn.NewLinear(5, 4), nntest.Values(1, 3, 2, 5), tensor.Shape{3, 2, 4}, false},
		{"Linear/no bias", &nn.Linear{In: 5, Out: 4, NoBias: true}, nntest.Values(1, 3, 5), tensor.Shape{3, 4}, false},
		{"Linear/33 to 17", nn.NewLinear(33, 17), nntest.Values(1, 9, 33), tensor.Shape{9, 17}, false},
		{"ReLU", nn.ReLU, nntest.Spread(1, 3, 4), tensor.Shape{3, 4}, false},
		{"Tanh", nn.Tanh, nntest.Spread(1, 3, 4), tensor.Shape{3, 4}, false},
		{"Sigmoid", nn.Sigmoid, nntest.Spread(1, 3, 4), tensor.Shape{3, 4}, false},
		{"GELU", nn.GELU, nntest.Spread(1, 3, 4), tensor.Shape{3, 4}, false},
		{"Softmax", nn.Softmax, nntest.Values(1, 3, 4), tensor.Shape{3, 4}, false},
		{"Flatten", nn.Flatten, nntest.Values(1, 3, 2, 4), tensor.Shape{3, 8}, false},
		{"Dropout", nn.NewDropout(0.5), nntest.Values(1, 3, 4), tensor.Shape{3, 4}, true},
		{"Dropout/eval", nn.NewDropout(0.5), nntest.Values(1, 3, 4), tensor.Shape{3, 4}, false},
		{"BatchNorm", nn.NewBatchNorm(3), nntest.Values(1, 5, 3), tensor.Shape{5, 3}, true},
		{"BatchNorm/4d", nn.NewBatchNorm(3), nntest.Values(1, 2, 3, 4, 3), tensor.Shape{2, 3, 4, 3}, true},
		{"BatchNorm/eval", nn.NewBatchNorm(3), nntest.Values(1, 5, 3), tensor.Shape{5, 3}, false},
		{"BatchNorm/4d/eval", nn.NewBatchNorm(3), nntest.Values(1, 2, 3, 4, 3), tensor.Shape{2, 3, 4, 3}, false},
		{"Seq", nn.Seq(nn.NewLinear(5, 6), nn.Tanh, nn.NewBatchNorm(6), nn.NewLinear(6, 2)), nntest.Values(1, 3, 5), tensor.Shape{3, 2}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			layer := initialised(t, c.layer)
			s := nntest.Case{
				Inputs: []*tensor.Tensor{c.x}, Params: nn.Params(layer), Shape: c.shape, Train: c.train,
				F: func(x ...*grad.Var) *grad.Var { return layer.Forward(x[0]) },
			}
			if c.name != "BatchNorm" && c.name != "BatchNorm/4d" {
				s.Batch = []int{0}
			}
			nntest.Run(t, s)
		})
	}
}

// TestBatchNormStatistics checks that Forward stages the statistics, and only the
// optimizer's commit makes them the layer's.
func TestBatchNormStatistics(t *testing.T) {
	l, err := nn.Init(1, nn.NewBatchNorm(1))
	if err != nil {
		t.Fatal(err)
	}
	tape := grad.NewTape(grad.Training, 1)
	y := l.Forward(tape.Input(tensor.New([]float32{1, 3}, 2, 1)))
	if got := l.RunningMean.Value.Item(); got != 0 {
		t.Errorf("running mean after Forward is %v, want 0", got)
	}
	if got, want := y.Data().At(1, 0), float32(1/math.Sqrt(1+1e-5)); math.Abs(float64(got-want)) > 1e-6 {
		t.Errorf("output is %v, want %v", got, want)
	}
	tape.Commit()
	mean, variance := l.RunningMean.Value.Item(), l.RunningVar.Value.Item()
	if math.Abs(float64(mean)-0.2) > 1e-6 || math.Abs(float64(variance)-1.1) > 1e-6 {
		t.Errorf("running mean and variance after Commit are %v and %v, want 0.2 and 1.1", mean, variance)
	}
	tape.Reset()
	one := l.Forward(tape.Input(tensor.Ones(1, 1)))
	if err := one.Err(); err == nil || !strings.Contains(err.Error(), "more than one value for each channel") {
		t.Errorf("a batch of one value while training: %v, want an error", err)
	}
}

// TestBuildErrors checks settings that cannot be, at Init and at Forward.
func TestBuildErrors(t *testing.T) {
	cases := []struct {
		m    nn.Module
		want string
	}{
		{nn.NewLinear(0, 3), "nn: Linear: 0 inputs and 3 outputs, want at least 1"},
		{nn.NewLinear(3, -1), "nn: Linear: 3 inputs and -1 outputs, want at least 1"},
		{nn.NewBatchNorm(0), "nn: BatchNorm: 0 features, want at least 1"},
		{&nn.BatchNorm{Features: 2, Eps: -1}, "nn: BatchNorm: ε -1, want a positive number"},
		{&nn.BatchNorm{Features: 2, Momentum: 2}, "nn: BatchNorm: momentum 2, want at most 1 and none negative"},
		{nn.NewDropout(1), "nn: Dropout: probability 1, want at least 0 and less than 1"},
		{nn.NewDropout(math.NaN()), "nn: Dropout: probability NaN, want at least 0 and less than 1"},
		{nn.Seq(nn.ReLU, nil), "nn: Seq: layer 1 is nil"},
		{nn.Seq((*nn.Linear)(nil)), "nn: Seq: layer 0 is nil"},
	}
	for _, c := range cases {
		if _, err := nn.Init(1, c.m); err == nil || err.Error() != "nn: Init: the network: "+c.want {
			t.Errorf("Init: %v, want %s", err, c.want)
		}
		if _, ok := c.m.(*nn.Sequential); ok {
			continue
		}
		tape := grad.NewTape(grad.Training, 1)
		c.m.Forward(tape.Input(tensor.Zeros(2, 3)))
		if tape.Err() == nil {
			t.Errorf("Forward of a layer with settings that cannot be (%s) gives no error", c.want)
		}
	}
}
