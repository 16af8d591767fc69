package oip

import (
	"bytes"
	"fmt"

	"github.com/gannet-ml/gannet/internal/jsonscan"
)

// scanner reads JSON and says which tensor it does not like.
type scanner struct {
	jsonscan.Scanner
	depth  int // of objects and arrays that are open
	limits Limits

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
	if s.Pos >= len(s.Text) {
		return s.errorf("json", "JSON ends at byte %d, want %s", s.Pos, want)
	}
	return s.errorf(reason, "JSON at byte %d: got %s, want %s", s.Pos, s.found(), want)
}

// found describes what there is at Pos: a value's first bytes.
func (s *scanner) found() string {
	rest := s.Text[s.Pos:min(len(s.Text), s.Pos+24)]
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

// fault says what is wrong where the text is not JSON, and returns other errors as
// they are.
func (s *scanner) fault(err error) error {
	e, ok := err.(*jsonscan.Error)
	switch {
	case !ok:
		return err
	case err == jsonscan.ErrDepth:
		return s.errorf("limit", "JSON at byte %d is nested more than %d deep", s.Pos, s.limits.Depth)
	case e.Want != "":
		return s.unexpected("json", e.Want)
	}
	return s.errorf("json", "JSON at byte %d: %s", s.Pos, e.Fault)
}

// enter checks that an object or array, of what, begins here with c, and counts it.
func (s *scanner) enter(c byte, reason, what string) error {
	if s.Peek() != c {
		want := map[byte]string{'[': "a list of ", '{': "an object for "}
		return s.unexpected(reason, want[c]+what)
	}
	if s.depth++; s.depth > s.limits.Depth {
		return s.fault(jsonscan.ErrDepth)
	}
	return nil
}

// object reads an object; member must read the value of each key, which is valid
// until the next string.
func (s *scanner) object(reason, what string, member func(key []byte) error) error {
	if err := s.enter('{', reason, what); err != nil {
		return err
	}
	err := s.Object(member)
	s.depth--
	return s.fault(err)
}

// list reads an array of at most limit elements; element must read each.
func (s *scanner) list(reason, what string, limit int, element func() error) error {
	if err := s.enter('[', reason, what); err != nil {
		return err
	}
	n := 0
	err := s.Array(func() error {
		if n == limit {
			return s.errorf("limit", "more than %d %s", limit, what)
		}
		n++
		return element()
	})
	s.depth--
	return s.fault(err)
}

// str reads a string for what, which is valid until the next.
func (s *scanner) str(reason, what string) ([]byte, error) {
	if s.Peek() != '"' {
		return nil, s.unexpected(reason, "a string for "+what)
	}
	b, err := s.Str()
	return b, s.fault(err)
}

// number reads a number into n; want is what it is.
func (s *scanner) number(n *jsonscan.Number, reason, want string) error {
	s.Peek()
	begin := s.Pos
	if s.Number(n) && (s.Pos == len(s.Text) || !jsonscan.IsDigit(s.Text[s.Pos])) { // not 01
		return nil
	}
	s.Pos = begin
	return s.unexpected(reason, want)
}

// skip reads any value.
func (s *scanner) skip() error { return s.fault(s.Skip(s.limits.Depth - s.depth)) }

// span takes an array without looking closely and returns where it is: its end
// is where brackets outside strings balance. It is up to the reader of the array to
// find what is wrong with it.
func (s *scanner) span() (begin, end int, err error) {
	if s.Peek() != '[' {
		return 0, 0, s.unexpected("data", "a list of data")
	}
	begin = s.Pos
	depth := 0
	for i := begin; i < len(s.Text); i++ {
		switch s.Text[i] {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				s.Pos = i + 1
				return begin, s.Pos, nil
			}
		case '"':
			for i++; i < len(s.Text) && s.Text[i] != '"'; i++ {
				if s.Text[i] == '\\' {
					i++
				}
			}
		}
	}
	s.Pos = len(s.Text)
	return 0, 0, s.unexpected("json", "the end of data")
}
