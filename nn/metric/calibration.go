package metric

import (
	"fmt"
	"math"
	"sort"

	"github.com/gannet-ml/gannet/tensor"
)

// Calibration is an nn.Metric of whether things happen as often as the outputs
// say, see C. Guo et al., On Calibration of Modern Neural Networks (2017). It
// sorts the samples by their probability into bins of equal width: bin b of B
// holds those from b/B, exclusive but for 0, to (b+1)/B, inclusive.
//
// With two classes the probability is that of class 1, and it happens when the
// sample belongs to it. With more the probability is the largest one, and it
// happens when the prediction is right.
type Calibration struct {
	name string
	reader
	of    func(c *Calibration) float64
	edges []float64 // upper ends of all bins but the last
	bins  []binSum
}

// binSum is what a bin needs to remember.
type binSum struct {
	n, happened int
	p           float64
}

// Bin is a bin of a [Calibration]. Means of no samples are 0.
type Bin struct {
	Lower, Upper float64 // of the probability
	Samples      int
	Confidence   float64 // mean probability
	Accuracy     float64 // part of the samples where it happened
}

// ECE returns the expected calibration error, the mean of |Accuracy − Confidence|
// over the bins weighted by their samples. Its name is "ece". Usual numbers of
// bins are 10 and 15; one below 1 is an error of Update.
func ECE(bins int, outputs ...Outputs) *Calibration {
	return newCalibration("ece", (*Calibration).ECE, bins, outputs)
}

// MCE returns the maximum calibration error, the largest |Accuracy − Confidence|
// of a bin that has samples. Its name is "mce". A number of bins below 1 is an
// error of Update.
func MCE(bins int, outputs ...Outputs) *Calibration {
	return newCalibration("mce", (*Calibration).MCE, bins, outputs)
}

func newCalibration(name string, of func(*Calibration) float64, bins int, outputs []Outputs) *Calibration {
	c := &Calibration{name: name, of: of, reader: newReader(outputs)}
	if bins < 1 {
		c.err = fmt.Errorf("the number of bins is %d, want 1 or more", bins)
		return c
	}
	for b := 1; b < bins; b++ {
		c.edges = append(c.edges, float64(b)/float64(bins))
	}
	c.bins = make([]binSum, bins)
	return c
}

// Name returns the name of the error.
func (c *Calibration) Name() string { return c.name }

// Reset forgets what was measured.
func (c *Calibration) Reset() {
	c.classes = 0
	clear(c.bins)
}

// Value returns the error over everything since Reset, 0 if that is nothing.
func (c *Calibration) Value() float64 { return c.of(c) }

// Update takes in a batch. See the package documentation for the shapes.
func (c *Calibration) Update(output *tensor.Tensor, target tensor.Any) error {
	if err := c.read(output, target); err != nil {
		return fmt.Errorf("metric: %s: %w", c.name, err)
	}
	for i, class := range c.truth {
		p, happened := event(c.row(i), class)
		b := &c.bins[sort.SearchFloat64s(c.edges, p)]
		b.n++
		b.p += p
		if happened {
			b.happened++
		}
	}
	return nil
}

// event returns a probability and whether it happened.
func event(row []float64, class int) (p float64, happened bool) {
	if len(row) == 2 {
		return row[1], class == 1
	}
	best := largest(row)
	return row[best], class == best
}

// largest returns the position of the first of the largest numbers.
func largest(row []float64) int {
	best := 0
	for j, v := range row {
		if v > row[best] {
			best = j
		}
	}
	return best
}

// Bins returns the bins from probability 0 to 1, which make the reliability
// diagram.
func (c *Calibration) Bins() []Bin {
	bins := make([]Bin, len(c.bins))
	for i, b := range c.bins {
		k := float64(len(bins))
		bins[i] = Bin{Lower: float64(i) / k, Upper: float64(i+1) / k, Samples: b.n}
		if b.n > 0 {
			bins[i].Confidence, bins[i].Accuracy = b.p/float64(b.n), ratio(b.happened, b.n)
		}
	}
	return bins
}

// ECE returns the expected calibration error, 0 if nothing was measured.
func (c *Calibration) ECE() float64 {
	sum, n := 0.0, 0
	for _, b := range c.Bins() {
		sum += float64(b.Samples) * math.Abs(b.Accuracy-b.Confidence)
		n += b.Samples
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

// MCE returns the maximum calibration error, 0 if nothing was measured.
func (c *Calibration) MCE() float64 {
	most := 0.0
	for _, b := range c.Bins() {
		most = max(most, math.Abs(b.Accuracy-b.Confidence))
	}
	return most
}
