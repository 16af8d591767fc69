package metric

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/tensor"
)

// Mistakes is an nn.Metric that counts the samples predicted wrong and keeps the
// worst of them, to be looked at. Its memory does not grow with the data.
type Mistakes struct {
	reader
	most    int
	samples int
	wrong   int
	worst   []Mistake // the worst first
}

// Mistake is a sample predicted wrong.
type Mistake struct {
	Sample          int     // its number since Reset, from 0 on
	True, Predicted int     // classes
	Probability     float64 // of the predicted class
	TrueProbability float64 // of the true class
}

// WorstMistakes returns a count of the samples predicted wrong that keeps at most
// so many of them: those whose true class had the lowest probability, and so the
// largest [LogLoss]. Its name is "mistakes". A number below 1 is an error of
// Update.
func WorstMistakes(most int, outputs ...Outputs) *Mistakes {
	m := &Mistakes{most: most, reader: newReader(outputs)}
	if most < 1 {
		m.err = fmt.Errorf("the number to keep is %d, want 1 or more", most)
	}
	return m
}

// Name returns "mistakes".
func (m *Mistakes) Name() string { return "mistakes" }

// Reset forgets what was measured.
func (m *Mistakes) Reset() {
	m.classes, m.samples, m.wrong, m.worst = 0, 0, 0, m.worst[:0]
}

// Value returns the number of samples predicted wrong since Reset.
func (m *Mistakes) Value() float64 { return float64(m.wrong) }

// Worst returns the mistakes that were kept, the worst first, and of equally bad
// ones the earlier first.
func (m *Mistakes) Worst() []Mistake { return slices.Clone(m.worst) }

// Update takes in a batch. See the package documentation for the shapes.
func (m *Mistakes) Update(output *tensor.Tensor, target tensor.Any) error {
	if err := m.read(output, target); err != nil {
		return fmt.Errorf("metric: mistakes: %w", err)
	}
	for i, class := range m.truth {
		row := m.row(i)
		if p := largest(row); p != class {
			m.wrong++
			m.keep(Mistake{
				Sample: m.samples, True: class, Predicted: p,
				Probability: row[p], TrueProbability: row[class],
			})
		}
		m.samples++
	}
	return nil
}

// keep inserts a mistake where it belongs among the worst.
func (m *Mistakes) keep(x Mistake) {
	at, _ := slices.BinarySearchFunc(m.worst, x, func(a, b Mistake) int {
		return cmp.Or(cmp.Compare(a.TrueProbability, b.TrueProbability), a.Sample-b.Sample)
	})
	if at == m.most {
		return
	}
	if len(m.worst) == m.most {
		m.worst = m.worst[:m.most-1]
	}
	m.worst = slices.Insert(m.worst, at, x)
}
