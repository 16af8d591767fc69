// Package play writes scenes of a play in plain English, so that the example runs
// without any data at hand. Two or three people of a scene talk in turns:
//
//	ANNA:
//	The old captains follow a red boat. Does the king see the boats?
//
// What comes next is partly certain: words are spelt in one way only, a verb agrees
// with its subject, however far back that is, and who speaks is one of those who speak
// in the scene. The rest is chance, of which the package keeps count, so that it is
// known how well the text can be foretold.
package play

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

var (
	people     = []string{"ANNA", "BORIS", "CLARA", "DAVID", "EDITH", "FELIX", "GRETA", "HENRY"}
	nouns      = []string{"captain", "king", "sailor", "farmer", "gardener", "boat", "river", "garden", "candle", "letter", "mountain", "hunter", "teacher", "winter", "window", "harbour"}
	adjectives = []string{"old", "red", "quiet", "hungry", "clever", "small", "golden", "tired", "foreign", "gentle"}
	verbs      = []string{"follow", "see", "remember", "want", "find", "fear", "hold", "believe", "paint", "answer"}
	places     = []string{"behind", "near", "above", "without", "under"}
	adverbs    = []string{"today", "again", "often", "at night", "in silence"}
)

// Write returns scenes of at least n characters, and the information in them, in nats:
// the sum of −ln p over all that was left to chance.
func Write(n int, seed uint64) (text string, nats float64) {
	w := writer{r: rand.New(rand.NewPCG(seed, 0))}
	for w.text.Len() < n {
		w.scene()
	}
	return w.text.String(), w.nats
}

type writer struct {
	r    *rand.Rand
	text strings.Builder
	nats float64
}

// choose returns one of n, all of the same probability.
func (w *writer) choose(n int) int {
	w.nats += math.Log(float64(n))
	return w.r.IntN(n)
}

// once returns true once in n times.
func (w *writer) once(n int) bool {
	if w.r.IntN(n) == 0 {
		w.nats += math.Log(float64(n))
		return true
	}
	w.nats += math.Log(float64(n) / float64(n-1))
	return false
}

func (w *writer) word(of []string) string { return of[w.choose(len(of))] }

// scene is six to nine speeches of two or three people, who never speak twice in a
// row, and an end.
func (w *writer) scene() {
	cast := make([]string, 2+w.choose(2))
	for i := range cast { // whoever comes first speaks first, and so on
		for {
			cast[i] = people[w.r.IntN(len(people))]
			if !slices.Contains(cast[:i], cast[i]) {
				break
			}
		}
		w.nats += math.Log(float64(len(people) - i))
	}
	speaker := 0
	for i := range 6 + w.choose(4) {
		if i < len(cast) {
			speaker = i
		} else {
			speaker = (speaker + 1 + w.choose(len(cast)-1)) % len(cast)
		}
		w.text.WriteString(cast[speaker] + ":\n")
		for j := range 1 + w.choose(3) {
			if j > 0 {
				w.text.WriteByte(' ')
			}
			w.sentence()
		}
		w.text.WriteString("\n\n")
	}
	w.text.WriteString("They go.\n\n")
}

// sentence is a statement, or a question.
func (w *writer) sentence() {
	var s strings.Builder
	plural, asks := w.once(2), w.once(4)
	if asks && plural {
		s.WriteString("Do ")
	} else if asks {
		s.WriteString("Does ")
	}
	s.WriteString("the " + w.described(plural))
	if w.once(3) {
		s.WriteString(" " + w.word(places) + " " + w.object())
	}
	s.WriteString(" " + w.word(verbs))
	if !asks && !plural {
		s.WriteByte('s')
	}
	s.WriteString(" " + w.object())
	if w.once(3) {
		s.WriteString(" " + w.word(adverbs))
	}
	line := s.String()
	w.text.WriteString(strings.ToUpper(line[:1]) + line[1:])
	if asks {
		w.text.WriteByte('?')
	} else {
		w.text.WriteByte('.')
	}
}

// object names whom it is done to: one, several or all of them.
func (w *writer) object() string {
	switch w.choose(3) {
	case 0:
		return "the " + w.described(false)
	case 1:
		return "the " + w.described(true)
	default:
		return "every " + w.described(false)
	}
}

// described is a noun, of which something is said half of the time.
func (w *writer) described(plural bool) string {
	s := ""
	if w.once(2) {
		s = w.word(adjectives) + " "
	}
	s += w.word(nouns)
	if plural {
		s += "s"
	}
	return s
}
