package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/tensor"
)

// mostLetters is how many letters of a word the network sees: of longer ones the last,
// which tell more.
const mostLetters = 16

// encoder turns words into what the network takes.
type encoder struct {
	Words   *text.Vocabulary `json:"words"` // without capitals
	Letters *text.Vocabulary `json:"letters"`
}

// newEncoder numbers the words and letters of the sentences to train with. Words that
// come once are unknown, so that the network learns what to do with such.
func newEncoder(train []text.Sentence) (*encoder, error) {
	words, letters := text.Counts{}, text.Counts{}
	for _, s := range train {
		for _, w := range s.Forms() {
			words.Add(text.Fold.Apply(w))
			letters.Add(strings.Split(w, "")...)
		}
	}
	specials := text.Specials{Pad: "<pad>", Unknown: "<unk>"}
	var e encoder
	var err error
	if e.Words, err = text.NewVocabulary(words, specials, text.MinCount(2)); err != nil {
		return nil, err
	}
	e.Letters, err = text.NewVocabulary(letters, specials, text.MinCount(2))
	return &e, err
}

// width is the length of a word's row.
const width = 2 + mostLetters

// row writes a word as the network takes it, see [Tagger].
func (e *encoder) row(dst []float32, word string) error {
	letters := strings.Split(word, "")
	letters = letters[max(0, len(letters)-mostLetters):]
	id, err := e.Words.Encode([]string{text.Fold.Apply(word)})
	if err != nil {
		return err
	}
	spelt, err := e.Letters.Encode(letters)
	if err != nil {
		return err
	}
	clear(dst)
	dst[0], dst[1] = float32(id[0]), float32(len(spelt))
	for i, l := range spelt {
		dst[2+i] = float32(l)
	}
	return nil
}

// sentences are a data set of words with tags, of which 0 is padding.
type sentences struct {
	spec data.Spec
	rows [][]float32 // of the words of a sentence, one after the other
	tags [][]int
}

// encode makes a data set of sentences of at most so many words; tags has the names of
// the tags.
func (e *encoder) encode(from []text.Sentence, steps int, tags *text.Vocabulary) (*sentences, error) {
	d := &sentences{spec: data.Spec{
		X: tensor.Shape{steps, width}, Y: tensor.Shape{steps}, More: []tensor.Shape{{}},
		Classes: tags.Size(), ClassNames: tags.Tokens(),
	}}
	for i, s := range from {
		words := s.Words[:min(len(s.Words), steps)]
		rows := make([]float32, len(words)*width)
		for k, w := range words {
			if err := e.row(rows[k*width:][:width], w.Form); err != nil {
				return nil, fmt.Errorf("sentence %d, word %d: %w", i+1, k+1, err)
			}
		}
		y, err := tags.Encode(s.UPOS()[:len(words)])
		if err != nil {
			return nil, fmt.Errorf("sentence %d: %w", i+1, err)
		}
		d.rows, d.tags = append(d.rows, rows), append(d.tags, y)
	}
	return d, nil
}

// Len returns the number of sentences.
func (d *sentences) Len() int { return len(d.rows) }

// Spec describes a sentence.
func (d *sentences) Spec() data.Spec { return d.spec }

// Read writes sentence i.
func (d *sentences) Read(i int, dst data.Sample) error {
	if err := d.spec.Fits(dst); err != nil {
		return err
	}
	x, y := dst.X.Data(), dst.Y.(*tensor.Ints).Data()
	clear(x[copy(x, d.rows[i]):])
	for k := len(d.rows[i]) + 1; k < len(x); k += width {
		x[k] = 1 // a word has a letter
	}
	clear(y[copy(y, d.tags[i]):])
	dst.More[0].Set(float32(len(d.tags[i])))
	return nil
}

// treebank reads the file of a folder whose name ends in a part's, such as train, and
// .conllu, compressed or not.
func treebank(dir, part string) ([]text.Sentence, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if strings.HasSuffix(strings.TrimSuffix(f.Name(), ".gz"), part+".conllu") {
			return text.LoadCoNLLU(filepath.Join(dir, f.Name()))
		}
	}
	return nil, fmt.Errorf("%s has no file whose name ends in %s.conllu or %[2]s.conllu.gz", dir, part)
}
