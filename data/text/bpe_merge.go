package text

// merger applies merges to words. Its memory is used again for the next word.
type merger struct {
	ids        []int32 // of the symbols; gone where a symbol has been merged
	prev, next []int32
	queue      candidates
}

const gone = -1

// candidate is a merge that is possible: of the symbol at a place and the one after
// it, when the candidate was found.
type candidate struct {
	rank, at int32
	pair     pair
}

// candidates is a heap: the lowest rank first, of one rank from left to right.
type candidates []candidate

func (c candidates) less(i, j int) bool {
	return c[i].rank < c[j].rank || c[i].rank == c[j].rank && c[i].at < c[j].at
}

// push adds a candidate. Package heap would allocate memory for each.
func (c *candidates) push(x candidate) {
	*c = append(*c, x)
	q := *c
	for i := len(q) - 1; i > 0 && q.less(i, (i-1)/2); i = (i - 1) / 2 {
		q[i], q[(i-1)/2] = q[(i-1)/2], q[i]
	}
}

// pop takes the first candidate out.
func (c *candidates) pop() candidate {
	q := *c
	x, last := q[0], len(q)-1
	q[0] = q[last]
	q = q[:last]
	for i := 0; ; {
		k := 2*i + 1
		if k+1 < last && q.less(k+1, k) {
			k++
		}
		if k >= last || !q.less(k, i) {
			break
		}
		q[i], q[k] = q[k], q[i]
		i = k
	}
	*c = q
	return x
}

// run returns the numbers of the tokens of a word, valid until the next one. Of n
// bytes it takes time n·log n.
func (m *merger) run(p *BPE, word string) []int32 {
	n := len(word)
	m.ids, m.prev, m.next, m.queue = m.ids[:0], m.prev[:0], m.next[:0], m.queue[:0]
	for i := range n {
		m.ids = append(m.ids, byteIDs[word[i]])
		m.prev = append(m.prev, int32(i-1))
		m.next = append(m.next, int32(i+1))
	}
	for i := range n - 1 {
		m.find(p, int32(i))
	}
	for len(m.queue) > 0 {
		c := m.queue.pop()
		right := m.next[c.at]
		if m.ids[c.at] != c.pair.a || right >= int32(n) || m.ids[right] != c.pair.b {
			continue // one of both has been merged with another
		}
		m.ids[c.at], m.ids[right] = byteTokens+c.rank, gone
		after := m.next[right]
		m.next[c.at] = after
		if after < int32(n) {
			m.prev[after] = c.at
			m.find(p, c.at)
		}
		if before := m.prev[c.at]; before >= 0 {
			m.find(p, before)
		}
	}
	out := m.ids[:0]
	for _, id := range m.ids {
		if id != gone {
			out = append(out, id)
		}
	}
	return out
}

// find adds the merge of the symbol at a place and the next one, if there is one.
func (m *merger) find(p *BPE, at int32) {
	k := pair{m.ids[at], m.ids[m.next[at]]}
	if rank, ok := p.ranks[k]; ok {
		m.queue.push(candidate{rank, at, k})
	}
}

// byteIDs has the number of each byte.
var byteIDs = func() (ids [256]int32) {
	for i, b := range alphabet.bytes {
		ids[b] = int32(i)
	}
	return ids
}()
