package nn

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/safetensors"
)

// SaveWeights writes the parameters and buffers of a network to a safetensors
// file, under their paths. The file at path is replaced as a whole or, if
// anything fails, stays as it is.
func SaveWeights(path string, net Module) error {
	entries, err := entries(net)
	if err == nil {
		err = safetensors.Write(path, entries, map[string]string{"format": "pt"})
	}
	if err != nil {
		return fmt.Errorf("nn: SaveWeights: %w", err)
	}
	return nil
}

// entries returns the parameters for a file.
func entries(net Module) ([]safetensors.Entry, error) {
	params, err := collect(net)
	if err != nil {
		return nil, err
	}
	list := make([]safetensors.Entry, len(params))
	for i, p := range params {
		if p.Value == nil {
			return nil, fmt.Errorf("parameter %q has no value; call nn.Init first", p.path)
		}
		list[i] = safetensors.Entry{Name: p.path, Value: p.Value}
	}
	return list, nil
}

// LoadWeights reads the parameters and buffers of a network from a safetensors
// file that has just these, with their shapes: one that [SaveWeights] wrote, or
// PyTorch with the same names. The counters num_batches_tracked of PyTorch's
// batch normalisation are ignored. The network need not have been initialised. If
// it returns an error, nothing has changed.
func LoadWeights(path string, net Module) error {
	f, err := safetensors.Open(path)
	if err != nil {
		return fmt.Errorf("nn: LoadWeights: %w", err)
	}
	defer f.Close()
	params, err := collect(net)
	if err == nil {
		err = loadParams(f, params)
	}
	if err != nil {
		return fmt.Errorf("nn: LoadWeights: %s: %w", path, err)
	}
	return nil
}

// loadParams gives parameters the values they have in a file.
func loadParams(f *safetensors.File, params []named) error {
	if err := match(f, params); err != nil {
		return err
	}
	values := make([]*tensor.Tensor, len(params))
	for i, p := range params {
		v, err := f.ReadTensor(p.path)
		if err != nil {
			return err
		}
		values[i] = v
	}
	for i, p := range params {
		if p.Value == nil {
			p.Value = values[i]
		} else {
			p.Value.Copy(values[i]) // in place, since a tape may refer to it
		}
	}
	return nil
}

// match checks that a file has the tensors that the parameters want, before
// anything is read.
func match(f *safetensors.File, params []named) error {
	want := map[string]bool{}
	var missing, surplus []string
	for _, p := range params {
		want[p.path] = true
		info, ok := f.Info(p.path)
		if !ok {
			missing = append(missing, p.path)
		} else if !info.Shape.Equal(p.Shape()) {
			return fmt.Errorf("tensor %q has shape %v, want %v", p.path, info.Shape, p.Shape())
		}
	}
	for _, n := range f.Names() {
		if !want[n] && !strings.HasSuffix(n, "num_batches_tracked") {
			surplus = append(surplus, n)
		}
	}
	if len(missing)+len(surplus) > 0 {
		slices.Sort(surplus)
		return fmt.Errorf("the tensors are not those of the network: missing %s; unexpected %s", some(missing), some(surplus))
	}
	return nil
}

// some lists names, not too many of them.
func some(names []string) string {
	const most = 8
	switch n := len(names); {
	case n == 0:
		return "none"
	case n > most:
		return fmt.Sprintf("%q and %d more", names[:most], n-most)
	}
	return fmt.Sprintf("%q", names)
}
