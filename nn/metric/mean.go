package metric

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor"
)

// Mean is an nn.Metric that is the mean of a number for each sample, drawn from
// its outputs and its class.
type Mean struct {
	name string
	reader
	term func(row []float64, class int) float64
	sum  float64
	n    int
}

// TopK returns the part of the samples whose class is among the k that the
// outputs [N, C] put first; of equal outputs those of lower classes come first, so
// that TopK(1) is the [Accuracy]. (scikit-learn puts higher classes first.) Its
// name is "top_5_accuracy" for k = 5. A k below 1 is an error of Update.
func TopK(k int) *Mean {
	m := newMean(fmt.Sprintf("top_%d_accuracy", k), nil)
	m.activation = unchanged
	m.term = func(row []float64, class int) float64 {
		if rankOf(row, class) < k {
			return 1
		}
		return 0
	}
	if k < 1 {
		m.err = fmt.Errorf("k is %d, want 1 or more", k)
	}
	return m
}

// rankOf returns how many classes come before one.
func rankOf(row []float64, class int) int {
	n := 0
	for j, v := range row {
		if v > row[class] || v == row[class] && j < class {
			n++
		}
	}
	return n
}

// LogLoss returns the mean of −log p, where p is the probability of the class
// that a sample belongs to: the cross-entropy. Its name is "log_loss".
//
// Outputs that are [Probabilities] are moved into ε to 1−ε and then divided by
// their sum, with the ε of float32, 2⁻²³, as scikit-learn does with float32
// numbers. Logits are not: their loss may exceed −log ε.
func LogLoss(outputs ...Outputs) *Mean {
	m := newMean("log_loss", outputs)
	m.activation, m.term = m.logActivation(), logLoss
	if m.outputs == Probabilities {
		m.term = clippedLoss
	}
	return m
}

// logLoss returns the loss of logarithms of probabilities.
func logLoss(row []float64, class int) float64 { return -row[class] }

// clippedLoss returns the loss of probabilities.
func clippedLoss(row []float64, class int) float64 {
	const eps = 0x1p-23
	sum := 0.0
	for _, p := range row {
		sum += min(max(p, eps), 1-eps)
	}
	return -math.Log(min(max(row[class], eps), 1-eps) / sum)
}

// Brier returns the mean squared error of the probabilities (G. W. Brier,
// Verification of forecasts expressed in terms of probability, 1950). With y_c = 1
// for the class c of a sample and 0 for others it is the mean of
//
//	(p_1 − y_1)²         for two classes
//	Σ_c (p_c − y_c)²     for more
//
// of which the first is brier_score_loss of scikit-learn. Its name is "brier".
func Brier(outputs ...Outputs) *Mean {
	m := newMean("brier", outputs)
	m.term = brier
	return m
}

func brier(row []float64, class int) float64 {
	sum := 0.0
	for c, p := range row {
		if c == class {
			p--
		}
		sum += p * p
	}
	if len(row) == 2 {
		return sum / 2
	}
	return sum
}

func newMean(name string, outputs []Outputs) *Mean {
	return &Mean{name: name, reader: newReader(outputs)}
}

// Name returns the name of the mean.
func (m *Mean) Name() string { return m.name }

// Reset forgets what was measured.
func (m *Mean) Reset() { m.classes, m.sum, m.n = 0, 0, 0 }

// Value returns the mean over everything since Reset, 0 if that is nothing.
func (m *Mean) Value() float64 {
	if m.n == 0 {
		return 0
	}
	return m.sum / float64(m.n)
}

// Update takes in a batch. See the package documentation for the shapes.
func (m *Mean) Update(output *tensor.Tensor, target tensor.Any) error {
	if err := m.read(output, target); err != nil {
		return fmt.Errorf("metric: %s: %w", m.name, err)
	}
	for i, class := range m.truth {
		m.sum += m.term(m.row(i), class)
	}
	m.n += len(m.truth)
	return nil
}
