package optim_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func vector(v ...float32) *tensor.Tensor { return tensor.New(v, len(v)) }

// newParam returns a parameter with a value.
func newParam(name string, v ...float32) *grad.Param {
	p := grad.NewParam(grad.Constant(0), len(v))
	p.Name, p.Value = name, vector(v...)
	return p
}

// descend takes a step on the loss that f puts on the tape.
func descend(t *testing.T, tape *grad.Tape, o optim.Optimizer, f func(t *grad.Tape) *grad.Var) {
	t.Helper()
	if err := f(tape).Backward(); err != nil {
		t.Fatal(err)
	}
	if err := o.Step(tape); err != nil {
		t.Fatal(err)
	}
	tape.Reset()
}

// goldenFile is what golden.py writes.
type goldenFile struct {
	Start             map[string][]float32
	Curvature, Target map[string][][]float32
	Cases             []goldenCase
}

type goldenCase struct {
	Name, Kind string
	Settings   settings
	Group      *settings
	Steps      []map[string][]float32
}

type settings struct {
	LR                  float64
	Momentum, Dampening float64
	Nesterov            bool
	WeightDecay         *float64 `json:"weight_decay"`
	Betas               []float64
	Eps                 *float64
}

func (s *settings) options() []optim.Option {
	var o []optim.Option
	if s.Momentum != 0 {
		o = append(o, optim.Momentum(s.Momentum))
	}
	if s.Dampening != 0 {
		o = append(o, optim.Dampening(s.Dampening))
	}
	if s.Nesterov {
		o = append(o, optim.Nesterov)
	}
	if s.WeightDecay != nil {
		o = append(o, optim.WeightDecay(*s.WeightDecay))
	}
	if s.Betas != nil {
		o = append(o, optim.Betas(s.Betas[0], s.Betas[1]))
	}
	if s.Eps != nil {
		o = append(o, optim.Eps(*s.Eps))
	}
	return o
}

// grouped is an optimizer to which groups can be added.
type grouped interface {
	optim.Optimizer
	AddGroup(optim.Group)
}

func (c *goldenCase) optimizer(t *testing.T, w, b *grad.Param) optim.Optimizer {
	params := []*grad.Param{w}
	if c.Group == nil {
		params = append(params, b)
	}
	make := map[string]func() grouped{
		"SGD":   func() grouped { return optim.NewSGD(params, c.Settings.LR, c.Settings.options()...) },
		"Adam":  func() grouped { return optim.NewAdam(params, c.Settings.LR, c.Settings.options()...) },
		"AdamW": func() grouped { return optim.NewAdamW(params, c.Settings.LR, c.Settings.options()...) },
	}[c.Kind]
	if make == nil {
		t.Fatalf("the test knows no %s", c.Kind)
	}
	o := make()
	if c.Group != nil {
		o.AddGroup(optim.Group{Params: []*grad.Param{b}, LR: c.Group.LR, WeightDecay: *c.Group.WeightDecay})
	}
	return o
}

// TestGolden compares ten steps with PyTorch.
func TestGolden(t *testing.T) {
	text, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var file goldenFile
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, level := range nntest.Levels() {
		for _, c := range file.Cases {
			t.Run(fmt.Sprintf("Golden/%s/level=%v", c.Name, level), func(t *testing.T) {
				defer cpu.Set(cpu.Set(level))
				file.compare(t, &c)
			})
		}
	}
}

func (f *goldenFile) compare(t *testing.T, c *goldenCase) {
	clone := func(v []float32) []float32 { return append([]float32(nil), v...) }
	w, b := newParam("w", clone(f.Start["w"])...), newParam("b", clone(f.Start["b"])...)
	o := c.optimizer(t, w, b)
	tape := grad.NewTape(grad.Training, 1)
	for i, want := range c.Steps {
		descend(t, tape, o, func(tape *grad.Tape) *grad.Var {
			return grad.Add(f.loss(tape, w, i), f.loss(tape, b, i))
		})
		for _, p := range []*grad.Param{w, b} {
			near(t, fmt.Sprintf("%s after step %d", p.Name, i+1), p.Value.Data(), want[p.Name])
		}
	}
}

// loss is Σ 0.5·a·(p−t)² + 0.1·p⁴.
func (f *goldenFile) loss(tape *grad.Tape, p *grad.Param, step int) *grad.Var {
	v := tape.Use(p)
	a, target := tape.Const(vector(f.Curvature[p.Name][step]...)), tape.Const(vector(f.Target[p.Name][step]...))
	square := grad.MulScalar(grad.Mul(a, grad.Square(grad.Sub(v, target))), 0.5)
	return grad.Sum(grad.Add(square, grad.MulScalar(grad.Square(grad.Square(v)), 0.1)))
}

func near(t *testing.T, name string, got, want []float32) {
	t.Helper()
	largest := 0.0
	for _, v := range want {
		largest = max(largest, math.Abs(float64(v)))
	}
	for i, v := range want {
		if !(math.Abs(float64(got[i]-v)) <= 1e-5*largest) {
			t.Errorf("%s is %v, want %v", name, got, want)
			return
		}
	}
}

// optimizers are those that the tests below try, with learning rates that suit
// both functions of TestMinimum.
var optimizers = []struct {
	name string
	make func(params []*grad.Param) optim.Optimizer
}{
	{"SGD", func(p []*grad.Param) optim.Optimizer { return optim.NewSGD(p, 1e-3) }},
	{"SGD/momentum", func(p []*grad.Param) optim.Optimizer { return optim.NewSGD(p, 3e-4, optim.Momentum(0.9)) }},
	{"SGD/dampening", func(p []*grad.Param) optim.Optimizer {
		return optim.NewSGD(p, 1e-3, optim.Momentum(0.9), optim.Dampening(0.5))
	}},
	{"SGD/nesterov", func(p []*grad.Param) optim.Optimizer {
		return optim.NewSGD(p, 3e-4, optim.Momentum(0.9), optim.Nesterov)
	}},
	{"Adam", func(p []*grad.Param) optim.Optimizer { return optim.NewAdam(p, 5e-3) }},
	{"AdamW", func(p []*grad.Param) optim.Optimizer { return optim.NewAdamW(p, 5e-3, optim.WeightDecay(0)) }},
	{"RMSprop", func(p []*grad.Param) optim.Optimizer { return optim.NewRMSprop(p, 1e-3) }},
	{"RMSprop/centered", func(p []*grad.Param) optim.Optimizer {
		return optim.NewRMSprop(p, 1e-3, optim.Centered, optim.Momentum(0.5), optim.Eps(1e-3))
	}},
	{"Adagrad", func(p []*grad.Param) optim.Optimizer { return optim.NewAdagrad(p, 0.3) }},
	{"Adamax", func(p []*grad.Param) optim.Optimizer { return optim.NewAdamax(p, 5e-3) }},
	{"NAdam", func(p []*grad.Param) optim.Optimizer { return optim.NewNAdam(p, 5e-3) }},
	{"RAdam", func(p []*grad.Param) optim.Optimizer { return optim.NewRAdam(p, 5e-3) }},
	{"Lion", func(p []*grad.Param) optim.Optimizer { return optim.NewLion(p, 5e-4) }},
	{"LAMB", func(p []*grad.Param) optim.Optimizer { return optim.NewLAMB(p, 2e-3, optim.WeightDecay(0)) }},
	{"Adam/clipped", func(p []*grad.Param) optim.Optimizer {
		return optim.NewAdam(p, 5e-3, optim.ClipNorm(1), optim.ClipValue(0.9))
	}},
}

// parabola is (x−1)² + 2·(y+0.5)².
func parabola(tape *grad.Tape, p *grad.Param) *grad.Var {
	d := grad.Sub(tape.Use(p), tape.Const(vector(1, -0.5)))
	return grad.Sum(grad.Mul(grad.Square(d), tape.Const(vector(1, 2))))
}

// rosenbrock is (1−x)² + 100·(y−x²)², whose minimum (1, 1) lies in a bent valley.
func rosenbrock(tape *grad.Tape, p *grad.Param) *grad.Var {
	v := tape.Use(p)
	x, y := grad.Index(v, 0, 0), grad.Index(v, 0, 1)
	valley := grad.Square(grad.Sub(y, grad.Square(x)))
	return grad.Add(grad.Square(grad.AddScalar(grad.Neg(x), 1)), grad.MulScalar(valley, 100))
}

func TestMinimum(t *testing.T) {
	functions := []struct {
		name    string
		f       func(*grad.Tape, *grad.Param) *grad.Var
		start   []float32
		minimum [2]float32
		steps   int
	}{
		{"parabola", parabola, []float32{-1, 1}, [2]float32{1, -0.5}, 6000},
		{"rosenbrock", rosenbrock, []float32{-0.5, 0.5}, [2]float32{1, 1}, 25000},
	}
	for _, o := range optimizers {
		for _, f := range functions {
			t.Run(o.name+"/"+f.name, func(t *testing.T) {
				p := newParam("p", f.start[0], f.start[1])
				tape, opt := grad.NewTape(grad.Training, 1), o.make([]*grad.Param{p})
				for range f.steps {
					descend(t, tape, opt, func(tape *grad.Tape) *grad.Var { return f.f(tape, p) })
				}
				for i, want := range f.minimum {
					if got := p.Value.At(i); !(math.Abs(float64(got-want)) < 0.01) {
						t.Fatalf("after %d steps at %v, want %v", f.steps, p.Value, f.minimum)
					}
				}
			})
		}
	}
}

// TestSaveLoadStep compares an optimizer that goes on with one that continues
// from its state.
func TestSaveLoadStep(t *testing.T) {
	for _, o := range optimizers {
		t.Run(o.name, func(t *testing.T) {
			p := newParam("p", -0.5, 0.5)
			tape, opt := grad.NewTape(grad.Training, 1), o.make([]*grad.Param{p})
			step := func(opt optim.Optimizer, p *grad.Param) {
				for range 5 {
					descend(t, tape, opt, func(tape *grad.Tape) *grad.Var { return rosenbrock(tape, p) })
				}
			}
			step(opt, p)
			state := map[string]tensor.Any{}
			for name, v := range opt.State() {
				switch v := v.(type) {
				case *tensor.Tensor:
					state[name] = v.Clone()
				case *tensor.Ints:
					state[name] = v.Clone()
				}
			}
			q := newParam("p", p.Value.At(0), p.Value.At(1))
			again := o.make([]*grad.Param{q})
			if err := again.SetState(state); err != nil {
				t.Fatal(err)
			}
			step(opt, p)
			step(again, q)
			if !p.Value.Equal(q.Value) {
				t.Errorf("continued from the state at %v, want %v", q.Value, p.Value)
			}
		})
	}
}

// TestState is about a state as it was before the first step.
func TestState(t *testing.T) {
	p := newParam("p", 1)
	o := optim.NewAdam([]*grad.Param{p}, 0.1)
	if got := o.State(); len(got) != 0 {
		t.Errorf("state before the first step has %d entries, want 0: %v", len(got), got)
	}
	tape := grad.NewTape(grad.Training, 1)
	descend(t, tape, o, func(tape *grad.Tape) *grad.Var { return grad.Square(tape.Use(p)) })
	first := p.Value.Item()
	if err := o.SetState(nil); err != nil {
		t.Fatal(err)
	}
	p.Value.Fill(1)
	descend(t, tape, o, func(tape *grad.Tape) *grad.Var { return grad.Square(tape.Use(p)) })
	if got := p.Value.Item(); got != first {
		t.Errorf("first step after an empty state leads to %v, want %v", got, first)
	}
}

func TestForeignState(t *testing.T) {
	stepped := func(o func(p []*grad.Param) optim.Optimizer, names ...string) (optim.Optimizer, []*grad.Param) {
		var params []*grad.Param
		for _, n := range names {
			params = append(params, newParam(n, 1, 2))
		}
		opt := o(params)
		descend(t, grad.NewTape(grad.Training, 1), opt, func(tape *grad.Tape) *grad.Var {
			sum := grad.Sum(grad.Square(tape.Use(params[0])))
			for _, p := range params[1:] {
				sum = grad.Add(sum, grad.Sum(grad.Square(tape.Use(p))))
			}
			return sum
		})
		return opt, params
	}
	sgd := func(p []*grad.Param) optim.Optimizer { return optim.NewSGD(p, 0.1) }
	momentum := func(p []*grad.Param) optim.Optimizer { return optim.NewSGD(p, 0.1, optim.Momentum(0.9)) }
	adam := func(p []*grad.Param) optim.Optimizer { return optim.NewAdam(p, 0.1) }
	state := func(o func(p []*grad.Param) optim.Optimizer, names ...string) map[string]tensor.Any {
		opt, _ := stepped(o, names...)
		return opt.State()
	}
	changed := func(name string, v tensor.Any) map[string]tensor.Any {
		m := state(adam, "a", "b")
		m[name] = v
		return m
	}
	without := func(name string) map[string]tensor.Any {
		m := state(adam, "a", "b")
		delete(m, name)
		return m
	}
	cases := []struct {
		name  string
		state map[string]tensor.Any
		want  string
	}{
		{"of SGD", state(sgd, "a", "b"), `optim: Adam: state "`},
		{"of momentum", state(momentum, "a", "b"), `optim: Adam: state "`},
		{"of another network", state(adam, "c"), "optim: Adam: state has 3 entries, want the 0 of"},
		{"of a larger network", state(adam, "a", "b", "c"), "optim: Adam: state has 9 entries, want the 6 of"},
		{"missing", without("a.exp_avg"), `optim: Adam: state "a.exp_avg" is missing`},
		{"missing step", without("b.step"), "optim: Adam: state has 5 entries, want the 3 of"},
		{"surplus", changed("a.max", tensor.Zeros(2)), "optim: Adam: state has 7 entries, want the 6 of"},
		{"shape", changed("b.exp_avg_sq", tensor.Zeros(3)), `optim: Adam: state "b.exp_avg_sq" has shape [3], want [2]`},
		{"type", changed("b.exp_avg", tensor.New([]int{1, 2}, 2)), `optim: Adam: state "b.exp_avg" is missing`},
		{"step 0", changed("a.step", tensor.New([]int{0})), `optim: Adam: state "a.step" is no number of steps`},
		{"step of floats", changed("a.step", tensor.Ones(1)), `optim: Adam: state "a.step" is no number of steps`},
		{"steps", changed("a.step", tensor.New([]int{1, 2}, 2)), `optim: Adam: state "a.step" is no number of steps`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			opt, _ := stepped(adam, "a", "b")
			before := fmt.Sprint(opt.State())
			err := opt.SetState(c.state)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) || !errors.Is(err, optim.ErrState) {
				t.Errorf("SetState = %v, want %s…, an ErrState", err, c.want)
			}
			if after := fmt.Sprint(opt.State()); after != before {
				t.Errorf("state after the error is %v, want %v", after, before)
			}
		})
	}
}

// TestSettings checks that settings that cannot be are errors of Step, which then
// changes nothing.
func TestSettings(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	cases := []struct {
		name string
		make func(p []*grad.Param) optim.Optimizer
		want string
	}{
		{"lr 0", func(p []*grad.Param) optim.Optimizer { return optim.NewSGD(p, 0) }, "optim: SGD: group 0: learning rate 0, want a positive number"},
		{"lr -1", func(p []*grad.Param) optim.Optimizer { return optim.NewAdam(p, -1) }, "optim: Adam: group 0: learning rate -1, want a positive number"},
		{"lr NaN", func(p []*grad.Param) optim.Optimizer { return optim.NewAdamW(p, nan) }, "optim: AdamW: group 0: learning rate NaN, want a positive number"},
		{"lr Inf", func(p []*grad.Param) optim.Optimizer { return optim.NewSGD(p, inf) }, "optim: SGD: group 0: learning rate +Inf, want a positive number"},
		{"decay", func(p []*grad.Param) optim.Optimizer { return optim.NewSGD(p, 1, optim.WeightDecay(-1)) }, "optim: SGD: group 0: weight decay -1, want 0 or a positive number"},
		{"momentum", func(p []*grad.Param) optim.Optimizer { return optim.NewSGD(p, 1, optim.Momentum(-1)) }, "optim: SGD: momentum -1, want at least 0 and less than +Inf"},
		{"dampening", func(p []*grad.Param) optim.Optimizer {
			return optim.NewSGD(p, 1, optim.Momentum(1), optim.Dampening(2))
		}, "optim: SGD: dampening 2, want at least 0"},
		{"nesterov", func(p []*grad.Param) optim.Optimizer { return optim.NewSGD(p, 1, optim.Nesterov) }, "optim: SGD: Nesterov needs momentum and no dampening"},
		{"β₁", func(p []*grad.Param) optim.Optimizer { return optim.NewAdam(p, 1, optim.Betas(1, 0.9)) }, "optim: Adam: β₁ 1, want at least 0 and less than 1"},
		{"β₂", func(p []*grad.Param) optim.Optimizer { return optim.NewAdam(p, 1, optim.Betas(0.9, -0.1)) }, "optim: Adam: β₂ -0.1, want at least 0 and less than 1"},
		{"ε", func(p []*grad.Param) optim.Optimizer { return optim.NewAdam(p, 1, optim.Eps(nan)) }, "optim: Adam: ε NaN, want at least 0 and less than +Inf"},
		{"foreign option", func(p []*grad.Param) optim.Optimizer { return optim.NewAdam(p, 1, optim.Momentum(0.9)) }, "optim: Adam: option Momentum does not apply"},
		{"two groups", func(p []*grad.Param) optim.Optimizer {
			o := optim.NewSGD(p, 1)
			o.AddGroup(optim.Group{Params: p, LR: 1})
			return o
		}, `optim: SGD: parameter "p" is in two groups`},
		{"second group", func(p []*grad.Param) optim.Optimizer {
			o := optim.NewSGD(p, 1)
			o.AddGroup(optim.Group{})
			return o
		}, "optim: SGD: group 1: learning rate 0, want a positive number"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := newParam("p", 1)
			tape, o := grad.NewTape(grad.Training, 1), c.make([]*grad.Param{p})
			if err := grad.Square(tape.Use(p)).Backward(); err != nil {
				t.Fatal(err)
			}
			err := o.Step(tape)
			if err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("Step = %v, want %s", err, c.want)
			}
			if p.Value.Item() != 1 || len(o.State()) != 0 {
				t.Errorf("parameter is %v and state %v after the error, want 1 and none", p.Value, o.State())
			}
		})
	}
}

// TestUntouched checks that parameters that are frozen, have no gradient or
// belong to no group stay as they are.
func TestUntouched(t *testing.T) {
	for _, o := range optimizers {
		t.Run(o.name, func(t *testing.T) {
			used, frozen, unused, foreign := newParam("used", 1), newParam("frozen", 1), newParam("unused", 1), newParam("foreign", 1)
			frozen.Frozen = true
			opt, tape := o.make([]*grad.Param{used, frozen, unused}), grad.NewTape(grad.Training, 1)
			for range 3 {
				descend(t, tape, opt, func(tape *grad.Tape) *grad.Var {
					return grad.Square(grad.Mul(grad.Mul(tape.Use(used), tape.Use(frozen)), tape.Use(foreign)))
				})
			}
			if used.Value.Item() == 1 {
				t.Error("the parameter that was used did not change")
			}
			for _, p := range []*grad.Param{frozen, unused, foreign} {
				if got := p.Value.Item(); got != 1 {
					t.Errorf("parameter %s is %v, want 1", p.Name, got)
				}
			}
			if g := tape.ParamGrad(foreign); g != nil {
				t.Errorf("after Step the foreign parameter has a gradient %v, want none", g)
			}
		})
	}
}

// TestRates changes a learning rate between steps, as schedules do.
func TestRates(t *testing.T) {
	p := newParam("p", 0)
	o, tape := optim.NewSGD([]*grad.Param{p}, 1), grad.NewTape(grad.Training, 1)
	for i, lr := range []float64{0.5, 0.25, 2} {
		o.Groups()[0].LR = lr
		before := p.Value.Item()
		descend(t, tape, o, func(tape *grad.Tape) *grad.Var { return grad.Sum(tape.Use(p)) })
		if got, want := before-p.Value.Item(), float32(lr); got != want {
			t.Errorf("step %d with learning rate %v moves by %v, want %v", i, lr, got, want)
		}
	}
}

// TestEqualNames refuses parameters that a checkpoint could not tell apart.
func TestEqualNames(t *testing.T) {
	a, b := grad.NewParam(grad.Constant(0), 1), grad.NewParam(grad.Constant(0), 1)
	a.Name, b.Name = "0.weight", "0.weight"
	if err := optim.NewSGD([]*grad.Param{a, b}, 0.1).Step(grad.NewTape(grad.Training, 1)); err == nil {
		t.Error("two parameters of one name were accepted")
	}
}

// TestUnnamed checks that parameters without names, whose states could not be told
// apart, are refused.
func TestUnnamed(t *testing.T) {
	a, b := newParam("", 1), newParam("", 2)
	o := optim.NewSGD([]*grad.Param{a, b}, 0.1)
	if err := o.Step(grad.NewTape(grad.Training, 1)); err == nil || !strings.Contains(err.Error(), `two parameters are named ""`) {
		t.Errorf("Step: %v, want an error", err)
	}
}
