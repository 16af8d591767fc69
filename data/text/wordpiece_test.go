package text

import (
	"slices"
	"strings"
	"testing"
)

// pieces returns a WordPiece of a file with these lines.
func pieces(t testing.TB, lines ...string) *WordPiece {
	t.Helper()
	p, err := LoadWordPiece(write(t, "vocab.txt", strings.Join(lines, "\n")+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// published are the vocabulary and the cases of the tests that BERT was published
// with, tokenization_test.py of github.com/google-research/bert.
var published = []string{"[UNK]", "[CLS]", "[SEP]", "want", "##want", "##ed", "wa", "un", "runn", "##ing", ",", "[PAD]"}

func TestWordPiece(t *testing.T) {
	p := pieces(t, published...)
	for _, c := range []struct{ text, want string }{
		{"UNwant\u00E9d,running", "un ##want ##ed , runn ##ing"},
		{"", ""},
		{"unwanted running", "un ##want ##ed runn ##ing"},
		{"unwantedX running", "[UNK] runn ##ing"},
		{"wantwant wa", "want ##want wa"},
		{"want \t\x00unWANTED\u200b", "want un ##want ##ed"},
		{strings.Repeat("want", 25), "want" + strings.Repeat(" ##want", 24)}, // 100 code points
		{strings.Repeat("want", 25) + "ed", "[UNK]"},
	} {
		got, err := p.Tokens(c.text)
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%q: %q, %v, want %s", c.text, got, err, c.want)
		}
	}
	ids, err := p.Encode("UNwant\u00E9d,running")
	if err != nil || !slices.Equal(ids, []int{7, 4, 5, 10, 8, 9}) {
		t.Errorf("Encode = %v, %v", ids, err)
	}
	p.Ends, p.MaxLen = true, 5
	ids, err = p.Encode("UNwant\u00E9d,running")
	if err != nil || !slices.Equal(ids, []int{1, 7, 4, 5, 2}) {
		t.Errorf("Encode = %v, %v", ids, err)
	}
	if s, err := p.Decode(append(ids, 11)); err != nil || s != "unwanted" {
		t.Errorf("Decode = %q, %v", s, err)
	}
	if p.Size() != 12 {
		t.Errorf("Size = %d", p.Size())
	}
	p.Cased = true
	if got, err := p.Tokens("Want wa"); err != nil || !slices.Equal(got, []string{"[UNK]", "wa"}) {
		t.Errorf("cased: %q, %v", got, err)
	}
}

func TestWordPieceErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "0 tokens",
		"a\nb\na\n":             `line 3: piece "a" comes in line 1 already`,
		"a\n\xff\n":             "line 2: byte 0 is 0xff, want UTF-8",
		"[PAD]\n[UNK]\n[CLS]\n": `there is no special token "[SEP]"`,
	} {
		path := write(t, "vocab.txt", text)
		_, err := LoadWordPiece(path)
		wantError(t, text, err, "text: "+path+": "+want)
	}
	p := pieces(t, published...)
	_, err := p.Encode("a\xff")
	wantError(t, "Encode", err, "text: WordPiece: byte 1 is 0xff, want UTF-8")
	_, err = p.Decode([]int{12})
	wantError(t, "Decode", err, "number 0 is 12, want 0 to 11")
	_, err = new(WordPiece).Encode("a")
	wantError(t, "Encode", err, "there is no vocabulary")
	_, err = new(WordPiece).Decode(nil)
	wantError(t, "Decode", err, "there is no vocabulary")
	if new(WordPiece).Size() != 0 {
		t.Error("nothing has a size")
	}
}

func FuzzWordPiece(f *testing.F) {
	f.Add("UNwant\u00E9d,running")
	f.Add("\u0130 \x00 ##ing")
	f.Fuzz(func(t *testing.T, s string) {
		p := pieces(t, published...)
		ids, err := p.Encode(s)
		if err != nil {
			return
		}
		if _, err := p.Decode(ids); err != nil {
			t.Fatal(err)
		}
	})
}
