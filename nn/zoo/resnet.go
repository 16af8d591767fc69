package zoo

import (
	"errors"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// ResNet is a residual network (He, Zhang, Ren and Sun: Deep residual learning for
// image recognition, 2015, arXiv 1512.03385): a convolution, four stages of blocks,
// each with twice the channels and half the rows and columns of the one before, the
// mean of each channel, and a linear layer. Shapes: x [N, 3, H, W], y [N, classes].
//
// Names and initial distributions are torchvision's. For pictures of other than
// three channels replace Conv1, for another head FC. Forward may run from many
// goroutines, each on its own tape.
type ResNet struct {
	Conv1                          *conv.Conv2D
	BN1                            *nn.BatchNorm
	MaxPool                        *conv.Pool2D   // nil for none
	Layer1, Layer2, Layer3, Layer4 *nn.Sequential // of BasicBlock or Bottleneck
	FC                             *nn.Linear

	err error // of the options
}

// NewResNet18 returns a ResNet of 18 layers: stages of 2, 2, 2 and 2 [BasicBlock]. It
// is for pictures of about 224×224; [SmallPictures] makes it one for 32×32. A number
// of classes or an option that cannot be is reported by [nn.Init].
func NewResNet18(classes int, opts ...Option) *ResNet {
	return newResNet(basicBlocks, [4]int{2, 2, 2, 2}, classes, opts)
}

// NewResNet34 is [NewResNet18] with stages of 3, 4, 6 and 3 [BasicBlock].
func NewResNet34(classes int, opts ...Option) *ResNet {
	return newResNet(basicBlocks, [4]int{3, 4, 6, 3}, classes, opts)
}

// NewResNet50 is [NewResNet18] with stages of 3, 4, 6 and 3 [Bottleneck].
func NewResNet50(classes int, opts ...Option) *ResNet {
	return newResNet(bottlenecks, [4]int{3, 4, 6, 3}, classes, opts)
}

// kind is a kind of block: what makes one and how many times its width it has
// output channels.
type kind struct {
	block     func(in, width, stride int) nn.Module
	expansion int
}

var (
	basicBlocks = kind{newBasicBlock, 1}
	bottlenecks = kind{newBottleneck, 4}
)

func newResNet(k kind, depths [4]int, classes int, opts []Option) *ResNet {
	o := apply(opts)
	r := &ResNet{BN1: nn.NewBatchNorm(64), err: o.usualWidth("ResNet")}
	if o.small {
		r.Conv1 = convolution(3, 64, 3, conv.Pad(1), conv.NoBias)
	} else {
		r.Conv1 = convolution(3, 64, 7, conv.Stride(2), conv.Pad(3), conv.NoBias)
		r.MaxPool = conv.MaxPool2D(3, conv.Stride(2), conv.Pad(1))
	}
	r.Layer1 = k.stage(64, 64, depths[0], 1)
	r.Layer2 = k.stage(64*k.expansion, 128, depths[1], 2)
	r.Layer3 = k.stage(128*k.expansion, 256, depths[2], 2)
	r.Layer4 = k.stage(256*k.expansion, 512, depths[3], 2)
	r.FC = nn.NewLinear(512*k.expansion, classes)
	return r
}

// stage returns so many blocks, of which the first has the stride.
func (k kind) stage(in, width, depth, stride int) *nn.Sequential {
	blocks := []nn.Module{k.block(in, width, stride)}
	for len(blocks) < depth {
		blocks = append(blocks, k.block(width*k.expansion, width, 1))
	}
	return nn.Seq(blocks...)
}

// Build checks the options and that no part is missing.
func (r *ResNet) Build() error {
	if r.err != nil {
		return r.err
	}
	if r.Conv1 == nil || r.BN1 == nil || r.Layer1 == nil || r.Layer2 == nil || r.Layer3 == nil || r.Layer4 == nil || r.FC == nil {
		return errors.New("zoo: ResNet: a part other than MaxPool is nil")
	}
	return nil
}

// Forward applies the network to x [N, 3, H, W].
func (r *ResNet) Forward(x *grad.Var) *grad.Var {
	if err := r.Build(); err != nil {
		return x.Tape().Fail("ResNet", err)
	}
	x = pass("ResNet", "conv1", r.Conv1, x)
	x = pass("ResNet", "relu", nn.ReLUInPlace, pass("ResNet", "bn1", r.BN1, x))
	if r.MaxPool != nil {
		x = pass("ResNet", "maxpool", r.MaxPool, x)
	}
	x = pass("ResNet", "layer1", r.Layer1, x)
	x = pass("ResNet", "layer2", r.Layer2, x)
	x = pass("ResNet", "layer3", r.Layer3, x)
	x = pass("ResNet", "layer4", r.Layer4, x)
	x = pass("ResNet", "avgpool", conv.GlobalAvgPool, x)
	return pass("ResNet", "fc", r.FC, x)
}

// BasicBlock is the block of [NewResNet18] and [NewResNet34], two convolutions of
// 3×3 with a way around them:
//
//	y = ReLU(bn2(conv2(ReLU(bn1(conv1(x))))) + downsample(x))
type BasicBlock struct {
	Conv1      *conv.Conv2D // with the stride
	BN1        *nn.BatchNorm
	Conv2      *conv.Conv2D
	BN2        *nn.BatchNorm
	Downsample *nn.Sequential // nil where x itself is added
}

func newBasicBlock(in, width, stride int) nn.Module {
	return &BasicBlock{
		Conv1: convolution(in, width, 3, conv.Stride(stride), conv.Pad(1), conv.NoBias), BN1: nn.NewBatchNorm(width),
		Conv2: convolution(width, width, 3, conv.Pad(1), conv.NoBias), BN2: nn.NewBatchNorm(width),
		Downsample: downsample(in, width, stride),
	}
}

// Build checks that no part is missing.
func (b *BasicBlock) Build() error {
	if b.Conv1 == nil || b.BN1 == nil || b.Conv2 == nil || b.BN2 == nil {
		return errors.New("zoo: BasicBlock: a part other than Downsample is nil")
	}
	return nil
}

// Forward applies the block.
func (b *BasicBlock) Forward(x *grad.Var) *grad.Var {
	if err := b.Build(); err != nil {
		return x.Tape().Fail("BasicBlock", err)
	}
	y := grad.ReLUInPlace(b.BN1.Forward(b.Conv1.Forward(x)))
	y = b.BN2.Forward(b.Conv2.Forward(y))
	return grad.ReLUInPlace(grad.AddInPlace(y, around("BasicBlock", b.Downsample, x)))
}

// Bottleneck is the block of [NewResNet50], a convolution of 3×3 between two of
// 1×1, with a way around them. The last has four times the channels of the others:
//
//	y = ReLU(bn3(conv3(ReLU(bn2(conv2(ReLU(bn1(conv1(x))))))) + downsample(x))
//
// The stride is in the convolution of 3×3, as in torchvision, where the paper has it
// in the first ("ResNet V1.5").
type Bottleneck struct {
	Conv1      *conv.Conv2D
	BN1        *nn.BatchNorm
	Conv2      *conv.Conv2D // with the stride
	BN2        *nn.BatchNorm
	Conv3      *conv.Conv2D
	BN3        *nn.BatchNorm
	Downsample *nn.Sequential // nil where x itself is added
}

func newBottleneck(in, width, stride int) nn.Module {
	out := 4 * width
	return &Bottleneck{
		Conv1: convolution(in, width, 1, conv.NoBias), BN1: nn.NewBatchNorm(width),
		Conv2: convolution(width, width, 3, conv.Stride(stride), conv.Pad(1), conv.NoBias), BN2: nn.NewBatchNorm(width),
		Conv3: convolution(width, out, 1, conv.NoBias), BN3: nn.NewBatchNorm(out),
		Downsample: downsample(in, out, stride),
	}
}

// Build checks that no part is missing.
func (b *Bottleneck) Build() error {
	if b.Conv1 == nil || b.BN1 == nil || b.Conv2 == nil || b.BN2 == nil || b.Conv3 == nil || b.BN3 == nil {
		return errors.New("zoo: Bottleneck: a part other than Downsample is nil")
	}
	return nil
}

// Forward applies the block.
func (b *Bottleneck) Forward(x *grad.Var) *grad.Var {
	if err := b.Build(); err != nil {
		return x.Tape().Fail("Bottleneck", err)
	}
	y := grad.ReLUInPlace(b.BN1.Forward(b.Conv1.Forward(x)))
	y = grad.ReLUInPlace(b.BN2.Forward(b.Conv2.Forward(y)))
	y = b.BN3.Forward(b.Conv3.Forward(y))
	return grad.ReLUInPlace(grad.AddInPlace(y, around("Bottleneck", b.Downsample, x)))
}

// downsample returns the way around a block, nil where x has the shape of y.
func downsample(in, out, stride int) *nn.Sequential {
	if in == out && stride == 1 {
		return nil
	}
	return nn.Seq(convolution(in, out, 1, conv.Stride(stride), conv.NoBias), nn.NewBatchNorm(out))
}

// around takes x around a block.
func around(block string, way *nn.Sequential, x *grad.Var) *grad.Var {
	if way == nil {
		return x
	}
	return pass(block, "downsample", way, x)
}
