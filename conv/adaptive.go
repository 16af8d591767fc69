package conv

import (
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// AdaptivePool2D is a layer that makes pictures of one size of pictures of any
// size: it cuts each channel into Out windows, of about the same size, and
// replaces each by its maximum or its mean. Row i of the output is made of the
// rows from ⌊i·H/Out⌋ to before ⌈(i+1)·H/Out⌉, and columns alike, so windows may
// share a row or column. Shapes: x [N, C, H, W], y [N, C, Out[0], Out[1]].
//
// A NaN is passed on, and the gradient of a maximum goes to the first of equal
// ones. It is PyTorch's nn.AdaptiveMaxPool2d or nn.AdaptiveAvgPool2d.
type AdaptivePool2D struct {
	Out  [2]int // rows, columns
	Mean bool   // the mean in place of the maximum
}

// AdaptiveMaxPool2D returns a layer that takes the maxima of h×w windows.
func AdaptiveMaxPool2D(h, w int) *AdaptivePool2D { return &AdaptivePool2D{Out: [2]int{h, w}} }

// AdaptiveAvgPool2D returns a layer that takes the means of h×w windows.
func AdaptiveAvgPool2D(h, w int) *AdaptivePool2D {
	return &AdaptivePool2D{Out: [2]int{h, w}, Mean: true}
}

// Build checks the settings. nn.Init and nn.Load call it.
func (l *AdaptivePool2D) Build() error {
	op := l.op()
	return op.build()
}

func (l *AdaptivePool2D) op() adaptivePool {
	return adaptivePool{Out: l.Out, pool2D: pool2D{Kind: kindOf(l.Mean)}}
}

// Forward applies the layer to x [N, C, H, W].
//
//go:noinline
func (l *AdaptivePool2D) Forward(x *grad.Var) *grad.Var {
	// Inlined into another package, the list of inputs would cost an allocation.
	return grad.Apply(l.op(), x)
}

// AdaptivePool1D is [AdaptivePool2D] for sequences. Shapes: x [N, C, L], y [N, C,
// Out].
type AdaptivePool1D struct {
	Out  int
	Mean bool // the mean in place of the maximum
}

// AdaptiveMaxPool1D returns a layer that takes the maxima of n windows.
func AdaptiveMaxPool1D(n int) *AdaptivePool1D { return &AdaptivePool1D{Out: n} }

// AdaptiveAvgPool1D returns a layer that takes the means of n windows.
func AdaptiveAvgPool1D(n int) *AdaptivePool1D { return &AdaptivePool1D{Out: n, Mean: true} }

// Build checks the settings. nn.Init and nn.Load call it.
func (l *AdaptivePool1D) Build() error {
	op := l.op()
	return op.build()
}

func (l *AdaptivePool1D) op() adaptivePool {
	return adaptivePool{Out: [2]int{1, l.Out}, Line: true, pool2D: pool2D{Kind: kindOf(l.Mean)}}
}

// Forward applies the layer to x [N, C, L].
//
//go:noinline
func (l *AdaptivePool1D) Forward(x *grad.Var) *grad.Var {
	// Inlined into another package, the list of inputs would cost an allocation.
	return grad.Apply(l.op(), x)
}

// adaptivePool is [pool2D] with windows that follow from the size of the picture,
// or of the sequence, which it sees as a picture of one row.
type adaptivePool struct {
	Out  [2]int
	Line bool // for sequences
	pool2D
}

func (op *adaptivePool) Name() string {
	if op.Line {
		return "Adaptive" + op.Kind.word() + "Pool1D"
	}
	return "Adaptive" + op.Kind.word() + "Pool2D"
}

func (op *adaptivePool) build() error {
	if err := op.check(); err != nil {
		return fmt.Errorf("conv: %s: %w", op.Name(), err)
	}
	return nil
}

func (op *adaptivePool) check() error {
	switch {
	case op.Line && op.Out[1] < 1:
		return fmt.Errorf("output of %d, want at least 1", op.Out[1])
	case op.Out[0] < 1 || op.Out[1] < 1:
		return fmt.Errorf("output of %d×%d, want at least 1×1", op.Out[0], op.Out[1])
	}
	return bounded("output of", op.Out[:]...)
}

func (op *adaptivePool) Infer(in, out []tensor.Shape) error {
	x, want, h := in[0], "rows columns", 1
	axes := op.Out[:]
	if op.Line {
		want, axes = "length", axes[1:]
	}
	if err := op.check(); err != nil {
		return err
	}
	if len(x) != 2+len(axes) {
		return fmt.Errorf("input has shape %v, want [batch channels %s]", x, want)
	}
	if x[2:].Size() == 0 {
		return fmt.Errorf("input has shape %v, want no axis but the batch and the channels empty", x)
	}
	if !op.Line {
		h = x[2]
	}
	op.window = window{in: [2]int{h, x[len(x)-1]}, out: op.Out, dilation: [2]int{1, 1}, adaptive: true}
	out[0] = append(append(out[0][:0], x[:2]...), axes...)
	return nil
}

// share is span for adaptive windows.
func (g *window) share(i, o int) (lo, hi, start int) {
	// In 64 bits, since sizes of 32 are possible.
	in, out := int64(g.in[i]), int64(g.out[i])
	start = int(int64(o) * in / out)
	end := int((int64(o+1)*in + out - 1) / out)
	return 0, end - start, start
}
