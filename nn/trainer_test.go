package nn_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/internal/nntest"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// pictures returns n noisy 8×8 pictures of one channel with upright or level
// stripes, and which of the two they have.
func pictures(n int) data.Dataset {
	x := tensor.Uniform(5, -0.5, 0.5, n, 1, 8, 8)
	labels := make([]int, n)
	for i := range n {
		labels[i] = i % 2
		for at := range 64 {
			if [2]int{at % 8, at / 8}[labels[i]]%2 == 0 {
				x.Data()[i*64+at]++
			}
		}
	}
	return data.Tensors(x, tensor.New(labels, n))
}

// newCNN returns a small network with everything that carries state or chance.
func newCNN() nn.Module {
	return nn.Seq(
		conv.New2D(1, 4, 3, conv.Same), nn.NewBatchNorm(4), nn.ReLU, conv.MaxPool2D(2),
		nn.Flatten, nn.NewDropout(0.3), nn.NewLinear(64, 2),
	)
}

func newRNN() nn.Module {
	return nn.Seq(rnn.Rows, rnn.New(8, 6, rnn.Tanh), rnn.Last, nn.NewLinear(6, 2))
}

func newConvRNN() nn.Module {
	return nn.Seq(rnn.Rows, rnn.NewConv(1, 3, 3, rnn.ReLU), rnn.Mean, nn.Flatten, nn.NewLinear(24, 2))
}

// makers make the optimizers that training is tested with.
var makers = []struct {
	name string
	make func(p []*grad.Param) optim.Optimizer
}{
	{"SGD", func(p []*grad.Param) optim.Optimizer { return optim.NewSGD(p, 0.05) }},
	{"Momentum", func(p []*grad.Param) optim.Optimizer { return optim.NewSGD(p, 0.02, optim.Momentum(0.9)) }},
	{"Adam", func(p []*grad.Param) optim.Optimizer { return optim.NewAdam(p, 0.01) }},
	{"AdamW", func(p []*grad.Param) optim.Optimizer { return optim.NewAdamW(p, 0.01) }},
}

// newTrainer returns a trainer of an initialised network.
func newTrainer(t testing.TB, net nn.Module, optimizer func(p []*grad.Param) optim.Optimizer) *nn.Trainer {
	t.Helper()
	net, err := nn.Init(1, net)
	if err != nil {
		t.Fatal(err)
	}
	return &nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optimizer(nn.Params(net)), Seed: 3}
}

func newLoader() *data.Loader {
	return data.NewLoader(pictures(44), data.BatchSize(8), data.Shuffle(1), data.Prefetch(0), data.Workers(1))
}

// weights returns copies of the parameters and buffers.
func weights(net nn.Module) []*tensor.Tensor {
	var list []*tensor.Tensor
	for _, p := range nn.Params(net) {
		list = append(list, p.Value.Clone())
	}
	return list
}

// sameWeights compares bit for bit.
func sameWeights(t testing.TB, what string, net nn.Module, want []*tensor.Tensor) {
	t.Helper()
	for i, p := range nn.Params(net) {
		for j, v := range want[i].Data() {
			if got := p.Value.Data()[j]; math.Float32bits(got) != math.Float32bits(v) {
				t.Errorf("%s: %s at element %d is %v, want %v", what, p.Name, j, got, v)
				return
			}
		}
	}
}

func TestFit(t *testing.T) {
	nets := map[string]func() nn.Module{"CNN": newCNN, "RNN": newRNN, "ConvRNN": newConvRNN}
	for name, net := range nets {
		for _, m := range makers {
			t.Run(name+"/"+m.name, func(t *testing.T) {
				tr := newTrainer(t, net(), m.make)
				h, err := tr.Fit(t.Context(), newLoader(), nn.Epochs(6), nn.Validate(newLoader(), metric.Accuracy()))
				if err != nil {
					t.Fatal(err)
				}
				first, last := h.Epochs[0], h.Last()
				if len(h.Epochs) != 6 || last.Epoch != 6 || last.Samples != 44 {
					t.Errorf("history has %d epochs, the last is number %d with %d samples; want 6, 6 and 44", len(h.Epochs), last.Epoch, last.Samples)
				}
				if !(last.Loss < first.Loss) {
					t.Errorf("loss goes from %v to %v, want it to fall", first.Loss, last.Loss)
				}
				for _, key := range []string{"loss", "accuracy"} {
					if _, ok := last.Validation[key]; !ok {
						t.Errorf("validation lacks %q: %v", key, last.Validation)
					}
				}
			})
		}
	}
}

// TestFitErrors is about what a Trainer cannot work with.
func TestFitErrors(t *testing.T) {
	sgd := makers[0].make
	broken := data.Tensors(tensor.Zeros(4, 1, 8, 8), tensor.New([]int{0, 1}, 2))
	failing := tornData{pictures(16)}
	cases := []struct {
		name   string
		loader *data.Loader
		change func(tr *nn.Trainer)
		opts   []nn.Option
		want   string
	}{
		{"no model", newLoader(), func(tr *nn.Trainer) { tr.Model = nil }, nil, "nn: Fit: the Trainer lacks a Model, Loss or Optimizer"},
		{"no loss", newLoader(), func(tr *nn.Trainer) { tr.Loss = nil }, nil, "nn: Fit: the Trainer lacks a Model, Loss or Optimizer"},
		{"no optimizer", newLoader(), func(tr *nn.Trainer) { tr.Optimizer = nil }, nil, "nn: Fit: the Trainer lacks a Model, Loss or Optimizer"},
		{"accumulation", newLoader(), func(tr *nn.Trainer) { tr.Accumulate = -1 }, nil, "nn: Fit: accumulation over -1 batches, want at least 1"},
		{"kept checkpoints", newLoader(), nil, []nn.Option{nn.KeepLast(t.TempDir(), 0)}, "nn: Fit: the last 0 checkpoints are to be kept, want at least 1"},
		{"no loader", nil, nil, nil, "nn: Fit: the loader is nil"},
		{"no validation loader", newLoader(), nil, []nn.Option{nn.Validate(nil)}, "nn: Fit: validation: the loader is nil"},
		{"nil loss", newLoader(), func(tr *nn.Trainer) {
			tr.Compute = func(*grad.Tape, *data.Batch) *grad.Var { return nil }
		}, nil, "nn: Fit: Compute returns nil or a result of another tape"},
		{"another tape", newLoader(), func(tr *nn.Trainer) {
			tr.Compute = func(*grad.Tape, *data.Batch) *grad.Var {
				return grad.Sum(grad.NewTape(grad.Training, 1).Input(tensor.Ones(2)).RequireGrad())
			}
		}, nil, "nn: Fit: Compute returns nil or a result of another tape"},
		{"no epochs", newLoader(), nil, []nn.Option{nn.Epochs(0)}, "nn: Fit: 0 epochs, want at least 1"},
		{"batch size 0", data.NewLoader(pictures(8), data.BatchSize(0)), nil, nil, "nn: Fit: data: Loader: batch size is 0, want at least 1"},
		{"no batches", data.NewLoader(pictures(8), data.BatchSize(9), data.DropLast()), nil, nil, "nn: Fit: the loader has no batches"},
		{"data set", data.NewLoader(broken), nil, nil, "nn: Fit: data: Tensors: y has shape [2]"},
		{"sample", data.NewLoader(failing, data.BatchSize(8)), nil, nil, "the picture is torn"},
		{"learning rate", newLoader(), func(tr *nn.Trainer) { tr.Optimizer = optim.NewSGD(nn.Params(tr.Model), 0) }, nil, "optim: SGD: group 0: learning rate 0, want a positive number"},
		{"validation data", newLoader(), nil, []nn.Option{nn.Validate(data.NewLoader(broken))}, "nn: Fit: validation: data: Tensors: y has shape [2]"},
		{"labels", data.NewLoader(data.Tensors(tensor.Ones(2, 1, 8, 8), tensor.New([]int{0, 2}, 2))), nil, nil, "grad: CrossEntropy: label 2 of sample 1, want 0 to 1"},
		{"shape", data.NewLoader(data.Tensors(tensor.Ones(2, 1, 6, 6), tensor.New([]int{0, 1}, 2))), nil, nil, "nn: Seq.6 (Linear): input has 36 features, want 64"},
		{"loss of a batch", newLoader(), func(tr *nn.Trainer) {
			tr.Loss = func(y *grad.Var, _ tensor.Any) *grad.Var { return grad.Sum(y, 1) }
		}, nil, "nn: Fit: loss has shape [8], want a single number"},
		{"no parameters", newLoader(), func(tr *nn.Trainer) { tr.Model = nn.Flatten }, nil, "grad: Backward: the result depends on no parameter"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			tr := newTrainer(t, newCNN(), sgd)
			before := weights(tr.Model)
			net := tr.Model
			if c.change != nil {
				c.change(tr)
			}
			var told error
			opts := append([]nn.Option{nn.Callback(func(e *nn.Event) error {
				if e.Kind == nn.FitEnd {
					told = e.Err
				}
				return nil
			})}, c.opts...)
			h, err := tr.Fit(t.Context(), c.loader, opts...)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Fit: %v, want %s", err, c.want)
			}
			if h == nil || len(h.Epochs) != 0 {
				t.Errorf("history is %v, want an empty one", h)
			}
			if told != err {
				t.Errorf("FitEnd says %v, want %v", told, err)
			}
			if c.name != "sample" && c.name != "validation data" {
				sameWeights(t, "after the error", net, before)
			}
		})
	}
}

// tornData is a data set whose sample 9 cannot be read.
type tornData struct{ data.Dataset }

func (d tornData) Read(i int, dst data.Sample) error {
	if i == 9 {
		return errors.New("the picture is torn")
	}
	return d.Dataset.Read(i, dst)
}

// slowData takes its time for every sample.
type slowData struct{ data.Dataset }

func (d slowData) Read(i int, dst data.Sample) error {
	time.Sleep(2 * time.Millisecond)
	return d.Dataset.Read(i, dst)
}

// TestWaiting counts the time that the loader takes, which is part of the epoch's.
func TestWaiting(t *testing.T) {
	net, err := nn.Init(1, nn.NewLinear(2, 1))
	if err != nil {
		t.Fatal(err)
	}
	ds := slowData{data.Tensors(tensor.Make[float32](8, 2), tensor.Make[float32](8, 1))}
	trainer := nn.Trainer{Model: net, Loss: nn.MSE, Optimizer: optim.NewSGD(nn.Params(net), 0.1)}
	loader := data.NewLoader(ds, data.BatchSize(4), data.Prefetch(0), data.Workers(1))
	h, err := trainer.Fit(context.Background(), loader, nn.Epochs(2))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range h.Epochs {
		if e.Waiting < 0.016 || e.Waiting > e.Seconds {
			t.Errorf("epoch %d waited %v s of %v, want at least 8 times 2 ms and at most all", e.Epoch, e.Waiting, e.Seconds)
		}
	}
}

// TestMemory trains what needs 64 MiB and looks for them in the history.
func TestMemory(t *testing.T) {
	net, err := nn.Init(1, nn.NewLinear(1<<10, 1<<13)) // 32 MiB, and as much for gradients
	if err != nil {
		t.Fatal(err)
	}
	trainer := nn.Trainer{Model: net, Loss: nn.MSE, Optimizer: optim.NewSGD(nn.Params(net), 0.1)}
	loader := data.NewLoader(data.Tensors(tensor.Make[float32](2, 1<<10), tensor.Make[float32](2, 1<<13)), data.BatchSize(2))
	h, err := trainer.Fit(context.Background(), loader, nn.Epochs(1))
	if err != nil {
		t.Fatal(err)
	}
	if m := h.Last().Memory; m < 64<<20 || m > 16<<30 {
		t.Errorf("the process held %d bytes, want at least the %d of weights and gradients", m, 64<<20)
	}
}

func TestDiverged(t *testing.T) {
	tr := newTrainer(t, newCNN(), makers[1].make)
	loss, steps := tr.Loss, 0
	var before []*tensor.Tensor
	tr.Loss = func(y *grad.Var, target tensor.Any) *grad.Var {
		l := loss(y, target)
		if steps++; steps == 9 { // the third of the second epoch, which has six
			before = weights(tr.Model)
			return grad.Log(grad.MulScalar(l, -1))
		}
		return l
	}
	h, err := tr.Fit(t.Context(), newLoader(), nn.Epochs(3))
	var d *nn.DivergedError
	if !errors.As(err, &d) {
		t.Fatalf("Fit: %v, want a DivergedError", err)
	}
	if d.Epoch != 2 || d.Step != 3 || !math.IsNaN(d.Loss) {
		t.Errorf("diverged at epoch %d, step %d with loss %v, want 2, 3 and NaN", d.Epoch, d.Step, d.Loss)
	}
	if want := "nn: Fit: loss is NaN at epoch 2, step 3; the first values that are not finite are those of Log; a lower learning rate may help"; err.Error() != want {
		t.Errorf("error is %q, want %q", err, want)
	}
	if len(h.Epochs) != 1 {
		t.Errorf("history has %d epochs, want 1", len(h.Epochs))
	}
	sameWeights(t, "after the error", tr.Model, before)
	if _, err := tr.Fit(t.Context(), newLoader()); err != nil {
		t.Errorf("training goes on with %v, want no error", err)
	}
}

// TestWrecked has a gradient that is infinite in the last step of an epoch: no loss
// tells, but no checkpoint must keep what comes of it.
func TestWrecked(t *testing.T) {
	tr := newTrainer(t, nn.Seq(nn.NewLinear(2, 1)), makers[0].make)
	loader := data.NewLoader(data.Tensors(tensor.Ones(4, 2), tensor.Ones(4, 1)), data.BatchSize(2))
	path := filepath.Join(t.TempDir(), "checkpoint")
	tr.Loss = nn.MSE
	if _, err := tr.Fit(t.Context(), loader, nn.Checkpoint(path, 0)); err != nil {
		t.Fatal(err)
	}
	before := readFile(t, path)
	steps := 0
	tr.Loss = func(y *grad.Var, target tensor.Any) *grad.Var {
		if steps++; steps < 2 {
			return nn.MSE(y, target)
		}
		return grad.Sum(grad.Sqrt(grad.MulScalar(y, 0)))
	}
	h, err := tr.Fit(t.Context(), loader, nn.Checkpoint(path, 0))
	var d *nn.DivergedError
	if !errors.As(err, &d) || d.Epoch != 1 || d.Step != 2 || !strings.HasPrefix(d.Op, `parameter "0.`) || len(h.Epochs) != 0 {
		t.Errorf("Fit: %d epochs, error %v; want none and a DivergedError of a parameter at the second step", len(h.Epochs), err)
	}
	if after := readFile(t, path); !bytes.Equal(after, before) {
		t.Error("the checkpoint was replaced")
	}
}

func TestCallbacks(t *testing.T) {
	names := map[nn.Kind]string{nn.FitBegin: "begin", nn.EpochBegin: "epoch", nn.GradientsReady: "ready", nn.StepEnd: "step", nn.EpochEnd: "done", nn.FitEnd: "end"}
	tr := newTrainer(t, newCNN(), makers[0].make)
	loader := data.NewLoader(pictures(20), data.BatchSize(8))
	var got []string
	var mean float64
	h, err := tr.Fit(t.Context(), loader, nn.Epochs(2), nn.Callback(func(e *nn.Event) error {
		got = append(got, fmt.Sprintf("%s %d/%d %d/%d %d", names[e.Kind], e.Epoch, e.Epochs, e.Step, e.Steps, e.Samples))
		if e.Kind == nn.StepEnd && e.Epoch == 1 {
			mean += e.StepLoss * []float64{8, 8, 4}[e.Step-1] / 20
			if e.Step == 3 && math.Abs(mean-e.Loss) > 1e-12 {
				t.Errorf("mean loss is %v, want %v", e.Loss, mean)
			}
		}
		if e.Kind == nn.EpochEnd && (len(e.History.Epochs) != e.Epoch || e.Trainer != tr) {
			t.Errorf("at the end of epoch %d the history has %d epochs", e.Epoch, len(e.History.Epochs))
		}
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"begin 0/2 0/3 0",
		"epoch 1/2 0/3 0", "ready 1/2 0/3 0", "step 1/2 1/3 8", "ready 1/2 1/3 8", "step 1/2 2/3 16", "ready 1/2 2/3 16", "step 1/2 3/3 20", "done 1/2 3/3 20",
		"epoch 2/2 0/3 0", "ready 2/2 0/3 0", "step 2/2 1/3 8", "ready 2/2 1/3 8", "step 2/2 2/3 16", "ready 2/2 2/3 16", "step 2/2 3/3 20", "done 2/2 3/3 20",
		"end 2/2 3/3 20",
	}
	if !slices.Equal(got, want) {
		t.Errorf("events are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if math.Abs(h.Epochs[0].Loss-mean) > 1e-12 {
		t.Errorf("loss of epoch 1 is %v, want %v", h.Epochs[0].Loss, mean)
	}
}

// TestCallbackErrors checks that every event can end training, with an error or
// without.
func TestCallbackErrors(t *testing.T) {
	torn := errors.New("torn")
	for _, kind := range []nn.Kind{nn.FitBegin, nn.EpochBegin, nn.GradientsReady, nn.StepEnd, nn.EpochEnd, nn.FitEnd} {
		for _, c := range []struct{ give, want error }{{torn, torn}, {nn.ErrStop, nil}, {fmt.Errorf("enough: %w", nn.ErrStop), nil}} {
			var events []nn.Kind
			h, err := newTrainer(t, newCNN(), makers[0].make).Fit(t.Context(), newLoader(), nn.Epochs(2), nn.Callback(func(e *nn.Event) error {
				events = append(events, e.Kind)
				if e.Kind == kind {
					return c.give
				}
				return nil
			}))
			if err != c.want {
				t.Errorf("event %d with %v: Fit returns %v, want %v", kind, c.give, err, c.want)
			}
			epochs := map[nn.Kind]int{nn.EpochEnd: 1, nn.FitEnd: 2}[kind]
			if len(h.Epochs) != epochs {
				t.Errorf("event %d with %v: history has %d epochs, want %d", kind, c.give, len(h.Epochs), epochs)
			}
			if last := events[len(events)-1]; last != nn.FitEnd {
				t.Errorf("event %d with %v: the last event is %d, want FitEnd", kind, c.give, last)
			}
		}
	}
}

// careless is a layer that uses a result without asking whether there is one.
var careless = nn.Func("Careless", func(x *grad.Var) *grad.Var {
	return grad.Reshape(x, x.Shape()[0], x.Shape()[1])
})

// TestRecover checks that a panic is turned into the mistake that caused it, and
// other panics go on.
func TestRecover(t *testing.T) {
	const want = "nn: Seq.1 (Linear): input has 64 features, want 10"
	tr := newTrainer(t, nn.Seq(nn.Flatten, nn.NewLinear(10, 2), careless), makers[0].make)
	if _, err := tr.Fit(t.Context(), newLoader()); err == nil || err.Error() != want {
		t.Errorf("Fit: %v, want %s", err, want)
	}
	if _, err := nn.NewPredictor(tr.Model, tensor.Shape{1, 8, 8}); err == nil || err.Error() != want {
		t.Errorf("NewPredictor: %v, want %s", err, want)
	}
	if _, err := nn.Summary(tr.Model, tensor.Shape{1, 8, 8}); err == nil || err.Error() != want {
		t.Errorf("Summary: %v, want %s", err, want)
	}
	tr = newTrainer(t, newCNN(), makers[0].make)
	tr.Loss = func(y *grad.Var, target tensor.Any) *grad.Var {
		y = grad.MatMul(y, y)
		return grad.MulScalar(grad.Sum(y), y.Data().At(0, 0))
	}
	if _, err := tr.Evaluate(t.Context(), newLoader()); err == nil || !strings.HasPrefix(err.Error(), "grad: MatMul: ") {
		t.Errorf("Evaluate: %v, want the error of MatMul", err)
	}
	tr.Loss = func(y *grad.Var, target tensor.Any) *grad.Var { return grad.Sum(y, 1) }
	if _, err := tr.Evaluate(t.Context(), newLoader()); err == nil || err.Error() != "nn: Evaluate: loss has shape [8], want a single number" {
		t.Errorf("Evaluate with a loss for each sample: %v, want an error", err)
	}

	defer func() {
		if r := recover(); r != "a bug" {
			t.Errorf("recovered %v, want a bug", r)
		}
	}()
	tr.Model = nn.Seq(tr.Model, nn.Func("Bug", func(*grad.Var) *grad.Var { panic("a bug") }))
	tr.Step(&data.Batch{X: tensor.Zeros(2, 1, 8, 8), Y: tensor.New([]int{0, 1}, 2)}) //nolint:errcheck // it panics
	t.Error("Step returns")
}

// TestCompute trains on a loss of its own, of which Model and Loss know nothing.
func TestCompute(t *testing.T) {
	net, err := nn.Init(1, newCNN())
	if err != nil {
		t.Fatal(err)
	}
	tr := &nn.Trainer{Optimizer: optim.NewSGD(nn.Params(net), 0.05)}
	tr.Compute = func(tape *grad.Tape, b *data.Batch) *grad.Var {
		return nn.CrossEntropy(net.Forward(tape.Input(b.X)), b.Y)
	}
	h, err := tr.Fit(t.Context(), newLoader(), nn.Epochs(3))
	if err != nil || !(h.Last().Loss < h.Epochs[0].Loss) {
		t.Errorf("loss goes from %v to %v, error %v; want it to fall", h.Epochs[0].Loss, h.Last().Loss, err)
	}
	if _, err := tr.Evaluate(t.Context(), newLoader()); err == nil || err.Error() != "nn: Evaluate: the Trainer has no Model" {
		t.Errorf("Evaluate without a Model: %v, want an error", err)
	}
}

func TestEvaluate(t *testing.T) {
	tr := newTrainer(t, newCNN(), makers[0].make)
	before, loader := weights(tr.Model), newLoader()
	r, err := tr.Evaluate(t.Context(), loader, metric.Accuracy())
	if err != nil {
		t.Fatal(err)
	}
	sameWeights(t, "after Evaluate", tr.Model, before)
	var sum, right float64
	tape := grad.NewTape(grad.Evaluation, 1)
	for b, err := range newLoader().All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		y := tr.Model.Forward(tape.Input(b.X))
		sum += float64(nn.CrossEntropy(y, b.Y).Data().Item()) * float64(b.X.Dim(0))
		for i, c := range tensor.ArgMax(y.Data(), 1).Data() {
			if c == b.Y.(*tensor.Ints).At(i) {
				right++
			}
		}
		tape.Reset()
	}
	if r.Samples != 44 || math.Abs(r.Values["loss"]-sum/44) > 1e-6 || math.Abs(r.Values["accuracy"]-right/44) > 1e-12 {
		t.Errorf("report is %+v, want 44 samples, loss %v and accuracy %v", r, sum/44, right/44)
	}

	// An evaluation that was broken off does not shorten the next one.
	if _, err := tr.Evaluate(t.Context(), loader, &torn{}); err == nil || !strings.Contains(err.Error(), "nn: Evaluate: torn") {
		t.Errorf("Evaluate with a metric that fails: %v, want its error", err)
	}
	if r, err = tr.Evaluate(t.Context(), loader); err != nil || r.Samples != 44 {
		t.Errorf("the next evaluation has %+v, error %v; want 44 samples", r, err)
	}
}

// torn is a metric that fails at the second batch.
type torn struct{ batches int }

func (*torn) Name() string   { return "torn" }
func (*torn) Reset()         {}
func (*torn) Value() float64 { return 0 }
func (m *torn) Update(*tensor.Tensor, tensor.Any) error {
	if m.batches++; m.batches == 2 {
		return errors.New("torn")
	}
	return nil
}

// TestWorkers checks that the number of goroutines does not change results.
func TestWorkers(t *testing.T) {
	nets := map[string]func() nn.Module{"CNN": newCNN, "RNN": newRNN, "ConvRNN": newConvRNN}
	for name, net := range nets {
		t.Run(name, func(t *testing.T) {
			var want []*tensor.Tensor
			for _, n := range []int{1, 2, 7} {
				before := tensor.SetWorkers(n)
				tr := newTrainer(t, net(), makers[1].make)
				loader := data.NewLoader(pictures(44), data.BatchSize(8), data.Shuffle(1), data.Workers(n))
				_, err := tr.Fit(t.Context(), loader, nn.Epochs(9)) // 54 steps
				tensor.SetWorkers(before)
				if err != nil {
					t.Fatal(err)
				}
				if want == nil {
					want = weights(tr.Model)
				}
				sameWeights(t, fmt.Sprintf("%d workers", n), tr.Model, want)
			}
		})
	}
}

// TestAllocations checks that a step allocates nothing once it has been taken.
func TestAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	batch := &data.Batch{X: nntest.Values(1, 8, 1, 8, 8), Y: tensor.New([]int{0, 1, 0, 1, 1, 1, 0, 0}, 8)}
	nets := map[string]func() nn.Module{"CNN": newCNN, "RNN": newRNN, "ConvRNN": newConvRNN}
	for name, net := range nets {
		for _, m := range makers {
			t.Run(name+"/"+m.name, func(t *testing.T) {
				tr := newTrainer(t, net(), m.make)
				step := func() {
					if _, err := tr.Step(batch); err != nil {
						t.Fatal(err)
					}
				}
				step()
				step()
				if n := testing.AllocsPerRun(20, step); n != 0 {
					t.Errorf("a step makes %v allocations, want 0", n)
				}
			})
		}
	}
}

// TestCancel is about a context that ends while Fit runs.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	steps := 0
	h, err := newTrainer(t, newCNN(), makers[0].make).Fit(ctx, newLoader(), nn.Epochs(5), nn.Callback(func(e *nn.Event) error {
		if e.Kind == nn.StepEnd {
			if steps++; steps == 8 {
				cancel()
			}
		}
		return nil
	}))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Fit: %v, want context.Canceled", err)
	}
	if steps != 8 || len(h.Epochs) != 1 {
		t.Errorf("%d steps and %d epochs were done, want 8 and 1", steps, len(h.Epochs))
	}
}

// TestValidationRefused finds a validation that cannot be before any step.
func TestValidationRefused(t *testing.T) {
	step := nn.Callback(func(e *nn.Event) error {
		if e.Kind == nn.StepEnd {
			t.Error("a step was taken")
		}
		return nil
	})
	bad := nn.Validate(data.NewLoader(pictures(8), data.BatchSize(0)))
	if _, err := newTrainer(t, newCNN(), makers[0].make).Fit(t.Context(), newLoader(), bad, step); err == nil {
		t.Error("a validation loader with batches of 0 was accepted")
	}
	tr := newTrainer(t, newCNN(), makers[0].make)
	net := tr.Model
	tr.Model = nil
	tr.Compute = func(tape *grad.Tape, b *data.Batch) *grad.Var {
		return nn.CrossEntropy(net.Forward(tape.Input(b.X)), b.Y)
	}
	if _, err := tr.Fit(t.Context(), newLoader(), nn.Validate(newLoader()), step); err == nil {
		t.Error("a validation without a model was accepted")
	}
}
