package drift

import (
	"fmt"
	"math"
	"strconv"

	"github.com/gannet-ml/gannet/tensor"
)

// maxFeatures bounds the features of inputs, and those of outputs.
const maxFeatures = 64

// Layouts say how features are made of inputs.
const (
	columns      = "columns"       // [N, F] or [N]: the numbers themselves
	channels     = "channels"      // [N, C, …]: summaries of every channel
	channelsLast = "channels_last" // [N, …, C]
	whole        = "whole"         // [N, …]: summaries of the sample
	custom       = "custom"        // a function of the user
)

// Func computes features of one's own for a batch: dst [N, F] of the inputs x, such
// as the outputs of a hidden layer or what is known of a document. It may be called
// by several goroutines at once.
type Func func(dst, x *tensor.Tensor) error

// summaries are the features of a channel.
var summaries = []string{"mean", "std", "sharpness", "min", "max"}

// schema says what is watched.
type schema struct {
	layout  string   // "" if inputs are not watched
	width   int      // columns or channels, 0 in other layouts
	inputs  []string // names of features
	f       Func     // of layout custom
	outputs Outputs  // "" if outputs are not watched
	single  int      // numbers of a sample's outputs
	scores  []string // names of features
}

// features returns the number of features of a sample.
func (s *schema) features() int { return len(s.inputs) + len(s.scores) }

// name returns the name of a feature, first those of inputs.
func (s *schema) name(i int) string {
	if i < len(s.inputs) {
		return s.inputs[i]
	}
	return s.scores[i-len(s.inputs)]
}

// numbered returns name0, name1, …
func numbered(name string, n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = name + strconv.Itoa(i)
	}
	return names
}

// arrange returns the layout of inputs of a shape, its width and names of the
// features.
func arrange(shape tensor.Shape, last bool) (layout string, width int, names []string, err error) {
	if len(shape) == 0 || shape[1:].Size() == 0 {
		return "", 0, nil, fmt.Errorf("inputs have shape %v, want [N, …] with numbers for a sample", shape)
	}
	if n := shape[1:].Size(); len(shape) <= 2 && n <= maxFeatures {
		return columns, n, numbered("x", n), nil
	}
	if len(shape) > 2 {
		layout, width = channels, shape[1]
		if last {
			layout, width = channelsLast, shape[len(shape)-1]
		}
		if width*len(summaries) <= maxFeatures {
			for c := range width {
				for _, s := range summaries {
					names = append(names, fmt.Sprintf("%s[%d]", s, c))
				}
			}
			return layout, width, names, nil
		}
	}
	return whole, 0, summaries, nil
}

// check returns the number of samples of a batch, or why it is not one of the
// schema.
func (s *schema) check(x, y *tensor.Tensor) (int, error) {
	switch {
	case s.layout != "" && x == nil:
		return 0, fmt.Errorf("inputs are missing, the reference has them")
	case s.outputs != "" && y == nil:
		return 0, fmt.Errorf("outputs are missing, the reference has them")
	}
	n := -1
	if s.layout != "" {
		if err := s.checkInputs(x.Shape()); err != nil {
			return 0, err
		}
		n = x.Dim(0)
	}
	if s.outputs == "" {
		return n, nil
	}
	shape := y.Shape()
	if len(shape) == 0 || len(shape) > 2 || shape[1:].Size() != s.single {
		return 0, fmt.Errorf("outputs have shape %v, want [N, %d]", shape.Clone(), s.single)
	}
	if n >= 0 && shape[0] != n {
		return 0, fmt.Errorf("%d inputs and %d outputs, want as many", n, shape[0])
	}
	return shape[0], nil
}

func (s *schema) checkInputs(shape tensor.Shape) error {
	want, ok := "[N, …]", len(shape) > 0
	switch s.layout {
	case columns:
		want, ok = "[N, %d]", ok && len(shape) <= 2 && shape[1:].Size() == s.width
	case channels:
		want, ok = "[N, %d, …]", len(shape) > 2 && shape[1] == s.width
	case channelsLast:
		want, ok = "[N, …, %d]", len(shape) > 2 && shape[len(shape)-1] == s.width
	}
	if ok && (s.layout == custom || shape[1:].Size() > 0) {
		return nil
	}
	if s.width > 0 {
		want = fmt.Sprintf(want, s.width)
	}
	return fmt.Errorf("inputs have shape %v, want %s", shape.Clone(), want)
}

// batch is a batch of samples as a reference and a monitor keep them, in memory that
// is used again.
type batch struct {
	rows   []float32 // the features of each sample, NaN if missing
	labels []int32   // −1 if missing

	dims   []int // of a channel
	custom []float32
	array  tensor.Tensor
	shape  tensor.Shape
}

// read computes the features of n samples.
func (b *batch) read(s *schema, x, y *tensor.Tensor, n int) error {
	width := s.features()
	b.rows = grow(b.rows, n*width)
	b.labels = grow(b.labels, n)
	if s.layout != "" {
		if err := b.readInputs(s, x, n); err != nil {
			return err
		}
	}
	if s.outputs == "" {
		for i := range b.labels {
			b.labels[i] = -1
		}
		return nil
	}
	data := contiguous(y)
	for i := range n {
		row := b.rows[i*width+len(s.inputs) : (i+1)*width]
		b.labels[i] = int32(s.outputs.score(row, data[i*s.single:(i+1)*s.single]))
	}
	return nil
}

func (b *batch) readInputs(s *schema, x *tensor.Tensor, n int) error {
	if s.layout == custom {
		b.custom = grow(b.custom, n*len(s.inputs))
		b.shape = append(b.shape[:0], n, len(s.inputs))
		if err := s.f(b.array.Bind(b.custom, b.shape), x); err != nil {
			return err
		}
		b.copy(s, b.custom, n)
		return nil
	}
	data := contiguous(x)
	if s.layout == columns {
		b.copy(s, data, n)
		return nil
	}
	shape := x.Shape()[1:]
	count, step, size := 1, 1, shape.Size()
	switch s.layout {
	case channels:
		b.dims = append(b.dims[:0], shape[1:]...)
		count = s.width
	case channelsLast:
		b.dims = append(b.dims[:0], shape[:len(shape)-1]...)
		count, step = s.width, s.width
	default:
		b.dims = append(b.dims[:0], shape...)
	}
	each := size / count
	for i := range n {
		row, sample := b.rows[i*s.features():], data[i*size:(i+1)*size]
		for c := range count {
			first := c * each
			if step > 1 {
				first = c
			}
			summarise(row[c*len(summaries):], sample[first:], each, step, b.dims)
		}
	}
	return nil
}

// copy takes features over as they are.
func (b *batch) copy(s *schema, src []float32, n int) {
	k := len(s.inputs)
	for i := range n {
		row := b.rows[i*s.features():]
		for j, v := range src[i*k : (i+1)*k] {
			row[j] = finite(float64(v))
		}
	}
}

// summarise writes the summaries of n numbers, x[0], x[step] and so on, which have
// the shape dims. All are NaN if a number is NaN or infinite.
func summarise(dst, x []float32, n, step int, dims []int) {
	sum, lo, hi := 0.0, x[0], x[0]
	for i := range n {
		v := x[i*step]
		sum += float64(v)
		if v < lo {
			lo = v
		}
		if v > hi {
			hi = v
		}
	}
	mean := sum / float64(n)
	if mean-mean != 0 {
		for i := range summaries {
			dst[i] = float32(math.NaN())
		}
		return
	}
	squares := 0.0
	for i := range n {
		d := float64(x[i*step]) - mean
		squares += d * d
	}
	dst[0], dst[1] = finite(mean), finite(math.Sqrt(squares/float64(n)))
	dst[2] = finite(sharpness(x, n, step, dims))
	dst[3], dst[4] = lo, hi
}

// sharpness returns the mean of |a − b| over all neighbours a and b along an axis, 0
// if there are none.
func sharpness(x []float32, n, step int, dims []int) float64 {
	sum, pairs, inner := 0.0, 0, 1
	for axis := len(dims) - 1; axis >= 0; axis-- {
		run := (dims[axis] - 1) * inner // numbers that have a neighbour after them
		for first := 0; first < n; first += dims[axis] * inner {
			for i := first; i < first+run; i++ {
				sum += math.Abs(float64(x[(i+inner)*step]) - float64(x[i*step]))
			}
			pairs += run
		}
		inner *= dims[axis]
	}
	if pairs == 0 {
		return 0
	}
	return sum / float64(pairs)
}

// contiguous returns the elements of x in row-major order.
func contiguous(x *tensor.Tensor) []float32 {
	if !x.Contiguous() {
		x = x.Clone()
	}
	return x.Data()
}

// grow returns s with n elements, whose values are any.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
