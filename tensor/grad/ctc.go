package grad

import (
	"fmt"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// ctc has the logits and, where they differ, the lengths of the sequences as its
// inputs. Forward keeps the gradient, so that Backward only has to scale it.
type ctc struct {
	Targets *tensor.Ints
	Blank   int
}

func (*ctc) Name() string { return "CTC" }
func (*ctc) Needs() Needs { return Needs{} }

func (op *ctc) Infer(in, out []tensor.Shape) error {
	x, lengths, targets := in[0], in[1], op.Targets.Shape()
	switch {
	case len(x) != 3 || x[1] == 0 || x[2] == 0:
		return fmt.Errorf("input has shape %v, want [batch steps classes] with at least one step and class", x)
	case len(targets) != 2 || targets[0] != x[0]:
		return fmt.Errorf("targets have shape %v, want [%d labels]", targets, x[0])
	case op.Blank < 0 || op.Blank >= x[2]:
		return fmt.Errorf("blank is class %d, want 0 to %d", op.Blank, x[2]-1)
	}
	out[0] = append(out[0][:0], x[0])
	return checkLengths(lengths, x[0])
}

func (op *ctc) Forward(c *Call) {
	b := Work[ctcBatch](c)
	if !b.read(c, op) {
		return
	}
	parallel.For(b.n, b)
	b.x, b.d, b.y, b.labels, b.counts, b.lengths = nil, nil, nil, nil, nil, nil
}

func (op *ctc) Backward(c *Call) {
	dst, add := c.BeginGrad(0)
	if dst == nil {
		return
	}
	s := c.InShape(0)
	size, d := s[1]*s[2], c.Save(0, s.Size())
	for i, g := range c.GradOutData(0) {
		to, from := dst[i*size:][:size], d[i*size:][:size]
		if add {
			vec.Axpy(to, from, g)
		} else {
			vec.MulScalar(to, from, g)
		}
	}
	c.EndGrad(0)
}

// ctcBatch is the working state.
type ctcBatch struct {
	n, steps, classes int
	width             int // of a row of targets
	blank             int
	backward          bool // a gradient is wanted

	x, d, y         []float32
	labels          []int // [n, width]
	counts, lengths []int // labels and steps of each sequence
	header          tensor.Ints
	workers         [parallel.MaxWorkers]ctcSequence
}

// read checks the data and makes memory ready. It reports whether the data can be.
func (b *ctcBatch) read(c *Call, op *ctc) (ok bool) {
	s := c.InShape(0)
	b.n, b.steps, b.classes, b.width, b.blank = s[0], s[1], s[2], op.Targets.Dim(1), op.Blank
	b.backward = c.Recording()
	b.labels, b.counts = c.SaveInts(0, b.n*b.width), c.SaveInts(1, b.n)
	b.header.Bind(b.labels, op.Targets.Shape()).Copy(op.Targets)
	for i := range b.n {
		if err := b.count(i); err != nil {
			c.Fail(err)
			return false
		}
	}
	if b.lengths, ok = c.lengths(1, 2, b.n, b.steps); !ok {
		return false
	}
	b.x, b.d, b.y = c.InData(0), c.Save(0, s.Size()), c.Out(0).Data()
	for w := range min(parallel.Workers(), b.n) {
		b.worker(w)
	}
	return true
}

// count checks the labels of sequence i, and counts them.
func (b *ctcBatch) count(i int) error {
	row := b.labels[i*b.width:][:b.width]
	n := slices.Index(row, b.blank)
	if n < 0 {
		n = len(row)
	}
	for j, label := range row {
		switch {
		case label < 0 || label >= b.classes:
			return fmt.Errorf("label %d of sequence %d is %d, want 0 to %d", j, i, label, b.classes-1)
		case j > n && label != b.blank:
			return fmt.Errorf("label %d of sequence %d is %d, and label %d the blank, which ends a target", j, i, label, n)
		}
	}
	b.counts[i] = n
	return nil
}

// worker returns the sequence of a worker, with room for the longest.
func (b *ctcBatch) worker(i int) *ctcSequence {
	s, states := &b.workers[i], 2*b.width+1
	if n := 2*b.steps + b.steps*states + states; cap(s.memory) < n {
		s.memory = make([]float64, n)
	}
	return s
}

// Do implements [parallel.Task].
func (b *ctcBatch) Do(worker, i int) {
	s, size := b.worker(worker), b.steps*b.classes
	d, steps := b.d[i*size:][:size], b.lengths[i]
	s.begin(b.x[i*size:][:steps*b.classes], d[:steps*b.classes], b.labels[i*b.width:][:b.counts[i]], b.classes, b.blank)
	p := s.forward()
	b.y[i] = float32(0 - p) // no negative zero
	switch {
	case !b.backward:
	case math.IsInf(p, -1): // no path leads to the target, and none would if x changed a little
		clear(d)
	default:
		s.backward(p)
		clear(d[steps*b.classes:])
	}
	s.x, s.d, s.labels = nil, nil, nil
}

// ctcSequence is the alignment of a sequence of T steps to its S labels, as a walk
// through the 2S+1 states
//
//	z = blank, label 0, blank, label 1, …, label S−1, blank
//
// from one of the first two at step 0 to one of the last two at step T−1. A step
// stays in a state, goes to the next one, or skips a blank between two labels that
// differ. What it keeps are logarithms: unlike probabilities, whatever the scaling,
// they hold what is improbable now and all there is later.
type ctcSequence struct {
	x, d    []float32 // logits [T, classes], and their gradient
	labels  []int
	classes int
	blank   int

	memory []float64
	top    []float64 // of each step, the largest x
	norm   []float64 // of each step, log Σ eˣ less top: apart, since it drowns in a large one
	alpha  []float64 // [T, 2S+1]: of all walks to a state at a step, that step included
	beta   []float64 // [2S+1]: of all walks from a state at the step in hand to the end, without that step
}

// begin sets the sequence, of which d becomes softmax(x).
func (s *ctcSequence) begin(x, d []float32, labels []int, classes, blank int) {
	s.x, s.d, s.labels, s.classes, s.blank = x, d, labels, classes, blank
	steps, states := len(x)/classes, 2*len(labels)+1
	room := s.memory
	take := func(n int) (x []float64) { x, room = room[:n], room[n:]; return x }
	s.top, s.norm, s.alpha, s.beta = take(steps), take(steps), take(steps*states), take(states)
	for t := range steps {
		row, p := x[t*classes:][:classes], d[t*classes:][:classes]
		top := vec.MaxOf(row)
		sum := vec.ExpSum(p, row, top)
		vec.MulScalar(p, p, 1/sum)
		s.top[t], s.norm[t] = float64(top), math.Log(float64(sum))
	}
}

// class returns what state z is.
func (s *ctcSequence) class(z int) int {
	if z%2 == 0 {
		return s.blank
	}
	return s.labels[z/2]
}

// skips reports whether state z follows state z−2.
func (s *ctcSequence) skips(z int) bool { return z%2 == 1 && z > 1 && s.labels[z/2] != s.labels[z/2-1] }

// at returns the log-probability of state z at step t.
func (s *ctcSequence) at(t, z int) float64 {
	return float64(s.x[t*s.classes+s.class(z)]) - s.top[t] - s.norm[t]
}

// forward computes alpha and returns the log-probability of the labels:
//
//	α_t(z) = p_t(z)·(α_{t−1}(z) + α_{t−1}(z−1) + α_{t−1}(z−2) if z skips)
func (s *ctcSequence) forward() float64 {
	states := len(s.beta)
	before := s.alpha[:states]
	for z := range before {
		before[z] = math.Inf(-1)
		if z < 2 {
			before[z] = s.at(0, z)
		}
	}
	for t := 1; t < len(s.norm); t++ {
		now := s.alpha[t*states:][:states]
		for z := range now {
			sum := before[z]
			if z > 0 {
				sum = logAdd(sum, before[z-1])
			}
			if s.skips(z) {
				sum = logAdd(sum, before[z-2])
			}
			now[z] = sum + s.at(t, z)
		}
		before = now
	}
	p := before[states-1]
	if states > 1 {
		p = logAdd(p, before[states-2])
	}
	return p
}

// backward subtracts from d, for each state, the probability that it is taken at a
// step, given the labels, of which p is the log-probability:
//
//	β_t(z) = β_{t+1}(z)·p_{t+1}(z) + the same of z+1, and of z+2 if z+2 skips
//	∂L/∂x_t(k) = softmax(x_t)(k) − Σ α_t(z)·β_t(z)/P over the states z of class k
func (s *ctcSequence) backward(p float64) {
	states := len(s.beta)
	for z := range s.beta {
		s.beta[z] = math.Inf(-1)
		if z >= states-2 {
			s.beta[z] = 0
		}
	}
	for t := len(s.norm) - 1; ; t-- {
		s.subtract(t, p)
		if t == 0 {
			return
		}
		for z := range s.beta {
			s.beta[z] += s.at(t, z)
		}
		for z, sum := range s.beta {
			if z+1 < states {
				sum = logAdd(sum, s.beta[z+1])
			}
			if z+2 < states && s.skips(z+2) {
				sum = logAdd(sum, s.beta[z+2])
			}
			s.beta[z] = sum
		}
	}
}

func (s *ctcSequence) subtract(t int, p float64) {
	d, alpha := s.d[t*s.classes:][:s.classes], s.alpha[t*len(s.beta):]
	blanks := 0.0
	for z, beta := range s.beta {
		taken := math.Exp(alpha[z] + beta - p)
		if z%2 == 0 {
			blanks += taken
		} else {
			d[s.labels[z/2]] -= float32(taken)
		}
	}
	d[s.blank] -= float32(blanks)
}

// logAdd returns log(eᵃ + eᵇ).
func logAdd(a, b float64) float64 {
	const negligible = 40 // e⁻⁴⁰ is lost in the rounding of 1
	if a < b {
		a, b = b, a
	}
	switch {
	case b < a-negligible:
		return a
	case a == b: // above all −∞, whose difference is NaN
		return a + math.Ln2
	}
	return a + math.Log1p(math.Exp(b-a))
}

// CTC returns the loss of connectionist temporal classification (Graves et al. 2006)
// for each sequence of logits x, whose labels come in a known order at unknown steps:
//
//	y_n = −log Σ_π Π_t softmax(x_n,t)[π_t]
//
// The sum is over all paths π, a class for each step, that read as the target once
// repeated classes are merged and blanks taken out. Shapes: x [N, T, C], lengths [N]
// of whole numbers from 1 to T, or nil if all sequences have T steps, targets [N, S]
// of classes, y [N]. The class blank stands for no label, so it is none itself: a
// target with fewer than S labels, or none, is filled up with it at its end.
//
// The gradient is softmax(x) less the share of the paths that go through each class,
// at steps that there are, and 0 at others. log_softmax(x) in place of x gives the
// same result and, what is softmax(x) less that share again, the gradient that PyTorch
// gives. A target of S labels, r of which repeat the one before, needs S+r steps: with
// fewer, or where the probability is 0, y is +∞ and the gradient 0.
//
// Sums are computed in float64, as logarithms, so that nothing underflows.
// nn.CTC is the loss of a batch, and package nn/ctc finds the labels.
func CTC(x, lengths *Var, targets *tensor.Ints, blank int) *Var {
	return apply2(ctc{targets, blank}, x, lengths)
}
