package conv

import (
	"errors"
	"fmt"
)

// Option changes one of the [Settings], or another choice of a layer. Options
// that take numbers for the axes take one for all axes or one for each: rows and
// columns of a picture. Another count is reported by nn.Init and by Forward.
type Option func(*options)

// options are what was asked for. The numbers for the axes are as given, nil if
// there was no such option.
type options struct {
	stride, dilation, pad, outputPad []int

	same, noBias, noWinograd bool

	groups int
	err    error // the first option that cannot be
}

// apply returns the options of a layer that is no transposed convolution.
func apply(opts []Option) *options {
	o := applyTransposed(opts)
	if o.outputPad != nil {
		o.err = fmt.Errorf("output padding %v, which only transposed convolutions have", o.outputPad)
	}
	return o
}

// applyPool returns the options of a pooling layer.
func applyPool(opts []Option) *options {
	o := apply(opts)
	switch {
	case o.noBias:
		o.err = errors.New("NoBias, which only convolutions can be made with")
	case o.noWinograd:
		o.err = errors.New("NoWinograd, which only convolutions can be made with")
	}
	return o
}

func applyTransposed(opts []Option) *options {
	o := &options{}
	for _, f := range opts {
		f(o)
	}
	return o
}

// settings returns the options as settings for pictures.
func (o *options) settings() Settings {
	s := Settings{Same: o.same, Groups: o.groups, NoWinograd: o.noWinograd}
	var pad [2]int
	o.spread("stride", o.stride, s.Stride[:])
	o.spread("dilation", o.dilation, s.Dilation[:])
	o.spread("padding", o.pad, pad[:])
	s.Pad = [4]int{pad[0], pad[0], pad[1], pad[1]}
	s.err = o.err
	return s
}

// settings1D returns the options as settings for sequences.
func (o *options) settings1D() Settings1D {
	s := Settings1D{Same: o.same, Groups: o.groups}
	var stride, dilation, pad [1]int
	o.spread("stride", o.stride, stride[:])
	o.spread("dilation", o.dilation, dilation[:])
	o.spread("padding", o.pad, pad[:])
	s.Stride, s.Dilation, s.Pad, s.err = stride[0], dilation[0], [2]int{pad[0], pad[0]}, o.err
	return s
}

// spread gives every axis its number.
func (o *options) spread(kind string, numbers, axes []int) {
	switch {
	case numbers == nil:
	case len(numbers) == len(axes):
		copy(axes, numbers)
	case len(numbers) == 1:
		for i := range axes {
			axes[i] = numbers[0]
		}
	case o.err == nil && len(axes) == 1:
		o.err = fmt.Errorf("%s %v has %d numbers, want 1", kind, numbers, len(numbers))
	case o.err == nil:
		o.err = fmt.Errorf("%s %v has %d numbers, want 1 or %d", kind, numbers, len(numbers), len(axes))
	}
}

// given returns a copy that is not nil, even if there are no numbers.
func given(numbers []int) []int { return append([]int{}, numbers...) }

// Same pads so that the output is as large as the input, divided by the stride,
// or, for a transposed convolution, multiplied by it.
func Same(o *options) { o.same = true }

// Valid does not pad, which is the default.
func Valid(o *options) { o.same, o.pad = false, nil }

// NoBias leaves the bias out.
func NoBias(o *options) { o.noBias = true }

// NoWinograd keeps a convolution to the sums of the formula; see
// [Settings.NoWinograd]. Sequences always are.
func NoWinograd(o *options) { o.noWinograd = true }

// Pad adds so many zeros on both sides of each axis: Pad(1, 2) adds a row above
// and below, and two columns left and right; Pad(1) adds one everywhere. Of [Same],
// [Valid] and Pad the last one counts.
func Pad(zeros ...int) Option {
	zeros = given(zeros)
	return func(o *options) { o.same, o.pad = false, zeros }
}

// Stride moves the kernel by so many rows and columns.
func Stride(steps ...int) Option {
	steps = given(steps)
	return func(o *options) { o.stride = steps }
}

// Dilation spreads the kernel: its elements lie so many rows and columns apart.
func Dilation(distances ...int) Option {
	distances = given(distances)
	return func(o *options) { o.dilation = distances }
}

// OutputPad makes the output of a transposed convolution larger by so many rows
// at the bottom and columns at the right. With a stride of s, s outputs of
// different size have gradients of one size; it says which one is wanted.
func OutputPad(surplus ...int) Option {
	surplus = given(surplus)
	return func(o *options) { o.outputPad = surplus }
}

// Groups cuts the channels into n blocks that do not mix.
func Groups(n int) Option { return func(o *options) { o.groups = n } }
