package text

import "strings"

// StopWords is a set of words that say little about what a text is about.
type StopWords map[string]bool

// NewStopWords returns the set of some words.
func NewStopWords(words ...string) StopWords {
	s := make(StopWords, len(words))
	for _, w := range words {
		s[w] = true
	}
	return s
}

// Remove returns the tokens that are not in the set.
func (s StopWords) Remove(tokens []string) []string {
	var kept []string
	for _, t := range tokens {
		if !s[t] {
			kept = append(kept, t)
		}
	}
	return kept
}

// EnglishStopWords are 200 or so of the most frequent words of English, in lower case:
// articles, pronouns, prepositions, conjunctions, auxiliary verbs, and the parts that
// a contraction such as "don't" leaves behind. It has no negations: "not" matters to
// what a text says. It is not to be changed; maps.Clone makes a copy that may be.
var EnglishStopWords = NewStopWords(strings.Fields(`
	a an the this that these those
	i me my mine myself we us our ours ourselves you your yours yourself yourselves
	he him his himself she her hers herself it its itself they them their theirs themselves
	who whom whose which what one ones
	about above across after along among around as at before behind below beneath beside between beyond
	by down during for from in into of off on onto out over since than through throughout till to toward towards
	under until up upon with within
	and or but if because so though although while whereas whether when where why how
	am is are was were be been being have has had having do does did doing done
	can could may might must shall should will would
	'd 'll 'm 're 's 've s t d ll m re ve
	here there then now also too just again once very such own same other another some any each every both all
	i'm i'd i'll i've you're you'd you'll you've he's he'd he'll she's she'd she'll it's we're we'd we'll we've
	they're they'd they'll they've that's there's who's what's here's let's
`)...)
