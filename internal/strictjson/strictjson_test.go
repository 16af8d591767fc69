package strictjson

import (
	"fmt"
	"strings"
	"testing"
)

func TestUnmarshal(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{` {"a": 1} `, ""},
		{`null`, ""},
		{`{"a": 1, "b": 2}`, `json: unknown field "b"`},
		{`{"a": "1"}`, "json: cannot unmarshal string"},
		{`{"a": 1`, "unexpected EOF"},
		{``, "EOF"},
		{`{"a": 1} {}`, "more than one JSON value"},
		{`{"a": 1}]`, "more than one JSON value"},
	} {
		var v struct {
			A int `json:"a"`
		}
		err := Unmarshal([]byte(c.text), &v)
		if c.want == "" && err != nil || c.want != "" && !strings.HasPrefix(fmt.Sprint(err), c.want) {
			t.Errorf("%s: %v, want %q", c.text, err, c.want)
		}
	}
}
