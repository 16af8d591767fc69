package workloads

import (
	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/examples/catdog/networks"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/nn/zoo"
	"github.com/gannet-ml/gannet/rnn"
	"github.com/gannet-ml/gannet/tensor"
)

// network is one that the suites train and infer run; benchmarks/peers/nets.py
// has it under the same name.
type network struct {
	name    string
	sample  tensor.Shape
	classes int
	gflop   float64 // of convolutions and products, forward, for one sample
	make    func() (nn.Module, error)
}

// uninitialised makes a function of networks that cannot fail.
func uninitialised(f func() nn.Module) func() (nn.Module, error) {
	return func() (nn.Module, error) { return f(), nil }
}

var (
	// catdog is the founding network without padding, catdogSame the one of the
	// example, which keeps the size.
	catdog = network{"catdog", tensor.Shape{3, 32, 32}, 2, 0.070821, uninitialised(func() nn.Module {
		return nn.Seq(
			conv.New2D(3, 32, 3), nn.ReLU, conv.New2D(32, 64, 5), nn.ReLU,
			conv.MaxPool2D(2), nn.Flatten, nn.NewLinear(64*13*13, 2),
		)
	})}
	catdogSame = network{"catdog_same", tensor.Shape{3, 32, 32}, 2, 0.106693, func() (nn.Module, error) {
		return networks.New("cnn", 2, 1)
	}}
	rowRNN = network{"rowrnn", tensor.Shape{32, 96}, 2, 0.0018355, uninitialised(func() nn.Module {
		return nn.Seq(rnn.New(96, 128, rnn.ReLU), rnn.Last, nn.NewLinear(128, 2))
	})}
	mlp = network{"mlp", tensor.Shape{784}, 10, 0.0037233, uninitialised(func() nn.Module {
		return zoo.NewMLP(784, 1024, 1024, 10)
	})}
	resNet18CIFAR = network{"resnet18_cifar", tensor.Shape{3, 32, 32}, 10, 1.11085, uninitialised(func() nn.Module {
		return zoo.NewResNet18(10, zoo.SmallPictures)
	})}
	resNet18 = network{"resnet18", tensor.Shape{3, 224, 224}, 1000, 3.6281, uninitialised(func() nn.Module {
		return zoo.NewResNet18(1000)
	})}
	resNet50 = network{"resnet50", tensor.Shape{3, 224, 224}, 1000, 8.1784, uninitialised(func() nn.Module {
		return zoo.NewResNet50(1000)
	})}
	mobileNetV2 = network{"mobilenet_v2", tensor.Shape{3, 224, 224}, 1000, 0.60155, uninitialised(func() nn.Module {
		return zoo.NewMobileNetV2(1000)
	})}
)

// new returns the network with initial values.
func (n *network) new() (nn.Module, error) {
	net, err := n.make()
	if err != nil {
		return nil, err
	}
	return nn.Init(1, net)
}
