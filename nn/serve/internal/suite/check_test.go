package suite

import (
	"net/http"
	"strconv"
	"testing"
)

// TestChecks: checks find what is wrong with an answer.
func TestChecks(t *testing.T) {
	answer := func(code int, body string, header ...string) *Response {
		r := &Response{code, http.Header{"Content-Type": {"application/json"}, "Content-Length": {strconv.Itoa(len(body))}}, []byte(body)}
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		return r
	}
	bytes := []string{"Content-Type", "application/octet-stream", lengthHeader, "7"}
	for _, c := range []struct {
		name string
		want Check
		good *Response
		bad  []*Response
	}{
		{"answers", answers(`{"a":[1,0.5]}`), answer(200, `{ "a":[1.0,5e-1]}`), []*Response{
			answer(201, `{"a":[1,0.5]}`), answer(200, `{"a":[1,0.6]}`), answer(200, `{"a":[1,0.5],"b":1}`), answer(200, `{"a":["1",0.5]}`),
			answer(200, `{"a":[1,0.5]}{}`), answer(200, `{"a":[1,0.5]}`, "Content-Type", "text/plain"), answer(200, `{"a":[1,0.5]}`, "Content-Length", "1"),
		}},
		{"refused", refused(400, "shape"), answer(400, `{"error":"no shape"}`), []*Response{
			answer(404, `{"error":"no shape"}`), answer(400, `{"error":"no"}`), answer(400, `{"error":1}`), answer(400, `{}`), answer(400, `{"error":"shape","a":1}`), answer(400, ``),
		}},
		{"inBytes", inBytes(`{"a":1}`, []byte{2}), answer(200, "{\"a\":1}\x02", bytes...), []*Response{
			answer(200, "{\"a\":1}\x03", bytes...), answer(200, "{\"a\":2}\x02", bytes...), answer(200, "{\"a\":1}\x02\x02", bytes...), answer(200, "{\"a\":1}\x02"),
			answer(200, "{\"a\":1}\x02", append(bytes, lengthHeader, "900")...), answer(200, "{\"a\":1}\x02", append(bytes, lengthHeader, "")...),
		}},
		{"unpacked", unpacked(status(200)), answer(200, packed("{}"), "Content-Encoding", "gzip"), []*Response{answer(200, "{}"), answer(200, "{}", "Content-Encoding", "gzip")}},
		{"header", header("Allow", "GET"), answer(405, "", "Allow", "GET"), []*Response{answer(405, ""), answer(405, "", "Allow", "POST")}},
		{"present", present("Retry-After"), answer(503, "", "Retry-After", "1"), []*Response{answer(503, "")}},
		{"secret", secret("secret"), answer(500, "no"), []*Response{answer(500, "a secret")}},
	} {
		if err := c.want(c.good); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		for i, r := range c.bad {
			if c.want(r) == nil {
				t.Errorf("%s: bad answer %d: no error", c.name, i)
			}
		}
	}
}
