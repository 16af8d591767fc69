package series

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/data"
	"github.com/gannet-ml/gannet/tensor"
)

// maxSteps is the most steps of a sample: float32 holds lengths up to there.
const maxSteps = 1 << 24

// Option is a setting of [Collection.Dataset].
type Option func(*settings)

type settings struct {
	steps         int
	channelsFirst bool
	lengths       bool
	missingAs     *float32
}

// Steps sets T: longer series are cut off at their end. The default is the longest
// one; sets to train and to test with need the same.
func Steps(n int) Option { return func(s *settings) { s.steps = n } }

// ChannelsFirst makes samples [C, T], as convolutions take them, in place of [T, C],
// which recurrent layers take.
func ChannelsFirst(s *settings) { s.channelsFirst = true }

// Lengths gives the length of each series as a further input of shape [], so that a
// network gets the tuple of series and lengths that the layers of package rnn take,
// and data.ByLength and data.Trim have what they need.
func Lengths(s *settings) { s.lengths = true }

// MissingAs gives values that are missing a value. Without it they are an error:
// see also [Collection.Interpolate]. After a [Scaler], 0 is the mean.
func MissingAs(v float32) Option { return func(s *settings) { s.missingAs = &v } }

// Dataset returns a data set of the series. Shapes: X [T, C], shorter series being
// filled up with zeros at their end; Y [], a class or a number. A collection of
// neither is a data set of which Y is X, for an autoencoder. The series are not
// copied and must not change.
func (c *Collection) Dataset(opts ...Option) data.Dataset {
	d := &samples{c: c}
	for _, o := range opts {
		o(&d.settings)
	}
	if err := d.set(); err != nil {
		d.spec = data.Spec{Err: fmt.Errorf("series: %w", err)}
	}
	return d
}

type samples struct {
	c        *Collection
	settings settings
	spec     data.Spec
}

func (d *samples) set() error {
	if err := d.c.check(); err != nil {
		return err
	}
	switch {
	case d.settings.lengths && d.settings.channelsFirst:
		return errors.New("Lengths and ChannelsFirst are given, want one of both")
	case len(d.c.Series) == 0:
		return errors.New("there are no series")
	}
	if err := d.checkMissing(); err != nil {
		return err
	}
	t := d.settings.steps
	if t == 0 {
		t = d.c.Longest()
	}
	if t < 1 || t >= maxSteps {
		return fmt.Errorf("number of steps is %d, want 1 to %d", t, maxSteps-1)
	}
	d.settings.steps = t
	s := data.Spec{X: tensor.Shape{t, d.c.Channels()}, Y: tensor.Shape{}, Classes: len(d.c.Names), ClassNames: d.c.Names}
	if d.settings.channelsFirst {
		s.X = tensor.Shape{d.c.Channels(), t}
	}
	if d.settings.lengths {
		s.More = []tensor.Shape{{}}
	}
	if d.c.Names == nil && d.c.Targets == nil {
		s.Y = s.X
	}
	d.spec = s
	return nil
}

// checkMissing reports the first value that is missing, if that is an error.
func (d *samples) checkMissing() error {
	if d.settings.missingAs != nil {
		return nil
	}
	for i, s := range d.c.Series {
		for k, values := range s {
			for t, v := range values {
				if v != v {
					return fmt.Errorf("series %d, channel %d, step %d is missing; Interpolate or MissingAs fills it", i, k, t)
				}
			}
		}
	}
	return nil
}

func (d *samples) Len() int        { return len(d.c.Series) }
func (d *samples) Spec() data.Spec { return d.spec }

func (d *samples) Label(i int) (int, error) {
	switch {
	case d.spec.Err != nil:
		return 0, d.spec.Err
	case d.c.Names == nil:
		return 0, errors.New("series: the target is not a class")
	case i < 0 || i >= d.Len():
		return 0, fmt.Errorf("series: no series %d, have %d", i, d.Len())
	}
	return d.c.Labels[i], nil
}

func (d *samples) Read(i int, dst data.Sample) error {
	if err := checkRead(d, i, dst); err != nil {
		return err
	}
	s := d.c.Series[i]
	x := dst.X.Data()
	d.write(x, s)
	if d.settings.lengths {
		dst.More[0].Set(float32(min(s.Steps(), d.settings.steps)))
	}
	switch y := dst.Y.(type) {
	case *tensor.Ints:
		y.Set(d.c.Labels[i])
	case *tensor.Tensor:
		if d.c.Targets != nil {
			y.Set(d.c.Targets[i])
		} else {
			copy(y.Data(), x)
		}
	}
	return nil
}

// checkRead returns an error unless ds has a sample i and dst can hold it.
func checkRead(ds data.Dataset, i int, dst data.Sample) error {
	spec := ds.Spec()
	switch {
	case spec.Err != nil:
		return spec.Err
	case i < 0 || i >= ds.Len():
		return fmt.Errorf("series: no sample %d, have %d", i, ds.Len())
	}
	if err := spec.Fits(dst); err != nil {
		return fmt.Errorf("series: %w", err)
	}
	return nil
}

// write writes a series.
func (d *samples) write(x []float32, s Series) {
	clear(x)
	n := d.settings.steps
	step, channel := len(s), 1
	if d.settings.channelsFirst {
		step, channel = 1, n
	}
	for k, values := range s {
		for t, v := range values[:min(n, len(values))] {
			if v != v {
				v = *d.settings.missingAs
			}
			x[t*step+k*channel] = v
		}
	}
}

// Forecast returns a data set of what comes after what: X [input, C] are steps of a
// series, Y [ahead, targets] are the given channels, by default all, at the steps
// after them. Samples start at every stride steps of every series, as far as
// they are whole. Scale first, with what the training part alone shows, and fill
// in what is missing.
func (c *Collection) Forecast(input, ahead, stride int, targets ...int) data.Dataset {
	f := &forecast{c: c, input: input, stride: stride, targets: targets}
	if err := f.set(ahead); err != nil {
		f.spec = data.Spec{Err: fmt.Errorf("series: Forecast: %w", err)}
	}
	return f
}

type forecast struct {
	c             *Collection
	input, stride int
	targets       []int
	spec          data.Spec
	n             int
	firsts        []int // number of the first sample of each series
}

func (f *forecast) set(ahead int) error {
	if err := f.c.check(); err != nil {
		return err
	}
	if f.input < 1 || ahead < 1 || f.stride < 1 {
		return fmt.Errorf("input is %d, ahead %d, stride %d, want at least 1", f.input, ahead, f.stride)
	}
	if len(f.targets) == 0 {
		for k := range f.c.Channels() {
			f.targets = append(f.targets, k)
		}
	}
	for i, k := range f.targets {
		if k < 0 || k >= f.c.Channels() {
			return fmt.Errorf("target %d is channel %d, want 0 to %d", i, k, f.c.Channels()-1)
		}
	}
	if n := f.c.Missing(); n > 0 {
		return fmt.Errorf("%d values are missing; Interpolate fills them", n)
	}
	for _, s := range f.c.Series {
		f.firsts = append(f.firsts, f.n)
		if f.input < s.Steps() {
			f.n += windows(s.Steps()-f.input, ahead, f.stride)
		}
	}
	if f.n == 0 {
		return fmt.Errorf("no series has %d and %d steps, the longest has %d", f.input, ahead, f.c.Longest())
	}
	f.spec = data.Spec{X: tensor.Shape{f.input, f.c.Channels()}, Y: tensor.Shape{ahead, len(f.targets)}}
	return nil
}

func (f *forecast) Len() int        { return f.n }
func (f *forecast) Spec() data.Spec { return f.spec }

func (f *forecast) Read(i int, dst data.Sample) error {
	if err := checkRead(f, i, dst); err != nil {
		return err
	}
	k, _ := slices.BinarySearch(f.firsts, i+1) // the series after the one that has sample i
	k--
	s, start := f.c.Series[k], (i-f.firsts[k])*f.stride
	x, y := dst.X.Data(), dst.Y.(*tensor.Tensor).Data()
	for c, values := range s {
		for t := range f.input {
			x[t*len(s)+c] = values[start+t]
		}
	}
	for j, c := range f.targets {
		for t := range f.spec.Y[0] {
			y[t*len(f.targets)+j] = s[c][start+f.input+t]
		}
	}
	return nil
}
