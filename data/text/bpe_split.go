package text

import (
	"unicode"
	"unicode/utf8"
)

// pieceLen returns how many bytes of s, which is not empty, are its first word. It is
// what GPT-2's regular expression matches,
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//
// where bytes that are not UTF-8 count as neither letters, numbers nor white space.
// So words carry the space before them; of several spaces, all but the last stand
// for themselves.
func pieceLen(s string) int {
	if n := contraction(s); n > 0 {
		return n
	}
	at := 0
	if s[0] == ' ' && len(s) > 1 {
		at = 1
	}
	class, size := classOf(s[at:])
	if class != space {
		return at + run(s[at:], class, size)
	}
	class, size = classOf(s)
	n := run(s, class, size)
	if n == len(s) || n == size {
		return n
	}
	// Another class follows: the last space belongs to it.
	_, last := utf8.DecodeLastRuneInString(s[:n])
	return n - last
}

// contraction returns the length of the ending of English that s begins with, or 0.
func contraction(s string) int {
	if s[0] != '\'' {
		return 0
	}
	for _, c := range []string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"} {
		if len(s) >= len(c) && s[:len(c)] == c {
			return len(c)
		}
	}
	return 0
}

// class is a kind of character.
type class int

const (
	other class = iota
	letter
	number
	space
)

// classOf returns the class of the first character of s and its length.
func classOf(s string) (class, int) {
	r, size := utf8.DecodeRuneInString(s)
	switch {
	case unicode.IsLetter(r):
		return letter, size
	case unicode.IsNumber(r):
		return number, size
	case unicode.IsSpace(r):
		return space, size
	}
	return other, size
}

// run returns the length of the characters of a class that s begins with, the first
// of which has a length that is known.
func run(s string, c class, first int) int {
	n := first
	for n < len(s) {
		next, size := classOf(s[n:])
		if next != c {
			break
		}
		n += size
	}
	return n
}
