package grad_test

import (
	"testing"

	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

type golden = nntest.GoldenCase

// goldenOps apply the operations that golden.py names.
var goldenOps = map[string]func(c *golden, x []*grad.Var) *grad.Var{
	"Add":     pair(grad.Add),
	"Sub":     pair(grad.Sub),
	"Mul":     pair(grad.Mul),
	"Div":     pair(grad.Div),
	"Maximum": pair(grad.Maximum),
	"Minimum": pair(grad.Minimum),

	"AddScalar": func(c *golden, x []*grad.Var) *grad.Var { return grad.AddScalar(x[0], float32(c.Float("s", 0))) },
	"MulScalar": func(c *golden, x []*grad.Var) *grad.Var { return grad.MulScalar(x[0], float32(c.Float("s", 0))) },
	"Pow":       func(c *golden, x []*grad.Var) *grad.Var { return grad.Pow(x[0], float32(c.Float("exponent", 0))) },
	"Neg":       single(grad.Neg),
	"Square":    single(grad.Square),
	"Abs":       single(grad.Abs),
	"ReLU":      single(grad.ReLU),
	"Tanh":      single(grad.Tanh),
	"Sigmoid":   single(grad.Sigmoid),
	"GELU":      single(grad.GELU),
	"Exp":       single(grad.Exp),
	"Sqrt":      single(grad.Sqrt),
	"Recip":     single(grad.Recip),
	"Log":       single(grad.Log),
	"Clamp": func(c *golden, x []*grad.Var) *grad.Var {
		return grad.Clamp(x[0], float32(c.Float("lo", 0)), float32(c.Float("hi", 0)))
	},
	"Where": func(c *golden, x []*grad.Var) *grad.Var {
		m := c.Ints("mask")
		return grad.Where(tensor.Ne(m, tensor.Scalar(0)), x[0], x[1])
	},

	"ReLUInPlace": single(func(x *grad.Var) *grad.Var { return grad.ReLUInPlace(grad.AddScalar(x, 0.25)) }),
	"AddInPlace":  pair(func(a, b *grad.Var) *grad.Var { return grad.AddInPlace(grad.AddScalar(a, 0.25), b) }),

	"MatMul": func(c *golden, x []*grad.Var) *grad.Var {
		a, b := x[0], x[1]
		if c.Bool("transposed") {
			a, b = grad.Transpose(a, -2, -1), grad.Transpose(b, -2, -1)
		}
		if c.Bool("sliced") {
			a, b = grad.Slice(a, 1, 1, 3), grad.Slice(b, 2, 1, 4)
		}
		return grad.MatMul(a, b)
	},
	"Linear": func(c *golden, x []*grad.Var) *grad.Var {
		in, bias := x[0], (*grad.Var)(nil)
		if len(x) == 3 {
			bias = x[2]
		}
		if i := c.Int("step", -1); i >= 0 {
			in = grad.Index(in, 1, i)
		}
		if i := c.Int("steps", -1); i >= 0 {
			in = grad.Slice(in, 1, i, in.Shape()[1])
		}
		return grad.Linear(in, x[1], bias)
	},

	"Sum":        over(grad.Sum),
	"Mean":       over(grad.Mean),
	"Max":        over(grad.Max),
	"Min":        over(grad.Min),
	"LogSumExp":  over(grad.LogSumExp),
	"Softmax":    along(grad.Softmax),
	"LogSoftmax": along(grad.LogSoftmax),

	"Reshape": func(c *golden, x []*grad.Var) *grad.Var {
		if c.Bool("strided") {
			return grad.Reshape(grad.Transpose(x[0], 0, 1), c.List("shape")...)
		}
		return grad.Reshape(x[0], c.List("shape")...)
	},
	"Flatten": func(c *golden, x []*grad.Var) *grad.Var { return grad.Flatten(x[0], c.Int("from", 0)) },
	"Permute": func(c *golden, x []*grad.Var) *grad.Var { return grad.Exp(grad.Permute(x[0], c.List("axes")...)) },
	"Transpose": func(c *golden, x []*grad.Var) *grad.Var {
		a := c.List("axes")
		return grad.Exp(grad.Transpose(x[0], a[0], a[1]))
	},
	"Slice": func(c *golden, x []*grad.Var) *grad.Var {
		return grad.Exp(grad.Slice(x[0], c.Int("axis", 0), c.Int("lo", 0), c.Int("hi", 0)))
	},
	"Index": func(c *golden, x []*grad.Var) *grad.Var {
		return grad.Exp(grad.Index(x[0], c.Int("axis", 0), c.Int("at", 0)))
	},
	"Squeeze":   func(c *golden, x []*grad.Var) *grad.Var { return grad.Exp(grad.Squeeze(x[0], c.List("axes")...)) },
	"Unsqueeze": func(c *golden, x []*grad.Var) *grad.Var { return grad.Exp(grad.Unsqueeze(x[0], c.Int("axis", 0))) },
	"Expand":    func(c *golden, x []*grad.Var) *grad.Var { return grad.Expand(x[0], c.List("shape")...) },

	"Concat": func(c *golden, x []*grad.Var) *grad.Var { return grad.Concat(c.Int("axis", 0), x...) },
	"Stack":  func(c *golden, x []*grad.Var) *grad.Var { return grad.Stack(c.Int("axis", 0), x...) },
	"Take":   func(c *golden, x []*grad.Var) *grad.Var { return grad.Take(x[0], c.Int("axis", 0), c.Ints("index")) },
	"Gather": func(c *golden, x []*grad.Var) *grad.Var { return grad.Gather(x[0], c.Int("axis", 0), c.Ints("index")) },
	"Pad": func(c *golden, x []*grad.Var) *grad.Var {
		m := c.List("margins")
		return grad.Pad(x[0], float32(c.Float("value", 0)), [2]int{m[0], m[1]}, [2]int{m[2], m[3]})
	},
}

func single(f func(x *grad.Var) *grad.Var) func(*golden, []*grad.Var) *grad.Var {
	return func(_ *golden, x []*grad.Var) *grad.Var { return f(x[0]) }
}

func pair(f func(a, b *grad.Var) *grad.Var) func(*golden, []*grad.Var) *grad.Var {
	return func(_ *golden, x []*grad.Var) *grad.Var { return f(x[0], x[1]) }
}

func over(f func(x *grad.Var, axes ...int) *grad.Var) func(*golden, []*grad.Var) *grad.Var {
	return func(c *golden, x []*grad.Var) *grad.Var { return f(x[0], c.List("axes")...) }
}

func along(f func(x *grad.Var, axis int) *grad.Var) func(*golden, []*grad.Var) *grad.Var {
	return func(c *golden, x []*grad.Var) *grad.Var { return f(x[0], c.Int("axis", 0)) }
}

func TestGolden(t *testing.T) {
	nntest.Golden(t, "testdata/golden.json", 1e-5, func(c *golden, x []*grad.Var) []*grad.Var {
		if c.Op == "Split" {
			return grad.Split(x[0], c.Int("axis", 0), c.List("sizes")...)
		}
		return []*grad.Var{goldenOps[c.Op](c, x)}
	})
}
