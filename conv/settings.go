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
	// NoWinograd keeps to the sums of the formula, for convolutions where Winograd's
	// algorithm would be faster; the documentation of the package has its error.
	NoWinograd bool `json:",omitempty"`

	err error // of the options that the settings come from
}

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
	if s.err != nil {
		return s, s.err
	}
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
	adaptive                          bool   // windows share the picture; no kernel, no stride
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

// build checks what a convolutional layer is made of.
func (s Settings) build(in, out int, kernel [2]int) (Settings, error) {
	s, err := s.check()
	switch err = cmp.Or(err, bounded("kernel", kernel[:]...)); {
	case err != nil:
		return s, err
	case in < 1 || out < 1:
		return s, fmt.Errorf("%d input and %d output channels, want at least 1", in, out)
	case kernel[0] < 1 || kernel[1] < 1:
		return s, fmt.Errorf("kernel %v, want at least 1 in rows and columns", kernel)
	case in%s.Groups != 0 || out%s.Groups != 0:
		return s, fmt.Errorf("%d input and %d output channels do not divide into %d groups", in, out, s.Groups)
	}
	return s, nil
}

// geometry is everything that shapes a convolution.
type geometry struct {
	window
	n, c, o, groups int // batch, input channels, output channels, groups
	noWinograd      bool
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
	g.n, g.c, g.o, g.groups, g.noWinograd = x[0], x[1], w[0], s.Groups, s.NoWinograd
	if err == nil && g.tooLarge() {
		return g, fmt.Errorf("input of shape %v with padding %v, %v, want at most %d values", x, g.before, g.after, grad.MaxSize)
	}
	return g, err
}

// tooLarge bounds the memory that the padded input takes.
func (g *geometry) tooLarge() bool {
	p := g.padded()
	return p[0]*p[1] > grad.MaxSize/max(g.n*g.c, 1)
}

// padded returns the size of the padded picture.
func (g *window) padded() [2]int {
	return [2]int{g.before[0] + g.in[0] + g.after[0], g.before[1] + g.in[1] + g.after[1]}
}

// taps returns the number of products in an output element.
func (g *geometry) taps() int { return g.c / g.groups * g.kernel[0] * g.kernel[1] }

// pixels returns the number of output pixels of a picture.
func (g *geometry) pixels() int { return g.out[0] * g.out[1] }
