package nn_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// newPlain returns a network whose loss is a mean over samples that do not know of
// each other: without batch normalisation and dropout.
func newPlain() nn.Module {
	return nn.Seq(nn.Flatten, nn.NewLinear(64, 5), nn.Tanh, nn.NewLinear(5, 2))
}

// TestAccumulate compares steps of three batches of 4 with steps of one batch of
// 12. The 44 samples make three whole steps and one of the last 8.
func TestAccumulate(t *testing.T) {
	fit := func(batch, accumulate int) (*nn.Trainer, []string) {
		tr := newTrainer(t, newPlain(), makers[1].make)
		tr.Accumulate = accumulate
		var events []string
		h, err := tr.Fit(t.Context(), data.NewLoader(pictures(44), data.BatchSize(batch)), nn.Epochs(2), nn.Callback(func(e *nn.Event) error {
			if e.Kind == nn.StepEnd {
				events = append(events, fmt.Sprintf("%d/%d %d %.4f %.4f", e.Step, e.Steps, e.Samples, e.StepLoss, e.Loss))
			}
			return nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		if last := h.Last(); last.Samples != 44 {
			t.Errorf("an epoch has %d samples, want 44", last.Samples)
		}
		return tr, events
	}
	want, wantEvents := fit(12, 0)
	got, gotEvents := fit(4, 3)
	if fmt.Sprint(gotEvents) != fmt.Sprint(wantEvents) {
		t.Errorf("events %v, want %v", gotEvents, wantEvents)
	}
	w := weights(want.Model)
	for i, v := range weights(got.Model) {
		for j, x := range v.Data() {
			if d := math.Abs(float64(x - w[i].Data()[j])); d > 1e-6 {
				t.Fatalf("element %d of parameter %d differs by %g from that of large batches", j, i, d)
			}
		}
	}
}

// TestAccumulateResume breaks runs off inside of steps and after them. An epoch of
// 11 batches makes three steps of four, four and three batches.
func TestAccumulateResume(t *testing.T) {
	loader := func(ds data.Dataset) *data.Loader {
		return data.NewLoader(ds, data.BatchSize(4), data.Shuffle(1), data.Prefetch(0), data.Workers(1))
	}
	trainer := func() *nn.Trainer {
		tr := newTrainer(t, newCNN(), makers[1].make)
		tr.Accumulate = 4
		return tr
	}
	want := trainer()
	h, err := want.Fit(t.Context(), loader(pictures(44)), nn.Epochs(3))
	if err != nil {
		t.Fatal(err)
	}
	for after := 1; after < 33; after += 3 {
		path := filepath.Join(t.TempDir(), "checkpoint")
		ctx, cancel := context.WithCancel(t.Context())
		ds := &cancellingData{Dataset: pictures(44), left: 4 * after, cancel: cancel}
		_, err := trainer().Fit(ctx, loader(ds), nn.Epochs(3), nn.Checkpoint(path, 0))
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("after %d batches: Fit: %v, want context.Canceled", after, err)
		}
		got := trainer()
		again, err := got.Fit(t.Context(), loader(pictures(44)), nn.Epochs(3), nn.Resume(path))
		if err != nil {
			t.Fatal(err)
		}
		sameWeights(t, fmt.Sprintf("broken off after %d batches", after), got.Model, weights(want.Model))
		if got, want := again.Last().Loss, h.Last().Loss; got != want {
			t.Errorf("after %d batches: last loss is %v, want %v", after, got, want)
		}
	}
}

// cancellingData cancels when so many samples were read.
type cancellingData struct {
	data.Dataset
	left   int
	cancel func()
}

func (d *cancellingData) Read(i int, dst data.Sample) error {
	if d.left--; d.left == 0 {
		d.cancel()
	}
	return d.Dataset.Read(i, dst)
}

// TestAccumulateDiverged checks that nothing stays of a step that was not taken.
func TestAccumulateDiverged(t *testing.T) {
	tr := newTrainer(t, newPlain(), makers[1].make)
	tr.Accumulate = 2
	x := tensor.Ones(8, 1, 8, 8)
	x.Data()[7*64] = float32(math.NaN()) // in the second batch
	before := weights(tr.Model)
	_, err := tr.Fit(t.Context(), data.NewLoader(data.Tensors(x, tensor.Make[int](8)), data.BatchSize(4)))
	var d *nn.DivergedError
	if !errors.As(err, &d) || d.Epoch != 1 || d.Step != 1 || d.Layer != "" || d.Op != "Input" {
		t.Fatalf("Fit: %v, want a DivergedError of the input at the first step", err)
	}
	sameWeights(t, "after the error", tr.Model, before)
	// The gradients of the first batch are gone: another run starts afresh.
	if _, err := tr.Fit(t.Context(), newLoader()); err != nil {
		t.Fatal(err)
	}
	fresh := newTrainer(t, newPlain(), makers[1].make)
	fresh.Accumulate = 2
	if _, err := fresh.Fit(t.Context(), newLoader()); err != nil {
		t.Fatal(err)
	}
	sameWeights(t, "trained after the error", tr.Model, weights(fresh.Model))
}
