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
	// after ctx is done, with its error: a text that ends without an error is complete.
	// An [oip.Error] and a [lm.PromptError] say what the client did wrong; any other
	// error, also [context.Canceled] while ctx is not, and a panic, is a failure of the
	// model.
	Generate(ctx context.Context, prompt string, o lm.Options) iter.Seq2[string, error]
}

// Generate implements [Generator], where there is a Language.
func (n *Network) Generate(ctx context.Context, prompt string, o lm.Options) iter.Seq2[string, error] {
	if n.Language == nil {
		return func(yield func(string, error) bool) {
			yield("", oip.Errorf(http.StatusNotImplemented, "model", "the network is no language model%s", because(n)))
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

// because returns why a model generates no texts, after a colon, "" if there is nothing
// to say.
func because(m Model) string {
	if n, ok := m.(*Network); ok && n.speechless != nil {
		return ": " + n.speechless.Error()
	}
	return ""
}

// generated is an answer of the generate extension, or an event of one.
type generated struct {
	ID      *string `json:"id,omitempty"` // of the request
	Model   string  `json:"model_name"`
	Version string  `json:"model_version"`
	Text    string  `json:"text_output"`
	Done    *bool   `json:"done,omitempty"` // in events: whether it is the last
}

// generate answers with a text.
func generate(x *exchange) (err error) {
	var text strings.Builder
	g, err := x.generate(false, func(g generated) error {
		// It grows to twice its length, and may take six times that as JSON.
		const each = 8
		if err := x.hold(each * int64(len(g.Text))); err != nil {
			return err
		}
		text.WriteString(g.Text)
		return nil
	})
	if err != nil {
		return err
	}
	_, end := x.s.o.Trace(x.r.Context(), "serve.write")
	defer func() { end(err) }()
	g.Text = text.String()
	body, err := json.Marshal(g)
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
	g, err := x.generate(true, func(g generated) error {
		g.Done = &more
		return x.event(g)
	})
	if err == nil {
		g.Done = &done
		err = x.event(g)
	}
	if err != nil && x.status != 0 {
		x.status = statusOf(err) // for the log and the metrics
		if !errors.Is(err, errGone) && x.r.Context().Err() != context.Canceled {
			x.event(map[string]string{"error": x.message(err)})
		}
	}
	if x.status != 0 {
		http.NewResponseController(x.w).SetWriteDeadline(time.Time{}) // as send does
	}
	return err
}

// generate reads a request for a text and hands over its pieces. It returns an answer
// without any.
func (x *exchange) generate(stream bool, piece func(generated) error) (g generated, err error) {
	v, err := x.find(x.r.PathValue("model"), x.r.PathValue("version"))
	if err != nil {
		return g, err
	}
	if v.generator == nil {
		return g, oip.Errorf(http.StatusNotImplemented, "model", "model %q does not generate text%s", v.model, because(v.Model))
	}
	most := int64(x.s.o.MaxTexts)
	if v.texts.Load() >= most {
		return g, textsFull(most) // before the body is read, which may be slow and takes no place
	}
	r, err := x.generation(stream)
	if err != nil {
		return g, err
	}
	defer v.texts.Add(-1)
	if v.texts.Add(1) > most {
		return g, textsFull(most)
	}
	g = generated{ID: r.ID, Model: v.model, Version: v.name}
	ctx, end := x.s.o.Trace(x.r.Context(), "serve.infer")
	start := time.Now()
	err = v.generate(ctx, r, func(s string) error {
		g := g
		g.Text = s
		return piece(g)
	})
	end(err)
	v.stats.request(time.Since(start), err)
	return g, err
}

// textsFull is the error of a text for which there is no place.
func textsFull(most int64) error {
	return oip.Errorf(http.StatusServiceUnavailable, "queue_full", "%d texts are being generated already", most)
}

// generation reads what text is asked for.
func (x *exchange) generation(stream bool) (r *oip.GenerateRequest, err error) {
	_, end := x.s.o.Trace(x.r.Context(), "serve.read")
	defer func() { end(err) }()
	body, err := x.body()
	if err != nil {
		return nil, err
	}
	if r, err = oip.DecodeGenerate(body, oip.Limits{String: maxTextString}); err != nil {
		return nil, err
	}
	refuse := func(format string, args ...any) (*oip.GenerateRequest, error) {
		return nil, oip.Errorf(http.StatusBadRequest, "parameters", format, args...)
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
	if r.Seed == nil {
		r.Seed = new(rand.Uint64())
	}
	return r, x.holdTokens(len(r.Text))
}

const (
	usualTokens   = 256 // of a text that says nothing of max_tokens
	maxTextString = 256 // bytes of an id and of a stop string
)

// generate hands over the pieces of a text and contains what the model may do wrong.
func (v *version) generate(ctx context.Context, r *oip.GenerateRequest, piece func(string) error) error {
	o := lm.Options{
		Sampler:   lm.Sampler{Temperature: r.Temperature, TopK: r.TopK, TopP: r.TopP, Seed: *r.Seed},
		MaxTokens: r.MaxTokens, Stop: r.Stop,
	}
	start := time.Now()
	err := contain(func() error {
		for s, err := range v.generator.Generate(ctx, r.Text, o) {
			if err != nil {
				return err
			}
			if err := piece(s); err != nil {
				return &clientError{err}
			}
		}
		return nil
	})
	v.stats.compute(1, time.Since(start))
	if e := (*clientError)(nil); errors.As(err, &e) {
		return e.error
	}
	if e := (*lm.PromptError)(nil); errors.As(err, &e) {
		return oip.Errorf(http.StatusBadRequest, "text", "%w", err)
	}
	if err != nil && statusOf(err) == statusGone && ctx.Err() != context.Canceled {
		return fmt.Errorf("the model says that the client went away: %v", err)
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

// errGone is the error of an event that could not be sent.
var errGone = fmt.Errorf("%w: the client took no more events", context.Canceled)

func gone(err error) error { return fmt.Errorf("%w: %v", errGone, err) }
