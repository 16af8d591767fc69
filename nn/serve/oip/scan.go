package oip

import (
	"bytes"
	"fmt"
	"math"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON by recursive descent, without memory of its own but for
// strings with escapes. The decoder of encoding/json would hide repeated keys,
// match keys of another case, and box every number.
type scanner struct {
	text   []byte // valid UTF-8
	pos    int
	depth  int // of objects and arrays that are open
	limits Limits

	unescaped []byte // the last string that had escapes

	// What is being read, for messages.
	kind    string // "input" or "output", "" outside of them
	index   int    // of the input or output
	name    string // "" if not known yet
	element int    // of the data, -1 outside of them
}

// errorf returns an error that names the tensor and the element, if any.
func (s *scanner) errorf(reason, format string, args ...any) error {
	where := ""
	if s.kind != "" && s.name != "" {
		where = fmt.Sprintf("%s %.64q", s.kind, s.name)
	} else if s.kind != "" {
		where = fmt.Sprintf("%s %d", s.kind, s.index)
	}
	if s.element >= 0 {
		where += fmt.Sprintf(", element %d", s.element)
	}
	if where != "" {
		where += ": "
	}
	return invalid(reason, "oip: %s%s", where, fmt.Sprintf(format, args...))
}

// unexpected says what is wanted here, and what there is.
func (s *scanner) unexpected(reason, want string) error {
	if s.pos >= len(s.text) {
		return s.errorf("json", "JSON ends at byte %d, want %s", s.pos, want)
	}
	return s.errorf(reason, "JSON at byte %d: got %s, want %s", s.pos, s.found(), want)
}

// found describes what there is at pos: a value's first bytes.
func (s *scanner) found() string {
	rest := s.text[s.pos:min(len(s.text), s.pos+24)]
	if end := bytes.IndexAny(rest, " \t\r\n,]}"); end > 0 {
		rest = rest[:end]
	}
	switch rest[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	}
	return fmt.Sprintf("%.24q", rest)
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

// word takes the next bytes after white space if they are w.
func (s *scanner) word(w string) bool {
	s.peek()
	end := s.pos + len(w)
	if end > len(s.text) || string(s.text[s.pos:end]) != w {
		return false
	}
	s.pos = end
	return true
}

// open takes the bracket c with which what begins.
func (s *scanner) open(c byte, reason, what string) error {
	if !s.take(c) {
		want := map[byte]string{'[': "a list of ", '{': "an object for "}
		return s.unexpected(reason, want[c]+what)
	}
	if s.depth++; s.depth > s.limits.Depth {
		return s.errorf("limit", "JSON at byte %d is nested more than %d deep", s.pos-1, s.limits.Depth)
	}
	return nil
}

// more reports whether an object or array that closes with c goes on, behind its
// first element or not, and takes the comma or c.
func (s *scanner) more(c byte, first bool) (bool, error) {
	switch {
	case s.take(c):
		s.depth--
		return false, nil
	case first || s.take(','):
		return true, nil
	}
	return false, s.unexpected("json", ", or "+string(c))
}

// key reads a key of an object and the colon. It is valid until the next string.
func (s *scanner) key() ([]byte, error) {
	if s.peek() != '"' {
		return nil, s.unexpected("json", "a key")
	}
	k, err := s.str()
	if err == nil && !s.take(':') {
		err = s.unexpected("json", ":")
	}
	return k, err
}

// object reads an object; member must read the value of each key, which is valid
// until the next string.
func (s *scanner) object(reason, what string, member func(key []byte) error) error {
	if err := s.open('{', reason, what); err != nil {
		return err
	}
	for first := true; ; first = false {
		more, err := s.more('}', first)
		if !more || err != nil {
			return err
		}
		key, err := s.key()
		if err != nil {
			return err
		}
		if err := member(key); err != nil {
			return err
		}
	}
}

// list reads an array of at most limit elements; element must read each.
func (s *scanner) list(reason, what string, limit int, element func() error) error {
	if err := s.open('[', reason, what); err != nil {
		return err
	}
	for n := 0; ; n++ {
		more, err := s.more(']', n == 0)
		if !more || err != nil {
			return err
		}
		if n == limit {
			return s.errorf("limit", "more than %d %s", limit, what)
		}
		if err := element(); err != nil {
			return err
		}
	}
}

// str reads a string, which must be next. Without escapes the result is a part of
// the text, with escapes it is valid until the next string.
func (s *scanner) str() ([]byte, error) {
	s.pos++
	start, text := s.pos, s.text
	s.unescaped = s.unescaped[:0]
	for i := start; i < len(text); {
		switch c := text[i]; {
		case c == '"':
			s.pos = i + 1
			if len(s.unescaped) == 0 {
				return text[start:i], nil
			}
			s.unescaped = append(s.unescaped, text[start:i]...)
			return s.unescaped, nil
		case c == '\\':
			s.unescaped = append(s.unescaped, text[start:i]...)
			s.pos = i
			r, err := s.escape()
			if err != nil {
				return nil, err
			}
			s.unescaped = utf8.AppendRune(s.unescaped, r)
			i, start = s.pos, s.pos
		case c < ' ':
			s.pos = i
			return nil, s.errorf("json", "JSON at byte %d: control character %#x in a string", i, c)
		default:
			i++
		}
	}
	s.pos = len(text)
	return nil, s.unexpected("json", "the end of a string")
}

// escape reads an escape sequence, or two that are the halves of one character.
func (s *scanner) escape() (rune, error) {
	const letters, values = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if s.pos+1 < len(s.text) {
		for i := range len(letters) {
			if s.text[s.pos+1] == letters[i] {
				s.pos += 2
				return rune(values[i]), nil
			}
		}
	}
	at := s.pos
	r, ok := s.hex4()
	if ok && utf16.IsSurrogate(r) {
		low, _ := s.hex4()
		r = utf16.DecodeRune(r, low)
		ok = r != utf8.RuneError
	}
	if !ok {
		return 0, s.errorf("json", "JSON at byte %d: invalid escape", at)
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
		case isDigit(c):
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

// skip reads any value.
func (s *scanner) skip() error {
	switch c := s.peek(); {
	case c == '{':
		return s.object("json", "a value", func([]byte) error { return s.skip() })
	case c == '[':
		return s.list("json", "values", math.MaxInt, s.skip)
	case c == '"':
		_, err := s.str()
		return err
	case c == '-' || isDigit(c):
		_, err := s.number()
		return err
	case s.word("true"), s.word("false"), s.word("null"):
		return nil
	}
	return s.unexpected("json", "a value")
}

// span takes an array without looking closely and returns where it is: its end
// is where brackets outside strings balance. It is up to the reader of the array to
// find what is wrong with it.
func (s *scanner) span() (begin, end int, err error) {
	if s.peek() != '[' {
		return 0, 0, s.unexpected("data", "a list of data")
	}
	begin = s.pos
	depth := 0
	for i := begin; i < len(s.text); i++ {
		switch s.text[i] {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				s.pos = i + 1
				return begin, s.pos, nil
			}
		case '"':
			for i++; i < len(s.text) && s.text[i] != '"'; i++ {
				if s.text[i] == '\\' {
					i++
				}
			}
		}
	}
	s.pos = len(s.text)
	return 0, 0, s.unexpected("json", "the end of data")
}

// end checks that only white space is left.
func (s *scanner) end() error {
	if s.peek(); s.pos < len(s.text) {
		return s.unexpected("json", "the end")
	}
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
