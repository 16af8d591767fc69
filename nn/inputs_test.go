package nn_test

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// newBranches returns a network for pictures [1, 4, 4] and rows [3].
func newBranches() *nn.Sequential {
	return nn.Seq(
		nn.Inputs(nn.Seq(conv.New2D(1, 4, 3), nn.Tanh, nn.Flatten, nn.NewLinear(16, 4)), nn.NewLinear(3, 4)),
		nn.Join(1), nn.Tanh, nn.NewLinear(8, 8), nn.NewBatchNorm(8), nn.Tanh, nn.NewLinear(8, 2),
	)
}

// The shapes of its inputs.
var picture, row = tensor.Shape{1, 4, 4}, tensor.Shape{3}

// sides returns n samples of noise. The left or the right half of the picture is
// bright, the first number of the row is negative or positive, and the class is
// whether both say the same: neither says anything alone.
func sides(n int) data.Dataset {
	x, r, y := tensor.Uniform(1, -0.5, 0.5, n, 1, 4, 4), tensor.Uniform(2, -0.5, 0.5, n, 3), tensor.Make[int](n)
	for i := range n {
		side, sign := i%2, i/2%2
		half := x.Index(0, i).Slice(2, 2*side, 2*side+2)
		tensor.AddScalarTo(half, half, 1)
		r.Data()[3*i] += float32(2*sign - 1)
		if side == sign {
			y.Data()[i] = 1
		}
	}
	return data.Zip(data.Tensors(x, y), data.Tensors(r, tensor.Make[int](n)))
}

func newSides(size int) *data.Loader {
	return data.NewLoader(sides(64), data.BatchSize(size), data.Shuffle(1))
}

func newInputsTrainer(t testing.TB) *nn.Trainer {
	t.Helper()
	net, err := nn.Init(1, newBranches())
	if err != nil {
		t.Fatal(err)
	}
	return &nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewAdam(nn.Params(net), 0.02)}
}

// TestInputs trains a network that needs both of its inputs, saves it, loads it and
// predicts.
func TestInputs(t *testing.T) {
	tr := newInputsTrainer(t)
	if _, err := tr.Fit(t.Context(), newSides(16), nn.Epochs(40), nn.Validate(newSides(16))); err != nil {
		t.Fatal(err)
	}
	if err := nn.UpdateNorms(t.Context(), tr.Model, newSides(16)); err != nil {
		t.Fatal(err)
	}
	report, err := tr.Evaluate(t.Context(), newSides(10))
	if err != nil || report.Samples != 64 || !(report.Values["loss"] < 0.1) {
		t.Errorf("report is %v, %v, want a loss below 0.1", report, err)
	}

	path := filepath.Join(t.TempDir(), "sides.safetensors")
	if err := nn.Save(path, tr.Model, nn.Info{Input: picture, More: []tensor.Shape{row}}); err != nil {
		t.Fatal(err)
	}
	net, info, err := nn.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := nn.NewPredictor(net, info.Input, info.More...)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if got := fmt.Sprint(p.InputShapes(), p.InputShape(), p.OutputShape()); got != "[[1 4 4] [3]] [1 4 4] [2]" {
		t.Errorf("shapes are %s", got)
	}
	wrong := 0
	for b, err := range newSides(64).All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		y, err := p.Predict(t.Context(), b.X, b.More...)
		if err != nil {
			t.Fatal(err)
		}
		tape := grad.NewTape(grad.Evaluation, 1)
		if want := tr.Model.Forward(grad.Tuple(tape.Input(b.X), tape.Input(b.More[0]))); !y.Equal(want.Data()) {
			t.Error("the loaded network predicts something else")
		}
		for i, c := range b.Y.(*tensor.Ints).Data() {
			if (y.At(i, 1) > y.At(i, 0)) != (c == 1) {
				wrong++
			}
		}
		for _, n := range []int{1, 3} { // the same bits in any batch
			part, err := p.Predict(t.Context(), b.X.Slice(0, 2, 2+n), b.More[0].Slice(0, 2, 2+n))
			if err != nil || !part.Equal(y.Slice(0, 2, 2+n)) {
				t.Errorf("%d samples alone give %v, %v", n, part, err)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of 64 samples are predicted wrong", wrong)
	}
}

// TestInputsResume tests that a run that is resumed has the bits of one that never
// stopped, and that one with another number of inputs does not go on.
func TestInputsResume(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint.safetensors")
	whole, first, second := newInputsTrainer(t), newInputsTrainer(t), newInputsTrainer(t)
	whole.Accumulate, first.Accumulate, second.Accumulate = 2, 2, 2
	_, err := whole.Fit(t.Context(), newSides(10), nn.Epochs(3))
	_, err1 := first.Fit(t.Context(), newSides(10), nn.Epochs(1), nn.Checkpoint(path, 0))
	_, err2 := second.Fit(t.Context(), newSides(10), nn.Epochs(3), nn.Resume(path))
	if err := errors.Join(err, err1, err2); err != nil {
		t.Fatal(err)
	}
	for i, p := range nn.Params(second.Model) {
		if want := nn.Params(whole.Model)[i]; !p.Value.Equal(want.Value) {
			t.Errorf("parameter %s is %v, want %v", p.Name, p.Value, want.Value)
		}
	}
	ds := data.Tensors(tensor.Zeros(64, 1, 4, 4), tensor.Make[int](64))
	_, err = first.Fit(t.Context(), data.NewLoader(ds, data.BatchSize(10), data.Shuffle(1)), nn.Epochs(3), nn.Resume(path))
	if err == nil || !strings.Contains(err.Error(), "64 samples of 2 inputs, batches of 10") {
		t.Errorf("Resume with one input: %v, want an error", err)
	}
}

func TestInputsFindRate(t *testing.T) {
	if _, err := nn.FindRate(t.Context(), newInputsTrainer(t), newSides(16), 1e-4, 1e-2, 5); err != nil {
		t.Error(err)
	}
}

func TestInputsDiverged(t *testing.T) {
	for i, want := range []string{"Input", "Input 1"} {
		b := &data.Batch{X: tensor.Zeros(2, 1, 4, 4), More: []*tensor.Tensor{tensor.Zeros(2, 3)}, Y: tensor.Make[int](2)}
		append([]*tensor.Tensor{b.X}, b.More...)[i].Fill(float32(math.NaN()))
		_, err := newInputsTrainer(t).Step(b)
		var d *nn.DivergedError
		if !errors.As(err, &d) || d.Op != want {
			t.Errorf("Step: %v, want an error of %s", err, want)
		}
	}
}

func TestInputsAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	tr := newInputsTrainer(t)
	p, err := nn.NewPredictor(tr.Model, picture, row)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ctx, dst := t.Context(), tensor.Zeros(11, 2)
	b := &data.Batch{X: nntest.Values(1, 11, 1, 4, 4), More: []*tensor.Tensor{nntest.Values(2, 11, 3)}, Y: tensor.Make[int](11)}
	for name, f := range map[string]func() error{
		"Step":        func() error { _, err := tr.Step(b); return err },
		"PredictInto": func() error { return p.PredictInto(ctx, dst, b.X, b.More[0]) },
	} {
		run := func() {
			if err := f(); err != nil {
				t.Fatal(err)
			}
		}
		run()
		if n := testing.AllocsPerRun(10, run); n != 0 {
			t.Errorf("%s makes %v allocations, want 0", name, n)
		}
	}
}

// TestInputsLayers runs the suite on networks of several inputs.
func TestInputsLayers(t *testing.T) {
	x, r := nntest.Values(1, 3, 1, 4, 4), nntest.Values(2, 3, 3)
	for _, c := range []struct {
		name   string
		net    nn.Module
		inputs []*tensor.Tensor
		shape  tensor.Shape
	}{
		{"two", newBranches(), []*tensor.Tensor{x, r}, tensor.Shape{3, 2}},
		{"identity", nn.Seq(nn.Inputs(nn.Identity, nn.NewLinear(3, 2)), nn.Join(-1), nn.Tanh), []*tensor.Tensor{r, r}, tensor.Shape{3, 5}},
		{"rows", nn.Seq(nn.Inputs(nn.Tanh, nn.Identity, nn.Sigmoid), nn.Inputs(nn.Identity, nn.Tanh, nn.Tanh), nn.Join(1)), []*tensor.Tensor{r, r, r}, tensor.Shape{3, 9}},
		{"one", nn.Seq(nn.Inputs(nn.NewLinear(3, 2)), nn.Join(1)), []*tensor.Tensor{r}, tensor.Shape{3, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			net := initialised(t, c.net)
			s := nntest.Case{Inputs: c.inputs, Params: nn.Params(net), F: nntest.Module(net), Shape: c.shape}
			for i := range c.inputs {
				s.Batch = append(s.Batch, i)
			}
			nntest.Run(t, s)
		})
	}
}

// TestInputsGolden compares with PyTorch.
func TestInputsGolden(t *testing.T) {
	nntest.Golden(t, "testdata/inputs.json", 1e-5, func(c *nntest.GoldenCase, x []*grad.Var) []*grad.Var {
		if c.Op == "Join" {
			return []*grad.Var{nn.Join(1).Forward(grad.Tuple(x...))}
		}
		linear := func(path string) *nn.Linear {
			w := c.Param(path + ".weight")
			return &nn.Linear{In: w.Shape()[1], Out: w.Shape()[0], Weight: w, Bias: c.Param(path + ".bias")}
		}
		first := conv.New2D(2, 3, 3)
		first.Weight, first.Bias = c.Param("0.0.0.weight"), c.Param("0.0.0.bias")
		net := nn.Seq(
			nn.Inputs(nn.Seq(first, nn.Tanh, nn.Flatten, linear("0.0.3")), nn.Seq(linear("0.1.0"), nn.Sigmoid)),
			nn.Join(1), nn.Tanh, linear("3"),
		)
		for _, p := range nn.Params(net) {
			if c.Param(p.Name) != p {
				t.Errorf("parameter %q has another name in PyTorch", p.Name)
			}
		}
		return []*grad.Var{net.Forward(grad.Tuple(x...))}
	})
}

func TestInputsSummary(t *testing.T) {
	net := nn.Seq(nn.Inputs(nn.Seq(nn.Flatten, nn.NewLinear(16, 2)), nn.NewLinear(3, 1)), nn.Join(1))
	o, err := nn.Summary(initialised(t, net), picture, row)
	if err != nil {
		t.Fatal(err)
	}
	const want = `Layer  Operation  Output     Parameters
       Input      [1 1 4 4]
       Input 1    [1 3]
0.0.0  Flatten    [1 16]
0.0.1  Linear     [1 2]      34
0.1    Linear     [1 1]      4
1      Concat     [1 3]
38 trainable and 0 fixed parameters, 0.0 KiB of activations a sample
`
	if got := o.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestInputsErrors has the message of everything that networks of several inputs
// reject.
func TestInputsErrors(t *testing.T) {
	net := initialised(t, newBranches())
	p, err := nn.NewPredictor(net, picture, row)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	predict := func(x *tensor.Tensor, more ...*tensor.Tensor) error {
		_, err := p.Predict(t.Context(), x, more...)
		return err
	}
	forward := func(m nn.Module, x ...*tensor.Tensor) error {
		tape := grad.NewTape(grad.Evaluation, 1)
		var v []*grad.Var
		for _, x := range x {
			v = append(v, tape.Input(x))
		}
		return m.Forward(grad.Tuple(v...)).Err()
	}
	predictor := func(m nn.Module, x tensor.Shape, more ...tensor.Shape) error {
		_, err := nn.NewPredictor(m, x, more...)
		return err
	}
	build := func(m nn.Module) error {
		_, err := nn.Init(1, m)
		return err
	}
	summary := func(m nn.Module, x tensor.Shape, more ...tensor.Shape) error {
		_, err := nn.Summary(m, x, more...)
		return err
	}
	x, r := tensor.Zeros(2, 1, 4, 4), tensor.Zeros(2, 3)
	tuple := nn.Inputs(nn.Identity, nn.Identity)
	for _, c := range []struct {
		err  error
		want string
	}{
		{predict(x), "nn: Predict: 1 inputs, want 2"},
		{predict(x, r, r), "nn: Predict: 3 inputs, want 2"},
		{predict(r, r), "nn: Predict: input 0 has shape [2 3], want a batch of [1 4 4]"},
		{predict(x, x), "nn: Predict: input 1 has shape [2 1 4 4], want a batch of [3]"},
		{predict(x, tensor.Zeros(5, 3)), "nn: Predict: input 1 has 5 samples, input 0 has 2"},
		{p.PredictInto(t.Context(), tensor.Zeros(3, 2), x, r), "nn: Predict: output is for 3 samples, input has 2"},
		{predictor(net, picture), "nn: Seq.0 (Inputs): 1 inputs, want 2, one for each branch"},
		{predictor(net, picture, row, row), "nn: Seq.0 (Inputs): 3 inputs, want 2, one for each branch"},
		{predictor(net, picture, tensor.Shape{2}), "nn: Seq.0.1 (Linear): input has 2 features, want 3"},
		{predictor(tuple, row, row), "nn: Predict: output is a tuple of 2, want one"},
		{predictor(net, picture, tensor.Shape{-1}), "nn: NewPredictor: input 1: "},
		{predictor(net, tensor.Shape{1 << 15, 1 << 15}, tensor.Shape{1}), "nn: NewPredictor: input 1: shape [1] has 1 values, want at most 0"},
		{summary(net, picture), "nn: Seq.0 (Inputs): 1 inputs, want 2, one for each branch"},
		{summary(net, picture, tensor.Shape{-1}), "nn: Summary: input 1: "},
		{forward(tuple, r, r, r), "grad: Inputs: 3 inputs, want 2, one for each branch"},
		{forward(nn.Inputs(nn.Identity), r, r), "grad: Inputs: 2 inputs, want 1, one for each branch"},
		{forward(&nn.Branched{}, r), "grad: Inputs: nn: Inputs: no branches, want at least one"},
		{forward(nn.Seq(tuple, nn.Join(1)), r, tensor.Zeros(5, 3)), "nn: Seq.1 (Concat): input 1 has shape [5 3], want that of input 0, [2 3], but for axis 1"},
		{forward(nn.Seq(tuple, nn.Join(2)), r, r), "nn: Seq.1 (Concat): axis 2 of an input of shape [2 3], want -2 to 1"},
		{forward(nn.Inputs(nn.Identity, nn.Seq(nn.ReLU, nn.NewDropout(2))), r, r), "nn: Inputs.1.1 (Dropout): probability is 2, want at least 0 and less than 1"},
		{build(nn.Inputs()), "nn: Init: the network: nn: Inputs: no branches, want at least one"},
		{build(nn.Inputs(nn.ReLU, nil)), "nn: Init: the network: nn: Inputs: branch 1 is nil"},
		{nn.Save("", net, nn.Info{Input: picture, More: []tensor.Shape{row, {-1}}}), "nn: Save: more: input 2: "},
	} {
		if c.err == nil || !strings.HasPrefix(c.err.Error(), c.want) {
			t.Errorf("got  %v\nwant %s", c.err, c.want)
		}
	}
}

// TestMissingInputs names inputs that are nil, and shapes without a first one.
func TestMissingInputs(t *testing.T) {
	net, err := nn.Init(1, nn.Seq(nn.Inputs(nn.NewLinear(2, 3), nn.NewLinear(4, 3)), nn.Join(1)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := nn.NewPredictor(net, tensor.Shape{2}, tensor.Shape{4})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for want, in := range map[string][2]*tensor.Tensor{
		"input 0 is nil, want a batch of [2]": {nil, tensor.Zeros(1, 4)},
		"input 1 is nil, want a batch of [4]": {tensor.Zeros(1, 2), nil},
	} {
		if _, err := p.Predict(t.Context(), in[0], in[1]); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Predict: error %v, want %q in it", err, want)
		}
	}
	err = nn.Save(filepath.Join(t.TempDir(), "model"), net, nn.Info{More: []tensor.Shape{{4}}})
	if want := "1 further inputs and no first one"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("Save: error %v, want %q in it", err, want)
	}
}

// TestInputsRefused tests that a layer that is given a tuple reports it and does
// not trip over it.
func TestInputsRefused(t *testing.T) {
	for _, m := range []nn.Module{
		nn.NewLinear(3, 2), nn.ReLU, nn.Flatten, nn.Softmax, nn.GLU, nn.NewDropout(0.5), nn.NewSpatialDropout(0.5),
		nn.NewBatchNorm(3), nn.NewLayerNorm(3), nn.NewGroupNorm(1, 3), nn.NewEmbedding(5, 2), nn.Reshape(3), nn.NewResidual(nn.ReLU, nil),
		nn.Concat(1, nn.Identity, nn.ReLU), nn.Parallel(nn.Identity, nn.ReLU),
		conv.New2D(1, 1, 1), conv.MaxPool2D(2), conv.GlobalAvgPool, rnn.New(3, 2, rnn.Tanh), rnn.NewConv(1, 1, 3, rnn.Tanh), rnn.Last, rnn.Rows,
	} {
		m = initialised(t, m)
		tape := grad.NewTape(grad.Training, 1)
		y := m.Forward(grad.Tuple(tape.Input(tensor.Zeros(2, 3)), tape.Input(tensor.Zeros(2, 3))))
		if y.Err() == nil {
			t.Errorf("%T takes a tuple", m)
		}
	}
}
