package optim_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// kinds are the optimizers that optimizers.py names.
var kinds = map[string]func(params []*grad.Param, lr float64, opts ...optim.Option) optim.Optimizer{
	"SGD":     maker(optim.NewSGD),
	"Adam":    maker(optim.NewAdam),
	"RMSprop": maker(optim.NewRMSprop),
	"Adagrad": maker(optim.NewAdagrad),
	"Adamax":  maker(optim.NewAdamax),
	"NAdam":   maker(optim.NewNAdam),
	"RAdam":   maker(optim.NewRAdam),
	"Lion":    maker(optim.NewLion),
	"LAMB":    maker(optim.NewLAMB),
	"Muon":    maker(optim.NewMuon),
}

func maker[O optim.Optimizer](f func([]*grad.Param, float64, ...optim.Option) O) func([]*grad.Param, float64, ...optim.Option) optim.Optimizer {
	return func(p []*grad.Param, lr float64, opts ...optim.Option) optim.Optimizer { return f(p, lr, opts...) }
}

// numbers are the options of one number, by the names of torch.optim.
var numbers = map[string]func(float64) optim.Option{
	"alpha": optim.Alpha, "eps": optim.Eps, "momentum": optim.Momentum, "weight_decay": optim.WeightDecay,
	"lr_decay": optim.LRDecay, "initial_accumulator_value": optim.InitialAccumulator, "momentum_decay": optim.MomentumDecay,
	"clip_norm": optim.ClipNorm, "clip_value": optim.ClipValue,
}

// problem is what optimizers.py writes.
type problem struct {
	Shapes            map[string]tensor.Shape
	Start             map[string][]float32
	Curvature, Target map[string][][]float32
	Cases             []problemCase
}

type problemCase struct {
	Name, Kind string
	Settings   map[string]any
	Steps      []map[string][]float32
	Norms      []float64
}

func (c *problemCase) optimizer(t *testing.T, params []*grad.Param) optim.Optimizer {
	t.Helper()
	var opts []optim.Option
	for name, v := range c.Settings {
		switch f := numbers[name]; {
		case f != nil:
			opts = append(opts, f(v.(float64)))
		case name == "betas":
			b := v.([]any)
			opts = append(opts, optim.Betas(b[0].(float64), b[1].(float64)))
		case name == "centered":
			opts = append(opts, optim.Centered)
		case name == "match_rms":
			opts = append(opts, optim.MatchRMS)
		case name != "lr":
			t.Fatalf("the test knows no setting %s", name)
		}
	}
	return kinds[c.Kind](params, c.Settings["lr"].(float64), opts...)
}

func readProblem(t *testing.T) *problem {
	t.Helper()
	text, err := os.ReadFile("testdata/optimizers.json")
	if err != nil {
		t.Fatal(err)
	}
	p := new(problem)
	if err := json.Unmarshal(text, p); err != nil {
		t.Fatal(err)
	}
	return p
}

// params returns the parameters that a case has, at their start.
func (f *problem) params(names map[string][]float32) []*grad.Param {
	var list []*grad.Param
	for _, name := range []string{"w", "k", "b"} {
		if names[name] == nil {
			continue
		}
		p := grad.NewParam(grad.Constant(0), f.Shapes[name]...)
		p.Name, p.Value = name, tensor.New(slices.Clone(f.Start[name]), f.Shapes[name]...)
		list = append(list, p)
	}
	return list
}

// loss is Σ 0.5·a·(p−t)² + 0.1·p⁴ over all parameters.
func (f *problem) loss(tape *grad.Tape, params []*grad.Param, step int) *grad.Var {
	var sum *grad.Var
	for _, p := range params {
		v := tape.Use(p)
		a := tape.Const(tensor.New(f.Curvature[p.Name][step], p.Shape()...))
		target := tape.Const(tensor.New(f.Target[p.Name][step], p.Shape()...))
		square := grad.MulScalar(grad.Mul(a, grad.Square(grad.Sub(v, target))), 0.5)
		part := grad.Sum(grad.Add(square, grad.MulScalar(grad.Square(grad.Square(v)), 0.1)))
		if sum != nil {
			part = grad.Add(sum, part)
		}
		sum = part
	}
	return sum
}

// TestGoldenOptimizers compares ten steps with PyTorch or a reference in numpy.
func TestGoldenOptimizers(t *testing.T) {
	f := readProblem(t)
	for _, level := range nntest.Levels() {
		for _, c := range f.Cases {
			t.Run(fmt.Sprintf("Golden/%s/level=%v", c.Name, level), func(t *testing.T) {
				defer cpu.Set(cpu.Set(level))
				params := f.params(c.Steps[0])
				o, tape := c.optimizer(t, params), grad.NewTape(grad.Training, 1)
				for i, want := range c.Steps {
					descend(t, tape, o, func(tape *grad.Tape) *grad.Var { return f.loss(tape, params, i) })
					for _, p := range params {
						near(t, fmt.Sprintf("%s after step %d", p.Name, i+1), p.Value.Data(), want[p.Name])
					}
					if len(c.Norms) > 0 {
						norm := o.(interface{ GradNorm() float64 }).GradNorm()
						if math.Abs(norm-c.Norms[i]) > 1e-5*c.Norms[i] {
							t.Errorf("norm of the gradient at step %d is %v, want %v", i+1, norm, c.Norms[i])
						}
					}
				}
			})
		}
	}
}

// everything runs a test for each optimizer of the file, over all parameters.
func everything(t *testing.T, f *problem, use func(t *testing.T, make func() (optim.Optimizer, []*grad.Param))) {
	t.Helper()
	for _, c := range f.Cases {
		t.Run(c.Name, func(t *testing.T) {
			use(t, func() (optim.Optimizer, []*grad.Param) {
				params := f.params(f.Start)
				if c.Kind != "Muon" {
					return c.optimizer(t, params), params
				}
				matrices, vectors := optim.Matrices(params)
				o := c.optimizer(t, matrices).(*optim.Muon)
				o.AddAdamW(optim.Group{Params: vectors, LR: 0.01})
				return o, params
			})
		})
	}
}

// TestOptimizersContinue compares optimizers that go on with those that continue
// from their state.
func TestOptimizersContinue(t *testing.T) {
	f := readProblem(t)
	everything(t, f, func(t *testing.T, make func() (optim.Optimizer, []*grad.Param)) {
		o, params := make()
		tape := grad.NewTape(grad.Training, 1)
		steps := func(o optim.Optimizer, params []*grad.Param, from, to int) {
			for i := from; i < to; i++ {
				descend(t, tape, o, func(tape *grad.Tape) *grad.Var { return f.loss(tape, params, i) })
			}
		}
		steps(o, params, 0, 4)
		again, others := make()
		for i, p := range params {
			others[i].Value.Copy(p.Value)
		}
		if err := again.SetState(o.State()); err != nil { // it copies what it is given
			t.Fatal(err)
		}
		steps(o, params, 4, 10)
		steps(again, others, 4, 10)
		for i, p := range params {
			if !p.Value.Equal(others[i].Value) {
				t.Errorf("%s continued from the state is %v, want %v", p.Name, others[i].Value, p.Value)
			}
		}
	})
}

// TestOptimizersWorkers checks that the number of goroutines does not change
// results.
func TestOptimizersWorkers(t *testing.T) {
	f := readProblem(t)
	everything(t, f, func(t *testing.T, make func() (optim.Optimizer, []*grad.Param)) {
		var want []*grad.Param
		for _, workers := range []int{1, 2, 7} {
			before := tensor.SetWorkers(workers)
			o, params := make()
			tape := grad.NewTape(grad.Training, 1)
			for i := range 10 {
				descend(t, tape, o, func(tape *grad.Tape) *grad.Var { return f.loss(tape, params, i) })
			}
			tensor.SetWorkers(before)
			if want == nil {
				want = params
			}
			for i, p := range params {
				if !p.Value.Equal(want[i].Value) {
					t.Errorf("%s with %d workers is %v, want %v", p.Name, workers, p.Value, want[i].Value)
				}
			}
		}
	})
}

// TestOptimizersAllocations checks that a step allocates nothing once it has been
// taken.
func TestOptimizersAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	f := readProblem(t)
	everything(t, f, func(t *testing.T, make func() (optim.Optimizer, []*grad.Param)) {
		o, params := make()
		tape := grad.NewTape(grad.Training, 1)
		step := func() {
			sum := grad.Add(grad.Sum(grad.Square(tape.Use(params[0]))), grad.Sum(grad.Square(tape.Use(params[1]))))
			if err := grad.Add(sum, grad.Sum(grad.Square(tape.Use(params[2])))).Backward(); err != nil {
				t.Fatal(err)
			}
			if err := o.Step(tape); err != nil {
				t.Fatal(err)
			}
			tape.Reset()
		}
		step()
		step()
		if n := testing.AllocsPerRun(10, step); n != 0 {
			t.Errorf("a step makes %v allocations, want 0", n)
		}
	})
}

// TestOptimizerSettings is about settings that cannot be.
func TestOptimizerSettings(t *testing.T) {
	nan := math.NaN()
	cases := []struct {
		name string
		make func(p []*grad.Param) optim.Optimizer
		want string
	}{
		{"α", func(p []*grad.Param) optim.Optimizer { return optim.NewRMSprop(p, 1, optim.Alpha(1)) }, "optim: RMSprop: α 1, want at least 0 and less than 1"},
		{"momentum", func(p []*grad.Param) optim.Optimizer { return optim.NewRMSprop(p, 1, optim.Momentum(-1)) }, "optim: RMSprop: momentum -1, want at least 0"},
		{"RMSprop ε", func(p []*grad.Param) optim.Optimizer { return optim.NewRMSprop(p, 1, optim.Eps(-1)) }, "optim: RMSprop: ε -1, want at least 0"},
		{"lr decay", func(p []*grad.Param) optim.Optimizer { return optim.NewAdagrad(p, 1, optim.LRDecay(-1)) }, "optim: Adagrad: decay of the learning rate -1, want at least 0"},
		{"initial", func(p []*grad.Param) optim.Optimizer { return optim.NewAdagrad(p, 1, optim.InitialAccumulator(nan)) }, "optim: Adagrad: initial accumulator NaN, want at least 0"},
		{"Adagrad ε", func(p []*grad.Param) optim.Optimizer { return optim.NewAdagrad(p, 1, optim.Eps(-1)) }, "optim: Adagrad: ε -1, want at least 0"},
		{"β₁", func(p []*grad.Param) optim.Optimizer { return optim.NewAdamax(p, 1, optim.Betas(1, 0)) }, "optim: Adamax: β₁ 1, want at least 0 and less than 1"},
		{"β₂", func(p []*grad.Param) optim.Optimizer { return optim.NewRAdam(p, 1, optim.Betas(0, 1)) }, "optim: RAdam: β₂ 1, want at least 0 and less than 1"},
		{"momentum decay", func(p []*grad.Param) optim.Optimizer { return optim.NewNAdam(p, 1, optim.MomentumDecay(-1)) }, "optim: NAdam: momentum decay -1, want at least 0"},
		{"Lion", func(p []*grad.Param) optim.Optimizer { return optim.NewLion(p, 1, optim.Eps(1)) }, "optim: Lion: option Eps does not apply"},
		{"LAMB", func(p []*grad.Param) optim.Optimizer { return optim.NewLAMB(p, 1, optim.Nesterov) }, "optim: LAMB: option Nesterov does not apply"},
		{"Muon", func(p []*grad.Param) optim.Optimizer { return optim.NewMuon(p, 1) }, `optim: Muon: parameter "p" has shape [1], want two axes or more; AddAdamW takes others`},
		{"Muon group", func(p []*grad.Param) optim.Optimizer {
			o := optim.NewMuon(nil, 1)
			o.AddGroup(optim.Group{Params: p, LR: 1})
			return o
		}, `optim: Muon: parameter "p" has shape [1], want two axes or more`},
		{"Muon momentum", func(p []*grad.Param) optim.Optimizer { return optim.NewMuon(nil, 1, optim.Momentum(1)) }, "optim: Muon: momentum 1, want at least 0 and less than 1"},
		{"ClipNorm", func(p []*grad.Param) optim.Optimizer { return optim.NewSGD(p, 1, optim.ClipNorm(0)) }, "optim: SGD: ClipNorm 0, want a positive number"},
		{"ClipValue", func(p []*grad.Param) optim.Optimizer { return optim.NewLion(p, 1, optim.ClipValue(nan)) }, "optim: Lion: ClipValue NaN, want a positive number"},
		{"rate", func(p []*grad.Param) optim.Optimizer {
			o := optim.NewSGD(p, 1)
			o.Groups()[0].LR = -1
			return o
		}, "optim: SGD: group 0: learning rate -1, want 0 or a positive number"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			p := newParam("p", 1)
			tape, o := grad.NewTape(grad.Training, 1), c.make([]*grad.Param{p})
			if err := grad.Square(tape.Use(p)).Backward(); err != nil {
				t.Fatal(err)
			}
			if err := o.Step(tape); err == nil || !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("Step = %v, want %s", err, c.want)
			}
			if p.Value.Item() != 1 || len(o.State()) != 0 {
				t.Errorf("parameter is %v and state %v after the error, want 1 and none", p.Value, o.State())
			}
		})
	}
}

// TestClipInfinite checks that a gradient without a length changes nothing.
func TestClipInfinite(t *testing.T) {
	p := newParam("p", 1)
	o, tape := optim.NewSGD([]*grad.Param{p}, 1, optim.ClipNorm(1)), grad.NewTape(grad.Training, 1)
	if err := grad.MulScalar(grad.Square(tape.Use(p)), float32(math.Inf(1))).Backward(); err != nil {
		t.Fatal(err)
	}
	err := o.Step(tape)
	if want := "optim: SGD: the norm of the gradient is +Inf, want a finite number"; err == nil || err.Error() != want {
		t.Errorf("Step = %v, want %s", err, want)
	}
	if p.Value.Item() != 1 || len(o.State()) != 0 {
		t.Errorf("parameter is %v and state %v after the error, want 1 and none", p.Value, o.State())
	}
}

// TestClipLarge measures a gradient whose square float32 cannot hold.
func TestClipLarge(t *testing.T) {
	p := newParam("p", 0, 0)
	o, tape := optim.NewSGD([]*grad.Param{p}, 1, optim.ClipNorm(5)), grad.NewTape(grad.Training, 1)
	descend(t, tape, o, func(tape *grad.Tape) *grad.Var {
		return grad.Sum(grad.Mul(tape.Use(p), tape.Const(vector(3e30, 4e30))))
	})
	if got := o.GradNorm(); math.Abs(got-5e30) > 1e24 {
		t.Errorf("norm is %v, want 5e30", got)
	}
	near(t, "parameter", p.Value.Data(), []float32{-3, -4})
}

// TestMuonOrthogonal checks that the first step of Muon is near an orthogonal
// matrix, for tall and wide matrices: all singular values are near 1, where the
// coefficients bring them (0.68 to 1.2).
func TestMuonOrthogonal(t *testing.T) {
	for _, s := range []tensor.Shape{{5, 5}, {12, 4}, {4, 12}, {1, 6}, {6, 1}, {3, 2, 2, 2}} {
		p := grad.NewParam(grad.Constant(0), s...)
		p.Name, p.Value = "p", tensor.Zeros(s...)
		o, tape := optim.NewMuon([]*grad.Param{p}, 1), grad.NewTape(grad.Training, 1)
		target := nntest.Values(1, s...)
		descend(t, tape, o, func(tape *grad.Tape) *grad.Var {
			return grad.Sum(grad.Mul(tape.Use(p), tape.Const(target)))
		})
		rows := s[0]
		columns := s.Size() / rows
		x := p.Value.Reshape(rows, columns)
		if rows > columns {
			x = x.Transpose(0, 1)
		}
		k := max(1, float64(rows)/float64(columns)) // the square of the factor of the learning rate
		gram := tensor.MatMul(x, x.Transpose(0, 1))
		trace := 0.0
		for i := range gram.Dim(0) {
			trace += float64(gram.At(i, i)) / k
			if d := float64(gram.At(i, i)) / k; d < 0.4 || d > 1.5 {
				t.Errorf("shape %v: row %d has squared length %v, want near 1", s, i, d)
			}
		}
		if mean := trace / float64(gram.Dim(0)); mean < 0.45 || mean > 1.45 {
			t.Errorf("shape %v: mean of the squared singular values is %v, want near 1", s, mean)
		}
	}
}

// TestMuonMinimum descends to a matrix.
func TestMuonMinimum(t *testing.T) {
	p := grad.NewParam(grad.Constant(0), 4, 3)
	p.Name, p.Value = "p", tensor.Zeros(4, 3)
	target := nntest.Values(1, 4, 3)
	o, tape := optim.NewMuon([]*grad.Param{p}, 0.02, optim.WeightDecay(0)), grad.NewTape(grad.Training, 1)
	for i := range 600 {
		o.Groups()[0].LR = 0.02 * optim.Cosine(600, 0)(i)
		descend(t, tape, o, func(tape *grad.Tape) *grad.Var {
			return grad.Sum(grad.Square(grad.Sub(tape.Use(p), tape.Const(target))))
		})
	}
	for i, v := range p.Value.Data() {
		if math.Abs(float64(v-target.Data()[i])) > 0.01 {
			t.Fatalf("after 600 steps at %v, want %v", p.Value, target)
		}
	}
}

func TestMatrices(t *testing.T) {
	w, k := grad.NewParam(grad.Constant(0), 2, 3), grad.NewParam(grad.Constant(0), 4, 3, 2, 2)
	b, s := grad.NewParam(grad.Constant(0), 2), grad.NewParam(grad.Constant(0))
	matrices, vectors := optim.Matrices([]*grad.Param{w, b, k, s})
	if !slices.Equal(matrices, []*grad.Param{w, k}) || !slices.Equal(vectors, []*grad.Param{b, s}) {
		t.Errorf("Matrices = %v, %v; want the first and third, and the others", matrices, vectors)
	}
}
