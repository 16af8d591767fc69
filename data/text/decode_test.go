package text

import (
	"strings"
	"testing"
)

func TestEncoderDecode(t *testing.T) {
	v, err := NewVocabulary(Count(strings.Split("a b c ab é", " ")), Usual)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := NewVocabulary(Count([]string{"a", "b", " "}), Specials{})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		split Splitter
		v     *Vocabulary
		words string // and what it is decoded to, where that is not the same
		want  string
	}{
		{Characters, v, "", ""},
		{Characters, v, "a b é a", "abéa"},
		{Graphemes, v, "a b é", "abé"},
		{Words, v, "ab a", "ab a"},
		{Whitespace, v, "ab a", "ab a"},
		{Basic, v, "ab a", "ab a"},
		{"", v, "ab a", "ab a"},
		{Words, v, "<bos> ab <unk> a <eos> <pad> <pad>", "ab <unk> a"},
		{Characters, v, "<bos> a <unk> b <eos>", "a<unk>b"},
		{Words, v, "<pad>", ""},
	} {
		ids, err := c.v.Encode(strings.Fields(c.words))
		if err != nil {
			t.Fatal(err)
		}
		e := &Encoder{Splitter: c.split, Vocabulary: c.v, Ends: true, MaxLen: 2}
		if got, err := e.Decode(ids); err != nil || got != c.want {
			t.Errorf("%s: %q is %q, %v, want %q", c.split, c.words, got, err, c.want)
		}
	}
	e := &Encoder{Splitter: Characters, Vocabulary: bare}
	if got, err := e.Decode([]int{0, 1, 2}); err != nil || len(got) != 3 {
		t.Errorf("without special tokens: %q, %v, want three characters", got, err)
	}
	_, err = e.Decode([]int{0, 3})
	wantError(t, "a number that no token has", err, "number 1 is 3, want 0 to 2")
	_, err = new(Encoder).Decode(nil)
	wantError(t, "no vocabulary", err, "text: Encoder: there is no vocabulary")
	_, err = NewVocabulary(Counts{"": 1, "a": 1}, Specials{})
	wantError(t, "an empty token", err, "token 0 is empty")
}

// TestCodec tests the laws of codecs: decoding undoes encoding where that keeps all, and
// a text can be decoded as its numbers come.
func TestCodec(t *testing.T) {
	const s = "Ein “Gannet”: é, e\u0301, 👩‍🚀!\n\tzweite  Zeile"
	bpe, err := TrainBPE(func(yield func(string) bool) { yield(s + s) }, 300)
	if err != nil {
		t.Fatal(err)
	}
	codecs := map[string]Codec{"BPE": bpe}
	for _, split := range []Splitter{Words, Whitespace, Characters, Graphemes, Basic} {
		e := &Encoder{Splitter: split}
		tokens, err := e.Tokens(s)
		if err != nil {
			t.Fatal(err)
		}
		if e.Vocabulary, err = NewVocabulary(Count(tokens), Usual); err != nil {
			t.Fatal(err)
		}
		codecs[string(split)] = e
	}
	for name, c := range codecs {
		ids, err := c.Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		whole, err := c.Decode(ids)
		if keeps := name == "BPE" || name == "characters" || name == "graphemes"; err != nil || keeps && whole != s {
			t.Errorf("%s: %q, %v, want %q", name, whole, err, s)
		}
		built := ""
		for i := range ids {
			before, err := c.Decode(ids[max(0, i-1):i])
			if err != nil {
				t.Fatal(err)
			}
			both, err := c.Decode(ids[max(0, i-1) : i+1])
			if err != nil || !strings.HasPrefix(both, before) {
				t.Fatalf("%s: %q, %v, want %q to begin it", name, both, err, before)
			}
			built += both[len(before):]
		}
		if built != whole {
			t.Errorf("%s: token by token %q, want %q", name, built, whole)
		}
		again, err := c.Encode(whole)
		if err != nil || name != "basic" && len(again) != len(ids) {
			t.Errorf("%s: %d tokens of what was decoded, %v, want %d", name, len(again), err, len(ids))
		}
	}
}
