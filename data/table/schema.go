package table

import (
	"fmt"
	"slices"
)

// Schema says which columns of a table to read, by name, and how.
type Schema struct {
	Numeric     []string `json:"numeric,omitempty"`     // columns of numbers
	Categorical []string `json:"categorical,omitempty"` // columns of which every different text is a category

	// The target is either a column of classes, of which every different text is
	// one, or one or more columns of numbers.
	Class   string   `json:"class,omitempty"`
	Targets []string `json:"targets,omitempty"`

	// Header names the columns of a file that does not; nil means that the first
	// line does.
	Header []string `json:"header,omitempty"`

	// Comma stands between values; 0 means a comma.
	Comma rune `json:"comma,omitempty"`

	// Missing are the texts that mean that a value is missing; nil means
	// DefaultMissing.
	Missing []string `json:"missing"`

	// OnMissing is what becomes of rows in which a value is missing.
	OnMissing Policy `json:"on_missing,omitempty"`

	// IgnoreUnknown gives a category that the training file does not have zeros
	// alone; otherwise it is an error, as an unknown class always is.
	IgnoreUnknown bool `json:"ignore_unknown,omitempty"`
}

// DefaultMissing are the texts that stand for missing values if a [Schema] does
// not say. They are not to be changed.
var DefaultMissing = []string{"", "NA", "N/A", "NaN", "nan", "NULL", "null"}

// Policy is what to do about missing values.
type Policy string

const (
	// Refuse makes a missing value an error.
	Refuse Policy = ""

	// Drop leaves out rows in which one of the columns read has no value.
	Drop Policy = "drop"

	// Fill replaces a missing number by the mean of its column and a missing
	// category by the most frequent one, the first in order of several, both of
	// the training file, as scikit-learn's SimpleImputer does. A missing target is
	// an error.
	Fill Policy = "fill"
)

// check returns an error if the schema contradicts itself.
func (s *Schema) check() error {
	switch {
	case len(s.Numeric)+len(s.Categorical) == 0:
		return fmt.Errorf("the schema has no columns, want some in Numeric or Categorical")
	case (s.Class != "") == (len(s.Targets) > 0):
		return fmt.Errorf("the schema has class %q and targets %q, want one of both", s.Class, s.Targets)
	case s.OnMissing != Refuse && s.OnMissing != Drop && s.OnMissing != Fill:
		return fmt.Errorf("OnMissing is %q, want Refuse, Drop or Fill", string(s.OnMissing))
	}
	seen := map[string]bool{}
	for _, name := range s.columns() {
		if seen[name] {
			return fmt.Errorf("the schema has column %q twice", name)
		}
		seen[name] = true
	}
	return nil
}

// columns returns the names of all columns that are read: numbers, categories,
// target.
func (s *Schema) columns() []string {
	all := slices.Concat(s.Numeric, s.Categorical, s.Targets)
	if s.Class != "" {
		all = append(all, s.Class)
	}
	return all
}

// isMissing reports whether a value is missing.
func (s *Schema) isMissing(value string) bool {
	if s.Missing == nil {
		return slices.Contains(DefaultMissing, value)
	}
	return slices.Contains(s.Missing, value)
}
