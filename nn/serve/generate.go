package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/gannet-ml/gannet/nn/lm"
	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// Generator is a [Model] that goes on with texts. A [Network] with a Language is one;
// programs may write others.
type Generator interface {
	Model
	// Generate goes on with a text, the prompt, and yields what follows it in pieces, as
	// [lm.Model.Generate] does. It is called from many goroutines at once and ends soon
	// after ctx is done, with its error. An [oip.Error] and a [lm.PromptError] say what
	// the client did wrong; any other error, and a panic, is a failure of the model.
	Generate(ctx context.Context, prompt string, o lm.Options) iter.Seq2[string, error]
}

// Generate implements [Generator], where there is a Language.
func (n *Network) Generate(ctx context.Context, prompt string, o lm.Options) iter.Seq2[string, error] {
	if n.Language == nil {
		return func(yield func(string, error) bool) {
			yield("", oip.Errorf(http.StatusNotImplemented, "model", "the network is no language model"))
		}
	}
	return n.Language.Generate(ctx, prompt, o)
}

// generator returns the model as one that generates texts, nil if it does not.
func generator(m Model) Generator {
	if n, ok := m.(*Network); ok && n.Language == nil {
		return nil
	}
	g, _ := m.(Generator)
	return g
}

// generated is an answer of the generate extension, or an event of one.
type generated struct {
	Model   string `json:"model_name"`
	Version string `json:"model_version"`
	Text    string `json:"text_output"`
	Done    *bool  `json:"done,omitempty"` // in events: whether it is the last
}

// generate answers with a text.
func generate(x *exchange) error {
	var text strings.Builder
	v, err := x.generate(false, func(_ *version, piece string) error {
		// It grows to twice its length, and may take six times that as JSON.
		const each = 8
		if err := x.hold(each * int64(len(piece))); err != nil {
			return err
		}
		text.WriteString(piece)
		return nil
	})
	if err != nil {
		return err
	}
	body, err := json.Marshal(generated{Model: v.model, Version: v.name, Text: text.String()})
	if err != nil {
		return err
	}
	x.sendPacked("application/json", append(body, '\n'))
	return nil
}

// generateStream answers with the pieces of a text as they come. An error before the
// first has a status; one after it is an event.
func generateStream(x *exchange) error {
	more, done := false, true
	v, err := x.generate(true, func(v *version, piece string) error {
		return x.event(generated{v.model, v.name, piece, &more})
	})
	if err == nil {
		err = x.event(generated{v.model, v.name, "", &done})
	}
	if err != nil && x.status != 0 {
		if x.status = statusOf(err); x.status != statusGone { // the log and the metrics have it
			x.event(map[string]string{"error": x.message(err)})
		}
	}
	if x.status != 0 {
		http.NewResponseController(x.w).SetWriteDeadline(time.Time{}) // as send does
	}
	return err
}

// generate reads a request for a text and hands over its pieces.
func (x *exchange) generate(stream bool, piece func(v *version, piece string) error) (*version, error) {
	v, err := x.find(x.r.PathValue("model"), x.r.PathValue("version"))
	if err != nil {
		return nil, err
	}
	if v.generator == nil {
		return nil, oip.Errorf(http.StatusNotImplemented, "model", "model %q does not generate text", v.model)
	}
	most := int64(x.s.o.MaxTexts)
	full := oip.Errorf(http.StatusServiceUnavailable, "queue_full", "%d texts are being generated already", most)
	if v.texts.Load() >= most {
		return nil, full // before the body is read, which may be slow and takes no place
	}
	prompt, o, err := x.generation(stream)
	if err != nil {
		return nil, err
	}
	defer v.texts.Add(-1)
	if v.texts.Add(1) > most {
		return nil, full
	}
	ctx, end := x.s.o.Trace(x.r.Context(), "serve.infer")
	start := time.Now()
	err = v.generate(ctx, prompt, o, func(s string) error { return piece(v, s) })
	end(err)
	v.stats.request(time.Since(start), err)
	return v, err
}

// generation reads what text is asked for.
func (x *exchange) generation(stream bool) (prompt string, o lm.Options, err error) {
	_, end := x.s.o.Trace(x.r.Context(), "serve.read")
	defer func() { end(err) }()
	body, err := x.body()
	if err != nil {
		return "", o, err
	}
	r, err := oip.DecodeGenerate(body, oip.Limits{String: maxStopString})
	if err != nil {
		return "", o, err
	}
	refuse := func(format string, args ...any) (string, lm.Options, error) {
		return "", o, oip.Errorf(http.StatusBadRequest, "parameters", format, args...)
	}
	switch most := x.s.o.MaxTokens; {
	case len(r.Text) > x.s.o.MaxPrompt:
		return refuse("text_input has %d bytes, want at most %d", len(r.Text), x.s.o.MaxPrompt)
	case r.MaxTokens > most:
		return refuse("max_tokens is %d, want at most %d", r.MaxTokens, most)
	case r.Stream != nil && *r.Stream != stream:
		return refuse("stream is %v, but …/generate answers at once and …/generate_stream streams", *r.Stream)
	case r.MaxTokens == 0:
		r.MaxTokens = min(usualTokens, most)
	}
	// Tokens and what they are cut from, at most one for each byte.
	const each = 64
	if err := x.hold(each * int64(len(r.Text))); err != nil {
		return "", o, err
	}
	o = lm.Options{
		Sampler:   lm.Sampler{Temperature: r.Temperature, TopK: r.TopK, TopP: r.TopP, Seed: rand.Uint64()},
		MaxTokens: r.MaxTokens, Stop: r.Stop,
	}
	if r.Seed != nil {
		o.Sampler.Seed = *r.Seed
	}
	return r.Text, o, nil
}

const (
	usualTokens   = 256 // of a text that says nothing of max_tokens
	maxStopString = 256 // bytes
)

// generate hands over the pieces of a text and contains what the model may do wrong.
func (v *version) generate(ctx context.Context, prompt string, o lm.Options, piece func(string) error) error {
	err := contain(func() error {
		for s, err := range v.generator.Generate(ctx, prompt, o) {
			if err != nil {
				return err
			}
			if err := piece(s); err != nil {
				return &clientError{err}
			}
		}
		return ctx.Err() // of a model that ends early without saying so
	})
	if e := (*clientError)(nil); errors.As(err, &e) {
		return e.error
	}
	if e := (*lm.PromptError)(nil); errors.As(err, &e) {
		return oip.Errorf(http.StatusBadRequest, "text", "%w", err)
	}
	return ofModel(err)
}

// clientError is an error of handing over a piece, not of the model.
type clientError struct{ error }

// slowest is how long a client may take for an event.
const slowest = 10 * time.Second

// event sends an event, at once.
func (x *exchange) event(v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if x.status == 0 {
		h := x.w.Header()
		h.Set("Content-Type", "text/event-stream; charset=utf-8")
		h.Set("Cache-Control", "no-cache")
		h.Set("X-Accel-Buffering", "no") // nginx would gather events
		x.status = http.StatusOK
		x.w.WriteHeader(http.StatusOK)
	}
	c := http.NewResponseController(x.w)
	c.SetWriteDeadline(time.Now().Add(min(slowest, x.s.o.Timeout)))
	if _, err := fmt.Fprintf(x.w, "data: %s\n\n", body); err != nil {
		return gone(err)
	}
	if err := c.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return gone(err)
	}
	return nil
}

// gone is the error of an event that could not be sent.
func gone(err error) error {
	return fmt.Errorf("%w: the client took no more events: %v", context.Canceled, err)
}
