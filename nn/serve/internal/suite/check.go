package suite

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"mime"
	"strconv"
	"strings"
)

// Check says what does not hold for a response.
type Check func(r *Response) error

// status wants a status.
func status(want int) Check {
	return func(r *Response) error {
		if r.Status != want {
			return fmt.Errorf("status %d, want %d", r.Status, want)
		}
		return nil
	}
}

// header wants a header.
func header(name, want string) Check {
	return func(r *Response) error {
		if got := r.Header.Get(name); got != want {
			return fmt.Errorf("header %s is %q, want %q", name, got, want)
		}
		return nil
	}
}

// present wants a header, whatever it says.
func present(name string) Check {
	return func(r *Response) error {
		if r.Header.Get(name) == "" {
			return fmt.Errorf("no header %s", name)
		}
		return nil
	}
}

// exact wants a body as long as the headers say.
func exact(r *Response) error {
	if got, want := r.Header.Get("Content-Length"), strconv.Itoa(len(r.Body)); got != want {
		return fmt.Errorf("Content-Length is %q, the body has %s bytes", got, want)
	}
	return nil
}

// typed wants a content type.
func typed(r *Response, want string) error {
	if got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || got != want {
		return fmt.Errorf("content type %q, want %s", r.Header.Get("Content-Type"), want)
	}
	return nil
}

// said wants a status and a JSON body.
func said(code int, want string) Check {
	return func(r *Response) error {
		if err := status(code)(r); err != nil {
			return err
		}
		if err := typed(r, "application/json"); err != nil {
			return err
		}
		if err := exact(r); err != nil {
			return err
		}
		return sameJSON(r.Body, []byte(want))
	}
}

// answers wants status 200 and a JSON body.
func answers(want string) Check { return said(200, want) }

// refused wants an error of a status, of which the message has all words.
func refused(code int, words ...string) Check {
	return func(r *Response) error {
		if err := status(code)(r); err != nil {
			return err
		}
		if err := typed(r, "application/json"); err != nil {
			return err
		}
		var body map[string]any
		if err := json.Unmarshal(r.Body, &body); err != nil {
			return err
		}
		message, ok := body["error"].(string)
		if !ok || message == "" || len(body) != 1 {
			return fmt.Errorf(`want {"error": "…"}`)
		}
		for _, w := range words {
			if !strings.Contains(message, w) {
				return fmt.Errorf("the message does not say %q", w)
			}
		}
		return exact(r)
	}
}

// inBytes wants status 200, a JSON part and the bytes behind it.
func inBytes(want string, data []byte) Check {
	return func(r *Response) error {
		if err := status(200)(r); err != nil {
			return err
		}
		if err := typed(r, "application/octet-stream"); err != nil {
			return err
		}
		if err := exact(r); err != nil {
			return err
		}
		n, err := strconv.Atoi(r.Header.Get(lengthHeader))
		if err != nil || n < 0 || n > len(r.Body) {
			return fmt.Errorf("header %s is %q", lengthHeader, r.Header.Get(lengthHeader))
		}
		if !bytes.Equal(r.Body[n:], data) {
			return fmt.Errorf("bytes % x follow the JSON, want % x", r.Body[n:], data)
		}
		return sameJSON(r.Body[:n], []byte(want))
	}
}

// unpacked wants a body that gzip has compressed, and applies a check to what it
// was.
func unpacked(then Check) Check {
	return func(r *Response) error {
		if err := header("Content-Encoding", "gzip")(r); err != nil {
			return err
		}
		if err := exact(r); err != nil {
			return err
		}
		z, err := gzip.NewReader(bytes.NewReader(r.Body))
		if err != nil {
			return err
		}
		plain := *r
		if plain.Body, err = io.ReadAll(z); err != nil {
			return err
		}
		plain.Header = r.Header.Clone()
		plain.Header.Set("Content-Length", strconv.Itoa(len(plain.Body)))
		return then(&plain)
	}
}

// sameJSON wants two texts to have the same meaning. Numbers are compared exactly.
func sameJSON(got, want []byte) error {
	a, err := parse(got)
	if err != nil {
		return err
	}
	b, err := parse(want)
	if err != nil {
		return err
	}
	if !same(a, b) {
		return fmt.Errorf("want %.300s", want)
	}
	return nil
}

// parse reads one JSON text, with its numbers as they are written.
func parse(text []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("something follows the JSON")
	}
	return v, nil
}

func same(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for k := range a {
			if other, ok := b[k]; !ok || !same(a[k], other) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for i := range a {
			if !same(a[i], b[i]) {
				return false
			}
		}
		return true
	case json.Number:
		b, ok := b.(json.Number)
		if !ok {
			return false
		}
		x, okA := new(big.Rat).SetString(string(a))
		y, okB := new(big.Rat).SetString(string(b))
		return okA && okB && x.Cmp(y) == 0
	}
	return a == b
}
