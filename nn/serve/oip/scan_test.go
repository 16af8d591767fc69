package oip

import (
	"strings"
	"testing"
)

// What is wrong below the level of tensors.
func TestRefusedText(t *testing.T) {
	for _, c := range []struct{ body, reason, message string }{
		{`{"id":"a`, "json", "oip: JSON at byte 8: ends inside a string"},
		{`{"id":"\`, "json", "oip: JSON at byte 7: ends inside an escape"},
		{`{id:1}`, "json", `oip: JSON at byte 1: got "id:1", want a string as a key`},
		{`{"id" 1}`, "json", `oip: JSON at byte 6: got "1", want :`},
		{`{"a":nul}`, "json", `oip: JSON at byte 5: got "nul", want a value`},
		{`{"a":[1.]}`, "json", `oip: JSON at byte 8: got "]}", want a digit`},
		{`{"a":01}`, "json", `oip: JSON at byte 6: got "1", want , or }`},
		{`{"parameters":{"a":01}}`, "parameters", `oip: JSON at byte 19: got "01", want a string, number or boolean as a parameter`},
		{with(`"shape":[01]`), "shape", `oip: input 0: JSON at byte 21: got "01", want a size of the shape`},
	} {
		_, err := DecodeRequest([]byte(c.body), -1, nil, Limits{})
		if e := isInvalid(t, err); e.Reason != c.reason || !strings.Contains(e.Error(), c.message) {
			t.Errorf("%s: %s: %v\nwant %s: %s", c.body, e.Reason, e, c.reason, c.message)
		}
	}
}
