package grad_test

import (
	"context"
	"math"
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// with makes a function of one input of one that takes numbers too.
func with(f func(x *grad.Var, a, b float32) *grad.Var, a, b float32) func(*grad.Var) *grad.Var {
	return func(x *grad.Var) *grad.Var { return f(x, a, b) }
}

// with1 is with for one number.
func with1(f func(x *grad.Var, a float32) *grad.Var, a float32) func(*grad.Var) *grad.Var {
	return func(x *grad.Var) *grad.Var { return f(x, a) }
}

// goldenActivations apply the operations that activations.py names.
var goldenActivations = map[string]func(c *golden, x []*grad.Var) *grad.Var{
	"ELU":         number(grad.ELU, "alpha", 1),
	"SELU":        single(grad.SELU),
	"CELU":        number(grad.CELU, "alpha", 1),
	"LeakyReLU":   number(grad.LeakyReLU, "slope", 0.01),
	"RReLU":       numbers(grad.RReLU, "lower", 1./8, "upper", 1./3),
	"Threshold":   numbers(grad.Threshold, "threshold", 0, "value", 0),
	"Hardtanh":    numbers(grad.Hardtanh, "lo", -1, "hi", 1),
	"ReLU6":       single(grad.ReLU6),
	"Hardsigmoid": single(grad.Hardsigmoid),
	"Hardswish":   single(grad.Hardswish),
	"Hardshrink":  number(grad.Hardshrink, "lambda", 0.5),
	"Softshrink":  number(grad.Softshrink, "lambda", 0.5),
	"Tanhshrink":  single(grad.Tanhshrink),
	"SiLU":        single(grad.SiLU),
	"GELUTanh":    single(grad.GELUTanh),
	"Mish":        single(grad.Mish),
	"Softplus":    numbers(grad.Softplus, "beta", 1, "threshold", 20),
	"LogSigmoid":  single(grad.LogSigmoid),
	"Softsign":    single(grad.Softsign),
	"PReLU":       pair(grad.PReLU),
	"GLU":         along(grad.GLU),
	"Softmin":     along(grad.Softmin),
	"Embedding": func(c *golden, x []*grad.Var) *grad.Var {
		return grad.Embedding(x[0], x[1], c.Int("padding", -1))
	},
}

func number(f func(x *grad.Var, a float32) *grad.Var, name string, otherwise float64) func(*golden, []*grad.Var) *grad.Var {
	return func(c *golden, x []*grad.Var) *grad.Var { return f(x[0], float32(c.Float(name, otherwise))) }
}

func numbers(f func(x *grad.Var, a, b float32) *grad.Var, a string, otherA float64, b string, otherB float64) func(*golden, []*grad.Var) *grad.Var {
	return func(c *golden, x []*grad.Var) *grad.Var {
		return f(x[0], float32(c.Float(a, otherA)), float32(c.Float(b, otherB)))
	}
}

func TestGoldenActivations(t *testing.T) {
	nntest.Golden(t, "testdata/activations.json", 1e-5, func(c *golden, x []*grad.Var) []*grad.Var {
		return []*grad.Var{goldenActivations[c.Op](c, x)}
	})
}

// activationCases keep their inputs away from the kinks of the functions.
var activationCases = map[string]nntest.Case{
	"ELU":                 unary(spread(1, 4, 5), with1(grad.ELU, 0.7)),
	"SELU":                unary(spread(1, 4, 5), grad.SELU),
	"CELU":                unary(spread(1, 4, 5), with1(grad.CELU, 1.7)),
	"LeakyReLU":           unary(spread(1, 4, 5), with1(grad.LeakyReLU, 0.01)),
	"LeakyReLU/steep":     unary(spread(1, 4, 5), with1(grad.LeakyReLU, 2)),
	"RReLU":               training(one(spread(1, 4, 5), with(grad.RReLU, 0.1, 0.4), 4, 5)),
	"RReLU/long":          training(one(positive(1, 40, 1000), func(x *grad.Var) *grad.Var { return grad.RReLU(grad.Neg(x), 0.1, 0.4) }, 40, 1000)),
	"Threshold":           unary(spread(1, 4, 4), with(grad.Threshold, 0.2, -1)),
	"Hardtanh":            unary(spread(1, 4, 5), with(grad.Hardtanh, -1, 1.2)),
	"ReLU6":               unary(tensor.MulScalar(spread(1, 4, 5), 3.1), grad.ReLU6),
	"Hardsigmoid":         unary(tensor.MulScalar(spread(1, 4, 5), 1.8), grad.Hardsigmoid),
	"Hardswish":           unary(tensor.MulScalar(spread(1, 4, 5), 1.8), grad.Hardswish),
	"Hardshrink":          unary(spread(1, 4, 4), with1(grad.Hardshrink, 0.5)),
	"Softshrink":          unary(spread(1, 4, 4), with1(grad.Softshrink, 0.5)),
	"Tanhshrink":          unary(values(1, 3, 4), grad.Tanhshrink),
	"SiLU":                unary(values(1, 3, 4), grad.SiLU),
	"SiLU/long":           unary(values(1, 2, 20000), grad.SiLU),
	"GELUTanh":            unary(values(1, 3, 4), grad.GELUTanh),
	"Mish":                unary(values(1, 3, 4), grad.Mish),
	"Softplus":            unary(values(1, 3, 4), with(grad.Softplus, 1.5, 20)),
	"LogSigmoid":          unary(values(1, 3, 4), grad.LogSigmoid),
	"Softsign":            unary(spread(1, 3, 4), grad.Softsign),
	"PReLU":               rows(two(spread(1, 2, 3, 4), values(2, 3), grad.PReLU, 2, 3, 4), 0),
	"PReLU/matrix":        rows(two(spread(1, 4, 3), values(2, 3), grad.PReLU, 4, 3), 0),
	"PReLU/one":           rows(two(spread(1, 2, 3, 4), values(2, 1), grad.PReLU, 2, 3, 4), 0),
	"GLU":                 rows(one(values(1, 3, 4), func(x *grad.Var) *grad.Var { return grad.GLU(x, -1) }, 3, 2), 0),
	"GLU/middle":          rows(one(values(1, 2, 4, 3), func(x *grad.Var) *grad.Var { return grad.GLU(x, 1) }, 2, 2, 3), 0),
	"Softmin":             unary(values(1, 3, 5), func(x *grad.Var) *grad.Var { return grad.Softmin(x, -1) }),
	"Softmin/middle":      unary(values(1, 2, 3, 4), func(x *grad.Var) *grad.Var { return grad.Softmin(x, 1) }),
	"SpatialDropout":      training(one(values(1, 3, 4, 2, 3), func(x *grad.Var) *grad.Var { return grad.SpatialDropout(x, 0.5) }, 3, 4, 2, 3)),
	"SpatialDropout/rows": training(one(values(1, 3, 4), func(x *grad.Var) *grad.Var { return grad.SpatialDropout(x, 0.5) }, 3, 4)),
	"AlphaDropout":        training(one(values(1, 5, 8), func(x *grad.Var) *grad.Var { return grad.AlphaDropout(x, 0.3) }, 5, 8)),
	"Embedding":           lookup(-1),
	"Embedding/padding":   lookup(2),
}

// lookup tests Embedding.
func lookup(padding int) nntest.Case {
	w := param("weight", values(2, 5, 3))
	if padding >= 0 {
		w.Value.Index(0, padding).Fill(0)
	}
	ids := tensor.New([]float32{0, 3, 1, 4, 3, 3}, 2, 3)
	return nntest.Case{
		Inputs: []*tensor.Tensor{ids}, Params: []*grad.Param{w}, Constant: []int{0}, Batch: []int{0}, Shape: tensor.Shape{2, 3, 3},
		F: func(x ...*grad.Var) *grad.Var { return grad.Embedding(x[0], grad.Use(x[0], w), padding) },
	}
}

func TestActivations(t *testing.T) {
	for name, c := range activationCases {
		t.Run(name, func(t *testing.T) { nntest.Run(t, c) })
	}
}

// TestActivationsFar checks that results and gradients are finite far from 0, and
// that NaN stays.
func TestActivationsFar(t *testing.T) {
	x := tensor.New([]float32{-1e4, -1e3, -100, -1e-30, 0, 1e-30, 100, 1e3, 1e4}, 9)
	for name, f := range map[string]func(*grad.Var) *grad.Var{
		"ELU": with1(grad.ELU, 1), "SELU": grad.SELU, "CELU": with1(grad.CELU, 0.1), "LeakyReLU": with1(grad.LeakyReLU, 0.01),
		"Hardtanh": with(grad.Hardtanh, -1, 1), "Hardsigmoid": grad.Hardsigmoid, "Hardswish": grad.Hardswish, "ReLU6": grad.ReLU6,
		"Hardshrink": with1(grad.Hardshrink, 0.5), "Softshrink": with1(grad.Softshrink, 0.5), "Tanhshrink": grad.Tanhshrink,
		"SiLU": grad.SiLU, "GELUTanh": grad.GELUTanh, "Mish": grad.Mish, "Softplus": with(grad.Softplus, 1, 20),
		"LogSigmoid": grad.LogSigmoid, "Softsign": grad.Softsign, "Threshold": with(grad.Threshold, 0, 1),
	} {
		tape := grad.NewTape(grad.Training, 1)
		v := tape.Input(x).RequireGrad()
		y := f(v)
		if err := y.BackwardFrom(tensor.Ones(9)); err != nil {
			t.Fatal(err)
		}
		for i, in := range x.Data() {
			for what, got := range map[string]float32{"result": y.Data().Data()[i], "gradient": v.Grad().Data()[i]} {
				if math.IsNaN(float64(got)) || math.IsInf(float64(got), 0) {
					t.Errorf("%s of %s at %v is %v, want a finite number", what, name, in, got)
				}
			}
		}
		if got := f(tape.Input(tensor.New([]float32{float32(math.NaN())}, 1))).Data().Item(); got == got {
			t.Errorf("%s(NaN) = %v, want NaN", name, got)
		}
	}
}

// TestSmallArguments checks functions that a difference of large terms would
// spoil near 0 or far from it, relative to the value.
func TestSmallArguments(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func(*grad.Var) *grad.Var
		x    float32
		want float64
	}{
		{"ELU", with1(grad.ELU, 1), -1e-6, math.Expm1(-1e-6)},
		{"SELU", grad.SELU, -1e-3, 1.7580993408473766 * math.Expm1(-1e-3)},
		{"Softplus", with(grad.Softplus, 1, 20), -30, math.Log1p(math.Exp(-30))},
		{"LogSigmoid", grad.LogSigmoid, 30, -math.Log1p(math.Exp(-30))},
		{"Mish", grad.Mish, -20, -20 * math.Tanh(math.Log1p(math.Exp(-20)))},
		{"GELUTanh", grad.GELUTanh, -5, -5 / (1 + math.Exp(2*math.Sqrt(2/math.Pi)*(5+0.044715*125)))},
	} {
		got := float64(c.f(grad.NewTape(grad.Evaluation, 1).Input(tensor.New([]float32{c.x}, 1))).Data().Item())
		if math.Abs(got/c.want-1) > 2e-6 {
			t.Errorf("%s(%v) = %v, want %v", c.name, c.x, got, c.want)
		}
	}
}

// TestRReLUSlopes checks the range and the key of the slopes.
func TestRReLUSlopes(t *testing.T) {
	x := tensor.Full[float32](-1, 100, 100)
	draw := func(seed uint64) *tensor.Tensor {
		return grad.RReLU(grad.NewTape(grad.Train, seed).Input(x), 0.2, 0.4).Data().Clone()
	}
	a := draw(1)
	lo, hi, mean := tensor.Min(a).Item(), tensor.Max(a).Item(), tensor.Mean(a).Item()
	if lo < -0.4 || hi > -0.2 || math.Abs(float64(mean)+0.3) > 0.003 {
		t.Errorf("RReLU(-1) is from %v to %v with mean %v, want -0.4 to -0.2 and -0.3", lo, hi, mean)
	}
	if !a.Equal(draw(1)) || a.Equal(draw(2)) {
		t.Error("the slopes do not depend on the seed alone")
	}
}

// TestSpatialDropout checks that channels are dropped as a whole.
func TestSpatialDropout(t *testing.T) {
	y := grad.SpatialDropout(grad.NewTape(grad.Train, 1).Input(tensor.Ones(40, 50, 2, 3)), 0.25).Data()
	dropped := 0
	for n := range 40 {
		for c := range 50 {
			channel := y.Index(0, n).Index(0, c)
			lo, hi := tensor.Min(channel).Item(), tensor.Max(channel).Item()
			if lo != hi || lo != 0 && lo != float32(1/0.75) {
				t.Fatalf("channel %d of sample %d has values from %v to %v, want all 0 or all 1.3333", c, n, lo, hi)
			}
			if lo == 0 {
				dropped++
			}
		}
	}
	if dropped < 440 || dropped > 560 {
		t.Errorf("%d of 2000 channels are dropped, want about 500", dropped)
	}
	x := grad.NewTape(grad.Evaluation, 1).Input(tensor.Ones(2, 3))
	if grad.SpatialDropout(x, 0.5) != x {
		t.Error("SpatialDropout changes its input while layers do not train")
	}
}

// TestAlphaDropout checks that mean and variance stay, and the values, by the
// formula of PyTorch's alpha_dropout.
func TestAlphaDropout(t *testing.T) {
	x := tensor.Normal(1, 0, 1, 200, 200)
	y := grad.AlphaDropout(grad.NewTape(grad.Train, 1).Input(x), 0.2).Data()
	mean := tensor.Mean(y).Item()
	variance := tensor.Mean(tensor.Square(tensor.AddScalar(y, -mean))).Item()
	if math.Abs(float64(mean)) > 0.02 || math.Abs(float64(variance)-1) > 0.03 {
		t.Errorf("mean and variance are %v and %v, want about 0 and 1", mean, variance)
	}
	const alpha = 1.7580993408473766
	a := 1 / math.Sqrt((alpha*alpha*0.2+1)*0.8)
	dropped := 0
	for i, got := range y.Data() {
		want := float64(x.Data()[i])*a + alpha*a*0.2
		if math.Abs(float64(got)+alpha*a*0.8) < 1e-6 {
			dropped++
		} else if math.Abs(float64(got)-want) > 1e-6 {
			t.Fatalf("element %d is %v, want %v or %v", i, got, want, -alpha*a*0.8)
		}
	}
	if dropped < 7700 || dropped > 8300 {
		t.Errorf("%d of 40000 elements are dropped, want about 8000", dropped)
	}
	v := grad.NewTape(grad.Evaluation, 1).Input(x)
	if grad.AlphaDropout(v, 0.5) != v {
		t.Error("AlphaDropout changes its input while layers do not train")
	}
}

// TestEmbeddingPlan checks that a plan looks new ids up, and reports what is none.
func TestEmbeddingPlan(t *testing.T) {
	w := param("weight", values(1, 4, 2))
	tape := grad.NewTape(grad.Trace, 1)
	ids := tape.Input(tensor.Zeros(2, 3))
	y := grad.Embedding(ids, tape.Use(w), -1)
	p, err := tape.Plan([]*grad.Var{ids}, []*grad.Var{y}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	p.In(0).Copy(tensor.New([]float32{3, 0, 1, 2, 2, 3}, 2, 3))
	if err := p.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	direct := grad.NewTape(grad.Evaluation, 1)
	want := grad.Take(direct.Use(w), 0, tensor.New([]int{3, 0, 1, 2, 2, 3}, 2, 3)).Data()
	if got := p.Out(0); !got.Equal(want) {
		t.Errorf("result of the plan is %v, want %v", got, want)
	}
	p.In(0).Set(7, 1, 0)
	const message = "grad: Embedding: id 7 at position [1 0], want a whole number from 0 to 3"
	if err := p.Run(context.Background()); err == nil || err.Error() != message {
		t.Errorf("error of the plan is %v, want %s", err, message)
	}
}

func TestActivationErrors(t *testing.T) {
	nan := float32(math.NaN())
	id := func(v float32) func(*grad.Var) *grad.Var {
		return func(x *grad.Var) *grad.Var {
			return grad.Embedding(x.Tape().Input(tensor.New([]float32{0, 1, v}, 1, 3)), x, -1)
		}
	}
	for _, c := range []struct {
		name string
		f    func(*grad.Var) *grad.Var
		x    []int
		want string
	}{
		{"ELU", with1(grad.ELU, 0), []int{2}, "ELU: alpha is 0, want a positive number"},
		{"CELU", with1(grad.CELU, nan), []int{2}, "CELU: alpha is NaN, want a positive number"},
		{"Softplus", with(grad.Softplus, -1, 20), []int{2}, "Softplus: beta is -1, want a positive number"},
		{"RReLU", with(grad.RReLU, 0.5, 0.1), []int{2}, "RReLU: slopes are from 0.5 to 0.1, want the first at most the second"},
		{"Hardtanh", with(grad.Hardtanh, 1, 1), []int{2}, "Hardtanh: bounds are 1 and 1, want the first less than the second"},
		{"Softshrink", with1(grad.Softshrink, -1), []int{2}, "Softshrink: lambda is -1, want at least 0"},
		{"Hardshrink", with1(grad.Hardshrink, nan), []int{2}, "Hardshrink: lambda is NaN, want at least 0"},
		{"GLU/odd", func(x *grad.Var) *grad.Var { return grad.GLU(x, 1) }, []int{2, 3}, "GLU: axis 1 of an input of shape [2 3] has size 3, want an even number"},
		{"GLU/axis", func(x *grad.Var) *grad.Var { return grad.GLU(x, 2) }, []int{2, 4}, "GLU: axis 2 of an input of shape [2 4], want -2 to 1"},
		{"PReLU/weight", func(x *grad.Var) *grad.Var { return grad.PReLU(x, x) }, []int{2, 3}, "PReLU: weight has shape [2 3], want [channels] or [1]"},
		{"PReLU/channels", func(x *grad.Var) *grad.Var { return grad.PReLU(x, x.Tape().Input(tensor.Ones(4))) }, []int{2, 3}, "PReLU: input has shape [2 3], want [batch 4 …]"},
		{"SpatialDropout/rank", func(x *grad.Var) *grad.Var { return grad.SpatialDropout(x, 0.5) }, []int{3}, "SpatialDropout: input has shape [3], want [batch channels …] of at most 16 axes"},
		{"SpatialDropout/p", func(x *grad.Var) *grad.Var { return grad.SpatialDropout(x, 1) }, []int{2, 3}, "SpatialDropout: probability is 1, want at least 0 and less than 1"},
		{"AlphaDropout/p", func(x *grad.Var) *grad.Var { return grad.AlphaDropout(x, -1) }, []int{2, 3}, "AlphaDropout: probability is -1, want at least 0 and less than 1"},
		{"Embedding/weight", func(x *grad.Var) *grad.Var { return grad.Embedding(x, x, -1) }, []int{4}, "Embedding: weight has shape [4], want [vocabulary dim]"},
		{"Embedding/padding", func(x *grad.Var) *grad.Var { return grad.Embedding(x, x, 4) }, []int{4, 2}, "Embedding: padding is row 4 of a weight of shape [4 2], want less than 4"},
		{"Embedding/fraction", id(1.5), []int{4, 2}, "Embedding: id 1.5 at position [0 2], want a whole number from 0 to 3"},
		{"Embedding/negative", id(-1), []int{4, 2}, "Embedding: id -1 at position [0 2], want a whole number from 0 to 3"},
		{"Embedding/large", id(4), []int{4, 2}, "Embedding: id 4 at position [0 2], want a whole number from 0 to 3"},
		{"Embedding/huge", id(1e30), []int{4, 2}, "Embedding: id 1e+30 at position [0 2], want a whole number from 0 to 3"},
		{"Embedding/NaN", id(nan), []int{4, 2}, "Embedding: id NaN at position [0 2], want a whole number from 0 to 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tape := grad.NewTape(grad.Training, 1)
			y := c.f(tape.Input(tensor.Zeros(c.x...)).RequireGrad())
			if err := y.Err(); err == nil || err.Error() != "grad: "+c.want {
				t.Errorf("error is %v, want grad: %s", err, c.want)
			}
			if err := tape.Err(); err == nil {
				t.Error("the tape has no error")
			}
		})
	}
}
