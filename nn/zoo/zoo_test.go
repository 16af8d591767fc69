package zoo_test

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/zoo"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// network is a network under the name it has in testdata/zoo.py, for 10 classes.
type network struct {
	name  string
	make  func() nn.Module
	large bool // takes seconds; left out by -short
}

var networks = []network{
	{"mlp", func() nn.Module { return zoo.NewMLP(12, 20, 16, 10) }, false},
	{"lenet5", func() nn.Module { return zoo.NewLeNet5(10) }, false},
	{"resnet18", func() nn.Module { return zoo.NewResNet18(10) }, false},
	{"resnet18_small", func() nn.Module { return zoo.NewResNet18(10, zoo.SmallPictures) }, false},
	{"resnet34", func() nn.Module { return zoo.NewResNet34(10) }, true},
	{"resnet50", func() nn.Module { return zoo.NewResNet50(10) }, true},
	{"mobilenet_v2", func() nn.Module { return zoo.NewMobileNetV2(10) }, false},
	{"mobilenet_v2_0.35", func() nn.Module { return zoo.NewMobileNetV2(10, zoo.Width(0.35)) }, false},
	{"mobilenet_v2_1.4_small", func() nn.Module { return zoo.NewMobileNetV2(10, zoo.Width(1.4), zoo.SmallPictures) }, false},
	{"vgg11_bn", func() nn.Module { return zoo.NewVGG11(10) }, true},
	{"vgg11_bn_small", func() nn.Module { return zoo.NewVGG11(10, zoo.SmallPictures) }, false},
}

// skipLarge leaves a network that takes seconds to a test without -short.
func (n *network) skipLarge(t *testing.T) {
	if n.large && testing.Short() {
		t.Skip("takes seconds")
	}
}

// shapes is what testdata/shapes.json holds.
type shapes struct {
	Parameters map[string]int                     `json:"parameters"`
	Shapes     map[string]map[string]tensor.Shape `json:"shapes"`
}

// output is what testdata/outputs.json holds of a network.
type output struct {
	Sample tensor.Shape `json:"sample"`
	Output []float32    `json:"output"` // of two samples
	Losses []float64    `json:"losses"`
}

func readJSON(t *testing.T, name string, v any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func outputs(t *testing.T) map[string]output {
	t.Helper()
	var file struct {
		Networks map[string]output `json:"networks"`
	}
	readJSON(t, "outputs.json", &file)
	return file.Networks
}

// uniform returns number i of the stream of a name, in [0, 1), as testdata/zoo.py
// computes it.
func uniform(hash uint32, i int) float64 {
	x := hash + uint32(i)
	x ^= x >> 16
	x *= 0x85ebca6b
	x ^= x >> 13
	x *= 0xc2b2ae35
	x ^= x >> 16
	return float64(x>>8) / (1 << 24)
}

func hash(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return h.Sum32()
}

// fill gives the parameters of a network the values of testdata/zoo.py.
func fill(m nn.Module) {
	for _, p := range nn.Params(m) {
		shape, h := p.Shape(), hash(p.Name)
		p.Value = tensor.Make[float32](shape...)
		bound := math.Sqrt(6 * float64(shape[0]) / float64(shape.Size()))
		positive := strings.HasSuffix(p.Name, ".weight") || strings.HasSuffix(p.Name, ".running_var")
		for i := range p.Value.Data() {
			v := uniform(h, i)
			switch {
			case len(shape) > 1:
				v = float64(2*v-1) * bound
			case positive:
				v += 0.5
			default:
				v = float64(0.4*v) - 0.2
			}
			p.Value.Data()[i] = float32(v)
		}
	}
}

// picture returns the input of testdata/zoo.py.
func picture(shape ...int) *tensor.Tensor {
	x, h := tensor.Make[float32](shape...), hash("input")
	for i := range x.Data() {
		x.Data()[i] = float32(2*uniform(h, i) - 1)
	}
	return x
}

// TestShapes compares all names and shapes with torchvision's.
func TestShapes(t *testing.T) {
	var want shapes
	readJSON(t, "shapes.json", &want)
	for _, n := range networks {
		left := want.Shapes[n.name]
		for _, p := range nn.Params(n.make()) {
			shape, ok := left[p.Name]
			if !ok || !shape.Equal(p.Shape()) {
				t.Errorf("%s: %s has shape %v, torchvision's %v", n.name, p.Name, p.Shape(), shape)
			}
			delete(left, p.Name)
		}
		for name, shape := range left {
			t.Errorf("%s: no parameter %s of shape %v", n.name, name, shape)
		}
	}
}

// TestParameters compares the numbers of parameters that torchvision publishes.
func TestParameters(t *testing.T) {
	var made shapes
	readJSON(t, "shapes.json", &made)
	for _, c := range []struct {
		name string
		net  nn.Module
		want int
	}{
		{"resnet18", zoo.NewResNet18(1000), 11_689_512},
		{"resnet34", zoo.NewResNet34(1000), 21_797_672},
		{"resnet50", zoo.NewResNet50(1000), 25_557_032},
		{"mobilenet_v2", zoo.NewMobileNetV2(1000), 3_504_872},
		{"vgg11_bn", zoo.NewVGG11(1000), 132_868_840},
	} {
		if got := parameters(c.net); got != c.want || made.Parameters[c.name] != c.want {
			t.Errorf("%s has %d parameters, torchvision made %d, want %d", c.name, got, made.Parameters[c.name], c.want)
		}
	}
}

// TestOutputs compares outputs with torchvision's, and the last line of summaries
// with its numbers of parameters.
func TestOutputs(t *testing.T) {
	want := outputs(t)
	var made shapes
	readJSON(t, "shapes.json", &made)
	for _, n := range networks {
		t.Run(n.name, func(t *testing.T) {
			n.skipLarge(t)
			net, w := n.make(), want[n.name]
			fill(net)
			x := picture(append([]int{2}, w.Sample...)...)
			y := net.Forward(grad.NewTape(grad.Evaluation, 0).Input(x))
			if err := y.Err(); err != nil {
				t.Fatal(err)
			}
			near(t, "output", y.Data(), w.Output)

			trainable, fixed := 0, 0
			for name, shape := range made.Shapes[n.name] {
				if strings.Contains(name, "running_") {
					fixed += shape.Size()
				} else {
					trainable += shape.Size()
				}
			}
			overview, err := nn.Summary(net, w.Sample)
			if err != nil {
				t.Fatal(err)
			}
			total := fmt.Sprintf("\n%d trainable and %d fixed parameters, ", trainable, fixed)
			if text := overview.String(); !strings.Contains(text, total) {
				t.Errorf("summary is %s\nwant %s…", text, total)
			}
			for _, op := range overview.Operations {
				if op.Layer == "" {
					t.Errorf("summary has no place for %s", op.Name)
				}
			}
		})
	}
}

// near compares relative to the largest element.
func near(t *testing.T, name string, got *tensor.Tensor, want []float32) {
	t.Helper()
	if got.Len() != len(want) {
		t.Fatalf("%s has %d values, want %d", name, got.Len(), len(want))
	}
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(float64(v)))
	}
	for i, v := range got.Data() {
		if !(math.Abs(float64(v-want[i])) <= 1e-4*largest) {
			t.Errorf("%s at %d is %v, want %v", name, i, v, want[i])
		}
	}
}

// TestTraining compares the losses of two steps, the second of which shows whether
// the first had the right gradients.
func TestTraining(t *testing.T) {
	net := zoo.NewResNet18(10, zoo.SmallPictures)
	fill(net)
	opt := optim.NewSGD(nn.Params(net), 0.01)
	tape := grad.NewTape(grad.Training, 1)
	x, labels := picture(4, 3, 16, 16), tensor.New([]int{0, 3, 6, 9}, 4)
	for i, want := range outputs(t)["resnet18_small"].Losses {
		loss := nn.CrossEntropy(net.Forward(tape.Input(x)), labels)
		if err := loss.Err(); err != nil {
			t.Fatal(err)
		}
		if got := float64(loss.Data().Data()[0]); !(math.Abs(got-want) <= 1e-4*want) {
			t.Errorf("loss of step %d is %v, want %v", i, got, want)
		}
		if err := loss.Backward(); err != nil {
			t.Fatal(err)
		}
		if err := opt.Step(tape); err != nil {
			t.Fatal(err)
		}
		tape.Reset()
	}
}

// TestAllocations: a step of training allocates nothing once it has been taken.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, c := range []struct {
		net nn.Module
		x   *tensor.Tensor
	}{
		{zoo.NewLeNet5(10), picture(2, 1, 28, 28)},
		{zoo.NewResNet18(10, zoo.SmallPictures), picture(2, 3, 8, 8)},
		{zoo.NewMobileNetV2(10, zoo.Width(0.1)), picture(2, 3, 64, 64)},
	} {
		net, err := nn.Init(1, c.net)
		if err != nil {
			t.Fatal(err)
		}
		tape, labels := grad.NewTape(grad.Training, 1), tensor.New([]int{1, 2}, 2)
		step := func() {
			if err := nn.CrossEntropy(net.Forward(tape.Input(c.x)), labels).Backward(); err != nil {
				t.Fatal(err)
			}
			tape.ZeroGrad()
			tape.Reset()
		}
		step()
		if n := testing.AllocsPerRun(3, step); n > 0 {
			t.Errorf("%T: a step makes %v allocations, want 0", c.net, n)
		}
	}
}

// TestFiles takes a network through SaveWeights and LoadWeights, and through Save
// and Load.
func TestFiles(t *testing.T) {
	want := outputs(t)
	for _, n := range networks {
		t.Run(n.name, func(t *testing.T) {
			if n.name == "vgg11_bn" {
				t.Skip("half a gigabyte; vgg11_bn_small has the same parts")
			}
			n.skipLarge(t)
			sample := want[n.name].Sample
			net, err := nn.Init(1, n.make())
			if err != nil {
				t.Fatal(err)
			}
			x := picture(append([]int{2}, sample...)...)
			y := predict(t, net, sample, x)

			path := filepath.Join(t.TempDir(), "weights.safetensors")
			if err := nn.SaveWeights(path, net); err != nil {
				t.Fatal(err)
			}
			again := n.make()
			if err := nn.LoadWeights(path, again); err != nil {
				t.Fatal(err)
			}
			if got := predict(t, again, sample, x); !got.Equal(y) {
				t.Errorf("with weights from a file, output is %v, want %v", got, y)
			}

			path = filepath.Join(t.TempDir(), "model.safetensors")
			if err := nn.Save(path, net, nn.Info{Input: sample}); err != nil {
				t.Fatal(err)
			}
			rebuilt, info, err := nn.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := fmt.Sprintf("%T", rebuilt), fmt.Sprintf("%T", n.make()); got != want {
				t.Errorf("Load returns a %s, want a %s", got, want)
			}
			if got := predict(t, rebuilt, info.Input, x); !got.Equal(y) {
				t.Errorf("rebuilt from a file, output is %v, want %v", got, y)
			}
		})
	}
}

func predict(t *testing.T, net nn.Module, sample tensor.Shape, x *tensor.Tensor) *tensor.Tensor {
	t.Helper()
	p, err := nn.NewPredictor(net, sample)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	y, err := p.Predict(context.Background(), x)
	if err != nil {
		t.Fatal(err)
	}
	return y
}
