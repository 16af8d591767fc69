package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gannet-ml/gannet/data/internal/csvfile"
)

// rows are the values of a file, row by row: little more than the file takes,
// whatever the number of categories.
type rows struct {
	schema   *Schema
	n        int
	numbers  []float32 // [n, len(Numeric)], NaN where missing
	codes    []int32   // [n, len(Categorical)], of categories; missing or unknown
	targets  []float32 // [n, len(Targets)]
	labels   []int     // [n], if the target is a class
	words    []vocabulary
	classes  vocabulary
	sums     []float64 // of each column of numbers, without missing ones
	presents []int     // how many numbers these are
}

// Codes that are no category.
const (
	missing = -1
	unknown = -2
)

// vocabulary numbers the different texts of a column.
type vocabulary struct {
	codes map[string]int32
	texts []string
	fixed bool // texts that it does not have are unknown
}

// code returns the number of a text.
func (v *vocabulary) code(text string) int32 {
	c, ok := v.codes[text]
	switch {
	case ok:
		return c
	case v.fixed:
		return unknown
	}
	text = strings.Clone(text) // the line that it is a part of can go
	c = int32(len(v.texts))
	if v.codes == nil {
		v.codes = map[string]int32{}
	}
	v.codes[text] = c
	v.texts = append(v.texts, text)
	return c
}

// sort brings the texts into order and returns the new number of each old one.
func (v *vocabulary) sort() []int32 {
	old := v.texts
	v.texts = slices.Sorted(slices.Values(old))
	for i, text := range v.texts {
		v.codes[text] = int32(i)
	}
	renamed := make([]int32, len(old))
	for c, text := range old {
		renamed[c] = v.codes[text]
	}
	return renamed
}

// newRows returns no rows yet.
func newRows(s *Schema) *rows {
	return &rows{
		schema:   s,
		words:    make([]vocabulary, len(s.Categorical)),
		sums:     make([]float64, len(s.Numeric)),
		presents: make([]int, len(s.Numeric)),
	}
}

// read reads a file.
func (t *rows) read(r io.Reader) error {
	c := csvfile.NewReader(r, t.schema.Comma)
	header := t.schema.Header
	if header == nil {
		first, err := c.Read()
		if err != nil {
			return csvfile.Explain(err, nil, 0)
		}
		for _, name := range first {
			header = append(header, strings.TrimSpace(name))
		}
	}
	places, err := t.find(header)
	if err != nil {
		return err
	}
	c.FieldsPerRecord = len(header)
	for {
		record, err := c.Read()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = t.add(c, record, places)
		}
		if err != nil {
			return csvfile.Explain(err, record, len(header))
		}
	}
}

// find returns where the columns of the schema are.
func (t *rows) find(header []string) ([]int, error) {
	var places []int
	for _, name := range t.schema.columns() {
		at := slices.Index(header, name)
		switch {
		case at < 0:
			return nil, fmt.Errorf("header: no column %q, have %s", name, list(header))
		case slices.Contains(header[at+1:], name):
			return nil, fmt.Errorf("header: column %q comes twice", name)
		}
		places = append(places, at)
	}
	return places, nil
}

// add appends a row, or drops it.
func (t *rows) add(c *csv.Reader, record []string, places []int) error {
	s := t.schema
	if s.OnMissing == Drop && slices.ContainsFunc(places, func(at int) bool { return s.isMissing(strings.TrimSpace(record[at])) }) {
		return nil
	}
	for k, at := range places {
		value := strings.TrimSpace(record[at])
		if err := t.value(k, value); err != nil {
			line, column := c.FieldPos(at)
			return fmt.Errorf("line %d, column %d: %s is %q, %w", line, column, s.columns()[k], value, err)
		}
	}
	t.n++
	return nil
}

// value appends a value of column k of the schema's. An error says what is
// wanted instead.
func (t *rows) value(k int, value string) error {
	s := t.schema
	numeric, categorical := len(s.Numeric), len(s.Categorical)
	gone := s.isMissing(value)
	switch {
	case gone && (s.OnMissing == Refuse || k >= numeric+categorical):
		return errors.New("a missing value, want one")
	case k < numeric && gone:
		t.numbers = append(t.numbers, float32(math.NaN()))
	case k < numeric:
		v, err := number(value)
		if err != nil {
			return err
		}
		t.numbers = append(t.numbers, float32(v))
		t.sums[k] += v
		t.presents[k]++
	case (k < numeric+categorical || s.Class != "") && !utf8.ValidString(value): // could not be stored
		return errors.New("want text in UTF-8")
	case k < numeric+categorical && gone:
		t.codes = append(t.codes, missing)
	case k < numeric+categorical:
		words := &t.words[k-numeric]
		code := words.code(value)
		if code == unknown && !s.IgnoreUnknown {
			return fmt.Errorf("want one of %s", list(words.texts))
		}
		t.codes = append(t.codes, code)
	case s.Class == "":
		v, err := number(value)
		if err != nil {
			return err
		}
		t.targets = append(t.targets, float32(v))
	default:
		code := t.classes.code(value)
		if code == unknown {
			return fmt.Errorf("want one of %s", list(t.classes.texts))
		}
		t.labels = append(t.labels, int(code))
	}
	return nil
}

// number returns the value of a text that is finite as a float32.
func number(text string) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case errors.Is(err, strconv.ErrSyntax) || math.IsNaN(v):
		return 0, errors.New("want a number")
	case err != nil || math.IsInf(float64(float32(v)), 0):
		return 0, fmt.Errorf("want a number from %g to %g", -math.MaxFloat32, math.MaxFloat32)
	}
	return v, nil
}

// list quotes the first of some texts.
func list(texts []string) string {
	const most = 10
	if len(texts) > most {
		return fmt.Sprintf("%q and %d more", texts[:most], len(texts)-most)
	}
	return fmt.Sprintf("%q", texts)
}
