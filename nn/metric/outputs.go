package metric

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor"
)

// An activation turns the outputs of a sample, in place, into what a metric
// wants.
type activation func(row []float64) error

// logActivation returns what makes logarithms of probabilities of logits, and
// checks probabilities but leaves them as they are: both rank samples without
// rounding different outputs to the same number.
func (s *settings) logActivation() activation {
	switch {
	case s.outputs == Logits && s.targets == MultiLabel:
		return logSigmoid
	case s.outputs == Logits:
		return logSoftmax
	case s.targets == MultiLabel:
		return probability
	}
	return distribution
}

// appendRows appends the outputs of a batch, f applied to each row, and returns
// the number of classes. A single output per sample becomes two: x the logits 0
// and x, or p the probabilities 1−p and p.
func (s *settings) appendRows(dst []float64, output *tensor.Tensor, f activation) (rows []float64, classes int, err error) {
	shape := output.Shape()
	single := len(shape) == 1 || len(shape) == 2 && shape[1] == 1
	switch {
	case s.targets == MultiLabel && (len(shape) != 2 || shape[1] == 0):
		return dst, 0, fmt.Errorf("output has shape %v, want [N C]", shape)
	case s.targets == SingleLabel && !single && (len(shape) != 2 || shape[1] == 0):
		return dst, 0, fmt.Errorf("output has shape %v, want [N C], [N 1] or [N]", shape)
	}
	if s.targets == SingleLabel && single {
		return s.appendSingle(dst, output, f)
	}
	data, step := output.Raw(), output.Strides()
	for i := range shape[0] {
		start := len(dst)
		for j := range shape[1] {
			v := data[i*step[0]+j*step[1]]
			if v != v {
				return dst, 0, fmt.Errorf("output of sample %d for class %d is NaN", i, j)
			}
			dst = append(dst, float64(v))
		}
		if err := f(dst[start:]); err != nil {
			return dst, 0, fmt.Errorf("outputs of sample %d %w", i, err)
		}
	}
	return dst, shape[1], nil
}

func (s *settings) appendSingle(dst []float64, output *tensor.Tensor, f activation) (rows []float64, classes int, err error) {
	data, step := column(output)
	for i := range output.Len() {
		v := float64(data[i*step])
		switch {
		case v != v:
			return dst, 0, fmt.Errorf("output of sample %d is NaN", i)
		case s.outputs == Probabilities && (v < 0 || v > 1):
			return dst, 0, fmt.Errorf("outputs of sample %d have the probability %v, want 0 to 1", i, v)
		case s.outputs == Probabilities:
			dst = append(dst, 1-v, v)
		default:
			dst = append(dst, 0, v)
		}
		if err := f(dst[len(dst)-2:]); err != nil {
			return dst, 0, fmt.Errorf("outputs of sample %d %w", i, err)
		}
	}
	return dst, 2, nil
}

// A reader reads batches of samples that belong to one class each.
type reader struct {
	settings
	activation activation
	err        error // why there is no such metric

	classes int
	rows    []float64 // of the current batch, [N, classes]
	truth   []int
}

// newReader returns a reader of probabilities.
func newReader(outputs []Outputs) reader {
	var r reader
	for _, o := range outputs {
		r.outputs = o
	}
	r.activation = softmax
	if r.outputs == Probabilities {
		r.activation = distribution
	}
	return r
}

// read checks and reads a batch.
func (r *reader) read(output *tensor.Tensor, target tensor.Any) error {
	if r.err != nil {
		return r.err
	}
	rows, classes, err := r.appendRows(r.rows[:0], output, r.activation)
	r.rows = rows
	if err != nil {
		return err
	}
	if r.classes > 0 && classes != r.classes {
		return fmt.Errorf("output has %d classes, want %d as before", classes, r.classes)
	}
	r.truth, err = appendLabels(r.truth[:0], target, output.Dim(0), classes)
	if err == nil {
		r.classes = classes
	}
	return err
}

// row returns what became of the outputs of a sample of the batch.
func (r *reader) row(i int) []float64 { return r.rows[i*r.classes : (i+1)*r.classes] }

// unchanged leaves a row as it is.
func unchanged([]float64) error { return nil }

// logSoftmax turns logits x into x − log Σ exp(x_j). The term of the largest, 1
// after a shift, is not added to the small ones, so that a probability next to 1
// keeps its distance from 1.
func logSoftmax(row []float64) error {
	best := largest(row)
	top := row[best]
	if math.IsInf(top, 0) {
		return fmt.Errorf("have the maximum %v, want a finite number", top)
	}
	others := 0.0
	for j, v := range row {
		row[j] = v - top
		if j != best {
			others += math.Exp(row[j])
		}
	}
	shift := math.Log1p(others)
	for j := range row {
		row[j] -= shift
	}
	return nil
}

// softmax turns logits into probabilities.
func softmax(row []float64) error {
	if err := logSoftmax(row); err != nil {
		return err
	}
	for j, v := range row {
		row[j] = math.Exp(v)
	}
	return nil
}

// logSigmoid turns each logit x into −log(1 + exp(−x)).
func logSigmoid(row []float64) error {
	for j, x := range row {
		row[j] = min(x, 0) - math.Log1p(math.Exp(-math.Abs(x)))
	}
	return nil
}

// probability checks that each number is a probability.
func probability(row []float64) error {
	for _, p := range row {
		if p < 0 || p > 1 {
			return fmt.Errorf("have the probability %v, want 0 to 1", p)
		}
	}
	return nil
}

// distribution checks that the numbers are probabilities that sum to 1, as far as
// those of half precision do.
func distribution(row []float64) error {
	if err := probability(row); err != nil {
		return err
	}
	sum := 0.0
	for _, p := range row {
		sum += p
	}
	if math.Abs(sum-1) > 0.01 {
		return fmt.Errorf("have the sum %v, want 1 for probabilities", sum)
	}
	return nil
}
