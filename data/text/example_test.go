package text_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

const reviews = `good A gripping, moving film!
bad one long string of clichés
good moving
bad A long, long film
`

func Example() {
	d, err := text.DecodeLabeled(strings.NewReader(reviews))
	if err != nil {
		fmt.Println(err)
		return
	}
	e := &text.Encoder{Normalizer: text.Chain(text.NFKC, text.Fold)}
	counts := text.Counts{}
	for _, s := range d.Texts {
		tokens, err := e.Tokens(s)
		if err != nil {
			fmt.Println(err)
			return
		}
		counts.Add(tokens...)
	}
	if e.Vocabulary, err = text.NewVocabulary(counts, text.Usual, text.MinCount(2)); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Vocabulary.Tokens())

	ids, err := text.EncodeAll(e, d.Texts)
	if err != nil {
		fmt.Println(err)
		return
	}
	train := text.Classified(ids, d.Labels, d.Names)
	loader := data.NewLoader(train, data.BatchSize(2), data.ByLength(), data.Trim(), data.Seed(1))
	for batch, err := range loader.All(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(batch.X.Shape(), batch.More[0], batch.Y)
	}
	// Output:
	// [<pad> <unk> <bos> <eos> long , a film moving]
	// [2 5] [1. 5.] [1 0]
	// [2 6] [5. 6.] [0 1]
}

// inFolder calls f with the path of a file in a folder of its own, which it writes
// unless text is empty.
func inFolder(name, text string, f func(path string) error) {
	dir, err := os.MkdirTemp("", "")
	if err == nil {
		defer os.RemoveAll(dir)
		path := filepath.Join(dir, name)
		if text != "" {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err == nil {
			err = f(path)
		}
	}
	if err != nil {
		fmt.Println(strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""))
	}
}

func ExampleSplitter() {
	const s = "Don't pay $3.50, naïve 日本!"
	for _, by := range []text.Splitter{text.Words, text.Whitespace, text.Basic} {
		tokens, err := by.Split(s)
		fmt.Println(by, strings.Join(tokens, "|"), err)
	}
	for _, by := range []text.Splitter{text.Characters, text.Graphemes} {
		tokens, err := by.Split("e\u0301!")
		fmt.Println(by, len(tokens), err)
	}
	_, err := text.Words.Split("caf\xe9")
	fmt.Println(err)
	// Output:
	// words Don't|pay|$|3.50|,|naïve|日|本|! <nil>
	// whitespace Don't|pay|$3.50,|naïve|日本! <nil>
	// basic Don|'|t|pay|$|3|.|50|,|naïve|日|本|! <nil>
	// characters 3 <nil>
	// graphemes 2 <nil>
	// text: words: byte 3 is 0xe9, want UTF-8
}

func ExampleChain() {
	n := text.Chain(text.NFKC, text.Fold, text.StripAccents, text.Spaces)
	fmt.Println(n.Apply(" Ångström  STRAẞE ﬁ ² "))
	b, err := json.Marshal(n)
	fmt.Println(string(b), err)
	// Output:
	// angstrom strasse fi 2
	// ["nfkc","fold","strip_accents","spaces"] <nil>
}

func ExampleNormalizer() {
	for _, n := range []text.Normalizer{text.NFC, text.NFD, text.NFKC, text.NFKD, text.Lower, text.Fold, text.StripAccents} {
		fmt.Printf("%v: %+q\n", n, n.Apply("ﬁÉß"))
	}
	// Output:
	// nfc: "\ufb01\u00c9\u00df"
	// nfd: "\ufb01E\u0301\u00df"
	// nfkc: "fi\u00c9\u00df"
	// nfkd: "fiE\u0301\u00df"
	// lower: "\ufb01\u00e9\u00df"
	// fold: "fi\u00e9ss"
	// strip_accents: "\ufb01E\u00df"
}

func ExampleCounts() {
	c := text.Count(strings.Fields("to be or not to be"), strings.Fields("to see"))
	for _, t := range c.Sorted()[:3] {
		fmt.Println(t, c[t])
	}
	// Output:
	// to 3
	// be 2
	// not 1
}

func ExampleNewVocabulary() {
	v, err := text.NewVocabulary(text.Count(strings.Fields("a rose is a rose is a rose")), text.Usual, text.MaxSize(6))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Tokens())
	ids, err := v.Encode([]string{"a", "rose", "is", "red"})
	fmt.Println(ids, err)
	tokens, err := v.Decode(ids)
	fmt.Println(tokens, err)
	// Output:
	// [<pad> <unk> <bos> <eos> a rose]
	// [4 5 1 1] <nil>
	// [a rose <unk> <unk>] <nil>
}

func ExampleVocabulary_Save() {
	inFolder("vocabulary.json", "", func(path string) error {
		v, err := text.NewVocabulary(text.Count([]string{"b", "a", "b"}), text.Specials{Pad: "<pad>"})
		if err == nil {
			err = v.Save(path)
		}
		if err != nil {
			return err
		}
		again, err := text.LoadVocabulary(path)
		if err != nil {
			return err
		}
		id, ok := again.ID("b")
		fmt.Println(again.Size(), id, ok)
		_, err = again.Encode([]string{"c"})
		return err
	})
	// Output:
	// 3 1 true
	// text: Vocabulary.Encode: token 0 is "c", want one of the 3 of the vocabulary, which has none for others
}

func ExampleLoadVocabulary() {
	inFolder("vocabulary.json", "{\"tokens\": [\n\"a\",\n\"b\"\n\"c\"]}", func(path string) error {
		_, err := text.LoadVocabulary(path)
		return err
	})
	// Output: text: vocabulary.json: line 4: invalid character '"' after array element
}

// The program that trains keeps the encoder, the one that predicts loads it.
func ExampleEncoder() {
	inFolder("encoder.json", "", func(path string) error {
		v, err := text.NewVocabulary(text.Count(strings.Fields("the cat sat")), text.Usual)
		if err != nil {
			return err
		}
		e := &text.Encoder{Normalizer: text.Lower, Splitter: text.Words, Vocabulary: v, Ends: true}
		if err := e.Save(path); err != nil {
			return err
		}
		again, err := text.LoadEncoder(path)
		if err != nil {
			return err
		}
		ids, err := again.Encode("The dog sat")
		fmt.Println(ids)
		return err
	})
	// Output: [2 6 1 5 3]
}

func ExampleTokenizer() {
	bpe, err := text.TrainBPE(slices.Values([]string{"low lower lowest"}), 260)
	if err != nil {
		fmt.Println(err)
		return
	}
	v, err := text.NewVocabulary(text.Count([]string{"l", "o", "w"}), text.Usual)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, t := range []text.Tokenizer{bpe, &text.Encoder{Splitter: text.Characters, Vocabulary: v}} {
		ids, err := text.EncodeAll(t, []string{"low", "owl"})
		fmt.Println(t.Size(), ids, err)
	}
	// Output:
	// 260 [[257] [78 86 75]] <nil>
	// 7 [[4 5 6] [5 6 4]] <nil>
}

func ExampleTrainBPE() {
	lines := strings.SplitAfter("the cat and the hat\nthat cat sat on the mat\n", "\n")
	bpe, err := text.TrainBPE(slices.Values(lines), 266, "<|endoftext|>")
	if err != nil {
		fmt.Println(err)
		return
	}
	ids, err := bpe.Encode("the bat\xff")
	fmt.Printf("%q %v %v\n", bpe.Tokens("the bat\xff"), ids, err)
	s, err := bpe.Decode(ids)
	fmt.Printf("%q %v\n", s, err)
	end, ok := bpe.Special("<|endoftext|>")
	fmt.Println(end, ok, bpe.Size(), bpe.Specials())
	// Output:
	// ["the" " " "b" "at" "\xff"] [258 220 65 256 187] <nil>
	// "the bat\xff" <nil>
	// 262 true 263 [<|endoftext|>]
}

// Files are those of GPT-2, merges.txt; Ġ stands for a space.
func ExampleLoadBPE() {
	inFolder("merges.txt", "#version: 0.2\nt h\nth e\nĠ the\n", func(path string) error {
		bpe, err := text.LoadBPE(path)
		if err != nil {
			return err
		}
		fmt.Printf("%q\n", bpe.Tokens("the other, the"))
		return bpe.Save(path)
	})
	inFolder("merges.txt", "#version: 0.2\nt h\nthe m\n", func(path string) error {
		_, err := text.LoadBPE(path)
		return err
	})
	// Output:
	// ["the" " " "o" "the" "r" "," " the"]
	// text: merges.txt: line 3: token "the" is neither a byte nor the result of a line before
}

// The vocabulary and the text are those of BERT's own tests.
func ExampleWordPiece() {
	file := "[UNK]\n[CLS]\n[SEP]\nwant\n##want\n##ed\nwa\nun\nrunn\n##ing\n,\n[PAD]\n"
	inFolder("vocab.txt", file, func(path string) error {
		p, err := text.LoadWordPiece(path)
		if err != nil {
			return err
		}
		tokens, err := p.Tokens("UNwantéd,running")
		if err != nil {
			return err
		}
		p.Ends = true
		ids, err := p.Encode("UNwantéd,running far")
		if err != nil {
			return err
		}
		s, err := p.Decode(ids)
		fmt.Println(tokens, ids, s)
		return err
	})
	// Output: [un ##want ##ed , runn ##ing] [1 7 4 5 10 8 9 0 2] unwanted , running [UNK]
}

func ExampleNewStemmer() {
	for _, language := range []string{"porter", "english", "german"} {
		s, err := text.NewStemmer(language)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(language, text.Stem(s, strings.Fields("generously running häuser")))
	}
	_, err := text.NewStemmer("latin")
	fmt.Println(strings.SplitAfter(fmt.Sprint(err), ",")[0])
	// Output:
	// porter [gener run häuser]
	// english [generous run häuser]
	// german [generously running haus]
	// text: NewStemmer: language is "latin",
}

func ExampleStopWords() {
	tokens := strings.Fields("it was not the best of films")
	fmt.Println(text.EnglishStopWords.Remove(tokens))
	fmt.Println(text.NewStopWords("film", "films").Remove(tokens))
	// Output:
	// [not best films]
	// [it was not the best of]
}

func ExampleNGrams() {
	grams, err := text.NGrams(strings.Fields("not a good film"), 1, 2)
	fmt.Printf("%q %v\n", grams, err)
	// Output: ["not" "a" "good" "film" "not a" "a good" "good film"] <nil>
}

func ExampleFitTFIDF() {
	docs := [][]string{{"good", "film"}, {"bad", "film"}, {"good", "good", "cast"}}
	v, err := text.FitTFIDF(docs)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(v.Terms)
	fmt.Printf("%.3f\n", v.IDF)
	fmt.Printf("%.3f\n", v.Vector([]string{"good", "film", "film", "unheard"}).Data())
	places, values := v.Sparse([]string{"good", "film"})
	fmt.Printf("%v %.3f\n", places, values)

	ds := v.Dataset(docs, []int{1, 0, 1}, []string{"bad", "good"})
	s, err := data.Get(ds, 1)
	fmt.Printf("%.3f %v %v\n", s.X.Data(), s.Y, err)
	// Output:
	// [bad cast film good]
	// [1.693 1.693 1.288 1.288]
	// [0.000 0.000 0.894 0.447]
	// [2 3] [0.707 0.707]
	// [0.796 0.000 0.605 0.000] 0 <nil>
}

func ExampleTFIDF_Save() {
	inFolder("tfidf.json", "", func(path string) error {
		v, err := text.FitTFIDF([][]string{{"a", "b"}, {"a"}}, text.MinTexts(2), text.MaxTerms(10), text.Sublinear)
		if err == nil {
			err = v.Save(path)
		}
		if err == nil {
			v, err = text.LoadTFIDF(path)
		}
		if err == nil {
			fmt.Println(v.Terms, v.IDF, v.Sublinear)
		}
		return err
	})
	// Output: [a] [1] true
}

func ExampleLoadVectors() {
	inFolder("glove.txt", "the 0.1 0.2\ncat 0.3 -0.4\nzebra 1 1\n", func(path string) error {
		v, err := text.NewVocabulary(text.Count([]string{"cat", "dog"}), text.Specials{Pad: "<pad>"})
		if err != nil {
			return err
		}
		vectors, err := text.LoadVectors(path, v)
		if err != nil {
			return err
		}
		embedding, err := nn.Init(1, nn.NewEmbedding(v.Size(), vectors.Dim))
		if err != nil {
			return err
		}
		id, _ := v.ID("cat")
		fmt.Println(vectors.Found(), vectors.Has(id), embedding.Weight.Value.Shape())
		err = vectors.CopyTo(embedding.Weight.Value)
		fmt.Println(embedding.Weight.Value.Data()[id*vectors.Dim:][:vectors.Dim])
		return err
	})
	// Output:
	// 1 true [3 2]
	// [0.3 -0.4]
}

func ExampleLoadCoNLLU() {
	const treebank = "# text = I can't.\n" +
		"1\tI\tI\tPRON\tPRP\t_\t2\tnsubj\t_\t_\n" +
		"2-3\tcan't\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No\n" +
		"2\tca\tcan\tAUX\tMD\t_\t0\troot\t_\t_\n" +
		"3\tn't\tnot\tPART\tRB\t_\t2\tadvmod\t_\t_\n"
	inFolder("file.conllu", treebank, func(path string) error {
		sentences, err := text.LoadCoNLLU(path)
		for _, s := range sentences {
			fmt.Println(s.Text, s.Forms(), s.UPOS(), s.Words[1].Lemma)
		}
		return err
	})
	inFolder("file.conllu", treebank+"4\t.\n", func(path string) error {
		_, err := text.LoadCoNLLU(path)
		return err
	})
	// Output:
	// I can't. [I ca n't] [PRON AUX PART] can
	// text: file.conllu: line 6: 2 fields with tabs between them, want 10
}

func ExampleLoadLabeled() {
	inFolder("train.txt", reviews, func(path string) error {
		d, err := text.LoadLabeled(path)
		if err != nil {
			return err
		}
		fmt.Println(d.Names, d.Labels, d.Texts[2])
		return d.Rename([]string{"good", "fair"})
	})
	// Output:
	// [bad good] [1 0 1 0] moving
	// text: Rename: class "bad" is not one of ["good" "fair"]
}

// Each part has its share of both classes.
func ExampleLabeled_Split() {
	var d text.Labeled
	d.Names = []string{"one", "more"}
	for i := range 20 {
		d.Texts, d.Labels = append(d.Texts, strings.Repeat("ab", 1+i%5)), append(d.Labels, min(1, i%5))
	}
	parts, err := d.Split(1, 0.75, 0.25)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range parts {
		fmt.Println(len(p.Texts), p.Labels)
	}
	// Output:
	// 15 [1 1 1 0 1 1 1 0 1 1 0 1 1 1 1]
	// 5 [0 1 1 1 1]
}

func ExampleLoadClasses() {
	inFolder("German.txt", "Bach\nOhm\n", func(path string) error {
		d, err := text.LoadClasses(filepath.Dir(path))
		if err == nil {
			fmt.Println(d.Names, d.Texts, d.Labels)
		}
		return err
	})
	// Output: [German] [Bach Ohm] [0 0]
}

func ExamplePad() {
	ids, lengths, err := text.Pad([][]int{{5, 6, 7}, {8}}, 0)
	fmt.Println(ids, lengths, err)
	_, _, err = text.Pad([][]int{{5}, {}}, 0)
	fmt.Println(err)
	// Output:
	// [[5. 6. 7.]
	//  [8. 0. 0.]] [3 1] <nil>
	// text: Pad: sequence 1: there are no tokens, want at least 1
}

func ExampleClassified() {
	ds := text.Classified([][]int{{5, 6, 7}, {8}}, []int{1, 0}, []string{"bad", "good"}, text.Steps(4), text.PadID(9))
	for i := range ds.Len() {
		s, err := data.Get(ds, i)
		fmt.Println(s.X, s.More[0], s.Y, err)
	}
	// Output:
	// [5. 6. 7. 9.] 3.0 1 <nil>
	// [8. 9. 9. 9.] 1.0 0 <nil>
}

// Padding has the class 0, which nn.NewCrossEntropy(nn.IgnoreLabel(0)) leaves out.
func ExampleTagged() {
	ds := text.Tagged([][]int{{5, 6, 7}, {8}}, [][]int{{1, 2, 1}, {2}}, []string{"<pad>", "NOUN", "VERB"}, text.PadLabel(0))
	s, err := data.Get(ds, 1)
	fmt.Println(s.X, s.More[0], s.Y, err)
	// Output: [8. 0. 0.] 1.0 [2 0 0] <nil>
}

// Text is decoded as its numbers come.
func ExampleCodec() {
	vocabulary, err := text.NewVocabulary(text.Count(strings.Split("gannet", "")), text.Usual)
	if err != nil {
		fmt.Println(err)
		return
	}
	var c text.Codec = &text.Encoder{Splitter: text.Characters, Vocabulary: vocabulary, Ends: true}
	ids, err := c.Encode("agent")
	if err != nil {
		fmt.Println(err)
		return
	}
	for n := range len(ids) {
		s, err := c.Decode(ids[:n+1])
		fmt.Println(ids[n], s, err)
	}
	// Output:
	// 2  <nil>
	// 5 a <nil>
	// 7 ag <nil>
	// 6 age <nil>
	// 4 agen <nil>
	// 8 agent <nil>
	// 3 agent <nil>
}

// An encoder comes out of the JSON that a model file holds.
func ExampleParseEncoder() {
	e, err := text.ParseEncoder([]byte(`{"splitter": "characters", "vocabulary": {"tokens": ["a", "b"], "specials": {}}}`))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e.Encode("abba"))
	// Output: [0 1 1 0] <nil>
}

// A text for a language model: in batches of two, row i of the second goes on where row i
// of the first ended, and the targets are one step ahead.
func ExampleNewChunks() {
	const s = "hello, world"
	e := text.Encoder{Splitter: text.Characters}
	var err error
	if e.Vocabulary, err = text.NewVocabulary(text.Count(strings.Split(s, "")), text.Specials{}); err != nil {
		log.Fatal(err)
	}
	ids, err := e.Encode(s)
	if err != nil {
		log.Fatal(err)
	}
	chunks := text.NewChunks(ids, 2, 2, e.Vocabulary.Tokens()) // two rows, chunks of two steps
	for b, err := range data.NewLoader(chunks, data.BatchSize(2)).All(context.Background()) {
		if err != nil {
			log.Fatal(err)
		}
		for row := range 2 {
			target := b.Y.(*tensor.Ints).Index(0, row)
			next, err := e.Decode([]int{target.At(0), target.At(1)})
			if err != nil {
				log.Fatal(err)
			}
			fmt.Printf("batch %d, row %d is followed by %q\n", b.Number, row, next)
		}
	}
	// Output:
	// batch 0, row 0 is followed by "el"
	// batch 0, row 1 is followed by ", "
	// batch 1, row 0 is followed by "lo"
	// batch 1, row 1 is followed by "wo"
}

// What a vocabulary says of a token, and which tokens are special.
func ExampleVocabulary_Token() {
	v, err := text.NewVocabulary(text.Counts{"cat": 2, "dog": 1}, text.Specials{Pad: "<pad>", Unknown: "<unk>"})
	if err != nil {
		log.Fatal(err)
	}
	token, ok := v.Token(2)
	fmt.Println(token, ok, v.Specials().Unknown)
	// Output: cat true <unk>
}

// A treebank from anywhere, such as a part of a larger file.
func ExampleDecodeCoNLLU() {
	const lines = "1\tDogs\tdog\tNOUN\t_\t_\t2\tnsubj\t_\t_\n2\tbark\tbark\tVERB\t_\t_\t0\troot\t_\t_\n\n"
	sentences, err := text.DecodeCoNLLU(strings.NewReader(lines))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(sentences[0].Forms(), sentences[0].UPOS())
	// Output: [Dogs bark] [NOUN VERB]
}

// Word vectors from anywhere, for the words of a vocabulary.
func ExampleDecodeVectors() {
	v, err := text.NewVocabulary(text.Counts{"cat": 1, "dog": 1}, text.Specials{Unknown: "<unk>"})
	if err != nil {
		log.Fatal(err)
	}
	vectors, err := text.DecodeVectors(strings.NewReader("the 0 0\ncat 1 2\n"), v)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(vectors.Dim, vectors.Found())
	// Output: 2 1
}
