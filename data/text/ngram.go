package text

import (
	"fmt"
	"strings"
)

// NGrams returns all runs of lo to hi tokens, joined by spaces: first those of lo in
// their order, then the longer ones. It is an error unless 1 ≤ lo ≤ hi.
func NGrams(tokens []string, lo, hi int) ([]string, error) {
	if lo < 1 || hi < lo {
		return nil, fmt.Errorf("text: NGrams: lengths are %d to %d, want 1 or more, in order", lo, hi)
	}
	var grams []string
	for n := lo; n <= min(hi, len(tokens)); n++ {
		for i := range len(tokens) - n + 1 {
			grams = append(grams, strings.Join(tokens[i:i+n], " "))
		}
	}
	return grams, nil
}
