package series

import (
	"fmt"
	"slices"
)

// Series is one time series: values[c][t] is that of channel c at step t. All
// channels have the same number of steps. NaN means that a value is missing.
type Series [][]float32

// Steps returns the number of steps, 0 if there are no channels.
func (s Series) Steps() int {
	if len(s) == 0 {
		return 0
	}
	return len(s[0])
}

// Collection is time series of the same channels, of one length or of several, with
// classes, with numbers to predict, or with neither.
type Collection struct {
	Name   string // of the problem, as the file has it
	Series []Series

	Labels []int    // of each series, if Names is not nil
	Names  []string // of the classes, in the order of the file

	Targets []float32 // of each series, if there are numbers to predict

	Columns []string // names of the channels, if the file has some
}

// Channels returns the number of channels, 0 if there are no series.
func (c *Collection) Channels() int {
	if len(c.Series) == 0 {
		return 0
	}
	return len(c.Series[0])
}

// Longest returns the number of steps of the longest series.
func (c *Collection) Longest() int {
	longest := 0
	for _, s := range c.Series {
		longest = max(longest, s.Steps())
	}
	return longest
}

// Missing returns how many values are missing.
func (c *Collection) Missing() int {
	n := 0
	for _, s := range c.Series {
		for _, values := range s {
			for _, v := range values {
				if v != v {
					n++
				}
			}
		}
	}
	return n
}

// check reports series that do not fit each other.
func (c *Collection) check() error {
	for i, s := range c.Series {
		if len(s) == 0 || s.Steps() == 0 {
			return fmt.Errorf("series %d has no values", i)
		}
		if len(s) != c.Channels() {
			return fmt.Errorf("series %d has %d channels, want %d as series 0 has", i, len(s), c.Channels())
		}
		for k, values := range s {
			if len(values) != s.Steps() {
				return fmt.Errorf("series %d: channel %d has %d steps, want %d as channel 0 has", i, k, len(values), s.Steps())
			}
		}
	}
	if c.Names != nil && len(c.Labels) != len(c.Series) {
		return fmt.Errorf("%d labels, want %d, one for each series", len(c.Labels), len(c.Series))
	}
	if c.Names == nil && c.Targets != nil && len(c.Targets) != len(c.Series) {
		return fmt.Errorf("%d targets, want %d, one for each series", len(c.Targets), len(c.Series))
	}
	if c.Names != nil {
		for i, y := range c.Labels {
			if y < 0 || y >= len(c.Names) {
				return fmt.Errorf("label %d is %d, want 0 to %d", i, y, len(c.Names)-1)
			}
		}
	}
	return nil
}

// with returns the collection with other values.
func (c *Collection) with(change func(channel int, values []float32)) *Collection {
	n := *c
	n.Series = make([]Series, len(c.Series))
	for i, s := range c.Series {
		n.Series[i] = make(Series, len(s))
		for k, values := range s {
			n.Series[i][k] = slices.Clone(values)
			change(k, n.Series[i][k])
		}
	}
	return &n
}

// Interpolate returns the collection with missing values filled in: on the line
// between the values before and after, before the first value and after the last
// with that one. A channel without any value stays as it is.
func (c *Collection) Interpolate() *Collection {
	return c.with(func(_ int, v []float32) { interpolate(v) })
}

func interpolate(v []float32) {
	last := -1 // the last value that is there
	for t, x := range v {
		if x != x {
			continue
		}
		for m := last + 1; m < t; m++ {
			v[m] = x
			if last >= 0 {
				part := float64(m-last) / float64(t-last)
				v[m] = float32(float64(v[last])*(1-part) + float64(x)*part)
			}
		}
		last = t
	}
	if last < 0 {
		return
	}
	for m := last + 1; m < len(v); m++ {
		v[m] = v[last]
	}
}

// Windows returns parts of the series: size steps each, the first at step 0 and each
// other stride steps after the one before, as far as they are whole. They keep the
// class or number of their series, and share its memory. Series shorter than size
// have none.
func (c *Collection) Windows(size, stride int) (*Collection, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("series: Windows: %w", err)
	}
	if size < 1 || stride < 1 {
		return nil, fmt.Errorf("series: Windows: size is %d and stride %d, want at least 1", size, stride)
	}
	n := &Collection{Name: c.Name, Names: c.Names, Columns: c.Columns}
	for i, s := range c.Series {
		for w := range windows(s.Steps(), size, stride) {
			t := w * stride
			n.Series = append(n.Series, s.part(t, t+size))
			switch {
			case c.Names != nil:
				n.Labels = append(n.Labels, c.Labels[i])
			case c.Targets != nil:
				n.Targets = append(n.Targets, c.Targets[i])
			}
		}
	}
	return n, nil
}

// windows returns how many windows of some size there are in so many steps.
func windows(steps, size, stride int) int {
	if steps < size {
		return 0
	}
	return (steps-size)/stride + 1
}

// part returns steps lo ≤ t < hi.
func (s Series) part(lo, hi int) Series {
	p := make(Series, len(s))
	for k, values := range s {
		p[k] = values[lo:hi:hi]
	}
	return p
}
