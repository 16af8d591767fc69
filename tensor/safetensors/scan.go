package safetensors

import (
	"fmt"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON by recursive descent. The decoder of encoding/json would
// hide repeated keys and take 1e3 for an integer. The text must be valid UTF-8.
type scanner struct {
	text  []byte
	pos   int
	start int64 // position of text in the file, for messages

	others []string // unknown keys of the tensor being read
}

// maxDepth bounds the nesting of values that are skipped.
const maxDepth = 64

// maxInteger is the largest size or offset; the format's schema says so.
const maxInteger = 1<<48 - 1

func (s *scanner) errorf(format string, args ...any) error {
	return &FormatError{Offset: s.start + int64(s.pos), Reason: "header: " + fmt.Sprintf(format, args...)}
}

// unexpected says what is wanted here, and what there is.
func (s *scanner) unexpected(want string) error {
	if s.pos >= len(s.text) {
		return s.errorf("ends, want %s", want)
	}
	r, _ := utf8.DecodeRune(s.text[s.pos:])
	return s.errorf("got %q, want %s", r, want)
}

// peek skips white space and returns the next byte without taking it, 0 at the
// end.
func (s *scanner) peek() byte {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; c {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return c
		}
	}
	return 0
}

// take takes the next byte after white space if it is c, which is not 0.
func (s *scanner) take(c byte) bool {
	if s.peek() != c {
		return false
	}
	s.pos++
	return true
}

// end checks that only white space is left.
func (s *scanner) end() error {
	if s.peek(); s.pos < len(s.text) {
		return s.unexpected("the end")
	}
	return nil
}

// object reads an object; member is called behind each colon and must read the
// value. The key is valid until then.
func (s *scanner) object(what string, member func(key []byte) error) error {
	if !s.take('{') {
		return s.unexpected("{ of " + what)
	}
	if s.take('}') {
		return nil
	}
	for {
		key, err := s.str("a key of " + what)
		if err != nil {
			return err
		}
		if !s.take(':') {
			return s.unexpected(":")
		}
		if err := member(key); err != nil {
			return err
		}
		if s.take('}') {
			return nil
		}
		if !s.take(',') {
			return s.unexpected(", or } in " + what)
		}
	}
}

// array reads an array; element must read each value.
func (s *scanner) array(what string, element func() error) error {
	if !s.take('[') {
		return s.unexpected("[ of " + what)
	}
	if s.take(']') {
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		if s.take(']') {
			return nil
		}
		if !s.take(',') {
			return s.unexpected(", or ] in " + what)
		}
	}
}

// str reads a string. Without escapes the result is a part of the text.
func (s *scanner) str(what string) ([]byte, error) {
	if !s.take('"') {
		return nil, s.unexpected("a string for " + what)
	}
	start := s.pos
	var decoded []byte // once there was an escape
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case c == '"':
			end := s.pos
			s.pos++
			return append(decoded, s.text[start:end]...), nil
		case c == '\\':
			decoded = append(decoded, s.text[start:s.pos]...)
			r, err := s.escape()
			if err != nil {
				return nil, err
			}
			decoded = utf8.AppendRune(decoded, r)
			start = s.pos
		case c < ' ':
			return nil, s.errorf("control character %#x in a string", c)
		default:
			s.pos++
		}
	}
	return nil, s.errorf("ends inside a string")
}

// escape reads an escape sequence, or two that are the halves of one character.
func (s *scanner) escape() (rune, error) {
	if s.pos+1 >= len(s.text) {
		return 0, s.errorf("ends inside an escape")
	}
	const letters, values = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if i := slices.Index([]byte(letters), s.text[s.pos+1]); i >= 0 {
		s.pos += 2
		return rune(values[i]), nil
	}
	r, ok := s.hex4()
	if ok && utf16.IsSurrogate(r) {
		low, _ := s.hex4()
		r = utf16.DecodeRune(r, low)
		ok = r != utf8.RuneError
	}
	if !ok {
		return 0, s.errorf("invalid escape")
	}
	return r, nil
}

// hex4 takes an escape of the form \u12ab.
func (s *scanner) hex4() (r rune, ok bool) {
	if len(s.text)-s.pos < 6 || s.text[s.pos] != '\\' || s.text[s.pos+1] != 'u' {
		return 0, false
	}
	for _, c := range s.text[s.pos+2 : s.pos+6] {
		switch {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	s.pos += 6
	return r, true
}

// integer reads an integer from 0 to maxInteger without fraction, exponent or
// leading zeros.
func (s *scanner) integer(what string) (int64, error) {
	s.peek()
	start, n := s.pos, int64(0)
	for s.pos < len(s.text) && isDigit(s.text[s.pos]) {
		n = n*10 + int64(s.text[s.pos]-'0')
		if n > maxInteger {
			return 0, s.errorf("%s is over 2^48-1", what)
		}
		s.pos++
	}
	switch {
	case s.pos == start:
		return 0, s.unexpected("a plain integer for " + what)
	case s.text[start] == '0' && s.pos > start+1:
		return 0, s.errorf("%s has a leading zero", what)
	case s.pos < len(s.text) && (s.text[s.pos] == '.' || s.text[s.pos]|0x20 == 'e'):
		return 0, s.unexpected("a plain integer for " + what)
	}
	return n, nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// skip reads any value.
func (s *scanner) skip(depth int) error {
	if depth > maxDepth {
		return s.errorf("values are nested more than %d deep", maxDepth)
	}
	switch c := s.peek(); {
	case c == '{':
		return s.object("a value", func([]byte) error { return s.skip(depth + 1) })
	case c == '[':
		return s.array("a value", func() error { return s.skip(depth + 1) })
	case c == '"':
		_, err := s.str("a value")
		return err
	case c == '-' || isDigit(c):
		return s.number()
	}
	for _, word := range []string{"true", "false", "null"} {
		if n := s.pos + len(word); n <= len(s.text) && string(s.text[s.pos:n]) == word {
			s.pos = n
			return nil
		}
	}
	return s.unexpected("a value")
}

// number reads a number of any form.
func (s *scanner) number() error {
	digits := func() bool {
		start := s.pos
		for s.pos < len(s.text) && isDigit(s.text[s.pos]) {
			s.pos++
		}
		return s.pos > start
	}
	is := func(set string) bool {
		ok := s.pos < len(s.text) && slices.Contains([]byte(set), s.text[s.pos])
		if ok {
			s.pos++
		}
		return ok
	}
	is("-")
	ok := is("0") || digits()
	if ok && is(".") {
		ok = digits()
	}
	if ok && is("eE") {
		is("+-")
		ok = digits()
	}
	if !ok {
		return s.unexpected("a digit")
	}
	return nil
}
