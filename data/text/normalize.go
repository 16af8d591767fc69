package text

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// Normalizer brings different spellings of a text to one, in one step or several.
// The zero Normalizer changes nothing. JSON holds it as the list of its steps.
// Goroutines may share it.
type Normalizer struct{ steps []string }

// The steps of a [Normalizer], to be used alone or in a [Chain].
var (
	// NFC, NFD, NFKC and NFKD are the normal forms of Unicode (Standard Annex
	// #15): C composes accents with their letters, D decomposes; K also replaces
	// what only looks different, such as ﬁ by fi and ² by 2.
	NFC  = Normalizer{[]string{"nfc"}}
	NFD  = Normalizer{[]string{"nfd"}}
	NFKC = Normalizer{[]string{"nfkc"}}
	NFKD = Normalizer{[]string{"nfkd"}}

	// Lower makes lower case, Fold what compares without regard to case: ß becomes
	// ss, which Lower leaves.
	Lower = Normalizer{[]string{"lower"}}
	Fold  = Normalizer{[]string{"fold"}}

	// StripAccents takes accents off letters: it decomposes (NFD) and removes what
	// is of the category Mn, non-spacing marks. It leaves ø and ł, which Unicode does
	// not decompose. What is left stays decomposed, also Korean; NFC after it
	// composes.
	StripAccents = Normalizer{[]string{"strip_accents"}}

	// Spaces makes every run of white space one space and removes it at both ends.
	Spaces = Normalizer{[]string{"spaces"}}
)

// steps has what each step does. Transformers of x/text keep state, so each use
// makes its own.
var steps = map[string]func(s string) string{
	"nfc":           norm.NFC.String,
	"nfd":           norm.NFD.String,
	"nfkc":          norm.NFKC.String,
	"nfkd":          norm.NFKD.String,
	"lower":         func(s string) string { return cases.Lower(language.Und).String(s) },
	"fold":          func(s string) string { return cases.Fold().String(s) },
	"strip_accents": stripAccents,
	"spaces":        func(s string) string { return strings.Join(strings.Fields(s), " ") },
}

func stripAccents(s string) string {
	// Neither step has an error: both transform any bytes.
	out, _, _ := transform.String(transform.Chain(norm.NFD, runes.Remove(runes.In(unicode.Mn))), s)
	return out
}

// Chain returns a Normalizer that does what the given ones do, one after the
// other:
//
//	text.Chain(text.NFKC, text.Fold, text.StripAccents)
func Chain(of ...Normalizer) Normalizer {
	var all []string
	for _, n := range of {
		all = append(all, n.steps...)
	}
	return Normalizer{all}
}

// Apply returns s normalized.
func (n Normalizer) Apply(s string) string {
	for _, step := range n.steps {
		s = steps[step](s)
	}
	return s
}

// String returns the names of the steps, such as "nfkc, fold".
func (n Normalizer) String() string { return strings.Join(n.steps, ", ") }

// MarshalJSON writes the names of the steps.
func (n Normalizer) MarshalJSON() ([]byte, error) {
	return json.Marshal(append([]string{}, n.steps...))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Normalizer) UnmarshalJSON(b []byte) error {
	var names []string
	if err := json.Unmarshal(b, &names); err != nil {
		return err
	}
	for _, name := range names {
		if steps[name] == nil {
			return fmt.Errorf("text: normalizer has step %q, want one of %q", name, slices.Sorted(maps.Keys(steps)))
		}
	}
	n.steps = names
	return nil
}
