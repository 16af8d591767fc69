package text

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/gannet-ml/gannet/data/internal/textfile"
)

// maxWord is the longest word, in code points, that a [WordPiece] takes apart.
const maxWord = 100

// WordPiece cuts words into the pieces of a vocabulary, as BERT does: greedily, each
// piece being the longest that the rest of the word begins with. Pieces that do not
// begin a word are written with ## before them. A word that cannot be cut up
// like this, or that has more than 100 code points, is one Unknown token:
//
//	unaffable   un ##aff ##able
//
// Source: Devlin et al.: BERT: Pre-training of Deep Bidirectional Transformers for
// Language Understanding, 2019; the words are those of [Basic].
type WordPiece struct {
	Vocabulary *Vocabulary

	// Cased keeps case and accents; otherwise both go, as for the models called
	// uncased.
	Cased bool

	// Ends puts [CLS] before and [SEP] after the pieces, Begin and End of the
	// vocabulary.
	Ends bool

	// MaxLen, if positive, cuts sequences off after so many numbers; [SEP] remains.
	MaxLen int
}

var uncased = Chain(Lower, StripAccents)

// words returns the words that are cut into pieces.
func (p *WordPiece) words(s string) ([]string, error) {
	if err := textfile.CheckUTF8(s); err != nil {
		return nil, fmt.Errorf("text: WordPiece: %w", err)
	}
	if !p.Cased {
		s = uncased.Apply(s)
	}
	return Basic.Split(s)
}

// Tokens returns the pieces of s.
func (p *WordPiece) Tokens(s string) ([]string, error) {
	words, err := p.words(s)
	if err != nil {
		return nil, err
	}
	if p.Vocabulary == nil || p.Vocabulary.specials.Unknown == "" {
		return nil, errors.New("text: WordPiece: there is no vocabulary with a token for what is unknown")
	}
	var pieces []string
	for _, w := range words {
		pieces = p.cut(pieces, w)
	}
	return pieces, nil
}

// cut adds the pieces of a word.
func (p *WordPiece) cut(pieces []string, word string) []string {
	first := len(pieces)
	unknown := p.Vocabulary.specials.Unknown
	if utf8.RuneCountInString(word) > maxWord {
		return append(pieces, unknown)
	}
	for rest, prefix := word, ""; rest != ""; prefix = "##" {
		n := p.longest(prefix, rest)
		if n == 0 {
			return append(pieces[:first], unknown)
		}
		pieces = append(pieces, prefix+rest[:n])
		rest = rest[n:]
	}
	return pieces
}

// longest returns how many bytes of rest the longest piece has that it begins with, 0
// if there is none.
func (p *WordPiece) longest(prefix, rest string) int {
	for n := len(rest); n > 0; {
		if _, ok := p.Vocabulary.ids[prefix+rest[:n]]; ok {
			return n
		}
		_, size := utf8.DecodeLastRuneInString(rest[:n])
		n -= size
	}
	return 0
}

// Encode implements [Tokenizer].
func (p *WordPiece) Encode(s string) ([]int, error) {
	tokens, err := p.Tokens(s)
	if err != nil {
		return nil, err
	}
	ids, err := p.Vocabulary.Encode(tokens)
	if err != nil {
		return nil, err
	}
	return p.Vocabulary.frame(ids, p.Ends, p.MaxLen)
}

// Size implements [Tokenizer]; it is 0 without a vocabulary.
func (p *WordPiece) Size() int {
	if p.Vocabulary == nil {
		return 0
	}
	return p.Vocabulary.Size()
}

// Decode returns the text of pieces: words with spaces between them. Special tokens
// but Unknown are left out. A number that no piece has is an error.
func (p *WordPiece) Decode(ids []int) (string, error) {
	if p.Vocabulary == nil {
		return "", errors.New("text: WordPiece: there is no vocabulary")
	}
	tokens, err := p.Vocabulary.Decode(ids)
	if err != nil {
		return "", err
	}
	s := p.Vocabulary.specials
	var b strings.Builder
	for _, t := range tokens {
		if t == s.Pad || t == s.Begin || t == s.End {
			continue
		}
		piece, inside := strings.CutPrefix(t, "##")
		if !inside && b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(piece)
	}
	return b.String(), nil
}

// LoadWordPiece reads the vocabulary of a BERT model, vocab.txt: a piece in each
// line, whose number is that of the line from 0 on. The special tokens are [BERT]'s.
// Errors name file and line.
func LoadWordPiece(path string) (*WordPiece, error) {
	var pieces []string
	seen := map[string]int{}
	err := textfile.Load(path, func(n int, piece string) error {
		if first, ok := seen[piece]; ok {
			return fmt.Errorf("piece %q comes in line %d already", piece, first)
		}
		seen[piece] = n
		pieces = append(pieces, piece)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	v, err := newVocabulary(pieces, BERT)
	if err != nil {
		return nil, fmt.Errorf("text: %s: %w", path, err)
	}
	return &WordPiece{Vocabulary: v}, nil
}
