package invented_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/examples/names/invented"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
)

func TestMake(t *testing.T) {
	names, labels, languages := invented.Make(60, 1)
	more, _, _ := invented.Make(90, 1)
	other, _, _ := invented.Make(60, 2)
	if len(languages) != 6 || !slices.Equal(names, more[:60]) || slices.Equal(names, other) {
		t.Errorf("names depend on more or less than the seed and their number: %v", names)
	}
	for i, label := range labels {
		if label != i%6 || strings.ToUpper(names[i][:1]) != names[i][:1] {
			t.Errorf("name %d, %s, has label %d", i, names[i], label)
		}
	}
}

// TestNeedsTheOrder checks what the package promises: a linear model of how often each
// letter comes is right on little more than half of the names.
func TestNeedsTheOrder(t *testing.T) {
	const letters = 26
	counted := func(n int, seed uint64) data.Dataset {
		names, labels, _ := invented.Make(n, seed)
		x := tensor.Zeros(n, letters)
		for i, name := range names {
			for _, r := range strings.ToLower(name) {
				k := int(r - 'a')
				x.Set(x.At(i, k)+1, i, k)
			}
		}
		return data.Tensors(x, tensor.New(labels, n))
	}
	net, err := nn.Init(1, nn.Seq(nn.NewLinear(letters, 6)))
	if err != nil {
		t.Fatal(err)
	}
	tr := nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewAdam(nn.Params(net), 0.01)}
	h, err := tr.Fit(context.Background(), data.NewLoader(counted(3000, 1), data.BatchSize(64), data.Shuffle(1)),
		nn.Epochs(20), nn.Validate(data.NewLoader(counted(1000, 2), data.BatchSize(250)), metric.Accuracy()))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range h.Epochs {
		if a := e.Validation["accuracy"]; a >= 0.55 {
			t.Errorf("epoch %d: letters alone tell the language of %.1f %% of the names, want less than 55 %%", e.Epoch, 100*a)
		}
	}
}
