// Package nntest tests differentiable operations and layers against the rules
// that all of them keep, and against values from other libraries.
//
// [Run] is the suite of rules. [Golden] compares with a file of inputs, results
// and gradients that golden.py, the shared part of the scripts in testdata
// folders, wrote with PyTorch.
//
// # Names of subtests
//
// The command benchmarks/conformance counts what is checked by the names of
// subtests, and looks there for everything that the library exports:
//
//	TestAnything/Golden/Name/variant
//	TestAnything/Name/Rules/level=avx2/gradient
//
// A test against an independent source is a subtest whose name has the element
// Golden, followed by the exported name of what is tested in its package: the
// function, the type, its constructor without the New, the variable. What follows
// says which case it is. It has no subtests of its own. [Run] adds the element
// Rules. An element level=… may stand anywhere; tests of several levels run on
// those of [Levels].
package nntest

import (
	"context"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/gannet-ml/gannet/internal/cpu"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/rng"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Case is an operation, or a network, and values to try it on.
type Case struct {
	// Inputs are what F is applied to. F must be smooth within 1/32 of each
	// element; see [Spread].
	Inputs []*tensor.Tensor
	// Params are the parameters that F uses, initialised. They are left as they
	// were.
	Params []*grad.Param
	// F applies the operation to Vars of the inputs; [Module] makes one of a module.
	// A function with several results is tested one result at a time, or on a sum of
	// them.
	F func(x ...*grad.Var) *grad.Var

	// Shape is the shape of the result, nil if it is not to be checked.
	Shape tensor.Shape
	// Batch lists the inputs, by number, whose axis 0 is the batch, of which row
	// i of the result uses row i alone when layers do not train. Nil means that
	// there is no such thing.
	Batch []int
	// Constant lists the inputs, by number, with respect to which F has no
	// gradient.
	Constant []int
	// Train tests gradients in training mode.
	Train bool
	// Tolerance is the error allowed in a gradient, relative to the largest
	// element of that gradient; 0 means 2e-3.
	Tolerance float64
	// MayAllocate excuses F from the rule that nothing is allocated.
	MayAllocate bool
}

// Levels are the instruction-set levels that tests run on: all of the machine, or
// the one in force if the environment variable GANNET_CPU names one.
func Levels() []cpu.Level {
	if os.Getenv("GANNET_CPU") != "" {
		return []cpu.Level{cpu.Current()}
	}
	return cpu.Available
}

// Run tests, on every instruction-set level, that
//
//   - the gradients of inputs and parameters agree with central differences,
//   - results and gradients are computed whole, and nothing is read after its
//     memory was given back,
//   - the result has the declared shape, and inputs are not written to,
//   - gradients add up over calls of Backward,
//   - strided inputs, whose gradients are strided too, give the same values,
//   - so do 1, 2 and 7 workers and a [grad.Plan], to the last bit,
//   - a batch gives what its rows give one by one, and may be empty,
//   - a step allocates nothing once it has been taken.
//
// It changes settings of the whole process and must not run in parallel with
// other tests.
func Run(t *testing.T, c Case) {
	t.Helper()
	for _, level := range Levels() {
		t.Run("Rules/level="+level.String(), func(t *testing.T) {
			defer cpu.Set(cpu.Set(level))
			mem.Poison.Store(true)
			defer mem.Poison.Store(false)
			run(t, &c)
		})
	}
}

func run(t *testing.T, c *Case) {
	s := newSuite(c)
	want, err := s.step(contiguous)
	if err != nil {
		t.Fatalf("F: %v", err)
	}
	if c.Shape != nil && !want.y.Shape().Equal(c.Shape) {
		t.Fatalf("result has shape %v, want %v", want.y.Shape(), c.Shape)
	}
	t.Run("gradient", func(t *testing.T) { s.gradient(t, want) })
	t.Run("whole", func(t *testing.T) { s.whole(t, want) })
	t.Run("unwritten", func(t *testing.T) { s.unwritten(t) })
	t.Run("accumulate", func(t *testing.T) { s.accumulate(t, want) })
	t.Run("strided", func(t *testing.T) { s.strided(t, want) })
	t.Run("workers", func(t *testing.T) { s.workers(t, want) })
	if !c.Train {
		t.Run("plan", func(t *testing.T) { s.plan(t, want) })
	}
	if c.Batch != nil {
		t.Run("rows", func(t *testing.T) { s.rows(t) })
		t.Run("empty", func(t *testing.T) { s.empty(t) })
	}
	if !c.MayAllocate {
		t.Run("allocations", func(t *testing.T) { s.allocations(t) })
	}
}

// suite is a Case at work.
type suite struct {
	*Case
	tape     *grad.Tape
	vars     []*grad.Var // as F gets them
	sources  []*grad.Var // the inputs of the tape that they come from
	bases    [layouts][]*tensor.Tensor
	constant []bool
	weights  *tensor.Tensor // the gradient of the result
	noise    float64        // rounding error of a slope
}

// The ways in which inputs are laid out.
const (
	contiguous = iota
	gaps       // every second element of a larger array
	transposed // the last two axes exchanged, inside a larger array
	layouts
)

func newSuite(c *Case) *suite {
	mode := grad.Gradients
	if c.Train {
		mode = grad.Training
	}
	n := len(c.Inputs)
	s := &suite{Case: c, tape: grad.NewTape(mode, 1), vars: make([]*grad.Var, n), sources: make([]*grad.Var, n), constant: make([]bool, n)}
	for _, i := range c.Constant {
		s.constant[i] = true
	}
	for l := range layouts {
		for _, x := range c.Inputs {
			s.bases[l] = append(s.bases[l], baseOf(x, l))
		}
	}
	return s
}

// baseOf returns the array of which x, in the given layout, is a view. What the
// view leaves out is NaN.
func baseOf(x *tensor.Tensor, layout int) *tensor.Tensor {
	s := x.Shape().Clone()
	n := len(s)
	switch {
	case layout == gaps:
		b := tensor.Full(float32(math.NaN()), append(s, 2, 1)...)
		b.Squeeze(-1).Index(-1, 1).Copy(x)
		return b
	case layout == transposed && n >= 2:
		s[n-1], s[n-2] = s[n-2]+2, s[n-1]
		b := tensor.Full(float32(math.NaN()), s...)
		b.Slice(-1, 1, s[n-1]-1).Transpose(-1, -2).Copy(x)
		return b
	}
	return x.Clone()
}

// viewOf undoes baseOf on the tape, so that the gradient is a view, too. It takes
// two operations for every layout, since their number keys randomness.
func viewOf(b *grad.Var, layout int) *grad.Var {
	s := b.Shape()
	switch {
	case layout == gaps:
		return grad.Index(grad.Squeeze(b, -1), -1, 1)
	case layout == transposed && len(s) >= 2:
		return grad.Transpose(grad.Slice(b, -1, 1, s[len(s)-1]-1), -1, -2)
	}
	return grad.Squeeze(grad.Unsqueeze(b, -1), -1)
}

// gradientOf returns the part of a base's gradient that belongs to the view.
func gradientOf(g *tensor.Tensor, layout int) *tensor.Tensor {
	switch {
	case layout == gaps:
		return g.Squeeze(-1).Index(-1, 1)
	case layout == transposed && g.Rank() >= 2:
		return g.Slice(-1, 1, g.Dim(-1)-1).Transpose(-1, -2)
	}
	return g
}

// forward puts the inputs on the tape and applies F.
func (s *suite) forward(layout int) *grad.Var {
	s.tape.SetStep(0) // the same dropout every time
	for i, b := range s.bases[layout] {
		v := s.tape.Input(b)
		if !s.constant[i] {
			v.RequireGrad()
		}
		s.sources[i] = v
		s.vars[i] = viewOf(v, layout)
	}
	return s.F(s.vars...)
}

// backward computes the gradients of Σ weights·y.
func (s *suite) backward(y *grad.Var) error {
	if y.Err() == nil && (s.weights == nil || !s.weights.Shape().Equal(y.Shape())) {
		s.weights = tensor.Uniform(7, 0.5, 1.5, y.Shape()...)
	}
	return y.BackwardFrom(s.weights)
}

// result is what a step computes, in memory of its own. Gradients are nil where
// there is none.
type result struct {
	y      *tensor.Tensor
	inputs []*tensor.Tensor
	params []*tensor.Tensor
}

// step runs F forward and backward.
func (s *suite) step(layout int) (*result, error) {
	defer s.tape.Reset()
	defer s.tape.ZeroGrad()
	y := s.forward(layout)
	if err := s.backward(y); err != nil {
		return nil, err
	}
	return s.collect(y, layout), nil
}

func (s *suite) collect(y *grad.Var, layout int) *result {
	r := &result{y: y.Data().Clone()}
	for _, v := range s.sources {
		g := v.Grad()
		if g == nil {
			r.inputs = append(r.inputs, nil)
			continue
		}
		r.inputs = append(r.inputs, gradientOf(g, layout).Clone())
	}
	for _, p := range s.Params {
		g := s.tape.ParamGrad(p)
		if g != nil {
			g = g.Clone()
		}
		r.params = append(r.params, g)
	}
	return r
}

// loss returns Σ weights·F(x) in float64.
func (s *suite) loss() float64 {
	y := s.forward(contiguous).Data().Clone().Data() // a copy, since the result may be a strided view
	sum := 0.0
	for i, w := range s.weights.Data() {
		sum += float64(w) * float64(y[i])
	}
	s.tape.Reset()
	return sum
}

// slope returns the derivative of the loss along the line x + h·d at h = 0: two
// central differences, extrapolated (Richardson) so that the error is of the
// order of h⁴ besides that of rounding.
func (s *suite) slope(x []float32, d func(i int) float64, from, to int) float64 {
	const h = 1.0 / 64
	keep := make([]float32, to-from)
	copy(keep, x[from:to])
	at := func(h float64) float64 {
		for i := from; i < to; i++ {
			x[i] = float32(float64(keep[i-from]) + h*d(i))
		}
		return s.loss()
	}
	d1 := (at(h) - at(-h)) / (2 * h)
	d2 := (at(2*h) - at(-2*h)) / (4 * h)
	copy(x[from:to], keep)
	return (4*d1 - d2) / 3
}

// gradient compares with central differences: some elements one by one, and all
// of them together along a random direction.
func (s *suite) gradient(t *testing.T, want *result) {
	// Each element of the result is off by a few times 2⁻²⁴ of it, which the
	// difference divides by h = 2⁻⁶.
	norm := 0.0
	for _, v := range want.y.Data() {
		norm += float64(v) * float64(v)
	}
	s.noise = 8 * math.Sqrt(norm) / (1 << 18)
	for i, x := range s.bases[contiguous] {
		switch g := want.inputs[i]; {
		case g == nil && !s.constant[i]:
			t.Errorf("input %d has no gradient", i)
		case g != nil:
			s.compareSlopes(t, fmt.Sprintf("input %d", i), x, g)
		}
	}
	for i, p := range s.Params {
		switch g := want.params[i]; {
		case g == nil && p.Trainable():
			t.Errorf("parameter %s has no gradient", p.Name)
		case g != nil && !p.Trainable():
			t.Errorf("parameter %s is not trainable and has a gradient", p.Name)
		case g != nil:
			s.compareSlopes(t, "parameter "+p.Name, p.Value, g)
		}
	}
}

func (s *suite) compareSlopes(t *testing.T, name string, x, g *tensor.Tensor) {
	if x.Len() == 0 {
		return
	}
	tolerance := s.Tolerance
	if tolerance == 0 {
		tolerance = 2e-3
	}
	limit := tolerance*largest(g) + s.noise
	random := rng.New(3, uint64(x.Len()))
	const most = 40
	for n := range min(x.Len(), most) {
		i := n
		if x.Len() > most {
			i = random.IntN(uint64(n), x.Len())
		}
		want := s.slope(x.Data(), func(int) float64 { return 1 }, i, i+1)
		if got := float64(g.Data()[i]); !(math.Abs(got-want) <= limit) {
			t.Errorf("gradient of %s at element %d of shape %v is %.6g, want %.6g (±%.1g)", name, i, x.Shape(), got, want, limit)
			return
		}
	}
	// Along a direction of length 1 the step in each element is small.
	norm := math.Sqrt(float64(x.Len()))
	direction := func(i int) float64 { return (2*float64(random.Float32(uint64(i))) - 1) / norm }
	got := 0.0
	for i, v := range g.Data() {
		got += direction(i) * float64(v)
	}
	if want := s.slope(x.Data(), direction, 0, x.Len()); !(math.Abs(got-want) <= limit) {
		t.Errorf("gradient of %s along a random direction is %.6g, want %.6g (±%.1g)", name, got, want, limit)
	}
}

func largest(x *tensor.Tensor) float64 {
	m := 0.0
	for _, v := range x.Data() {
		m = max(m, math.Abs(float64(v)))
	}
	return m
}

// whole repeats the step in memory that was given back and so is full of NaN.
func (s *suite) whole(t *testing.T, want *result) {
	got, err := s.step(contiguous)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, want, 0)
}

func (s *suite) unwritten(t *testing.T) {
	for i, x := range s.Inputs {
		if !x.Equal(s.bases[contiguous][i].Reshape(x.Shape()...)) {
			t.Errorf("input %d was written to: %v, want %v", i, s.bases[contiguous][i], x)
		}
	}
}

// accumulate runs Backward twice.
func (s *suite) accumulate(t *testing.T, want *result) {
	defer s.tape.Reset()
	defer s.tape.ZeroGrad()
	y := s.forward(contiguous)
	for range 2 {
		if err := s.backward(y); err != nil {
			t.Fatal(err)
		}
	}
	got := s.collect(y, contiguous)
	twice := &result{y: want.y}
	for _, g := range want.inputs {
		twice.inputs = append(twice.inputs, double(g))
	}
	for _, g := range want.params {
		twice.params = append(twice.params, double(g))
	}
	same(t, got, twice, 1e-5)
}

func double(x *tensor.Tensor) *tensor.Tensor {
	if x == nil {
		return nil
	}
	return tensor.MulScalar(x, 2)
}

func (s *suite) strided(t *testing.T, want *result) {
	for _, l := range []int{gaps, transposed} {
		got, err := s.step(l)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, want, 2e-6)
	}
}

func (s *suite) workers(t *testing.T, want *result) {
	for _, n := range []int{1, 2, 7} {
		before := parallel.SetWorkers(n)
		got, err := s.step(contiguous)
		parallel.SetWorkers(before)
		if err != nil {
			t.Fatal(err)
		}
		same(t, got, want, 0)
	}
}

// plan compares with a plan that runs on other values first.
func (s *suite) plan(t *testing.T, want *result) {
	tape := grad.NewTape(grad.Trace, 1)
	in := make([]*grad.Var, len(s.Inputs))
	for i, x := range s.Inputs {
		in[i] = tape.Input(x)
	}
	y := s.F(in...)
	p, err := tape.Plan(in, []*grad.Var{y}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for run := range 2 {
		for i, x := range s.Inputs {
			p.In(i).Copy(x)
			if run == 0 && len(s.Constant) == 0 {
				p.In(i).Fill(0.5)
			}
		}
		if err := p.Run(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	sameTensor(t, "result of the plan", p.Out(0).Clone(), want.y, 0)
}

// evaluate applies F to a part of the batch when layers do not train.
func (s *suite) evaluate(t *testing.T, mode grad.Mode, lo, hi int) (*grad.Tape, *grad.Var) {
	tape := grad.NewTape(mode, 1)
	in := make([]*grad.Var, len(s.Inputs))
	for i, x := range s.Inputs {
		for _, b := range s.Batch {
			if b == i {
				x = x.Slice(0, lo, hi)
			}
		}
		in[i] = tape.Input(x)
		if mode&grad.Gradients != 0 && !s.constant[i] {
			in[i].RequireGrad()
		}
	}
	y := s.F(in...)
	if err := y.Err(); err != nil {
		t.Fatalf("rows %d to %d of the batch: %v", lo, hi, err)
	}
	return tape, y
}

func (s *suite) rows(t *testing.T) {
	n := s.Inputs[s.Batch[0]].Dim(0)
	_, all := s.evaluate(t, grad.Evaluation, 0, n)
	for i := range n {
		_, one := s.evaluate(t, grad.Evaluation, i, i+1)
		sameTensor(t, fmt.Sprintf("row %d alone", i), one.Data().Clone(), all.Data().Slice(0, i, i+1).Clone(), 0)
	}
}

func (s *suite) empty(t *testing.T) {
	tape, y := s.evaluate(t, grad.Gradients, 0, 0)
	if y.Shape()[0] != 0 {
		t.Errorf("result of an empty batch has shape %v, want [0 ...]", y.Shape())
	}
	if err := y.BackwardFrom(tensor.Zeros(y.Shape()...)); err != nil {
		t.Error(err)
	}
	for p, g := range tape.Params {
		if largest(g) != 0 {
			t.Errorf("gradient of %s for an empty batch is %v, want zeros", p.Name, g)
		}
	}
}

func (s *suite) allocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	step := func() {
		if err := s.backward(s.forward(contiguous)); err != nil {
			t.Fatal(err)
		}
		s.tape.ZeroGrad()
		s.tape.Reset()
	}
	step()
	if n := testing.AllocsPerRun(10, step); n > 0 {
		t.Errorf("a step makes %v allocations, want 0", n)
	}
}

// same compares results, allowing errors relative to the largest element.
func same(t *testing.T, got, want *result, tolerance float64) {
	t.Helper()
	sameTensor(t, "result", got.y, want.y, tolerance)
	for i := range want.inputs {
		sameTensor(t, fmt.Sprintf("gradient of input %d", i), got.inputs[i], want.inputs[i], tolerance)
	}
	for i := range want.params {
		sameTensor(t, fmt.Sprintf("gradient of parameter %d", i), got.params[i], want.params[i], tolerance)
	}
}

func sameTensor(t *testing.T, name string, got, want *tensor.Tensor, tolerance float64) {
	t.Helper()
	switch {
	case got == nil && want == nil:
		return
	case got == nil || want == nil:
		t.Errorf("%s is %v, want %v", name, got, want)
		return
	case !got.Shape().Equal(want.Shape()):
		t.Errorf("%s has shape %v, want %v", name, got.Shape(), want.Shape())
		return
	}
	limit := tolerance * largest(want)
	for i, w := range want.Data() {
		if g := got.Data()[i]; g != w && !(math.Abs(float64(g)-float64(w)) <= limit) {
			t.Errorf("%s at element %d of shape %v is %v, want %v (±%.1g)", name, i, want.Shape(), g, w, limit)
			return
		}
	}
}

// Spread returns distinct numbers, evenly spaced between -2 and 2 and in random
// order: inputs for functions with kinks at 0 or where elements are equal. Up to
// 30 of them keep further away from 0 than the steps of [Run] go.
func Spread(seed uint64, shape ...int) *tensor.Tensor {
	x := tensor.Zeros(shape...)
	n := x.Len()
	for i, k := range tensor.Permutation(seed, n).Data() {
		x.Data()[i] = 4*(float32(k)+0.5)/float32(n) - 2
		if n%2 == 1 {
			x.Data()[i] += 1 / float32(n)
		}
	}
	return x
}

// Values returns random numbers between -1 and 1.
func Values(seed uint64, shape ...int) *tensor.Tensor { return tensor.Uniform(seed, -1, 1, shape...) }

// Positive returns random numbers between 0.5 and 2.
func Positive(seed uint64, shape ...int) *tensor.Tensor {
	return tensor.Uniform(seed, 0.5, 2, shape...)
}
