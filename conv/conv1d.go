package conv

import (
	"cmp"
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Conv1D is a layer that slides Out kernels along a sequence of In channels:
//
//	y[n,o,i] = bias[o] + Σ_c,k weight[o,c,k] · x[n, c, i·s+k·d−p]
//
// with stride s, dilation d and padding p. Shapes: x [N, In, L], weight [Out,
// In/Groups, K], bias [Out], y [N, Out, L'] where
// L' = ⌊(L + padding − d·(K−1) − 1)/s⌋ + 1. It is [Conv2D] on pictures of one
// row, and PyTorch's nn.Conv1d.
//
// Weights and biases start uniformly in ±1/√(In/Groups·K), as in PyTorch.
// Forward may run from many goroutines, each on its own tape.
type Conv1D struct {
	In, Out int // channels
	Kernel  int
	Settings1D
	NoBias bool

	Weight, Bias *grad.Param
}

// New1D returns a convolution of sequences. Settings that cannot be are reported
// by nn.Init and by Forward.
//
//	conv.New1D(40, 64, 5, conv.Same)
//	conv.New1D(64, 64, 3, conv.Dilation(4), conv.Pad(4), conv.NoBias)
func New1D(in, out, kernel int, opts ...Option) *Conv1D {
	o := apply(opts)
	l := &Conv1D{In: in, Out: out, Kernel: kernel, Settings1D: o.settings1D(), NoBias: o.noBias}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build checks the settings and makes the parameters that are missing. A literal
// of the struct needs it; nn.Init and nn.Load call it.
func (l *Conv1D) Build() error {
	s, err := l.build(l.In, l.Out, l.Kernel)
	if err != nil {
		return fmt.Errorf("conv: Conv1D: %w", err)
	}
	start := grad.FanIn(l.In / s.Groups * l.Kernel)
	if l.Weight == nil {
		l.Weight = grad.NewParam(start, l.Out, l.In/s.Groups, l.Kernel)
	}
	if l.Bias == nil && !l.NoBias {
		l.Bias = grad.NewParam(start, l.Out)
	}
	return nil
}

// Forward applies the layer to x [N, In, L].
func (l *Conv1D) Forward(x *grad.Var) *grad.Var {
	if l.Weight == nil {
		return x.Tape().Fail("Conv1D", cmp.Or(l.Build(), grad.ErrNoParams))
	}
	return Apply1D(x, grad.Use(x, l.Weight), grad.Use(x, l.Bias), l.Settings1D)
}

// Apply1D convolves x [N, C, L] with weight [O, C/Groups, K] and adds bias [O],
// which may be nil. [Conv1D] has the formula.
//
//go:noinline
func Apply1D(x, weight, bias *grad.Var, s Settings1D) *grad.Var {
	// Inlined into another package, the list of inputs would cost an allocation.
	return grad.Apply(conv1D{Settings1D: s}, x, weight, bias)
}

// conv1D is [conv2D] for sequences, which it sees as pictures of one row.
type conv1D struct {
	Settings1D
	conv2D
	x, w [4]int // the shapes as it sees them
}

func (*conv1D) Name() string { return "Conv1D" }

func (op *conv1D) Infer(in, out []tensor.Shape) error {
	x, w := in[0], in[1]
	switch {
	case len(x) != 3:
		return fmt.Errorf("input has shape %v, want [batch channels length]", x)
	case len(w) != 3:
		return fmt.Errorf("weight has shape %v, want [out in/groups length]", w)
	}
	if err := op.check(w[2]); err != nil {
		return err
	}
	if err := op.fit(w[2], x[2]); err != nil {
		return err
	}
	g, err := op.row().infer(asRow(&op.x, x), asRow(&op.w, w), in[2])
	if err != nil {
		return err
	}
	op.geometry = g
	out[0] = append(out[0][:0], g.n, g.o, g.out[1])
	return nil
}

// Forward1D convolves x [N, C, L] with weight [O, C/Groups, K] and adds bias [O],
// which may be nil. It panics if the shapes or settings do not fit.
func Forward1D(x, weight, bias *tensor.Tensor, s Settings1D) *tensor.Tensor {
	return Forward2D(x.Unsqueeze(2), weight.Unsqueeze(2), bias, s.row()).Squeeze(2)
}
