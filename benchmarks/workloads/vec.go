package workloads

import (
	"fmt"
	"time"

	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// array is a size that the functions are measured on: of a matrix [rows, 256] for
// those that go by rows, of pictures [batch, channels, side, side] for batch norm.
type array struct {
	name                  string
	rows                  int
	batch, channels, side int
}

func (a *array) elements() int { return a.rows * rowLength }

const rowLength = 256

// arrays fit into a first cache of 32 KiB and a second one of 1 MiB, two or three
// at a time; the last ones, of 64 MiB, into no cache.
var arrays = []array{
	{"L1", 8, 2, 16, 8},
	{"L2", 128, 8, 64, 8},
	{"memory", 65536, 64, 64, 64},
}

// function is something done to arrays of a size, in place or to another array.
type function struct {
	name          string
	reads, writes int // how many arrays a run goes through
	new           func(a *array) (Run, error)
}

var functions = []function{
	{"add", 2, 1, newAdd},
	{"relu", 1, 1, unary(grad.ReLU)},
	{"axpy", 2, 1, newAxpy},
	{"sum", 1, 0, unary(func(x *grad.Var) *grad.Var { return grad.Sum(x) })},
	{"exp", 1, 1, unary(grad.Exp)},
	{"tanh", 1, 1, unary(grad.Tanh)},
	{"erf", 1, 1, newErf},
	{"sigmoid", 1, 1, unary(grad.Sigmoid)},
	{"softmax", 1, 1, unary(func(x *grad.Var) *grad.Var { return grad.Softmax(x, -1) })},
	{"layernorm", 1, 1, func(a *array) (Run, error) {
		return forward(grad.Train, nn.NewLayerNorm(rowLength), a.rows, rowLength)
	}},
	{"batchnorm", 2, 1, func(a *array) (Run, error) { // once for the statistics
		return forward(grad.Train, nn.NewBatchNorm(a.channels), a.batch, a.channels, a.side, a.side)
	}},
	{"sgd", 2, 1, optimizer(func(p []*grad.Param) optim.Optimizer { return optim.NewSGD(p, 0.01) })},
	{"adam", 4, 3, optimizer(func(p []*grad.Param) optim.Optimizer { return optim.NewAdam(p, 0.001) })},
}

// vecCases have as arguments the sizes of the array: rows and their length, then
// batch, channels and side. In a cache what bounds them is reading, beyond the
// last one it is moving.
func vecCases() []Case {
	var list []Case
	for i := range arrays {
		a := &arrays[i]
		n := a.elements()
		for _, f := range functions {
			bound, bytes := Bound{"read", n}, 4*n*f.reads
			if a.name == "memory" && f.writes > 0 {
				bound, bytes = Bound{"copy", n}, 4*n*(f.reads+f.writes)
			}
			list = append(list, Case{
				Suite: "vec", Name: a.name, Op: f.name, Batch: 1,
				Args: words(a.rows, rowLength, a.batch, a.channels, a.side),
				Unit: "Gelement/s", Amount: 1e-9 * float64(n), Bound: bound, Work: 1e-9 * float64(bytes),
				New: func() (Run, error) { return f.new(a) },
			})
		}
	}
	return list
}

// unary is made of an operation.
func unary(f func(x *grad.Var) *grad.Var) func(a *array) (Run, error) {
	return func(a *array) (Run, error) { return forward(grad.Evaluation, nn.Func("", f), a.rows, rowLength) }
}

// random returns random numbers of the size of an array.
func (a *array) random(seed uint64) *tensor.Tensor {
	return tensor.Normal(seed, 0, 1, a.rows, rowLength)
}

func newAdd(a *array) (Run, error) {
	x, y, z := a.random(1), a.random(2), tensor.Zeros(a.rows, rowLength)
	return plain(func() { tensor.AddTo(z, x, y) }), nil
}

func newErf(a *array) (Run, error) {
	x, y := a.random(1), tensor.Zeros(a.rows, rowLength)
	return plain(func() { tensor.ErfTo(y, x) }), nil
}

func newAxpy(a *array) (Run, error) {
	t := &axpy{a.random(1).Data(), a.random(2).Data()}
	return plain(func() { parallel.For((len(t.y)+axpyPart-1)/axpyPart, t) }), nil
}

// axpy adds a multiple of x to y, the kernel of what accumulates gradients, in
// parts.
type axpy struct{ y, x []float32 }

const axpyPart = 16384

// Do implements [parallel.Task].
func (t *axpy) Do(_, i int) {
	lo, hi := i*axpyPart, min((i+1)*axpyPart, len(t.y))
	vec.Axpy(t.y[lo:hi], t.x[lo:hi], 1e-6)
}

// optimizer is made of a step with one parameter, whose gradient is renewed before.
func optimizer(f func(p []*grad.Param) optim.Optimizer) func(a *array) (Run, error) {
	return func(a *array) (Run, error) {
		p := grad.NewParam(grad.Normal(1), a.rows, rowLength)
		if err := p.Init(1); err != nil {
			return nil, fmt.Errorf("%d rows: %w", a.rows, err)
		}
		o, g, tape := f([]*grad.Param{p}), a.random(2), grad.NewTape(grad.Training, 1)
		return func() (time.Duration, error) {
			start := now()
			if err := tape.Use(p).BackwardFrom(g); err != nil {
				return 0, err
			}
			aside := now() - start
			return aside, o.Step(tape)
		}, nil
	}
}
