package metric_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/nn/metric"
)

// It is a metric whose value is the accuracy, to be printed when it has seen the
// data.
func ExampleConfusionMatrix() {
	c := metric.ConfusionMatrix()
	measure(outputs, labels, c)
	fmt.Print(c)
	// Output:
	// confusion 0.750
	// true \ predicted      0       1       2  recall
	// 0                     1       0       0  100.0%
	// 1                     1       1       0   50.0%
	// 2                     0       0       1  100.0%
	// precision         50.0%  100.0%  100.0%   75.0%
}

func ExampleConfusion_Counts() {
	c := metric.ConfusionMatrix()
	measure(outputs, labels, c)
	for class, row := range c.Counts() {
		fmt.Printf("class %d was taken for each class so often: %d\n", class, row)
	}
	// Output:
	// confusion 0.750
	// class 0 was taken for each class so often: [1 0 0]
	// class 1 was taken for each class so often: [1 1 0]
	// class 2 was taken for each class so often: [0 0 1]
}

// Two machines have each seen a part of the data.
func ExampleConfusion_Merge() {
	here, err := metric.NewConfusion([][]int{{40, 10}, {5, 45}})
	if err != nil {
		fmt.Println(err)
		return
	}
	there, err := metric.NewConfusion([][]int{{90, 10}, {30, 70}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(here.Merge(there), here.Counts())
	fmt.Printf("%.3f of %d samples\n", here.Accuracy(), here.Samples())
	// Output:
	// <nil> [[130 20] [35 115]]
	// 0.817 of 300 samples
}

// Of 50 samples of class 1 45 are found, and 10 others are taken for it.
func ExampleConfusion_Precision() {
	c, err := metric.NewConfusion([][]int{{90, 10}, {5, 45}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("precision %.3f, recall %.3f, F1 %.3f, support %d\n", c.Precision(1), c.Recall(1), c.F1(1), c.Support(1))
	// Output: precision 0.818, recall 0.900, F1 0.857, support 50
}
