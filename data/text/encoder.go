package text

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/data/internal/textfile"
)

// Tokenizer turns text into numbers. [Encoder], [WordPiece] and [BPE] are
// Tokenizers. Goroutines may share one.
type Tokenizer interface {
	// Encode returns the numbers of the tokens of s. What cannot be encoded, such as
	// text that is not UTF-8 for all but [BPE], is an error.
	Encode(s string) ([]int, error)

	// Size returns how many numbers there are: they are 0 to Size−1.
	Size() int
}

// Codec is a [Tokenizer] that also goes the other way. [Encoder] and [BPE] are Codecs.
type Codec interface {
	Tokenizer

	// Decode returns the text of numbers. That of the first of them is its beginning,
	// and what a number adds depends on the last one before it that has a text, so that
	// a text can be decoded as its numbers come. A number that no token has is an error.
	Decode(ids []int) (string, error)
}

var (
	_ Codec     = (*Encoder)(nil)
	_ Codec     = (*BPE)(nil)
	_ Tokenizer = (*WordPiece)(nil)
)

// EncodeAll encodes several texts. Errors name the number of the text.
func EncodeAll(t Tokenizer, texts []string) ([][]int, error) {
	all := make([][]int, len(texts))
	for i, s := range texts {
		ids, err := t.Encode(s)
		if err != nil {
			return nil, fmt.Errorf("text: text %d: %w", i, err)
		}
		all[i] = ids
	}
	return all, nil
}

// Encoder is the whole way from text to numbers: what is spelt differently becomes
// one, the text is cut into tokens and they are numbered. JSON holds it, so that a
// program that predicts can treat text as the one that trained did. It is not to be
// changed once it is in use.
type Encoder struct {
	Normalizer Normalizer  `json:"normalizer"` // none by default
	Splitter   Splitter    `json:"splitter"`   // Words, if it is empty
	Vocabulary *Vocabulary `json:"vocabulary"`

	// Ends puts the special tokens Begin before and End after the others, as far as
	// the vocabulary has them.
	Ends bool `json:"ends,omitempty"`

	// MaxLen, if positive, cuts sequences off after so many numbers; End remains.
	MaxLen int `json:"max_len,omitempty"`
}

// Tokens returns the tokens of s, normalized, for [Count].
func (e *Encoder) Tokens(s string) ([]string, error) {
	if err := textfile.CheckUTF8(s); err != nil {
		return nil, fmt.Errorf("text: Encoder: %w", err)
	}
	return e.splitter().Split(e.Normalizer.Apply(s))
}

func (e *Encoder) splitter() Splitter {
	if e.Splitter == "" {
		return Words
	}
	return e.Splitter
}

// Encode implements [Tokenizer].
func (e *Encoder) Encode(s string) ([]int, error) {
	if e.Vocabulary == nil {
		return nil, errors.New("text: Encoder: there is no vocabulary")
	}
	tokens, err := e.Tokens(s)
	if err != nil {
		return nil, err
	}
	ids, err := e.Vocabulary.Encode(tokens)
	if err != nil {
		return nil, err
	}
	return e.Vocabulary.frame(ids, e.Ends, e.MaxLen)
}

// Decode implements [Codec]: the tokens one after the other where [Characters] or
// [Graphemes] cut them, else with a space between them, since the others leave white
// space out. Of the special tokens Unknown is written as it is, the others are left
// out. With Characters and Graphemes, Decode undoes Encode but for what the Normalizer
// made equal, what MaxLen cut off and what the vocabulary does not have.
func (e *Encoder) Decode(ids []int) (string, error) {
	if e.Vocabulary == nil {
		return "", errors.New("text: Encoder: there is no vocabulary")
	}
	tokens, err := e.Vocabulary.Decode(ids)
	if err != nil {
		return "", err
	}
	s := e.Vocabulary.specials
	tokens = slices.DeleteFunc(tokens, func(t string) bool {
		return t != "" && (t == s.Pad || t == s.Begin || t == s.End)
	})
	if p := e.splitter(); p == Characters || p == Graphemes {
		return strings.Join(tokens, ""), nil
	}
	return strings.Join(tokens, " "), nil
}

// frame cuts a sequence off and adds its ends.
func (v *Vocabulary) frame(ids []int, ends bool, maxLen int) ([]int, error) {
	var before, after []int
	if ends {
		before, after = v.end(v.specials.Begin), v.end(v.specials.End)
	}
	if maxLen != 0 {
		n := maxLen - len(before) - len(after)
		if n < 0 {
			return nil, fmt.Errorf("text: longest length is %d, want at least %d", maxLen, len(before)+len(after))
		}
		ids = ids[:min(n, len(ids))]
	}
	return append(append(before, ids...), after...), nil
}

// end returns the number of a special token, nothing if there is none.
func (v *Vocabulary) end(token string) []int {
	if token == "" {
		return nil
	}
	return []int{v.ids[token]}
}

// Size implements [Tokenizer]; it is 0 without a vocabulary.
func (e *Encoder) Size() int {
	if e.Vocabulary == nil {
		return 0
	}
	return e.Vocabulary.Size()
}

// Save writes the encoder to a file, as JSON, in one step.
func (e *Encoder) Save(path string) error { return save(path, e) }

// LoadEncoder reads an encoder that [Encoder.Save] wrote.
func LoadEncoder(path string) (*Encoder, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	e, err := parseEncoder(b)
	if err != nil {
		return nil, fmt.Errorf("text: %s: %w", path, err)
	}
	return e, nil
}

// ParseEncoder reads the JSON of an encoder, such as a model file holds it
// (nn.Info.Encoder).
func ParseEncoder(b []byte) (*Encoder, error) {
	e, err := parseEncoder(b)
	if err != nil {
		return nil, fmt.Errorf("text: ParseEncoder: %w", err)
	}
	return e, nil
}

func parseEncoder(b []byte) (*Encoder, error) {
	e := new(Encoder)
	if err := parse(b, e); err != nil {
		return nil, err
	}
	if e.Vocabulary == nil {
		return nil, errors.New("encoder: there is no vocabulary")
	}
	return e, e.splitter().check()
}
