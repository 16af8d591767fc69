package zoo

import (
	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

func init() {
	nn.Register("zoo.LeNet5", &LeNet5{})
	nn.Register("zoo.ResNet", &ResNet{})
	nn.Register("zoo.BasicBlock", &BasicBlock{})
	nn.Register("zoo.Bottleneck", &Bottleneck{})
	nn.Register("zoo.MobileNetV2", &MobileNetV2{})
	nn.Register("zoo.InvertedResidual", &InvertedResidual{})
	nn.Register("zoo.VGG", &VGG{})
}

// pass applies a part of a network, whose place errors and summaries then name.
func pass(network, name string, part nn.Module, x *grad.Var) *grad.Var {
	t := x.Tape()
	t.Enter(network, name)
	y := part.Forward(x)
	t.Leave()
	return y
}

// convolution returns a convolution whose weights start with a normal distribution
// of variance 2/(Out·KH·KW) and whose bias, if there is one, starts at 0: PyTorch's
// kaiming_normal_ with mode fan_out (He et al. 2015, arXiv 1502.01852).
func convolution(in, out, kernel int, opts ...conv.Option) *conv.Conv2D {
	l := conv.New2D(in, out, kernel, opts...)
	l.Weight = grad.NewParam(grad.Kaiming(out*kernel*kernel), l.Weight.Shape()...)
	if l.Bias != nil {
		l.Bias = grad.NewParam(grad.Constant(0), out)
	}
	return l
}

// linear returns a linear layer whose weights start with a normal distribution of
// standard deviation 0.01 and whose bias starts at 0.
func linear(in, out int) *nn.Linear {
	l := nn.NewLinear(in, out)
	if l.Weight != nil { // else Build has an error to report
		l.Weight = grad.NewParam(grad.Normal(0.01), out, in)
		l.Bias = grad.NewParam(grad.Constant(0), out)
	}
	return l
}
