package metric

import (
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/tensor"
)

// Confusion counts for each class what it was predicted to be. It is an
// nn.Metric whose value is the accuracy. The zero value is ready for use; the
// number of classes follows from the first batch.
type Confusion struct {
	Names     []string // names of the classes for String; nil means their numbers
	Threshold float32  // outputs above it are class 1, where there is one output per sample

	classes          int
	counts           []int // counts[truth*classes+predicted]
	truth, predicted []int // of the current batch
}

// ConfusionMatrix returns an empty [Confusion], to be printed or drawn when it
// has seen the data.
func ConfusionMatrix() *Confusion { return new(Confusion) }

// NewConfusion returns a Confusion with the given counts, a row for each true
// class and a column for each predicted one. It is an error if the matrix is not
// square or a count is negative.
func NewConfusion(counts [][]int) (*Confusion, error) {
	c := new(Confusion)
	c.resize(len(counts))
	for i, row := range counts {
		if len(row) != len(counts) {
			return nil, fmt.Errorf("metric: confusion: row %d has %d counts, want %d", i, len(row), len(counts))
		}
		if m := slices.Min(row); m < 0 {
			return nil, fmt.Errorf("metric: confusion: row %d has count %d, want 0 or more", i, m)
		}
		copy(c.row(i), row)
	}
	return c, nil
}

// Name returns "confusion".
func (c *Confusion) Name() string { return "confusion" }

// Value returns the accuracy.
func (c *Confusion) Value() float64 { return c.Accuracy() }

// Reset forgets all counts and the number of classes. Names and Threshold stay.
func (c *Confusion) Reset() { c.resize(0) }

// Update counts a batch. See the package documentation for the shapes.
func (c *Confusion) Update(output *tensor.Tensor, target tensor.Any) error {
	classes, err := c.read(output, target)
	if err != nil {
		return fmt.Errorf("metric: confusion: %w", err)
	}
	c.count(classes)
	return nil
}

// read checks a batch and remembers its true and predicted classes, for count.
func (c *Confusion) read(output *tensor.Tensor, target tensor.Any) (classes int, err error) {
	classes, err = c.predict(output)
	if err != nil {
		return 0, err
	}
	if c.classes > 0 && classes != c.classes {
		return 0, fmt.Errorf("output has %d classes, want %d as before", classes, c.classes)
	}
	c.truth, err = appendLabels(c.truth[:0], target, len(c.predicted), classes)
	return classes, err
}

// count counts the batch that was read.
func (c *Confusion) count(classes int) {
	if c.classes == 0 {
		c.resize(classes)
	}
	for i, t := range c.truth {
		c.counts[t*classes+c.predicted[i]]++
	}
}

// Merge adds the counts of o, which saw other samples of the same classes. It is
// an error if the numbers of classes differ and neither is empty.
func (c *Confusion) Merge(o *Confusion) error {
	if o.classes == 0 {
		return nil
	}
	if c.classes == 0 {
		c.resize(o.classes)
	}
	if c.classes != o.classes {
		return fmt.Errorf("metric: confusion: merge of %d classes, want %d", o.classes, c.classes)
	}
	for i, n := range o.counts {
		c.counts[i] += n
	}
	return nil
}

// resize sets all counts to 0, for a number of classes.
func (c *Confusion) resize(classes int) {
	c.classes = classes
	c.counts = slices.Grow(c.counts[:0], classes*classes)[:classes*classes]
	clear(c.counts)
}

// row returns the counts of a true class.
func (c *Confusion) row(truth int) []int {
	return c.counts[truth*c.classes : (truth+1)*c.classes]
}

// Classes returns the number of classes, 0 before the first batch.
func (c *Confusion) Classes() int { return c.classes }

// Counts returns a copy of the counts, a row for each true class and a column
// for each predicted one.
func (c *Confusion) Counts() [][]int {
	m := make([][]int, c.classes)
	for i := range m {
		m[i] = slices.Clone(c.row(i))
	}
	return m
}

// Support returns how many samples belong to a class. It panics if there is no
// such class.
func (c *Confusion) Support(class int) int {
	n := 0
	for _, x := range c.row(class) {
		n += x
	}
	return n
}

// predictions returns how many samples were predicted to belong to a class.
func (c *Confusion) predictions(class int) int {
	n := 0
	for i := range c.classes {
		n += c.row(i)[class]
	}
	return n
}

// Samples returns the number of samples.
func (c *Confusion) Samples() int {
	n := 0
	for _, x := range c.counts {
		n += x
	}
	return n
}

// correct returns the number of samples predicted right.
func (c *Confusion) correct() int {
	n := 0
	for i := range c.classes {
		n += c.row(i)[i]
	}
	return n
}
