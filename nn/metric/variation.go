package metric

import (
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/tensor"
)

// Variation is an nn.Metric for outputs that are numbers: how much of the
// variation of the targets they follow. Output and target are float32 arrays of
// the same shape [N, …]. Where a sample has several numbers, each is looked at for
// itself, and the value is the plain mean.
type Variation struct {
	name    string
	of      func(m *moments, n int) float64
	n       int
	columns []moments // of each number of a sample
}

// moments are those of one number of the samples so far: outputs x, targets y and
// residuals r = y − x, updated by the method of B. P. Welford (1962), which does
// not lose digits to large means.
type moments struct {
	x, y, r    float64 // means
	xx, yy, rr float64 // Σ of squared distances from the mean
	xy         float64 // Σ of products of distances
	squares    float64 // Σ r²
}

// R2 returns the coefficient of determination, 1 − Σ (y − x)² / Σ (y − ȳ)² with
// outputs x and targets y: 1 is perfect, and 0 is as good as the mean of the
// targets. Its name is "r2".
//
// As in scikit-learn, where all targets are the same it is 1 if all outputs are
// right and else 0; and it is NaN for a single sample.
func R2() *Variation {
	return &Variation{name: "r2", of: func(m *moments, n int) float64 {
		if n < 2 {
			return math.NaN()
		}
		return explained(m.squares, m.yy)
	}}
}

// ExplainedVariance returns 1 − Var(y − x) / Var(y) with outputs x and targets y,
// which is [R2] once the mean of the outputs is put right. Its name is
// "explained_variance".
//
// As in scikit-learn, it is 1 where y − x is always the same, and else 0 where all
// targets are.
func ExplainedVariance() *Variation {
	return &Variation{name: "explained_variance", of: func(m *moments, _ int) float64 {
		return explained(m.rr, m.yy)
	}}
}

// Pearson returns the correlation coefficient of outputs and targets, from −1 to
// 1. Its name is "pearson". It is NaN where all outputs or all targets are the
// same, so for a single sample.
func Pearson() *Variation {
	return &Variation{name: "pearson", of: func(m *moments, _ int) float64 {
		r := m.xy / (math.Sqrt(m.xx) * math.Sqrt(m.yy))
		return min(max(r, -1), 1)
	}}
}

// explained returns which part of a variation is not left over.
func explained(left, all float64) float64 {
	switch {
	case left == 0:
		return 1
	case all == 0:
		return 0
	}
	return 1 - left/all
}

// Name returns the name of the number.
func (v *Variation) Name() string { return v.name }

// Reset forgets what was measured.
func (v *Variation) Reset() { v.n, v.columns = 0, v.columns[:0] }

// Value returns the number over everything since Reset, 0 if that is nothing.
func (v *Variation) Value() float64 {
	sum := 0.0
	values := v.PerColumn()
	for _, x := range values {
		sum += x
	}
	return sum / max(1, float64(len(values)))
}

// PerColumn returns the value for each of the numbers of a sample, in row-major
// order, nil if nothing was measured.
func (v *Variation) PerColumn() []float64 {
	if v.n == 0 {
		return nil
	}
	values := make([]float64, len(v.columns))
	for j := range v.columns {
		values[j] = v.of(&v.columns[j], v.n)
	}
	return values
}

// Update takes in a batch. Shapes that differ, NaN and infinities are errors, and
// nothing of such a batch counts. Views that are not contiguous are copied first.
func (v *Variation) Update(output *tensor.Tensor, target tensor.Any) error {
	if err := v.update(output, target); err != nil {
		return fmt.Errorf("metric: %s: %w", v.name, err)
	}
	return nil
}

func (v *Variation) update(output *tensor.Tensor, target tensor.Any) error {
	x, y, err := pairs(output, target)
	if err != nil {
		return err
	}
	s := output.Shape()
	if len(s) == 0 {
		return fmt.Errorf("output has shape %v, want [N …]", s)
	}
	width := s[1:].Size()
	if v.n > 0 && width != len(v.columns) {
		return fmt.Errorf("output has %d numbers in a sample, want %d as before", width, len(v.columns))
	}
	for i := range x {
		if d := float64(x[i]) - float64(y[i]); math.IsNaN(d) || math.IsInf(d, 0) {
			return fmt.Errorf("element %d has output %v and target %v, want finite numbers", i, x[i], y[i])
		}
	}
	if v.n == 0 {
		v.columns = append(v.columns[:0], make([]moments, width)...)
	}
	for i := range s[0] {
		v.n++
		for j := range v.columns {
			v.columns[j].add(float64(x[i*width+j]), float64(y[i*width+j]), float64(v.n))
		}
	}
	return nil
}

// add takes in sample number n.
func (m *moments) add(x, y, n float64) {
	r := y - x
	dx, dy, dr := x-m.x, y-m.y, r-m.r
	m.x += dx / n
	m.y += dy / n
	m.r += dr / n
	m.xx += dx * (x - m.x)
	m.yy += dy * (y - m.y)
	m.rr += dr * (r - m.r)
	m.xy += dx * (y - m.y)
	m.squares += r * r
}
