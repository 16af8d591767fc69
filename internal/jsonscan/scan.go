package jsonscan

// Scanner reads a text from Pos on. What reads skips white space first.
type Scanner struct {
	Text []byte // valid UTF-8, which is for the caller to check
	Pos  int    // of what is read next; after an error, of what is wrong

	unescaped []byte // the last string that had escapes
}

// Error says why a text does not go on at Pos.
type Error struct {
	Want  string // what must be there; empty if the fault is another
	Fault string
}

// Error returns the message.
func (e *Error) Error() string {
	if e.Want != "" {
		return "want " + e.Want
	}
	return e.Fault
}

// ErrDepth is the error of Skip for what is nested too deep.
var ErrDepth error = &Error{Fault: "nested too deep"}

func wanted(what string) error { return &Error{Want: what} }

// Reset forgets the text, and the memory for strings with escapes if that is more
// than keep bytes.
func (s *Scanner) Reset(keep int) {
	s.Text, s.Pos = nil, 0
	if cap(s.unescaped) > keep {
		s.unescaped = nil
	}
}

// Peek returns the next byte without taking it, 0 at the end.
func (s *Scanner) Peek() byte {
	for s.Pos < len(s.Text) {
		switch c := s.Text[s.Pos]; c {
		case ' ', '\t', '\n', '\r':
			s.Pos++
		default:
			return c
		}
	}
	return 0
}

// Take takes the next byte if it is c, which is not 0.
func (s *Scanner) Take(c byte) bool {
	if s.Peek() != c {
		return false
	}
	s.Pos++
	return true
}

// Word takes the next bytes if they are w.
func (s *Scanner) Word(w string) bool {
	s.Peek()
	end := s.Pos + len(w)
	if end > len(s.Text) || string(s.Text[s.Pos:end]) != w {
		return false
	}
	s.Pos = end
	return true
}

// End checks that only white space is left.
func (s *Scanner) End() error {
	if s.Peek(); s.Pos < len(s.Text) {
		return wanted("the end")
	}
	return nil
}

// More reports whether an object or array that closes with c goes on, behind its
// opening bracket if first, behind an element otherwise. It takes the comma, or c.
func (s *Scanner) More(c byte, first bool) (bool, error) {
	switch {
	case s.Take(c):
		return false, nil
	case first || s.Take(','):
		return true, nil
	}
	return false, wanted(", or " + string(c))
}

// Object reads an object; member must read the value of each key, which is valid
// until the next string. An error of member is returned as it is.
func (s *Scanner) Object(member func(key []byte) error) error {
	if !s.Take('{') {
		return wanted("an object")
	}
	for first := true; ; first = false {
		more, err := s.More('}', first)
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

// key reads a key and the colon.
func (s *Scanner) key() ([]byte, error) {
	if s.Peek() != '"' {
		return nil, wanted("a string as a key")
	}
	key, err := s.Str()
	if err == nil && !s.Take(':') {
		err = wanted(":")
	}
	return key, err
}

// Array reads an array; element must read each value. An error of element is
// returned as it is.
func (s *Scanner) Array(element func() error) error {
	if !s.Take('[') {
		return wanted("an array")
	}
	for first := true; ; first = false {
		more, err := s.More(']', first)
		if !more || err != nil {
			return err
		}
		if err := element(); err != nil {
			return err
		}
	}
}

// Skip reads any value of at most depth objects and arrays in each other.
func (s *Scanner) Skip(depth int) error {
	c := s.Peek()
	switch {
	case (c == '{' || c == '[') && depth <= 0:
		return ErrDepth
	case c == '{':
		return s.Object(func([]byte) error { return s.Skip(depth - 1) })
	case c == '[':
		return s.Array(func() error { return s.Skip(depth - 1) })
	case c == '"':
		_, err := s.Str()
		return err
	case c == '-' || IsDigit(c):
		var n Number
		if !s.Number(&n) {
			return wanted("a digit")
		}
		return nil
	case s.Word("true"), s.Word("false"), s.Word("null"):
		return nil
	}
	return wanted("a value")
}

// IsDigit reports whether c is a decimal digit.
func IsDigit(c byte) bool { return '0' <= c && c <= '9' }
