package play

import (
	"math"
	"regexp"
	"strings"
	"testing"
)

// thing matches what described writes, with an article.
var (
	thing    = `(?:the|every) (?:` + oneOf(adjectives) + ` )?` + oneOf(nouns) + `s?`
	sentence = regexp.MustCompile(`^(Do |Does )?([Tt]he (?:` + oneOf(adjectives) + ` )?` + oneOf(nouns) + `)(s?)( ` + oneOf(places) + ` ` + thing + `)? ` +
		oneOf(verbs) + `(s?) ` + thing + `( ` + oneOf(adverbs) + `)?[.?]$`)
)

func oneOf(words []string) string { return "(?:" + strings.Join(words, "|") + ")" }

// TestWrite reads scenes again: every sentence is one, verbs agree with their subjects,
// nobody speaks twice in a row; and the information in them, from what was read, is what
// Write says.
func TestWrite(t *testing.T) {
	const n = 50_000
	text, want := Write(n, 1)
	again, _ := Write(n, 1)
	if other, _ := Write(n, 2); text != again || text == other || len(text) < n {
		t.Error("the text does not depend on the seed alone, or is too short")
	}
	nats := 0.0
	scenes := strings.Split(strings.TrimSuffix(text, "They go.\n\n"), "They go.\n\n")
	for _, scene := range scenes {
		nats += math.Log(2) + math.Log(4) // how many people and how many speeches
		speeches := strings.Split(strings.TrimSuffix(scene, "\n\n"), "\n\n")
		cast, last := map[string]bool{}, ""
		for _, s := range speeches {
			who, said, ok := strings.Cut(s, ":\n")
			if !ok || who == last {
				t.Fatalf("speech %q after one of %q", s, last)
			}
			last, cast[who] = who, true
			nats += math.Log(3) // how many sentences
			for _, s := range strings.SplitAfter(said, ". ") {
				for _, s := range strings.SplitAfter(s, "? ") {
					nats += information(t, strings.TrimSuffix(s, " "))
				}
			}
		}
		nats += math.Log(8 * 7)
		if len(cast) == 3 {
			nats += math.Log(6) + float64(len(speeches)-3)*math.Log(2)
		}
	}
	if math.Abs(nats-want) > 1e-6*want {
		t.Errorf("the scenes have %.3f nats, Write says %.3f", nats, want)
	}
}

// information returns that of a sentence.
func information(t *testing.T, s string) float64 {
	part := sentence.FindStringSubmatch(s)
	if part == nil {
		t.Fatalf("%q is no sentence", s)
	}
	plural, asks := part[3] == "s", part[1] != ""
	if asks != strings.HasSuffix(s, "?") || asks && (part[1] == "Do ") != plural || (part[5] == "s") != (!asks && !plural) {
		t.Errorf("%q: the verb does not agree with its subject", s)
	}
	nats := math.Log(2) // one or several
	either := func(is bool, n float64) {
		if is {
			nats += math.Log(n)
		} else {
			nats += math.Log(n / (n - 1))
		}
	}
	either(asks, 4)
	either(part[4] != "", 3)
	either(part[6] != "", 3)
	if part[4] != "" {
		nats += math.Log(float64(len(places)))
	}
	if part[6] != "" {
		nats += math.Log(float64(len(adverbs)))
	}
	things := 2 // subject and object
	if part[4] != "" {
		things++
	}
	described := 0
	for _, w := range adjectives {
		described += strings.Count(s, " "+w+" ")
	}
	nats += math.Log(float64(len(verbs))) + float64(things)*math.Log(2*float64(len(nouns))) + float64(described)*math.Log(float64(len(adjectives)))
	return nats + float64(things-1)*math.Log(3) // the, several or every
}
