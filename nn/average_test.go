package nn_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// TestAverage checks when averages are updated, what validation measures, and
// that the network has its own weights.
func TestAverage(t *testing.T) {
	want := newTrainer(t, newCNN(), makers[0].make)
	if _, err := want.Fit(t.Context(), newLoader(), nn.Epochs(3)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		option  func(a *optim.Average) nn.Option
		updates []int // at the end of each epoch
	}{
		{"steps", nn.AverageSteps, []int{6, 12, 18}},
		{"epochs", func(a *optim.Average) nn.Option { return nn.AverageEpochs(a, 2) }, []int{0, 1, 2}},
		{"all epochs", func(a *optim.Average) nn.Option { return nn.AverageEpochs(a, 0) }, []int{1, 2, 3}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := newTrainer(t, newCNN(), makers[0].make)
			a := optim.NewSWA(nn.Params(tr.Model))
			check := nn.Callback(func(e *nn.Event) error {
				if e.Kind != nn.EpochEnd {
					return nil
				}
				if got := a.Updates(); got != c.updates[e.Epoch-1] {
					t.Errorf("after epoch %d there were %d updates, want %d", e.Epoch, got, c.updates[e.Epoch-1])
				}
				a.Swap()
				r, err := tr.Evaluate(t.Context(), data.NewLoader(pictures(44)))
				a.Swap()
				if err != nil {
					return err
				}
				if got := e.History.Last().Validation["loss"]; got != r.Values["loss"] {
					t.Errorf("validation of epoch %d is %v, want that of the averages, %v", e.Epoch, got, r.Values["loss"])
				}
				return nil
			})
			if _, err := tr.Fit(t.Context(), newLoader(), nn.Epochs(3), c.option(a), nn.Validate(data.NewLoader(pictures(44))), check); err != nil {
				t.Fatal(err)
			}
			sameWeights(t, "after Fit", tr.Model, weights(want.Model))
		})
	}
}

// TestAverageBest checks that the best weights that are kept are the averages that
// validation measured.
func TestAverageBest(t *testing.T) {
	path, loader := filepath.Join(t.TempDir(), "best"), data.NewLoader(pictures(44))
	tr := newTrainer(t, newCNN(), makers[0].make)
	h, err := tr.Fit(t.Context(), newLoader(), nn.Epochs(3), nn.AverageSteps(optim.NewEMA(nn.Params(tr.Model), 0.9)),
		nn.Validate(loader), nn.KeepBest(path, nn.Lowest("loss")))
	if err != nil {
		t.Fatal(err)
	}
	best, err := nn.Lowest("loss").Best(h)
	if err != nil {
		t.Fatal(err)
	}
	if err := nn.LoadWeights(path, tr.Model); err != nil {
		t.Fatal(err)
	}
	r, err := tr.Evaluate(t.Context(), loader)
	if want := h.Epochs[best].Validation["loss"]; err != nil || r.Values["loss"] != want {
		t.Errorf("loss of the weights that were kept is %v, error %v; want %v", r, err, want)
	}
}

// TestAverageCancelled cancels a validation: the network gets its weights back,
// and the average is not updated again when the run is resumed.
func TestAverageCancelled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	ctx, cancel := context.WithCancel(t.Context())
	tr := newTrainer(t, newCNN(), makers[0].make)
	a := optim.NewSWA(nn.Params(tr.Model))
	_, err := tr.Fit(ctx, newLoader(), nn.Epochs(2), nn.AverageEpochs(a, 1), nn.Checkpoint(path, 0),
		nn.Validate(newLoader(), &cancelling{cancel: cancel}))
	if !errors.Is(err, context.Canceled) || a.Swapped() {
		t.Fatalf("Fit: %v and swapped %t, want context.Canceled and false", err, a.Swapped())
	}
	again := newTrainer(t, newCNN(), makers[0].make)
	b := optim.NewSWA(nn.Params(again.Model))
	if _, err := again.Fit(t.Context(), newLoader(), nn.Epochs(2), nn.AverageEpochs(b, 1), nn.Resume(path), nn.Validate(newLoader())); err != nil {
		t.Fatal(err)
	}
	if b.Updates() != 2 {
		t.Errorf("%d updates after two epochs, want 2", b.Updates())
	}
}

// TestAverageErrors is about networks that have the averages, and checkpoints
// that do not fit.
func TestAverageErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	const swapped = "the network has the averages of its weights; Swap them back"
	tr := newTrainer(t, newCNN(), makers[0].make)
	a := optim.NewEMA(nn.Params(tr.Model), 0.9)
	swap := func(kind nn.Kind) nn.Option {
		return nn.Callback(func(e *nn.Event) error {
			if e.Kind == kind {
				a.Swap()
			}
			return nil
		})
	}
	if _, err := tr.Fit(t.Context(), newLoader(), nn.AverageSteps(a), nn.Checkpoint(path, 0), swap(nn.EpochEnd)); err == nil || err.Error() != "nn: Checkpoint: "+swapped {
		t.Errorf("Fit with a callback that swaps: %v, want an error", err)
	}
	if _, err := tr.Fit(t.Context(), newLoader(), nn.AverageSteps(a)); err == nil || err.Error() != "nn: Fit: "+swapped {
		t.Errorf("Fit of a network that is swapped: %v, want an error", err)
	}
	a.Swap()
	if _, err := tr.Fit(t.Context(), newLoader(), nn.AverageSteps(a), swap(nn.StepEnd)); err == nil || !strings.HasPrefix(err.Error(), "nn: Fit: optim: Average: ") {
		t.Errorf("Fit with a callback that swaps: %v, want an error", err)
	}
	a.Swap()
	if _, err := tr.Fit(t.Context(), newLoader(), nn.AverageSteps(a), nn.Checkpoint(path, 0)); err != nil {
		t.Fatal(err)
	}
	resume := func(want string, damage func(t *testing.T, path string), opts ...nn.Option) {
		t.Helper()
		if damage != nil {
			damage(t, path)
		}
		tr := newTrainer(t, newCNN(), makers[0].make)
		before := weights(tr.Model)
		_, err := tr.Fit(t.Context(), newLoader(), append(opts, nn.Resume(path), nn.Epochs(2))...)
		if err == nil || !strings.HasPrefix(err.Error(), "nn: Resume: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("Fit: %v, want nn: Resume: … %s", err, want)
		}
		sameWeights(t, "after the error", tr.Model, before)
		if n := len(tr.Optimizer.State()); n != 0 {
			t.Errorf("optimizer has %d entries of state after the error, want none", n)
		}
	}
	resume("the checkpoint has averages of the weights; continue with AverageSteps or AverageEpochs", nil)
	b := optim.NewEMA(nn.Params(newTrainer(t, newCNN(), makers[0].make).Model), 0.9)
	resume("optim: SGD: state has ", renaming("optimizer.6.weight.step", "optimizer.6.weight.x"), nn.AverageSteps(b))
	if b.Updates() != 0 {
		t.Errorf("the average has %d updates after the error, want none", b.Updates())
	}
	resume(`optim: Average: state "module.6.weight" is missing`, renaming("average.module.6.weight", "average.module.7.weight"), nn.AverageSteps(b))
}

// TestUpdateNorms compares statistics with those of PyTorch.
func TestUpdateNorms(t *testing.T) { t.Run("Golden/UpdateNorms", goldenUpdateNorms) }

func goldenUpdateNorms(t *testing.T) {
	text, err := os.ReadFile("testdata/norms.json")
	if err != nil {
		t.Fatal(err)
	}
	var file map[string][]float32
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	first, last, linear := nn.NewBatchNorm(3), nn.NewBatchNorm(4), nn.NewLinear(3, 4)
	last.Momentum = 0.3
	net, err := nn.Init(1, nn.Seq(first, linear, nn.ReLU, last))
	if err != nil {
		t.Fatal(err)
	}
	linear.Weight.Value.Copy(tensor.New(file["weight"], 4, 3))
	linear.Bias.Value.Copy(tensor.New(file["bias"], 4))
	first.RunningVar.Value.Fill(float32(math.NaN())) // what was there does not matter
	loader := data.NewLoader(data.Tensors(tensor.New(file["x"], 10, 3), tensor.New(make([]int, 10), 10)), data.BatchSize(4))
	at := data.Cursor{Epoch: 2, Batch: 1}
	if err := loader.Seek(at); err != nil {
		t.Fatal(err)
	}
	if err := nn.UpdateNorms(t.Context(), net, loader); err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]*grad.Param{
		"mean0": first.RunningMean, "var0": first.RunningVar, "mean3": last.RunningMean, "var3": last.RunningVar,
		"weight": linear.Weight,
	} {
		for i, want := range file[name] {
			if got := p.Value.Data()[i]; !(math.Abs(float64(got-want)) <= 1e-5) {
				t.Errorf("%s is %v, want %v", name, p.Value, file[name])
				break
			}
		}
	}
	if first.Momentum != 0 || last.Momentum != 0.3 || loader.Cursor() != at {
		t.Errorf("afterwards the momenta are %v and %v, and the loader is at %v; want 0, 0.3 and %v",
			first.Momentum, last.Momentum, loader.Cursor(), at)
	}
}

// TestUpdateNormsErrors checks that nothing has changed after an error.
func TestUpdateNormsErrors(t *testing.T) {
	loader := func(n int) *data.Loader { return data.NewLoader(pictures(n), data.BatchSize(8)) }
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name   string
		ctx    context.Context
		net    nn.Module
		loader *data.Loader
		want   string
	}{
		{"cancelled", cancelled, newCNN(), loader(16), "context canceled"},
		{"no batches", t.Context(), newCNN(), loader(0), "the loader has no batches"},
		{"shape", t.Context(), nn.Seq(newCNN(), nn.NewLinear(3, 3)), loader(16), "input has 2 features, want 3"},
		{"loader", t.Context(), newCNN(), data.NewLoader(pictures(8), data.BatchSize(0)), "batch size is 0"},
		{"careless", t.Context(), nn.Seq(newCNN(), nn.NewLinear(3, 3), careless), loader(16), "input has 2 features, want 3"},
	} {
		net, err := nn.Init(1, c.net)
		if err != nil {
			t.Fatal(err)
		}
		before := weights(net)
		err = nn.UpdateNorms(c.ctx, net, c.loader)
		if err == nil || !strings.HasPrefix(err.Error(), "nn: UpdateNorms: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: UpdateNorms = %v, want %s", c.name, err, c.want)
		}
		sameWeights(t, c.name, net, before)
	}
	if err := nn.UpdateNorms(t.Context(), nn.NewLinear(1, 1), loader(8)); err == nil || !strings.Contains(err.Error(), "has no value") {
		t.Errorf("UpdateNorms of a network without values: %v, want an error", err)
	}
	net, err := nn.Init(1, nn.Seq(nn.Flatten, nn.NewLinear(64, 2)))
	if err != nil {
		t.Fatal(err)
	}
	if err := nn.UpdateNorms(cancelled, net, loader(8)); err != nil {
		t.Errorf("UpdateNorms of a network without batch normalisation: %v, want nothing to be done", err)
	}
}
