package nn_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// The mean of the numbers, their sum, and each for itself.
func ExampleNewMSE() {
	x, target := tensor.New([]float32{1, 2, 3, 4}, 2, 2), tensor.Ones(2, 2)
	fmt.Println(lossOf(nn.MSE, x, target).Data())
	fmt.Println(lossOf(nn.NewMSE(nn.Sum), x, target).Data())
	fmt.Println(lossOf(nn.NewMSE(nn.PerSample), x, target).Data())
	// Output:
	// [3.5]
	// [14]
	// [0 1 4 9]
}

// The loss of a single number for all targets is least at their median, 2, where
// that of MSE is least at their mean, 4.
func ExampleNewL1() {
	target := tensor.New([]float32{1, 2, 9}, 3)
	for _, v := range []float32{2, 4} {
		x := tensor.Full(v, 3)
		fmt.Println(lossOf(nn.NewL1(nn.Sum), x, target).Item(), lossOf(nn.NewMSE(nn.Sum), x, target).Item())
	}
	// Output:
	// 8 50
	// 10 38
}

// Mistakes smaller than β count by their square. 0 makes it the loss of L1.
func ExampleNewSmoothL1() {
	x, target := tensor.New([]float32{0.5, 1, 2, 4}, 4), tensor.Zeros(4)
	for _, beta := range []float64{0, 1, 2} {
		fmt.Println(lossOf(nn.NewSmoothL1(beta, nn.PerSample), x, target).Data())
	}
	// Output:
	// [0.5 1 2 4]
	// [0.125 0.5 1.5 3.5]
	// [0.0625 0.25 1 3]
}

// Means of 2, 3 and 5 for what was counted as 3. The output is the logarithm of the
// mean.
func ExampleNewPoissonNLL() {
	x := tensor.Log(tensor.New([]float32{2, 3, 5}, 3))
	fmt.Printf("%.3f\n", lossOf(nn.NewPoissonNLL(nn.PerSample), x, tensor.Full[float32](3, 3)).Data())
	// Output: [-0.079 -0.296 0.172]
}

// Log-probabilities and their labels give what logits give with CrossEntropy.
func ExampleNewNLL() {
	logits, labels := tensor.New([]float32{2, 0, 0, 0, 1, 3}, 2, 3), tensor.New([]int{0, 1}, 2)
	x := applyLayer(nn.LogSoftmax, logits)
	fmt.Printf("%.3f\n", lossOf(nn.NewNLL(nn.PerSample), x, labels).Data())
	fmt.Printf("%.3f\n", lossOf(nn.NewCrossEntropy(nn.PerSample), logits, labels).Data())
	fmt.Printf("%.3f\n", lossOf(nn.NewNLL(nn.ClassWeights(3, 1, 1)), x, labels).Item())
	// Output:
	// [0.240 2.170]
	// [0.240 2.170]
	// 0.722
}

// Probabilities of what is true. A logarithm counts as −100 at least.
func ExampleNewBCE() {
	x := tensor.New([]float32{0.9, 0.5, 0.1, 0}, 4)
	fmt.Printf("%.3f\n", lossOf(nn.NewBCE(nn.PerSample), x, tensor.Ones(4)).Data())
	// Output: [0.105 0.693 2.303 100.000]
}

// Scores with the right sign that are beyond the margin cost nothing.
func ExampleNewBinaryHinge() {
	scores, target := tensor.New([]float32{2, 0.5, -1, -2}, 4), tensor.New([]float32{1, 1, 1, -1}, 4)
	fmt.Println(lossOf(nn.NewBinaryHinge(nn.PerSample), scores, target).Data())
	// Output: [0 0.5 2 0]
}

// The right class leads by 2 and by 3.
func ExampleMargin() {
	scores, label := tensor.New([]float32{3, 1, 0}, 1, 3), tensor.New([]int{0}, 1)
	for _, m := range []float64{1, 2.5, 4} {
		fmt.Printf("%.2f ", lossOf(nn.NewHinge(nn.Margin(m)), scores, label).Item())
	}
	// Output: 0.00 0.17 1.00
}

// A score that lacks little counts for less, and one that lacks much for more.
func ExampleSquared() {
	scores, target := tensor.New([]float32{0.5, 0, -1}, 3), tensor.Ones(3)
	fmt.Println(lossOf(nn.NewBinaryHinge(nn.PerSample), scores, target).Data())
	fmt.Println(lossOf(nn.NewBinaryHinge(nn.PerSample, nn.Squared), scores, target).Data())
	// Output:
	// [0.5 1 2]
	// [0.25 1 4]
}

// The sums of two batches add up to that of both, whatever their sizes.
func ExampleSum() {
	loss := nn.NewBCEWithLogits(nn.Sum)
	small := lossOf(loss, tensor.New([]float32{-1}, 1), tensor.Ones(1)).Item()
	large := lossOf(loss, tensor.New([]float32{0, 1}, 2), tensor.Ones(2)).Item()
	both := lossOf(loss, tensor.New([]float32{-1, 0, 1}, 3), tensor.Ones(3)).Item()
	fmt.Printf("%.3f %.3f\n", small+large, both)
	// Output: 2.320 2.320
}

// How much one target that is 1 counts, and one that is 0.
func ExampleBalance() {
	logits, target := tensor.Zeros(2), tensor.New([]float32{1, 0}, 2)
	for _, a := range []float64{0.25, 0.9} {
		fmt.Printf("%.3f\n", lossOf(nn.NewFocal(0, nn.Balance(a), nn.PerSample), logits, target).Data())
	}
	// Output:
	// [0.173 0.520]
	// [0.624 0.069]
}

// What a single number adds may be negative, their sum is not.
func ExampleNewKLDiv_perSample() {
	x, target := tensor.Log(tensor.New([]float32{0.5, 0.5}, 1, 2)), tensor.New([]float32{0.25, 0.75}, 1, 2)
	fmt.Printf("%.3f\n", lossOf(nn.NewKLDiv(nn.PerSample), x, target).Data())
	fmt.Printf("%.3f\n", lossOf(nn.NewKLDiv(nn.Sum), x, target).Item())
	// Output:
	// [-0.173 0.304]
	// 0.131
}

// Vectors of one direction may be far apart.
func ExamplePairwiseDistance() {
	tape := grad.NewTape(grad.Evaluation, 0)
	a := tape.Input(tensor.New([]float32{1, 0, 1, 0}, 2, 2))
	b := tape.Input(tensor.New([]float32{4, 0, 0, 1}, 2, 2))
	fmt.Printf("%.2f\n", nn.PairwiseDistance(a, b).Data().Data())
	fmt.Printf("%.2f\n", nn.CosineSimilarity(a, b).Data().Data())
	// Output:
	// [3.00 1.41]
	// [1.00 0.00]
}
