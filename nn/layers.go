package nn

import (
	"cmp"
	"fmt"

	"github.com/gannet-ml/gannet/tensor/grad"
)

// The layers without parameters or settings.
var (
	// ReLU is max(x, 0) (Nair and Hinton 2010).
	ReLU = Func("ReLU", grad.ReLU)
	// ReLUInPlace is [ReLU] that overwrites its input while training, to save its
	// memory; see [grad.ReLUInPlace] for what may come before it. It follows
	// convolutions, linear layers and normalisations.
	ReLUInPlace = Func("ReLUInPlace", grad.ReLUInPlace)
	// Tanh is the hyperbolic tangent.
	Tanh = Func("Tanh", grad.Tanh)
	// Sigmoid is 1/(1+e⁻ˣ).
	Sigmoid = Func("Sigmoid", grad.Sigmoid)
	// GELU is x·Φ(x), with the normal distribution function Φ (Hendrycks and
	// Gimpel 2016, arXiv 1606.08415).
	GELU = Func("GELU", grad.GELU)
	// Softmax turns the last axis into probabilities. Networks trained with
	// [CrossEntropy] end without it.
	Softmax = Func("Softmax", func(x *grad.Var) *grad.Var { return grad.Softmax(x, -1) })
	// Flatten turns [N, …] into [N, features].
	Flatten = Func("Flatten", func(x *grad.Var) *grad.Var { return grad.Flatten(x, 1) })
)

// Linear applies y = x·Wᵀ + b to the last axis of x. Shapes: x [N, …, In], W
// [Out, In], b [Out], y [N, …, Out]. Weight and bias start uniformly in ±1/√In,
// as in PyTorch. Forward may run from many goroutines, each on its own tape.
type Linear struct {
	In, Out int
	NoBias  bool

	Weight, Bias *grad.Param
}

// NewLinear returns a fully connected layer. Sizes that cannot be are reported by
// [Init] and by Forward. For a layer without bias write &nn.Linear{In: …, Out:
// …, NoBias: true}.
func NewLinear(in, out int) *Linear {
	l := &Linear{In: in, Out: out}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build checks the settings and makes the parameters that are missing.
func (l *Linear) Build() error {
	if l.In < 1 || l.Out < 1 {
		return fmt.Errorf("nn: Linear: %d inputs and %d outputs, want at least 1", l.In, l.Out)
	}
	if l.Weight == nil {
		l.Weight = grad.NewParam(grad.FanIn(l.In), l.Out, l.In)
	}
	if l.Bias == nil && !l.NoBias {
		l.Bias = grad.NewParam(grad.FanIn(l.In), l.Out)
	}
	return nil
}

// Forward implements [Module].
func (l *Linear) Forward(x *grad.Var) *grad.Var {
	if l.Weight == nil {
		return x.Tape().Fail("Linear", cmp.Or(l.Build(), grad.ErrNoParams))
	}
	return grad.Linear(x, grad.Use(x, l.Weight), grad.Use(x, l.Bias))
}
