package text

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/gannet-ml/gannet/data/internal/textfile"
	"github.com/gannet-ml/gannet/tensor"
)

// maxDim bounds the numbers of a vector in a file.
const maxDim = 1 << 16

// Vectors are word vectors for the tokens of a [Vocabulary]. [LoadVectors] makes some.
type Vectors struct {
	Dim int // numbers of a vector

	rows   []float32 // [Found, Dim]
	places []int     // which row each token has, -1 for none
}

// LoadVectors reads word vectors in the text format of GloVe, a word and its numbers
// in each line with spaces between them, and keeps those of the tokens of v: memory
// grows with the vectors that are kept, not with the file. The file may be compressed with
// gzip; a first line of two whole numbers, as word2vec and fastText write it, is
// skipped. Of a word that comes twice the first counts. Errors name file and line.
//
//	vectors, err := text.LoadVectors("glove.6B.50d.txt", v)
//	embedding := nn.NewEmbedding(v.Size(), vectors.Dim)
//	…                                                     // nn.Init
//	err = vectors.CopyTo(embedding.Weight.Value)
//
// Source: Pennington, Socher, Manning: GloVe: Global vectors for word
// representation, 2014.
func LoadVectors(path string, v *Vocabulary) (*Vectors, error) {
	d := newVectorReader(v)
	err := textfile.Load(path, d.line)
	if err == nil && d.vectors.Dim == 0 {
		err = fmt.Errorf("%s: there are no vectors", path)
	}
	if err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	return d.vectors, nil
}

// DecodeVectors is [LoadVectors] for plain text from r.
func DecodeVectors(r io.Reader, v *Vocabulary) (*Vectors, error) {
	d := newVectorReader(v)
	err := textfile.Read(r, d.line)
	if err == nil && d.vectors.Dim == 0 {
		err = errors.New("there are no vectors")
	}
	if err != nil {
		return nil, fmt.Errorf("text: %w", err)
	}
	return d.vectors, nil
}

// vectorReader reads vectors line by line.
type vectorReader struct {
	vocabulary *Vocabulary
	vectors    *Vectors
}

func newVectorReader(v *Vocabulary) vectorReader {
	places := make([]int, v.Size())
	for i := range places {
		places[i] = -1
	}
	return vectorReader{v, &Vectors{places: places}}
}

func (r *vectorReader) line(n int, line string) error {
	v := r.vectors
	fields := strings.Split(strings.TrimRight(line, " "), " ")
	if n == 1 && len(fields) == 2 && isCount(fields[0]) && isCount(fields[1]) {
		return nil
	}
	dim := len(fields) - 1
	if v.Dim == 0 {
		if dim < 1 || dim > maxDim {
			return fmt.Errorf("%d numbers, want 1 to %d", dim, maxDim)
		}
		v.Dim = dim
	}
	if dim < v.Dim {
		return fmt.Errorf("%d numbers, want %d", dim, v.Dim)
	}
	// A few words of the large GloVe files have spaces in them.
	word := strings.Join(fields[:len(fields)-v.Dim], " ")
	id, ok := r.vocabulary.ID(word)
	ok = ok && v.places[id] < 0
	for k, f := range fields[len(fields)-v.Dim:] {
		x, err := strconv.ParseFloat(f, 32)
		if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("number %d of %.40q is %.40q, want a finite number", k+1, word, f)
		}
		if ok {
			v.rows = append(v.rows, float32(x))
		}
	}
	if ok {
		v.places[id] = len(v.rows)/v.Dim - 1
	}
	return nil
}

// isCount reports whether s is a whole number.
func isCount(s string) bool {
	_, err := strconv.ParseUint(s, 10, 63)
	return err == nil
}

// Found returns how many tokens of the vocabulary have a vector.
func (v *Vectors) Found() int { return len(v.rows) / v.Dim }

// Has reports whether the token of a number has a vector.
func (v *Vectors) Has(id int) bool { return id >= 0 && id < len(v.places) && v.places[id] >= 0 }

// CopyTo writes the vectors to the rows of an embedding, [vocabulary, Dim]. Rows of
// tokens that have none stay as they are: initialise the embedding first. A weight of
// another shape is an error.
func (v *Vectors) CopyTo(weight *tensor.Tensor) error {
	want := tensor.Shape{len(v.places), v.Dim}
	if weight == nil {
		return fmt.Errorf("text: Vectors.CopyTo: there is no weight, want shape %v", want)
	}
	if !weight.Shape().Equal(want) {
		return fmt.Errorf("text: Vectors.CopyTo: weight has shape %v, want %v", weight.Shape(), want)
	}
	for id, at := range v.places {
		if at >= 0 {
			copy(weight.Data()[id*v.Dim:(id+1)*v.Dim], v.rows[at*v.Dim:])
		}
	}
	return nil
}
