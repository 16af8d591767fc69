package table

import (
	"fmt"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// Table is a data set of the rows of a table, in their order. [Load] and
// [Encoder.Load] make one. It keeps a number for each value in memory; the ones
// and zeros of categories are written when a sample is read.
type Table struct {
	spec       data.Spec
	rows       *rows
	categories []int // how many each column has
}

// table makes a data set of rows.
func (e *Encoder) table(rows *rows) *Table {
	e.fill(rows)
	t := &Table{rows: rows}
	width := len(e.Schema.Numeric)
	for _, texts := range e.Categories {
		t.categories = append(t.categories, len(texts))
		width += len(texts)
	}
	t.spec.X, t.spec.Y = tensor.Shape{width}, tensor.Shape{}
	if n := len(e.Schema.Targets); n > 1 {
		t.spec.Y = tensor.Shape{n}
	}
	t.spec.Classes, t.spec.ClassNames = len(e.Classes), e.Classes
	return t
}

// fill replaces what is missing, which there is only if it is to be filled.
func (e *Encoder) fill(rows *rows) {
	for i, v := range rows.numbers {
		if v != v {
			rows.numbers[i] = float32(e.Means[i%len(e.Means)])
		}
	}
	for i, c := range rows.codes {
		if c == missing {
			rows.codes[i] = int32(e.Frequent[i%len(e.Frequent)])
		}
	}
}

// Len returns the number of rows that were read and not dropped.
func (t *Table) Len() int { return t.rows.n }

// Spec says what the samples look like: X [number of features], Y a class label
// or a number, or [number of targets] if there are several.
func (t *Table) Spec() data.Spec { return t.spec }

// Label returns the class of row i.
func (t *Table) Label(i int) (int, error) {
	if t.spec.Classes == 0 {
		return 0, fmt.Errorf("table: the target is not a class")
	}
	if err := t.has(i); err != nil {
		return 0, err
	}
	return t.rows.labels[i], nil
}

func (t *Table) has(i int) error {
	if i < 0 || i >= t.rows.n {
		return fmt.Errorf("table: no row %d, have %d", i, t.rows.n)
	}
	return nil
}

// Read writes row i to dst.
func (t *Table) Read(i int, dst data.Sample) error {
	if err := t.has(i); err != nil {
		return err
	}
	if err := t.spec.Fits(dst); err != nil {
		return fmt.Errorf("table: %w", err)
	}
	switch y := dst.Y.(type) {
	case *tensor.Ints:
		y.Set(t.rows.labels[i])
	case *tensor.Tensor:
		n := y.Len()
		copy(y.Data(), t.rows.targets[i*n:(i+1)*n])
	}
	t.features(i, dst.X.Data())
	return nil
}

// features writes the input of row i.
func (t *Table) features(i int, x []float32) {
	numeric, categorical := len(t.rows.schema.Numeric), len(t.categories)
	copy(x, t.rows.numbers[i*numeric:(i+1)*numeric])
	x = x[numeric:]
	clear(x)
	for k, n := range t.categories {
		if c := t.rows.codes[i*categorical+k]; c != unknown {
			x[c] = 1
		}
		x = x[n:]
	}
}
