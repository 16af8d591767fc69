package nn_test

import (
	"slices"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// normOfOwn embeds a layer with statistics by value.
type normOfOwn struct{ nn.BatchNorm }

// TestFreeze trains a network with a frozen part in the middle: it stays as it is
// to the last bit, and what comes before it learns.
func TestFreeze(t *testing.T) {
	frozen := nn.Seq(
		conv.New2D(3, 3, 3, conv.Same), nn.NewBatchNorm(3), nn.ReLU,
		&nn.InstanceNorm{Features: 3, Affine: true, TrackRunningStats: true}, &normOfOwn{nn.BatchNorm{Features: 3}},
	)
	net := initialised(t, nn.Seq(conv.New2D(2, 3, 3, conv.NoBias), nn.NewBatchNorm(3), frozen, nn.Flatten, nn.NewLinear(12, 2)))
	opt := optim.NewAdam(nn.Params(net), 0.01)
	nn.Freeze(frozen)
	if got, want := nn.Params(net)[5].Name, "2.0.weight"; got != want {
		t.Errorf("Freeze renamed a parameter to %s, want %s", got, want)
	}
	changed := func() (list []string) {
		before := map[string]*tensor.Tensor{}
		for _, p := range nn.Params(net) {
			before[p.Name] = p.Value.Clone()
		}
		tape := grad.NewTape(grad.Training, 1)
		for step := range uint64(3) {
			y := net.Forward(tape.Input(nntest.Values(step, 4, 2, 4, 4)))
			if err := nn.CrossEntropy(y, tensor.New([]int{0, 1, 1, 0}, 4)).Backward(); err != nil {
				t.Fatal(err)
			}
			if err := opt.Step(tape); err != nil {
				t.Fatal(err)
			}
			tape.Reset()
		}
		for _, p := range nn.Params(net) {
			if !p.Value.Equal(before[p.Name]) {
				list = append(list, p.Name)
			}
		}
		return list
	}
	want := []string{"0.weight", "1.weight", "1.bias", "1.running_mean", "1.running_var", "4.weight", "4.bias"}
	if got := changed(); !slices.Equal(got, want) {
		t.Errorf("while frozen, training changes %v, want %v", got, want)
	}

	// Frozen, training computes what prediction does.
	x := nntest.Values(9, 4, 3, 2, 2)
	trained := frozen.Forward(grad.NewTape(grad.Train, 1).Input(x)).Data()
	if !trained.Equal(forward(t, frozen, x)) {
		t.Error("a frozen part computes something else while training")
	}

	nn.Unfreeze(frozen)
	got := changed()
	for _, name := range []string{"2.0.weight", "2.1.running_mean", "2.3.weight", "2.3.running_var", "2.4.bias", "2.4.running_var"} {
		if !slices.Contains(got, name) {
			t.Errorf("unfrozen, training leaves %s as it is", name)
		}
	}
}

// TestFreezeLiteral checks that parameters which are not made yet are frozen, too.
func TestFreezeLiteral(t *testing.T) {
	l := &nn.Linear{In: 2, Out: 1}
	nn.Freeze(l)
	if !l.Weight.Frozen || !l.Bias.Frozen {
		t.Error("Freeze leaves the parameters of a literal as they are")
	}
	defer func() {
		if recover() == nil {
			t.Error("Freeze of a layer with settings that cannot be does not panic")
		}
	}()
	nn.Freeze(&nn.Linear{})
}
