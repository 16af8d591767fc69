package conv

import (
	"cmp"
	"fmt"

	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// ConvTranspose2D is a layer that does what the gradient of a convolution does:
// every pixel puts a kernel down, scaled by its value, and the kernels add up.
//
//	y[n, o, i·sᵣ+h·dᵣ−p, j·s꜀+w·d꜀−q] += weight[c,o,h,w] · x[n,c,i,j]   over all c, h, w, i, j
//
// on top of bias[o], with strides s, dilations d and padding p, q, which here cuts
// rows and columns off. Shapes: x [N, In, H, W], weight [In, Out/Groups, KH, KW],
// bias [Out], y [N, Out, H', W'] where
// H' = (H−1)·sᵣ − padding + dᵣ·(KH−1) + 1 + OutputPad. With Same it is H·sᵣ. It is
// PyTorch's nn.ConvTranspose2d. (Zeiler et al.: Deconvolutional networks, 2010;
// Dumoulin and Visin: A guide to convolution arithmetic, 2016, arXiv 1603.07285.)
//
// Weights and biases start uniformly in ±1/√(Out/Groups·KH·KW), as in PyTorch.
// Forward may run from many goroutines, each on its own tape.
type ConvTranspose2D struct {
	In, Out int    // channels
	Kernel  [2]int // rows, columns
	Settings
	OutputPad [2]int // rows and columns by which the output is larger, less than the stride or the dilation
	NoBias    bool

	Weight, Bias *grad.Param
}

// NewTranspose2D returns a transposed convolution with a square kernel. Settings
// that cannot be are reported by nn.Init and by Forward.
//
//	conv.NewTranspose2D(64, 32, 2, conv.Stride(2)) // [N 64 H W] → [N 32 2·H 2·W]
//	conv.NewTranspose2D(64, 32, 3, conv.Stride(2), conv.Pad(1), conv.OutputPad(1))
func NewTranspose2D(in, out, kernel int, opts ...Option) *ConvTranspose2D {
	o := applyTransposed(opts)
	l := &ConvTranspose2D{In: in, Out: out, Kernel: [2]int{kernel, kernel}, NoBias: o.noBias}
	o.spread("output padding", o.outputPad, l.OutputPad[:])
	l.Settings = o.settings()
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build checks the settings and makes the parameters that are missing. A literal
// of the struct needs it; nn.Init and nn.Load call it.
func (l *ConvTranspose2D) Build() error {
	s, err := l.build(l.In, l.Out, l.Kernel)
	if err = cmp.Or(err, s.checkOutputPad(l.OutputPad)); err != nil {
		return fmt.Errorf("conv: ConvTranspose2D: %w", err)
	}
	start := grad.FanIn(l.Out / s.Groups * l.Kernel[0] * l.Kernel[1])
	if l.Weight == nil {
		l.Weight = grad.NewParam(start, l.In, l.Out/s.Groups, l.Kernel[0], l.Kernel[1])
	}
	if l.Bias == nil && !l.NoBias {
		l.Bias = grad.NewParam(start, l.Out)
	}
	return nil
}

// Forward applies the layer to x [N, In, H, W].
func (l *ConvTranspose2D) Forward(x *grad.Var) *grad.Var {
	if l.Weight == nil {
		return x.Tape().Fail("ConvTranspose2D", cmp.Or(l.Build(), grad.ErrNoParams))
	}
	return ApplyTranspose2D(x, grad.Use(x, l.Weight), grad.Use(x, l.Bias), l.Settings, l.OutputPad)
}

// ApplyTranspose2D applies a transposed convolution with weight [C, O/Groups, KH,
// KW] to x [N, C, H, W] and adds bias [O], which may be nil. [ConvTranspose2D] has
// the formula.
//
//go:noinline
func ApplyTranspose2D(x, weight, bias *grad.Var, s Settings, outputPad [2]int) *grad.Var {
	// Inlined into another package, the list of inputs would cost an allocation.
	return grad.Apply(convTranspose2D{Settings: s, OutputPad: outputPad}, x, weight, bias)
}

// convTranspose2D is the operation. Its inputs are x, weight and bias. The
// geometry is that of the convolution of which it is the gradient: what goes in
// here comes out there.
type convTranspose2D struct {
	Settings
	OutputPad [2]int
	geometry  geometry
}

func (*convTranspose2D) Name() string { return "ConvTranspose2D" }

func (op *convTranspose2D) Infer(in, out []tensor.Shape) error {
	g, err := op.inferTransposed(in[0], in[1], in[2], op.OutputPad)
	if err != nil {
		return err
	}
	op.geometry = g
	out[0] = append(out[0][:0], g.n, g.c, g.in[0], g.in[1])
	return nil
}

func (*convTranspose2D) Needs() grad.Needs { return grad.Needs{In: 0b011} }

func (op *convTranspose2D) Forward(c *grad.Call) {
	op.geometry.core(c).transposed(c.Out(0).Data(), c.InData(0), c.InData(1), c.InData(2))
}

func (op *convTranspose2D) Backward(c *grad.Call) {
	dy, k := c.GradOutData(0), op.geometry.core(c)
	if dw, add := c.BeginGrad(1); dw != nil {
		k.weight(dw, c.InData(0), dy, add)
		c.EndGrad(1)
	}
	if db, add := c.BeginGrad(2); db != nil {
		biasGrad(db, dy, k.n, k.in[0]*k.in[1], add)
		c.EndGrad(2)
	}
	if dx, add := c.BeginGrad(0); dx != nil {
		k.forward(dx, dy, c.InData(1), nil, nil, add)
		c.EndGrad(0)
	}
}

// transposed computes y = transposed convolution of x with w, plus b if that is
// not nil.
func (c *core) transposed(y, x, w, b []float32) {
	size := c.in[0] * c.in[1]
	for i := 0; b != nil && i < c.n*c.c; i++ {
		vec.Fill(y[i*size:][:size], b[i%c.c])
	}
	c.data(y, x, w, b != nil)
}

// ForwardTranspose2D applies a transposed convolution with weight [C, O/Groups,
// KH, KW] to x [N, C, H, W] and adds bias [O], which may be nil. It panics if the
// shapes or settings do not fit.
func ForwardTranspose2D(x, weight, bias *tensor.Tensor, s Settings, outputPad [2]int) *tensor.Tensor {
	bs, b := optional(bias)
	g, err := s.inferTransposed(x.Shape(), weight.Shape(), bs, outputPad)
	c := g.newCore("ForwardTranspose2D", err)
	y := tensor.Make[float32](c.n, c.c, c.in[0], c.in[1])
	c.transposed(y.Data(), dense(x), dense(weight), b)
	return y
}

// inferTransposed checks the shapes of an input, a weight and an optional bias of
// a transposed convolution against each other.
func (s Settings) inferTransposed(x, w, b tensor.Shape, outputPad [2]int) (geometry, error) {
	var g geometry
	s, err := s.check()
	switch {
	case err != nil:
		return g, err
	case len(x) != 4:
		return g, fmt.Errorf("input has shape %v, want [batch channels rows columns]", x)
	case len(w) != 4:
		return g, fmt.Errorf("weight has shape %v, want [in out/groups rows columns]", w)
	case x[1] != w[0]:
		return g, fmt.Errorf("input has %d channels, want %d", x[1], w[0])
	case w[0]%s.Groups != 0:
		return g, fmt.Errorf("%d input channels do not divide into %d groups", w[0], s.Groups)
	case b != nil && !b.Equal(tensor.Shape{w[1] * s.Groups}):
		return g, fmt.Errorf("bias has shape %v, want [%d]", b, w[1]*s.Groups)
	}
	if err := s.checkOutputPad(outputPad); err != nil {
		return g, err
	}
	kernel := [2]int{w[2], w[3]}
	var size [2]int
	for i := range 2 {
		if size[i], err = s.transposedSize(i, x[2+i], kernel[i], outputPad[i]); err != nil {
			return g, err
		}
	}
	g.window, err = s.place(kernel, size[0], size[1])
	// An output padding beyond the stride leaves room for more positions, which
	// nothing was put down at.
	g.out = [2]int{x[2], x[3]}
	g.n, g.c, g.o, g.groups, g.noWinograd = x[0], w[1]*s.Groups, w[0], s.Groups, s.NoWinograd
	if err == nil && g.tooLarge() {
		return g, fmt.Errorf("output of shape [%d %d %d %d] with padding %v, %v, want at most %d values",
			g.n, g.c, g.in[0], g.in[1], g.before, g.after, grad.MaxSize)
	}
	return g, err
}

// checkOutputPad wants s checked.
func (s Settings) checkOutputPad(pad [2]int) error {
	for i, p := range pad {
		switch {
		case p < 0:
			return fmt.Errorf("output padding %d, want none negative", p)
		case p > 0 && s.Same:
			return fmt.Errorf("output padding %d beside Same, want none", p)
		case p > 0 && p >= max(s.Stride[i], s.Dilation[i]):
			return fmt.Errorf("output padding %d, want less than the stride %d or the dilation %d", p, s.Stride[i], s.Dilation[i])
		}
	}
	return nil
}

// transposedSize returns the size of the output on an axis.
func (s Settings) transposedSize(axis, in, kernel, outputPad int) (int, error) {
	// In 64 bits, since sizes and settings of 32 are possible.
	n := int64(in) * int64(s.Stride[axis])
	if !s.Same {
		n += int64(s.Dilation[axis])*int64(kernel-1) + 1 + int64(outputPad)
		n -= int64(s.Stride[axis]) + int64(s.Pad[2*axis]) + int64(s.Pad[2*axis+1])
	}
	switch {
	case in < 1:
		return 0, fmt.Errorf("input has size %d on an axis, want at least 1", in)
	case n < 1 || n > grad.MaxSize:
		return 0, fmt.Errorf("output has size %d on an axis where the input has %d, want 1 to %d", n, in, grad.MaxSize)
	}
	return int(n), nil
}
