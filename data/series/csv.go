package series

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gannet-ml/gannet/data/internal/csvfile"
)

// CSVOption is a setting of [LoadCSV].
type CSVOption func(*csvSettings)

type csvSettings struct {
	columns []string
	comma   rune
	missing []string
}

// Columns names the columns to read, in the order that channels are to have. The
// default is all.
func Columns(names ...string) CSVOption { return func(s *csvSettings) { s.columns = names } }

// Comma sets what stands between values. The default is a comma.
func Comma(c rune) CSVOption { return func(s *csvSettings) { s.comma = c } }

// MissingTexts sets which texts mean that a value is missing. The default is the
// empty one, ?, NA, NaN and nan.
func MissingTexts(texts ...string) CSVOption { return func(s *csvSettings) { s.missing = texts } }

// LoadCSV reads a table in which a row is a step of time and a column is a channel,
// as one series; [Collection.Windows] and [Collection.Forecast] make samples of it.
// The first line names the columns. White space round a value does not count.
// Errors name file, line and column, both from 1 on.
func LoadCSV(path string, opts ...CSVOption) (*Collection, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("series: %w", err)
	}
	defer f.Close()
	c, err := decodeCSV(f, opts)
	if err != nil {
		return nil, fmt.Errorf("series: %s: %w", path, err)
	}
	return c, nil
}

// DecodeCSV is [LoadCSV] for a table that is read from r.
func DecodeCSV(r io.Reader, opts ...CSVOption) (*Collection, error) {
	c, err := decodeCSV(r, opts)
	if err != nil {
		return nil, fmt.Errorf("series: %w", err)
	}
	return c, nil
}

func decodeCSV(r io.Reader, opts []CSVOption) (*Collection, error) {
	s := csvSettings{comma: ',', missing: []string{"", "?", "NA", "NaN", "nan"}}
	for _, o := range opts {
		o(&s)
	}
	in := csvfile.NewReader(r, s.comma)
	header, err := in.Read()
	if err != nil {
		return nil, csvfile.Explain(err, nil, 0)
	}
	columns := len(header)
	places, names, err := s.find(header)
	if err != nil {
		return nil, err
	}
	series := make(Series, len(places))
	for {
		row, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, csvfile.Explain(err, row, columns)
		}
		for k, at := range places {
			v, err := s.value(row[at])
			if err != nil {
				line, column := in.FieldPos(at)
				return nil, fmt.Errorf("line %d, column %d: %.40q %w", line, column, names[k], err)
			}
			series[k] = append(series[k], v)
		}
	}
	if series.Steps() == 0 {
		return nil, errors.New("the file has no rows")
	}
	return &Collection{Series: []Series{series}, Columns: names}, nil
}

// find returns where the columns to read are, and their names.
func (s *csvSettings) find(header []string) (places []int, names []string, err error) {
	where := map[string]int{}
	var all []string
	for i, name := range header {
		name = strings.TrimSpace(name)
		if !utf8.ValidString(name) {
			return nil, nil, fmt.Errorf("header: column %d is %.40q, want UTF-8", i+1, name)
		}
		if _, ok := where[name]; ok {
			return nil, nil, fmt.Errorf("header: column %.40q comes twice", name)
		}
		where[name] = i
		all = append(all, name)
	}
	names = s.columns
	if names == nil {
		names = all
	}
	if len(names) == 0 {
		return nil, nil, errors.New("no columns are to be read")
	}
	for _, name := range names {
		at, ok := where[name]
		if !ok {
			return nil, nil, fmt.Errorf("header: no column %q, have %.200q", name, fmt.Sprint(all))
		}
		places = append(places, at)
	}
	return places, slices.Clone(names), nil
}

// value reads a number, NaN if it is missing.
func (s *csvSettings) value(field string) (float32, error) {
	field = strings.TrimSpace(field)
	if slices.Contains(s.missing, field) {
		return float32(math.NaN()), nil
	}
	v, err := strconv.ParseFloat(field, 32)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, fmt.Errorf("is %.40q, want a finite number", field)
	}
	return float32(v), nil
}
