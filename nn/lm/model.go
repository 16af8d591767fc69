package lm

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/gannet-ml/gannet/data/text"
	"github.com/gannet-ml/gannet/nn"
)

// Model is a language model of text: a network and what turns text into its tokens and
// back. Goroutines share one. It works on a copy of the weights, which all its texts
// share; a text that is being generated takes besides the states of the recurrent
// layers, some memory to work with and 16 bytes for each of the tokens that there are.
type Model struct {
	codec      text.Codec
	begin, end int   // tokens, −1 if there are none
	never      []int // special tokens that are not generated
	stream     *Stream
	idle       sync.Pool // of *reader
}

// ModelOption is a setting of [New].
type ModelOption func(*Model)

// Begin is the token that comes before every text.
func Begin(token int) ModelOption { return func(m *Model) { m.begin = token } }

// End is the token that ends a text.
func End(token int) ModelOption { return func(m *Model) { m.end = token } }

// New returns a model of a network with parameters, which the package documentation
// describes, and a [text.Encoder] or a [text.BPE] that has as many tokens as the
// network takes and puts out.
//
// Special tokens are never generated but for the one that ends the text. With an
// Encoder a text ends with End, if the vocabulary has it, and begins after Begin, if
// Encoder.Ends is set; MaxLen does not count here. Options may say otherwise, and for a
// BPE alone they say which tokens begin and end texts.
func New(net nn.Module, codec text.Codec, options ...ModelOption) (*Model, error) {
	if missing(codec) {
		return nil, errors.New("lm: New: there is no codec")
	}
	m := &Model{codec: codec, begin: -1, end: -1}
	switch c := codec.(type) {
	case *text.Encoder:
		if c.Vocabulary == nil {
			return nil, errors.New("lm: New: the encoder has no vocabulary")
		}
		m.encoder(c)
	case *text.BPE:
		for _, token := range c.Specials() {
			id, _ := c.Special(token)
			m.never = append(m.never, id)
		}
	}
	for i, o := range options {
		if o == nil {
			return nil, fmt.Errorf("lm: New: option %d is nil", i)
		}
		o(m)
	}
	var err error
	if m.stream, err = NewStream(net); err != nil {
		return nil, err
	}
	n := codec.Size()
	switch {
	case m.stream.In() != n || m.stream.Out() != n:
		return nil, fmt.Errorf("lm: New: the network takes %d different tokens and puts out %d logits, want %d of both", m.stream.In(), m.stream.Out(), n)
	case m.begin < -1 || m.begin >= n || m.end < -1 || m.end >= n:
		return nil, fmt.Errorf("lm: New: tokens %d and %d begin and end texts, want them to be 0 to %d", m.begin, m.end, n-1)
	}
	if m.begin >= 0 {
		m.never = append(m.never, m.begin)
	}
	m.never = slices.DeleteFunc(m.never, func(id int) bool { return id == m.end })
	m.idle.New = func() any { return &reader{Stream: m.stream.Clone(), logits: make([]float32, n)} }
	return m, nil
}

// encoder makes an encoder the codec and sets its special tokens.
func (m *Model) encoder(e *text.Encoder) {
	bare := *e
	bare.Ends, bare.MaxLen = false, 0
	m.codec = &bare
	id := func(token string) int {
		if id, ok := e.Vocabulary.ID(token); ok && token != "" {
			return id
		}
		return -1
	}
	s := e.Vocabulary.Specials()
	m.end = id(s.End)
	if e.Ends {
		m.begin = id(s.Begin)
	}
	for _, token := range []string{s.Pad, s.Unknown, s.Begin, s.End} {
		if i := id(token); i >= 0 {
			m.never = append(m.never, i)
		}
	}
}

// Options say how [Model.Generate] goes on with a text.
type Options struct {
	// Sampler picks the tokens. Its settings alone count: every text begins with the
	// first random number of the seed.
	Sampler Sampler
	// MaxTokens is the largest number of tokens; 0 means 256.
	MaxTokens int
	// Stop are strings that end the text, which leaves them out. They are UTF-8 and
	// not empty.
	Stop []string
}

// defaultTokens is what a MaxTokens of 0 means.
const defaultTokens = 256

// Check reports settings that cannot be.
func (o *Options) Check() error {
	if err := o.Sampler.Check(); err != nil {
		return err
	}
	if o.MaxTokens < 0 {
		return fmt.Errorf("lm: Options: at most %d tokens, want at least 0", o.MaxTokens)
	}
	for i, s := range o.Stop {
		switch {
		case s == "":
			return fmt.Errorf("lm: Options: stop string %d is empty", i)
		case !utf8.ValidString(s):
			return fmt.Errorf("lm: Options: stop string %d is %q, want UTF-8", i, s)
		}
	}
	return nil
}

// PromptError is the error of a text that a model cannot take in.
type PromptError struct{ Err error }

// Error implements the interface error.
func (e *PromptError) Error() string { return "lm: prompt: " + e.Err.Error() }

// Unwrap returns the error without its place.
func (e *PromptError) Unwrap() error { return e.Err }

// Encode returns the tokens that Generate takes in before it goes on with a text: the
// one that begins every text, if there is one, and those of the prompt. There must be
// at least one. Errors are [PromptError]s.
func (m *Model) Encode(prompt string) ([]int, error) {
	ids, err := m.codec.Encode(prompt)
	if err != nil {
		return nil, &PromptError{err}
	}
	if m.begin >= 0 {
		ids = append([]int{m.begin}, ids...)
	}
	if len(ids) == 0 {
		return nil, &PromptError{errors.New("it has no tokens, and no special token begins a text")}
	}
	return ids, nil
}

// Generate goes on with a text, the prompt, and yields what follows it in pieces, as
// they come. Pieces are not empty and are cut between characters; what is not UTF-8,
// which only a [text.BPE] generates, becomes U+FFFD. A piece that may turn out to be
// the beginning of a stop string waits for the next. The text ends with the token that
// ends texts, before a stop string, or after MaxTokens.
//
// An error is the last that is yielded: a prompt that cannot be is a [PromptError];
// once ctx is done, it is that of ctx, before the next token is computed. The same
// prompt, options and seed make the same text on processors of one level (generic, AVX2,
// AVX-512, NEON); between levels logits differ in their last bits.
func (m *Model) Generate(ctx context.Context, prompt string, o Options) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := m.generate(ctx, prompt, &o, func(piece string) bool { return yield(piece, nil) }); err != nil {
			yield("", err)
		}
	}
}

// generate is Generate, until yield returns false.
func (m *Model) generate(ctx context.Context, prompt string, o *Options, yield func(string) bool) error {
	if err := o.Check(); err != nil {
		return err
	}
	ids, err := m.Encode(prompt)
	if err != nil {
		return err
	}
	r := m.reader()
	defer m.idle.Put(r)
	w := newWriter(m.codec, ids, o.Stop)
	r.sampler.set(&o.Sampler)
	limit := o.MaxTokens
	if limit == 0 {
		limit = defaultTokens
	}
	for range limit {
		if err := r.read(ctx, ids); err != nil { // the prompt, then what came of it
			return err
		}
		id, err := m.pick(r)
		if err != nil {
			return err
		}
		if id == m.end {
			break
		}
		piece, err := w.add(id)
		if err != nil {
			return err
		}
		if piece != "" && !yield(piece) || w.stopped {
			return nil
		}
		ids = append(ids[:0], id)
	}
	if piece := w.rest(); piece != "" {
		yield(piece)
	}
	return nil
}

// pick picks the next token.
func (m *Model) pick(r *reader) (int, error) {
	for _, id := range m.never {
		r.logits[id] = float32(math.Inf(-1))
	}
	return r.sampler.Pick(r.logits)
}

// LogProb returns how probable the model finds a text: the sum over its tokens
//
//	Σₜ ln p(xₜ | x₁ … xₜ₋₁)
//
// in nats, and the number of terms. Where a special token begins every text there is a
// term for each token of this one; else the first is given and there is one less, so
// that a text of a single token has a sum of 0 and n = 0. Probabilities are those of the
// network, at temperature 1 and of all tokens. The perplexity is
// math.Exp(-sum/float64(n)), where n is not 0. Errors are those of Generate, and logits
// that are NaN, +∞ or all −∞.
func (m *Model) LogProb(ctx context.Context, s string) (sum float64, n int, err error) {
	ids, err := m.Encode(s)
	if err != nil {
		return 0, 0, err
	}
	r := m.reader()
	defer m.idle.Put(r)
	for i, next := range ids[1:] {
		if err := r.read(ctx, ids[i:i+1]); err != nil {
			return 0, 0, err
		}
		p, err := logProb(r.logits, next)
		if err != nil {
			return 0, 0, fmt.Errorf("lm: LogProb: %w", err)
		}
		sum += p
	}
	return sum, len(ids) - 1, nil
}

// logProb returns the logarithm of the probability of a token.
func logProb(logits []float32, token int) (float64, error) {
	best, err := most(logits)
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for _, z := range logits {
		sum += math.Exp(float64(z) - float64(logits[best]))
	}
	return float64(logits[token]) - float64(logits[best]) - math.Log(sum), nil
}

// reader is what a text takes.
type reader struct {
	*Stream
	logits  []float32 // after the last token
	sampler Sampler
}

// reader returns a reader at the beginning of a text.
func (m *Model) reader() *reader {
	r := m.idle.Get().(*reader)
	r.Reset()
	return r
}

// read takes in tokens.
func (r *reader) read(ctx context.Context, ids []int) error {
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := r.Step(r.logits, id); err != nil {
			return err
		}
	}
	return nil
}
