package lm_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/lm"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
)

// encoder returns an encoder for the tokens of texts.
func encoder(t testing.TB, split text.Splitter, specials text.Specials, texts ...string) *text.Encoder {
	t.Helper()
	e := &text.Encoder{Splitter: split}
	counts := text.Counts{}
	for _, s := range texts {
		tokens, err := e.Tokens(s)
		if err != nil {
			t.Fatal(err)
		}
		counts.Add(tokens...)
	}
	var err error
	if e.Vocabulary, err = text.NewVocabulary(counts, specials); err != nil {
		t.Fatal(err)
	}
	return e
}

// chain returns a network of n tokens that finds token next[i] probable after i, and
// all others equally improbable.
func chain(t testing.TB, n int, next map[int]int) nn.Module {
	t.Helper()
	net := nn.NewEmbedding(n, n)
	initialised(t, net)
	net.Weight.Value.Fill(0)
	for i, j := range next {
		net.Weight.Value.Set(20, i, j)
	}
	return net
}

// said returns the pieces of a text.
func said(ctx context.Context, m *lm.Model, prompt string, o lm.Options) (pieces []string, err error) {
	for piece, err := range m.Generate(ctx, prompt, o) {
		if err != nil {
			return pieces, err
		}
		pieces = append(pieces, piece)
	}
	return pieces, nil
}

// script returns a model that says a sequence of tokens, over and over.
func script(t testing.TB, e text.Codec, sequence ...string) *lm.Model {
	t.Helper()
	var ids []int
	for _, s := range sequence {
		id, ok := e.(*text.Encoder).Vocabulary.ID(s)
		if !ok {
			t.Fatalf("%q is no token", s)
		}
		ids = append(ids, id)
	}
	next := map[int]int{}
	for i, id := range ids {
		next[id] = ids[(i+1)%len(ids)]
	}
	m, err := lm.New(chain(t, e.Size(), next), e)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestGenerate(t *testing.T) {
	letters := encoder(t, text.Characters, text.Usual, "abcdé ")
	letters.Ends = true
	endless := encoder(t, text.Characters, text.Specials{Pad: "<pad>", Unknown: "<unk>", Begin: "<bos>"}, "abxx")
	bare := encoder(t, text.Characters, text.Specials{}, "abc")
	words := encoder(t, text.Whitespace, text.Usual, "the cat sat down")
	for _, c := range []struct {
		name   string
		m      *lm.Model
		prompt string
		o      lm.Options
		want   []string
	}{
		{"letters", script(t, letters, "<bos>", "a", "b", "é", "<eos>"), "", lm.Options{}, []string{"a", "b", "é"}},
		{"after a prompt", script(t, letters, "<bos>", "a", "b", "é", "<eos>"), "bab", lm.Options{}, []string{"é"}},
		{"nothing", script(t, letters, "<bos>", "a", "<eos>"), "a", lm.Options{}, nil},
		{"so many tokens", script(t, bare, "a", "b", "c"), "c", lm.Options{MaxTokens: 5}, []string{"a", "b", "c", "a", "b"}},
		{"never specials", script(t, endless, "a", "<unk>", "b"), "a", lm.Options{MaxTokens: 1}, []string{"x"}},
		{"words", script(t, words, "the", "cat", "sat", "<eos>"), "the", lm.Options{}, []string{" cat", " sat"}},
		{"words after an unknown one", script(t, words, "<unk>", "cat", "<eos>"), "that", lm.Options{}, []string{" cat"}},
		{"words after padding", script(t, words, "<pad>", "cat", "<eos>"), "the <pad>", lm.Options{}, []string{" cat"}},
		{"stop", script(t, bare, "a", "b", "c"), "c", lm.Options{Stop: []string{"c"}}, []string{"a", "b"}},
		{"stop in several pieces", script(t, bare, "a", "b", "c"), "c", lm.Options{Stop: []string{"bca"}}, []string{"a"}},
		{"the first of two", script(t, bare, "a", "b", "c"), "c", lm.Options{Stop: []string{"ca", "bc"}}, []string{"a"}},
		{"held and given out", script(t, bare, "a", "b", "c"), "c", lm.Options{MaxTokens: 5, Stop: []string{"abcaa"}}, []string{"abc", "ab"}},
		{"held at the end", script(t, bare, "a", "b", "c"), "c", lm.Options{MaxTokens: 2, Stop: []string{"abc"}}, []string{"ab"}},
		{"stop within a word", script(t, words, "the", "cat", "sat"), "the", lm.Options{Stop: []string{"sa"}}, []string{" cat", " "}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 2 { // in new memory, then in that of the first
				got, err := said(t.Context(), c.m, c.prompt, c.o)
				if err != nil || !slices.Equal(got, c.want) {
					t.Errorf("%q, %v, want %q", got, err, c.want)
				}
			}
		})
	}
}

// TestGenerateBytes: a BPE may cut characters, of which pieces are made nevertheless.
func TestGenerateBytes(t *testing.T) {
	p, err := text.TrainBPE(slices.Values([]string{"x"}), 257, "<|endoftext|>")
	if err != nil {
		t.Fatal(err)
	}
	end, _ := p.Special("<|endoftext|>")
	ids, err := p.Encode("é€😀\xff!")
	if err != nil || len(ids) != 2+3+4+1+1 {
		t.Fatal(ids, err)
	}
	next := map[int]int{end: ids[0]}
	for i, id := range append(ids[:len(ids):len(ids)], end)[1:] {
		next[ids[i]] = id
	}
	m, err := lm.New(chain(t, p.Size(), next), p, lm.Begin(end), lm.End(end))
	if err != nil {
		t.Fatal(err)
	}
	got, err := said(t.Context(), m, "", lm.Options{})
	if want := []string{"é", "€", "😀", "\uFFFD", "!"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	got, err = said(t.Context(), m, "", lm.Options{MaxTokens: 4})
	if want := []string{"é", "\uFFFD"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("cut off: %q, %v, want %q", got, err, want)
	}
}

// TestGenerateSpecials: special tokens are never generated, but the one that ends texts
// ends them, whatever else it is.
func TestGenerateSpecials(t *testing.T) {
	bpe, err := text.TrainBPE(slices.Values([]string{"x"}), 258, "<end>", "<pad>")
	if err != nil {
		t.Fatal(err)
	}
	ids, err := bpe.Encode("xyz")
	if err != nil {
		t.Fatal(err)
	}
	x, y := ids[0], ids[1]
	end, _ := bpe.Special("<end>")
	pad, _ := bpe.Special("<pad>")
	begun := encoder(t, text.Characters, text.Specials{Begin: "<s>", End: "</s>"}, "xy")
	id := func(token string) int {
		i, ok := begun.Vocabulary.ID(token)
		if !ok {
			t.Fatalf("%q is no token", token)
		}
		return i
	}
	for _, c := range []struct {
		name  string
		codec text.Codec
		best  []int // tokens, each the most probable one after the one before
		o     []lm.ModelOption
		want  string // without what is generated where the most probable token cannot be
		whole bool   // nothing else is generated
	}{
		{"BPE that begins with its end", bpe, []int{end, x, y, end}, []lm.ModelOption{lm.Begin(end), lm.End(end)}, "xy", true},
		{"BPE that pads", bpe, []int{end, x, pad}, []lm.ModelOption{lm.Begin(end), lm.End(end)}, "x", false},
		{"BPE without an end", bpe, []int{pad, x, end}, []lm.ModelOption{lm.Begin(pad)}, "x", false},
		{"Encoder that ends with its beginning", begun, []int{id("<s>"), id("x"), id("y"), id("<s>")}, []lm.ModelOption{lm.Begin(id("<s>")), lm.End(id("<s>"))}, "xy", true},
		{"Encoder that ends otherwise", begun, []int{id("<s>"), id("y"), id("</s>")}, []lm.ModelOption{lm.Begin(id("<s>")), lm.End(id("x"))}, "y", true},
	} {
		next := map[int]int{}
		for i, to := range c.best[1:] {
			next[c.best[i]] = to
		}
		m, err := lm.New(chain(t, c.codec.Size(), next), c.codec, c.o...)
		if err != nil {
			t.Fatal(err)
		}
		pieces, err := said(t.Context(), m, "", lm.Options{MaxTokens: 20})
		got := strings.Join(pieces, "")
		if err != nil || !strings.HasPrefix(got, c.want) || c.whole != (got == c.want) || strings.ContainsAny(got, "<>") {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
	}
}

// random returns a model that says anything.
func random(t testing.TB) *lm.Model {
	t.Helper()
	e := encoder(t, text.Characters, text.Specials{Pad: "<pad>", Unknown: "<unk>"}, "abcdefghij klmnop\n")
	n := e.Size()
	m, err := lm.New(initialised(t, nn.Seq(nn.NewEmbedding(n, 8), rnn.NewGRU(8, 24), nn.NewLinear(24, n))), e)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestGenerateSeeds: a seed names a text, whoever else generates; other seeds name
// others.
func TestGenerateSeeds(t *testing.T) {
	m := random(t)
	text := func(seed uint64) string {
		pieces, err := said(t.Context(), m, "abc", lm.Options{Sampler: lm.Sampler{Temperature: 1.2, TopK: 12, TopP: 0.9, Seed: seed}, MaxTokens: 100})
		if err != nil {
			t.Error(err)
		}
		return strings.Join(pieces, "")
	}
	var want [8]string
	for i := range want {
		want[i] = text(uint64(i))
		if slices.Contains(want[:i], want[i]) || len(want[i]) < 90 {
			t.Errorf("seed %d: %q", i, want[i])
		}
	}
	var wg sync.WaitGroup
	for i := range want {
		wg.Go(func() {
			for range 5 {
				if got := text(uint64(i)); got != want[i] {
					t.Errorf("seed %d: %q, want %q", i, got, want[i])
				}
			}
		})
	}
	wg.Wait()
}

// TestGenerateEnds: a text ends with its context, and with who reads it.
func TestGenerateEnds(t *testing.T) {
	m := random(t)
	o := lm.Options{Sampler: lm.Sampler{Temperature: 1}, MaxTokens: 1 << 30}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n := 0
	for piece, err := range m.Generate(ctx, "a", o) {
		switch n++; {
		case n < 10 && (piece == "" || err != nil), n > 10, n == 10 && (piece != "" || !errors.Is(err, context.Canceled)):
			t.Fatalf("piece %d: %q, %v", n, piece, err)
		case n == 9:
			cancel()
		}
	}
	if n != 10 {
		t.Errorf("%d pieces, want 9 and an error", n)
	}
	if _, err := said(ctx, m, strings.Repeat("a", 1000), o); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	if _, _, err := m.LogProb(ctx, "aaaa"); !errors.Is(err, context.Canceled) {
		t.Errorf("LogProb: error %v, want %v", err, context.Canceled)
	}
	for range m.Generate(t.Context(), "a", o) {
		break
	}
}

func TestGenerateErrors(t *testing.T) {
	e := encoder(t, text.Characters, text.Specials{}, "ab")
	m, broken := script(t, e, "a", "b"), chain(t, 2, nil)
	broken.(*nn.Embedding).Weight.Value.Fill(float32(math.NaN()))
	nan, err := lm.New(broken, e)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		m      *lm.Model
		prompt string
		o      lm.Options
		want   string
	}{
		{m, "", lm.Options{}, "lm: prompt: it has no tokens, and no special token begins a text"},
		{m, "abc", lm.Options{}, `lm: prompt: text: Vocabulary.Encode: token 2 is "c"`},
		{m, "\xff", lm.Options{}, "lm: prompt: text: Encoder: byte 0 is 0xff, want UTF-8"},
		{m, "a", lm.Options{MaxTokens: -1}, "lm: Options: at most -1 tokens, want at least 0"},
		{m, "a", lm.Options{Stop: []string{"a", ""}}, "lm: Options: stop string 1 is empty"},
		{m, "a", lm.Options{Stop: []string{"a\xff"}}, `lm: Options: stop string 0 is "a\xff", want UTF-8`},
		{m, "a", lm.Options{Sampler: lm.Sampler{TopK: -1}}, "lm: Sampler: top-k -1, want at least 0"},
		{nan, "a", lm.Options{}, "lm: Sampler: logit 0 is NaN, want a number"},
	} {
		pieces, err := said(t.Context(), c.m, c.prompt, c.o)
		if len(pieces) > 0 || err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got  %q, %v\nwant %s", pieces, err, c.want)
		}
		if _, ok := errors.AsType[*lm.PromptError](err); ok != strings.HasPrefix(c.want, "lm: prompt: ") {
			t.Errorf("%v is a %T", err, err)
		}
	}
	if _, _, err := nan.LogProb(t.Context(), "ab"); err == nil || err.Error() != "lm: LogProb: logit 0 is NaN, want a number" {
		t.Errorf("LogProb of logits that are NaN: %v", err)
	}
	bpe, err := text.TrainBPE(slices.Values([]string{"x"}), 256)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		net   nn.Module
		codec text.Codec
		o     []lm.ModelOption
		want  string
	}{
		{broken, nil, nil, "lm: New: there is no codec"},
		{broken, (*text.Encoder)(nil), nil, "lm: New: there is no codec"},
		{broken, (*text.BPE)(nil), nil, "lm: New: there is no codec"},
		{broken, e, []lm.ModelOption{lm.End(0), nil}, "lm: New: option 1 is nil"},
		{broken, &text.Encoder{}, nil, "lm: New: the encoder has no vocabulary"},
		{broken, bpe, nil, "lm: New: the network takes 2 different tokens and puts out 2 logits, want 256 of both"},
		{chain(t, 256, nil), bpe, []lm.ModelOption{lm.Begin(256)}, "lm: New: tokens 256 and -1 begin and end texts, want them to be 0 to 255"},
		{nn.Seq(), e, nil, "lm: NewStream: the network has no layers"},
	} {
		if _, err := lm.New(c.net, c.codec, c.o...); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got  %v\nwant %s", err, c.want)
		}
	}
}

// TestLogProb compares with the loss that the whole text has, and with a model in which
// all is known.
func TestLogProb(t *testing.T) {
	e := encoder(t, text.Characters, text.Usual, "abcdefg")
	n := e.Size()
	net := initialised(t, nn.Seq(nn.NewEmbedding(n, 8), rnn.NewLSTM(8, 24), nn.NewLinear(24, n)))
	const s = "abacadage"
	for _, ends := range []bool{false, true} {
		e.Ends = ends
		m, err := lm.New(net, e)
		if err != nil {
			t.Fatal(err)
		}
		ids, err := m.Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		logits := whole(t, "", net, ids[:len(ids)-1])
		want := 0.0
		for i, next := range ids[1:] {
			row, sum := logits.Index(0, i), 0.0
			for _, z := range row.Data() {
				sum += math.Exp(float64(z))
			}
			want += float64(row.At(next)) - math.Log(sum)
		}
		terms := len(s) - 1
		if ends {
			terms = len(s)
		}
		got, k, err := m.LogProb(t.Context(), s)
		if err != nil || k != terms || math.Abs(got-want) > 1e-5 {
			t.Errorf("%v of %d, %v, want %v of %d", got, k, err, want, terms)
		}
	}
	bare := encoder(t, text.Characters, text.Specials{}, "abcd")
	even, err := lm.New(chain(t, 4, nil), bare)
	if err != nil {
		t.Fatal(err)
	}
	if sum, k, err := even.LogProb(t.Context(), "a"); sum != 0 || k != 0 || err != nil {
		t.Errorf("a single token: %v of %d, %v, want 0 of 0", sum, k, err)
	}
	sum, k, err := even.LogProb(t.Context(), "abcdd")
	if p := math.Exp(-sum / float64(k)); err != nil || k != 4 || math.Abs(p-4) > 1e-12 {
		t.Errorf("four equally probable tokens have a perplexity of %v (%d tokens, %v), want 4", p, k, err)
	}
}

// TestNewLoss: the loss is what LogProb says of the same text.
func TestNewLoss(t *testing.T) {
	e := encoder(t, text.Characters, text.Specials{}, "abcdefg")
	n := e.Size()
	net := initialised(t, nn.Seq(nn.NewEmbedding(n, 8), rnn.NewGRU(8, 24), nn.NewLinear(24, n)))
	m, err := lm.New(net, e)
	if err != nil {
		t.Fatal(err)
	}
	const s = "abacadage"
	ids, err := m.Encode(s)
	if err != nil {
		t.Fatal(err)
	}
	x, y := tensor.Zeros(1, len(ids)-1), tensor.Make[int](1, len(ids)-1)
	for i := range ids[1:] {
		x.Set(float32(ids[i]), 0, i)
		y.Data()[i] = ids[i+1]
	}
	tape := newTape()
	got := lm.NewLoss()(net.Forward(tape.Input(x)), y)
	sum, k, err := m.LogProb(t.Context(), s)
	if err := errors.Join(err, got.Err()); err != nil {
		t.Fatal(err)
	}
	if want := -sum / float64(k); math.Abs(float64(got.Data().Data()[0])-want) > 1e-5 {
		t.Errorf("loss %v, want %v", got.Data(), want)
	}
	flat := tape.Input(tensor.Zeros(2, 3))
	if l := lm.NewLoss()(flat, tensor.Make[int](5)); l.Err() == nil {
		t.Error("no error for labels that do not fit")
	}
	if fmt.Sprint(lm.NewLoss(nn.Margin(1))(newTape().Input(tensor.Zeros(1, 2, 3)), y).Err()) == "<nil>" {
		t.Error("no error for an option of other losses")
	}
}
