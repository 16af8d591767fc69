package nn_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// rates returns a callback that records the learning rate of every step.
func rates(list *[]float64) nn.Callback {
	return func(e *nn.Event) error {
		if e.Kind == nn.StepEnd {
			*list = append(*list, e.Trainer.Optimizer.Groups()[0].LR)
		}
		return nil
	}
}

// TestSchedule records the rates of four epochs of six steps.
func TestSchedule(t *testing.T) {
	steps, epochs := optim.Warmup(10, 0), optim.Exponential(0.5)
	for _, c := range []struct {
		name string
		opts []nn.Option
		want func(step int) float64
	}{
		{"steps", []nn.Option{nn.ScheduleSteps(steps)}, steps},
		{"epochs", []nn.Option{nn.ScheduleEpochs(epochs)}, func(step int) float64 { return epochs(step / 6) }},
		{"both", []nn.Option{nn.ScheduleEpochs(epochs), nn.ScheduleSteps(steps)}, func(step int) float64 {
			return epochs(step/6) * steps(step)
		}},
		{"none", nil, func(int) float64 { return 1 }},
	} {
		var got, want []float64
		for step := range 24 {
			want = append(want, 0.05*c.want(step))
		}
		tr := newTrainer(t, newCNN(), makers[0].make)
		if _, err := tr.Fit(t.Context(), newLoader(), append(c.opts, nn.Epochs(4), rates(&got))...); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: rates are %v, want %v", c.name, got, want)
		}
	}
}

// TestScheduleResume compares a run that is cancelled and resumed with one that
// never stopped, with everything that changes rates or averages weights.
func TestScheduleResume(t *testing.T) {
	const epochs = 4
	groups := func(p []*grad.Param) optim.Optimizer {
		matrices, vectors := optim.Matrices(p)
		o := optim.NewNAdam(matrices, 0.01, optim.ClipNorm(1))
		o.AddGroup(optim.Group{Params: vectors, LR: 0.02})
		return o
	}
	averages := map[string]func(p []*grad.Param) (nn.Option, *optim.Average){
		"EMA": func(p []*grad.Param) (nn.Option, *optim.Average) {
			a := optim.NewEMA(p, 0.9)
			return nn.AverageSteps(a), a
		},
		"SWA": func(p []*grad.Param) (nn.Option, *optim.Average) {
			a := optim.NewSWA(p)
			return nn.AverageEpochs(a, 2), a
		},
	}
	for name, average := range averages {
		run := func(ctx context.Context, opts ...nn.Option) (*nn.Trainer, *optim.Average, *nn.History, error) {
			tr := newTrainer(t, newCNN(), groups)
			o, a := average(nn.Params(tr.Model))
			h, err := tr.Fit(ctx, newLoader(), append(opts, nn.Epochs(epochs), nn.Validate(newLoader()), o,
				nn.ScheduleSteps(optim.OneCycle(epochs*6)), nn.ScheduleEpochs(optim.Exponential(0.9)),
				nn.ReduceOnPlateau(nn.Lowest("loss"), 0.5, 0, nn.PlateauThreshold(0.5)))...)
			return tr, a, h, err
		}
		want, wantAverage, wantHistory, err := run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantWeights := weights(want.Model)
		wantAverage.Swap()
		wantAverages := weights(want.Model)
		for _, stops := range [][]int{{3}, {1}, {6}, {11}, {12}, {4, 1, 6, 3, 5}} {
			t.Run(fmt.Sprintf("%s/%v", name, stops), func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "checkpoint")
				for _, steps := range stops {
					ctx, cancel := context.WithCancel(t.Context())
					if _, _, _, err := run(ctx, nn.Checkpoint(path, 0), nn.Resume(path), stopAfter(steps, cancel)); !errors.Is(err, context.Canceled) {
						t.Fatalf("Fit: %v, want context.Canceled", err)
					}
				}
				got, a, h, err := run(t.Context(), nn.Resume(path))
				if err != nil {
					t.Fatal(err)
				}
				sameWeights(t, "resumed", got.Model, wantWeights)
				a.Swap()
				sameWeights(t, "resumed averages", got.Model, wantAverages)
				if got, want := losses(h), losses(wantHistory); !reflect.DeepEqual(got, want) {
					t.Errorf("history is %+v, want %+v", got, want)
				}
			})
		}
	}
}

// TestScheduleInitial checks that a resumed run goes on from the initial rates of
// the checkpoint.
func TestScheduleInitial(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	s := nn.ScheduleEpochs(optim.Exponential(0.5))
	if _, err := newTrainer(t, newCNN(), makers[0].make).Fit(t.Context(), newLoader(), nn.Epochs(1), nn.Checkpoint(path, 0), s); err != nil {
		t.Fatal(err)
	}
	tr := newTrainer(t, newCNN(), func(p []*grad.Param) optim.Optimizer { return optim.NewSGD(p, 77) })
	if _, err := tr.Fit(t.Context(), newLoader(), nn.Epochs(2), nn.Resume(path), s); err != nil {
		t.Fatal(err)
	}
	if got := tr.Optimizer.Groups()[0].LR; got != 0.025 {
		t.Errorf("learning rate is %v, want 0.025", got)
	}
	replacing(`"initial_rates":[0.05]`, `"initial_rates":[]`)(t, path)
	_, err := newTrainer(t, newCNN(), makers[0].make).Fit(t.Context(), newLoader(), nn.Epochs(2), nn.Resume(path))
	if err == nil || !strings.Contains(err.Error(), "groups of parameters") {
		t.Errorf("a checkpoint with initial rates of no group: %v, want an error", err)
	}
}

// decimal is a number that may be a text in JSON.
type decimal float64

func (d *decimal) UnmarshalJSON(text []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(text), `"`), 64)
	*d = decimal(v)
	return err
}

// TestPlateauGolden compares the rates of every epoch with those of PyTorch.
func TestPlateauGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/plateau.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name, Mode         string
		Results            []decimal
		Factors            []float64
		Factor             float64
		Patience, Cooldown int
		Threshold          *float64
		MinLR              float64 `json:"min_lr"`
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		t.Run("Golden/ReduceOnPlateau/"+c.Name, func(t *testing.T) {
			opts := []nn.PlateauOption{nn.PlateauCooldown(c.Cooldown), nn.PlateauFloor(c.MinLR)}
			if c.Threshold != nil {
				opts = append(opts, nn.PlateauThreshold(*c.Threshold))
			}
			goal := nn.Lowest("score")
			if c.Mode == "max" {
				goal = nn.Highest("score")
			}
			var results []float64
			for _, r := range c.Results {
				results = append(results, float64(r))
			}
			tr := newTrainer(t, nn.Seq(nn.Flatten, nn.NewLinear(64, 2)), func(p []*grad.Param) optim.Optimizer { return optim.NewSGD(p, 1) })
			loader := data.NewLoader(pictures(4))
			var got []float64
			_, err := tr.Fit(t.Context(), loader, nn.Epochs(len(c.Results)), validate(results...),
				nn.ReduceOnPlateau(goal, c.Factor, c.Patience, opts...), rates(&got))
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range c.Factors {
				if math.Abs(got[i]-want) > 1e-11 {
					t.Errorf("rates are %v, want %v", got, c.Factors)
					break
				}
			}
		})
	}
}

// TestPlateauTraining follows the training loss, which needs no validation, with
// a goal that asks for more than any epoch can give.
func TestPlateauTraining(t *testing.T) {
	goal := nn.Lowest(nn.TrainLoss)
	goal.MinDelta = 100
	var got []float64
	tr := newTrainer(t, newCNN(), makers[0].make)
	if _, err := tr.Fit(t.Context(), data.NewLoader(pictures(8)), nn.Epochs(4), nn.ReduceOnPlateau(goal, 0.5, 0), rates(&got)); err != nil {
		t.Fatal(err)
	}
	if want := []float64{0.05, 0.05, 0.025, 0.0125}; !slices.Equal(got, want) {
		t.Errorf("rates are %v, want %v", got, want)
	}
}

// TestScheduleAccumulate counts steps where several batches make one: an epoch of
// six batches has two.
func TestScheduleAccumulate(t *testing.T) {
	var got []float64
	tr := newTrainer(t, newCNN(), makers[0].make)
	tr.Accumulate = 4
	a := optim.NewSWA(nn.Params(tr.Model))
	_, err := tr.Fit(t.Context(), newLoader(), nn.Epochs(2), nn.AverageSteps(a), nn.ScheduleSteps(optim.Exponential(0.5)), rates(&got))
	if err != nil {
		t.Fatal(err)
	}
	if want := []float64{0.05, 0.025, 0.0125, 0.00625}; !slices.Equal(got, want) || a.Updates() != 4 {
		t.Errorf("rates are %v and there were %d updates, want %v and 4", got, a.Updates(), want)
	}
}

// TestScheduleErrors is about settings that cannot be.
func TestScheduleErrors(t *testing.T) {
	nan := math.NaN()
	plateau := func(name string, factor float64, patience int, opts ...nn.PlateauOption) []nn.Option {
		return []nn.Option{nn.Validate(newLoader()), nn.ReduceOnPlateau(nn.Lowest(name), factor, patience, opts...)}
	}
	for _, c := range []struct {
		name string
		opts []nn.Option
		want string
	}{
		{"steps", []nn.Option{nn.ScheduleSteps(optim.Step(0, 1))}, "nn: Fit: optim: Schedule: the factor is NaN at step 0"},
		{"epochs", []nn.Option{nn.ScheduleEpochs(func(int) float64 { return -1 })}, "nn: Fit: optim: Schedule: the factor is -1 at step 0"},
		{"factor", plateau("loss", 1, 3), "nn: Fit: ReduceOnPlateau: factor 1, want more than 0 and less than 1"},
		{"patience", plateau("loss", 0.1, -1), "nn: Fit: ReduceOnPlateau: patience -1 and cooldown 0, want none negative"},
		{"cooldown", plateau("loss", 0.1, 1, nn.PlateauCooldown(-2)), "nn: Fit: ReduceOnPlateau: patience 1 and cooldown -2, want none negative"},
		{"threshold", plateau("loss", 0.1, 1, nn.PlateauThreshold(nan)), "nn: Fit: ReduceOnPlateau: threshold NaN, want at least 0 and less than 1"},
		{"floor", plateau("loss", 0.1, 1, nn.PlateauFloor(2)), "nn: Fit: ReduceOnPlateau: floor 2, want 0 to 1"},
		{"metric", plateau("f1", 0.1, 1), `nn: Fit: ReduceOnPlateau: validation has no "f1"`},
		{"no validation", []nn.Option{nn.ReduceOnPlateau(nn.Lowest("loss"), 0.1, 1)}, "nn: Fit: ReduceOnPlateau: it needs Validate"},
	} {
		tr := newTrainer(t, newCNN(), makers[0].make)
		before := weights(tr.Model)
		_, err := tr.Fit(t.Context(), newLoader(), c.opts...)
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: Fit: %v, want %s", c.name, err, c.want)
		}
		sameWeights(t, c.name, tr.Model, before)
	}
}
