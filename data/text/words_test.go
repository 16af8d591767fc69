package text

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/data"
)

// The counts that the doc of NewStemmer claims.
func TestStemmerLists(t *testing.T) {
	for language, want := range map[string][2]int{"porter": {42603, 42603}, "english": {42592, 42649}} {
		s, err := NewStemmer(language)
		if err != nil {
			t.Fatal(err)
		}
		lines := func(name string) []string {
			return strings.Split(strings.TrimSuffix(readAll(t, shared(t, "stemmer", language, name)), "\n"), "\n")
		}
		words := lines("voc.txt")
		stems := lines("output.txt")
		right := 0
		for i, got := range Stem(s, words) {
			if got == stems[i] {
				right++
			}
		}
		if right != want[0] || len(words) != want[1] || len(stems) != want[1] {
			t.Errorf("%s: %d of %d right, want %d of %d", language, right, len(words), want[0], want[1])
		}
	}
}

func TestStem(t *testing.T) {
	for language, c := range map[string][2]string{
		"english": {"running flies generously happiness sky", "run fli generous happi sky"},
		"porter":  {"running flies generously happiness sky", "run fli gener happi sky"},
		"german":  {"häuser aufeinander", "haus aufeinand"},
		"french":  {"continuellement", "continuel"},
		"russian": {"важнейшими", "важн"},
	} {
		s, err := NewStemmer(language)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(Stem(s, strings.Fields(c[0])), " "); got != c[1] {
			t.Errorf("%s: %s, want %s", language, got, c[1])
		}
	}
	_, err := NewStemmer("klingon")
	wantError(t, "language", err, `text: NewStemmer: language is "klingon", want one of ["danish" "dutch"`)
}

// No word is too odd for a stemmer.
func FuzzStem(f *testing.F) {
	f.Add("running")
	f.Add("'''")
	f.Add("é\xff\x00yy")
	f.Fuzz(func(t *testing.T, word string) {
		for name := range stemmers {
			s, err := NewStemmer(name)
			if err != nil {
				t.Fatal(err)
			}
			s.Stem(word)
		}
	})
}

func TestStopWords(t *testing.T) {
	got := EnglishStopWords.Remove(strings.Fields("this is not the best of all films , it's the worst"))
	if strings.Join(got, " ") != "not best films , worst" {
		t.Errorf("%q", got)
	}
	for w := range EnglishStopWords {
		if Fold.Apply(w) != w {
			t.Errorf("%q is not in lower case", w)
		}
	}
	if EnglishStopWords["not"] || EnglishStopWords["no"] || EnglishStopWords[""] {
		t.Error("a negation is a stop word")
	}
}

func TestNGrams(t *testing.T) {
	tokens := strings.Fields("a b c")
	for _, c := range []struct {
		lo, hi int
		want   string
	}{{1, 1, "a|b|c"}, {1, 2, "a|b|c|a b|b c"}, {3, 9, "a b c"}, {4, 4, ""}} {
		got, err := NGrams(tokens, c.lo, c.hi)
		if err != nil || strings.Join(got, "|") != c.want {
			t.Errorf("%d to %d: %q, %v, want %s", c.lo, c.hi, got, err, c.want)
		}
	}
	for _, c := range [][2]int{{0, 1}, {2, 1}} {
		_, err := NGrams(tokens, c[0], c[1])
		wantError(t, "lengths", err, "text: NGrams: lengths are ")
	}
}

func TestTFIDF(t *testing.T) {
	texts := [][]string{{"a", "b"}, {"a", "a", "c"}, nil}
	v, err := FitTFIDF(texts)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "tfidf.json")
	if err := v.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := LoadTFIDF(path)
	if err != nil || !reflect.DeepEqual(again, v) {
		t.Errorf("Load = %+v, %v, want %+v", again, err, v)
	}
	ds := v.Dataset(texts, []int{1, 0, 1}, []string{"x", "y"})
	for i, terms := range texts {
		dst := data.NewSample(ds.Spec())
		dst.X.Fill(9)
		if err := ds.Read(i, dst); err != nil || !dst.X.Equal(v.Vector(terms)) {
			t.Errorf("sample %d is %v, %v, want %v", i, dst.X, err, v.Vector(terms))
		}
		label, err := data.Label(ds, i)
		if want := []int{1, 0, 1}[i]; err != nil || label != want {
			t.Errorf("label %d is %d, %v, want %d", i, label, err, want)
		}
	}
	good := data.NewSample(ds.Spec())
	wantError(t, "Read", ds.Read(3, good), "text: TFIDF: no sample 3, have 3")
	wantError(t, "Read", ds.Read(0, data.Sample{}), "text: TFIDF: dst.X has shape [], want [3]")
	_, err = data.Label(ds, -1)
	wantError(t, "Label", err, "text: TFIDF: no sample -1, have 3")
}

func TestTFIDFErrors(t *testing.T) {
	texts := [][]string{{"a"}, {"b"}}
	for want, opts := range map[string][]TFIDFOption{
		"text: FitTFIDF: least number of texts is 0, want at least 1":      {MinTexts(0)},
		"text: FitTFIDF: largest number of terms is 0, want 1 to 16777216": {MaxTerms(0)},
		"text: FitTFIDF: 0 terms, want 1 to 16777216":                      {MinTexts(2)},
	} {
		_, err := FitTFIDF(texts, opts...)
		wantError(t, want, err, want)
	}
	_, err := FitTFIDF([][]string{{"a\xff"}})
	wantError(t, "FitTFIDF", err, `text: FitTFIDF: term 0 is "a\xff", want UTF-8`)
	for text, want := range map[string]string{
		`{"terms": ["a"], "idf": []}`:          "tf-idf: 0 weights, want 1, one for each term",
		`{"terms": ["b", "a"], "idf": [1, 1]}`: `term 1 is "a" and the one before "b", want them in order`,
		`{"terms": ["a"], "idf": [-1]}`:        `weight of term "a" is -1, want a finite number`,
		`{"terms": [], "idf": []}`:             "0 terms",
		`{"terms": [1]}`:                       "cannot unmarshal number",
		"{\n\n]":                               "line 3: invalid character",
	} {
		path := write(t, "tfidf.json", text)
		_, err := LoadTFIDF(path)
		wantError(t, text, err, "text: "+path+": ", want)
	}
	v, err := FitTFIDF(texts)
	if err != nil {
		t.Fatal(err)
	}
	for want, ds := range map[string]data.Dataset{
		"text: TFIDF.Dataset: 1 labels, want 2, one for each sample": v.Dataset(texts, []int{0}, []string{"x"}),
		"label 1 is 1, want 0 to 0":                                  v.Dataset(texts, []int{0, 1}, []string{"x"}),
		"there are no names of classes":                              v.Dataset(texts, []int{0, 1}, nil),
	} {
		wantError(t, want, ds.Spec().Err, want)
		wantError(t, want, ds.Read(0, data.Sample{}), want)
	}
}

func TestCounts(t *testing.T) {
	c := Count([]string{"b", "a"}, []string{"a", "c"})
	c.Add("d", "d", "d")
	if got := c.Sorted(); !slices.Equal(got, []string{"d", "a", "b", "c"}) {
		t.Errorf("%q", got)
	}
}
