package zoo_test

import (
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/zoo"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
	"github.com/gannet-ml/gannet/tensor/safetensors"
)

// TestBlocks of nothing leave errors, not panics.
func TestBlocks(t *testing.T) {
	for _, m := range []nn.Module{&zoo.BasicBlock{}, &zoo.Bottleneck{}, &zoo.InvertedResidual{}} {
		y := m.Forward(grad.NewTape(grad.Evaluation, 1).Input(tensor.Zeros(1, 3, 4, 4)))
		if err := y.Err(); err == nil || !strings.Contains(err.Error(), "nil") {
			t.Errorf("%T: error %v, want one of a part that is nil", m, err)
		}
	}
}

// TestSettings: Init and Forward report what cannot be.
func TestSettings(t *testing.T) {
	for _, c := range []struct {
		net  nn.Module
		want string
	}{
		{zoo.NewMLP(), "0: nn: Linear: 0 inputs and 0 outputs, want at least 1"},
		{zoo.NewMLP(5), "0: nn: Linear: 5 inputs and 0 outputs, want at least 1"},
		{zoo.NewMLP(5, -1, 2), "0: nn: Linear: 5 inputs and -1 outputs, want at least 1"},
		{zoo.NewLeNet5(0), "fc3: nn: Linear: 84 inputs and 0 outputs, want at least 1"},
		{zoo.NewResNet18(0), "fc: nn: Linear: 512 inputs and 0 outputs, want at least 1"},
		{zoo.NewResNet50(-1), "fc: nn: Linear: 2048 inputs and -1 outputs, want at least 1"},
		{zoo.NewResNet34(10, zoo.Width(2)), "the network: zoo: ResNet: width 2, which only MobileNetV2 can have"},
		{zoo.NewMobileNetV2(0), "classifier.1: nn: Linear: 1280 inputs and 0 outputs, want at least 1"},
		{zoo.NewMobileNetV2(10, zoo.Width(0)), "the network: zoo: MobileNetV2: width 0, want more than 0 and at most 10"},
		{zoo.NewMobileNetV2(10, zoo.Width(math.NaN())), "the network: zoo: MobileNetV2: width NaN, want more than 0 and at most 10"},
		{zoo.NewMobileNetV2(10, zoo.Width(11)), "the network: zoo: MobileNetV2: width 11, want more than 0 and at most 10"},
		{zoo.NewVGG11(0), "classifier.6: nn: Linear: 4096 inputs and 0 outputs, want at least 1"},
		{zoo.NewVGG11(0, zoo.SmallPictures), "classifier.0: nn: Linear: 512 inputs and 0 outputs, want at least 1"},
		{zoo.NewVGG11(10, zoo.Width(0.5)), "the network: zoo: VGG: width 0.5, which only MobileNetV2 can have"},
	} {
		if _, err := nn.Init(1, c.net); err == nil || err.Error() != "nn: Init: "+c.want {
			t.Errorf("Init of a %T: %v, want nn: Init: %s", c.net, err, c.want)
		}
		x := grad.NewTape(grad.Evaluation, 0).Input(tensor.Zeros(1, 3, 32, 32))
		if err := c.net.Forward(x).Err(); err == nil {
			t.Errorf("Forward of a %T reports nothing, want an error", c.net)
		}
	}
}

// TestPlaces: inputs that do not fit are reported with the layer that notices.
func TestPlaces(t *testing.T) {
	for _, c := range []struct {
		net    nn.Module
		sample tensor.Shape
		want   string
	}{
		{zoo.NewMLP(5, 4, 3), tensor.Shape{6}, "nn: Seq.0 (Linear): input has 6 features, want 5"},
		{zoo.NewLeNet5(10), tensor.Shape{1, 32, 32}, "nn: LeNet5.fc1 (Linear): input has 576 features, want 400"},
		{zoo.NewResNet18(10), tensor.Shape{1, 64, 64}, "nn: ResNet.conv1 (Conv2D): input has 1 channels, want 3"},
		{zoo.NewMobileNetV2(10), tensor.Shape{1, 64, 64}, "nn: MobileNetV2.features.0.0 (Conv2D): input has 1 channels, want 3"},
		{zoo.NewVGG11(10, zoo.SmallPictures), tensor.Shape{3, 16, 16}, "nn: VGG.features.28 (MaxPool2D): picture of 1×1"},
	} {
		net, err := nn.Init(1, c.net)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := nn.NewPredictor(net, c.sample); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("NewPredictor: %v, want %s", err, c.want)
		}
	}
	net := zoo.NewResNet18(10)
	fill(net)
	net.Layer2.Layers[0].(*zoo.BasicBlock).Downsample = nil
	const want = "nn: ResNet.layer2.0 (Add): "
	if _, err := nn.Summary(net, tensor.Shape{3, 64, 64}); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("Summary without a downsample: %v, want %s", err, want)
	}
}

// TestLoadHostile is about files that nobody should have written.
func TestLoadHostile(t *testing.T) {
	for _, c := range []struct{ network, want string }{
		{`{"type":"zoo.LeNet5"}`, "the network: zoo: LeNet5: a part is nil"},
		{`{"type":"zoo.ResNet","settings":{"Conv1":null}}`, "the network: zoo: ResNet: a part other than MaxPool is nil"},
		{`{"type":"zoo.ResNet","settings":{"FC":{"type":"ReLU"}}}`, "zoo.ResNet: FC: a *nn.Function, want a *nn.Linear"},
		{`{"type":"zoo.ResNet","settings":{"Width":1}}`, `zoo.ResNet: unknown setting "Width"`},
		{`{"type":"zoo.BasicBlock"}`, "the network: zoo: BasicBlock: a part other than Downsample is nil"},
		{`{"type":"zoo.Bottleneck"}`, "the network: zoo: Bottleneck: a part other than Downsample is nil"},
		{`{"type":"zoo.MobileNetV2"}`, "the network: zoo: MobileNetV2: a part is nil"},
		{`{"type":"zoo.InvertedResidual","settings":{"Residual":true}}`, "the network: zoo: InvertedResidual: Conv is nil"},
		{`{"type":"zoo.VGG","settings":{"Features":{"type":"Sequential"}}}`, "the network: zoo: VGG: a part is nil"},
	} {
		path := filepath.Join(t.TempDir(), "model")
		meta := map[string]string{"gannet.format": "1", "gannet.network": c.network, "gannet.info": "{}"}
		if err := safetensors.Write(path, nil, meta); err != nil {
			t.Fatal(err)
		}
		if _, _, err := nn.Load(path); err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("Load of %s: %v, want … %s", c.network, err, c.want)
		}
	}
}

// TestInit compares the spread of initial values with that of the distributions
// that torchvision documents.
func TestInit(t *testing.T) {
	for _, c := range []struct {
		net  nn.Module
		want map[string]float64
	}{
		{zoo.NewResNet18(1000, zoo.SmallPictures), map[string]float64{
			"layer1.0.conv1.weight":        math.Sqrt(2. / (64 * 9)),
			"layer2.0.conv1.weight":        math.Sqrt(2. / (128 * 9)),
			"layer4.0.downsample.0.weight": math.Sqrt(2. / 512),
			"fc.weight":                    math.Sqrt(1. / (3 * 512)), // PyTorch's default, ±1/√512
		}},
		{zoo.NewMobileNetV2(10), map[string]float64{
			"features.2.conv.0.0.weight":  math.Sqrt(2. / 96),
			"features.17.conv.1.0.weight": math.Sqrt(2. / (960 * 9)),
			"classifier.1.weight":         0.01,
			"classifier.1.bias":           0,
		}},
		{zoo.NewVGG11(100, zoo.SmallPictures), map[string]float64{
			"features.4.weight":   math.Sqrt(2. / (128 * 9)),
			"features.4.bias":     0,
			"classifier.0.weight": 0.01,
			"classifier.0.bias":   0,
		}},
	} {
		net, err := nn.Init(1, c.net)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, p := range nn.Params(net) {
			want, ok := c.want[p.Name]
			if !ok {
				continue
			}
			found++
			sum := 0.0
			for _, v := range p.Value.Data() {
				sum += float64(v) * float64(v)
			}
			if got := math.Sqrt(sum / float64(p.Value.Len())); !(math.Abs(got-want) <= 0.05*want) {
				t.Errorf("%T: %s starts with a standard deviation of %v, want %v", c.net, p.Name, got, want)
			}
		}
		if found != len(c.want) {
			t.Errorf("%T has %d of the parameters %v", c.net, found, c.want)
		}
	}
}
