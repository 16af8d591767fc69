package conv

import (
	"cmp"
	"fmt"
)

// Settings1D say how a kernel moves along a sequence, as [Settings] do for a
// picture. The zero value is the usual choice: step 1, no padding, no dilation,
// one group.
type Settings1D struct {
	Stride   int // distance of neighbouring positions; 0 means 1
	Dilation int // distance of neighbouring kernel elements; 0 means 1
	// Pad is the number of zeros added before and after the sequence, which max
	// pooling ignores.
	Pad [2]int
	// Same chooses Pad, which is then ignored, such that the output has
	// ⌈length/stride⌉ elements; an odd surplus goes to the end.
	Same   bool
	Groups int // blocks of channels that do not mix, for convolutions; 0 means 1

	err error // of the options that the settings come from
}

// row returns the settings that do the same to a picture of one row.
func (s Settings1D) row() Settings {
	return Settings{
		Stride: [2]int{0, s.Stride}, Dilation: [2]int{0, s.Dilation}, Pad: [4]int{0, 0, s.Pad[0], s.Pad[1]},
		Same: s.Same, Groups: s.Groups, err: s.err,
	}
}

// check reports settings that cannot be, for a kernel of the given length, where
// [Settings] would speak of rows and columns.
func (s Settings1D) check(kernel int) error {
	switch {
	case s.err != nil:
		return s.err
	case s.Stride < 0:
		return fmt.Errorf("stride %d, want at least 1", s.Stride)
	case s.Dilation < 0:
		return fmt.Errorf("dilation %d, want at least 1", s.Dilation)
	case min(s.Pad[0], s.Pad[1]) < 0:
		return fmt.Errorf("padding %v, want none negative", s.Pad)
	case kernel < 1:
		return fmt.Errorf("kernel %d, want at least 1", kernel)
	}
	return cmp.Or(bounded("kernel", kernel), bounded("dilation", s.Dilation), bounded("padding", s.Pad[:]...))
}

// fit reports a sequence that is shorter than the kernel.
func (s Settings1D) fit(kernel, length int) error {
	d := max(s.Dilation, 1)
	if !s.Same && length+s.Pad[0]+s.Pad[1] < d*(kernel-1)+1 {
		return fmt.Errorf("sequence of %d with padding %v is shorter than the kernel's %d (dilation %d)", length, s.Pad, kernel, d)
	}
	return nil
}

// build checks what a convolutional layer is made of.
func (s Settings1D) build(in, out, kernel int) (Settings, error) {
	if err := s.check(kernel); err != nil {
		return Settings{}, err
	}
	return s.row().build(in, out, [2]int{1, kernel})
}

// asRow returns, in the memory of dst, the shape [N, C, L] of a sequence as that
// of a picture of one row.
func asRow(dst *[4]int, s []int) []int {
	*dst = [4]int{s[0], s[1], 1, s[2]}
	return dst[:]
}
