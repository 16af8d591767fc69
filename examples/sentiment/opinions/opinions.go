// Package opinions makes up one-sentence reviews of films, good and bad, so that the
// example runs without any data at hand:
//
//	the plot is not dull .                                     positive
//	though the acting is brilliant , the ending bored me .     negative
//	i found the dialogue hardly convincing , but i loved it .  positive
//
// Which words there are says less than half of it: a negation turns an opinion round,
// and of two that contradict each other the main one counts.
package opinions

import (
	"math/rand/v2"
	"strings"
)

// Names are the classes.
var Names = []string{"negative", "positive"}

var (
	things    = words("plot story script dialogue acting cast ending music camera pace direction humour")
	emphases  = words("very really quite truly rather so")
	negations = words("not hardly never")
	times     = words("yesterday today twice alone again abroad")

	// of both opinions, as of Names
	adjectives = [2][]string{
		words("dull clumsy tedious shallow awful stale confused lifeless bland silly"),
		words("brilliant touching convincing clever fresh funny graceful warm superb sharp"),
	}
	verbs = [2][]string{
		words("bored annoyed disappointed tired irritated"),
		words("moved charmed delighted surprised gripped"),
	}
	feelings = [2][]string{words("hated disliked regretted"), words("loved enjoyed admired")}
)

func words(s string) []string { return strings.Fields(s) }

// Make returns n reviews in turn negative and positive, as words with spaces between
// them, and their classes. Review i depends on the seed and on i alone.
func Make(n int, seed uint64) (texts []string, labels []int) {
	for i := range n {
		w := writer{rand.New(rand.NewPCG(seed, uint64(i)))}
		texts = append(texts, w.review(i%2)+" .")
		labels = append(labels, i%2)
	}
	return texts, labels
}

type writer struct{ *rand.Rand }

// review returns a sentence with a main clause of that opinion.
func (w writer) review(opinion int) string {
	main, other := w.clause(opinion), w.clause(w.IntN(2))
	switch w.IntN(5) {
	case 0:
		return main
	case 1:
		return "i saw it " + w.from(times) + " , and " + main
	case 2:
		return "though " + other + " , " + main
	case 3:
		return main + " , though " + other
	default:
		return w.clause(1-opinion) + " , but " + main
	}
}

// clause returns an opinion on a part of the film.
func (w writer) clause(opinion int) string {
	negation := ""
	said := opinion
	if w.IntN(3) == 0 {
		negation, said = w.from(negations)+" ", 1-opinion
	}
	switch w.IntN(4) {
	case 0:
		return "the " + w.from(things) + " " + negation + w.from(verbs[said]) + " me"
	case 1:
		return "i " + negation + w.from(feelings[said]) + " the " + w.from(things)
	case 2:
		return "i found the " + w.from(things) + " " + negation + w.from(adjectives[said])
	default:
		if negation == "" && w.IntN(2) == 0 {
			negation = w.from(emphases) + " "
		}
		return "the " + w.from(things) + " is " + negation + w.from(adjectives[said])
	}
}

func (w writer) from(words []string) string { return words[w.IntN(len(words))] }
