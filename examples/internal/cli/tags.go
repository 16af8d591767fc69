package cli

import (
	"fmt"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
)

// Tags makes a metric of classes one of sequences that have a class for each step:
// outputs [N, C, T] and targets [N, T], where 0 is padding. The metric sees every step
// that is none as a sample of one of the other C−1 classes.
func Tags(m nn.Metric) nn.Metric { return &tags{Metric: m} }

type tags struct {
	nn.Metric
	outputs []float32
	targets []int
}

func (m *tags) Update(output *tensor.Tensor, target tensor.Any) error {
	y, ok := target.(*tensor.Ints)
	s := output.Shape()
	if !ok || len(s) != 3 || s[1] < 2 || !y.Shape().Equal(tensor.Shape{s[0], s[2]}) {
		return fmt.Errorf("cli: Tags: output has shape %v and target is a %T of shape %v, want [N C T] and integers [N T]", s, target, target.Shape())
	}
	m.outputs, m.targets = m.outputs[:0], m.targets[:0]
	for i := range s[0] {
		for t := range s[2] {
			if y.At(i, t) == 0 {
				continue
			}
			m.targets = append(m.targets, y.At(i, t)-1)
			for c := 1; c < s[1]; c++ {
				m.outputs = append(m.outputs, output.At(i, c, t))
			}
		}
	}
	n := len(m.targets)
	return m.Metric.Update(tensor.New(m.outputs, n, s[1]-1), tensor.New(m.targets, n))
}
