package oip

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestDecodeGenerate(t *testing.T) {
	seed, yes, id, empty := uint64(1<<64-1), true, "é", ""
	for _, c := range []struct {
		body string
		want GenerateRequest
	}{
		{`{"text_input":""}`, GenerateRequest{}},
		{` { "text_input" : "a\n\u20ac\ud83d\ude00" , "parameters" : null } `, GenerateRequest{Text: "a\n€😀"}},
		{`{"parameters":{},"text_input":"a"}`, GenerateRequest{Text: "a"}},
		{`{"text_input":"a","parameters":{"temperature":0,"top_k":0,"top_p":1,"max_tokens":1}}`, GenerateRequest{Text: "a", TopP: 1, MaxTokens: 1}},
		{
			`{"text_input":"a","parameters":{"temperature":7.5e-1,"top_k":2147483647,"top_p":0.9,"max_tokens":2147483647,"seed":18446744073709551615,"stop":["\n","é"],"stream":true}}`,
			GenerateRequest{nil, "a", 0.75, 1<<31 - 1, 0.9, 1<<31 - 1, []string{"\n", "é"}, &seed, &yes},
		},
		{
			`{"temperature":7.5e-1,"id":"é","top_k":2,"top_p":0.9,"text_input":"a","max_tokens":3,"seed":18446744073709551615,"stop":["\n"],"stream":true}`,
			GenerateRequest{&id, "a", 0.75, 2, 0.9, 3, []string{"\n"}, &seed, &yes},
		},
		{`{"text_input":"a","id":"","top_k":2,"parameters":{"max_tokens":3}}`, GenerateRequest{ID: &empty, Text: "a", TopK: 2, MaxTokens: 3}},
		{`{"text_input":"a","id":null,"top_k":null,"parameters":{"max_tokens":3}}`, GenerateRequest{Text: "a", MaxTokens: 3}},
		{`{"text_input":"a","parameters":{"stop":"ab"}}`, GenerateRequest{Text: "a", Stop: []string{"ab"}}},
		{`{"text_input":"a","stop": "ab" }`, GenerateRequest{Text: "a", Stop: []string{"ab"}}},
		{
			`{"text_input":"a","parameters":{"temperature":null,"top_k":null,"top_p":null,"max_tokens":null,"seed":null,"stop":null,"stream":null}}`,
			GenerateRequest{Text: "a"},
		},
		{`{"text_input":"a","parameters":{"stop":[],"top_k":-0,"temperature":-0.0}}`, GenerateRequest{Text: "a"}},
	} {
		got, err := DecodeGenerate([]byte(c.body), Limits{})
		if err != nil || !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s is %+v, %v, want %+v", c.body, got, err, c.want)
		}
	}
}

// refusedTexts are bodies that are no requests for a text.
var refusedTexts = []struct{ body, reason, want string }{
	{``, "json", `JSON ends at byte 0, want an object for the request`},
	{`null`, "json", `got "null", want an object for the request`},
	{`["text_input"]`, "json", `got a list, want an object for the request`},
	{`{}`, "text", `there is no text_input`},
	{`{"text_input":"a"`, "json", `JSON ends at byte 17`},
	{`{"text_input":"a"} {}`, "json", `got an object, want the end`},
	{`{"text_input":null}`, "text", `got "null", want a string for text_input`},
	{`{"text_input":["a"]}`, "text", `got a list, want a string for text_input`},
	{`{"text_input":1}`, "text", `got "1", want a string for text_input`},
	{"{\"text_input\":\"\xff\"}", "json", `JSON is not valid UTF-8`},
	{`{"text_input":"\ud800"}`, "json", `JSON at byte 15`},
	{`{"text_input":"a","text_input":"b"}`, "json", `key "text_input" for the second time`},
	{`{"text_input":"a","parameters":{},"parameters":{}}`, "json", `key "parameters" for the second time`},
	{`{"Text_input":"a"}`, "json", `unknown member "Text_input", want "id", "text_input", "parameters" or one of these: ["temperature" "top_k"`},
	{`{"text_input":"a","max-tokens":1}`, "json", `unknown member "max-tokens"`},
	{`{"text_input":"a","parameters":{"id":"1"}}`, "parameters", `unknown parameter "id"`},
	{`{"text_input":"a","id":1}`, "json", `got "1", want a string for id`},
	{`{"text_input":"a","id":"1","id":"1"}`, "json", `key "id" for the second time`},
	{`{"text_input":"a","id":"123456789"}`, "limit", `id has 9 bytes, want at most 8`},
	{`{"text_input":"a","top_k":1,"top_k":1}`, "json", `key "top_k" for the second time`},
	{`{"text_input":"a","top_k":1,"parameters":{"top_k":1}}`, "json", `key "top_k" for the second time`},
	{`{"text_input":"a","parameters":{"stop":null},"stop":"a"}`, "json", `key "stop" for the second time`},
	{`{"text_input":"a","max_tokens":0}`, "parameters", `got "0", want an integer from 1 to 2147483647 for max_tokens`},
	{`{"text_input":"a","parameters":[]}`, "parameters", `got a list, want an object for parameters`},
	{`{"text_input":"a","parameters":{"top-k":1}}`, "parameters", `unknown parameter "top-k", want one of ["temperature" "top_k"`},
	{`{"text_input":"a","parameters":{"top_k":1,"top_k":1}}`, "json", `key "top_k" for the second time`},
	{`{"text_input":"a","parameters":{"temperature":-1}}`, "parameters", `got "-1", want a number from 0 on for temperature`},
	{`{"text_input":"a","parameters":{"temperature":1e999}}`, "parameters", `got "1e999", want a number from 0 on for temperature`},
	{`{"text_input":"a","parameters":{"temperature":"1"}}`, "parameters", `got a string, want a number from 0 on for temperature`},
	{`{"text_input":"a","parameters":{"temperature":true}}`, "parameters", `want a number from 0 on for temperature`},
	{`{"text_input":"a","parameters":{"temperature":01}}`, "parameters", `want a number from 0 on for temperature`},
	{`{"text_input":"a","parameters":{"top_p":1.01}}`, "parameters", `got "1.01", want a number from 0 to 1 for top_p`},
	{`{"text_input":"a","parameters":{"top_p":-0.1}}`, "parameters", `want a number from 0 to 1 for top_p`},
	{`{"text_input":"a","parameters":{"top_k":-1}}`, "parameters", `got "-1", want an integer from 0 to 2147483647 for top_k`},
	{`{"text_input":"a","parameters":{"top_k":1.0}}`, "parameters", `got "1.0", want an integer from 0 to 2147483647 for top_k`},
	{`{"text_input":"a","parameters":{"top_k":2147483648}}`, "parameters", `got "2147483648", want an integer from 0 to 2147483647 for top_k`},
	{`{"text_input":"a","parameters":{"max_tokens":2147483648}}`, "parameters", `got "2147483648", want an integer from 1 to 2147483647 for max_tokens`},
	{`{"text_input":"a","parameters":{"max_tokens":0}}`, "parameters", `got "0", want an integer from 1 to 2147483647 for max_tokens`},
	{`{"text_input":"a","parameters":{"max_tokens":1e2}}`, "parameters", `want an integer from 1 to 2147483647 for max_tokens`},
	{`{"text_input":"a","parameters":{"seed":-1}}`, "parameters", `want an integer from 0 to 2^64-1 for seed`},
	{`{"text_input":"a","parameters":{"seed":18446744073709551616}}`, "parameters", `want an integer from 0 to 2^64-1 for seed`},
	{`{"text_input":"a","parameters":{"stop":1}}`, "parameters", `got "1", want a list of stop strings`},
	{`{"text_input":"a","parameters":{"stop":""}}`, "parameters", `stop string 0 is empty`},
	{`{"text_input":"a","stop":"123456789"}`, "limit", `a stop string has 9 bytes, want at most 8`},
	{`{"text_input":"a","parameters":{"stop":["a",""]}}`, "parameters", `stop string 1 is empty`},
	{`{"text_input":"a","parameters":{"stop":["a",null]}}`, "parameters", `want a string for a stop string`},
	{`{"text_input":"a","parameters":{"stop":["a"` + strings.Repeat(`,"a"`, 16) + `]}}`, "limit", `more than 16 stop strings`},
	{`{"text_input":"a","parameters":{"stop":["123456789"]}}`, "limit", `a stop string has 9 bytes, want at most 8`},
	{`{"text_input":"a","parameters":{"stream":1}}`, "parameters", `got "1", want true or false`},
	{strings.Repeat("[", 1000), "json", `got a list, want an object for the request`},
	{`{"text_input":` + strings.Repeat("[", 1000), "text", `got a list, want a string for text_input`},
}

func TestDecodeGenerateRefused(t *testing.T) {
	for _, c := range refusedTexts {
		_, err := DecodeGenerate([]byte(c.body), Limits{String: 8})
		if err == nil {
			t.Errorf("%.100s: no error, want %s", c.body, c.want)
			continue
		}
		if e := isInvalid(t, err); e.Reason != c.reason || !strings.Contains(e.Error(), c.want) {
			t.Errorf("%.100s: %s: %v, want %s: %s", c.body, e.Reason, e, c.reason, c.want)
		}
	}
}

// FuzzDecodeGenerate checks that no body makes the decoder panic or allocate more than
// the package promises, that refusals are typed, that what is accepted is in bounds, and
// that encoding/json reads the same.
func FuzzDecodeGenerate(f *testing.F) {
	for _, c := range refusedTexts {
		f.Add([]byte(c.body))
	}
	f.Add([]byte(`{"text_input":"a\n\u20ac","parameters":{"temperature":0.75,"top_k":4,"top_p":0.9,"max_tokens":7,"seed":1,"stop":["\n","é"],"stream":true}}`))
	f.Add([]byte(`{"parameters":{"stop":null},"text_input":""}`))
	f.Add([]byte(`{"id":"7","text_input":"a","stop":"b","top_k":4,"seed":1,"stream":false,"parameters":{"max_tokens":7}}`))
	f.Add([]byte(`{"id":"","text_input":"a","temperature":0.75,"top_p":0.9,"max_tokens":7,"parameters":{"stop":"é"}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var r *GenerateRequest
		var err error
		bounded(t, len(body), func() { r, err = DecodeGenerate(body, Limits{String: 8}) })
		if err != nil {
			isInvalid(t, err)
			return
		}
		if !(r.Temperature >= 0) || r.TopK < 0 || !(r.TopP >= 0 && r.TopP <= 1) || r.MaxTokens < 0 || len(r.Stop) > maxStop {
			t.Fatalf("%+v", r)
		}
		type parameters struct {
			Temperature float64 `json:"temperature"`
			TopK        int     `json:"top_k"`
			TopP        float64 `json:"top_p"`
			MaxTokens   int     `json:"max_tokens"`
			Stop        stops   `json:"stop"`
			Seed        *uint64 `json:"seed"`
			Stream      *bool   `json:"stream"`
		}
		var other struct {
			ID   *string `json:"id"`
			Text string  `json:"text_input"`
			parameters
			Parameters parameters `json:"parameters"`
		}
		if err := json.Unmarshal(body, &other); err != nil {
			if strings.Contains(err.Error(), "number -0") {
				return // which is an integer here
			}
			t.Fatalf("encoding/json: %v", err)
		}
		p, q := other.Parameters, other.parameters // one of them has what is given
		want := GenerateRequest{
			other.ID, other.Text, p.Temperature + q.Temperature, p.TopK + q.TopK, p.TopP + q.TopP, p.MaxTokens + q.MaxTokens,
			append(p.Stop, q.Stop...), cmp.Or(p.Seed, q.Seed), cmp.Or(p.Stream, q.Stream),
		}
		if a, b := show(r), show(&want); a != b {
			t.Fatalf("%s, encoding/json has %s", a, b)
		}
	})
}

// stops is a string, or a list of them.
type stops []string

func (s *stops) UnmarshalJSON(b []byte) error {
	if b[0] != '"' {
		return json.Unmarshal(b, (*[]string)(s))
	}
	*s = make(stops, 1)
	return json.Unmarshal(b, &(*s)[0])
}

// show writes a request so that equal ones are the same.
func show(r *GenerateRequest) string {
	s := fmt.Sprintf("%q %v %d %v %d %q", r.Text, r.Temperature+0, r.TopK, r.TopP+0, r.MaxTokens, r.Stop)
	if r.ID != nil {
		s += fmt.Sprintf(" id %q", *r.ID)
	}
	if r.Seed != nil {
		s += fmt.Sprint(" seed ", *r.Seed)
	}
	if r.Stream != nil {
		s += fmt.Sprint(" stream ", *r.Stream)
	}
	return s
}
