package nn_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
	"github.com/gannet-ml/gannet/tensor/safetensors"
)

// stopAfter cancels training after so many steps.
func stopAfter(steps int, cancel func()) nn.Callback {
	return func(e *nn.Event) error {
		if e.Kind == nn.StepEnd {
			if steps--; steps == 0 {
				cancel()
			}
		}
		return nil
	}
}

// losses returns the parts of a history that do not depend on time.
func losses(h *nn.History) []nn.EpochRecord {
	list := make([]nn.EpochRecord, len(h.Epochs))
	for i, e := range h.Epochs {
		e.Seconds, e.Waiting, e.Memory = 0, 0, 0
		list[i] = e
	}
	return list
}

// TestResume compares a run that is cancelled and resumed, again and again, with
// one that never stopped. An epoch has six steps.
func TestResume(t *testing.T) {
	const epochs = 4
	validation := func() nn.Option { return nn.Validate(newLoader()) }
	for _, m := range makers {
		want := newTrainer(t, newCNN(), m.make)
		wantHistory, err := want.Fit(t.Context(), newLoader(), nn.Epochs(epochs), validation())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name  string
			stops []int // steps taken before each stop
		}{
			{"mid-epoch", []int{3}},
			{"first step", []int{1}},
			{"between epochs", []int{6}},
			{"last step of an epoch but one", []int{11}},
			{"often", []int{4, 1, 6, 3, 5}},
		} {
			t.Run(m.name+"/"+c.name, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "checkpoint")
				for _, steps := range c.stops {
					ctx, cancel := context.WithCancel(t.Context())
					_, err := newTrainer(t, newCNN(), m.make).Fit(ctx, newLoader(),
						nn.Epochs(epochs), validation(), nn.Checkpoint(path, 0), nn.Resume(path), stopAfter(steps, cancel))
					if !errors.Is(err, context.Canceled) {
						t.Fatalf("Fit: %v, want context.Canceled", err)
					}
				}
				got := newTrainer(t, newCNN(), m.make)
				h, err := got.Fit(t.Context(), newLoader(), nn.Epochs(epochs), validation(), nn.Resume(path))
				if err != nil {
					t.Fatal(err)
				}
				sameWeights(t, "resumed", got.Model, weights(want.Model))
				if got, want := losses(h), losses(wantHistory); !reflect.DeepEqual(got, want) {
					t.Errorf("history is %+v, want %+v", got, want)
				}
			})
		}
	}
}

// cancelling is a metric that cancels in the middle of a validation.
type cancelling struct {
	torn
	cancel func()
}

func (m *cancelling) Update(*tensor.Tensor, tensor.Any) error {
	m.cancel()
	return nil
}

// TestResumeValidation cancels while an epoch is being validated: its steps are
// not taken again.
func TestResumeValidation(t *testing.T) {
	want := newTrainer(t, newCNN(), makers[1].make)
	if _, err := want.Fit(t.Context(), newLoader(), nn.Epochs(2)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "checkpoint")
	ctx, cancel := context.WithCancel(t.Context())
	h, err := newTrainer(t, newCNN(), makers[1].make).Fit(ctx, newLoader(),
		nn.Epochs(2), nn.Checkpoint(path, 0), nn.Validate(newLoader(), &cancelling{cancel: cancel}))
	if !errors.Is(err, context.Canceled) || len(h.Epochs) != 0 {
		t.Fatalf("Fit: %d epochs, error %v; want none and context.Canceled", len(h.Epochs), err)
	}
	got := newTrainer(t, newCNN(), makers[1].make)
	h, err = got.Fit(t.Context(), newLoader(), nn.Epochs(2), nn.Validate(newLoader()), nn.Resume(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Epochs) != 2 || h.Epochs[0].Samples != 44 || len(h.Epochs[0].Validation) != 1 {
		t.Errorf("history is %+v, want two epochs of 44 samples, with validation", h.Epochs)
	}
	sameWeights(t, "resumed", got.Model, weights(want.Model))
}

// undefined is a metric without a value.
type undefined struct{ torn }

func (*undefined) Update(*tensor.Tensor, tensor.Any) error { return nil }
func (*undefined) Value() float64                          { return math.NaN() }

// TestResumeNaN checks that a metric that is not a number does not prevent
// checkpoints, which are JSON.
func TestResumeNaN(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	fit := func(epochs int) *nn.History {
		t.Helper()
		h, err := newTrainer(t, newCNN(), makers[0].make).Fit(t.Context(), newLoader(),
			nn.Epochs(epochs), nn.Validate(newLoader(), &undefined{}), nn.Checkpoint(path, 0), nn.Resume(path))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	fit(1)
	h := fit(2)
	if v := h.Epochs[0].Validation["torn"]; !math.IsNaN(v) {
		t.Errorf("validation of the first epoch is %v after a resume, want NaN", v)
	}
}

func TestEpochRecordJSON(t *testing.T) {
	r := nn.EpochRecord{Epoch: 3, Loss: 0.25, Samples: 7, Seconds: 1.5, Waiting: 0.125, Memory: 4096, Validation: map[string]float64{"loss": math.Inf(1), "f1": 0.5}}
	text, err := json.Marshal(r)
	want := `{"epoch":3,"loss":0.25,"samples":7,"seconds":1.5,"waiting":0.125,"memory":4096,"validation":{"f1":0.5,"loss":"+Inf"}}`
	if err != nil || string(text) != want {
		t.Fatalf("Marshal = %s, %v; want %s", text, err, want)
	}
	var again nn.EpochRecord
	if err := json.Unmarshal(text, &again); err != nil || !reflect.DeepEqual(again, r) {
		t.Errorf("Unmarshal = %+v, %v; want %+v", again, err, r)
	}
	for _, text := range []string{`{"loss":"high"}`, `{"loss":[]}`, `{"losses":1}`, `[]`} {
		if err := json.Unmarshal([]byte(text), &again); err == nil {
			t.Errorf("Unmarshal of %s gives no error", text)
		}
	}
}

// TestResumeRates checks that a changed learning rate is part of a checkpoint.
func TestResumeRates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	halve := nn.Callback(func(e *nn.Event) error {
		if e.Kind == nn.EpochBegin && e.Step == 0 {
			e.Trainer.Optimizer.Groups()[0].LR /= 2
		}
		return nil
	})
	if _, err := newTrainer(t, newCNN(), makers[0].make).Fit(t.Context(), newLoader(), nn.Epochs(2), nn.Checkpoint(path, 0), halve); err != nil {
		t.Fatal(err)
	}
	tr := newTrainer(t, newCNN(), makers[0].make)
	if _, err := tr.Fit(t.Context(), newLoader(), nn.Epochs(3), nn.Resume(path), halve); err != nil {
		t.Fatal(err)
	}
	if got, want := tr.Optimizer.Groups()[0].LR, 0.05/8; got != want {
		t.Errorf("learning rate is %v, want %v", got, want)
	}
}

// checkpoint writes a checkpoint of a run of 8 steps and returns its path.
func checkpoint(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "checkpoint")
	ctx, cancel := context.WithCancel(t.Context())
	_, err := newTrainer(t, newCNN(), makers[1].make).Fit(ctx, newLoader(), nn.Epochs(3), nn.Checkpoint(path, 0), stopAfter(8, cancel))
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	return path
}

// rewrite changes the tensors and the metadata of a file.
func rewrite(t *testing.T, path string, change func(entries []safetensors.Entry, meta map[string]string) []safetensors.Entry) {
	t.Helper()
	entries, meta, err := safetensors.Load(path)
	if err == nil {
		entries = change(entries, meta)
		err = safetensors.Write(path, entries, meta)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// replacing returns a change that replaces a text in the metadata.
func replacing(from, to string) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		rewrite(t, path, func(e []safetensors.Entry, meta map[string]string) []safetensors.Entry {
			for k, v := range meta {
				meta[k] = strings.Replace(v, from, to, 1)
				if meta[k] == v {
					t.Fatalf("%q does not occur in %s", from, v)
				}
			}
			return e
		})
	}
}

// renaming returns a change that renames a tensor.
func renaming(from, to string) func(t *testing.T, path string) {
	return func(t *testing.T, path string) {
		rewrite(t, path, func(list []safetensors.Entry, _ map[string]string) []safetensors.Entry {
			for i := range list {
				if list[i].Name == from {
					list[i].Name = to
				}
			}
			return list
		})
	}
}

// TestResumeErrors checks that a checkpoint that does not fit is refused, and
// nothing has changed.
func TestResumeErrors(t *testing.T) {
	cnn := func(t *testing.T) *nn.Trainer { return newTrainer(t, newCNN(), makers[1].make) }
	cases := []struct {
		name    string
		damage  func(t *testing.T, path string)
		trainer func(t *testing.T) *nn.Trainer
		loader  *data.Loader
		want    string
	}{
		{"truncated", func(t *testing.T, path string) { truncate(t, path, 0.5) }, nil, nil, "safetensors: "},
		{"empty", func(t *testing.T, path string) { truncate(t, path, 0) }, nil, nil, "safetensors: "},
		{"text", func(t *testing.T, path string) { writeFile(t, path, "I am no checkpoint, but long enough") }, nil, nil, "safetensors: "},
		{"weights", func(t *testing.T, path string) {
			if err := nn.SaveWeights(path, cnn(t).Model); err != nil {
				t.Fatal(err)
			}
		}, nil, nil, "the file is no checkpoint"},
		{"version", replacing(`"version":1`, `"version":2`), nil, nil, "the checkpoint has version 2, want 1"},
		{"JSON", replacing(`"version":1`, `"version":`), nil, nil, "invalid character"},
		{"unknown field", replacing(`"version":1`, `"version":1,"colour":2`), nil, nil, `unknown field "colour"`},
		{"trailing", replacing(`"samples":16`, `"samples":16}{"version":1`), nil, nil, "more than one JSON value"},
		{"cursor", replacing(`"batch":2`, `"batch":99`), nil, nil, "epoch 1, batch 99"},
		{"missing weight", renaming("model.6.weight", "model.7.weight"), nil, nil, `"model.6.weight"`},
		{"surplus weight", func(t *testing.T, path string) {
			rewrite(t, path, func(e []safetensors.Entry, _ map[string]string) []safetensors.Entry {
				return append(e, safetensors.Entry{Name: "model.7.weight", Value: tensor.Ones(1)})
			})
		}, nil, nil, "the checkpoint has 9 parameters, the network has 8"},
		{"missing state", renaming("optimizer.6.weight.momentum_buffer", "optimizer.6.weight.x"), nil, nil, `state "6.weight.momentum_buffer" is missing`},
		{"other batches", nil, nil, data.NewLoader(pictures(44), data.BatchSize(4)), "the checkpoint is of a loader with 44 samples, batches of 8, shuffled, seed 1; this one has 44 samples, batches of 4, seed 0"},
		{"other optimizer", nil, func(t *testing.T) *nn.Trainer { return newTrainer(t, newCNN(), makers[2].make) }, nil, "the checkpoint is of the optimizer SGD, want Adam"},
		{"other groups", nil, func(t *testing.T) *nn.Trainer {
			tr := cnn(t)
			tr.Optimizer.(*optim.SGD).AddGroup(optim.Group{LR: 1})
			return tr
		}, nil, "the checkpoint is of 1 groups of parameters, the optimizer has 2"},
		{"other network", nil, func(t *testing.T) *nn.Trainer { return newTrainer(t, newRNN(), makers[1].make) }, nil, `"model.1.weight_ih_l0"`},
		{"other shape", nil, func(t *testing.T) *nn.Trainer {
			return newTrainer(t, nn.Seq(newCNN().(*nn.Sequential).Layers[0], nn.NewBatchNorm(4), nn.ReLU, nn.ReLU, nn.Flatten, nn.ReLU, nn.NewLinear(256, 2)), makers[1].make)
		}, nil, `parameter "6.weight" has shape [2 64], want [2 256]`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := checkpoint(t)
			if c.damage != nil {
				c.damage(t, path)
			}
			if c.trainer == nil {
				c.trainer = cnn
			}
			if c.loader == nil {
				c.loader = newLoader()
			}
			tr := c.trainer(t)
			before := weights(tr.Model)
			h, err := tr.Fit(t.Context(), c.loader, nn.Epochs(3), nn.Resume(path))
			if err == nil || !strings.HasPrefix(err.Error(), "nn: Resume: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Fit: %v, want nn: Resume: … %s", err, c.want)
			}
			if h == nil || len(h.Epochs) != 0 {
				t.Errorf("history is %v, want an empty one", h)
			}
			sameWeights(t, "after the error", tr.Model, before)
			if got := c.loader.Cursor(); got != (data.Cursor{}) {
				t.Errorf("loader is at %+v after the error, want the start", got)
			}
			if n := len(tr.Optimizer.State()); n != 0 {
				t.Errorf("optimizer has %d entries of state after the error, want none", n)
			}
		})
	}
}

func truncate(t *testing.T, path string, part float64) {
	t.Helper()
	info, err := os.Stat(path)
	if err == nil {
		err = os.Truncate(path, int64(part*float64(info.Size())))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestCheckpointFails checks that a path that cannot be written is an error, with
// the history of what was done.
func TestCheckpointFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "no such folder", "checkpoint")
	h, err := newTrainer(t, newCNN(), makers[0].make).Fit(t.Context(), newLoader(), nn.Epochs(3), nn.Checkpoint(path, 0))
	if err == nil || !strings.HasPrefix(err.Error(), "nn: Checkpoint: ") || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Fit: %v, want nn: Checkpoint: … and os.ErrNotExist", err)
	}
	if len(h.Epochs) != 1 {
		t.Errorf("history has %d epochs, want the 1 that was done", len(h.Epochs))
	}

	// Cancelled, the run has both errors.
	ctx, cancel := context.WithCancel(t.Context())
	_, err = newTrainer(t, newCNN(), makers[0].make).Fit(ctx, newLoader(), nn.Checkpoint(path, 0), stopAfter(2, cancel))
	if !errors.Is(err, context.Canceled) || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Fit: %v, want context.Canceled and os.ErrNotExist", err)
	}
}

// TestResumeDone resumes a run that is complete.
func TestResumeDone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	done := newTrainer(t, newCNN(), makers[0].make)
	if _, err := done.Fit(t.Context(), newLoader(), nn.Epochs(2), nn.Checkpoint(path, 0)); err != nil {
		t.Fatal(err)
	}
	again := newTrainer(t, newCNN(), makers[0].make)
	h, err := again.Fit(t.Context(), newLoader(), nn.Epochs(2), nn.Resume(path))
	if err != nil || len(h.Epochs) != 2 {
		t.Errorf("Fit: %d epochs, error %v; want 2 and none", len(h.Epochs), err)
	}
	sameWeights(t, "resumed", again.Model, weights(done.Model))
}

// TestNoCheckpoint checks that a run starts afresh if there is no file yet.
func TestNoCheckpoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	h, err := newTrainer(t, newCNN(), makers[0].make).Fit(t.Context(), newLoader(), nn.Resume(path))
	if err != nil || len(h.Epochs) != 1 {
		t.Errorf("Fit: %d epochs, error %v; want 1 and none", len(h.Epochs), err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Resume alone writes a checkpoint: %v", err)
	}
}

// The environment variable that makes the test binary a training program, see
// TestKill.
const childVariable = "GANNET_TEST_KILL"

func TestMain(m *testing.M) {
	if path := os.Getenv(saverVariable); path != "" {
		fmt.Fprintln(os.Stderr, saveForever(path))
		os.Exit(1)
	}
	if dir := os.Getenv(childVariable); dir != "" {
		if err := train(dir); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// train trains to the end and saves the weights.
func train(dir string) error {
	net, err := nn.Init(1, newCNN())
	if err != nil {
		return err
	}
	tr := &nn.Trainer{Model: net, Loss: nn.CrossEntropy, Optimizer: optim.NewAdam(nn.Params(net), 0.01), Seed: 3}
	path := filepath.Join(dir, "checkpoint")
	slow := nn.Callback(func(e *nn.Event) error { // so that a kill finds it at work
		if e.Kind == nn.StepEnd {
			time.Sleep(time.Millisecond)
		}
		return nil
	})
	if _, err := tr.Fit(context.Background(), newLoader(), nn.Epochs(20), nn.Checkpoint(path, 4), nn.Resume(path), slow); err != nil {
		return err
	}
	return nn.SaveWeights(filepath.Join(dir, "weights"), net)
}

// TestKill kills a process that trains at random times, resumes it until it is
// done, and compares its weights with those of a run that never stopped.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs a program several times")
	}
	whole, killed := t.TempDir(), t.TempDir()
	if err := train(whole); err != nil {
		t.Fatal(err)
	}
	want := readFile(t, filepath.Join(whole, "weights"))
	kills := 0
	for range 40 {
		cmd := exec.Command(os.Args[0], "-test.run=^$")
		cmd.Env = append(os.Environ(), childVariable+"="+killed)
		var out bytes.Buffer
		cmd.Stderr = &out
		if err := cmd.Start(); err != nil {
			t.Skipf("cannot start the test binary again: %v", err)
		}
		timer := time.AfterFunc(time.Duration(rand.IntN(300))*time.Millisecond, func() { cmd.Process.Kill() }) //nolint:errcheck // it may have ended
		if kills >= 5 {
			timer.Stop()
		}
		err := cmd.Wait()
		timer.Stop()
		switch {
		case err == nil:
			if got := readFile(t, filepath.Join(killed, "weights")); !bytes.Equal(got, want) {
				t.Errorf("after %d kills the weights differ from those of a run that never stopped", kills)
			}
			t.Logf("done after %d kills", kills)
			return
		case out.Len() > 0:
			t.Fatalf("after %d kills: %v: %s", kills, err, out.String())
		}
		kills++
	}
	t.Errorf("not done after %d kills", kills)
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestDropoutStep checks that what a layer drops depends on the step, which a
// checkpoint holds.
func TestDropoutStep(t *testing.T) {
	drop := func(step uint64) *tensor.Tensor {
		tape := grad.NewTape(grad.Training, 3)
		tape.SetStep(step)
		return nn.NewDropout(0.5).Forward(tape.Input(tensor.Ones(100))).Data().Clone()
	}
	if !drop(5).Equal(drop(5)) || drop(5).Equal(drop(6)) {
		t.Error("what is dropped must depend on the step alone")
	}
}

// TestResumeScheduled halves the learning rate at the end of every epoch. A run
// that is resumed, also after a stop in the callback, ends with the same bits.
func TestResumeScheduled(t *testing.T) {
	halve := func(stopAt int) nn.Callback {
		return func(e *nn.Event) error {
			if e.Kind != nn.EpochEnd {
				return nil
			}
			e.Trainer.Optimizer.Groups()[0].LR /= 2
			if e.Epoch == stopAt {
				return nn.ErrStop
			}
			return nil
		}
	}
	want := newTrainer(t, newCNN(), makers[1].make)
	if _, err := want.Fit(t.Context(), newLoader(), nn.Epochs(4), halve(0)); err != nil {
		t.Fatal(err)
	}
	for _, stopAt := range []int{0, 2} {
		path := filepath.Join(t.TempDir(), "checkpoint")
		if _, err := newTrainer(t, newCNN(), makers[1].make).Fit(t.Context(), newLoader(), nn.Epochs(3), nn.Checkpoint(path, 0), halve(stopAt)); err != nil {
			t.Fatal(err)
		}
		got := newTrainer(t, newCNN(), makers[1].make)
		if _, err := got.Fit(t.Context(), newLoader(), nn.Epochs(4), nn.Resume(path), halve(0)); err != nil {
			t.Fatal(err)
		}
		if g, w := got.Optimizer.Groups()[0].LR, want.Optimizer.Groups()[0].LR; g != w {
			t.Errorf("stopped at %d: learning rate %v, want %v", stopAt, g, w)
		}
		for i, w := range weights(want.Model) {
			if g := weights(got.Model)[i]; !g.Equal(w) {
				t.Errorf("stopped at %d: parameter %d differs after a resume", stopAt, i)
			}
		}
	}
}

// TestResumeBegun stops between the beginning of an epoch and its first step:
// callbacks are not told of the beginning again.
func TestResumeBegun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "checkpoint")
	begun := 0
	count := nn.Callback(func(e *nn.Event) error {
		if e.Kind == nn.EpochBegin {
			begun++
		}
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	stop := nn.Callback(func(e *nn.Event) error {
		if e.Kind == nn.EpochBegin && e.Epoch == 2 {
			cancel()
		}
		return nil
	})
	_, err := newTrainer(t, newCNN(), makers[0].make).Fit(ctx, newLoader(), nn.Epochs(2), nn.Checkpoint(path, 0), count, stop)
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	h, err := newTrainer(t, newCNN(), makers[0].make).Fit(t.Context(), newLoader(), nn.Epochs(2), nn.Resume(path), count)
	if err != nil {
		t.Fatal(err)
	}
	if begun != 2 || len(h.Epochs) != 2 {
		t.Errorf("%d epochs began and %d ended, want 2 and 2", begun, len(h.Epochs))
	}
	other := newTrainer(t, newCNN(), makers[0].make)
	other.Seed++
	if _, err := other.Fit(t.Context(), newLoader(), nn.Epochs(3), nn.Resume(path)); err == nil || !strings.Contains(err.Error(), "seed") {
		t.Errorf("resuming with another seed: %v, want an error about it", err)
	}
}

// FuzzResume feeds what a checkpoint says of training: Fit must return, with an
// error or trained.
func FuzzResume(f *testing.F) {
	ds := data.Tensors(tensor.Make[float32](6, 2), tensor.Make[float32](6, 1))
	fit := func(tb testing.TB, options ...nn.Option) error {
		net, err := nn.Init(1, nn.NewLinear(2, 1))
		if err != nil {
			tb.Fatal(err)
		}
		t := nn.Trainer{Model: net, Loss: nn.MSE, Optimizer: optim.NewSGD(nn.Params(net), 0.1, optim.Momentum(0.9)), Seed: 1}
		_, err = t.Fit(tb.Context(), data.NewLoader(ds, data.BatchSize(2), data.Shuffle(1)), append(options, nn.Epochs(2))...)
		return err
	}
	path := filepath.Join(f.TempDir(), "checkpoint")
	if err := fit(f, nn.Checkpoint(path, 0)); err != nil {
		f.Fatal(err)
	}
	file, err := safetensors.Open(path)
	if err != nil {
		f.Fatal(err)
	}
	defer file.Close()
	var entries []safetensors.Entry
	for _, name := range file.Names() {
		v, err := file.Read(name)
		if err != nil {
			f.Fatal(err)
		}
		entries = append(entries, safetensors.Entry{Name: name, Value: v})
	}
	whole := file.Metadata()["gannet.checkpoint"]
	f.Add(whole)
	f.Add(strings.Replace(whole, `"cursor":{"epoch":2,"batch":0}`, `"cursor":{"epoch":1,"batch":2}`, 1))
	f.Add(strings.Replace(whole, `"cursor":{"epoch":2`, `"cursor":{"epoch":-1`, 1))
	f.Add(strings.Replace(whole, `"learning_rates":[0.1]`, `"learning_rates":[-1e300]`, 1))
	f.Fuzz(func(t *testing.T, description string) {
		var b bytes.Buffer
		if safetensors.Encode(&b, entries, map[string]string{"gannet.checkpoint": description}) != nil {
			return // text that is not UTF-8
		}
		path := filepath.Join(t.TempDir(), "checkpoint")
		if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		_ = fit(t, nn.Resume(path))
	})
}
