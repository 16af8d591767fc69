package nn

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/internal/atomicfile"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
	"github.com/gannet-ml/gannet/tensor/safetensors"
)

// A checkpoint is a safetensors file: the parameters under "model.", the state of
// the optimizer under "optimizer.", that of averages under "average.", and the rest
// as JSON in the metadata.
const (
	checkpointKey   = "gannet.checkpoint"
	modelPrefix     = "model."
	optimizerPrefix = "optimizer."
	averagePrefix   = "average."
)

// progress is the part of a checkpoint that is not tensors.
type progress struct {
	Version int           `json:"version"`
	Step    uint64        `json:"step"` // of the tape, which keys randomness
	Cursor  data.Cursor   `json:"cursor"`
	Loader  string        `json:"loader"`    // its description, to recognise another one
	Rule    string        `json:"optimizer"` // its type and name, likewise
	Rates   []float64     `json:"learning_rates"`
	Initial []float64     `json:"initial_rates"`
	History History       `json:"history"`
	Sum     float64       `json:"loss_sum"` // of the epoch so far
	Count   int           `json:"samples"`
	Begun   bool          `json:"begun"` // callbacks know that the epoch began
	Seed    uint64        `json:"seed"`
	Spent   time.Duration `json:"spent"`  // in the epoch so far
	Waited  time.Duration `json:"waited"` // of it, for the loader
}

const checkpointVersion = 1

// trained returns the parameters that belong to a checkpoint: those of the model
// and any others that the optimizer changes.
func (f *fit) trained() ([]named, error) {
	var list []named
	if f.Model != nil {
		var err error
		if list, err = collect(f.Model); err != nil {
			return nil, err
		}
	}
	for _, g := range f.Optimizer.Groups() {
		for _, p := range g.Params {
			if !slices.ContainsFunc(list, func(n named) bool { return n.Param == p }) {
				list = append(list, named{p.Name, p})
			}
		}
	}
	return list, nil
}

// ruleOf names the rule of an optimizer: by its String method, as those of package
// optim have, or by its type.
func ruleOf(o optim.Optimizer) string {
	if s, ok := o.(fmt.Stringer); ok {
		return s.String()
	}
	return fmt.Sprintf("%T", o)
}

// save writes a checkpoint.
func (f *fit) save(path string) error {
	params, err := f.trained()
	if err == nil && f.average != nil && f.average.Swapped() {
		err = errSwapped
	}
	if err == nil {
		err = f.wrecked() // the checkpoint before is worth more
	}
	if err != nil {
		return fmt.Errorf("nn: Checkpoint: %w", err)
	}
	var entries []safetensors.Entry
	for _, p := range params {
		if p.Value == nil {
			return fmt.Errorf("nn: Checkpoint: parameter %q has no value", p.path)
		}
		entries = append(entries, safetensors.Entry{Name: modelPrefix + p.path, Value: p.Value})
	}
	for name, v := range f.Optimizer.State() {
		entries = append(entries, safetensors.Entry{Name: optimizerPrefix + name, Value: v})
	}
	if f.average != nil {
		for name, v := range f.average.State() {
			entries = append(entries, safetensors.Entry{Name: averagePrefix + name, Value: v})
		}
	}
	p := progress{
		Version: checkpointVersion, Cursor: f.place.cursor, Step: f.place.step, Loader: f.loader.String(), Rule: ruleOf(f.Optimizer),
		History: f.history, Sum: f.sum, Count: f.count, Begun: f.begun, Seed: f.Seed,
	}
	if f.count > 0 {
		p.Spent = f.before + time.Since(f.started) - f.paused
		p.Waited = f.waited
	}
	for _, g := range f.Optimizer.Groups() {
		p.Rates, p.Initial = append(p.Rates, g.LR), append(p.Initial, g.InitialLR)
	}
	j, err := json.Marshal(p)
	if err == nil {
		_, err = atomicfile.CleanTemp(path) // what a run that was killed may have left
	}
	if err == nil {
		err = safetensors.Write(path, entries, map[string]string{checkpointKey: string(j)})
	}
	if err != nil {
		return fmt.Errorf("nn: Checkpoint: %w", err)
	}
	return nil
}

// load continues from a checkpoint, if it is there.
func (f *fit) load(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		epochs, err := keptEpochs(path)
		if err != nil {
			return fmt.Errorf("nn: Resume: %w", err)
		}
		if len(epochs) == 0 {
			return nil
		}
		path = keptFile(path, epochs[len(epochs)-1])
	}
	s, err := safetensors.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("nn: Resume: %w", err)
	}
	defer s.Close()
	if err := f.restore(s); err != nil {
		return fmt.Errorf("nn: Resume: %s: %w", path, err)
	}
	return nil
}

func (f *fit) restore(s *safetensors.File) error {
	j, ok := s.Metadata()[checkpointKey]
	if !ok {
		return errors.New("the file is no checkpoint")
	}
	var p progress
	if err := strict([]byte(j), &p); err != nil {
		return err
	}
	groups := f.Optimizer.Groups()
	switch {
	case p.Version != checkpointVersion:
		return fmt.Errorf("the checkpoint has version %d, want %d", p.Version, checkpointVersion)
	case p.Seed != f.Seed:
		return fmt.Errorf("the checkpoint is of seed %d, the trainer has %d", p.Seed, f.Seed)
	case p.Loader != f.loader.String():
		return fmt.Errorf("the checkpoint is of a loader with %s; this one has %s", p.Loader, f.loader)
	case p.Rule != ruleOf(f.Optimizer):
		return fmt.Errorf("the checkpoint is of the optimizer %s, want %s", p.Rule, ruleOf(f.Optimizer))
	case len(p.Rates) != len(groups) || len(p.Initial) != len(groups):
		return fmt.Errorf("the checkpoint is of %d groups of parameters, the optimizer has %d", len(p.Rates), len(groups))
	}
	params, err := f.trained()
	if err != nil {
		return err
	}
	values := make([]*tensor.Tensor, len(params))
	for i, q := range params {
		v, err := s.ReadTensor(modelPrefix + q.path)
		if err != nil {
			return err
		}
		if !v.Shape().Equal(q.Shape()) {
			return fmt.Errorf("parameter %q has shape %v, want %v", q.path, v.Shape(), q.Shape())
		}
		values[i] = v
	}
	state, err := read(s, optimizerPrefix)
	if err != nil {
		return err
	}
	average, err := read(s, averagePrefix)
	if err != nil {
		return err
	}
	if len(average) > 0 && f.average == nil {
		return errors.New("the checkpoint has averages of the weights; continue with AverageSteps or AverageEpochs")
	}
	if n := len(s.Names()) - len(state) - len(average); n != len(params) {
		return fmt.Errorf("the checkpoint has %d parameters, the network has %d", n, len(params))
	}
	before := f.loader.Cursor()
	if err := f.loader.Seek(p.Cursor); err != nil {
		return err
	}
	averaged := map[string]tensor.Any{}
	if f.average != nil {
		averaged = f.average.State()
		err = f.average.SetState(average)
	}
	if err == nil {
		if err = f.Optimizer.SetState(state); err != nil && f.average != nil {
			err = errors.Join(err, f.average.SetState(averaged))
		}
	}
	if err != nil {
		return errors.Join(err, f.loader.Seek(before))
	}
	for i, q := range params {
		if q.Value == nil {
			q.Value = values[i]
		} else {
			q.Value.Copy(values[i])
		}
	}
	for i, g := range groups {
		g.LR, g.InitialLR = p.Rates[i], p.Initial[i]
	}
	f.tape = grad.NewTape(grad.Training, f.Seed)
	f.tape.SetStep(p.Step)
	f.history, f.sum, f.count, f.before, f.waited, f.begun = p.History, p.Sum, p.Count, p.Spent, p.Waited, p.Begun
	return nil
}

// KeepLast writes a checkpoint after every epoch to a folder, under the number of
// the epoch, such as epoch-00012.safetensors, and removes those before the last n.
// [Resume] from the folder continues from the last one.
func KeepLast(dir string, n int) Option {
	return option(func(f *fit) { f.keepDir, f.keepLast = dir, n })
}

// keep writes the checkpoint of the epoch that ended and removes old ones.
func (f *fit) keep() error {
	if err := os.MkdirAll(f.keepDir, 0o755); err != nil {
		return fmt.Errorf("nn: KeepLast: %w", err)
	}
	if err := f.save(keptFile(f.keepDir, len(f.history.Epochs))); err != nil {
		return err
	}
	epochs, err := keptEpochs(f.keepDir)
	if err != nil {
		return fmt.Errorf("nn: KeepLast: %w", err)
	}
	for _, epoch := range epochs[:max(len(epochs)-f.keepLast, 0)] {
		if err := os.Remove(keptFile(f.keepDir, epoch)); err != nil {
			return fmt.Errorf("nn: KeepLast: %w", err)
		}
	}
	return nil
}

const keptName = "epoch-%05d.safetensors"

// keptFile returns the path of the checkpoint of an epoch.
func keptFile(dir string, epoch int) string { return filepath.Join(dir, fmt.Sprintf(keptName, epoch)) }

// keptEpochs returns the epochs of which a folder has a checkpoint, in order.
func keptEpochs(dir string) ([]int, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var epochs []int
	for _, f := range files {
		var n int
		if _, err := fmt.Sscanf(f.Name(), keptName, &n); err == nil && f.Name() == fmt.Sprintf(keptName, n) {
			epochs = append(epochs, n)
		}
	}
	slices.Sort(epochs)
	return epochs, nil
}

// read returns the tensors whose names have a prefix, without it.
func read(s *safetensors.File, prefix string) (map[string]tensor.Any, error) {
	m := map[string]tensor.Any{}
	for _, name := range s.Names() {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			v, err := s.Read(name)
			if err != nil {
				return nil, err
			}
			m[rest] = v
		}
	}
	return m, nil
}
