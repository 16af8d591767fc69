package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/table"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// encoderNote is where the file of a model keeps the encoder of its table.
const encoderNote = "encoder"

// predict prints what a model predicts for a row, written as column=value,…. A
// category that there was not in training is a mistake unless unknown allows it.
func predict(ctx context.Context, w io.Writer, row, model string, unknown bool) error {
	net, info, err := nn.Load(model)
	if err != nil {
		return err
	}
	var encoder table.Encoder
	if err := json.Unmarshal([]byte(info.Notes[encoderNote]), &encoder); err != nil {
		return fmt.Errorf("%s has no encoder of a table: %w", model, err)
	}
	if len(encoder.Schema.Targets) != 1 {
		return fmt.Errorf("%s predicts %q, want one number", model, encoder.Schema.Targets)
	}
	encoder.Schema.IgnoreUnknown = unknown
	x, err := encode(&encoder, row)
	if err != nil {
		return err
	}
	if x, err = info.Preprocess.Run(x); err != nil {
		return fmt.Errorf("%s: %w", model, err)
	}
	p, err := nn.NewPredictor(net, x.Shape())
	if err != nil {
		return fmt.Errorf("%s: %w", model, err)
	}
	defer p.Close()
	if p.OutputShape().Size() != 1 {
		return fmt.Errorf("%s has an output of shape %v, want a single number", model, p.OutputShape())
	}
	y, err := p.Predict(ctx, x.Reshape(1, x.Len()))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "  %s %.4g\n", encoder.Schema.Targets[0], y.Data()[0])
	return err
}

// asPairs writes a row as encode reads it, without its target and what is missing.
func asPairs(header, row []string, target string) string {
	var pairs []string
	for i, name := range header {
		if name != target && !slices.Contains(table.DefaultMissing, row[i]) {
			pairs = append(pairs, name+"="+row[i])
		}
	}
	var b strings.Builder
	c := csv.NewWriter(&b)
	_ = c.Write(pairs) // to memory
	c.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// encode makes a sample of a row: a table of one line, with a target that nobody
// looks at. Columns that the row does not name are missing and filled in.
func encode(encoder *table.Encoder, row string) (*tensor.Tensor, error) {
	target := encoder.Schema.Targets[0]
	header, values := []string{target}, []string{"0"}
	for _, name := range slices.Concat(encoder.Schema.Numeric, encoder.Schema.Categorical) {
		header, values = append(header, name), append(values, "")
	}
	pairs, err := csv.NewReader(strings.NewReader(row)).Read()
	if err != nil {
		return nil, fmt.Errorf("-predict %q: %w", row, err)
	}
	for _, pair := range pairs {
		name, _, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, fmt.Errorf("-predict: %q, want column=value", pair)
		}
		at := 0 // of the longest name that fits, since names may hold a = themselves
		for i, column := range header[1:] {
			if strings.HasPrefix(strings.TrimSpace(pair), column+"=") && (at == 0 || len(column) > len(header[at])) {
				at = i + 1
			}
		}
		if at == 0 {
			return nil, fmt.Errorf("-predict: no column %q, want some of %q", strings.TrimSpace(name), header[1:])
		}
		values[at] = strings.TrimSpace(pair)[len(header[at])+1:]
	}
	var b bytes.Buffer
	c := csv.NewWriter(&b)
	if err := c.WriteAll([][]string{header, values}); err != nil {
		return nil, err
	}
	ds, err := encoder.Decode(&b)
	if err != nil {
		return nil, fmt.Errorf("-predict: %w", err)
	}
	s, err := data.Get(ds, 0)
	if err != nil {
		return nil, fmt.Errorf("-predict: %w", err)
	}
	return s.X, nil
}
