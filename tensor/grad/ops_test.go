package grad_test

import (
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// unary tests an elementwise function of one input.
func unary(x *tensor.Tensor, f func(*grad.Var) *grad.Var) nntest.Case {
	return nntest.Case{
		Inputs: []*tensor.Tensor{x},
		F:      func(x ...*grad.Var) *grad.Var { return f(x[0]) },
		Shape:  x.Shape(),
		Batch:  []int{0},
	}
}

// one tests a function of one input that changes its shape.
func one(x *tensor.Tensor, f func(*grad.Var) *grad.Var, shape ...int) nntest.Case {
	c := unary(x, f)
	c.Shape, c.Batch = append(tensor.Shape{}, shape...), nil
	return c
}

// two tests a function of two inputs.
func two(a, b *tensor.Tensor, f func(a, b *grad.Var) *grad.Var, shape ...int) nntest.Case {
	return nntest.Case{
		Inputs: []*tensor.Tensor{a, b},
		F:      func(x ...*grad.Var) *grad.Var { return f(x[0], x[1]) },
		Shape:  append(tensor.Shape{}, shape...),
	}
}

// rows says that axis 0 of the given inputs is a batch.
func rows(c nntest.Case, batch ...int) nntest.Case {
	c.Batch = batch
	return c
}

var (
	values   = nntest.Values
	spread   = nntest.Spread
	positive = nntest.Positive
)

// opCases has every operation of the package.
var opCases = map[string]nntest.Case{
	"Add":                two(values(1, 3, 4), values(2, 3, 4), grad.Add, 3, 4),
	"Add/rows":           rows(two(values(1, 3, 4), values(2, 3, 4), grad.Add, 3, 4), 0, 1),
	"Add/broadcast":      two(values(1, 2, 1, 4), values(2, 3, 1), grad.Add, 2, 3, 4),
	"Add/scalar":         two(values(1, 2, 3), values(2), grad.Add, 2, 3),
	"Sub":                rows(two(values(1, 3, 4), values(2, 3, 4), grad.Sub, 3, 4), 0, 1),
	"Sub/broadcast":      two(values(1, 4), values(2, 3, 1), grad.Sub, 3, 4),
	"Mul":                rows(two(values(1, 3, 4), values(2, 3, 4), grad.Mul, 3, 4), 0, 1),
	"Mul/broadcast":      two(values(1, 2, 3, 1), values(2, 1, 4), grad.Mul, 2, 3, 4),
	"Mul/itself":         one(values(1, 3, 4), func(x *grad.Var) *grad.Var { return grad.Mul(x, x) }, 3, 4),
	"Div":                rows(two(values(1, 3, 4), positive(2, 3, 4), grad.Div, 3, 4), 0, 1),
	"Div/broadcast":      two(values(1, 3, 1), positive(2, 2, 1, 4), grad.Div, 2, 3, 4),
	"Maximum":            rows(two(spread(1, 2, 6), tensor.Zeros(2, 6), grad.Maximum, 2, 6), 0, 1),
	"Maximum/broadcast":  two(spread(1, 2, 6), tensor.Full[float32](0.02, 1), grad.Maximum, 2, 6),
	"Minimum":            rows(two(spread(1, 2, 6), tensor.Zeros(2, 6), grad.Minimum, 2, 6), 0, 1),
	"AddScalar":          unary(values(1, 3, 4), func(x *grad.Var) *grad.Var { return grad.AddScalar(x, 1.5) }),
	"MulScalar":          unary(values(1, 3, 4), func(x *grad.Var) *grad.Var { return grad.MulScalar(x, -1.5) }),
	"Pow/2":              unary(values(1, 3, 4), func(x *grad.Var) *grad.Var { return grad.Pow(x, 2) }),
	"Pow/0":              unary(values(1, 3, 4), func(x *grad.Var) *grad.Var { return grad.Pow(x, 0) }),
	"Pow/1.5":            unary(positive(1, 3, 4), func(x *grad.Var) *grad.Var { return grad.Pow(x, 1.5) }),
	"Neg":                unary(values(1, 3, 4), grad.Neg),
	"Square":             unary(values(1, 3, 4), grad.Square),
	"Sqrt":               unary(positive(1, 3, 4), grad.Sqrt),
	"Abs":                unary(spread(1, 3, 4), grad.Abs),
	"Recip":              unary(positive(1, 3, 4), grad.Recip),
	"Exp":                unary(values(1, 3, 4), grad.Exp),
	"Log":                unary(positive(1, 3, 4), grad.Log),
	"Exp/long":           unary(values(1, 2, 20000), grad.Exp),
	"ReLU":               unary(spread(1, 4, 5), grad.ReLU),
	"Tanh":               unary(values(1, 3, 4), grad.Tanh),
	"Sigmoid":            unary(values(1, 3, 4), grad.Sigmoid),
	"GELU":               unary(values(1, 3, 4), grad.GELU),
	"Clamp":              unary(spread(1, 4, 5), func(x *grad.Var) *grad.Var { return grad.Clamp(x, -1, 1.2) }),
	"Where":              where(tensor.New([]bool{true, false, true, true, false, false}, 2, 3), values(1, 2, 3), values(2, 2, 3), 2, 3),
	"Where/broadcast":    where(tensor.New([]bool{true, false}, 2, 1), values(1, 3), values(2), 2, 3),
	"MatMul":             rows(two(values(1, 3, 5), values(2, 5, 4), grad.MatMul, 3, 4), 0),
	"MatMul/dot":         two(values(1, 5), values(2, 5), grad.MatMul),
	"MatMul/1x2":         two(values(1, 5), values(2, 5, 4), grad.MatMul, 4),
	"MatMul/2x1":         two(values(1, 3, 5), values(2, 5), grad.MatMul, 3),
	"MatMul/1x3":         two(values(1, 5), values(2, 2, 5, 4), grad.MatMul, 2, 4),
	"MatMul/3x1":         two(values(1, 2, 3, 5), values(2, 5), grad.MatMul, 2, 3),
	"MatMul/3x2":         rows(two(values(1, 2, 3, 5), values(2, 5, 4), grad.MatMul, 2, 3, 4), 0),
	"MatMul/2x3":         two(values(1, 3, 5), values(2, 2, 5, 4), grad.MatMul, 2, 3, 4),
	"MatMul/3x3":         rows(two(values(1, 2, 3, 5), values(2, 2, 5, 4), grad.MatMul, 2, 3, 4), 0, 1),
	"MatMul/4x4":         two(values(1, 2, 1, 2, 5), values(2, 1, 3, 5, 4), grad.MatMul, 2, 3, 2, 4),
	"MatMul/4x3":         two(values(1, 2, 3, 2, 5), values(2, 3, 5, 4), grad.MatMul, 2, 3, 2, 4),
	"MatMul/column":      two(values(1, 2, 3, 5), values(2, 2, 5, 1), grad.MatMul, 2, 3, 1),
	"MatMul/large":       two(values(1, 65, 70), values(2, 70, 67), grad.MatMul, 65, 67),
	"MatMul/transposed":  two(values(1, 2, 5, 3), values(2, 2, 4, 5), func(a, b *grad.Var) *grad.Var { return grad.MatMul(grad.Transpose(a, 1, 2), grad.Transpose(b, 1, 2)) }, 2, 3, 4),
	"Linear":             linearCase(values(1, 3, 5), true, 3, 4),
	"Linear/no-bias":     linearCase(values(1, 3, 5), false, 3, 4),
	"Linear/vector":      rows(linearCase(values(1, 5), true, 4)),
	"Linear/sequence":    linearCase(values(1, 2, 3, 5), true, 2, 3, 4),
	"Sum":                one(values(1, 3, 4), func(x *grad.Var) *grad.Var { return grad.Sum(x) }),
	"Sum/axes":           rows(one(values(1, 2, 3, 4), func(x *grad.Var) *grad.Var { return grad.Sum(x, -1, 1) }, 2), 0),
	"Sum/middle":         rows(one(values(1, 2, 3, 4), func(x *grad.Var) *grad.Var { return grad.Sum(x, 1) }, 2, 4), 0),
	"Sum/long":           one(values(1, 3, 70000), func(x *grad.Var) *grad.Var { return grad.Sum(x, 1) }, 3),
	"Mean":               one(values(1, 3, 4), func(x *grad.Var) *grad.Var { return grad.Mean(x) }),
	"Mean/axis":          rows(one(values(1, 2, 3, 4), func(x *grad.Var) *grad.Var { return grad.Mean(x, 1) }, 2, 4), 0),
	"Max":                one(spread(1, 4, 5), func(x *grad.Var) *grad.Var { return grad.Max(x) }),
	"Max/axis":           rows(one(spread(1, 2, 3, 4), func(x *grad.Var) *grad.Var { return grad.Max(x, 1) }, 2, 4), 0),
	"Min/axes":           rows(one(spread(1, 2, 3, 4), func(x *grad.Var) *grad.Var { return grad.Min(x, 1, 2) }, 2), 0),
	"LogSumExp":          one(values(1, 3, 4), func(x *grad.Var) *grad.Var { return grad.LogSumExp(x) }),
	"LogSumExp/axis":     rows(one(values(1, 2, 3, 4), func(x *grad.Var) *grad.Var { return grad.LogSumExp(x, 1) }, 2, 4), 0),
	"Softmax":            unary(values(1, 3, 5), func(x *grad.Var) *grad.Var { return grad.Softmax(x, -1) }),
	"Softmax/middle":     unary(values(1, 2, 3, 4), func(x *grad.Var) *grad.Var { return grad.Softmax(x, 1) }),
	"Softmax/long":       coarse(unary(values(1, 40, 1000), func(x *grad.Var) *grad.Var { return grad.Softmax(x, -1) })),
	"LogSoftmax":         unary(values(1, 3, 5), func(x *grad.Var) *grad.Var { return grad.LogSoftmax(x, -1) }),
	"LogSoftmax/middle":  unary(values(1, 2, 3, 4), func(x *grad.Var) *grad.Var { return grad.LogSoftmax(x, 1) }),
	"Reshape":            one(values(1, 3, 4), func(x *grad.Var) *grad.Var { return grad.Reshape(x, 2, -1) }, 2, 6),
	"Reshape/copy":       one(values(1, 3, 4), func(x *grad.Var) *grad.Var { return grad.Reshape(grad.Transpose(x, 0, 1), 2, -1) }, 2, 6),
	"Flatten":            rows(one(values(1, 2, 3, 4), func(x *grad.Var) *grad.Var { return grad.Flatten(x, 1) }, 2, 12), 0),
	"Flatten/copy":       rows(one(values(1, 2, 3, 4), func(x *grad.Var) *grad.Var { return grad.Flatten(grad.Transpose(x, 1, 2), -2) }, 2, 12), 0),
	"Permute":            one(values(1, 2, 3, 4), func(x *grad.Var) *grad.Var { return grad.Exp(grad.Permute(x, 2, 0, -2)) }, 4, 2, 3),
	"Transpose":          one(values(1, 2, 3, 4), func(x *grad.Var) *grad.Var { return grad.Exp(grad.Transpose(x, 0, -1)) }, 4, 3, 2),
	"Slice":              rows(one(values(1, 2, 5), func(x *grad.Var) *grad.Var { return grad.Exp(grad.Slice(x, -1, 1, 4)) }, 2, 3), 0),
	"Index":              rows(one(values(1, 2, 3, 4), func(x *grad.Var) *grad.Var { return grad.Exp(grad.Index(x, 1, 2)) }, 2, 4), 0),
	"Squeeze":            one(values(1, 2, 1, 4, 1), func(x *grad.Var) *grad.Var { return grad.Exp(grad.Squeeze(x)) }, 2, 4),
	"Squeeze/axis":       one(values(1, 2, 1, 4, 1), func(x *grad.Var) *grad.Var { return grad.Exp(grad.Squeeze(x, -1)) }, 2, 1, 4),
	"Unsqueeze":          rows(one(values(1, 2, 4), func(x *grad.Var) *grad.Var { return grad.Exp(grad.Unsqueeze(x, 1)) }, 2, 1, 4), 0),
	"Expand":             one(values(1, 3, 1), func(x *grad.Var) *grad.Var { return grad.Expand(x, 2, 3, 4) }, 2, 3, 4),
	"Concat":             rows(two(values(1, 2, 3), values(2, 2, 2), func(a, b *grad.Var) *grad.Var { return grad.Concat(-1, a, b, a) }, 2, 8), 0, 1),
	"Stack":              rows(two(values(1, 2, 3), values(2, 2, 3), func(a, b *grad.Var) *grad.Var { return grad.Stack(1, a, b) }, 2, 2, 3), 0, 1),
	"Stack/last":         two(values(1, 2, 3), values(2, 2, 3), func(a, b *grad.Var) *grad.Var { return grad.Stack(-1, a, b) }, 2, 3, 2),
	"Split":              split(),
	"Take":               one(values(1, 4, 3), func(x *grad.Var) *grad.Var { return grad.Take(x, 0, tableIndex) }, 2, 3, 3),
	"Take/last":          rows(one(values(1, 2, 4), func(x *grad.Var) *grad.Var { return grad.Take(x, -1, tableIndex) }, 2, 2, 3), 0),
	"Gather":             one(values(1, 2, 4), func(x *grad.Var) *grad.Var { return grad.Gather(x, 1, tableIndex) }, 2, 3),
	"Gather/first":       one(values(1, 4, 5), func(x *grad.Var) *grad.Var { return grad.Gather(x, 0, tableIndex) }, 2, 3),
	"Pad":                rows(one(values(1, 2, 3), func(x *grad.Var) *grad.Var { return grad.Pad(x, 2, [2]int{}, [2]int{1, 2}) }, 2, 6), 0),
	"Dropout/evaluation": unary(values(1, 3, 4), func(x *grad.Var) *grad.Var { return grad.Dropout(x, 0.5) }),
	"Dropout/long":       training(one(values(1, 40, 1000), func(x *grad.Var) *grad.Var { return grad.Dropout(x, 0.5) }, 40, 1000)),
	"Dropout/training":   training(one(values(1, 5, 8), func(x *grad.Var) *grad.Var { return grad.Dropout(x, 0.5) }, 5, 8)),
}

var tableIndex = tensor.New([]int{3, 0, 3, 1, 1, 3}, 2, 3)

// coarse is for results whose rounding errors are far from random, such as those
// of a lane of a softmax, which share that of the sum.
func coarse(c nntest.Case) nntest.Case {
	c.Tolerance = 0.2
	return c
}

func training(c nntest.Case) nntest.Case {
	c.Train = true
	return c
}

func where(mask *tensor.Bools, a, b *tensor.Tensor, shape ...int) nntest.Case {
	return two(a, b, func(a, b *grad.Var) *grad.Var { return grad.Where(mask, a, b) }, shape...)
}

func split() nntest.Case {
	c := one(values(1, 2, 5), func(x *grad.Var) *grad.Var {
		parts := grad.Split(x, 1, 2, 1, 2)
		return grad.Mul(parts[0], grad.Add(parts[1], parts[2]))
	}, 2, 2)
	c.MayAllocate = true
	return rows(c, 0)
}

// linearCase tests Linear to 4 features, of weights that are parameters.
func linearCase(x *tensor.Tensor, bias bool, shape ...int) nntest.Case {
	in := x.Dim(-1)
	w := param("weight", values(2, 4, in))
	c := one(x, nil, shape...)
	c.Params = []*grad.Param{w}
	var b *grad.Param
	if bias {
		b = param("bias", values(3, 4))
		c.Params = append(c.Params, b)
	}
	c.F = func(x ...*grad.Var) *grad.Var { return grad.Linear(x[0], grad.Use(x[0], w), grad.Use(x[0], b)) }
	return rows(c, 0)
}

// param returns a parameter with a value.
func param(name string, value *tensor.Tensor) *grad.Param {
	p := grad.NewParam(grad.Constant(0), value.Shape()...)
	p.Name, p.Value = name, value
	return p
}

func TestOps(t *testing.T) {
	for name, c := range opCases {
		t.Run(name, func(t *testing.T) { nntest.Run(t, c) })
	}
}

// TestNames tests that the name of a case is that of the operation.
func TestNames(t *testing.T) {
	for title, c := range opCases {
		mode := grad.Gradients
		if c.Train {
			mode = grad.Training
		}
		tape := grad.NewTape(mode, 1)
		var x []*grad.Var
		for _, in := range c.Inputs {
			x = append(x, tape.Input(in))
		}
		c.F(x...)
		want, _, _ := strings.Cut(title, "/")
		found := title == "Split" || title == "Dropout/evaluation" // which are made of others, or of nothing
		for _, call := range tape.Calls() {
			found = found || call.Op().Name() == want
		}
		if !found {
			t.Errorf("%s: there is no operation of name %q", title, want)
		}
	}
}
