package lm_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math"
	"slices"
	"strings"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/lm"
	"github.com/gannet-ml/gannet/optim"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
)

// A network learns a rhyme by heart, letter by letter.
func Example() {
	const rhyme = "How much wood would a woodchuck chuck if a woodchuck could chuck wood?\n"
	e := &text.Encoder{Splitter: text.Characters}
	var err error
	if e.Vocabulary, err = text.NewVocabulary(text.Count(strings.Split(rhyme, "")), text.Specials{}); err != nil {
		log.Fatal(err)
	}
	ids, err := e.Encode(rhyme)
	if err != nil {
		log.Fatal(err)
	}
	steps := len(ids) - 1
	x, y := tensor.Zeros(1, steps), tensor.Make[int](1, steps)
	for i := range steps { // after each letter comes the next one
		x.Data()[i], y.Data()[i] = float32(ids[i]), ids[i+1]
	}

	net, err := nn.Init(1, nn.Seq(nn.NewEmbedding(e.Size(), 16), rnn.NewGRU(16, 64), nn.NewLinear(64, e.Size())))
	if err != nil {
		log.Fatal(err)
	}
	t := nn.Trainer{Model: net, Loss: lm.NewLoss(), Optimizer: optim.NewAdam(nn.Params(net), 0.01)}
	if _, err := t.Fit(context.Background(), data.NewLoader(data.Tensors(x, y)), nn.Epochs(150)); err != nil {
		log.Fatal(err)
	}

	m, err := lm.New(net, e)
	if err != nil {
		log.Fatal(err)
	}
	for piece, err := range m.Generate(context.Background(), "How much", lm.Options{Stop: []string{"\n"}}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Print(piece)
	}
	// Output: wood would a woodchuck chuck if a woodchuck could chuck wood?
}

// A text goes round: two letters tell the next one. What comes after the first letter of
// a chunk of three, this letter alone does not tell, and a guess costs ln 2, but where
// the state goes on.
func ExampleCarried() {
	names := []string{"a", "b"}
	var ids []int
	for _, letter := range strings.Repeat("aabb", 27) + "a" {
		ids = append(ids, slices.Index(names, string(letter)))
	}
	const rows, steps = 4, 3
	chunks := text.NewChunks(ids, rows, steps, names)
	loader := data.NewLoader(chunks, data.BatchSize(rows)) // in order, so that rows go on
	for _, carried := range []bool{false, true} {
		net, err := nn.Init(1, nn.Seq(nn.NewEmbedding(2, 4), rnn.NewGRU(4, 16), nn.NewLinear(16, 2)))
		if err != nil {
			log.Fatal(err)
		}
		t := nn.Trainer{Model: net, Loss: lm.NewLoss(), Optimizer: optim.NewAdam(nn.Params(net), 0.02)}
		if carried {
			t.Compute = lm.Carried(net, t.Loss)
		}
		history, err := t.Fit(context.Background(), loader, nn.Epochs(30))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("learnt:", history.Epochs[29].Loss < 0.7*math.Ln2/steps)
	}
	// Output:
	// learnt: false
	// learnt: true
}

// Tokens with probabilities of 0.6, 0.3, 0.1 and 0: how often they are picked.
func ExampleSampler() {
	logits := []float32{float32(math.Log(6)), float32(math.Log(3)), 0, float32(math.Inf(-1))}
	for _, s := range []lm.Sampler{
		{},
		{Temperature: 1, Seed: 1},
		{Temperature: 1, TopK: 2, Seed: 1},
		{Temperature: 1, TopP: 0.5, Seed: 1},
	} {
		if err := s.Check(); err != nil {
			log.Fatal(err)
		}
		picked := make([]int, len(logits))
		for range 1000 {
			token, err := s.Pick(logits)
			if err != nil {
				log.Fatal(err)
			}
			picked[token]++
		}
		p := make([]float64, len(logits))
		for i, n := range picked {
			p[i] = math.Round(float64(n)/100) / 10
		}
		fmt.Println(p)
	}
	// Output:
	// [1 0 0 0]
	// [0.6 0.3 0.1 0]
	// [0.7 0.3 0 0]
	// [1 0 0 0]
}

// rhymes returns a model in which each word of a sentence follows the one before.
func rhymes(sentence string) *lm.Model {
	words := strings.Fields(sentence)
	e := &text.Encoder{Splitter: text.Whitespace}
	var err error
	if e.Vocabulary, err = text.NewVocabulary(text.Count(words), text.Usual); err != nil {
		log.Fatal(err)
	}
	net, err := nn.Init(1, nn.NewEmbedding(e.Size(), e.Size())) // which is a table of bigrams
	if err != nil {
		log.Fatal(err)
	}
	net.Weight.Value.Fill(0)
	for i, word := range words {
		from, _ := e.Vocabulary.ID(word)
		to, _ := e.Vocabulary.ID(text.Usual.End)
		if i+1 < len(words) {
			to, _ = e.Vocabulary.ID(words[i+1])
		}
		net.Weight.Value.Set(9, from, to)
	}
	m, err := lm.New(net, e)
	if err != nil {
		log.Fatal(err)
	}
	return m
}

// Pieces come one by one, with the spaces between them, until the text ends.
func ExampleModel_Generate() {
	m := rhymes("the cat sat on a mat")
	for _, o := range []lm.Options{
		{},
		{MaxTokens: 2},
		{Stop: []string{"on a"}},
		{Sampler: lm.Sampler{Temperature: 0.7, TopP: 0.9, Seed: 1}},
	} {
		if err := o.Check(); err != nil {
			log.Fatal(err)
		}
		fmt.Print("the")
		for piece, err := range m.Generate(context.Background(), "the", o) {
			if err != nil {
				log.Fatal(err)
			}
			fmt.Print("|", piece)
		}
		fmt.Println("|")
	}
	// Output:
	// the| cat| sat| on| a| mat|
	// the| cat| sat|
	// the| cat| sat| |
	// the| cat| sat| on| a| mat|
}

// The perplexity is near 1 for a text that the model knows.
func ExampleModel_LogProb() {
	m := rhymes("the cat sat on a mat")
	for _, s := range []string{"the cat sat on a mat", "on the mat sat a cat"} {
		sum, n, err := m.LogProb(context.Background(), s)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %.3g\n", s, math.Exp(-sum/float64(n)))
	}
	// Output:
	// the cat sat on a mat: 1
	// on the mat sat a cat: 8.11e+03
}

// What a model takes in before it goes on with a text.
func ExampleModel_Encode() {
	m := rhymes("the cat sat on a mat")
	for _, prompt := range []string{"a cat", ""} {
		ids, err := m.Encode(prompt)
		var wrong *lm.PromptError
		fmt.Println(ids, errors.As(err, &wrong))
	}
	// Output:
	// [4 5] false
	// [] true
}

// A BPE has special tokens of its own.
func ExampleNew() {
	bpe, err := text.TrainBPE(slices.Values([]string{"ab ab ab"}), 259, "<|endoftext|>")
	if err != nil {
		log.Fatal(err)
	}
	n := bpe.Size()
	net, err := nn.Init(1, nn.Seq(nn.NewEmbedding(n, 8), rnn.NewLSTM(8, 16), nn.NewLinear(16, n)))
	if err != nil {
		log.Fatal(err)
	}
	end, _ := bpe.Special("<|endoftext|>")
	m, err := lm.New(net, bpe, lm.Begin(end), lm.End(end))
	if err != nil {
		log.Fatal(err)
	}
	ids, err := m.Encode(" ab")
	fmt.Println(len(ids), ids[0] == end, err)
	// Output: 2 true <nil>
}

// Two ways on from the same beginning.
func ExampleStream_Clone() {
	net, err := nn.Init(1, nn.Seq(nn.NewEmbedding(5, 3), rnn.NewGRU(3, 4), nn.NewLinear(4, 5)))
	if err != nil {
		log.Fatal(err)
	}
	s, err := lm.NewStream(net)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(s.In(), s.Out())
	logits := make([]float32, s.Out())
	step := func(s *lm.Stream, token int) []float32 {
		if err := s.Step(logits, token); err != nil {
			log.Fatal(err)
		}
		return slices.Clone(logits)
	}
	step(s, 3)
	other := s.Clone()
	a, b := step(s, 1), step(other, 2)
	fmt.Println(slices.Equal(a, b))
	s.Reset() // what follows is another text
	step(s, 3)
	fmt.Println(slices.Equal(step(s, 2), b))
	// Output:
	// 5 5
	// false
	// true
}
