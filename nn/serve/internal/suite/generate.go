package suite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/gannet-ml/gannet/nn/serve"
)

const (
	toLetters = "/v2/models/letters/generate"
	toStream  = "/v2/models/letters/generate_stream"
)

// generations are the cases of the generate extension.
var generations = []Case{
	{Name: "text", Needs: REST, Request: post(toLetters, `{"text_input":"ab"}`), Want: []Check{written("cd")}},
	{Name: "of_version", Needs: REST, Request: post("/v2/models/letters/versions/1/generate", `{"text_input":"a"}`), Want: []Check{written("bcd")}},
	{Name: "nothing_follows", Needs: REST, Request: post(toLetters, `{"text_input":"d"}`), Want: []Check{written("")}},
	{Name: "greedy_as_triton_documents", Needs: REST, Request: post(toLetters, `{"text_input": "a", "parameters": {"stream": false, "temperature": 0}}`), Want: []Check{written("bcd")}},
	{Name: "max_tokens", Needs: REST, Request: post(toLetters, `{"text_input":"a","parameters":{"max_tokens":2}}`), Want: []Check{written("bc")}},
	{Name: "stop", Needs: REST, Request: post(toLetters, `{"text_input":"a","parameters":{"stop":["x","cd"]}}`), Want: []Check{written("b")}},
	{Name: "one_stop_string", Needs: REST, Request: post(toLetters, `{"text_input":"a","parameters":{"stop":"cd"}}`), Want: []Check{written("b")}},
	{Name: "beside_the_text", Needs: REST, Request: post(toLetters, `{"text_input":"a","max_tokens":2,"stream":false,"parameters":{"temperature":0}}`), Want: []Check{written("bc")}},
	{Name: "id", Needs: REST, Request: post(toLetters, `{"id":"42","text_input":"c"}`), Want: []Check{answers(`{"id":"42","model_name":"letters","model_version":"1","text_output":"d"}`)}},
	{Name: "empty_id", Needs: REST, Request: post(toLetters, `{"id":"","text_input":"c"}`), Want: []Check{answers(`{"id":"","model_name":"letters","model_version":"1","text_output":"d"}`)}},
	{Name: "all_parameters", Needs: REST, Request: post(toLetters, `{"parameters":{"temperature":0.5,"top_k":3,"top_p":0.9,"max_tokens":9,"seed":7,"stop":[]},"text_input":"a"}`), Want: []Check{written("bcd")}},
	{Name: "escapes", Needs: REST, Request: post(toLetters, `{"text_input":"\u00e9","parameters":{"max_tokens":3}}`), Want: []Check{written("ééé")}},
	{Name: "compressed_request", Needs: REST, Request: post(toLetters, packed(`{"text_input":"a"}`), "Content-Encoding", "gzip"), Want: []Check{written("bcd")}},
	{Name: "compressed_answer", Needs: REST, Request: post(toLetters, `{"text_input":"é","parameters":{"max_tokens":1000}}`, "Accept-Encoding", "gzip"), Want: []Check{unpacked(written(strings.Repeat("é", 1000)))}},
	{Name: "seed_names_a_text", Needs: REST, Run: seeds},

	{Name: "stream", Needs: REST, Request: post(toStream, `{"text_input":"ab"}`), Want: []Check{streamed("c", "d")}},
	{Name: "stream_id", Needs: REST, Request: post(toStream, `{"text_input":"ab","id":"s"}`), Want: []Check{streamedAs(`"id":"s",`, "c", "d")}},
	{Name: "stream_of_version", Needs: REST, Request: post("/v2/models/letters/versions/1/generate_stream", `{"text_input":"c","parameters":{"stream":true}}`), Want: []Check{streamed("d")}},
	{Name: "stream_of_nothing", Needs: REST, Request: post(toStream, `{"text_input":"d"}`), Want: []Check{streamed()}},
	{Name: "stream_is_not_compressed", Needs: REST, Request: post(toStream, `{"text_input":"a"}`, "Accept-Encoding", "gzip"), Want: []Check{header("Content-Encoding", ""), streamed("b", "c", "d")}},
	{Name: "stream_request_id", Needs: REST, Request: post(toStream, `{"text_input":"a"}`, "X-Request-Id", "s-1"), Want: []Check{header("X-Request-Id", "s-1"), streamed("b", "c", "d")}},

	{Name: "unable_model", Needs: REST, Request: post("/v2/models/double/generate", `{"text_input":"a"}`), Want: []Check{refused(501, "double")}},
	{Name: "unable_model_stream", Needs: REST, Request: post("/v2/models/texts/generate_stream", `{"text_input":"a"}`), Want: []Check{refused(501, "texts")}},
	{Name: "unknown_model", Needs: REST, Request: post("/v2/models/none/generate", `{"text_input":"a"}`), Want: []Check{refused(404, "none")}},
	{Name: "unknown_version", Needs: REST, Request: post("/v2/models/letters/versions/9/generate_stream", `{"text_input":"a"}`), Want: []Check{refused(404, "9")}},
	{Name: "get", Needs: REST, Request: get(toStream), Want: []Check{refused(405, "GET", "POST"), header("Allow", "POST")}},
	{Name: "too_large", Needs: REST, Request: post(toLetters, strings.Repeat(" ", maxBody+1)), Want: []Check{refused(413)}},
	{Name: "more_tokens_than_allowed", Needs: REST, Own: func(o *serve.Options) { o.MaxTokens = 10 }, Request: post(toLetters, `{"text_input":"a","parameters":{"max_tokens":11}}`), Want: []Check{refused(400, "max_tokens", "11", "10")}},
	no("no_text", REST, post(toLetters, `{}`), "text_input"),
	no("no_json", REST, post(toLetters, `text_input=a`), "object"),
	no("text_is_a_number", REST, post(toLetters, `{"text_input":1}`), "text_input", "string"),
	no("text_is_null", REST, post(toStream, `{"text_input":null}`), "text_input", "string"),
	no("unknown_member", REST, post(toLetters, `{"text_input":"a","max-tokens":2}`), "max-tokens"),
	no("id_is_a_number", REST, post(toLetters, `{"text_input":"a","id":1}`), "id", "string"),
	no("parameter_in_both_places", REST, post(toLetters, `{"text_input":"a","top_k":2,"parameters":{"top_k":2}}`), "top_k"),
	no("unknown_parameter", REST, post(toStream, `{"text_input":"a","parameters":{"Temperature":1}}`), "Temperature"),
	no("member_twice", REST, post(toLetters, `{"text_input":"a","text_input":"b"}`), "text_input"),
	no("temperature_below_0", REST, post(toLetters, `{"text_input":"a","parameters":{"temperature":-0.1}}`), "temperature", "-0.1"),
	no("top_p_above_1", REST, post(toLetters, `{"text_input":"a","parameters":{"top_p":1.5}}`), "top_p", "1.5"),
	no("top_k_is_a_fraction", REST, post(toLetters, `{"text_input":"a","parameters":{"top_k":2.5}}`), "top_k", "2.5"),
	no("max_tokens_0", REST, post(toLetters, `{"text_input":"a","parameters":{"max_tokens":0}}`), "max_tokens", "0"),
	no("seed_below_0", REST, post(toLetters, `{"text_input":"a","parameters":{"seed":-1}}`), "seed", "-1"),
	no("top_k_too_large", REST, post(toLetters, `{"text_input":"a","parameters":{"top_k":2147483648}}`), "top_k", "2147483648", "2147483647"),
	no("stop_is_a_number", REST, post(toLetters, `{"text_input":"a","parameters":{"stop":1}}`), "stop"),
	no("stop_is_empty", REST, post(toLetters, `{"text_input":"a","parameters":{"stop":[""]}}`), "stop"),
	no("stream_elsewhere", REST, post(toLetters, `{"text_input":"a","parameters":{"stream":true}}`), "stream"),
	no("not_utf8", REST, post(toLetters, "{\"text_input\":\"\xff\"}"), "UTF-8"),
	no("half_a_character", REST, post(toLetters, `{"text_input":"\ud83d"}`), "JSON"),
	no("empty_prompt", REST, post(toLetters, `{"text_input":""}`), "prompt"),
	no("nothing_after_the_object", REST, post(toLetters, `{"text_input":"a"}{}`), "end"),
}

// written wants a text of the model letters.
func written(text string) Check {
	return answers(fmt.Sprintf(`{"model_name":"letters","model_version":"1","text_output":%q}`, text))
}

// streamed wants a text of the model letters as events.
func streamed(pieces ...string) Check { return streamedAs("", pieces...) }

// streamedAs wants more members, each with a comma behind it, in the events.
func streamedAs(more string, pieces ...string) Check {
	return func(r *Response) error {
		if err := errors.Join(status(200)(r), typed(r, "text/event-stream")); err != nil {
			return err
		}
		rest := r.Body
		for i, piece := range append(pieces, "") {
			event, after, ok := bytes.Cut(rest, []byte("\n\n"))
			if !ok || !bytes.HasPrefix(event, []byte("data: ")) {
				return fmt.Errorf("event %d is %.100q", i, event)
			}
			want := fmt.Sprintf(`{%s"model_name":"letters","model_version":"1","text_output":%q,"done":%v}`, more, piece, i == len(pieces))
			if err := sameJSON(bytes.TrimPrefix(event, []byte("data: ")), []byte(want)); err != nil {
				return fmt.Errorf("event %d: %w", i, err)
			}
			rest = after
		}
		if len(rest) > 0 {
			return fmt.Errorf("%.100q after the last event", rest)
		}
		return nil
	}
}

// seeds: the same seed names the same text, and without one texts differ.
func seeds(ctx context.Context, _ *Server, _ Kind, c Client) error {
	text := func(seed string) (string, error) {
		r := post(toLetters, `{"text_input":"é","parameters":{"temperature":1000000,"max_tokens":40,"stop":["never"]`+seed+`}}`)
		got, err := c.Do(ctx, r)
		if err != nil || got.Status != 200 {
			return "", fmt.Errorf("%v, %v", got, err)
		}
		return string(got.Body), nil
	}
	different := func(seeds ...string) (int, error) {
		seen := map[string]bool{}
		for _, seed := range seeds {
			s, err := text(seed)
			if err != nil {
				return 0, err
			}
			seen[s] = true
		}
		return len(seen), nil
	}
	named, err := different(`,"seed":3`, `,"seed":3`, `,"seed":4`)
	if err != nil {
		return err
	}
	free, err := different("", "", "", "", "", "") // some of them may be short, and two the same
	if err != nil {
		return err
	}
	if named != 2 || free < 2 {
		return fmt.Errorf("%d different texts of two seeds, %d without one, want 2 and some", named, free)
	}
	return nil
}
