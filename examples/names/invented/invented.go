// Package invented makes up surnames of six languages that nobody speaks, so that the
// example runs without any data at hand. All have the same letters. How often each comes
// in a name tells half of the languages; what tells them apart is the order.
//
//	Avari    begins syllables with a vowel: arelimus
//	Dodona   says its first syllable twice: momopita
//	Kelomi   begins syllables with a consonant: kelomi
//	Porlan   has two consonants between vowels: porlanti
//	Tirisel  has vowels of one kind in a name, i and e or o and u: tirise
//	Umnasu   keeps its consonants in the order of the alphabet: lumasu
//
// A short name may be one of several; then nobody could know.
package invented

import (
	"math/rand/v2"
	"strings"
)

// languages make a name of so many syllables, in the order of their names.
var languages = []struct {
	name string
	make func(r *rand.Rand, syllables int) string
}{
	{"Avari", func(r *rand.Rand, n int) string {
		return repeat(n, func() string { return pick(r, vowels) + pick(r, consonants) })
	}},
	{"Dodona", func(r *rand.Rand, n int) string {
		first := open(r, vowels)
		return first + first + repeat(max(n-2, 1), func() string { return open(r, vowels) })
	}},
	{"Kelomi", func(r *rand.Rand, n int) string {
		return repeat(n, func() string { return open(r, vowels) })
	}},
	{"Porlan", func(r *rand.Rand, n int) string {
		return open(r, vowels) + repeat(n-1, func() string { return pick(r, consonants) + open(r, vowels) })
	}},
	{"Tirisel", func(r *rand.Rand, n int) string {
		kind := pickOne(r, []string{"ie", "ou"})
		return repeat(n, func() string { return open(r, kind) })
	}},
	{"Umnasu", func(r *rand.Rand, n int) string {
		at := 0
		return repeat(n, func() string {
			at += r.IntN((len(consonants) - at) / n)
			at++
			return consonants[at-1:at] + pick(r, vowels)
		})
	}},
}

const vowels, consonants = "aeiou", "dklmnprstv"

// Make returns n names, those of the languages in turn, the number of each one's
// language, and the names of the languages. Name i depends on the seed and on i alone.
func Make(n int, seed uint64) (names []string, labels []int, classes []string) {
	for i := range n {
		language := i % len(languages)
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		name := languages[language].make(r, 2+r.IntN(3))
		names = append(names, strings.ToUpper(name[:1])+name[1:])
		labels = append(labels, language)
	}
	for _, l := range languages {
		classes = append(classes, l.name)
	}
	return names, labels, classes
}

func repeat(n int, syllable func() string) string {
	var b strings.Builder
	for range n {
		b.WriteString(syllable())
	}
	return b.String()
}

// open returns a syllable that ends in a vowel.
func open(r *rand.Rand, vowels string) string { return pick(r, consonants) + pick(r, vowels) }

// pick returns a letter.
func pick(r *rand.Rand, letters string) string {
	i := r.IntN(len(letters))
	return letters[i : i+1]
}

func pickOne(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }
