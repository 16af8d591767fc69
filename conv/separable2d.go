package conv

import (
	"errors"
	"fmt"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// Separable2D is a layer that convolves each channel with a kernel of its own and
// then mixes the channels pixel by pixel:
//
//	y = Pointwise(Depthwise(x))
//
// For a kernel of K×K that takes In·(K² + Out) weights in place of In·K²·Out.
// Shapes: x [N, In, H, W], y [N, Out, H', W'] as for [Conv2D]. (Howard et al.:
// MobileNets, 2017, arXiv 1704.04861, without the normalisation between the two;
// Keras has it as SeparableConv2D.)
type Separable2D struct {
	Depthwise *Conv2D // as many groups as channels
	Pointwise *Conv2D // a kernel of 1×1
}

// NewSeparable2D returns a separable convolution with a square kernel. Stride,
// dilation and padding are the depthwise part's; the bias is the pointwise part's,
// since one between the two would add nothing. Settings that cannot be are
// reported by nn.Init and by Forward.
//
//	conv.NewSeparable2D(32, 64, 3, conv.Same, conv.Stride(2))
func NewSeparable2D(in, out, kernel int, opts ...Option) *Separable2D {
	o := apply(opts)
	if o.groups != 0 {
		o.err = fmt.Errorf("%d groups, want none: there are as many as channels", o.groups)
	}
	o.groups = in
	depthwise := &Conv2D{In: in, Out: in, Kernel: [2]int{kernel, kernel}, Settings: o.settings(), NoBias: true}
	pointwise := &Conv2D{In: in, Out: out, Kernel: [2]int{1, 1}, NoBias: o.noBias}
	_ = depthwise.Build() // an error is met again when the layer is initialised or used
	_ = pointwise.Build()
	return &Separable2D{depthwise, pointwise}
}

// Build checks that the parts are there; nn.Init and nn.Load call it, and Build
// of the parts.
func (l *Separable2D) Build() error {
	if l.Depthwise == nil || l.Pointwise == nil {
		return errors.New("conv: Separable2D: a part is nil, want a depthwise and a pointwise convolution")
	}
	return nil
}

// Forward applies the layer to x [N, In, H, W].
func (l *Separable2D) Forward(x *grad.Var) *grad.Var {
	if err := l.Build(); err != nil {
		return x.Tape().Fail("Separable2D", err)
	}
	return l.Pointwise.Forward(l.Depthwise.Forward(x))
}
