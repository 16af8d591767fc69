package lm

import (
	"errors"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/rng"
)

// Sampler picks tokens by their logits. The zero value is greedy: it picks the most
// probable token. Otherwise token i has the probability
//
//	pᵢ = exp(zᵢ/Temperature) / Σⱼ exp(zⱼ/Temperature)
//
// where the sum is over the tokens that TopK leaves and, of these, TopP. Of tokens
// that are equally probable the one with the lower number counts as more probable. A
// Sampler keeps its place in the random numbers of its seed and memory to work with,
// so one goroutine at a time uses it, and once it has picked it must not be copied.
type Sampler struct {
	// Temperature divides the logits: below 1 it favours what is probable anyway,
	// above 1 it flattens. 0 is the limit, which is greedy, whatever TopK and TopP are.
	Temperature float64
	// TopK leaves the most probable tokens alone, so many; 0 means all. It changes
	// nothing at Temperature 0.
	TopK int
	// TopP leaves the nucleus: the fewest most probable tokens whose probabilities add
	// up to at least so much; 0 means all, as does 1. It changes nothing at Temperature
	// 0. (Holtzman et al. 2020: The curious case of neural text degeneration, arXiv
	// 1904.09751.)
	TopP float64
	// Seed names the random numbers: pick number n of two samplers of one seed takes
	// the same.
	Seed uint64

	picks   uint64 // that took a random number
	logits  []float32
	weights []float64 // of the logits: probabilities but for a factor
	sorted  bool      // at goes by probability
	tokens  []int32   // those in the heap, the most probable one first, then those taken from it
	heap    int       // number of those in the heap
}

// samplerStream keeps the random numbers apart from those of other uses of a seed.
var samplerStream = rng.Hash("lm.Sampler")

// Check reports settings that cannot be.
func (s *Sampler) Check() error {
	switch {
	case !(s.Temperature >= 0 && s.Temperature <= math.MaxFloat64):
		return fmt.Errorf("lm: Sampler: temperature %v, want 0 or a positive number", s.Temperature)
	case s.TopK < 0:
		return fmt.Errorf("lm: Sampler: top-k %d, want at least 0", s.TopK)
	case !(s.TopP >= 0 && s.TopP <= 1):
		return fmt.Errorf("lm: Sampler: top-p %v, want 0 to 1", s.TopP)
	}
	return nil
}

// set gives a sampler the settings of another one, and the first random number.
func (s *Sampler) set(o *Sampler) {
	s.Temperature, s.TopK, s.TopP, s.Seed, s.picks = o.Temperature, o.TopK, o.TopP, o.Seed, 0
}

// Pick returns a token, 0 to len(logits)−1. A logit of −∞ rules a token out. Logits
// that are NaN or +∞, and logits that rule all tokens out, are errors. In the steady
// state Pick allocates nothing.
func (s *Sampler) Pick(logits []float32) (int, error) {
	if err := s.Check(); err != nil {
		return 0, err
	}
	best, err := most(logits)
	if err != nil {
		return 0, fmt.Errorf("lm: Sampler: %w", err)
	}
	if s.Temperature == 0 {
		return best, nil
	}
	s.weigh(logits, logits[best])
	kept, mass := s.cut()
	token := s.draw(kept, mass*s.random())
	s.logits = nil
	return token, nil
}

// random returns the next number in [0, 1).
func (s *Sampler) random() float64 {
	b := rng.New(s.Seed, samplerStream).Block(s.picks)
	s.picks++
	return float64((uint64(b[0])<<32|uint64(b[1]))>>11) / (1 << 53)
}

// most returns the token with the largest logit, the first of several.
func most(logits []float32) (best int, err error) {
	if len(logits) == 0 {
		return 0, errors.New("no logits, want at least one")
	}
	for i, z := range logits {
		if !(z <= math.MaxFloat32) {
			return 0, fmt.Errorf("logit %d is %v, want a number", i, z)
		}
		if z > logits[best] {
			best = i
		}
	}
	if math.IsInf(float64(logits[best]), -1) {
		return 0, errors.New("all logits are -Inf, want one that is a number")
	}
	return best, nil
}

// weigh computes the weights exp((z−largest)/Temperature), of which one is 1.
func (s *Sampler) weigh(logits []float32, largest float32) {
	s.logits, s.weights, s.sorted = logits, s.weights[:0], false
	for _, z := range logits {
		s.weights = append(s.weights, math.Exp((float64(z)-float64(largest))/s.Temperature))
	}
}

// cut returns how many tokens TopK and TopP leave, in the order of at, and the sum of
// their weights.
func (s *Sampler) cut() (kept int, mass float64) {
	kept = len(s.logits)
	topP := s.TopP > 0 && s.TopP < 1
	topK := s.TopK > 0 && s.TopK < kept
	if topK || topP {
		s.sort()
	}
	if topK {
		kept = s.TopK
		for i := range kept {
			mass += s.weights[s.at(i)]
		}
	} else {
		for _, w := range s.weights {
			mass += w
		}
	}
	if !topP {
		return kept, mass
	}
	n, all := kept, mass
	for kept, mass = 0, 0; kept < n && mass < s.TopP*all; kept++ {
		mass += s.weights[s.at(kept)]
	}
	return kept, mass
}

// draw returns the first of the tokens kept with which their weights add up to more
// than share.
func (s *Sampler) draw(kept int, share float64) (token int) {
	for i := range kept {
		t := s.at(i)
		w := s.weights[t]
		if w == 0 {
			continue
		}
		if token = t; share < w {
			break // else rounding may leave something of share in the end
		}
		share -= w
	}
	return token
}

// at returns token number i: in order, or by falling probability once sort was called.
// Those before it must have been asked for.
func (s *Sampler) at(i int) int {
	if !s.sorted {
		return i
	}
	n := len(s.tokens)
	if s.heap == n-i {
		s.heap--
		s.tokens[0], s.tokens[s.heap] = s.tokens[s.heap], s.tokens[0]
		s.sink(0)
	}
	return int(s.tokens[n-1-i])
}

// sort makes at go by probability. It costs the time of a heap, not that of sorting
// them all.
func (s *Sampler) sort() {
	s.tokens = s.tokens[:0]
	for i := range s.logits {
		s.tokens = append(s.tokens, int32(i))
	}
	s.sorted, s.heap = true, len(s.tokens)
	for i := s.heap/2 - 1; i >= 0; i-- {
		s.sink(i)
	}
}

// sink lets the token at place i of the heap sink to where it belongs.
func (s *Sampler) sink(i int) {
	for {
		first := i
		for child := 2*i + 1; child <= 2*i+2 && child < s.heap; child++ {
			if s.before(s.tokens[child], s.tokens[first]) {
				first = child
			}
		}
		if first == i {
			return
		}
		s.tokens[i], s.tokens[first] = s.tokens[first], s.tokens[i]
		i = first
	}
}

// before reports whether a is more probable than b.
func (s *Sampler) before(a, b int32) bool {
	x, y := s.logits[a], s.logits[b]
	return x > y || x == y && a < b
}
