package text

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/internal/strictjson"
	"github.com/gannet-ml/gannet/tensor"
)

// TFIDF describes a text by how often terms come in it, compared with how many texts
// have them. For n texts, of which df(t) have the term t, that a text has tf(t) times,
//
//	idf(t) = ln((1 + n) / (1 + df(t))) + 1
//	x(t)   = tf(t) · idf(t) / √Σ (tf·idf)²
//
// which is what scikit-learn's TfidfVectorizer computes by default; with Sublinear,
// 1 + ln tf takes the place of tf. Terms are words or, of [NGrams], runs of them.
// A text without known terms is all zeros. [FitTFIDF] makes one, and JSON holds it. It is not to be changed,
// and goroutines may share it.
type TFIDF struct {
	Terms     []string  `json:"terms"` // in the order of their bytes, as in scikit-learn
	IDF       []float64 `json:"idf"`   // of each term
	Sublinear bool      `json:"sublinear,omitempty"`

	places map[string]int
}

// TFIDFOption is a setting of [FitTFIDF].
type TFIDFOption func(*tfidfSettings)

type tfidfSettings struct {
	minTexts, maxTerms int
	sublinear          bool
}

// MinTexts leaves out terms that fewer texts have; it is scikit-learn's min_df. The
// default is 1.
func MinTexts(n int) TFIDFOption { return func(s *tfidfSettings) { s.minTexts = n } }

// MaxTerms keeps the terms alone that come most often, the first in order of several
// that are equally frequent; it is scikit-learn's max_features. The default, and the
// most, is 2²⁴.
func MaxTerms(n int) TFIDFOption { return func(s *tfidfSettings) { s.maxTerms = n } }

// Sublinear puts 1 + ln tf in the place of tf.
func Sublinear(s *tfidfSettings) { s.sublinear = true }

// FitTFIDF learns terms and in how many texts they are from the terms of the texts to
// train with.
func FitTFIDF(texts [][]string, opts ...TFIDFOption) (*TFIDF, error) {
	s := tfidfSettings{minTexts: 1, maxTerms: maxVocabulary}
	for _, o := range opts {
		o(&s)
	}
	switch {
	case s.minTexts < 1:
		return nil, fmt.Errorf("text: FitTFIDF: least number of texts is %d, want at least 1", s.minTexts)
	case s.maxTerms < 1 || s.maxTerms > maxVocabulary:
		return nil, fmt.Errorf("text: FitTFIDF: largest number of terms is %d, want 1 to %d", s.maxTerms, maxVocabulary)
	}
	total, having := Count(texts...), Counts{}
	for _, terms := range texts {
		for t := range Count(terms) {
			having[t]++
		}
	}
	v := &TFIDF{Sublinear: s.sublinear}
	for _, t := range total.Sorted() {
		if having[t] >= s.minTexts && len(v.Terms) < s.maxTerms {
			v.Terms = append(v.Terms, t)
		}
	}
	slices.Sort(v.Terms)
	for _, t := range v.Terms {
		v.IDF = append(v.IDF, math.Log(float64(1+len(texts))/float64(1+having[t]))+1)
	}
	if err := v.index(); err != nil {
		return nil, fmt.Errorf("text: FitTFIDF: %w", err)
	}
	return v, nil
}

// index checks the terms and finds their places.
func (v *TFIDF) index() error {
	if len(v.Terms) == 0 || len(v.Terms) > maxVocabulary {
		return fmt.Errorf("%d terms, want 1 to %d", len(v.Terms), maxVocabulary)
	}
	if len(v.IDF) != len(v.Terms) {
		return fmt.Errorf("%d weights, want %d, one for each term", len(v.IDF), len(v.Terms))
	}
	v.places = make(map[string]int, len(v.Terms))
	for i, t := range v.Terms {
		if !utf8.ValidString(t) {
			return fmt.Errorf("term %d is %.40q, want UTF-8", i, t)
		}
		if i > 0 && t <= v.Terms[i-1] {
			return fmt.Errorf("term %d is %.40q and the one before %.40q, want them in order", i, t, v.Terms[i-1])
		}
		if w := v.IDF[i]; !(w >= 0) || w > math.MaxFloat32 {
			return fmt.Errorf("weight of term %.40q is %v, want a finite number of at least 0", t, w)
		}
		v.places[t] = i
	}
	return nil
}

// UnmarshalJSON reads what package json writes, and checks it.
func (v *TFIDF) UnmarshalJSON(b []byte) error {
	type plain TFIDF // without this method
	var read plain
	if err := strictjson.Unmarshal(b, &read); err != nil {
		return err
	}
	t := TFIDF(read)
	if err := t.index(); err != nil {
		return fmt.Errorf("tf-idf: %w", err)
	}
	*v = t
	return nil
}

// Save writes terms and weights to a file, as JSON, in one step.
func (v *TFIDF) Save(path string) error { return save(path, v) }

// LoadTFIDF reads what [TFIDF.Save] wrote.
func LoadTFIDF(path string) (*TFIDF, error) {
	v := new(TFIDF)
	if err := load(path, v); err != nil {
		return nil, err
	}
	return v, nil
}

// Sparse returns the places of the terms that a text has, in order, and their values.
func (v *TFIDF) Sparse(terms []string) (places []int, values []float32) {
	counts := map[int]float64{}
	for _, t := range terms {
		if i, ok := v.places[t]; ok {
			if counts[i] == 0 {
				places = append(places, i)
			}
			counts[i]++
		}
	}
	slices.Sort(places)
	sum := 0.0
	for _, i := range places {
		x := counts[i]
		if v.Sublinear {
			x = 1 + math.Log(x)
		}
		x *= v.IDF[i]
		counts[i] = x
		sum += x * x
	}
	for _, i := range places {
		x := counts[i]
		if sum > 0 {
			x /= math.Sqrt(sum)
		}
		values = append(values, float32(x))
	}
	return places, values
}

// Vector returns the values of all terms in a text. Shape: [terms].
func (v *TFIDF) Vector(terms []string) *tensor.Tensor {
	x := tensor.Zeros(len(v.Terms))
	places, values := v.Sparse(terms)
	for k, i := range places {
		x.Data()[i] = values[k]
	}
	return x
}

// Dataset returns a data set of texts, given by their terms, with class labels: X
// [terms], Y a class. It keeps what is not zero; the zeros are written when a sample
// is read. Labels are 0 to the number of names less one.
func (v *TFIDF) Dataset(texts [][]string, labels []int, names []string) data.Dataset {
	d := &tfidfSet{spec: data.Spec{X: tensor.Shape{len(v.Terms)}, Y: tensor.Shape{}, Classes: len(names), ClassNames: slices.Clone(names)}, labels: slices.Clone(labels)}
	if err := checkLabels(len(texts), labels, len(names)); err != nil {
		d.spec.Err = fmt.Errorf("text: TFIDF.Dataset: %w", err)
		return d
	}
	for _, terms := range texts {
		places, values := v.Sparse(terms)
		d.places, d.values = append(d.places, places), append(d.values, values)
	}
	return d
}

// checkLabels reports labels that are not one for each of n samples, or not of the
// classes.
func checkLabels(n int, labels []int, classes int) error {
	if len(labels) != n {
		return fmt.Errorf("%d labels, want %d, one for each sample", len(labels), n)
	}
	if classes < 1 {
		return errors.New("there are no names of classes")
	}
	for i, y := range labels {
		if y < 0 || y >= classes {
			return fmt.Errorf("label %d is %d, want 0 to %d", i, y, classes-1)
		}
	}
	return nil
}

type tfidfSet struct {
	spec   data.Spec
	places [][]int
	values [][]float32
	labels []int
}

func (d *tfidfSet) Len() int        { return len(d.places) }
func (d *tfidfSet) Spec() data.Spec { return d.spec }

func (d *tfidfSet) Read(i int, dst data.Sample) error {
	if err := checkRead("TFIDF", d, i, dst); err != nil {
		return err
	}
	x := dst.X.Data()
	clear(x)
	for k, at := range d.places[i] {
		x[at] = d.values[i][k]
	}
	dst.Y.(*tensor.Ints).Set(d.labels[i])
	return nil
}

func (d *tfidfSet) Label(i int) (int, error) {
	if err := checkIndex("TFIDF", d, i); err != nil {
		return 0, err
	}
	return d.labels[i], nil
}

// checkIndex returns an error unless ds has a sample i.
func checkIndex(op string, ds data.Dataset, i int) error {
	if err := ds.Spec().Err; err != nil {
		return err
	}
	if i < 0 || i >= ds.Len() {
		return fmt.Errorf("text: %s: no sample %d, have %d", op, i, ds.Len())
	}
	return nil
}

// checkRead returns an error unless ds has a sample i and dst can hold it.
func checkRead(op string, ds data.Dataset, i int, dst data.Sample) error {
	if err := checkIndex(op, ds, i); err != nil {
		return err
	}
	if err := ds.Spec().Fits(dst); err != nil {
		return fmt.Errorf("text: %s: %w", op, err)
	}
	return nil
}
