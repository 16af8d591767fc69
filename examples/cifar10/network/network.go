// Package network holds the residual network of the CIFAR-10 example.
package network

import (
	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/nn"
)

// MaxWidth is a width beyond which nobody would wait.
const MaxWidth = 1024

// New returns a small residual network for colour pictures of 32×32, not yet
// initialised: eight convolutions of 3×3, each followed by batch normalisation and
// ReLU, two pairs of them with a shortcut around, and a linear layer on the maximum
// of each channel. The first convolution has width channels, the last eight times
// as many, while pictures shrink from 32×32 to 4×4, so that all but the first take
// about the same time.
//
// It is after the ResNet-9 with which David Page trained CIFAR-10 fast ("How to
// Train Your ResNet", 2018), whose width is 64.
func New(width, classes int) *nn.Sequential {
	w := width
	return nn.Seq(
		Backbone(w),
		nn.NewLinear(8*w, classes),
	)
}

// Backbone returns the part of New that turns a picture into 8·width features.
func Backbone(w int) *nn.Sequential {
	return nn.Seq(
		block(3, w),
		block(w, 2*w), conv.MaxPool2D(2), residual(2*w),
		block(2*w, 4*w), conv.MaxPool2D(2),
		block(4*w, 8*w), conv.MaxPool2D(2), residual(8*w),
		conv.GlobalMaxPool,
	)
}

func block(in, out int) *nn.Sequential {
	return nn.Seq(conv.New2D(in, out, 3, conv.Same, conv.NoBias), nn.NewBatchNorm(out), nn.ReLU)
}

func residual(channels int) nn.Module {
	return nn.NewResidual(nn.Seq(block(channels, channels), block(channels, channels)), nil)
}
