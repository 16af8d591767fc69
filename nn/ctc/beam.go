package ctc

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sort"

	"github.com/gannet-ml/gannet/tensor"
)

// Beam is prefix beam search (Graves and Jaitly 2014; Hannun et al. 2014, arXiv
// 1408.2873). After each step it keeps the beginnings of labels, prefixes, whose paths
// so far are most probable together; those that end in the blank are counted apart
// from the others, since only after a blank a label is repeated. With a Width that no
// number of prefixes exceeds it finds the most probable labels of all. The time it
// takes grows with steps, Width and classes. Goroutines may share a Beam whose Scorer
// they may share.
type Beam struct {
	Width  int    // prefixes kept after each step; 0 means 16
	Best   int    // how many of them are returned at the end, at most; 0 means 1
	Blank  int    // the class that stands for no label
	Scorer Scorer // nil means that all labels are equally likely
}

// Scorer is a language model. Scores come to the log-probability of the network, so
// they may be a multiple of the logarithm of a probability of the model, and a constant
// for each label that keeps long texts from losing. A Scorer writes to next, which has
// an element for every class, what is added if that class follows the labels of
// prefix, and to the element of the blank what is added if nothing follows; next holds
// zeros before. −∞ rules it out; NaN and +∞ are errors. It is called once for each
// prefix that is kept, and must not keep or change prefix or keep next.
type Scorer func(prefix []int, next []float64) error

// Hypothesis is a result of [Beam].
type Hypothesis struct {
	Labels  []int
	LogProb float64 // of the labels: a lower bound, since paths may have been given up
	Score   float64 // by which hypotheses are sorted: LogProb and what the Scorer adds
}

// Decode returns the best hypotheses for each sequence, the best first; with a Scorer
// that rules all out there is none. X and lengths are as for [Greedy], except that
// probabilities do not serve: the logarithm of the softmax is taken of x, which leaves
// log-probabilities as they are.
func (b Beam) Decode(x *tensor.Tensor, lengths []int) ([][]Hypothesis, error) {
	all, err := b.decode(x, lengths)
	if err != nil {
		return nil, fmt.Errorf("ctc: Beam: %w", err)
	}
	return all, nil
}

func (b *Beam) decode(x *tensor.Tensor, lengths []int) ([][]Hypothesis, error) {
	if b.Width < 0 || b.Best < 0 {
		return nil, fmt.Errorf("width %d and best %d, want at least 0", b.Width, b.Best)
	}
	s, err := open(x, lengths, b.Blank)
	if err != nil {
		return nil, err
	}
	all := make([][]Hypothesis, s.n)
	for i := range all {
		f := &search{Beam: b, classes: s.classes, p: make([]float64, s.classes), taken: make([]bool, s.classes)}
		f.kept = []*prefix{{blank: 0, label: math.Inf(-1)}}
		for t := range s.steps(i) {
			row, err := s.row(i, t)
			if err == nil {
				err = f.step(t, row)
			}
			if err != nil {
				return nil, err
			}
		}
		if all[i], err = f.best(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// prefix is a beginning of labels: those of its parent, and a class. Prefixes of one
// sequence are a tree, in which equal ones are the same. The root is empty.
type prefix struct {
	parent, child, sibling *prefix
	class, length          int

	kept         int     // after how many steps it was kept last
	blank, label float64 // log-probabilities of its paths that end in the blank, and in its class
	score        float64 // of the Scorer
	next         []float64
}

// total returns the log-probability of all paths.
func (p *prefix) total() float64 { return logAdd(p.blank, p.label) }

func (p *prefix) labels() []int {
	labels := make([]int, p.length)
	for ; p.parent != nil; p = p.parent {
		labels[p.length-1] = p.class
	}
	return labels
}

// search is the search in one sequence.
type search struct {
	*Beam
	classes int
	p       []float64 // log-probabilities of the classes at a step
	kept    []*prefix
	spare   []*prefix // memory for the next kept
	found   []candidate
	taken   []bool // classes that make a prefix one that was kept, too
}

// candidate is what a prefix may become at a step: itself, or with a class more.
type candidate struct {
	from         *prefix
	class        int // −1 if there is none
	blank, label float64
	rank         float64
}

// step takes a step: it finds all candidates and keeps the best.
func (f *search) step(t int, row []float32) error {
	logSoftmax(f.p, row)
	f.found = f.found[:0]
	for _, p := range f.kept {
		if err := f.grow(p, t); err != nil {
			return err
		}
	}
	before := f.kept
	f.kept, f.spare = f.spare[:0], before
	for _, c := range foremost(f.found, cmp.Or(f.Width, 16)) {
		p := c.from
		if c.class >= 0 {
			p = p.with(c.class)
			p.score = c.from.score + c.from.scoreOf(c.class)
		}
		p.kept, p.blank, p.label = t+1, c.blank, c.label
		f.kept = append(f.kept, p)
	}
	for _, p := range before {
		if p.kept != t+1 {
			p.next = nil // which is large, and asked for again if p comes back
		}
	}
	return nil
}

// foremost brings the n candidates of highest rank to the front, in falling order, those found
// first among equals, and returns them. Most candidates are worse than the last of them.
func foremost(found []candidate, n int) []candidate {
	kept := found[:0]
	for _, c := range found {
		if len(kept) == n {
			if c.rank <= kept[n-1].rank {
				continue
			}
			kept = kept[:n-1]
		}
		at := sort.Search(len(kept), func(i int) bool { return kept[i].rank < c.rank })
		kept = slices.Insert(kept, at, c)
	}
	return kept
}

// grow adds the candidates that come of a prefix.
func (f *search) grow(p *prefix, t int) error {
	if err := f.ask(p); err != nil {
		return err
	}
	itself := candidate{p, -1, p.total() + f.p[f.Blank], math.Inf(-1), 0}
	if p.parent != nil {
		itself.label = p.label + f.p[p.class]
		if p.parent.kept == t {
			itself.label = logAdd(itself.label, f.extended(p.parent, p.class))
		}
	}
	f.add(itself, p.score)
	for c := p.child; c != nil; c = c.sibling {
		f.taken[c.class] = c.kept == t
	}
	for k := range f.classes {
		if k != f.Blank && !f.taken[k] {
			f.add(candidate{p, k, math.Inf(-1), f.extended(p, k), 0}, p.score+p.scoreOf(k))
		}
	}
	for c := p.child; c != nil; c = c.sibling {
		f.taken[c.class] = false
	}
	return nil
}

// extended returns the log-probability of the paths of p and, at this step, class k
// as a further label.
func (f *search) extended(p *prefix, k int) float64 {
	if p.parent != nil && k == p.class {
		return p.blank + f.p[k]
	}
	return p.total() + f.p[k]
}

// add adds a candidate, if it is possible.
func (f *search) add(c candidate, score float64) {
	c.rank = logAdd(c.blank, c.label) + score
	if !math.IsInf(c.rank, -1) {
		f.found = append(f.found, c)
	}
}

// ask asks the Scorer what may follow a prefix.
func (f *search) ask(p *prefix) error {
	if f.Scorer == nil || p.next != nil {
		return nil
	}
	p.next = make([]float64, f.classes)
	labels := p.labels()
	if err := f.Scorer(labels, p.next); err != nil {
		return fmt.Errorf("Scorer of %v: %w", labels, err)
	}
	for k, v := range p.next {
		if math.IsNaN(v) || math.IsInf(v, 1) {
			return fmt.Errorf("Scorer of %v: class %d has the score %v, want a finite number or -Inf", labels, k, v)
		}
	}
	return nil
}

// scoreOf returns what the Scorer says of a class that follows.
func (p *prefix) scoreOf(class int) float64 {
	if p.next == nil {
		return 0
	}
	return p.next[class]
}

// with returns the prefix that has a class more.
func (p *prefix) with(class int) *prefix {
	for c := p.child; c != nil; c = c.sibling {
		if c.class == class {
			return c
		}
	}
	p.child = &prefix{parent: p, sibling: p.child, class: class, length: p.length + 1}
	return p.child
}

// best returns the hypotheses at the end of the sequence.
func (f *search) best() ([]Hypothesis, error) {
	var all []Hypothesis
	for _, p := range f.kept {
		if err := f.ask(p); err != nil {
			return nil, err
		}
		h := Hypothesis{LogProb: p.total(), Score: p.total() + p.score + p.scoreOf(f.Blank)}
		if !math.IsInf(h.Score, -1) {
			h.Labels = p.labels()
			all = append(all, h)
		}
	}
	slices.SortStableFunc(all, func(a, b Hypothesis) int { return cmp.Compare(b.Score, a.Score) })
	return all[:min(max(f.Best, 1), len(all))], nil
}

// logSoftmax writes log softmax(x) to dst.
func logSoftmax(dst []float64, x []float32) {
	top, sum := float64(slices.Max(x)), 0.0
	for _, v := range x {
		sum += math.Exp(float64(v) - top)
	}
	for k, v := range x {
		dst[k] = float64(v) - top - math.Log(sum)
	}
}

// logAdd returns log(eᵃ + eᵇ).
func logAdd(a, b float64) float64 {
	a, b = max(a, b), min(a, b)
	if math.IsInf(b, -1) {
		return a
	}
	return a + math.Log1p(math.Exp(b-a))
}
