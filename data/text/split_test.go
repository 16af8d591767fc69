package text

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		by   Splitter
		text string
		want string // tokens with | between them
	}{
		// The sentence of Unicode Standard Annex #29, section 4.
		{Words, "The quick (“brown”) fox can’t jump 32.3 feet, right?", "The|quick|(|“|brown|”|)|fox|can’t|jump|32.3|feet|,|right|?"},
		{Words, "don't a_b e\u0301te\u0301\n\t", "don't|a_b|e\u0301te\u0301"},
		{Words, "我们 カタカナ", "我|们|カタカナ"},
		{Words, "", ""},
		{Words, " \u00a0\u3000", ""},
		{Whitespace, " a  b-c\td\u00a0e\n", "a|b-c|d|e"},
		{Characters, "aé\n👍", "a|é|\n|👍"},
		{Graphemes, "ae\u0301\n👩\u200d👧", "a|e\u0301|\n|👩\u200d👧"},
		// Published tests of BERT's basic tokenizer.
		{Basic, " \tHeLLo!how  \n Are yoU?  ", "HeLLo|!|how|Are|yoU|?"},
		{Basic, "ah\u535A\u63A8zz", "ah|\u535A|\u63A8|zz"},
		{Basic, "a\x00b\ufffdc\u200bd$e^f`g-h “i” カタ", "abcd|$|e|^|f|`|g|-|h|“|i|”|カタ"},
	} {
		got, err := c.by.Split(c.text)
		if err != nil || strings.Join(got, "|") != c.want {
			t.Errorf("%s of %q = %q, %v, want %s", c.by, c.text, got, err, c.want)
		}
	}
}

func TestSplitErrors(t *testing.T) {
	for _, p := range []Splitter{Words, Whitespace, Characters, Graphemes, Basic} {
		_, err := p.Split("é\xe9x")
		wantError(t, string(p), err, "text: "+string(p)+": byte 2 is 0xe9, want UTF-8")
	}
	_, err := Splitter("word").Split("a")
	wantError(t, "unknown", err, `text: splitter is "word", want "words", "whitespace"`)
}

func TestChain(t *testing.T) {
	n := Chain(NFKC, Chain(Fold, StripAccents), Normalizer{}, Spaces)
	if got, want := n.Apply(" Ångström\t\nSTRAẞE ﬁ² "), "angstrom strasse fi2"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	b, err := json.Marshal(n)
	if err != nil || string(b) != `["nfkc","fold","strip_accents","spaces"]` {
		t.Errorf("%s, %v", b, err)
	}
	var again Normalizer
	if err := json.Unmarshal(b, &again); err != nil || again.String() != n.String() {
		t.Errorf("%v, %v, want %v", again, err, n)
	}
	if b, err := json.Marshal(Normalizer{}); err != nil || string(b) != "[]" {
		t.Errorf("%s, %v", b, err)
	}
	wantError(t, "step", json.Unmarshal([]byte(`["nfc", "x"]`), &again), `normalizer has step "x", want one of ["fold" "lower"`)
	wantError(t, "number", json.Unmarshal([]byte(`1`), &again), "cannot unmarshal number")
}

// Tokens of Characters and Graphemes make up the text, those of the others but for
// white space do.
func FuzzSplit(f *testing.F) {
	f.Add("The quick (“brown”) fox can’t jump 32.3 feet, right?")
	f.Add("e\u0301 👩\u200d👧 \xff")
	f.Fuzz(func(t *testing.T, s string) {
		for _, p := range []Splitter{Words, Whitespace, Characters, Graphemes, Basic} {
			tokens, err := p.Split(s)
			if (err == nil) != utf8.ValidString(s) {
				t.Fatalf("%s: error %v", p, err)
			}
			if err != nil || p == Basic {
				continue
			}
			got, want := strings.Join(tokens, ""), s
			if p == Words || p == Whitespace {
				got, want = strings.Join(strings.Fields(got), ""), strings.Join(strings.Fields(s), "")
			}
			if got != want {
				t.Fatalf("%s: %q, want %q", p, got, want)
			}
			if slices.Contains(tokens, "") {
				t.Fatalf("%s: an empty token", p)
			}
		}
		for _, n := range []Normalizer{NFC, NFD, NFKC, NFKD, Lower, Fold, StripAccents, Spaces} {
			if once := n.Apply(s); utf8.ValidString(s) && !utf8.ValidString(once) {
				t.Fatalf("%v of %q is not UTF-8: %q", n, s, once)
			}
		}
	})
}
