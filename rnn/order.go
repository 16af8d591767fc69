package rnn

import "fmt"

// block is the number of sequences that one task takes through all steps. A
// fork and join for a whole sequence costs nothing; one for each step would cost
// more than the step. Sequences do not interact, so results do not depend on it.
const block = 16

// order says in which rows the steps of sequences are worked on. Sequences, by
// falling length, are cut into blocks; the rows of a block are those of its first
// step, then those of its second, and so on, each of the sequences that are still
// running. So padding has no rows, and those of one step lie side by side.
type order struct {
	n, t      int // sequences and steps, those of padding included
	timeFirst bool
	ragged    bool

	perm  []int // sequences by falling length, of equal ones in their order
	lens  []int // their lengths
	total int   // number of rows

	begin []int // of each block and step, its first row; then one more for each block
	of    []int // of each block, where it begins in begin; then the end
	count []int // for sorting
}

// sort arranges n sequences of t steps, or as many as lengths says. The results
// lie in perm and lens.
func (o *order) sort(lengths []float32, tracing bool) error {
	if lengths == nil {
		for i := range o.perm {
			o.perm[i], o.lens[i] = i, o.t
		}
		return nil
	}
	o.count = ints(o.count, o.t+1)
	clear(o.count)
	for i, l := range lengths {
		if err := checkLength(l, i, o.t, tracing); err != nil {
			return err
		}
		o.count[int(l)]++
	}
	at := 0
	for l := o.t; l >= 0; l-- {
		at, o.count[l] = at+o.count[l], at
	}
	for i, l := range lengths {
		k := o.count[int(l)]
		o.count[int(l)]++
		o.perm[k], o.lens[k] = i, int(l)
	}
	return nil
}

// checkLength reports the length of sequence i, one of t steps with padding, if it
// cannot be. While a plan is made, zeros stand for any lengths.
func checkLength(l float32, i, t int, tracing bool) error {
	if l >= 1 && l <= float32(t) && l == float32(int(l)) && int(l) <= t || l == 0 && tracing { // float32(t) may be above t
		return nil
	}
	return fmt.Errorf("length %v of sequence %d, want a whole number from 1 to %d", l, i, t)
}

// number numbers the rows of sequences that are sorted.
func (o *order) number() {
	o.total, o.ragged = 0, false
	o.begin, o.of = o.begin[:0], o.of[:0]
	for lo := 0; lo < o.n; lo += block {
		o.of = append(o.of, len(o.begin))
		running := min(block, o.n-lo)
		o.ragged = o.ragged || o.lens[lo+running-1] < o.t
		for t := range o.lens[lo] {
			for o.lens[lo+running-1] <= t {
				running--
			}
			o.begin = append(o.begin, o.total)
			o.total += running
		}
		o.begin = append(o.begin, o.total)
	}
	o.of = append(o.of, len(o.begin))
}

func (o *order) blocks() int { return len(o.of) - 1 }

// steps returns the number of steps of a block.
func (o *order) steps(b int) int { return o.of[b+1] - o.of[b] - 1 }

// step returns the first row of a step of a block and the number of rows.
func (o *order) step(b, t int) (first, rows int) {
	at := o.of[b] + t
	return o.begin[at], o.begin[at+1] - o.begin[at]
}

// place returns where step t of sequence n lies in the array of all.
func (o *order) place(n, t int) int {
	if o.timeFirst {
		return t*o.n + n
	}
	return n*o.t + t
}

// places writes the place of each row to dst, times scale and plus shift. In
// reverse the first step of a sequence is its last one.
func (o *order) places(dst []int, reverse bool, scale, shift int) {
	for b := range o.blocks() {
		for t := range o.steps(b) {
			first, rows := o.step(b, t)
			for j := range rows {
				at := t
				if reverse {
					at = o.lens[b*block+j] - 1 - t
				}
				dst[first+j] = o.place(o.perm[b*block+j], at)*scale + shift
			}
		}
	}
}

// ints returns n integers, in the memory of s if that suffices.
func ints(s []int, n int) []int {
	if cap(s) < n {
		return make([]int, n)
	}
	return s[:n]
}

// clearPadding sets what lies beyond the end of sequences to zero; size is that of
// a step.
func (o *order) clearPadding(x []float32, size int) {
	if !o.ragged {
		return
	}
	for i, n := range o.perm {
		for t := o.lens[i]; t < o.t; t++ {
			clear(x[o.place(n, t)*size:][:size])
		}
	}
}
