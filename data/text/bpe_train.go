package text

import (
	"cmp"
	"container/heap"
	"fmt"
	"iter"
)

// TrainBPE learns merges from texts until there are size tokens, of which 256 are
// the bytes and others the special ones, or until no pair comes twice. Each merge is
// of the pair that is the most frequent, of several the one with the lowest numbers,
// so that the same texts make the same tokens.
//
//	bpe, err := text.TrainBPE(slices.Values(lines), 8000, "<|endoftext|>")
//
// Memory grows with the different words and their lengths.
func TrainBPE(texts iter.Seq[string], size int, specials ...string) (*BPE, error) {
	p, err := newBPE(specials)
	if err != nil {
		return nil, fmt.Errorf("text: TrainBPE: %w", err)
	}
	if least := p.Size(); size < least || size > maxVocabulary {
		return nil, fmt.Errorf("text: TrainBPE: size is %d, want %d to %d", size, least, maxVocabulary)
	}
	t := newTrainer(texts)
	for p.Size() < size {
		m, ok := t.best()
		if !ok {
			break
		}
		if p.merge(m) {
			t.merge(m, int32(len(p.tokens)-1))
		} else { // the token is there, made of other parts
			delete(t.pairs, m)
		}
	}
	return p, nil
}

// trainer counts pairs while they are merged.
type trainer struct {
	words []trainWord
	pairs map[pair]*pairStats
	queue pairQueue
}

// trainWord is a different word of the texts.
type trainWord struct {
	ids   []int32
	count int
}

// pairStats are what is known about a pair.
type pairStats struct {
	count int
	words []int32 // where it comes, or came
}

// pairCount is how often a pair came when this was noted.
type pairCount struct {
	pair  pair
	count int
}

// pairQueue is a heap: the most frequent pair first.
type pairQueue []pairCount

func (q pairQueue) Len() int { return len(q) }
func (q pairQueue) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(q[j].count, q[i].count), cmp.Compare(q[i].pair.a, q[j].pair.a), cmp.Compare(q[i].pair.b, q[j].pair.b)) < 0
}
func (q pairQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *pairQueue) Push(x any)   { *q = append(*q, x.(pairCount)) }
func (q *pairQueue) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	*q = (*q)[:last]
	return x
}

func newTrainer(texts iter.Seq[string]) *trainer {
	counts := Counts{}
	for s := range texts {
		for s != "" {
			n := pieceLen(s)
			counts[s[:n]]++
			s = s[n:]
		}
	}
	t := &trainer{pairs: map[pair]*pairStats{}}
	for _, word := range counts.Sorted() {
		w := trainWord{count: counts[word]}
		for i := range len(word) {
			w.ids = append(w.ids, byteIDs[word[i]])
		}
		t.words = append(t.words, w)
	}
	for i := range t.words {
		t.count(i, 1, -1)
	}
	for p, s := range t.pairs {
		t.queue = append(t.queue, pairCount{p, s.count})
	}
	heap.Init(&t.queue)
	return t
}

// count adds the pairs of a word to the counts, sign times. Those with a token that is
// new, −1 for none in particular, are also listed with the word; the others were before.
func (t *trainer) count(word, sign int, token int32) {
	w := &t.words[word]
	for i := range len(w.ids) - 1 {
		p := pair{w.ids[i], w.ids[i+1]}
		s := t.pairs[p]
		if s == nil {
			s = &pairStats{}
			t.pairs[p] = s
		}
		s.count += sign * w.count
		fresh := token < 0 || p.a == token || p.b == token
		if n := len(s.words); sign > 0 && fresh && (n == 0 || s.words[n-1] != int32(word)) {
			s.words = append(s.words, int32(word))
		}
	}
}

// best returns the pair that is the most frequent, if it comes twice.
func (t *trainer) best() (pair, bool) {
	for len(t.queue) > 0 {
		top := heap.Pop(&t.queue).(pairCount)
		now := 0
		if s := t.pairs[top.pair]; s != nil {
			now = s.count
		}
		switch {
		case now == top.count && now > 1:
			return top.pair, true
		case now > 1:
			heap.Push(&t.queue, pairCount{top.pair, now})
		}
	}
	return pair{}, false
}

// merge replaces a pair by a token.
func (t *trainer) merge(p pair, id int32) {
	changed := map[pair]bool{}
	for _, word := range t.pairs[p].words {
		w := &t.words[word]
		if !holds(w.ids, p) {
			continue
		}
		t.count(int(word), -1, id)
		w.ids = replace(w.ids, p, id)
		t.count(int(word), 1, id)
		for i := range len(w.ids) - 1 {
			if w.ids[i] == id || w.ids[i+1] == id {
				changed[pair{w.ids[i], w.ids[i+1]}] = true
			}
		}
	}
	delete(t.pairs, p)
	for c := range changed {
		heap.Push(&t.queue, pairCount{c, t.pairs[c].count})
	}
}

// holds reports whether a pair is among symbols.
func holds(ids []int32, p pair) bool {
	for i := range len(ids) - 1 {
		if ids[i] == p.a && ids[i+1] == p.b {
			return true
		}
	}
	return false
}

// replace puts a token where a pair is, from left to right.
func replace(ids []int32, p pair, id int32) []int32 {
	out := ids[:0]
	for i := 0; i < len(ids); i++ {
		if i+1 < len(ids) && ids[i] == p.a && ids[i+1] == p.b {
			out = append(out, id)
			i++
			continue
		}
		out = append(out, ids[i])
	}
	return out
}
