package text

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// golden reads a golden file.
func golden(t *testing.T, path string, v any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func TestNormalizerGolden(t *testing.T) {
	var file struct{ Cases []map[string]string }
	golden(t, "testdata/normalize.json", &file)
	for _, c := range file.Cases {
		for name := range maps.Keys(steps) {
			want, ok := c[name]
			if got := (Normalizer{[]string{name}}).Apply(c["text"]); !ok || got != want {
				t.Errorf("%s of %q = %+q, want %+q", name, c["text"], got, want)
			}
		}
	}
}

func TestTFIDFGolden(t *testing.T) {
	var file struct {
		Train, Test []string
		Cases       []struct {
			Name      string
			Lo, Hi    int
			Sublinear bool
			MinTexts  int `json:"min_texts"`
			MaxTerms  int `json:"max_terms"`
			Terms     []string
			IDF       []float64
			Rows      [][]float64
		}
	}
	golden(t, "testdata/tfidf.json", &file)
	for _, c := range file.Cases {
		terms := func(texts []string) (all [][]string) {
			for _, s := range texts {
				grams, err := NGrams(strings.Fields(s), c.Lo, c.Hi)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, grams)
			}
			return all
		}
		opts := []TFIDFOption{MinTexts(c.MinTexts), MaxTerms(c.MaxTerms)}
		if c.Sublinear {
			opts = append(opts, Sublinear)
		}
		v, err := FitTFIDF(terms(file.Train), opts...)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(v.Terms, c.Terms) {
			t.Errorf("%s: terms %q, want %q", c.Name, v.Terms, c.Terms)
			continue
		}
		for i, w := range v.IDF {
			if math.Abs(w-c.IDF[i]) > 1e-12 {
				t.Errorf("%s: weight of %q is %v, want %v", c.Name, v.Terms[i], w, c.IDF[i])
			}
		}
		for k, text := range terms(file.Test) {
			for i, x := range v.Vector(text).Data() {
				if math.Abs(float64(x)-c.Rows[k][i]) > 1e-7 {
					t.Errorf("%s: %q: value of %q is %v, want %v", c.Name, file.Test[k], v.Terms[i], x, c.Rows[k][i])
				}
			}
		}
	}
}

func TestBPEGolden(t *testing.T) {
	var file struct {
		Train  []string
		Merges [][2]int32
		Cases  []struct {
			Text  string
			Words []string
			IDs   []int
		}
	}
	golden(t, "testdata/bpe.json", &file)
	p, err := TrainBPE(slices.Values(file.Train), byteTokens+len(file.Merges))
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range file.Merges {
		if got := p.merges[i]; got != (pair{m[0], m[1]}) {
			t.Fatalf("merge %d is %v, want %v", i, got, m)
		}
	}
	for _, c := range file.Cases {
		var words []string
		for s := c.Text; s != ""; {
			n := pieceLen(s)
			words, s = append(words, s[:n]), s[n:]
		}
		if !slices.Equal(words, c.Words) {
			t.Errorf("%q is cut into %q, want %q", c.Text, words, c.Words)
		}
		ids, err := p.Encode(c.Text)
		if err != nil || !slices.Equal(ids, c.IDs) {
			t.Errorf("Encode(%q) = %v, %v, want %v", c.Text, ids, err, c.IDs)
		}
	}
}
