package ctc

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor"
)

// Greedy returns the labels of the most probable path of each sequence, best path
// decoding (Graves et al. 2006, section 3.2). X [N, T, C] is logits, probabilities or
// their logarithms; lengths are the steps that each sequence has, nil if all have T.
// Of classes that are equally probable the first counts. A value that is NaN or +∞ is
// an error, and so is a step where all are −∞.
func Greedy(x *tensor.Tensor, lengths []int, blank int) ([][]int, error) {
	s, err := open(x, lengths, blank)
	if err != nil {
		return nil, fmt.Errorf("ctc: Greedy: %w", err)
	}
	labels := make([][]int, s.n)
	for i := range labels {
		labels[i] = []int{}
		last := blank
		for t := range s.steps(i) {
			row, err := s.row(i, t)
			if err != nil {
				return nil, fmt.Errorf("ctc: Greedy: %w", err)
			}
			best := 0
			for k, v := range row {
				if v > row[best] {
					best = k
				}
			}
			if best != last && best != blank {
				labels[i] = append(labels[i], best)
			}
			last = best
		}
	}
	return labels, nil
}

// sequences are outputs of a network.
type sequences struct {
	n, longest, classes int
	data                []float32
	lengths             []int
}

// open checks outputs and lengths.
func open(x *tensor.Tensor, lengths []int, blank int) (*sequences, error) {
	shape := x.Shape()
	switch {
	case len(shape) != 3 || shape[2] == 0:
		return nil, fmt.Errorf("outputs have shape %v, want [batch steps classes]", shape)
	case blank < 0 || blank >= shape[2]:
		return nil, fmt.Errorf("blank is class %d, want 0 to %d", blank, shape[2]-1)
	case lengths != nil && len(lengths) != shape[0]:
		return nil, fmt.Errorf("%d lengths, want %d, one for each sequence", len(lengths), shape[0])
	}
	for i, n := range lengths {
		if n < 0 || n > shape[1] {
			return nil, fmt.Errorf("length %d of sequence %d, want 0 to %d", n, i, shape[1])
		}
	}
	if !x.Contiguous() {
		x = x.Clone()
	}
	return &sequences{n: shape[0], longest: shape[1], classes: shape[2], data: x.Data(), lengths: lengths}, nil
}

// steps returns the number of steps of sequence i.
func (s *sequences) steps(i int) int {
	if s.lengths == nil {
		return s.longest
	}
	return s.lengths[i]
}

// row returns the outputs of sequence i at step t.
func (s *sequences) row(i, t int) ([]float32, error) {
	row := s.data[(i*s.longest+t)*s.classes:][:s.classes]
	possible := false
	for k, v := range row {
		if v != v || math.IsInf(float64(v), 1) {
			return nil, fmt.Errorf("output of sequence %d, step %d, class %d is %v", i, t, k, v)
		}
		possible = possible || !math.IsInf(float64(v), -1)
	}
	if !possible {
		return nil, fmt.Errorf("outputs of sequence %d, step %d are all %v", i, t, row[0])
	}
	return row, nil
}
