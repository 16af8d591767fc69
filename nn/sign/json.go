package sign

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
)

// reader reads JSON value by value. Where the decoder of encoding/json would take
// the last of several members of one name, or one that is written in other letters,
// this is an error here: signer and verifier must understand a text alike. It keeps
// nothing of what it skips.
type reader struct {
	d    *json.Decoder
	what string // the text, for messages
}

// maxDepth bounds the nesting of values, maxMembers the members of an object.
const (
	maxDepth   = 32
	maxMembers = 64
)

// top is the name of the whole text in messages.
const top = "the top level"

// newReader returns a reader of text, which what names in messages. Where the text
// is not UTF-8 it reads U+FFFD.
func newReader(what, text string) *reader {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return &reader{d, what}
}

// end checks that nothing follows the value.
func (r *reader) end() error {
	if _, err := r.d.Token(); err != io.EOF {
		return malformed("%s: byte %d: more than one JSON value", r.what, r.d.InputOffset())
	}
	return nil
}

// bad returns an error about the value at name.
func (r *reader) bad(name, format string, args ...any) error {
	return malformed("%s: byte %d: %s "+format, append([]any{r.what, r.d.InputOffset(), name}, args...)...)
}

// token reads a token, of any kind.
func (r *reader) token() (json.Token, error) {
	t, err := r.d.Token()
	if err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, malformed("%s: byte %d: ends too early", r.what, r.d.InputOffset())
		}
		return nil, malformed("%s: byte %d: %v", r.what, r.d.InputOffset(), err)
	}
	return t, nil
}

// delim reads the bracket that a value starts or ends with.
func (r *reader) delim(name string, want json.Delim) error {
	t, err := r.token()
	if err == nil && t != want {
		err = r.bad(name, "is no %s", map[json.Delim]string{'{': "object", '[': "array"}[want])
	}
	return err
}

// object reads an object, which must have the required members and may have those
// that member, which reads the value, does not refuse.
func (r *reader) object(name string, required []string, member func(key string) error) error {
	if err := r.delim(name, '{'); err != nil {
		return err
	}
	return r.members(name, required, member)
}

// members is object behind the opening brace.
func (r *reader) members(name string, required []string, member func(key string) error) error {
	var seen []string
	for r.d.More() {
		t, err := r.token()
		if err != nil {
			return err
		}
		key, ok := t.(string)
		if !ok {
			return r.bad(name, "has %v where a name of a member should be", t)
		}
		if slices.Contains(seen, key) {
			return r.bad(name, "has %q twice", key)
		}
		if seen = append(seen, key); len(seen) > maxMembers {
			return r.bad(name, "has more than %d members", maxMembers)
		}
		if err := member(key); err != nil {
			return err
		}
	}
	for _, key := range required {
		if !slices.Contains(seen, key) {
			return r.bad(name, "has no %q", key)
		}
	}
	_, err := r.token()
	return err
}

// unknown is what member of object returns for a key that is not allowed.
func (r *reader) unknown(name, key string) error {
	return r.bad(name, "has the unknown member %q", key)
}

// array reads an array of at most limit elements.
func (r *reader) array(name string, limit int, element func() error) error {
	if err := r.delim(name, '['); err != nil {
		return err
	}
	return r.elements(name, limit, element)
}

// elements is array behind the opening bracket.
func (r *reader) elements(name string, limit int, element func() error) error {
	for n := 0; r.d.More(); n++ {
		if n == limit {
			return r.bad(name, "has more than %d elements", limit)
		}
		if err := element(); err != nil {
			return err
		}
	}
	_, err := r.token()
	return err
}

// str reads a string that is not empty.
func (r *reader) str(name string, dst *string) error {
	t, err := r.token()
	if err != nil {
		return err
	}
	s, ok := t.(string)
	if !ok || s == "" {
		return r.bad(name, "is not a string, or empty")
	}
	*dst = s
	return nil
}

// flag reads true or false.
func (r *reader) flag(name string, dst *bool) error {
	t, err := r.token()
	if err != nil {
		return err
	}
	b, ok := t.(bool)
	if !ok {
		return r.bad(name, "is %v, want true or false", t)
	}
	*dst = b
	return nil
}

// size reads a positive integer, which may be written as 8.0.
func (r *reader) size(name string, dst *int64) error {
	t, err := r.token()
	if err != nil {
		return err
	}
	n, _ := t.(json.Number)
	v, err := n.Float64()
	if err != nil || v < 1 || v > maxShard || v != math.Trunc(v) {
		return r.bad(name, "is %v, want an integer from 1 to %d", t, int64(maxShard))
	}
	*dst = int64(v)
	return nil
}

// skip reads any value, at a given depth.
func (r *reader) skip(name string, depth int) error {
	if depth > maxDepth {
		return r.bad(name, "is nested more than %d deep", maxDepth)
	}
	t, err := r.token()
	switch {
	case err != nil:
		return err
	case t == json.Delim('{'):
		return r.members(name, nil, func(string) error { return r.skip(name, depth+1) })
	case t == json.Delim('['):
		return r.elements(name, maxFiles, func() error { return r.skip(name, depth+1) })
	}
	return nil
}
