package metric_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/tensor"
)

// The worst class and the averages at a glance.
func ExampleReport() {
	c := &metric.Confusion{Names: []string{"cat", "dog", "gannet"}}
	if err := c.Update(outputs, labels); err != nil {
		fmt.Println(err)
	}
	fmt.Print(c.Report())
	// Output:
	//                   precision  recall     f1  support
	// cat                   0.500   1.000  0.667        1
	// dog                   1.000   0.500  0.667        2
	// gannet                1.000   1.000  1.000        1
	// macro average         0.833   0.833  0.778        4
	// micro average         0.750   0.750  0.750        4
	// weighted average      0.875   0.750  0.750        4
}

// Ratings from 0 to 3, where a miss by one is not as bad as a miss by three.
func ExampleConfusion_Kappa() {
	c, err := metric.NewConfusion([][]int{{5, 2, 0, 0}, {1, 6, 1, 0}, {0, 2, 7, 1}, {0, 0, 3, 4}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f %.3f %.3f\n", c.Kappa(metric.Unweighted), c.Kappa(metric.Linear), c.Kappa(metric.Quadratic))
	fmt.Printf("balanced accuracy %.3f, Matthews %.3f\n", c.BalancedAccuracy(), c.Matthews())
	// Output:
	// 0.577 0.724 0.849
	// balanced accuracy 0.684, Matthews 0.581
}

// Pictures that may show a cat, a dog, both or neither.
func ExampleTargets() {
	logits := tensor.New([]float32{
		2, -1,
		1, 3,
		-2, -0.5,
	}, 3, 2)
	shown := tensor.New([]float32{
		1, 0,
		0, 1,
		0, 1,
	}, 3, 2)
	m := metric.F1(metric.MultiLabel, metric.Micro)
	m.Confusion().Names = []string{"cat", "dog"}
	if err := m.Update(logits, shown); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%s %.3f\n%v", m.Name(), m.Value(), m.Report())
	// Output:
	// f1_micro 0.667
	//                   precision  recall     f1  support
	// cat                   0.500   1.000  0.667        1
	// dog                   1.000   0.500  0.667        2
	// macro average         0.750   0.750  0.667        3
	// micro average         0.667   0.667  0.667        3
	// weighted average      0.833   0.667  0.667        3
}

func ExampleTopK() {
	m := metric.TopK(2)
	err := m.Update(outputs, labels)
	fmt.Printf("%s %.2f %v\n", m.Name(), m.Value(), err)
	// Output: top_2_accuracy 1.00 <nil>
}

// Two classes, the logit of class 1.
func ExampleROC() {
	roc, ap := metric.ROC(), metric.PrecisionRecall()
	for _, m := range []*metric.Ranking{roc, ap} {
		if err := m.Update(tensor.New([]float32{-2, -0.5, 0.5, 3}, 4), tensor.New([]int{0, 1, 0, 1}, 4)); err != nil {
			fmt.Println(err)
		}
		fmt.Printf("%s %.3f\n", m.Name(), m.Value())
	}
	curve := roc.Curve(1)
	for i, threshold := range curve.Threshold {
		fmt.Printf("from %.2f on: %.1f of the positives, %.1f of the negatives\n", threshold, curve.Y[i], curve.X[i])
	}
	// Output:
	// roc_auc 0.750
	// average_precision 0.833
	// from +Inf on: 0.0 of the positives, 0.0 of the negatives
	// from 0.95 on: 0.5 of the positives, 0.0 of the negatives
	// from 0.62 on: 0.5 of the positives, 0.5 of the negatives
	// from 0.38 on: 1.0 of the positives, 0.5 of the negatives
	// from 0.12 on: 1.0 of the positives, 1.0 of the negatives
}

func ExampleLogLoss() {
	for _, m := range []*metric.Mean{metric.LogLoss(), metric.Brier()} {
		if err := m.Update(outputs, labels); err != nil {
			fmt.Println(err)
		}
		fmt.Printf("%s %.3f\n", m.Name(), m.Value())
	}
	// Output:
	// log_loss 0.488
	// brier 0.261
}

// A forecast of rain says 80 % on five days, of which four were wet, and 30 % on
// five others, of which none was.
func ExampleECE() {
	said := tensor.New([]float32{0.8, 0.8, 0.8, 0.8, 0.8, 0.3, 0.3, 0.3, 0.3, 0.3}, 10)
	wet := tensor.New([]int{1, 1, 0, 1, 1, 0, 0, 0, 0, 0}, 10)
	m := metric.ECE(5, metric.Probabilities)
	if err := m.Update(said, wet); err != nil {
		fmt.Println(err)
	}
	for _, b := range m.Bins() {
		fmt.Printf("%.1f to %.1f: %d days, said %.2f, was %.2f\n", b.Lower, b.Upper, b.Samples, b.Confidence, b.Accuracy)
	}
	fmt.Printf("ECE %.2f, MCE %.2f\n", m.ECE(), m.MCE())
	// Output:
	// 0.0 to 0.2: 0 days, said 0.00, was 0.00
	// 0.2 to 0.4: 5 days, said 0.30, was 0.00
	// 0.4 to 0.6: 0 days, said 0.00, was 0.00
	// 0.6 to 0.8: 0 days, said 0.00, was 0.00
	// 0.8 to 1.0: 5 days, said 0.80, was 0.80
	// ECE 0.15, MCE 0.30
}

func ExampleWorstMistakes() {
	m := metric.WorstMistakes(10)
	if err := m.Update(outputs, labels); err != nil {
		fmt.Println(err)
	}
	for _, w := range m.Worst() {
		fmt.Printf("sample %d is %d, predicted %d with probability %.2f\n", w.Sample, w.True, w.Predicted, w.Probability)
	}
	// Output: sample 2 is 1, predicted 0 with probability 0.48
}

func ExampleR2() {
	x, y := tensor.New([]float32{2.5, 0, 2, 8}, 4), tensor.New([]float32{3, -0.5, 2, 7}, 4)
	r2, off := metric.R2(), metric.MaxError()
	if err := r2.Update(x, y); err != nil {
		fmt.Println(err)
	}
	if err := off.Update(x, y); err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%s %.3f, %s %.1f\n", r2.Name(), r2.Value(), off.Name(), off.Value())
	// Output: r2 0.949, max_error 1.0
}
