package zoo

import "fmt"

// Option changes one choice of a network.
type Option func(*options)

type options struct {
	small bool
	width float64
}

func apply(opts []Option) *options {
	o := &options{width: 1}
	for _, f := range opts {
		f(o)
	}
	return o
}

// usualWidth reports a width that was asked of a network without one.
func (o *options) usualWidth(network string) error {
	if o.width != 1 {
		return fmt.Errorf("zoo: %s: width %v, which only MobileNetV2 can have", network, o.width)
	}
	return nil
}

// SmallPictures makes a network for pictures of about 32×32, such as those of
// CIFAR, which the usual one shrinks to nothing:
//
//   - a ResNet begins with a convolution of 3×3 and stride 1, in place of 7×7 and
//     stride 2, and has no max pooling (He et al. 2015, section 4.2),
//   - a MobileNetV2 has stride 1, in place of 2, in the first convolution and in
//     the block features.2,
//   - a VGG has the mean of each channel and a single linear layer,
//     "classifier.0", in place of 7×7 means and three layers.
//
// The names of the parameters stay the same, and, but for the first convolution of
// a ResNet and the classifier of a VGG, the shapes.
func SmallPictures(o *options) { o.small = true }

// maxWidth bounds the number of channels, so that no size overflows.
const maxWidth = 10

// Width multiplies the number of channels of every layer of a MobileNetV2, as
// torchvision's width_mult. Results are rounded to multiples of 8, and the last
// convolution has 1280 channels or more. The factor is above 0 and at most 10.
func Width(factor float64) Option { return func(o *options) { o.width = factor } }
