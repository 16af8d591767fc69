package optim_test

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// schedules are those that schedules.py records.
var schedules = map[string]optim.Schedule{
	"Step":                optim.Step(3, 0.5),
	"MultiStep":           optim.MultiStep(0.1, 2, 5, 5, 9),
	"Exponential":         optim.Exponential(0.9),
	"Polynomial":          optim.Polynomial(10, 2),
	"Polynomial/line":     optim.Polynomial(5, 1),
	"Cosine":              optim.Cosine(10, 0),
	"Cosine/floor":        optim.Cosine(8, 0.1),
	"CosineRestarts":      optim.CosineRestarts(6, 1, 0),
	"CosineRestarts/mult": optim.CosineRestarts(3, 2, 0.05),
	"OneCycle":            optim.OneCycle(20),
	"OneCycle/options":    optim.OneCycle(15, optim.PctStart(0.45), optim.DivFactor(10), optim.FinalDivFactor(100), optim.LinearAnneal),
	"OneCycle/short":      optim.OneCycle(2),
	"OneCycle/rise":       optim.OneCycle(10, optim.PctStart(1)),
	"Warmup":              optim.Warmup(5, 0.2),
	"Sequence": optim.Sequence(optim.Phase{Steps: 4, Schedule: optim.Warmup(4, 0.1)},
		optim.Phase{Steps: 10, Schedule: optim.Step(5, 0.5)}, optim.Phase{Schedule: optim.Exponential(0.8)}),
}

// TestScheduleGolden compares curves with those of PyTorch.
func TestScheduleGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/schedules.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name    string
		Factors []float64
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != len(schedules) {
		t.Errorf("the file has %d curves, want %d", len(cases), len(schedules))
	}
	for _, c := range cases {
		t.Run("Golden/"+c.Name, func(t *testing.T) {
			for step, want := range c.Factors {
				if got := schedules[c.Name](step); !(math.Abs(got-want) <= 1e-11) {
					t.Errorf("factor at step %d is %v, want %v", step, got, want)
				}
			}
		})
	}
}

// TestScheduleEnd is about steps after the last one that a curve counts with.
func TestScheduleEnd(t *testing.T) {
	for _, c := range []struct {
		name string
		s    optim.Schedule
		want float64
	}{
		{"Polynomial", optim.Polynomial(10, 2), 0},
		{"Cosine", optim.Cosine(10, 0.25), 0.25},
		{"Warmup", optim.Warmup(10, 0), 1},
		{"OneCycle", optim.OneCycle(10), 1.0 / 25 / 1e4},
		{"OneCycle of a step", optim.OneCycle(1, optim.PctStart(1)), 1},
		{"CosineRestarts", optim.CosineRestarts(1, 1, 0.5), 1},
	} {
		for _, step := range []int{10, 11, math.MaxInt32} {
			if got := c.s(step); math.Abs(got-c.want) > 1e-12 {
				t.Errorf("%s at step %d is %v, want %v", c.name, step, got, c.want)
			}
		}
	}
	if got := optim.CosineRestarts(1, 2, 0)(math.MaxInt32); !(got >= 0 && got <= 1) {
		t.Errorf("CosineRestarts at the last step of all is %v, want 0 to 1", got)
	}
	if got := optim.Warmup(4, 0)(0); got != 0 {
		t.Errorf("Warmup from 0 begins with %v, want 0", got)
	}
}

// TestScheduleSettings checks that settings that cannot be are an error of Apply.
func TestScheduleSettings(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, s := range map[string]optim.Schedule{
		"Step":                  optim.Step(0, 0.1),
		"Step γ":                optim.Step(1, 0),
		"MultiStep":             optim.MultiStep(-1, 3),
		"Exponential":           optim.Exponential(nan),
		"Polynomial":            optim.Polynomial(0, 1),
		"Polynomial power":      optim.Polynomial(1, inf),
		"Cosine":                optim.Cosine(0, 0),
		"Cosine floor":          optim.Cosine(1, 1.5),
		"CosineRestarts":        optim.CosineRestarts(0, 1, 0),
		"CosineRestarts mult":   optim.CosineRestarts(1, 0, 0),
		"OneCycle":              optim.OneCycle(0),
		"OneCycle start":        optim.OneCycle(1, optim.PctStart(2)),
		"OneCycle div":          optim.OneCycle(1, optim.DivFactor(0)),
		"OneCycle final":        optim.OneCycle(1, optim.FinalDivFactor(-1)),
		"Warmup":                optim.Warmup(0, 0),
		"Warmup from":           optim.Warmup(1, -1),
		"Sequence":              optim.Sequence(),
		"Sequence nil":          optim.Sequence(optim.Phase{}),
		"Sequence length":       optim.Sequence(optim.Phase{Steps: -1, Schedule: optim.Exponential(1)}),
		"Sequence of the wrong": optim.Sequence(optim.Phase{Schedule: optim.Cosine(0, 0)}),
		"negative":              func(int) float64 { return -1 },
		"infinite":              func(int) float64 { return inf },
	} {
		o := optim.NewSGD(nil, 0.5)
		err := s.Apply(o, 3)
		if err == nil || !strings.HasPrefix(err.Error(), "optim: Schedule: the factor is ") {
			t.Errorf("%s: Apply = %v, want an error", name, err)
		}
		if got := o.Groups()[0].LR; got != 0.5 {
			t.Errorf("%s: learning rate after the error is %v, want 0.5", name, got)
		}
	}
}

// TestScheduleApply sets the rates of groups, each from its own initial rate.
func TestScheduleApply(t *testing.T) {
	o := optim.NewSGD([]*grad.Param{newParam("a", 1)}, 0.5)
	o.AddGroup(optim.Group{Params: []*grad.Param{newParam("b", 1)}, LR: 0.125, InitialLR: 0.25})
	s := optim.Step(2, 0.5)
	for step, want := range []float64{1, 1, 0.5, 0.5, 0.25} {
		if err := s.Apply(o, step); err != nil {
			t.Fatal(err)
		}
		if a, b := o.Groups()[0].LR, o.Groups()[1].LR; a != 0.5*want || b != 0.25*want {
			t.Errorf("rates at step %d are %v and %v, want %v and %v", step, a, b, 0.5*want, 0.25*want)
		}
	}
	own := foreign{groups: []*optim.Group{{LR: 2}}}
	for range 2 {
		if err := s.Apply(own, 2); err != nil || own.groups[0].LR != 1 {
			t.Errorf("the rate of an optimizer of one's own is %v, error %v; want 1", own.groups[0].LR, err)
		}
	}
}

// foreign is an optimizer that knows nothing of initial rates.
type foreign struct {
	optim.Optimizer
	groups []*optim.Group
}

func (f foreign) Groups() []*optim.Group { return f.groups }

// TestRateZero takes a step at a rate of 0, which a schedule may ask for.
func TestRateZero(t *testing.T) {
	for _, o := range optimizers {
		p := newParam("p", 0.5, -0.5)
		opt, tape := o.make([]*grad.Param{p}), grad.NewTape(grad.Training, 1)
		if err := optim.Warmup(2, 0).Apply(opt, 0); err != nil {
			t.Fatal(err)
		}
		descend(t, tape, opt, func(tape *grad.Tape) *grad.Var { return grad.Sum(grad.Square(tape.Use(p))) })
		near(t, o.name, p.Value.Data(), []float32{0.5, -0.5})
	}
}
