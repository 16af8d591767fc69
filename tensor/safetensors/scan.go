package safetensors

import (
	"fmt"
	"unicode/utf8"

	"github.com/gannet-ml/gannet/internal/jsonscan"
)

// scanner reads JSON and says where in the file it is wrong.
type scanner struct {
	jsonscan.Scanner
	start int64 // position of the text in the file

	others []string // unknown keys of the tensor being read
}

// maxDepth bounds the nesting of values that are skipped.
const maxDepth = 64

// maxInteger is the largest size or offset; the format's schema says so.
const maxInteger = 1<<48 - 1

func (s *scanner) errorf(format string, args ...any) error {
	return &FormatError{Offset: s.start + int64(s.Pos), Reason: "header: " + fmt.Sprintf(format, args...)}
}

// unexpected says what is wanted here, and what there is.
func (s *scanner) unexpected(want string) error {
	if s.Pos >= len(s.Text) {
		return s.errorf("ends, want %s", want)
	}
	r, _ := utf8.DecodeRune(s.Text[s.Pos:])
	return s.errorf("got %q, want %s", r, want)
}

// fault says what is wrong where the text is not JSON, and returns other errors as
// they are.
func (s *scanner) fault(err error) error {
	e, ok := err.(*jsonscan.Error)
	switch {
	case !ok:
		return err
	case err == jsonscan.ErrDepth:
		return s.errorf("values are nested more than %d deep", maxDepth)
	case e.Want != "":
		return s.unexpected(e.Want)
	}
	return s.errorf("%s", e.Fault)
}

// object reads an object; member is called behind each colon and must read the
// value. The key is valid until the next string.
func (s *scanner) object(what string, member func(key []byte) error) error {
	if s.Peek() != '{' {
		return s.unexpected("{ of " + what)
	}
	return s.fault(s.Object(member))
}

// array reads an array; element must read each value.
func (s *scanner) array(what string, element func() error) error {
	if s.Peek() != '[' {
		return s.unexpected("[ of " + what)
	}
	return s.fault(s.Array(element))
}

// str reads a string, which is valid until the next.
func (s *scanner) str(what string) ([]byte, error) {
	if s.Peek() != '"' {
		return nil, s.unexpected("a string for " + what)
	}
	b, err := s.Str()
	return b, s.fault(err)
}

// integer reads an integer from 0 to maxInteger without fraction, exponent or
// leading zeros.
func (s *scanner) integer(what string) (int64, error) {
	s.Peek()
	start, n := s.Pos, int64(0)
	for s.Pos < len(s.Text) && jsonscan.IsDigit(s.Text[s.Pos]) {
		n = n*10 + int64(s.Text[s.Pos]-'0')
		if n > maxInteger {
			return 0, s.errorf("%s is over 2^48-1", what)
		}
		s.Pos++
	}
	switch {
	case s.Pos == start:
		return 0, s.unexpected("a plain integer for " + what)
	case s.Text[start] == '0' && s.Pos > start+1:
		return 0, s.errorf("%s has a leading zero", what)
	case s.Pos < len(s.Text) && (s.Text[s.Pos] == '.' || s.Text[s.Pos]|0x20 == 'e'):
		return 0, s.unexpected("a plain integer for " + what)
	}
	return n, nil
}
