package text

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// vocabularyOf returns a vocabulary with the usual special tokens.
func vocabularyOf(t testing.TB, text string, opts ...VocabularyOption) *Vocabulary {
	t.Helper()
	v, err := NewVocabulary(Count(strings.Fields(text)), Usual, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVocabulary(t *testing.T) {
	const text = "b a c a b d d d e"
	for _, c := range []struct {
		opts []VocabularyOption
		want string
	}{
		{nil, "<pad> <unk> <bos> <eos> d a b c e"},
		{[]VocabularyOption{MinCount(2)}, "<pad> <unk> <bos> <eos> d a b"},
		{[]VocabularyOption{MaxSize(6)}, "<pad> <unk> <bos> <eos> d a"},
		{[]VocabularyOption{MaxSize(4)}, "<pad> <unk> <bos> <eos>"},
	} {
		if got := strings.Join(vocabularyOf(t, text, c.opts...).Tokens(), " "); got != c.want {
			t.Errorf("tokens %s, want %s", got, c.want)
		}
	}
	v := vocabularyOf(t, text)
	ids, err := v.Encode([]string{"a", "x", "d", "<eos>"})
	if err != nil || !slices.Equal(ids, []int{5, 1, 4, 3}) {
		t.Errorf("Encode = %v, %v", ids, err)
	}
	tokens, err := v.Decode([]int{5, 1, 0})
	if err != nil || !slices.Equal(tokens, []string{"a", "<unk>", "<pad>"}) {
		t.Errorf("Decode = %v, %v", tokens, err)
	}
	if id, ok := v.ID("x"); ok || id != 0 {
		t.Errorf("ID = %d, %v", id, ok)
	}
	path := filepath.Join(t.TempDir(), "vocabulary.json")
	if err := v.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := LoadVocabulary(path)
	if err != nil || !reflect.DeepEqual(again, v) {
		t.Errorf("Load = %v, %v, want %v", again, err, v)
	}
}

func TestVocabularyErrors(t *testing.T) {
	counts := Count([]string{"a", "b"})
	for want, build := range map[string]func() (*Vocabulary, error){
		"text: NewVocabulary: least count is 0, want at least 1": func() (*Vocabulary, error) { return NewVocabulary(counts, Usual, MinCount(0)) },
		"largest size is 3, want 4 to 16777216":                  func() (*Vocabulary, error) { return NewVocabulary(counts, Usual, MaxSize(3)) },
		"largest size is 0, want 1 to 16777216":                  func() (*Vocabulary, error) { return NewVocabulary(counts, Specials{}, MaxSize(0)) },
		"NewVocabulary: 0 tokens, want 1 to 16777216":            func() (*Vocabulary, error) { return NewVocabulary(nil, Specials{}) },
		`token 1 is "\xff", want UTF-8`:                          func() (*Vocabulary, error) { return NewVocabulary(Counts{"\xff": 1}, Specials{Pad: "p"}) },
		`token 1 is "a", as token 0 is`:                          func() (*Vocabulary, error) { return NewVocabulary(counts, Specials{Pad: "a"}) },
		`token 1 is "<x>", as token 0 is`:                        func() (*Vocabulary, error) { return NewVocabulary(counts, Specials{Pad: "<x>", End: "<x>"}) },
	} {
		_, err := build()
		wantError(t, want, err, want)
	}
	v, err := NewVocabulary(counts, Specials{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.Encode([]string{"a", "c"})
	wantError(t, "Encode", err, `text: Vocabulary.Encode: token 1 is "c", want one of the 2`)
	_, err = v.Encode([]string{""})
	wantError(t, "Encode", err, `token 0 is ""`)
	_, err = v.Decode([]int{0, 2})
	wantError(t, "Decode", err, "text: Vocabulary.Decode: number 1 is 2, want 0 to 1")
	_, err = v.Decode([]int{-1})
	wantError(t, "Decode", err, "number 0 is -1")
}

func TestLoadVocabularyErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                            "line 1: the file ends too soon",
		"{\n\"tokens\": [\"a\",\n":                    "line 3: the file ends too soon",
		"{\n\"tokens\": [\n1]}":                       "json: cannot unmarshal number",
		"{\n\n}}":                                     "vocabulary: 0 tokens",
		"{\n\"tokens\": [\"a\"\n\"b\"]}":              "line 3: invalid character '\"'",
		"{\"tokens\": [\"a\"]} {}":                    "more than one JSON value",
		"{\"tokens\": [\"a\"], \"x\": 1}":             `unknown field "x"`,
		"{\"tokens\": [\n\"a\xff\"]}":                 "line 2: byte 2 is 0xff, want UTF-8",
		`{"tokens": ["a", "b", "a"]}`:                 `token 2 is "a", as token 0 is`,
		`{"tokens": []}`:                              "0 tokens",
		`{"tokens": ["a"], "specials": {"pad": "b"}}`: `there is no special token "b"`,
		`{"tokens": ["a"], "specials": {"pad": "a", "unknown": "a"}}`: `special token "a" has two meanings`,
	} {
		path := write(t, "vocabulary.json", text)
		_, err := LoadVocabulary(path)
		wantError(t, text, err, "text: "+path+": ", want)
	}
}

func TestEncoder(t *testing.T) {
	e := &Encoder{Normalizer: Chain(NFKC, Fold), Vocabulary: vocabularyOf(t, "the cat sat ."), Ends: true, MaxLen: 5}
	ids, err := e.Encode("The CAT sat. No.")
	// . is first in the order of bytes, then cat, sat, the.
	if err != nil || !slices.Equal(ids, []int{2, 7, 5, 6, 3}) {
		t.Errorf("Encode = %v, %v", ids, err)
	}
	path := filepath.Join(t.TempDir(), "encoder.json")
	if err := e.Save(path); err != nil {
		t.Fatal(err)
	}
	again, err := LoadEncoder(path)
	if err != nil || !reflect.DeepEqual(again, e) {
		t.Errorf("Load = %+v, %v, want %+v", again, err, e)
	}
	if e.Size() != 8 || new(Encoder).Size() != 0 {
		t.Errorf("Size = %d", e.Size())
	}
	all, err := EncodeAll(e, []string{"cat", ""})
	if err != nil || !reflect.DeepEqual(all, [][]int{{2, 5, 3}, {2, 3}}) {
		t.Errorf("EncodeAll = %v, %v", all, err)
	}
	_, err = EncodeAll(e, []string{"cat", "\xff"})
	wantError(t, "EncodeAll", err, "text: text 1: text: Encoder: byte 0 is 0xff, want UTF-8")
	e.MaxLen = 1
	_, err = e.Encode("a")
	wantError(t, "MaxLen", err, "text: longest length is 1, want at least 2")
	_, err = new(Encoder).Encode("a")
	wantError(t, "nothing", err, "text: Encoder: there is no vocabulary")
	for text, want := range map[string]string{
		`{"splitter": "letters", "vocabulary": {"tokens": ["a"]}}`: `splitter is "letters"`,
		`{"splitter": "words"}`: "there is no vocabulary",
		`{"normalizer": ["x"]}`: `step "x"`,
	} {
		_, err := LoadEncoder(write(t, "encoder.json", text))
		wantError(t, text, err, "encoder.json: ", want)
	}
	wantError(t, "Save", e.Save(filepath.Join(path, "x")), path)
}

func FuzzVocabulary(f *testing.F) {
	f.Add([]byte(`{"specials": {"pad": "<pad>"}, "tokens": ["<pad>", "a", "é"]}`))
	f.Add([]byte(`{"specials": {}, "tokens": ["\ud800"]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v, again Vocabulary
		if json.Unmarshal(b, &v) != nil {
			return
		}
		j, err := json.Marshal(&v)
		if err = errors.Join(err, json.Unmarshal(j, &again)); err != nil || !slices.Equal(again.tokens, v.tokens) || again.specials != v.specials {
			t.Fatalf("%v becomes %v, %v", v, again, err)
		}
	})
}
