package text

import (
	"cmp"
	"maps"
	"slices"
)

// Counts says how often each token comes. The zero Counts cannot be added to: make
// one with make(text.Counts) or [Count].
type Counts map[string]int

// Count returns how often each token comes in some texts.
func Count(texts ...[]string) Counts {
	c := make(Counts)
	for _, tokens := range texts {
		c.Add(tokens...)
	}
	return c
}

// Add counts more tokens.
func (c Counts) Add(tokens ...string) {
	for _, t := range tokens {
		c[t]++
	}
}

// Sorted returns the tokens from the most frequent to the least, equally frequent
// ones in the order of their bytes.
func (c Counts) Sorted() []string {
	return slices.SortedFunc(maps.Keys(c), func(a, b string) int {
		return cmp.Or(cmp.Compare(c[b], c[a]), cmp.Compare(a, b))
	})
}
