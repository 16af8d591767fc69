// Package grammar makes up sentences of a language that nobody speaks, with the part
// of speech of every word, so that the example runs without any data at hand.
//
// Most words are a stem and an ending, which tells what they are:
//
//	NOUN   keloda, plural kelodan     ADJ  kelodil
//	VERB   keloda, past kelodam       ADV  kelodilo
//	PROPN  Keloda
//
// But a stem alone is a noun or a verb, and any word that begins a sentence looks like
// a name. What settles it is the rest of the sentence, which has one verb: "la keloda
// tamiru" goes on with a verb if the two are one noun together, and otherwise ends or
// has an object. There are so many stems that a quarter of the words of a test were not
// met in training: what they are is in their letters and in their place.
package grammar

import (
	"math/rand/v2"
	"strings"

	"github.com/gannet-ml/gannet/data/text"
)

var (
	determiners = []string{"la", "un", "mi", "tu"}
	adpositions = []string{"de", "en", "por", "sub"}
	stems       = language(4000)
)

// language returns stems of two or three syllables.
func language(n int) []string {
	const consonants, vowels = "dklmnprstv", "aeiou"
	r := rand.New(rand.NewPCG(7, 0))
	all := make([]string, n)
	for i := range all {
		var b strings.Builder
		for range 2 + r.IntN(2) {
			b.WriteByte(consonants[r.IntN(len(consonants))])
			b.WriteByte(vowels[r.IntN(len(vowels))])
		}
		all[i] = b.String()
	}
	return all
}

// Make returns n sentences. Sentence i depends on the seed and on i alone.
func Make(n int, seed uint64) []text.Sentence {
	all := make([]text.Sentence, n)
	for i := range all {
		w := writer{Rand: rand.New(rand.NewPCG(seed, uint64(i)))}
		w.sentence()
		all[i].Words = w.words
	}
	return all
}

// writer writes a sentence.
type writer struct {
	*rand.Rand
	words []text.Word
}

func (w *writer) sentence() {
	if w.oneOf(6) {
		w.add("ADV", w.stem()+"ilo")
	}
	end := "."
	if w.oneOf(4) { // a question begins with its verb
		end = "?"
		w.verb()
		w.noun()
	} else {
		w.noun()
		w.verb()
	}
	if !w.oneOf(3) {
		w.noun()
	}
	if w.oneOf(3) {
		w.add("ADP", w.from(adpositions))
		w.noun()
	}
	if w.oneOf(4) {
		w.add("ADV", w.stem()+"ilo")
	}
	w.add("PUNCT", end)
	first := &w.words[0].Form
	*first = capital(*first)
}

// noun writes a noun with what belongs to it, or a name.
func (w *writer) noun() {
	if w.oneOf(4) {
		w.add("PROPN", capital(w.stem()))
		return
	}
	w.add("DET", w.from(determiners))
	if w.oneOf(3) {
		w.add("ADJ", w.stem()+"il")
	}
	if w.oneOf(4) {
		w.add("NOUN", w.stem())
	}
	w.add("NOUN", w.stem()+w.from([]string{"", "", "n"}))
}

func (w *writer) verb() { w.add("VERB", w.stem()+w.from([]string{"", "", "m"})) }

func (w *writer) add(upos, form string) {
	w.words = append(w.words, text.Word{Form: form, UPOS: upos, Head: -1})
}

// stem returns a stem; those at the front of the list come often.
func (w *writer) stem() string {
	u := w.Float64()
	return stems[int(u*u*u*float64(len(stems)))]
}

func (w *writer) oneOf(n int) bool { return w.IntN(n) == 0 }

func (w *writer) from(words []string) string { return words[w.IntN(len(words))] }

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
