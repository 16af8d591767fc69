package metric_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/tensor"
)

// Four outputs of a network that tells cats, dogs and gannets apart.
var (
	outputs = tensor.New([]float32{
		2.1, 0.3, -1,
		0.2, 1.4, 0.1,
		0.9, 0.4, 0.2,
		-2, 0.5, 3.3,
	}, 4, 3)
	labels = tensor.New([]int{0, 1, 1, 2}, 4)
)

func Example() {
	for _, m := range []*metric.Score{metric.Accuracy(), metric.Precision(), metric.F1(metric.Class(1))} {
		if err := m.Update(outputs, labels); err != nil {
			fmt.Println(err)
		}
		fmt.Printf("%s %.3f\n", m.Name(), m.Value())
	}
	// Output:
	// accuracy 0.750
	// precision 0.833
	// f1_class_1 0.667
}

func ExampleConfusion() {
	c := &metric.Confusion{Names: []string{"cat", "dog", "gannet"}}
	if err := c.Update(outputs, labels); err != nil {
		fmt.Println(err)
	}
	fmt.Print(c)
	fmt.Printf("macro F1 %.3f\n", c.Scores(metric.Macro).F1)
	// Output:
	// true \ predicted    cat     dog  gannet  recall
	// cat                   1       0       0  100.0%
	// dog                   1       1       0   50.0%
	// gannet                0       0       1  100.0%
	// precision         50.0%  100.0%  100.0%   75.0%
	// macro F1 0.778
}

// One output per sample: a logit by default, here a probability.
func ExampleThreshold() {
	m := metric.Recall(metric.Threshold(0.5))
	err := m.Update(tensor.New([]float32{0.9, 0.6, 0.2, 0.4}, 4, 1), tensor.New([]float32{1, 0, 0, 1}, 4, 1))
	fmt.Println(m.Value(), err)
	// Output: 0.5 <nil>
}
