package text

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"unicode/utf8"

	"github.com/gannet-ml/gannet/data/internal/textfile"
	"github.com/gannet-ml/gannet/internal/atomicfile"
	"github.com/gannet-ml/gannet/internal/strictjson"
)

// Specials are the tokens of a [Vocabulary] that no text holds. One that is empty
// is not there.
type Specials struct {
	Pad     string `json:"pad,omitempty"`     // fills sequences up
	Unknown string `json:"unknown,omitempty"` // stands for tokens that the vocabulary does not have
	Begin   string `json:"begin,omitempty"`   // comes before a sequence
	End     string `json:"end,omitempty"`     // comes after it
}

// Usual are special tokens of the usual names, BERT those of BERT, for [WordPiece].
var (
	Usual = Specials{Pad: "<pad>", Unknown: "<unk>", Begin: "<bos>", End: "<eos>"}
	BERT  = Specials{Pad: "[PAD]", Unknown: "[UNK]", Begin: "[CLS]", End: "[SEP]"}
)

// list returns the special tokens that there are.
func (s Specials) list() []string {
	return slices.DeleteFunc([]string{s.Pad, s.Unknown, s.Begin, s.End}, func(t string) bool { return t == "" })
}

// maxVocabulary is the number of ids that float32 tells apart, see nn.Embedding.
const maxVocabulary = 1 << 24

// Vocabulary numbers tokens from 0 on. It does not change, and goroutines may share
// it. JSON holds it, and so does a file, see [Vocabulary.Save].
type Vocabulary struct {
	tokens   []string
	ids      map[string]int
	specials Specials
}

// VocabularyOption is a setting of [NewVocabulary].
type VocabularyOption func(*vocabularySettings)

type vocabularySettings struct{ minCount, maxSize int }

// MinCount leaves out tokens that come less often. The default is 1.
func MinCount(n int) VocabularyOption { return func(s *vocabularySettings) { s.minCount = n } }

// MaxSize keeps the most frequent tokens alone, so many together with the special
// ones. The default, and the most, is 2²⁴.
func MaxSize(n int) VocabularyOption { return func(s *vocabularySettings) { s.maxSize = n } }

// NewVocabulary returns the vocabulary of tokens that were counted. The special
// tokens that there are come first, in the order Pad, Unknown, Begin, End, so that
// the padding is 0; then the others, from the most frequent to the least, equally
// frequent ones in the order of their bytes. The same counts make the same
// vocabulary.
//
//	words := text.Count(train...)
//	v, err := text.NewVocabulary(words, text.Usual, text.MinCount(2))
//
// Counting the text to train with alone shows what the vocabulary does with words
// that it has never met. A token that is not UTF-8, or one of the special ones, is
// an error.
func NewVocabulary(counts Counts, specials Specials, opts ...VocabularyOption) (*Vocabulary, error) {
	s := vocabularySettings{minCount: 1, maxSize: maxVocabulary}
	for _, o := range opts {
		o(&s)
	}
	tokens := specials.list()
	switch {
	case s.minCount < 1:
		return nil, fmt.Errorf("text: NewVocabulary: least count is %d, want at least 1", s.minCount)
	case s.maxSize < max(1, len(tokens)) || s.maxSize > maxVocabulary:
		return nil, fmt.Errorf("text: NewVocabulary: largest size is %d, want %d to %d", s.maxSize, max(1, len(tokens)), maxVocabulary)
	}
	for _, t := range counts.Sorted() {
		if len(tokens) == s.maxSize || counts[t] < s.minCount {
			break
		}
		tokens = append(tokens, t)
	}
	v, err := newVocabulary(tokens, specials)
	if err != nil {
		return nil, fmt.Errorf("text: NewVocabulary: %w", err)
	}
	return v, nil
}

// newVocabulary numbers tokens, among which the special ones must be.
func newVocabulary(tokens []string, specials Specials) (*Vocabulary, error) {
	if len(tokens) < 1 || len(tokens) > maxVocabulary {
		return nil, fmt.Errorf("%d tokens, want 1 to %d", len(tokens), maxVocabulary)
	}
	v := &Vocabulary{tokens: tokens, ids: make(map[string]int, len(tokens)), specials: specials}
	for i, t := range tokens {
		if t == "" {
			return nil, fmt.Errorf("token %d is empty", i)
		}
		if !utf8.ValidString(t) {
			return nil, fmt.Errorf("token %d is %q, want UTF-8", i, t)
		}
		if first, ok := v.ids[t]; ok {
			return nil, fmt.Errorf("token %d is %q, as token %d is", i, t, first)
		}
		v.ids[t] = i
	}
	seen := map[string]bool{}
	for _, t := range specials.list() {
		if _, ok := v.ids[t]; !ok {
			return nil, fmt.Errorf("there is no special token %q", t)
		}
		if seen[t] {
			return nil, fmt.Errorf("special token %q has two meanings", t)
		}
		seen[t] = true
	}
	return v, nil
}

// Size returns the number of tokens.
func (v *Vocabulary) Size() int { return len(v.tokens) }

// Specials returns the special tokens.
func (v *Vocabulary) Specials() Specials { return v.specials }

// Tokens returns all tokens, in the order of their numbers.
func (v *Vocabulary) Tokens() []string { return slices.Clone(v.tokens) }

// ID returns the number of a token, and whether there is one. The special tokens
// have numbers as the others do: v.ID(v.Specials().Pad).
func (v *Vocabulary) ID(token string) (id int, ok bool) {
	id, ok = v.ids[token]
	return id, ok
}

// Token returns the token of a number, and whether there is one.
func (v *Vocabulary) Token(id int) (token string, ok bool) {
	if id < 0 || id >= len(v.tokens) {
		return "", false
	}
	return v.tokens[id], true
}

// Encode returns the numbers of tokens. One that is not in the vocabulary gets that
// of [Specials].Unknown; without such, it is an error.
func (v *Vocabulary) Encode(tokens []string) ([]int, error) {
	unknown, known := v.ids[v.specials.Unknown]
	known = known && v.specials.Unknown != ""
	ids := make([]int, len(tokens))
	for i, t := range tokens {
		id, ok := v.ids[t]
		switch {
		case ok:
		case !known:
			return nil, fmt.Errorf("text: Vocabulary.Encode: token %d is %.40q, want one of the %d of the vocabulary, which has none for others", i, t, len(v.tokens))
		default:
			id = unknown
		}
		ids[i] = id
	}
	return ids, nil
}

// Decode returns the tokens of numbers. A number that no token has is an error.
func (v *Vocabulary) Decode(ids []int) ([]string, error) {
	tokens := make([]string, len(ids))
	for i, id := range ids {
		t, ok := v.Token(id)
		if !ok {
			return nil, fmt.Errorf("text: Vocabulary.Decode: number %d is %d, want 0 to %d", i, id, len(v.tokens)-1)
		}
		tokens[i] = t
	}
	return tokens, nil
}

// vocabularyJSON is the form of a vocabulary in JSON.
type vocabularyJSON struct {
	Specials Specials `json:"specials"`
	Tokens   []string `json:"tokens"`
}

// MarshalJSON writes the tokens in the order of their numbers.
func (v *Vocabulary) MarshalJSON() ([]byte, error) {
	return json.Marshal(vocabularyJSON{v.specials, v.tokens})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Vocabulary) UnmarshalJSON(b []byte) error {
	var file vocabularyJSON
	if err := strictjson.Unmarshal(b, &file); err != nil {
		return err
	}
	read, err := newVocabulary(file.Tokens, file.Specials)
	if err != nil {
		return fmt.Errorf("vocabulary: %w", err)
	}
	*v = *read
	return nil
}

// Save writes the vocabulary to a file, as JSON, in one step.
func (v *Vocabulary) Save(path string) error { return save(path, v) }

// LoadVocabulary reads a vocabulary that [Vocabulary.Save] wrote. Errors name the
// file, and the line if it is not JSON.
func LoadVocabulary(path string) (*Vocabulary, error) {
	v := new(Vocabulary)
	if err := load(path, v); err != nil {
		return nil, err
	}
	return v, nil
}

// save writes v to a file, as JSON, in one step.
func save(path string, v any) error {
	err := atomicfile.Write(path, func(w io.Writer) error {
		j := json.NewEncoder(w)
		j.SetIndent("", "\t")
		return j.Encode(v)
	})
	if err != nil {
		return fmt.Errorf("text: %s: %w", path, err)
	}
	return nil
}

// load reads what save wrote. Errors of the grammar name the line.
func load(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("text: %w", err)
	}
	if err := parse(b, v); err != nil {
		return fmt.Errorf("text: %s: %w", path, err)
	}
	return nil
}

// parse reads JSON. Errors name the line.
func parse(b []byte, v any) error {
	if err := checkLines(b); err != nil {
		return err
	}
	err := strictjson.Unmarshal(b, v)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("line %d: %w", 1+bytes.Count(b[:min(e.Offset, int64(len(b)))], []byte("\n")), err)
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("line %d: the file ends too soon", 1+bytes.Count(b, []byte("\n")))
	}
	return err
}

// checkLines reports the first line that is not UTF-8, which package json would
// take for another text.
func checkLines(b []byte) error {
	if utf8.Valid(b) {
		return nil
	}
	for i, line := range bytes.Split(b, []byte("\n")) {
		if err := textfile.CheckUTF8(string(line)); err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return nil
}
