package sign

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gannet-ml/gannet/internal/jsonscan"
)

// reader reads JSON value by value. Several members of one name are an error: signer
// and verifier must understand a text alike. It keeps nothing of what it skips.
type reader struct {
	jsonscan.Scanner
	what string // the text, for messages
}

// maxDepth bounds the nesting of values, maxMembers the members of an object.
const (
	maxDepth   = 32
	maxMembers = 64
)

// top is the name of the whole text in messages.
const top = "the top level"

// newReader returns a reader of text, which what names in messages.
func newReader(what string, text []byte) (*reader, error) {
	if !utf8.Valid(text) {
		return nil, malformed("%s is not UTF-8", what)
	}
	return &reader{jsonscan.Scanner{Text: text}, what}, nil
}

// end checks that nothing follows the value.
func (r *reader) end() error {
	if r.End() != nil {
		return malformed("%s: byte %d: more than one JSON value", r.what, r.Pos)
	}
	return nil
}

// bad returns an error about the value at name.
func (r *reader) bad(name, format string, args ...any) error {
	return malformed("%s: byte %d: %s "+format, append([]any{r.what, r.Pos, name}, args...)...)
}

// fault says what is wrong where the text is not JSON, and returns other errors as
// they are.
func (r *reader) fault(err error) error {
	e, ok := err.(*jsonscan.Error)
	switch {
	case !ok:
		return err
	case r.Pos >= len(r.Text):
		return malformed("%s: byte %d: ends too early", r.what, r.Pos)
	case e.Want != "":
		c, _ := utf8.DecodeRune(r.Text[r.Pos:])
		return malformed("%s: byte %d: invalid character %q, want %s", r.what, r.Pos, c, e.Want)
	}
	return malformed("%s: byte %d: %s", r.what, r.Pos, e.Fault)
}

// object reads an object, which must have the required members and may have those
// that member, which reads the value, does not refuse.
func (r *reader) object(name string, required []string, member func(key string) error) error {
	if r.Peek() != '{' {
		return r.not(name, "is no object")
	}
	var seen []string
	err := r.Object(func(text []byte) error {
		key := string(text)
		if slices.Contains(seen, key) {
			return r.bad(name, "has %q twice", key)
		}
		if seen = append(seen, key); len(seen) > maxMembers {
			return r.bad(name, "has more than %d members", maxMembers)
		}
		return member(key)
	})
	if err != nil {
		return r.fault(err)
	}
	for _, key := range required {
		if !slices.Contains(seen, key) {
			return r.bad(name, "has no %q", key)
		}
	}
	return nil
}

// unknown is what member of object returns for a key that is not allowed.
func (r *reader) unknown(name, key string) error {
	return r.bad(name, "has the unknown member %q", key)
}

// array reads an array of at most limit elements.
func (r *reader) array(name string, limit int, element func() error) error {
	if r.Peek() != '[' {
		return r.not(name, "is no array")
	}
	n := 0
	return r.fault(r.Array(func() error {
		if n == limit {
			return r.bad(name, "has more than %d elements", limit)
		}
		n++
		return element()
	}))
}

// str reads a string that is not empty.
func (r *reader) str(name string, dst *string) error {
	if r.Peek() != '"' {
		return r.not(name, "is not a string, or empty")
	}
	b, err := r.Str()
	if err == nil && len(b) == 0 {
		err = r.bad(name, "is not a string, or empty")
	}
	*dst = string(b)
	return r.fault(err)
}

// flag reads true or false.
func (r *reader) flag(name string, dst *bool) error {
	text, err := r.literal()
	if err == nil && text != "true" && text != "false" {
		err = r.bad(name, "is %.64s, want true or false", strings.Trim(text, `"`))
	}
	*dst = text == "true"
	return err
}

// size reads a positive integer, which may be written as 8.0.
func (r *reader) size(name string, dst *int64) error {
	text, err := r.literal()
	if err != nil {
		return err
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v < 1 || v > maxShard || v != math.Trunc(v) {
		return r.bad(name, "is %.64s, want an integer from 1 to %d", strings.Trim(text, `"`), int64(maxShard))
	}
	*dst = int64(v)
	return nil
}

// not returns the error of a value that is not what it must be, which is another one
// if it is no JSON either.
func (r *reader) not(name, problem string) error {
	if _, err := r.literal(); err != nil {
		return err
	}
	return r.bad(name, problem)
}

// literal reads a value and returns it as it is written; of an object or array it
// returns the bracket.
func (r *reader) literal() (string, error) {
	if c := r.Peek(); c == '{' || c == '[' {
		return string(c), nil
	}
	begin := r.Pos
	err := r.fault(r.Skip(0))
	return string(r.Text[begin:r.Pos]), err
}

// skip reads any value, at a given depth.
func (r *reader) skip(name string, depth int) error {
	if depth > maxDepth {
		return r.bad(name, "is nested more than %d deep", maxDepth)
	}
	switch r.Peek() {
	case '{':
		return r.object(name, nil, func(string) error { return r.skip(name, depth+1) })
	case '[':
		return r.array(name, maxFiles, func() error { return r.skip(name, depth+1) })
	}
	return r.fault(r.Skip(0))
}
