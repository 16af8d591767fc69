package zoo

import (
	"errors"

	"github.com/gannet-ml/gannet/conv"
	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// LeNet5 is the network that read digits, in the form in which everybody uses it:
//
//	conv1  6 kernels of 5×5, padding 2    ReLU, maxima of 2×2
//	conv2  16 kernels of 5×5              ReLU, maxima of 2×2
//	fc1    400 → 120                      ReLU
//	fc2    120 → 84                       ReLU
//	fc3    84 → classes
//
// Shapes: x [N, 1, 28, 28], y [N, classes]. The original has tanh, means with a
// weight, a conv2 that does not join all channels, and radial basis functions at the
// end (LeCun, Bottou, Bengio and Haffner: Gradient-based learning applied to
// document recognition, Proc. IEEE 1998). Forward may run from many goroutines, each
// on its own tape.
type LeNet5 struct {
	Conv1, Conv2  *conv.Conv2D
	FC1, FC2, FC3 *nn.Linear
}

// NewLeNet5 returns a LeNet-5 with PyTorch's initial distributions. A number of
// classes that cannot be is reported by [nn.Init].
func NewLeNet5(classes int) *LeNet5 {
	return &LeNet5{
		Conv1: conv.New2D(1, 6, 5, conv.Pad(2)), Conv2: conv.New2D(6, 16, 5),
		FC1: nn.NewLinear(16*5*5, 120), FC2: nn.NewLinear(120, 84), FC3: nn.NewLinear(84, classes),
	}
}

// Build checks that no part is missing.
func (l *LeNet5) Build() error {
	if l.Conv1 == nil || l.Conv2 == nil || l.FC1 == nil || l.FC2 == nil || l.FC3 == nil {
		return errors.New("zoo: LeNet5: a part is nil")
	}
	return nil
}

// halve takes the maxima of 2×2 pixels.
var halve = conv.MaxPool2D(2)

// Forward applies the network to x [N, 1, 28, 28].
func (l *LeNet5) Forward(x *grad.Var) *grad.Var {
	if err := l.Build(); err != nil {
		return x.Tape().Fail("LeNet5", err)
	}
	x = pass("LeNet5", "relu1", nn.ReLU, pass("LeNet5", "conv1", l.Conv1, x))
	x = pass("LeNet5", "relu2", nn.ReLU, pass("LeNet5", "conv2", l.Conv2, pass("LeNet5", "pool1", halve, x)))
	x = pass("LeNet5", "flatten", nn.Flatten, pass("LeNet5", "pool2", halve, x))
	x = pass("LeNet5", "relu3", nn.ReLU, pass("LeNet5", "fc1", l.FC1, x))
	x = pass("LeNet5", "relu4", nn.ReLU, pass("LeNet5", "fc2", l.FC2, x))
	return pass("LeNet5", "fc3", l.FC3, x)
}
