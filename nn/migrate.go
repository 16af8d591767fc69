package nn

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/gannet-ml/gannet/tensor"
)

// The metadata of a model file.
const (
	formatKey  = "gannet.format"
	networkKey = "gannet.network"
	infoKey    = "gannet.info"
)

// migrations change the metadata of a file to that of the next format: element 0
// from format 1 to 2, and so on. What they read and write is fixed, whatever later
// formats are like. testdata has a file of every format.
var migrations = []func(meta map[string]string) error{
	describePorts,
}

// format returns the format that this library writes.
func format() string { return strconv.Itoa(len(migrations) + 1) }

// migrate changes the metadata of a file of any format to that of the last.
func migrate(meta map[string]string) error {
	v, ok := meta[formatKey]
	if !ok {
		return errors.New("the file has weights but no description of a network; use LoadWeights")
	}
	for from, change := range migrations {
		if v != strconv.Itoa(from+1) {
			continue
		}
		if err := change(meta); err != nil {
			return err
		}
		v = strconv.Itoa(from + 2)
	}
	if v != format() {
		return fmt.Errorf("the file has format %q, want %q; a newer version of the library may read it", v, format())
	}
	return nil
}

// describePorts leads from format 1 to 2: the info has lists of inputs and outputs
// with names and types in place of the shapes "input" and "more".
func describePorts(meta map[string]string) error {
	var old struct {
		Input      tensor.Shape      `json:"input"`
		More       []tensor.Shape    `json:"more"`
		Classes    []string          `json:"classes"`
		Preprocess json.RawMessage   `json:"preprocess"`
		Source     tensor.Shape      `json:"source"`
		Notes      map[string]string `json:"notes"`
	}
	if err := strict([]byte(meta[infoKey]), &old); err != nil {
		return fmt.Errorf("info: %w", err)
	}
	type port struct {
		Name  string       `json:"name"`
		Type  string       `json:"type"`
		Shape tensor.Shape `json:"shape,omitzero"`
	}
	var inputs []port
	switch {
	case old.Input == nil && len(old.More) > 0:
		return fmt.Errorf("info: more: %d further inputs and no first one", len(old.More))
	case len(old.More) >= maxInputs:
		return fmt.Errorf("info: %d inputs, want at most %d", len(old.More)+1, maxInputs)
	case len(old.More) > 0:
		for k, s := range slices.Insert(old.More, 0, old.Input) {
			inputs = append(inputs, port{fmt.Sprintf("input_%d", k), "F32", s})
		}
	case old.Input != nil:
		inputs = []port{{"input", "F32", old.Input}}
	}
	text, err := json.Marshal(struct {
		Inputs     []port            `json:"inputs,omitempty"`
		Outputs    []port            `json:"outputs"`
		Classes    []string          `json:"classes,omitempty"`
		Preprocess json.RawMessage   `json:"preprocess,omitempty"`
		Source     tensor.Shape      `json:"source,omitempty"`
		Notes      map[string]string `json:"notes,omitempty"`
	}{inputs, []port{{Name: "output", Type: "F32"}}, old.Classes, old.Preprocess, old.Source, old.Notes})
	if err != nil {
		return fmt.Errorf("info: %w", err)
	}
	meta[infoKey] = string(text)
	return nil
}
