package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// SelectiveAccuracy is a metric of our own: the accuracy on that share of the samples
// of whose class the network is surest, if it may decline to answer for the others
// (Geifman and El-Yaniv 2017, arXiv 1705.08500). How sure it is says the largest
// probability. Outputs are logits [N, C], targets labels [N].
type SelectiveAccuracy struct {
	Coverage float64 // the share of the samples, more than 0 and at most 1

	answers []answer
}

var _ nn.Metric = (*SelectiveAccuracy)(nil)

// answer is what the network says of a sample.
type answer struct {
	sure  float64
	right bool
}

// Name implements [nn.Metric].
func (m *SelectiveAccuracy) Name() string { return "selective_accuracy" }

// Reset implements [nn.Metric].
func (m *SelectiveAccuracy) Reset() { m.answers = m.answers[:0] }

// Update implements [nn.Metric].
func (m *SelectiveAccuracy) Update(output *tensor.Tensor, target tensor.Any) error {
	y, ok := target.(*tensor.Ints)
	if s := output.Shape(); !ok || len(s) != 2 || s[1] == 0 || !y.Shape().Equal(s[:1]) {
		return fmt.Errorf("custom: SelectiveAccuracy: output has shape %v and target is a %T of shape %v, want [N, C] and *tensor.Ints [N]",
			s, target, target.Shape())
	}
	for i := range output.Dim(0) {
		best, sum := 0, 0.0
		for j := range output.Dim(1) {
			if output.At(i, j) > output.At(i, best) {
				best = j
			}
		}
		for j := range output.Dim(1) {
			sum += math.Exp(float64(output.At(i, j) - output.At(i, best)))
		}
		m.answers = append(m.answers, answer{1 / sum, best == y.At(i)})
	}
	return nil
}

// Value implements [nn.Metric]. Of samples that are equally sure the first count.
func (m *SelectiveAccuracy) Value() float64 {
	n := int(math.Ceil(m.Coverage * float64(len(m.answers))))
	if n < 1 || n > len(m.answers) {
		return math.NaN()
	}
	surest := slices.Clone(m.answers)
	slices.SortStableFunc(surest, func(a, b answer) int { return cmp.Compare(b.sure, a.sure) })
	right := 0
	for _, a := range surest[:n] {
		if a.right {
			right++
		}
	}
	return float64(right) / float64(n)
}
