package metric_test

import (
	"fmt"

	"github.com/gannet-ml/gannet/nn/metric"
	"github.com/gannet-ml/gannet/tensor"
)

// The root has the unit of the targets.
func ExampleMSE() {
	metres := tensor.New([]float32{2.5, 0, 2, 8}, 4)
	want := tensor.New([]float32{3, -0.5, 2, 7}, 4)
	measure(metres, want, metric.MSE(), metric.RMSE())
	// Output:
	// mse 0.375
	// rmse 0.612
}

// A single large error, of 10, weighs less than in the squared ones.
func ExampleMAE() {
	x, y := tensor.New([]float32{1, 2, 3, 4}, 4), tensor.New([]float32{1, 2, 3, 14}, 4)
	measure(x, y, metric.MAE(), metric.RMSE())
	// Output:
	// mae 2.500
	// rmse 5.000
}

// Large and small prices are all a tenth off.
func ExampleMAPE() {
	x, y := tensor.New([]float32{110, 9, 1.1}, 3), tensor.New([]float32{100, 10, 1}, 3)
	measure(x, y, metric.MAPE(), metric.MAE())
	// Output:
	// mape 0.100
	// mae 3.700
}

// A thermometer that shows two degrees too much follows every change.
func ExampleExplainedVariance() {
	shown, degrees := tensor.New([]float32{12, 14, 16, 18}, 4), tensor.New([]float32{10, 12, 14, 16}, 4)
	measure(shown, degrees, metric.ExplainedVariance(), metric.R2())
	// Output:
	// explained_variance 1.000
	// r2 0.200
}

// Outputs that fall where the targets rise, on a scale of their own.
func ExamplePearson() {
	x, y := tensor.New([]float32{-2, -4, -6, -9}, 4), tensor.New([]float32{1, 2, 3, 4}, 4)
	measure(x, y, metric.Pearson(), metric.R2())
	// Output:
	// pearson -0.994
	// r2 -58.000
}

// A place has a latitude, which is predicted well, and a longitude, which is not.
func ExampleVariation_PerColumn() {
	m := metric.R2()
	measure(tensor.New([]float32{51, 7, 52, 7, 53, 7}, 3, 2), tensor.New([]float32{51, 6, 52, 7, 53, 8}, 3, 2), m)
	fmt.Printf("%.3f\n", m.PerColumn())
	// Output:
	// r2 0.500
	// [1.000 0.000]
}
