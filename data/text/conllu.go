package text

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/gannet-ml/gannet/data/internal/textfile"
)

// Word is a word of a [Sentence], with the annotations of Universal Dependencies. A
// field that is _ in the file, which means that there is nothing, is empty here;
// a Form or Lemma of _ is the character itself, if both are.
type Word struct {
	Form   string // as it is in the text
	Lemma  string
	UPOS   string // part of speech, one of 17
	XPOS   string // part of speech, of the language or the treebank
	Feats  string // such as Number=Sing|Person=3
	Head   int    // the word that this one depends on, from 1 on; 0 for the root, -1 if the file does not say
	DepRel string // the relation to it
	Deps   string // enhanced dependencies
	Misc   string // such as SpaceAfter=No
}

// Sentence is a sentence of a treebank.
type Sentence struct {
	ID    string // of the comment sent_id
	Text  string // of the comment text
	Words []Word
}

// Forms returns the words as they are in the text.
func (s *Sentence) Forms() []string {
	return s.each(func(w Word) string { return w.Form })
}

// UPOS returns the parts of speech.
func (s *Sentence) UPOS() []string {
	return s.each(func(w Word) string { return w.UPOS })
}

func (s *Sentence) each(f func(w Word) string) []string {
	all := make([]string, len(s.Words))
	for i, w := range s.Words {
		all[i] = f(w)
	}
	return all
}

// LoadCoNLLU reads a treebank in the CoNLL-U format of Universal Dependencies
// (https://universaldependencies.org/format.html): UTF-8, plain or compressed with
// gzip. Ranges of words, such as 1-2 for a contraction, and empty nodes, such as 1.1,
// are checked and left out, so that Words are the syntactic words in their order.
// Errors name file and line.
func LoadCoNLLU(path string) ([]Sentence, error) {
	var c conllu
	err := textfile.Load(path, c.line)
	if err == nil {
		if err = c.end(); err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	return c.sentences, nil
}

// DecodeCoNLLU is [LoadCoNLLU] for plain text from r.
func DecodeCoNLLU(r io.Reader) ([]Sentence, error) {
	var c conllu
	err := textfile.Read(r, c.line)
	if err == nil {
		err = c.end()
	}
	if err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	return c.sentences, nil
}

// conllu reads a treebank line by line.
type conllu struct {
	sentences []Sentence
	now       Sentence
	heads     []int // lines of the words, for errors about heads
	open      bool  // lines of a sentence came and no empty one since
}

func (c *conllu) line(n int, line string) error {
	switch {
	case line == "":
		return c.end()
	case line[0] == '#':
		if len(c.now.Words) > 0 {
			return errors.New("a comment inside a sentence, want an empty line first")
		}
		c.comment(line)
		return nil
	}
	c.open = true
	return c.word(n, line)
}

// comment keeps what a comment says about the sentence.
func (c *conllu) comment(line string) {
	key, value, _ := strings.Cut(strings.TrimPrefix(line, "#"), "=")
	switch value = strings.TrimSpace(value); strings.TrimSpace(key) {
	case "sent_id":
		c.now.ID = value
	case "text":
		c.now.Text = value
	}
}

// end ends a sentence. Comments alone are none.
func (c *conllu) end() error {
	if !c.open {
		c.now = Sentence{}
		return nil
	}
	n := len(c.now.Words)
	if n == 0 {
		return errors.New("the sentence has no words")
	}
	for i, w := range c.now.Words {
		if w.Head > n {
			return fmt.Errorf("the head of the word in line %d is %d, want 0 to %d", c.heads[i], w.Head, n)
		}
	}
	c.sentences = append(c.sentences, c.now)
	c.now, c.heads, c.open = Sentence{}, c.heads[:0], false
	return nil
}

// word reads a line of ten fields.
func (c *conllu) word(n int, line string) error {
	f := strings.Split(line, "\t")
	if len(f) != 10 {
		return fmt.Errorf("%d fields with tabs between them, want 10", len(f))
	}
	for k, v := range f {
		if v == "" {
			return fmt.Errorf("field %d is empty, want _ where there is nothing", k+1)
		}
	}
	if skip, err := c.between(f[0]); skip || err != nil {
		return err
	}
	id, err := strconv.Atoi(f[0])
	if want := len(c.now.Words) + 1; err != nil || id != want {
		return fmt.Errorf("number of the word is %.20q, want %d", f[0], want)
	}
	head := -1
	if f[6] != "_" {
		if head, err = strconv.Atoi(f[6]); err != nil || head < 0 {
			return fmt.Errorf("head is %.20q, want the number of a word, 0 or _", f[6])
		}
	}
	w := Word{Form: f[1], Lemma: f[2], UPOS: value(f[3]), XPOS: value(f[4]), Feats: value(f[5]), Head: head, DepRel: value(f[7]), Deps: value(f[8]), Misc: value(f[9])}
	if w.Form != "_" {
		w.Lemma = value(w.Lemma)
	}
	c.now.Words = append(c.now.Words, w)
	c.heads = append(c.heads, n)
	return nil
}

// between reports whether a number is that of a range of words or of an empty node,
// which must come at their place.
func (c *conllu) between(id string) (bool, error) {
	n := len(c.now.Words)
	if a, b, ok := strings.Cut(id, "-"); ok {
		first, err1 := strconv.Atoi(a)
		last, err2 := strconv.Atoi(b)
		if err1 != nil || err2 != nil || first != n+1 || last < first {
			return true, fmt.Errorf("range of words is %.20q, want %d-…", id, n+1)
		}
		return true, nil
	}
	if a, b, ok := strings.Cut(id, "."); ok {
		before, err1 := strconv.Atoi(a)
		_, err2 := strconv.Atoi(b)
		if err1 != nil || err2 != nil || before != n {
			return true, fmt.Errorf("number of the empty node is %.20q, want %d.…", id, n)
		}
		return true, nil
	}
	return false, nil
}

// value returns a field, which _ means is empty.
func value(field string) string {
	if field == "_" {
		return ""
	}
	return field
}
