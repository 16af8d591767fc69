package text

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gannet-ml/gannet/data/internal/textfile"
	"github.com/gannet-ml/gannet/internal/atomicfile"
)

// BPE is byte-level byte-pair encoding, as of GPT-2: text is cut into words with the
// space before them, a word into its bytes, and then pairs of neighbours that are
// frequent are merged, again and again. Nothing is unknown to it, and Decode undoes
// Encode for any bytes.
//
// The numbers of tokens are those of GPT-2: first the 256 bytes, in the order of its
// alphabet, then a number for each merge, then the special tokens. Special tokens
// stand in no text: Encode takes one for the characters that it is written with.
// BPE does not change, and goroutines may share it.
//
// Source: Sennrich, Haddow, Birch: Neural machine translation of rare words with
// subword units, 2016; Radford et al.: Language models are unsupervised multitask
// learners, 2019.
type BPE struct {
	merges   []pair
	ranks    map[pair]int32 // of each merge, its place
	tokens   []string       // bytes of each number, without special ones
	ids      map[string]int32
	specials []string
}

// pair is two tokens that come one after the other.
type pair struct{ a, b int32 }

const byteTokens = 256

// newBPE returns an encoding without merges.
func newBPE(specials []string) (*BPE, error) {
	p := &BPE{ranks: map[pair]int32{}, ids: map[string]int32{}, specials: specials}
	for i, s := range specials {
		if s == "" || !utf8.ValidString(s) {
			return nil, fmt.Errorf("special token %d is %q, want UTF-8", i, s)
		}
		for _, other := range specials[:i] {
			if s == other {
				return nil, fmt.Errorf("special token %q comes twice", s)
			}
		}
	}
	for _, b := range alphabet.bytes {
		p.add(string([]byte{b}))
	}
	return p, nil
}

func (p *BPE) add(token string) {
	p.ids[token] = int32(len(p.tokens))
	p.tokens = append(p.tokens, token)
}

// merge adds a merge. It returns false if another one makes the same token.
func (p *BPE) merge(m pair) bool {
	token := p.tokens[m.a] + p.tokens[m.b]
	if _, ok := p.ids[token]; ok {
		return false
	}
	p.ranks[m] = int32(len(p.merges))
	p.merges = append(p.merges, m)
	p.add(token)
	return true
}

// alphabet is how GPT-2 writes bytes: those that are visible characters of Latin-1
// as they are, the others as characters from 256 on. It is also their order.
var alphabet = newAlphabet()

type byteAlphabet struct {
	bytes []byte        // in the order of their numbers
	runes [256]rune     // of each byte
	back  map[rune]byte // of each rune
}

func newAlphabet() (a byteAlphabet) {
	var hidden []byte
	for b := range 256 {
		if b >= '!' && b <= '~' || b >= 0xA1 && b != 0xAD {
			a.bytes = append(a.bytes, byte(b))
			a.runes[b] = rune(b)
		} else {
			a.runes[b] = rune(256 + len(hidden))
			hidden = append(hidden, byte(b))
		}
	}
	a.bytes = append(a.bytes, hidden...)
	a.back = map[rune]byte{}
	for b, r := range a.runes {
		a.back[r] = byte(b)
	}
	return a
}

// write returns bytes in the alphabet.
func (a *byteAlphabet) write(token string) string {
	var b strings.Builder
	for i := range len(token) {
		b.WriteRune(a.runes[token[i]])
	}
	return b.String()
}

// read undoes write.
func (a *byteAlphabet) read(s string) (string, error) {
	var b strings.Builder
	for _, r := range s {
		c, ok := a.back[r]
		if !ok {
			return "", fmt.Errorf("%q is not of the alphabet for bytes", r)
		}
		b.WriteByte(c)
	}
	return b.String(), nil
}

// Size implements [Tokenizer].
func (p *BPE) Size() int { return len(p.tokens) + len(p.specials) }

// Specials returns the special tokens in the order of their numbers, which are the last
// ones: number i of them is Size−len(Specials)+i.
func (p *BPE) Specials() []string { return slices.Clone(p.specials) }

// Special returns the number of a special token, and whether there is one.
func (p *BPE) Special(token string) (id int, ok bool) {
	for i, s := range p.specials {
		if s == token {
			return len(p.tokens) + i, true
		}
	}
	return 0, false
}

// Encode implements [Tokenizer]. It takes any bytes and has no errors.
func (p *BPE) Encode(s string) ([]int, error) {
	var ids []int
	var m merger
	for s != "" {
		n := pieceLen(s)
		for _, id := range m.run(p, s[:n]) {
			ids = append(ids, int(id))
		}
		s = s[n:]
	}
	return ids, nil
}

// Tokens returns the bytes of the tokens of s. They need not be UTF-8 each.
func (p *BPE) Tokens(s string) []string {
	ids, _ := p.Encode(s) // which has no errors
	tokens := make([]string, len(ids))
	for i, id := range ids {
		tokens[i] = p.tokens[id]
	}
	return tokens
}

// Decode returns the bytes of the numbers, for special tokens what they are written
// with. A number that no token has is an error.
func (p *BPE) Decode(ids []int) (string, error) {
	var b strings.Builder
	for i, id := range ids {
		switch {
		case id < 0 || id >= p.Size():
			return "", fmt.Errorf("text: BPE.Decode: number %d is %d, want 0 to %d", i, id, p.Size()-1)
		case id < len(p.tokens):
			b.WriteString(p.tokens[id])
		default:
			b.WriteString(p.specials[id-len(p.tokens)])
		}
	}
	return b.String(), nil
}

// version is the first line of a file of merges.
const version = "#version: 0.2"

// Save writes the merges to a file in one step, in the format of GPT-2's merges.txt:
// a line for each, of two tokens in its alphabet for bytes. Special tokens are not
// in the file.
func (p *BPE) Save(path string) error {
	err := atomicfile.Write(path, func(w io.Writer) error {
		if _, err := fmt.Fprintln(w, version); err != nil {
			return err
		}
		for _, m := range p.merges {
			if _, err := fmt.Fprintln(w, alphabet.write(p.tokens[m.a]), alphabet.write(p.tokens[m.b])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("text: %s: %w", path, err)
	}
	return nil
}

// LoadBPE reads merges that [BPE.Save] wrote, or those of GPT-2 and its kin, each of
// which makes a token of its own, and adds special tokens: "<|endoftext|>" for GPT-2.
// Errors name file and line.
func LoadBPE(path string, specials ...string) (*BPE, error) {
	p, err := newBPE(specials)
	if err == nil {
		err = textfile.Load(path, p.readMerge)
	}
	if err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	return p, nil
}

// readMerge reads line n of a file.
func (p *BPE) readMerge(n int, line string) error {
	if n == 1 && strings.HasPrefix(line, "#version") {
		return nil
	}
	var ids [2]int32
	parts := strings.Split(line, " ")
	if len(parts) != 2 {
		return fmt.Errorf("%.40q has %d tokens, want 2 with a space between them", line, len(parts))
	}
	for k, part := range parts {
		token, err := alphabet.read(part)
		if err != nil {
			return err
		}
		id, ok := p.ids[token]
		if !ok {
			return fmt.Errorf("token %.40q is neither a byte nor the result of a line before", part)
		}
		ids[k] = id
	}
	if p.Size() >= maxVocabulary {
		return fmt.Errorf("more than %d tokens", maxVocabulary)
	}
	if !p.merge(pair{ids[0], ids[1]}) {
		return errors.New("the token comes twice")
	}
	return nil
}
