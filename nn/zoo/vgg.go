package zoo

import (
	"errors"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// VGG is a plain stack of convolutions of 3×3, each followed by batch normalisation
// and ReLU, with max pooling between (Simonyan and Zisserman: Very deep
// convolutional networks for large-scale image recognition, 2014, arXiv 1409.1556;
// batch normalisation is younger than the paper). The means of 7×7 windows and three
// linear layers, with dropout of 0.5 between, follow. Shapes: x [N, 3, H, W] with H
// and W of at least 32, y [N, classes].
//
// Names and initial distributions are torchvision's. For pictures of other than
// three channels replace the first layer of Features, for another head the last of
// Classifier. Forward may run from many goroutines, each on its own tape.
type VGG struct {
	Features   *nn.Sequential
	AvgPool    *conv.AdaptivePool2D
	Classifier *nn.Sequential

	err error // of the options
}

// vgg11 are the numbers of channels of its convolutions; max pooling ends each row
// (configuration A of the paper).
var vgg11 = [][]int{{64}, {128}, {256, 256}, {512, 512}, {512, 512}}

// NewVGG11 returns a VGG of 11 layers with batch normalisation, torchvision's
// vgg11_bn. Most of its parameters, 124 million of 133, are in the linear layers;
// [SmallPictures] makes it one for 32×32 with 9 million. A number of classes or an
// option that cannot be is reported by [nn.Init].
func NewVGG11(classes int, opts ...Option) *VGG {
	o := apply(opts)
	v := &VGG{err: o.usualWidth("VGG")}
	var features []nn.Module
	in := 3
	for _, row := range vgg11 {
		for _, out := range row {
			features = append(features, convolution(in, out, 3, conv.Pad(1)), nn.NewBatchNorm(out), nn.ReLU)
			in = out
		}
		features = append(features, conv.MaxPool2D(2))
	}
	v.Features = nn.Seq(features...)
	if o.small {
		v.AvgPool = conv.AdaptiveAvgPool2D(1, 1)
		v.Classifier = nn.Seq(linear(512, classes))
		return v
	}
	v.AvgPool = conv.AdaptiveAvgPool2D(7, 7)
	v.Classifier = nn.Seq(
		linear(512*7*7, 4096), nn.ReLU, nn.NewDropout(0.5),
		linear(4096, 4096), nn.ReLU, nn.NewDropout(0.5),
		linear(4096, classes),
	)
	return v
}

// Build checks the options and that no part is missing.
func (v *VGG) Build() error {
	if v.err != nil {
		return v.err
	}
	if v.Features == nil || v.AvgPool == nil || v.Classifier == nil {
		return errors.New("zoo: VGG: a part is nil")
	}
	return nil
}

// Forward applies the network to x [N, 3, H, W].
func (v *VGG) Forward(x *grad.Var) *grad.Var {
	if err := v.Build(); err != nil {
		return x.Tape().Fail("VGG", err)
	}
	x = pass("VGG", "features", v.Features, x)
	x = pass("VGG", "flatten", nn.Flatten, pass("VGG", "avgpool", v.AvgPool, x))
	return pass("VGG", "classifier", v.Classifier, x)
}
