package metric

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor"
)

// Error is an nn.Metric for outputs that are numbers: how far they are off, over
// all of them. Output and target are float32 arrays of the same shape, which may
// be any.
type Error struct {
	name   string
	term   func(difference, target float64) float64
	join   func(total, term float64) float64
	finish func(total float64, n int) float64
	total  float64
	n      int
}

// MSE returns the mean squared error, Σ (output − target)² / n. Its name is
// "mse".
func MSE() *Error { return &Error{name: "mse", term: squared, join: add, finish: mean} }

// RMSE returns the root of the mean squared error. Its name is "rmse".
func RMSE() *Error { return &Error{name: "rmse", term: squared, join: add, finish: rootMean} }

// MAE returns the mean absolute error, Σ |output − target| / n. Its name is
// "mae".
func MAE() *Error { return &Error{name: "mae", term: absolute, join: add, finish: mean} }

// MAPE returns the mean absolute error relative to the target,
// Σ |output − target| / max(|target|, ε) / n, where ε is 2⁻⁵²: an error where the
// target is 0 makes it huge. It is not in percent. Its name is "mape".
func MAPE() *Error { return &Error{name: "mape", term: relative, join: add, finish: mean} }

// MaxError returns the largest |output − target|. Its name is "max_error".
func MaxError() *Error {
	return &Error{name: "max_error", term: absolute, join: math.Max, finish: total}
}

func squared(d, _ float64) float64  { return d * d }
func absolute(d, _ float64) float64 { return math.Abs(d) }
func relative(d, y float64) float64 { return math.Abs(d) / max(math.Abs(y), 0x1p-52) }

func add(total, term float64) float64 { return total + term }

func mean(total float64, n int) float64     { return total / float64(n) }
func rootMean(total float64, n int) float64 { return math.Sqrt(mean(total, n)) }
func total(total float64, _ int) float64    { return total }

// Name returns the name of the error.
func (e *Error) Name() string { return e.name }

// Reset forgets what was measured.
func (e *Error) Reset() { e.total, e.n = 0, 0 }

// Value returns the error over everything since Reset, 0 if that is nothing.
func (e *Error) Value() float64 {
	if e.n == 0 {
		return 0
	}
	return e.finish(e.total, e.n)
}

// Update takes in a batch. Shapes that differ and NaN are errors, and nothing of
// such a batch counts. Views that are not contiguous are copied first.
func (e *Error) Update(output *tensor.Tensor, target tensor.Any) error {
	x, y, err := pairs(output, target)
	if err != nil {
		return fmt.Errorf("metric: %s: %w", e.name, err)
	}
	// One sum that goes on from batch to batch does not depend on the batch size.
	sum := e.total
	for i := range x {
		term := e.term(float64(x[i])-float64(y[i]), float64(y[i]))
		if math.IsNaN(term) {
			return fmt.Errorf("metric: %s: element %d has output %v and target %v", e.name, i, x[i], y[i])
		}
		sum = e.join(sum, term)
	}
	e.total, e.n = sum, e.n+len(y)
	return nil
}

// pairs returns the elements of output and target in row-major order.
func pairs(output *tensor.Tensor, target tensor.Any) (x, y []float32, err error) {
	want, ok := target.(*tensor.Tensor)
	if !ok {
		return nil, nil, fmt.Errorf("target is %T, want *tensor.Tensor", target)
	}
	if !want.Shape().Equal(output.Shape()) {
		return nil, nil, fmt.Errorf("target has shape %v, want %v", want.Shape(), output.Shape())
	}
	return contiguous(output), contiguous(want), nil
}

// contiguous returns the elements of x in row-major order.
func contiguous(x *tensor.Tensor) []float32 {
	if !x.Contiguous() {
		x = x.Clone()
	}
	return x.Data()
}
