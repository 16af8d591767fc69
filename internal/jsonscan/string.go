package jsonscan

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// Str reads a string. Without escapes the result is a part of the text, with escapes
// it is valid until the next string.
func (s *Scanner) Str() ([]byte, error) {
	if !s.Take('"') {
		return nil, wanted("a string")
	}
	start, text := s.Pos, s.Text
	s.unescaped = s.unescaped[:0]
	for i := start; i < len(text); {
		switch c := text[i]; {
		case c == '"':
			s.Pos = i + 1
			if len(s.unescaped) == 0 {
				return text[start:i], nil
			}
			s.unescaped = append(s.unescaped, text[start:i]...)
			return s.unescaped, nil
		case c == '\\':
			s.unescaped = append(s.unescaped, text[start:i]...)
			s.Pos = i
			r, err := s.escape()
			if err != nil {
				return nil, err
			}
			s.unescaped = utf8.AppendRune(s.unescaped, r)
			i, start = s.Pos, s.Pos
		case c < ' ':
			s.Pos = i
			return nil, &Error{Fault: fmt.Sprintf("control character %#x in a string", c)}
		default:
			i++
		}
	}
	s.Pos = len(text)
	return nil, &Error{Fault: "ends inside a string"}
}

// escape reads an escape sequence, or two that are the halves of one character.
func (s *Scanner) escape() (rune, error) {
	const letters, values = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if s.Pos+1 == len(s.Text) {
		return 0, &Error{Fault: "ends inside an escape"}
	}
	for i := range len(letters) {
		if s.Text[s.Pos+1] == letters[i] {
			s.Pos += 2
			return rune(values[i]), nil
		}
	}
	at := s.Pos
	r, ok := s.hex4()
	if ok && utf16.IsSurrogate(r) {
		low, _ := s.hex4()
		r = utf16.DecodeRune(r, low)
		ok = r != utf8.RuneError
	}
	if !ok {
		s.Pos = at
		return 0, &Error{Fault: "invalid escape"}
	}
	return r, nil
}

// hex4 takes an escape of the form \u12ab.
func (s *Scanner) hex4() (r rune, ok bool) {
	if len(s.Text)-s.Pos < 6 || s.Text[s.Pos] != '\\' || s.Text[s.Pos+1] != 'u' {
		return 0, false
	}
	for _, c := range s.Text[s.Pos+2 : s.Pos+6] {
		switch {
		case IsDigit(c):
			r = r<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	s.Pos += 6
	return r, true
}
