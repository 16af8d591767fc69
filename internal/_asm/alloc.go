package neon

import (
	"fmt"
	"math/bits"
)

// set is a set of small numbers.
type set []uint64

func newSet(n int) set { return make(set, (n+63)/64) }

func (s set) add(i int)      { s[i/64] |= 1 << (i % 64) }
func (s set) remove(i int)   { s[i/64] &^= 1 << (i % 64) }
func (s set) has(i int) bool { return s[i/64]>>(i%64)&1 == 1 }

// union adds the elements of t and returns whether any are new.
func (s set) union(t set) (grown bool) {
	for i, w := range t {
		grown = grown || w&^s[i] != 0
		s[i] |= w
	}
	return grown
}

func (s set) each(f func(i int)) {
	for w, word := range s {
		for ; word != 0; word &= word - 1 {
			f(64*w + bits.TrailingZeros64(word))
		}
	}
}

// registers is how many vector registers there are.
const registers = 32

// allocate gives the names of vector registers numbers: none that another name has
// whose value is still needed. The two of a copy get the same number if they can, and
// the copy is left out.
func (f *Func) allocate() map[Vec]int {
	index, names := map[Vec]int{}, []Vec{}
	for _, in := range f.insts {
		for _, a := range in.args {
			if o, ok := a.(operand); ok {
				if _, known := index[o.v]; !known {
					index[o.v] = len(names)
					names = append(names, o.v)
				}
			}
		}
	}
	apart := f.interference(index)
	number, ok := color(apart, f.coalesce(apart, index))
	if !ok {
		// Apart, the two of a copy have fewer others to avoid.
		alone := make([]int, len(names))
		for i := range alone {
			alone[i] = i
		}
		if number, ok = color(apart, alone); !ok {
			panic(fmt.Sprintf("neon: %s needs more than %d vector registers", f.name, registers))
		}
	}
	result := map[Vec]int{}
	for i, v := range names {
		result[v] = number[i]
	}
	return result
}

// operands returns the numbers of what an instruction reads and writes.
func (in *inst) operands(index map[Vec]int) (uses, defs []int) {
	for _, a := range in.args {
		if o, ok := a.(operand); ok {
			if o.use {
				uses = append(uses, index[o.v])
			}
			if o.def {
				defs = append(defs, index[o.v])
			}
		}
	}
	return uses, defs
}

// interference returns, for each register, those that hold a value while it is
// written to.
func (f *Func) interference(index map[Vec]int) []set {
	n := len(index)
	before, after := make([]set, len(f.insts)+1), make([]set, len(f.insts)) // live values
	labels := map[string]int{}
	for i, in := range f.insts {
		before[i], after[i] = newSet(n), newSet(n)
		if in.label != "" {
			labels[in.label] = i
		}
	}
	before[len(f.insts)] = newSet(n)
	for changed := true; changed; {
		changed = false
		for i := len(f.insts) - 1; i >= 0; i-- {
			in := &f.insts[i]
			if !in.ends {
				after[i].union(before[i+1])
			}
			if in.to != "" {
				to, ok := labels[in.to]
				if !ok {
					panic(fmt.Sprintf("neon: %s: there is no label %s", f.name, in.to))
				}
				after[i].union(before[to])
			}
			uses, defs := in.operands(index)
			live := newSet(n)
			live.union(after[i])
			for _, d := range defs {
				live.remove(d)
			}
			for _, u := range uses {
				live.add(u)
			}
			if before[i].union(live) {
				changed = true
			}
		}
	}
	before[0].each(func(i int) {
		for v, j := range index {
			if i == j {
				panic(fmt.Sprintf("neon: %s: vector register %v is read before it is written to", f.name, v))
			}
		}
	})
	apart := make([]set, n)
	for i := range apart {
		apart[i] = newSet(n)
	}
	for i := range f.insts {
		uses, defs := f.insts[i].operands(index)
		for k, d := range defs {
			busy := newSet(n)
			busy.union(after[i])
			for _, e := range defs[k+1:] {
				busy.add(e)
			}
			busy.remove(d)
			if f.insts[i].move {
				busy.remove(uses[0])
			}
			busy.each(func(j int) { apart[d].add(j); apart[j].add(d) })
		}
	}
	return apart
}

// coalesce returns for each register the one that stands for it and all others with
// the same number.
func (f *Func) coalesce(apart []set, index map[Vec]int) []int {
	root := make([]int, len(apart))
	merged := make([]set, len(apart))
	for i := range root {
		root[i] = i
		merged[i] = newSet(len(apart))
		merged[i].union(apart[i])
	}
	for _, in := range f.insts {
		if !in.move {
			continue
		}
		uses, defs := in.operands(index)
		a, b := root[defs[0]], root[uses[0]]
		if a == b || merged[a].has(b) {
			continue
		}
		merged[a].union(merged[b])
		merged[b].each(func(i int) { merged[i].add(a) })
		for i, r := range root {
			if r == b {
				root[i] = a
			}
		}
	}
	return root
}

// color gives numbers to the registers, equal ones where the roots are. It takes those
// with the fewest others to avoid last. It returns whether the numbers suffice.
func color(apart []set, root []int) (number []int, ok bool) {
	n := len(root)
	avoid := make([]set, n) // by root
	for i := range avoid {
		avoid[i] = newSet(n)
	}
	for i, s := range apart {
		s.each(func(j int) { avoid[root[i]].add(root[j]) })
	}
	gone := make([]bool, n)
	var order []int
	for {
		best, least := -1, 0
		for i := range n {
			if root[i] != i || gone[i] {
				continue
			}
			degree := 0
			avoid[i].each(func(j int) {
				if !gone[j] {
					degree++
				}
			})
			if best < 0 || degree < least {
				best, least = i, degree
			}
		}
		if best < 0 {
			break
		}
		gone[best] = true
		order = append(order, best)
	}
	number = make([]int, n)
	for i := range number {
		number[i] = -1
	}
	for k := len(order) - 1; k >= 0; k-- {
		i, taken := order[k], uint64(0)
		avoid[i].each(func(j int) {
			if number[j] >= 0 {
				taken |= 1 << number[j]
			}
		})
		if number[i] = bits.TrailingZeros64(^taken); number[i] >= registers {
			return nil, false
		}
	}
	for i, r := range root {
		number[i] = number[r]
	}
	return number, true
}
