package table

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/gannet-ml/gannet/internal/atomicfile"
)

// Encoder turns the rows of a table into samples as those of the training file
// were. [Load] makes one; it can be stored as JSON, also with [Encoder.Save]. It
// is not to be changed.
type Encoder struct {
	Schema Schema `json:"schema"`

	Means      []float64  `json:"means"`      // of each column of numbers
	Categories [][]string `json:"categories"` // of each column of categories, in order
	Frequent   []int      `json:"frequent"`   // which of them is the most frequent
	Classes    []string   `json:"classes"`    // of the target, in order; none if it is numbers
}

// Load reads the table of a file to train with. Categories and classes are
// numbered in the order of their texts. It returns the data set and the encoder
// that reads other files like it. Errors name the file.
func Load(path string, schema Schema) (*Table, *Encoder, error) {
	var e *Encoder
	t, err := open(path, func(r io.Reader) (t *Table, err error) {
		t, e, err = learn(r, schema)
		return t, err
	})
	return t, e, err
}

// Decode is [Load] for a table that is read from r.
func Decode(r io.Reader, schema Schema) (*Table, *Encoder, error) {
	t, e, err := learn(r, schema)
	if err != nil {
		return nil, nil, fmt.Errorf("table: %w", err)
	}
	return t, e, nil
}

// Load reads the table of a file, which has the columns of the training file that
// the schema names, in any order.
func (e *Encoder) Load(path string) (*Table, error) { return open(path, e.encode) }

// Decode is [Encoder.Load] for a table that is read from r.
func (e *Encoder) Decode(r io.Reader) (*Table, error) {
	t, err := e.encode(r)
	if err != nil {
		return nil, fmt.Errorf("table: %w", err)
	}
	return t, nil
}

// open has a file read.
func open(path string, read func(r io.Reader) (*Table, error)) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("table: %w", err)
	}
	defer f.Close()
	t, err := read(f)
	if err != nil {
		return nil, fmt.Errorf("table: %s: %w", path, err)
	}
	return t, nil
}

// learn reads a table and what there is in it.
func learn(r io.Reader, schema Schema) (*Table, *Encoder, error) {
	if err := schema.check(); err != nil {
		return nil, nil, err
	}
	e := &Encoder{Schema: schema}
	rows := newRows(&e.Schema)
	if err := rows.read(r); err != nil {
		return nil, nil, err
	}
	if rows.n == 0 {
		return nil, nil, errors.New("no rows to learn from")
	}
	if err := e.learnNumbers(rows); err != nil {
		return nil, nil, err
	}
	if err := e.learnCategories(rows); err != nil {
		return nil, nil, err
	}
	renamed := rows.classes.sort()
	for i, c := range rows.labels {
		rows.labels[i] = int(renamed[c])
	}
	e.Classes = rows.classes.texts
	return e.table(rows), e, nil
}

// learnNumbers takes the means.
func (e *Encoder) learnNumbers(rows *rows) error {
	for k, name := range e.Schema.Numeric {
		if rows.presents[k] == 0 {
			return fmt.Errorf("column %q has no values, want some to take the mean of", name)
		}
		e.Means = append(e.Means, rows.sums[k]/float64(rows.presents[k]))
	}
	return nil
}

// learnCategories puts categories into order and counts them.
func (e *Encoder) learnCategories(rows *rows) error {
	columns := len(e.Schema.Categorical)
	for k, name := range e.Schema.Categorical {
		words := &rows.words[k]
		if len(words.texts) == 0 {
			return fmt.Errorf("column %q has no values, want some categories", name)
		}
		renamed := words.sort()
		count := make([]int, len(words.texts))
		for i := k; i < len(rows.codes); i += columns {
			if c := rows.codes[i]; c >= 0 {
				rows.codes[i] = renamed[c]
				count[renamed[c]]++
			}
		}
		e.Categories = append(e.Categories, words.texts)
		e.Frequent = append(e.Frequent, slices.Index(count, slices.Max(count)))
	}
	return nil
}

// encode reads a table with what was learnt.
func (e *Encoder) encode(r io.Reader) (*Table, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	rows := newRows(&e.Schema)
	for k, texts := range e.Categories {
		rows.words[k] = known(texts)
	}
	if len(e.Classes) > 0 {
		rows.classes = known(e.Classes)
	}
	if err := rows.read(r); err != nil {
		return nil, err
	}
	return e.table(rows), nil
}

// known returns the vocabulary of some texts and no others.
func known(texts []string) vocabulary {
	v := vocabulary{codes: map[string]int32{}, texts: texts, fixed: true}
	for i, text := range texts {
		v.codes[text] = int32(i)
	}
	return v
}

// check returns an error unless e is one that learn can have made.
func (e *Encoder) check() error {
	if err := e.Schema.check(); err != nil {
		return err
	}
	numeric, categorical := len(e.Schema.Numeric), len(e.Schema.Categorical)
	switch {
	case len(e.Means) != numeric:
		return fmt.Errorf("encoder: %d means, want %d", len(e.Means), numeric)
	case len(e.Categories) != categorical || len(e.Frequent) != categorical:
		return fmt.Errorf("encoder: categories of %d columns and %d most frequent ones, want %d", len(e.Categories), len(e.Frequent), categorical)
	case (e.Schema.Class != "") != (len(e.Classes) > 0):
		return fmt.Errorf("encoder: %d classes for the class column %q", len(e.Classes), e.Schema.Class)
	case !increasing(e.Classes):
		return fmt.Errorf("encoder: classes %s are not in order", list(e.Classes))
	}
	for k, m := range e.Means {
		if math.IsNaN(m) || math.IsInf(m, 0) {
			return fmt.Errorf("encoder: mean of column %q is %v", e.Schema.Numeric[k], m)
		}
	}
	for k, texts := range e.Categories {
		name := e.Schema.Categorical[k]
		if len(texts) == 0 || !increasing(texts) {
			return fmt.Errorf("encoder: categories %s of column %q are none or not in order", list(texts), name)
		}
		if f := e.Frequent[k]; f < 0 || f >= len(texts) {
			return fmt.Errorf("encoder: most frequent category of column %q is %d, want 0 to %d", name, f, len(texts)-1)
		}
	}
	return nil
}

// increasing reports whether every text comes after the one before it.
func increasing(texts []string) bool {
	for i := 1; i < len(texts); i++ {
		if texts[i-1] >= texts[i] {
			return false
		}
	}
	return true
}

// Features returns what each number of a sample is: the name of a column of
// numbers, or name=category.
func (e *Encoder) Features() []string {
	names := slices.Clone(e.Schema.Numeric)
	for k, texts := range e.Categories {
		for _, text := range texts {
			names = append(names, e.Schema.Categorical[k]+"="+text)
		}
	}
	return names
}

// Save writes the encoder to a file, as JSON, in one step.
func (e *Encoder) Save(path string) error {
	err := atomicfile.Write(path, func(w io.Writer) error {
		j := json.NewEncoder(w)
		j.SetIndent("", "\t")
		return j.Encode(e)
	})
	if err != nil {
		return fmt.Errorf("table: %s: %w", path, err)
	}
	return nil
}

// LoadEncoder reads an encoder that [Encoder.Save] wrote.
func LoadEncoder(path string) (*Encoder, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("table: %w", err)
	}
	var e Encoder
	err = json.Unmarshal(b, &e)
	if err == nil {
		err = e.check()
	}
	if err != nil {
		return nil, fmt.Errorf("table: %s: %w", path, err)
	}
	return &e, nil
}
