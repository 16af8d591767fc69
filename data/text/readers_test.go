package text

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gannet-ml/gannet/tensor"
)

func TestLabeled(t *testing.T) {
	d, err := DecodeLabeled(strings.NewReader("pos a good film\n\nneg\t bad  one \r\npos x"))
	want := &Labeled{Texts: []string{"a good film", "bad  one", "x"}, Labels: []int{1, 0, 1}, Names: []string{"neg", "pos"}}
	if err != nil || !reflect.DeepEqual(d, want) {
		t.Errorf("%+v, %v, want %+v", d, err, want)
	}
	if err := d.Rename([]string{"pos", "none", "neg"}); err != nil || !slices.Equal(d.Labels, []int{0, 2, 0}) || len(d.Names) != 3 {
		t.Errorf("%+v, %v", d, err)
	}
	wantError(t, "Rename", d.Rename([]string{"pos", "neg"}), `text: Rename: class "none" is not one of ["pos" "neg"]`)
	for text, want := range map[string]string{
		"a b\nc\n":    `text: line 2: "c", want a class, a space and a text`,
		" b c\n":      `text: line 1: " b c", want a class`,
		"a  \n":       `text: line 1: "a  ", want a class`,
		"a b\na \xff": "text: line 2: byte 2 is 0xff, want UTF-8",
	} {
		_, err := DecodeLabeled(strings.NewReader(text))
		wantError(t, text, err, want)
		path := write(t, "file", text)
		_, err = LoadLabeled(path)
		wantError(t, text, err, "text: "+path+strings.TrimPrefix(want, "text"))
	}
	if d, err := DecodeLabeled(strings.NewReader("")); err != nil || len(d.Texts) != 0 {
		t.Errorf("%+v, %v, want nothing", d, err)
	}
}

func TestLoadClasses(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"German.txt": "Bach\n\nOhm \n", "French.txt": "Monet\n", "README": "x\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	d, err := LoadClasses(dir)
	want := &Labeled{Texts: []string{"Monet", "Bach", "Ohm"}, Labels: []int{0, 1, 1}, Names: []string{"French", "German"}}
	if err != nil || !reflect.DeepEqual(d, want) {
		t.Errorf("%+v, %v, want %+v", d, err, want)
	}
	bad := filepath.Join(dir, "Greek.txt")
	if err := os.WriteFile(bad, []byte("ok\n\xe9\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = LoadClasses(dir)
	wantError(t, "bytes", err, "text: "+bad+": line 2: byte 0 is 0xe9, want UTF-8")
	_, err = LoadClasses(t.TempDir())
	wantError(t, "empty", err, "no file ends in .txt")
}

const treebank = `# newdoc
# sent_id = s1
# text = I can't.
1	I	I	PRON	PRP	Case=Nom	2	nsubj	_	_
2-3	can't	_	_	_	_	_	_	_	SpaceAfter=No
2	ca	can	AUX	MD	_	0	root	_	_
3	n't	not	PART	RB	_	2	advmod	_	_
3.1	do	do	VERB	_	_	_	_	2:x	_
4	.	.	PUNCT	.	_	2	punct	_	_

# sent_id = s2
1	_	_	SYM	_	_	_	_	_	_
`

func TestCoNLLU(t *testing.T) {
	got, err := DecodeCoNLLU(strings.NewReader(treebank))
	if err != nil || len(got) != 2 {
		t.Fatalf("%d sentences, %v", len(got), err)
	}
	s := got[0]
	if s.ID != "s1" || s.Text != "I can't." || strings.Join(s.Forms(), " ") != "I ca n't ." || strings.Join(s.UPOS(), " ") != "PRON AUX PART PUNCT" {
		t.Errorf("%+v", s)
	}
	if want := (Word{Form: "I", Lemma: "I", UPOS: "PRON", XPOS: "PRP", Feats: "Case=Nom", Head: 2, DepRel: "nsubj"}); s.Words[0] != want {
		t.Errorf("%+v, want %+v", s.Words[0], want)
	}
	if want := (Word{Form: "_", Lemma: "_", UPOS: "SYM", Head: -1}); got[1].Words[0] != want || got[1].ID != "s2" {
		t.Errorf("%+v, want %+v", got[1], want)
	}
	for _, text := range []string{"", "\n\n", "# only a comment\n\n# and another\n"} {
		if got, err := DecodeCoNLLU(strings.NewReader(text)); err != nil || len(got) != 0 {
			t.Errorf("%q: %v, %v, want no sentences", text, got, err)
		}
	}
}

func TestCoNLLUErrors(t *testing.T) {
	const word = "1\ta\ta\tX\t_\t_\t0\troot\t_\t_\n"
	for text, want := range map[string]string{
		"1\ta\n":              "line 1: 2 fields with tabs between them, want 10",
		word + "1" + word[1:]: `line 2: number of the word is "1", want 2`,
		"x" + word[1:]:        `line 1: number of the word is "x", want 1`,
		word + "# late\n":     "line 2: a comment inside a sentence",
		strings.Replace(word, "\t0\t", "\t-1\t", 1):       `line 1: head is "-1", want the number of a word, 0 or _`,
		strings.Replace(word, "\t0\t", "\t2\t", 1) + "\n": "line 2: the head of the word in line 1 is 2, want 0 to 1",
		strings.Replace(word, "\t0\t", "\t2\t", 1):        "the head of the word in line 1 is 2, want 0 to 1",
		strings.Replace(word, "\tX\t", "\t\t", 1):         "line 1: field 4 is empty, want _",
		"2-3" + word[1:]:        `line 1: range of words is "2-3", want 1-…`,
		"1-x" + word[1:]:        "line 1: range of words",
		"1.1" + word[1:]:        `line 1: number of the empty node is "1.1", want 0.…`,
		"0.1" + word[1:] + "\n": "line 2: the sentence has no words",
		word + "\xff":           "line 2: byte 0 is 0xff, want UTF-8",
	} {
		_, err := DecodeCoNLLU(strings.NewReader(text))
		wantError(t, text, err, "text: "+want)
		path := write(t, "file.conllu", text)
		_, err = LoadCoNLLU(path)
		wantError(t, text, err, "text: "+path+": "+want)
	}
}

// The counts of the treebank's own page.
func TestRealCoNLLU(t *testing.T) {
	got, err := LoadCoNLLU(shared(t, "ud-english-ewt", "en_ewt-ud-test.conllu.gz"))
	words := 0
	tags := map[string]bool{}
	for _, s := range got {
		words += len(s.Words)
		for _, w := range s.Words {
			tags[w.UPOS] = true
		}
	}
	if err != nil || len(got) != 2077 || words != 25094 || len(tags) != 17 {
		t.Errorf("%d sentences, %d words, %d tags, %v, want 2077, 25094, 17", len(got), words, len(tags), err)
	}
}

func FuzzCoNLLU(f *testing.F) {
	f.Add(treebank)
	f.Add("1.1\t_\t_\t_\t_\t_\t_\t_\t_\t_\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := DecodeCoNLLU(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, s := range got {
			if len(s.Words) == 0 {
				t.Fatal("a sentence without words")
			}
			for _, w := range s.Words {
				if w.Form == "" || w.Head < -1 || w.Head > len(s.Words) {
					t.Fatalf("word %+v", w)
				}
			}
		}
	})
}

const glove = "the 1 2 -3e0\ncat .5 0 0\n. . . 7 8 9\nthe 0 0 0\n"

func TestVectors(t *testing.T) {
	v := vocabularyOf(t, "the cat dog")
	for _, text := range []string{glove, "4 3\n" + glove, strings.ReplaceAll(glove, "\n", " \n")} {
		w, err := DecodeVectors(strings.NewReader(text), v)
		if err != nil {
			t.Fatal(err)
		}
		weight := tensor.Zeros(v.Size(), 3)
		weight.Fill(4)
		if err := w.CopyTo(weight); err != nil {
			t.Fatal(err)
		}
		// <pad> <unk> <bos> <eos> cat dog the
		if w.Dim != 3 || w.Found() != 2 || !w.Has(4) || w.Has(5) || w.Has(-1) || w.Has(7) {
			t.Errorf("%+v, want vectors of 3 for cat and the", w)
		}
		if got := weight.Data()[9:]; !slices.Equal(got, []float32{4, 4, 4, .5, 0, 0, 4, 4, 4, 1, 2, -3}) {
			t.Errorf("weight %v", got)
		}
	}
	w, err := DecodeVectors(strings.NewReader(glove), v)
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, "CopyTo", w.CopyTo(nil), "text: Vectors.CopyTo: there is no weight, want shape [7 3]")
	wantError(t, "CopyTo", w.CopyTo(tensor.Zeros(7, 4)), "weight has shape [7 4], want [7 3]")
}

func TestVectorsErrors(t *testing.T) {
	v := vocabularyOf(t, "the cat")
	for text, want := range map[string]string{
		"":                       "there are no vectors",
		"2 3\n":                  "there are no vectors",
		"the\n":                  "line 1: 0 numbers, want 1 to 65536",
		"the 1 2\ncat 1\n":       "line 2: 1 numbers, want 2",
		"the 1 2\ncat 1 x\n":     `line 2: number 2 of "cat" is "x", want a finite number`,
		"the 1 2\ncat 1 NaN\n":   "line 2: number 2",
		"the 1 1e99\n":           "line 1: number 2",
		"the 1 2\nother 1 inf\n": `line 2: number 2 of "other" is "inf"`,
		"the 1\n\n":              "line 2: 0 numbers, want 1",
		"the \xff\n":             "line 1: byte 4 is 0xff, want UTF-8",
	} {
		_, err := DecodeVectors(strings.NewReader(text), v)
		wantError(t, text, err, "text: "+want)
		path := write(t, "vectors.txt", text)
		_, err = LoadVectors(path, v)
		wantError(t, text, err, "text: "+path+": "+want)
	}
}

func TestRealVectors(t *testing.T) {
	v := vocabularyOf(t, "the of zyzzyva not-a-word")
	w, err := LoadVectors(shared(t, "glove", "glove.6B.50d.10k.txt"), v)
	if err != nil || w.Dim != 50 || w.Found() != 2 {
		t.Errorf("%+v, %v", w, err)
	}
}

func TestRealLabeled(t *testing.T) {
	train, err := LoadLabeled(shared(t, "sst", "stsa.binary.train"))
	if err != nil || len(train.Texts) != 6920 || !slices.Equal(train.Names, []string{"0", "1"}) {
		t.Errorf("%d texts, %v", len(train.Texts), err)
	}
	names, err := LoadClasses(shared(t, "names"))
	if err != nil || len(names.Names) != 18 || len(names.Texts) < 20000 {
		t.Errorf("%d names of %d languages, %v", len(names.Texts), len(names.Names), err)
	}
}

func FuzzVectors(f *testing.F) {
	f.Add(glove)
	f.Add("1 2\nthe 0x1p-2")
	v := vocabularyOf(f, "the cat")
	f.Fuzz(func(t *testing.T, text string) {
		w, err := DecodeVectors(strings.NewReader(text), v)
		if err != nil {
			return
		}
		if err := w.CopyTo(tensor.Zeros(v.Size(), w.Dim)); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzLabeled(f *testing.F) {
	f.Add("1 a\n0 b\n")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := DecodeLabeled(strings.NewReader(text))
		if err != nil {
			return
		}
		if err := checkLabels(len(d.Texts), d.Labels, len(d.Names)); len(d.Texts) > 0 && err != nil {
			t.Fatal(err)
		}
	})
}

func TestLabeledSplit(t *testing.T) {
	d := &Labeled{Names: []string{"a", "b", "none"}}
	for i := range 100 {
		d.Texts, d.Labels = append(d.Texts, fmt.Sprint(i)), append(d.Labels, i%10/9)
	}
	parts, err := d.Split(1, 0.7, 0.2)
	if err != nil || len(parts) != 2 {
		t.Fatal(parts, err)
	}
	seen := map[string]bool{}
	for k, p := range parts {
		count := []int{0, 0}
		for i, s := range p.Texts {
			if n, err := strconv.Atoi(s); err != nil || p.Labels[i] != d.Labels[n] || seen[s] {
				t.Errorf("part %d: text %q has label %d, or comes twice (%v)", k, s, p.Labels[i], seen[s])
			}
			seen[s] = true
			count[p.Labels[i]]++
		}
		if want := [][]int{{63, 7}, {18, 2}}[k]; !slices.Equal(count, want) || !slices.Equal(p.Names, d.Names) {
			t.Errorf("part %d has %v texts of the classes %v, want %v", k, count, p.Names, want)
		}
	}
	again, err := d.Split(1, 0.7, 0.2)
	if err != nil || !slices.Equal(again[1].Texts, parts[1].Texts) {
		t.Errorf("the same seed gives %v, %v", again, err)
	}
	if other, err := d.Split(2, 0.7, 0.2); err != nil || slices.Equal(other[1].Texts, parts[1].Texts) {
		t.Errorf("another seed gives the same parts, %v", err)
	}
	_, err = d.Split(1, 0.7, 0.4)
	wantError(t, "Split", err, "text: Split: data: StratifiedSplit: fractions [0.7 0.4] add up to")
	d.Labels[3] = 7
	_, err = d.Split(1, 1)
	wantError(t, "Split", err, "text: Split: label 3 is 7, want 0 to 2")
}
