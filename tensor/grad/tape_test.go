package grad_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func TestErrorPlace(t *testing.T) {
	tests := []struct {
		name  string
		param string
		enter [][2]string // container and part, from the outside in
		want  string
	}{
		{"no layer", "", nil, "grad: Linear: input has 12 features, want 10"},
		{"block of the user's", "head.weight", nil, "nn: head (Linear): input has 12 features, want 10"},
		{"container", "", [][2]string{{"Seq", "3"}}, "nn: Seq.3 (Linear): input has 12 features, want 10"},
		{"named in a container", "3.weight", [][2]string{{"Seq", "3"}}, "nn: Seq.3 (Linear): input has 12 features, want 10"},
		{"nested", "", [][2]string{{"Net", "features"}, {"Seq", "3"}}, "nn: Net.features.3 (Linear): input has 12 features, want 10"},
		{"named, nested", "features.3.weight", [][2]string{{"Seq", "features"}, {"Seq", "3"}}, "nn: Seq.features.3 (Linear): input has 12 features, want 10"},
		{"named, in a block in a container", "1.conv.weight", [][2]string{{"Seq", "1"}}, "nn: Seq.1.conv (Linear): input has 12 features, want 10"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tape := grad.NewTape(grad.Training, 1)
			for _, l := range tt.enter {
				tape.Enter(l[0], l[1])
			}
			y := grad.Linear(tape.Input(tensor.Zeros(2, 12)), tape.Use(param(tt.param, tensor.Zeros(4, 10))), nil)
			for range tt.enter {
				tape.Leave()
			}
			if got := y.Err(); got == nil || got.Error() != tt.want {
				t.Errorf("got  %v\nwant %v", got, tt.want)
			}
			var e *grad.Error
			if !errors.As(y.Err(), &e) || e.Op != "Linear" {
				t.Errorf("errors.As gives %+v, want an *Error of Linear", e)
			}
		})
	}
}

// TestErrors has the message of everything that operations reject.
func TestErrors(t *testing.T) {
	in := func(shape ...int) *tensor.Tensor { return tensor.Zeros(shape...) }
	other := grad.NewTape(grad.Training, 1).Input(in(2))
	tests := []struct {
		x    *tensor.Tensor
		f    func(x *grad.Var) *grad.Var
		want string
	}{
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Add(x, x.Tape().Const(in(2))) }, "Add: shapes [2 3] and [2] do not broadcast: axis -1 has sizes 3 and 2"},
		{in(2), func(x *grad.Var) *grad.Var { return grad.Add(x, other) }, "Add: the inputs are on different tapes"},
		{in(make([]int, 17)...), func(x *grad.Var) *grad.Var { return grad.Sum(x) }, "Input: shape [0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0] has 17 axes, want at most 16"},
		{in(2), func(x *grad.Var) *grad.Var { return grad.Clamp(x, 2, 1) }, "Clamp: bounds are 2 and 1, want the first at most the second"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Where(tensor.Make[bool](2), x, x) }, "Where: mask and inputs: shapes [2 3] and [2] do not broadcast: axis -1 has sizes 3 and 2"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.MatMul(x, x) }, "MatMul: inputs have shapes [2 3] and [2 3], whose inner sizes are 3 and 2, want them equal"},
		{in(), func(x *grad.Var) *grad.Var { return grad.MatMul(x, x) }, "MatMul: inputs have shapes [] and [], want at least one axis each"},
		{in(2, 3, 4), func(x *grad.Var) *grad.Var { return grad.MatMul(x, x.Tape().Const(in(3, 4, 5))) }, "MatMul: inputs have shapes [2 3 4] and [3 4 5]: batch shapes [2] and [3] do not broadcast: axis -1 has sizes 2 and 3"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Linear(x, x.Tape().Const(in(4)), nil) }, "Linear: weight has shape [4], want [out in]"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Linear(x, x.Tape().Const(in(4, 3)), x.Tape().Const(in(3))) }, "Linear: bias has shape [3], want [4]"},
		{in(), func(x *grad.Var) *grad.Var { return grad.Linear(x, x.Tape().Const(in(4, 3)), nil) }, "Linear: input has shape [], want at least one axis"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Sum(x, 2) }, "Sum: axis 2 of an input of shape [2 3], want -2 to 1"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Mean(x, 1, -1) }, "Mean: axis -1 is named twice"},
		{in(2, 0), func(x *grad.Var) *grad.Var { return grad.Max(x, 1) }, "Max: input has shape [2 0], want at least one element to choose from"},
		{in(2), func(x *grad.Var) *grad.Var { return grad.Softmax(x, 1) }, "Softmax: axis 1 of an input of shape [2], want -1 to 0"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Reshape(x, 4, -1) }, "Reshape: reshape [2 3] to [4 -1]: 6 elements do not fit"},
		{in(2), func(x *grad.Var) *grad.Var { return grad.Reshape(x, make([]int, 17)...) }, "Reshape: 17 axes, want at most 16"},
		{in(2), func(x *grad.Var) *grad.Var { return grad.Flatten(x, 1) }, "Flatten: axis 1 of an input of shape [2], want -1 to 0"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Permute(x, 1, 1) }, "Permute: axes [1 1] for an input of shape [2 3], want each of its 2 once"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Transpose(x, 0, 2) }, "Transpose: axis 2 of an input of shape [2 3], want -2 to 1"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Slice(x, 1, 2, 4) }, "Slice: elements 2 to 4 of axis 1 of shape [2 3], want 0 ≤ lo ≤ hi ≤ 3"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Index(x, 1, 3) }, "Index: position 3 of axis 1 of shape [2 3], want 0 to 2"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Split(x, 1, 1, 1)[0] }, "Split: sizes [1 1] add up to 2, want the size 3 of axis 1 of shape [2 3]"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Squeeze(x, 1) }, "Squeeze: axis 1 of shape [2 3] has size 3, want 1"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Unsqueeze(x, 3) }, "Unsqueeze: new axis 3 for an input of shape [2 3], want -3 to 2"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Expand(x, 2, 4) }, "Expand: input has shape [2 3], want one that broadcasts to [2 4]"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Concat(1, x, x.Tape().Const(in(3, 3))) }, "Concat: input 1 has shape [3 3], want that of input 0, [2 3], but for axis 1"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Stack(0, x, x.Tape().Const(in(3, 3))) }, "Stack: input 1 has shape [3 3], want that of input 0, [2 3]"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Take(x, 0, tensor.New([]int{0, 2}, 2)) }, "Take: index 2 of axis 0 of shape [2 3], want 0 to 1"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Gather(x, 1, tensor.New([]int{-1}, 1, 1)) }, "Gather: index -1 of axis 1 of shape [2 3], want 0 to 2"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Gather(x, 1, tensor.Make[int](3, 1)) }, "Gather: index has shape [3 1], want no axis but 1 longer than in the input, [2 3]"},
		{in(2, 3), func(x *grad.Var) *grad.Var { return grad.Pad(x, 0, [2]int{1, 1}) }, "Pad: 1 pairs of margins for an input of shape [2 3], want 2"},
		{in(2), func(x *grad.Var) *grad.Var { return grad.Pad(x, 0, [2]int{-1, 1}) }, "Pad: margins [-1 1] of axis 0, want none negative"},
		{in(2), func(x *grad.Var) *grad.Var { return grad.Dropout(x, 1) }, "Dropout: probability is 1, want at least 0 and less than 1"},
	}
	tape := grad.NewTape(grad.Training, 1)
	for _, tt := range tests {
		tape.Reset()
		y := tt.f(tape.Input(tt.x))
		if got := fmt.Sprint(y.Err()); got != "grad: "+tt.want {
			t.Errorf("got  %s\nwant grad: %s", got, tt.want)
		}
		if y.Tape() != tape || !y.Shape().Equal(tensor.Shape{0}) {
			t.Errorf("%s: the result has shape %v, want an empty Var on the same tape", tt.want, y.Shape())
		}
	}
}

// TestErrorStays tests that operations after an error do nothing, and that Reset
// ends it.
func TestErrorStays(t *testing.T) {
	tape := grad.NewTape(grad.Training, 1)
	w := param("weight", tensor.Ones(2, 2))
	broken := grad.Reshape(tape.Input(tensor.Zeros(2)), 3)
	want := broken.Err()
	y := grad.Sum(grad.Linear(grad.Slice(grad.Tanh(broken), 5, 1, 2), tape.Use(w), nil))
	if err := y.Backward(); err != want {
		t.Errorf("Backward returns %v, want %v", err, want)
	}
	if n := len(tape.Calls()); n != 0 {
		t.Errorf("%d operations were recorded, want 0", n)
	}
	if tape.Use(w).Err() == nil || tape.Input(tensor.Zeros(1)).Err() == nil {
		t.Error("Use and Input of a broken tape do not carry its error on")
	}
	tape.Reset()
	if err := grad.Sum(grad.Linear(tape.Input(tensor.Zeros(2)), tape.Use(w), nil)).Backward(); err != nil {
		t.Errorf("after Reset: %v", err)
	}
}

func TestBackwardErrors(t *testing.T) {
	x := tensor.Zeros(2)
	tests := []struct {
		mode grad.Mode
		f    func(tape *grad.Tape) error
		want string
	}{
		{grad.Training, func(tape *grad.Tape) error { return tape.Input(x).RequireGrad().Backward() }, "of shape [2], want a single element; use BackwardFrom"},
		{grad.Training, func(tape *grad.Tape) error { return grad.Sum(tape.Input(x)).Backward() }, "depends on no parameter"},
		{grad.Evaluation, func(tape *grad.Tape) error { return grad.Sum(tape.Input(x).RequireGrad()).Backward() }, "does not record gradients"},
		{grad.Training, func(tape *grad.Tape) error {
			return grad.Exp(tape.Input(x).RequireGrad()).BackwardFrom(tensor.Zeros(3))
		}, "gradient has shape [3], want [2]"},
		{grad.Training, func(tape *grad.Tape) error {
			return grad.Linear(tape.Input(x), tape.Use(grad.NewParam(grad.Constant(0), 3, 2)), nil).Err()
		}, `grad: Param: parameter of shape [3 2] has no value; call nn.Init or load weights`},
	}
	for _, tt := range tests {
		if err := tt.f(grad.NewTape(tt.mode, 1)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want ... %s ...", err, tt.want)
		}
	}
}

// TestGradientsAddUp tests that the gradients of several batches add up across
// Reset, until ZeroGrad.
func TestGradientsAddUp(t *testing.T) {
	tape := grad.NewTape(grad.Training, 1)
	w := param("w", tensor.New([]float32{1, 2}, 2))
	step := func(x ...float32) {
		t.Helper()
		y := grad.Sum(grad.Mul(tape.Input(tensor.New(x, 2)), tape.Use(w)))
		if err := y.Backward(); err != nil {
			t.Fatal(err)
		}
		tape.Reset()
	}
	step(1, 10)
	step(2, 20)
	if got := tape.ParamGrad(w).Data(); !slices.Equal(got, []float32{3, 30}) {
		t.Errorf("after two batches the gradient is %v, want [3 30]", got)
	}
	tape.ZeroGrad()
	if g := tape.ParamGrad(w); g != nil {
		t.Errorf("after ZeroGrad the gradient is %v, want nil", g)
	}
	step(4, 5)
	if got := tape.ParamGrad(w).Data(); !slices.Equal(got, []float32{4, 5}) {
		t.Errorf("after ZeroGrad and a batch the gradient is %v, want [4 5]", got)
	}
}

// TestTrainable tests that frozen parameters and buffers get no gradient, and
// that freezing works from one step to the next.
func TestTrainable(t *testing.T) {
	tape := grad.NewTape(grad.Training, 1)
	a, b := param("a", tensor.Ones(2)), param("b", tensor.Ones(2))
	buffer := grad.NewBuffer(grad.Constant(1), 2)
	if err := buffer.Init(1); err != nil {
		t.Fatal(err)
	}
	with := func() []string {
		var names []string
		y := grad.Sum(grad.Mul(grad.Mul(tape.Use(a), tape.Use(b)), tape.Use(buffer)))
		if err := y.Backward(); err != nil {
			t.Fatal(err)
		}
		for p := range tape.Params {
			names = append(names, p.Name)
		}
		tape.ZeroGrad()
		tape.Reset()
		return names
	}
	if got := with(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("gradients of %v, want a and b", got)
	}
	a.Frozen = true
	if got := with(); !slices.Equal(got, []string{"b"}) {
		t.Errorf("with a frozen: gradients of %v, want b", got)
	}
	a.Frozen = false
	if got := with(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("with a thawed: gradients of %v, want a and b", got)
	}
}

func TestDetach(t *testing.T) {
	tape := grad.NewTape(grad.Gradients, 1)
	x := tape.Input(tensor.New([]float32{3, 4}, 2)).RequireGrad()
	d := grad.Exp(grad.Log(x)).Detach().RequireGrad()
	y := grad.Sum(grad.Mul(grad.Square(d), x))
	if err := y.Backward(); err != nil {
		t.Fatal(err)
	}
	want := []float32{9, 16}
	for i, g := range x.Grad().Data() {
		if math.Abs(float64(g-want[i])) > 1e-4 {
			t.Errorf("gradient before the cut is %v, want %v", x.Grad(), want)
		}
	}
	want = []float32{18, 32}
	for i, g := range d.Grad().Data() {
		if math.Abs(float64(g-want[i])) > 1e-4 {
			t.Errorf("gradient after the cut is %v, want %v", d.Grad(), want)
		}
	}
}

// running is an op that moves its buffer, input 1, half-way to its input 0.
type running struct{}

func (*running) Name() string        { return "Running" }
func (*running) Needs() grad.Needs   { return grad.Needs{} }
func (*running) Backward(*grad.Call) {}

func (*running) Infer(in, out []tensor.Shape) error {
	out[0] = append(out[0][:0], in[0]...)
	return nil
}

func (*running) Forward(c *grad.Call) {
	x, s := c.In(0), c.Stage(1)
	tensor.MulScalarTo(s, tensor.AddTo(s, s, x), 0.5)
	c.Out(0).Copy(x)
}

// TestStage tests that staged values are seen by later operations of the step, and
// by the buffer only when they are committed.
func TestStage(t *testing.T) {
	tape := grad.NewTape(grad.Training, 1)
	b := grad.NewBuffer(grad.Constant(0), 1)
	if err := b.Init(1); err != nil {
		t.Fatal(err)
	}
	step := func() {
		x := tape.Input(tensor.New([]float32{8}, 1))
		grad.Apply(running{}, grad.Apply(running{}, x, tape.Use(b)), tape.Use(b))
		tape.Reset()
	}
	step()
	if got := b.Value.Item(); got != 0 {
		t.Errorf("before Commit the buffer is %v, want 0", got)
	}
	tape.ZeroGrad()
	step()
	tape.Commit()
	if got := b.Value.Item(); got != 6 { // 0 → 4 → 6
		t.Errorf("after ZeroGrad, a step and Commit the buffer is %v, want 6", got)
	}
	tape.Commit()
	if got := b.Value.Item(); got != 6 {
		t.Errorf("after a second Commit the buffer is %v, want 6", got)
	}
}

// counter is the identity; it counts how often its gradient was to be
// overwritten whole.
type counter struct{ Firsts *int }

func (*counter) Name() string      { return "Counter" }
func (*counter) Needs() grad.Needs { return grad.Needs{} }

func (*counter) Infer(in, out []tensor.Shape) error {
	out[0] = append(out[0][:0], in[0]...)
	return nil
}

func (*counter) Forward(c *grad.Call) { c.Out(0).Copy(c.In(0)) }

func (op *counter) Backward(c *grad.Call) {
	dst, first := c.GradIn(0)
	if first {
		*op.Firsts++
		dst.Fill(0)
	}
	tensor.AddTo(dst, dst, c.GradOut(0))
}

// TestViews tests that views of one Var share its gradient: a part that is read
// by nobody gets 0, one that is read twice gets the sum, and a view of the whole
// may be the first to write.
func TestViews(t *testing.T) {
	tape := grad.NewTape(grad.Gradients, 1)
	x := tape.Input(tensor.New([]float32{1, 2, 3, 4, 5, 6}, 2, 3)).RequireGrad()
	a := grad.Index(x, 1, 0)
	b := grad.Slice(grad.Transpose(x, 0, 1), 0, 0, 2)
	firsts := 0
	y := grad.Add(grad.Sum(grad.Apply(counter{&firsts}, a)), grad.Sum(grad.MulScalar(b, 10)))
	if err := y.Backward(); err != nil {
		t.Fatal(err)
	}
	if got, want := x.Grad(), tensor.New([]float32{11, 10, 0, 11, 10, 0}, 2, 3); !got.Equal(want) {
		t.Errorf("gradient is %v, want %v", got, want)
	}
	if got, want := b.Grad(), tensor.New([]float32{11, 11, 10, 10}, 2, 2); !got.Equal(want) {
		t.Errorf("gradient seen through the view is %v, want %v", got, want)
	}
	if firsts != 0 {
		t.Error("a part of a gradient was to be overwritten, want it added to")
	}

	tape.Reset()
	x = tape.Input(tensor.Ones(2, 3)).RequireGrad()
	y = grad.Sum(grad.Apply(counter{&firsts}, grad.Transpose(x, 0, 1)))
	if err := y.Backward(); err != nil {
		t.Fatal(err)
	}
	if firsts != 1 || !x.Grad().Equal(tensor.Ones(2, 3)) {
		t.Errorf("gradient through a view of the whole: overwritten %d times, want once; %v, want ones", firsts, x.Grad())
	}
}

func TestValues(t *testing.T) {
	tape := grad.NewTape(grad.Evaluation, 1)
	p := param("p", tensor.Ones(1))
	tape.Values(map[*grad.Param]*tensor.Tensor{p: tensor.Full[float32](5, 1)})
	if got := tape.Use(p).Data().Item(); got != 5 {
		t.Errorf("with a snapshot the value is %v, want 5", got)
	}
	tape.Values(nil)
	if got := tape.Use(p).Data().Item(); got != 1 {
		t.Errorf("without it the value is %v, want 1", got)
	}
}

// greedy reads in Backward what it does not declare.
type greedy struct{ counter }

func (*greedy) Backward(c *grad.Call) { c.In(0) }

func TestNeeds(t *testing.T) {
	tape := grad.NewTape(grad.Gradients, 1)
	y := grad.Apply(greedy{}, tape.Input(tensor.Ones(1)).RequireGrad())
	defer func() {
		if v := recover(); v == nil || !strings.Contains(fmt.Sprint(v), "Needs does not name") {
			t.Errorf("Backward panics with %v, want a hint at Needs", v)
		}
	}()
	_ = y.Backward()
}

func TestDropout(t *testing.T) {
	x := tensor.Ones(1000)
	drop := func(seed, step uint64, place int) *tensor.Tensor {
		tape := grad.NewTape(grad.Training, seed)
		tape.SetStep(step)
		v := tape.Input(x)
		for range place {
			grad.Neg(v)
		}
		return grad.Dropout(v, 0.25).Data()
	}
	base := drop(1, 0, 0)
	if !drop(1, 0, 0).Equal(base) {
		t.Error("the same seed, step and place drop something else")
	}
	for _, other := range []*tensor.Tensor{drop(2, 0, 0), drop(1, 1, 0), drop(1, 0, 1)} {
		if other.Equal(base) {
			t.Error("another seed, step or place drops the same")
		}
	}
	kept := tensor.CountTrue(tensor.Eq(base, tensor.Scalar[float32](4./3)))
	dropped := tensor.CountTrue(tensor.Eq(base, tensor.Scalar[float32](0)))
	if kept+dropped != 1000 || dropped < 200 || dropped > 300 {
		t.Errorf("%d of 1000 dropped and %d scaled by 4/3, want some 250 and the rest", dropped, kept)
	}

	// An element depends on its place alone, also where the work is cut.
	long := grad.Dropout(grad.NewTape(grad.Training, 1).Input(tensor.Ones(50000)), 0.25).Data()
	if !long.Slice(0, 0, 1000).Equal(base) {
		t.Error("a longer input drops something else at its beginning")
	}
	for i := 1; i+1000 <= long.Len(); i++ {
		if long.Slice(0, i, i+1000).Equal(base) {
			t.Errorf("elements from %d on drop the same as those from 0 on", i)
		}
	}

	tape := grad.NewTape(grad.Training, 1)
	tape.Reset()
	if !grad.Dropout(tape.Input(x), 0.25).Data().Equal(drop(1, 1, 0)) {
		t.Error("Reset and SetStep(1) lead to different numbers")
	}
	v := grad.NewTape(grad.Evaluation, 1).Input(x)
	if grad.Dropout(v, 0.25) != v {
		t.Error("Dropout does something on a tape that does not train")
	}
}

// faulty fails, or panics, in Backward.
type faulty struct{ Panic bool }

func (*faulty) Name() string { return "Faulty" }
func (*faulty) Infer(in, out []tensor.Shape) error {
	out[0] = append(out[0][:0], in[0]...)
	return nil
}
func (*faulty) Needs() grad.Needs { return grad.Needs{} }
func (*faulty) Forward(c *grad.Call) {
	c.Out(0).Copy(c.In(0))
}
func (op *faulty) Backward(c *grad.Call) {
	if op.Panic {
		panic("faulty")
	}
	c.Fail(errors.New("cannot"))
}

// TestFaultyBackward checks that an error of an op's Backward is returned, and
// that a tape works again after one that panicked.
func TestFaultyBackward(t *testing.T) {
	tape := grad.NewTape(grad.Training, 1)
	x := tensor.New([]float32{3})
	err := grad.Apply(faulty{}, tape.Input(x).RequireGrad()).Backward()
	if err == nil || err.Error() != "grad: Faulty: cannot" {
		t.Errorf("Backward returns %v, want grad: Faulty: cannot", err)
	}
	tape.Reset()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was lost")
			}
		}()
		_ = grad.Apply(faulty{Panic: true}, tape.Input(x).RequireGrad()).Backward()
	}()
	tape.ZeroGrad()
	tape.Reset()
	if y := grad.Apply(faulty{}, tape.Input(x)); y.Err() != nil || y.Data().Item() != 3 {
		t.Errorf("after a panic in Backward the op gives %v (%v), want 3", y.Data(), y.Err())
	}
}

// TestUseAfterError checks that a loop without layers gets an error, not a nil
// Var.
func TestUseAfterError(t *testing.T) {
	tape := grad.NewTape(grad.Training, 1)
	p := grad.NewParam(grad.Constant(0), 1)
	if err := grad.Square(tape.Use(p)).Backward(); err == nil {
		t.Error("Backward of a parameter without a value returns no error")
	}
	if v := tape.Use(p); v == nil || v.Err() == nil {
		t.Error("Use on a tape with an error returns a Var without it")
	}
}

// TestLayer applies operations in and out of parts of containers, twice: the
// second step must find the same places.
func TestLayer(t *testing.T) {
	tape := grad.NewTape(grad.Training, 1)
	for range 2 {
		x := tape.Input(tensor.Zeros(2, 3))
		tape.Enter("Seq", "0")
		tape.Enter("Parallel", "left")
		y := grad.ReLU(x)
		tape.Leave()
		y = grad.Linear(y, tape.Use(param("0.head.weight", tensor.Zeros(4, 3))), nil)
		tape.Leave()
		tape.Leave() // one too many
		grad.ReLU(y)
		var got []string
		for _, c := range tape.Calls() {
			got = append(got, c.Layer())
		}
		if want := []string{"0.left", "0.head", ""}; !slices.Equal(got, want) {
			t.Errorf("layers %q, want %q", got, want)
		}
		tape.Reset()
	}
}
