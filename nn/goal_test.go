package nn_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// course returns a history with these values of "score".
func course(values ...float64) *nn.History {
	h := &nn.History{}
	for i, v := range values {
		h.Epochs = append(h.Epochs, nn.EpochRecord{Epoch: i + 1, Loss: -v, Validation: map[string]float64{"score": v}})
	}
	return h
}

func TestGoalBest(t *testing.T) {
	nan := math.NaN()
	cases := []struct {
		goal   nn.Goal
		values []float64
		want   int
	}{
		{nn.Highest("score"), nil, -1},
		{nn.Highest("score"), []float64{1, 3, 2}, 1},
		{nn.Highest("score"), []float64{3, 3, 3}, 0},
		{nn.Lowest("score"), []float64{1, 3, 2}, 0},
		{nn.Lowest("score"), []float64{nan, 3, nan, 2}, 3},
		{nn.Lowest("score"), []float64{nan, nan}, -1},
		{nn.Lowest("score"), []float64{math.Inf(1), 5}, 1},
		{nn.Highest("score"), []float64{math.Inf(-1)}, 0},
		{nn.Lowest(nn.TrainLoss), []float64{1, 3, 2}, 1},
		{nn.Goal{Name: "score", MinDelta: 0.5}, []float64{1, 1.4, 1.6, 2}, 2},
	}
	for _, c := range cases {
		if got, err := c.goal.Best(course(c.values...)); got != c.want || err != nil {
			t.Errorf("%+v of %v is at %d, %v; want %d", c.goal, c.values, got, err, c.want)
		}
	}
	want := `nn: epoch 1 has no value "skore", has ["score"] and "train_loss"`
	if _, err := nn.Highest("skore").Best(course(1)); err == nil || err.Error() != want {
		t.Errorf("a wrong name gives %v, want %s", err, want)
	}
}

// scripted is a metric whose values are given beforehand.
type scripted struct {
	torn
	values []float64
}

func (*scripted) Name() string                            { return "score" }
func (*scripted) Update(*tensor.Tensor, tensor.Any) error { return nil }

func (m *scripted) Value() float64 {
	v := m.values[0]
	m.values = m.values[1:]
	return v
}

func validate(values ...float64) nn.Option {
	return nn.Validate(newLoader(), &scripted{values: values})
}

func TestEarlyStop(t *testing.T) {
	stop := nn.EarlyStop(nn.Highest("score"), 2)
	path := filepath.Join(t.TempDir(), "checkpoint")
	best := filepath.Join(t.TempDir(), "best")
	var third []*tensor.Tensor
	tr := newTrainer(t, newPlain(), makers[0].make)
	keep := nn.Callback(func(e *nn.Event) error {
		if e.Kind == nn.EpochEnd && e.Epoch == 3 {
			third = weights(tr.Model)
		}
		return nil
	})
	// What comes after the callback that stops is told of the last epoch too.
	h, err := tr.Fit(t.Context(), newLoader(), nn.Epochs(9), validate(1, 0, 5, 2, 4, 6), stop, keep,
		nn.KeepBest(best, nn.Highest("score")), nn.Checkpoint(path, 0))
	if err != nil || len(h.Epochs) != 5 {
		t.Fatalf("Fit: %d epochs, error %v; want 5", len(h.Epochs), err)
	}
	loaded := newTrainer(t, newPlain(), makers[0].make)
	if err := nn.LoadWeights(best, loaded.Model); err != nil {
		t.Fatal(err)
	}
	sameWeights(t, "best", loaded.Model, third)
	// A run that is resumed has stopped already.
	h, err = newTrainer(t, newPlain(), makers[0].make).Fit(t.Context(), newLoader(), nn.Epochs(9), validate(6), stop, nn.Resume(path))
	if err != nil || len(h.Epochs) != 5 {
		t.Errorf("resumed: %d epochs, error %v; want 5 and none", len(h.Epochs), err)
	}
	for _, c := range []struct {
		option nn.Option
		want   string
	}{
		{nn.EarlyStop(nn.Highest("score"), 0), "nn: EarlyStop: patience of 0 epochs, want at least 1"},
		{nn.EarlyStop(nn.Highest("skore"), 1), `has no value "skore"`},
		{nn.KeepBest(best, nn.Highest("skore")), `has no value "skore"`},
		{nn.KeepBest(filepath.Join(t.TempDir(), "none", "best"), nn.Highest("score")), "nn: SaveWeights: "},
	} {
		_, err := newTrainer(t, newPlain(), makers[0].make).Fit(t.Context(), newLoader(), validate(1), c.option)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Fit: %v, want %s", err, c.want)
		}
	}
}

func TestKeepLast(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kept")
	fit := func(epochs int) *nn.Trainer {
		t.Helper()
		tr := newTrainer(t, newCNN(), makers[1].make)
		if _, err := tr.Fit(t.Context(), newLoader(), nn.Epochs(epochs), nn.KeepLast(dir, 2), nn.Resume(dir)); err != nil {
			t.Fatal(err)
		}
		return tr
	}
	want := newTrainer(t, newCNN(), makers[1].make)
	if _, err := want.Fit(t.Context(), newLoader(), nn.Epochs(4)); err != nil {
		t.Fatal(err)
	}
	fit(1)
	writeFile(t, filepath.Join(dir, "epoch-notes.safetensors"), "not a checkpoint's name")
	fit(3)
	sameWeights(t, "resumed from the folder", fit(4).Model, weights(want.Model))
	files, err := os.ReadDir(dir)
	var names []string
	for _, f := range files {
		names = append(names, f.Name())
	}
	if got := strings.Join(names, " "); err != nil || got != "epoch-00003.safetensors epoch-00004.safetensors epoch-notes.safetensors" {
		t.Errorf("the folder has %q, %v; want the last two checkpoints and the notes", got, err)
	}
}

func TestWriteCSV(t *testing.T) {
	h := course(0.5, math.NaN())
	h.Epochs[1].Validation["accuracy"] = 0.25
	var b strings.Builder
	if err := h.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	want := "epoch,train_loss,samples,seconds,waiting,memory,validation_accuracy,validation_score\n1,-0.5,0,0,0,0,,0.5\n2,NaN,0,0,0,0,0.25,NaN\n"
	if b.String() != want {
		t.Errorf("CSV is\n%s\nwant\n%s", &b, want)
	}
}
