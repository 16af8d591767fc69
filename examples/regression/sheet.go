package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/table"
	"github.com/gannet-ml/gannet/internal/atomicfile"
	"github.com/gannet-ml/gannet/tensor"
)

// sheet is a CSV file as it comes.
type sheet struct {
	header []string
	rows   [][]string
}

// maxCategories bounds the different texts of a column. One with more of them is
// likely a name or a number of the row, from which nothing can be learnt.
const maxCategories = 100

// readSheet reads a CSV file and checks its target, so that an error names the line
// in this file and not in a part of it.
func readSheet(path, target string) (*sheet, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	s := &sheet{}
	if s.header, err = r.Read(); err != nil {
		return nil, fmt.Errorf("%s: header: %w", path, err)
	}
	s.header[0] = strings.TrimPrefix(s.header[0], "\uFEFF") // which spreadsheets put first
	for i, name := range s.header {
		s.header[i] = strings.TrimSpace(name)
	}
	at := slices.Index(s.header, target)
	if at < 0 {
		return nil, fmt.Errorf("%s: no column %q, have %q", path, target, s.header)
	}
	for {
		row, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if !isNumber(row[at]) {
			line, _ := r.FieldPos(at)
			return nil, fmt.Errorf("%s: line %d: %s is %q, want a number", path, line, target, row[at])
		}
		s.rows = append(s.rows, row)
	}
	return s, nil
}

// isNumber reports whether a text is a number that a float32 holds.
func isNumber(text string) bool {
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 32)
	return err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// schema says what the columns are: those of numbers alone are numbers, others are
// categories. What is missing will be filled in, and a category that comes up later
// counts as none.
func (s *sheet) schema(target string) (table.Schema, error) {
	schema := table.Schema{Targets: []string{target}, OnMissing: table.Fill, IgnoreUnknown: true}
	for k, name := range s.header {
		if name == target {
			continue
		}
		numeric, texts := true, map[string]bool{}
		for _, row := range s.rows {
			text := strings.TrimSpace(row[k])
			if slices.Contains(table.DefaultMissing, text) {
				continue
			}
			numeric = numeric && isNumber(text)
			texts[text] = true
		}
		switch {
		case len(texts) == 0:
			return schema, fmt.Errorf("column %q has no values, want a table without it", name)
		case numeric:
			schema.Numeric = append(schema.Numeric, name)
		case len(texts) > maxCategories:
			return schema, fmt.Errorf("column %q has %d different texts, want at most %d, or a table without it", name, len(texts), maxCategories)
		default:
			schema.Categorical = append(schema.Categorical, name)
		}
	}
	return schema, nil
}

// The parts of a table.
const (
	trainPart = iota
	validationPart
	testPart
	parts
)

var partNames = [parts]string{"train", "validation", "test"}

// split divides the rows into parts, by number: about 70 %, 15 % and 15 %. The part
// of a row depends on the seed and on what is in it alone, so that it stays there
// when the table grows, and equal rows are in the same part.
func (s *sheet) split(seed uint64) (members [parts][]int, err error) {
	numbers := tensor.New(count(len(s.rows)), len(s.rows))
	key := func(i int) string { return fmt.Sprintf("%d %q", seed, s.rows[i]) }
	sets, err := data.SplitByHash(data.Tensors(tensor.Zeros(len(s.rows)), numbers), key, 0.7, 0.15, 0.15)
	if err != nil {
		return members, err
	}
	for part, set := range sets {
		if set.Len() < 2 {
			return members, errors.New("too few rows to train, validate and test with, want a longer table")
		}
		for i := range set.Len() {
			row, err := data.Label(set, i) // the number of the row
			if err != nil {
				return members, err
			}
			members[part] = append(members[part], row)
		}
	}
	return members, nil
}

// write writes rows, of which members are the numbers, to a CSV file.
func (s *sheet) write(path string, members []int) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		c := csv.NewWriter(w)
		_ = c.Write(s.header) // errors stay in c
		for _, i := range members {
			_ = c.Write(s.rows[i])
		}
		c.Flush()
		return c.Error()
	})
}
