package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/clipperhouse/uax29/v2/words"

	"github.com/gannet-ml/gannet/data/internal/textfile"
)

// Splitter is a way to cut text into tokens. JSON holds it by its name.
type Splitter string

const (
	// Words cuts at the word boundaries of Unicode (Standard Annex #29) and leaves
	// out white space: "can't" and "32.3" are one token each, every punctuation mark
	// is one, and so is every Chinese character.
	Words Splitter = "words"

	// Whitespace cuts at white space alone, for text in which tokens are separated
	// already, as in most published data sets.
	Whitespace Splitter = "whitespace"

	// Characters makes every code point a token, spaces and line ends too.
	Characters Splitter = "characters"

	// Graphemes makes what readers see as one character a token (Standard Annex
	// #29): e with a combining accent, an emoji of several code points.
	Graphemes Splitter = "graphemes"

	// Basic is BERT's basic tokenizer: it cuts at white space, round every
	// punctuation mark and every Chinese character, and drops control characters.
	Basic Splitter = "basic"
)

// Split returns the tokens of s in their order. They are parts of s, but for
// [Basic] where that drops characters. Text that is not UTF-8 and a Splitter that is
// none of the constants are errors.
func (p Splitter) Split(s string) ([]string, error) {
	if err := textfile.CheckUTF8(s); err != nil {
		return nil, fmt.Errorf("text: %s: %w", p, err)
	}
	switch p {
	case Words:
		return splitWords(s), nil
	case Whitespace:
		return strings.Fields(s), nil
	case Characters:
		return strings.Split(s, ""), nil
	case Graphemes:
		var tokens []string
		for t := graphemes.FromString(s); t.Next(); {
			tokens = append(tokens, t.Value())
		}
		return tokens, nil
	case Basic:
		return splitBasic(s), nil
	}
	return nil, p.check()
}

// check reports a Splitter that is none of the constants.
func (p Splitter) check() error {
	switch p {
	case Words, Whitespace, Characters, Graphemes, Basic:
		return nil
	}
	return fmt.Errorf("text: splitter is %q, want %q, %q, %q, %q or %q", string(p), Words, Whitespace, Characters, Graphemes, Basic)
}

func splitWords(s string) []string {
	var tokens []string
	for t := words.FromString(s); t.Next(); {
		if w := t.Value(); strings.TrimSpace(w) != "" {
			tokens = append(tokens, w)
		}
	}
	return tokens
}

func splitBasic(s string) []string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == 0 || r == utf8.RuneError || control(r):
		case punctuation(r) || chinese(r):
			b.WriteByte(' ')
			b.WriteRune(r)
			b.WriteByte(' ')
		default:
			b.WriteRune(r)
		}
	}
	return strings.Fields(b.String())
}

// control reports whether BERT drops a character: those of the categories C, but
// for tabs and line ends, which are white space.
func control(r rune) bool {
	return r != '\t' && r != '\n' && r != '\r' && unicode.Is(unicode.C, r)
}

// punctuation reports whether BERT takes a character for punctuation: those of the
// categories P, and of ASCII also all others that are neither letters, digits,
// spaces nor control characters.
func punctuation(r rune) bool {
	if r < utf8.RuneSelf {
		return r > ' ' && r < 0x7f && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}
	return unicode.IsPunct(r)
}

// chinese reports whether a character is of the blocks of CJK ideographs, which do
// not include the alphabets of Japanese and Korean.
func chinese(r rune) bool {
	return r >= 0x4E00 && r <= 0x9FFF || r >= 0x3400 && r <= 0x4DBF || r >= 0x20000 && r <= 0x2A6DF ||
		r >= 0x2A700 && r <= 0x2CEAF || r >= 0xF900 && r <= 0xFAFF || r >= 0x2F800 && r <= 0x2FA1F
}
