package conv

import (
	"cmp"
	"fmt"

	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// ConvTranspose1D is a layer that does to a sequence what [ConvTranspose2D] does
// to a picture:
//
//	y[n, o, i·s+k·d−p] += weight[c,o,k] · x[n,c,i]   over all c, k, i
//
// on top of bias[o], with stride s, dilation d and padding p, which here cuts
// elements off. Shapes: x [N, In, L], weight [In, Out/Groups, K], bias [Out], y
// [N, Out, L'] where L' = (L−1)·s − padding + d·(K−1) + 1 + OutputPad. With Same it
// is L·s. It is PyTorch's nn.ConvTranspose1d.
//
// Weights and biases start uniformly in ±1/√(Out/Groups·K), as in PyTorch.
// Forward may run from many goroutines, each on its own tape.
type ConvTranspose1D struct {
	In, Out int // channels
	Kernel  int
	Settings1D
	OutputPad int // elements by which the output is longer, less than the stride or the dilation
	NoBias    bool

	Weight, Bias *grad.Param
}

// NewTranspose1D returns a transposed convolution of sequences. Settings that
// cannot be are reported by nn.Init and by Forward.
//
//	conv.NewTranspose1D(64, 32, 4, conv.Stride(2), conv.Pad(1)) // [N 64 L] → [N 32 2·L]
func NewTranspose1D(in, out, kernel int, opts ...Option) *ConvTranspose1D {
	o := applyTransposed(opts)
	var pad [1]int
	o.spread("output padding", o.outputPad, pad[:])
	l := &ConvTranspose1D{In: in, Out: out, Kernel: kernel, Settings1D: o.settings1D(), OutputPad: pad[0], NoBias: o.noBias}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build checks the settings and makes the parameters that are missing. A literal
// of the struct needs it; nn.Init and nn.Load call it.
func (l *ConvTranspose1D) Build() error {
	s, err := l.build(l.In, l.Out, l.Kernel)
	if err = cmp.Or(err, s.checkOutputPad([2]int{0, l.OutputPad})); err != nil {
		return fmt.Errorf("conv: ConvTranspose1D: %w", err)
	}
	start := grad.FanIn(l.Out / s.Groups * l.Kernel)
	if l.Weight == nil {
		l.Weight = grad.NewParam(start, l.In, l.Out/s.Groups, l.Kernel)
	}
	if l.Bias == nil && !l.NoBias {
		l.Bias = grad.NewParam(start, l.Out)
	}
	return nil
}

// Forward applies the layer to x [N, In, L].
func (l *ConvTranspose1D) Forward(x *grad.Var) *grad.Var {
	if l.Weight == nil {
		return x.Tape().Fail("ConvTranspose1D", cmp.Or(l.Build(), grad.ErrNoParams))
	}
	return ApplyTranspose1D(x, grad.Use(x, l.Weight), grad.Use(x, l.Bias), l.Settings1D, l.OutputPad)
}

// ApplyTranspose1D applies a transposed convolution with weight [C, O/Groups, K]
// to x [N, C, L] and adds bias [O], which may be nil. [ConvTranspose1D] has the
// formula.
//
//go:noinline
func ApplyTranspose1D(x, weight, bias *grad.Var, s Settings1D, outputPad int) *grad.Var {
	// Inlined into another package, the list of inputs would cost an allocation.
	return grad.Apply(convTranspose1D{Settings1D: s, convTranspose2D: convTranspose2D{OutputPad: [2]int{0, outputPad}}}, x, weight, bias)
}

// convTranspose1D is [convTranspose2D] for sequences, which it sees as pictures of
// one row.
type convTranspose1D struct {
	Settings1D
	convTranspose2D
	x, w [4]int // the shapes as it sees them
}

func (*convTranspose1D) Name() string { return "ConvTranspose1D" }

func (op *convTranspose1D) Infer(in, out []tensor.Shape) error {
	x, w := in[0], in[1]
	switch {
	case len(x) != 3:
		return fmt.Errorf("input has shape %v, want [batch channels length]", x)
	case len(w) != 3:
		return fmt.Errorf("weight has shape %v, want [in out/groups length]", w)
	}
	if err := op.check(w[2]); err != nil {
		return err
	}
	g, err := op.row().inferTransposed(asRow(&op.x, x), asRow(&op.w, w), in[2], op.OutputPad)
	if err != nil {
		return err
	}
	op.geometry = g
	out[0] = append(out[0][:0], g.n, g.c, g.in[1])
	return nil
}

// ForwardTranspose1D applies a transposed convolution with weight [C, O/Groups, K]
// to x [N, C, L] and adds bias [O], which may be nil. It panics if the shapes or
// settings do not fit.
func ForwardTranspose1D(x, weight, bias *tensor.Tensor, s Settings1D, outputPad int) *tensor.Tensor {
	return ForwardTranspose2D(x.Unsqueeze(2), weight.Unsqueeze(2), bias, s.row(), [2]int{0, outputPad}).Squeeze(2)
}
