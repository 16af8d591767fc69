package metric_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/tensor"
)

// measure prints what metrics make of a batch.
func measure(output *tensor.Tensor, target tensor.Any, metrics ...nn.Metric) {
	for _, m := range metrics {
		if err := m.Update(output, target); err != nil {
			fmt.Println(err)
		}
		fmt.Printf("%s %.3f\n", m.Name(), m.Value())
	}
}

// A network that has learnt nothing but that class 0 is the usual one.
func ExampleBalancedAccuracy() {
	logits := tensor.New([]float32{-1, -1, -1, -1, -1}, 5)
	target := tensor.New([]int{0, 0, 1, 0, 0}, 5)
	measure(logits, target, metric.Accuracy(), metric.BalancedAccuracy())
	// Output:
	// accuracy 0.800
	// balanced_accuracy 0.500
}

// The opposite of a prediction correlates as much, but negatively.
func ExampleMatthews() {
	target := tensor.New([]int{1, 0, 0, 0}, 4)
	measure(tensor.New([]float32{2, -1, 0.5, -3}, 4), target, metric.Accuracy(), metric.Matthews())
	measure(tensor.New([]float32{-2, 1, -0.5, 3}, 4), target, metric.Accuracy(), metric.Matthews())
	// Output:
	// accuracy 0.750
	// matthews 0.577
	// accuracy 0.250
	// matthews -0.577
}

// Chance alone would make 5 of 16 right. With weights the one miss counts less,
// since it is by one class, and others could be by two.
func ExampleKappa() {
	measure(outputs, labels, metric.Accuracy(), metric.Kappa(metric.Unweighted), metric.Kappa(metric.Quadratic))
	// Output:
	// accuracy 0.750
	// kappa 0.636
	// kappa_quadratic 0.800
}

// One of two samples of class 1 is found, and nothing else is taken for it: the
// recall of 0.5 weighs little in F0.5, and much in F2.
func ExampleFBeta() {
	logits := tensor.New([]float32{3, -1, -2, -0.5}, 4)
	target := tensor.New([]int{1, 1, 0, 0}, 4)
	measure(logits, target, metric.FBeta(0.5), metric.F1(), metric.FBeta(2))
	// Output:
	// f0.5 0.833
	// f1 0.667
	// f2 0.556
}

// Six pixels of a mask, with three found and three wanted: two are in both, four
// in either.
func ExampleJaccard() {
	logits := tensor.New([]float32{2, 2, 2, -2, -2, -2}, 6)
	mask := tensor.New([]int{0, 1, 1, 1, 0, 0}, 6)
	measure(logits, mask, metric.Jaccard())
	// Output: jaccard 0.500
}

// The mean hides which class is found less often.
func ExampleScore_PerClass() {
	m := metric.Recall()
	measure(outputs, labels, m)
	fmt.Printf("%.2f\n", m.PerClass())
	// Output:
	// recall 0.833
	// [1.00 0.50 1.00]
}

// The class in the middle is the one that is confused with others.
func ExampleRanking_PerClass() {
	probabilities := tensor.New([]float32{
		0.7, 0.2, 0.1,
		0.5, 0.3, 0.2,
		0.2, 0.5, 0.3,
		0.1, 0.6, 0.3,
		0.2, 0.2, 0.6,
	}, 5, 3)
	m := metric.ROC(metric.Probabilities)
	measure(probabilities, tensor.New([]int{0, 1, 1, 2, 2}, 5), m)
	fmt.Printf("%.3f\n", m.PerClass())
	// Output:
	// roc_auc 0.861
	// [1.000 0.667 0.917]
}

// The bin that is off the most has two days: 30 % were said, and one was wet.
func ExampleMCE() {
	said := tensor.New([]float32{0.9, 0.9, 0.9, 0.9, 0.3, 0.3}, 6)
	wet := tensor.New([]int{1, 1, 1, 1, 1, 0}, 6)
	measure(said, wet, metric.MCE(5, metric.Probabilities), metric.ECE(5, metric.Probabilities))
	// Output:
	// mce 0.200
	// ece 0.133
}
