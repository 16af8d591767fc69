package grammar_test

import (
	"reflect"
	"testing"

	"github.com/gannet-ml/gannet/examples/tagger/grammar"
)

func TestMake(t *testing.T) {
	a := grammar.Make(20, 1)
	if b := grammar.Make(30, 1); !reflect.DeepEqual(a, b[:20]) {
		t.Error("sentences depend on their number")
	}
	if b := grammar.Make(20, 2); reflect.DeepEqual(a, b) {
		t.Error("sentences do not depend on the seed")
	}
	for i, s := range a {
		verbs := 0
		for _, w := range s.Words {
			if w.UPOS == "VERB" {
				verbs++
			}
		}
		if last := s.Words[len(s.Words)-1]; verbs != 1 || last.UPOS != "PUNCT" {
			t.Errorf("sentence %d, %v, has %d verbs and ends in a %s", i, s.Forms(), verbs, last.UPOS)
		}
	}
}

// TestNeedsTheSentence checks what the package promises: the most frequent tag of each
// word, and NOUN for unknown ones, is wrong for one word of five, and one of five is
// unknown.
func TestNeedsTheSentence(t *testing.T) {
	counts := map[string]map[string]int{}
	for _, s := range grammar.Make(2000, 1) {
		for _, w := range s.Words {
			if counts[w.Form] == nil {
				counts[w.Form] = map[string]int{}
			}
			counts[w.Form][w.UPOS]++
		}
	}
	var words, unknown, right float64
	for _, s := range grammar.Make(500, 2) {
		for _, w := range s.Words {
			words++
			best := "NOUN"
			if counts[w.Form] == nil {
				unknown++
			}
			for tag, n := range counts[w.Form] {
				if n > counts[w.Form][best] {
					best = tag
				}
			}
			if best == w.UPOS {
				right++
			}
		}
	}
	if right/words > 0.8 || unknown/words < 0.2 {
		t.Errorf("%.1f %% of the words are unknown, and the most frequent tag is right for %.1f %%", 100*unknown/words, 100*right/words)
	}
}
