package conv

import (
	"cmp"
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Settings say how a kernel moves over a picture. The zero value is the usual
// choice: step 1, no padding, no dilation, one group. Pairs are rows, columns.
type Settings struct {
	Stride   [2]int // distance of neighbouring positions; 0 means 1
	Dilation [2]int // distance of neighbouring kernel elements; 0 means 1
	// Pad is the number of rows and columns added at the top, bottom, left and
	// right of the picture: zeros, which max pooling ignores.
	Pad [4]int
	// Same chooses Pad, which is then ignored, such that the output has
	// ⌈size/stride⌉ rows and columns; an odd surplus goes to the bottom and right.
	Same   bool
	Groups int // blocks of channels that do not mix, for convolutions; 0 means 1
}

// Option changes one of the [Settings], or another choice of a layer.
type Option func(*options)

type options struct {
	Settings
	noBias bool
}

func apply(opts []Option) options {
	var o options
	for _, f := range opts {
		f(&o)
	}
	return o
}

// Same pads so that the output is as large as the input, divided by the stride.
func Same(o *options) { o.Same = true }

// Valid does not pad, which is the default.
func Valid(o *options) { o.Same, o.Pad = false, [4]int{} }

// NoBias leaves the bias out.
func NoBias(o *options) { o.noBias = true }

// Pad adds rows rows of zeros above and below, and columns columns left and
// right.
func Pad(rows, columns int) Option {
	return func(o *options) { o.Pad = [4]int{rows, rows, columns, columns} }
}

// Stride moves the kernel by so many rows and columns.
func Stride(rows, columns int) Option {
	return func(o *options) { o.Stride = [2]int{rows, columns} }
}

// Dilation spreads the kernel: its elements lie so many rows and columns apart.
func Dilation(rows, columns int) Option {
	return func(o *options) { o.Dilation = [2]int{rows, columns} }
}

// Groups cuts the channels into n blocks that do not mix.
func Groups(n int) Option { return func(o *options) { o.Groups = n } }

// limit bounds every setting, so that sizes computed from them, also from those
// of a file, cannot overflow.
const limit = 1 << 20

// bounded reports a setting, of the given kind, that is beyond the limit.
func bounded(kind string, values ...int) error {
	for _, v := range values {
		if v > limit {
			return fmt.Errorf("%s %d, want at most %d", kind, v, limit)
		}
	}
	return nil
}

// check returns the settings with zeros replaced by what they stand for.
func (s Settings) check() (Settings, error) {
	for i, axis := range [2]string{"rows", "columns"} {
		if s.Stride[i] == 0 {
			s.Stride[i] = 1
		}
		if s.Dilation[i] == 0 {
			s.Dilation[i] = 1
		}
		if s.Stride[i] < 0 {
			return s, fmt.Errorf("stride %d in %s, want at least 1", s.Stride[i], axis)
		}
		if s.Dilation[i] < 0 {
			return s, fmt.Errorf("dilation %d in %s, want at least 1", s.Dilation[i], axis)
		}
	}
	for _, p := range s.Pad {
		if p < 0 {
			return s, fmt.Errorf("padding %v, want none negative", s.Pad)
		}
	}
	if s.Groups == 0 {
		s.Groups = 1
	}
	if s.Groups < 0 {
		return s, fmt.Errorf("%d groups, want at least 1", s.Groups)
	}
	return s, cmp.Or(bounded("stride", s.Stride[:]...), bounded("dilation", s.Dilation[:]...), bounded("padding", s.Pad[:]...))
}

// window is a kernel of a given size moving over pictures of a given size: the
// geometry that convolution and pooling share. Index 0 is rows, 1 columns.
type window struct {
	in, kernel, stride, dilation, out [2]int
	before, after                     [2]int // padding
}

// place computes the output size of a kernel on a picture of h×w.
func (s Settings) place(kernel [2]int, h, w int) (window, error) {
	s, err := s.check()
	if err = cmp.Or(err, bounded("kernel", kernel[:]...)); err != nil {
		return window{}, err
	}
	g := window{
		in: [2]int{h, w}, kernel: kernel, stride: s.Stride, dilation: s.Dilation,
		before: [2]int{s.Pad[0], s.Pad[2]}, after: [2]int{s.Pad[1], s.Pad[3]},
	}
	for i := range 2 {
		if kernel[i] < 1 {
			return g, fmt.Errorf("kernel %v, want at least 1 in rows and columns", kernel)
		}
		span := g.dilation[i]*(kernel[i]-1) + 1
		if s.Same {
			g.out[i] = (g.in[i] + g.stride[i] - 1) / g.stride[i]
			total := max((g.out[i]-1)*g.stride[i]+span-g.in[i], 0)
			g.before[i], g.after[i] = total/2, total-total/2
			continue
		}
		room := g.in[i] + g.before[i] + g.after[i] - span
		if room < 0 {
			return g, fmt.Errorf("picture of %d×%d with padding %v is smaller than the kernel's %d×%d (dilation %v)",
				h, w, s.Pad, kernel[0], kernel[1], g.dilation)
		}
		g.out[i] = room/g.stride[i] + 1
	}
	return g, nil
}

// geometry is everything that shapes a convolution.
type geometry struct {
	window
	n, c, o, groups int // batch, input channels, output channels, groups
}

// infer checks the shapes of an input, a weight and an optional bias against
// each other.
func (s Settings) infer(x, w, b tensor.Shape) (geometry, error) {
	var g geometry
	s, err := s.check()
	switch {
	case err != nil:
		return g, err
	case len(x) != 4:
		return g, fmt.Errorf("input has shape %v, want [batch channels rows columns]", x)
	case len(w) != 4:
		return g, fmt.Errorf("weight has shape %v, want [out in/groups rows columns]", w)
	case x[1] != w[1]*s.Groups:
		return g, fmt.Errorf("input has %d channels, want %d", x[1], w[1]*s.Groups)
	case w[0]%s.Groups != 0:
		return g, fmt.Errorf("%d output channels do not divide into %d groups", w[0], s.Groups)
	case b != nil && !b.Equal(tensor.Shape{w[0]}):
		return g, fmt.Errorf("bias has shape %v, want [%d]", b, w[0])
	}
	g.window, err = s.place([2]int{w[2], w[3]}, x[2], x[3])
	g.n, g.c, g.o, g.groups = x[0], x[1], w[0], s.Groups
	if p := g.padded(); err == nil && p[0]*p[1] > grad.MaxSize/max(g.n*g.c, 1) {
		return g, fmt.Errorf("input of shape %v with padding %v, %v, want at most %d values", x, g.before, g.after, grad.MaxSize)
	}
	return g, err
}

// padded returns the size of the padded picture.
func (g *window) padded() [2]int {
	return [2]int{g.before[0] + g.in[0] + g.after[0], g.before[1] + g.in[1] + g.after[1]}
}

// taps returns the number of products in an output element.
func (g *geometry) taps() int { return g.c / g.groups * g.kernel[0] * g.kernel[1] }

// pixels returns the number of output pixels of a picture.
func (g *geometry) pixels() int { return g.out[0] * g.out[1] }
