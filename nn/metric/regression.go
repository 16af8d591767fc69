package metric

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor"
)

// Error is an nn.Metric for outputs that are numbers: a mean over all of them of
// how far they are off. Output and target are float32 arrays of the same shape,
// which may be any.
type Error struct {
	name   string
	term   func(difference float64) float64
	finish func(mean float64) float64
	sum    float64
	n      int
}

// MSE returns the mean squared error, Σ (output − target)² / n. Its name is
// "mse".
func MSE() *Error { return &Error{name: "mse", term: square, finish: same} }

// RMSE returns the root of the mean squared error. Its name is "rmse".
func RMSE() *Error { return &Error{name: "rmse", term: square, finish: math.Sqrt} }

// MAE returns the mean absolute error, Σ |output − target| / n. Its name is
// "mae".
func MAE() *Error { return &Error{name: "mae", term: math.Abs, finish: same} }

func square(x float64) float64 { return x * x }
func same(x float64) float64   { return x }

// Name returns the name of the error.
func (e *Error) Name() string { return e.name }

// Reset forgets what was measured.
func (e *Error) Reset() { e.sum, e.n = 0, 0 }

// Value returns the error over everything since Reset, 0 if that is nothing.
func (e *Error) Value() float64 {
	if e.n == 0 {
		return 0
	}
	return e.finish(e.sum / float64(e.n))
}

// Update takes in a batch. Shapes that differ and NaN are errors, and nothing of
// such a batch counts. Views that are not contiguous are copied first.
func (e *Error) Update(output *tensor.Tensor, target tensor.Any) error {
	want, ok := target.(*tensor.Tensor)
	if !ok {
		return fmt.Errorf("metric: %s: target is %T, want *tensor.Tensor", e.name, target)
	}
	if !want.Shape().Equal(output.Shape()) {
		return fmt.Errorf("metric: %s: target has shape %v, want %v", e.name, want.Shape(), output.Shape())
	}
	// One sum that goes on from batch to batch does not depend on the batch size.
	sum, y := e.sum, contiguous(want)
	for i, x := range contiguous(output) {
		d := float64(x) - float64(y[i])
		if math.IsNaN(d) {
			return fmt.Errorf("metric: %s: element %d has output %v and target %v", e.name, i, x, y[i])
		}
		sum += e.term(d)
	}
	e.sum, e.n = sum, e.n+len(y)
	return nil
}

// contiguous returns the elements of x in row-major order.
func contiguous(x *tensor.Tensor) []float32 {
	if !x.Contiguous() {
		x = x.Clone()
	}
	return x.Data()
}
