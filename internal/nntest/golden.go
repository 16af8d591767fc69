package nntest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"strconv"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// GoldenCase is one case of a golden file, which is JSON:
//
//	{"made_with": "torch 1.13.0", "cases": [
//	{"name": "Linear/bias", "op": "Linear", "attrs": {…}, "train": false,
//	 "ints": {"index": {"shape": [2], "data": [0, 1]}},
//	 "inputs": [{"shape": [3, 5], "data": […]}, …],
//	 "params": {"weight": {…}, …},
//	 "outputs": [{…}, …],
//	 "weights": [{…}, …],
//	 "input_grads": [{…}, null, …],
//	 "param_grads": {"weight": {…}, …}}, …]}
//
// Elements are in row-major order. Weights are the gradients of a number, Σ
// weights·outputs, with respect to the outputs; input_grads and param_grads are
// the gradients of that number, null or missing where there is none.
type GoldenCase struct {
	Name string
	Op   string

	attrs  map[string]any
	ints   map[string]*tensor.Ints
	params map[string]*grad.Param
}

// goldenCase is the file's form of a case.
type goldenCase struct {
	Name       string                     `json:"name"`
	Op         string                     `json:"op"`
	Attrs      map[string]any             `json:"attrs"`
	Train      bool                       `json:"train"`
	Ints       map[string]*array[int]     `json:"ints"`
	Inputs     []*array[float32]          `json:"inputs"`
	Params     map[string]*array[float32] `json:"params"`
	Outputs    []*array[float32]          `json:"outputs"`
	Weights    []*array[float32]          `json:"weights"`
	InputGrads []*array[float32]          `json:"input_grads"`
	ParamGrads map[string]*array[float32] `json:"param_grads"`
}

type array[T float32 | int] struct {
	Shape []int `json:"shape"`
	Data  []T   `json:"data"`
}

// tensor returns nil for nil.
func (a *array[T]) tensor() *tensor.Array[T] {
	if a == nil {
		return nil
	}
	return tensor.New(a.Data, a.Shape...)
}

// Int returns a whole number among the attributes, or otherwise if there is none
// of the name.
func (c *GoldenCase) Int(name string, otherwise int) int {
	return int(c.Float(name, float64(otherwise)))
}

// Float returns a number among the attributes, or otherwise if there is none of
// the name.
func (c *GoldenCase) Float(name string, otherwise float64) float64 {
	v, ok := c.attrs[name]
	if !ok {
		return otherwise
	}
	return v.(float64)
}

// List returns a list of whole numbers among the attributes, nil if there is none
// of the name.
func (c *GoldenCase) List(name string) []int {
	v, ok := c.attrs[name]
	if !ok {
		return nil
	}
	var list []int
	for _, x := range v.([]any) {
		list = append(list, int(x.(float64)))
	}
	return list
}

// Floats is [GoldenCase.List] for numbers that need not be whole.
func (c *GoldenCase) Floats(name string) []float32 {
	v, ok := c.attrs[name]
	if !ok {
		return nil
	}
	var list []float32
	for _, x := range v.([]any) {
		list = append(list, float32(x.(float64)))
	}
	return list
}

// String returns a string among the attributes, "" if there is none of the name.
func (c *GoldenCase) String(name string) string {
	s, _ := c.attrs[name].(string)
	return s
}

// Bool returns a bool among the attributes, false if there is none of the name.
func (c *GoldenCase) Bool(name string) bool {
	b, _ := c.attrs[name].(bool)
	return b
}

// Ints returns an array of integers, nil if there is none of the name.
func (c *GoldenCase) Ints(name string) *tensor.Ints { return c.ints[name] }

// Param returns a parameter of the case, nil if there is none of the name. A
// layer under test gets it in its field.
func (c *GoldenCase) Param(name string) *grad.Param { return c.params[name] }

// GoldenFile is a golden file and how its cases are run.
type GoldenFile struct {
	Path string
	// Tolerance is the error allowed in a value, relative to the largest one of its
	// array.
	Tolerance float64
	// Name returns the name of a case, which begins with the exported name of what
	// is tested, or "" to leave the case out. Nil means [GoldenCase.Name].
	Name func(c *GoldenCase) string
	// Layer makes parameters of the inputs from the second on, named "1", "2" and so
	// on, for layers that keep what an operation is given.
	Layer bool
}

// Golden runs every case of a golden file under its own name; see
// [GoldenFile.Run].
func Golden(t *testing.T, path string, tolerance float64, f func(c *GoldenCase, x []*grad.Var) []*grad.Var) {
	t.Helper()
	GoldenFile{Path: path, Tolerance: tolerance}.Run(t, f)
}

// Run applies f to every case, on every instruction-set level, and compares its
// results and the gradients of inputs and parameters.
func (g GoldenFile) Run(t *testing.T, f func(c *GoldenCase, x []*grad.Var) []*grad.Var) {
	t.Helper()
	text, err := os.ReadFile(g.Path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []*goldenCase `json:"cases"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatalf("%s: %v", g.Path, err)
	}
	ran := false
	for _, level := range Levels() {
		t.Run("level="+level.String(), func(t *testing.T) {
			defer cpu.Set(cpu.Set(level))
			for _, in := range file.Cases {
				c, name := in.open(), in.Name
				if g.Name != nil {
					name = g.Name(c)
				}
				if name == "" {
					continue
				}
				ran = true
				t.Run("Golden/"+name, func(t *testing.T) {
					if g.Layer {
						in = in.layer(c)
					}
					in.run(t, c, g.Tolerance, f)
				})
			}
		})
	}
	if !ran {
		t.Errorf("%s: no case was run", g.Path)
	}
}

// open returns the case as the test sees it.
func (g *goldenCase) open() *GoldenCase {
	c := &GoldenCase{Name: g.Name, Op: g.Op, attrs: g.Attrs, ints: map[string]*tensor.Ints{}, params: map[string]*grad.Param{}}
	for name, a := range g.Ints {
		c.ints[name] = a.tensor()
	}
	for name, a := range g.Params {
		c.params[name] = newParam(name, a)
	}
	return c
}

// layer returns the case with a single input; the others become parameters of c.
func (g *goldenCase) layer(c *GoldenCase) *goldenCase {
	l := *g
	l.Inputs, l.ParamGrads = g.Inputs[:1], maps.Clone(g.ParamGrads)
	if l.ParamGrads == nil {
		l.ParamGrads = map[string]*array[float32]{}
	}
	for i, a := range g.Inputs[1:] {
		name := strconv.Itoa(i + 1)
		c.params[name] = newParam(name, a)
		if g.InputGrads != nil {
			l.ParamGrads[name] = g.InputGrads[i+1]
		}
	}
	if g.InputGrads != nil {
		l.InputGrads = g.InputGrads[:1]
	}
	return &l
}

// newParam returns a parameter with the values of an array.
func newParam(name string, a *array[float32]) *grad.Param {
	p := grad.NewParam(grad.Constant(0), a.Shape...)
	p.Name, p.Value = name, a.tensor()
	return p
}

func (g *goldenCase) run(t *testing.T, c *GoldenCase, tolerance float64, f func(c *GoldenCase, x []*grad.Var) []*grad.Var) {
	mode := grad.Gradients
	if g.Train {
		mode = grad.Training
	}
	tape := grad.NewTape(mode, 1)
	x := make([]*grad.Var, len(g.Inputs))
	for i, a := range g.Inputs {
		x[i] = tape.Input(a.tensor())
		if g.InputGrads != nil && g.InputGrads[i] != nil {
			x[i].RequireGrad()
		}
	}
	y := f(c, x)
	if err := tape.Err(); err != nil {
		t.Fatal(err)
	}
	if len(y) != len(g.Outputs) {
		t.Fatalf("%d results, want %d", len(y), len(g.Outputs))
	}
	for i, want := range g.Outputs {
		near(t, fmt.Sprintf("result %d", i), y[i].Data(), want.tensor(), tolerance)
	}
	for i, w := range g.Weights {
		if err := y[i].BackwardFrom(w.tensor()); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range g.InputGrads {
		if want != nil {
			near(t, fmt.Sprintf("gradient of input %d", i), x[i].Grad(), want.tensor(), tolerance)
		}
	}
	for name, want := range g.ParamGrads {
		near(t, "gradient of "+name, tape.ParamGrad(c.params[name]), want.tensor(), tolerance)
	}
}

// near compares relative to the largest element.
func near(t *testing.T, name string, got, want *tensor.Tensor, tolerance float64) {
	t.Helper()
	if got == nil {
		t.Errorf("%s is missing, want %v", name, want)
		return
	}
	sameTensor(t, name, got.Clone(), want, tolerance)
}
