package lm

import (
	"strings"
	"unicode/utf8"

	"github.com/gannet-ml/gannet/data/text"
)

// writer makes text of tokens as they come, up to the first stop string.
type writer struct {
	codec   text.Codec
	last    [2]int // the last token that has a text, if there is one, and the next
	before  int    // number of tokens in last, 0 or 1
	stop    []string
	held    string // text that is not given out yet
	stopped bool
}

// newWriter returns a writer of what follows tokens.
func newWriter(codec text.Codec, ids []int, stop []string) *writer {
	w := &writer{codec: codec, stop: stop}
	for i := len(ids) - 1; i >= 0; i-- {
		if s, err := codec.Decode(ids[i : i+1]); err == nil && s != "" {
			w.last[0], w.before = ids[i], 1
			break
		}
	}
	return w
}

// add takes a token and returns the text that there is for certain.
func (w *writer) add(id int) (string, error) {
	before, err := w.codec.Decode(w.last[:w.before])
	if err != nil {
		return "", err
	}
	w.last[w.before] = id
	both, err := w.codec.Decode(w.last[:w.before+1])
	if err != nil {
		return "", err
	}
	if len(both) > len(before) {
		w.last[0], w.before = id, 1
		w.held += both[len(before):]
	}
	if at := w.find(); at >= 0 {
		w.held, w.stopped = w.held[:at], true
		return w.rest(), nil
	}
	return w.give(len(w.held) - max(w.begun(), partial(w.held))), nil
}

// rest returns what is left.
func (w *writer) rest() string { return w.give(len(w.held)) }

// give returns the first n bytes of what is held.
func (w *writer) give(n int) string {
	s := strings.ToValidUTF8(w.held[:n], string(utf8.RuneError))
	w.held = w.held[n:]
	return s
}

// find returns where the first stop string begins, −1 if there is none.
func (w *writer) find() int {
	first := -1
	for _, s := range w.stop {
		if at := strings.Index(w.held, s); at >= 0 && (first < 0 || at < first) {
			first = at
		}
	}
	return first
}

// begun returns the length of the longest end of what is held that a stop string
// begins with.
func (w *writer) begun() int {
	longest := 0
	for _, s := range w.stop {
		for n := min(len(s)-1, len(w.held)); n > longest; n-- {
			if strings.HasSuffix(w.held, s[:n]) {
				longest = n
			}
		}
	}
	return longest
}

// partial returns the length of the part of a character that s ends in.
func partial(s string) int {
	for n := 1; n < utf8.UTFMax && n <= len(s); n++ {
		end := s[len(s)-n:]
		if utf8.RuneStart(end[0]) {
			if utf8.FullRuneInString(end) {
				return 0
			}
			return n
		}
	}
	return 0
}
