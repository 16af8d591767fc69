package zoo

import (
	"errors"
	"fmt"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// MobileNetV2 is a network for small machines (Sandler, Howard, Zhu, Zhmoginov and
// Chen: MobileNetV2, inverted residuals and linear bottlenecks, 2018, arXiv
// 1801.04381): a convolution, 17 blocks of [InvertedResidual], a convolution of 1×1,
// the mean of each channel, dropout of 0.2, and a linear layer. Shapes: x [N, 3, H,
// W], y [N, classes].
//
// Names and initial distributions are torchvision's. For pictures of other than
// three channels replace the first layer of Features.Layers[0], for another head the
// last of Classifier. Forward may run from many goroutines, each on its own tape.
type MobileNetV2 struct {
	Features   *nn.Sequential
	Classifier *nn.Sequential

	err error // of the options
}

// mobileStages are the stages of blocks (table 2 of the paper): the expansion, the
// channels, the number of blocks, and the stride of the first of them.
var mobileStages = [...]struct{ expansion, channels, depth, stride int }{
	{1, 16, 1, 1},
	{6, 24, 2, 2},
	{6, 32, 3, 2},
	{6, 64, 4, 2},
	{6, 96, 3, 1},
	{6, 160, 3, 2},
	{6, 320, 1, 1},
}

// NewMobileNetV2 returns a MobileNetV2 for pictures of about 224×224;
// [SmallPictures] makes it one for 32×32, [Width] a larger or smaller one. A number
// of classes or an option that cannot be is reported by [nn.Init].
func NewMobileNetV2(classes int, opts ...Option) *MobileNetV2 {
	o := apply(opts)
	var err error
	if !(o.width > 0 && o.width <= maxWidth) {
		err = fmt.Errorf("zoo: MobileNetV2: width %v, want more than 0 and at most %d", o.width, maxWidth)
		o.width = 1 // its parts can be replaced until Init reports the error
	}
	stride := 2 // of the first convolution and the second stage
	if o.small {
		stride = 1
	}
	in := divisible(32 * o.width)
	features := []nn.Module{convNormReLU6(3, in, 3, conv.Stride(stride), conv.Pad(1))}
	for i, s := range mobileStages {
		if i == 1 {
			s.stride = stride
		}
		out := divisible(float64(s.channels) * o.width)
		for range s.depth {
			features = append(features, newInvertedResidual(in, out, s.stride, s.expansion))
			in, s.stride = out, 1
		}
	}
	last := divisible(1280 * max(1, o.width))
	features = append(features, convNormReLU6(in, last, 1))
	return &MobileNetV2{
		Features:   nn.Seq(features...),
		Classifier: nn.Seq(nn.NewDropout(0.2), linear(last, classes)),
		err:        err,
	}
}

// divisible rounds a number of channels to a multiple of 8, not down by more than a
// tenth (torchvision's _make_divisible).
func divisible(channels float64) int {
	n := max(8, int(channels+4)/8*8)
	if float64(n) < 0.9*channels {
		n += 8
	}
	return n
}

// convNormReLU6 returns a convolution with what follows it.
func convNormReLU6(in, out, kernel int, opts ...conv.Option) *nn.Sequential {
	return nn.Seq(convolution(in, out, kernel, append(opts, conv.NoBias)...), nn.NewBatchNorm(out), nn.ReLU6)
}

// Build checks the options and that no part is missing.
func (m *MobileNetV2) Build() error {
	if m.err != nil {
		return m.err
	}
	if m.Features == nil || m.Classifier == nil {
		return errors.New("zoo: MobileNetV2: a part is nil")
	}
	return nil
}

// Forward applies the network to x [N, 3, H, W].
func (m *MobileNetV2) Forward(x *grad.Var) *grad.Var {
	if err := m.Build(); err != nil {
		return x.Tape().Fail("MobileNetV2", err)
	}
	x = pass("MobileNetV2", "features", m.Features, x)
	x = pass("MobileNetV2", "avgpool", conv.GlobalAvgPool, x)
	return pass("MobileNetV2", "classifier", m.Classifier, x)
}

// InvertedResidual is the block of [NewMobileNetV2]: a convolution of 1×1 to more
// channels, one of 3×3 in each channel alone, both followed by batch normalisation
// and [nn.ReLU6], and one of 1×1 to few channels, followed by batch normalisation
// alone. The block that does not expand lacks the first.
//
//	y = conv(x)        or, if Residual,    y = x + conv(x)
type InvertedResidual struct {
	Conv     *nn.Sequential
	Residual bool // x is added, which has the shape of y
}

func newInvertedResidual(in, out, stride, expansion int) *InvertedResidual {
	wide := in * expansion
	var layers []nn.Module
	if expansion != 1 {
		layers = append(layers, convNormReLU6(in, wide, 1))
	}
	layers = append(layers,
		convNormReLU6(wide, wide, 3, conv.Stride(stride), conv.Pad(1), conv.Groups(wide)),
		convolution(wide, out, 1, conv.NoBias), nn.NewBatchNorm(out),
	)
	return &InvertedResidual{Conv: nn.Seq(layers...), Residual: stride == 1 && in == out}
}

// Build checks that no part is missing.
func (b *InvertedResidual) Build() error {
	if b.Conv == nil {
		return errors.New("zoo: InvertedResidual: Conv is nil")
	}
	return nil
}

// Forward applies the block.
func (b *InvertedResidual) Forward(x *grad.Var) *grad.Var {
	if err := b.Build(); err != nil {
		return x.Tape().Fail("InvertedResidual", err)
	}
	y := pass("InvertedResidual", "conv", b.Conv, x)
	if b.Residual {
		return grad.Add(x, y)
	}
	return y
}
