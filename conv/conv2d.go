package conv

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Conv2D is a layer that slides Out kernels over a picture of In channels:
//
//	y[n,o,i,j] = bias[o] + Σ_c,h,w weight[o,c,h,w] · x[n, c, i·sᵣ+h·dᵣ−p, j·s꜀+w·d꜀−q]
//
// with strides s, dilations d and padding p, q. Shapes: x [N, In, H, W], weight
// [Out, In/Groups, KH, KW], bias [Out], y [N, Out, H', W'] where
// H' = ⌊(H + padding − dᵣ·(KH−1) − 1)/sᵣ⌋ + 1. See the package documentation for
// how this relates to the textbook's convolution.
//
// Weights and biases start uniformly in ±1/√(In/Groups·KH·KW), as in PyTorch.
// Forward may run from many goroutines, each on its own tape.
type Conv2D struct {
	In, Out int    // channels
	Kernel  [2]int // rows, columns
	Settings
	NoBias bool

	Weight, Bias *grad.Param
}

// New2D returns a convolution with a square kernel. Settings that cannot be are
// reported by nn.Init and by Forward.
//
//	conv.New2D(3, 32, 3, conv.Same)
//	conv.New2D(32, 64, 5, conv.Stride(2), conv.Pad(2), conv.NoBias)
func New2D(in, out, kernel int, opts ...Option) *Conv2D {
	o := apply(opts)
	l := &Conv2D{In: in, Out: out, Kernel: [2]int{kernel, kernel}, Settings: o.settings(), NoBias: o.noBias}
	_ = l.Build() // an error is met again when the layer is initialised or used
	return l
}

// Build checks the settings and makes the parameters that are missing. A literal
// of the struct needs it; nn.Init and nn.Load call it.
func (l *Conv2D) Build() error {
	s, err := l.build(l.In, l.Out, l.Kernel)
	if err != nil {
		return fmt.Errorf("conv: Conv2D: %w", err)
	}
	start := grad.FanIn(l.In / s.Groups * l.Kernel[0] * l.Kernel[1])
	if l.Weight == nil {
		l.Weight = grad.NewParam(start, l.Out, l.In/s.Groups, l.Kernel[0], l.Kernel[1])
	}
	if l.Bias == nil && !l.NoBias {
		l.Bias = grad.NewParam(start, l.Out)
	}
	return nil
}

// Forward applies the layer to x [N, In, H, W].
func (l *Conv2D) Forward(x *grad.Var) *grad.Var {
	if l.Weight == nil {
		return x.Tape().Fail("Conv2D", cmp.Or(l.Build(), grad.ErrNoParams))
	}
	return Apply2D(x, grad.Use(x, l.Weight), grad.Use(x, l.Bias), l.Settings)
}

// Apply2D convolves x [N, C, H, W] with weight [O, C/Groups, KH, KW] and adds
// bias [O], which may be nil. [Conv2D] has the formula.
//
//go:noinline
func Apply2D(x, weight, bias *grad.Var, s Settings) *grad.Var {
	// Inlined into another package, the list of inputs would cost an allocation.
	return grad.Apply(conv2D{Settings: s}, x, weight, bias)
}

// conv2D is the operation. Its inputs are x, weight and bias.
type conv2D struct {
	Settings
	geometry geometry
}

func (*conv2D) Name() string { return "Conv2D" }

func (op *conv2D) Infer(in, out []tensor.Shape) error {
	g, err := op.infer(in[0], in[1], in[2])
	if err != nil {
		return err
	}
	op.geometry = g
	out[0] = append(out[0][:0], g.n, g.o, g.out[0], g.out[1])
	return nil
}

func (*conv2D) Needs() grad.Needs { return grad.Needs{In: 0b011} }

// core returns the working state of a call, made ready for a geometry.
func (g *geometry) core(c *grad.Call) *core {
	k := grad.Work[core](c)
	k.geometry = *g
	if n := k.offsetsLen(); cap(k.offsets) < n {
		k.offsets = make([]int, n)
	}
	return k
}

func (op *conv2D) Forward(c *grad.Call) {
	k := op.geometry.core(c)
	k.epilogue = c.Epilogue()
	w, b := c.InData(1), c.InData(2)
	p, _ := c.Packed().(*prepacked)
	if p == nil {
		k.forward(c.Out(0).Data(), c.InData(0), w, b, nil, false)
		return
	}
	if p.scaled != nil {
		w = p.scaled
	}
	k.forward(c.Out(0).Data(), c.InData(0), w, p.bias, p.weights, false)
}

// prepacked is what a plan makes of constant weights: they, and the bias, with the
// scale of the epilogue.
type prepacked struct {
	weights []*gemm.Packed // nil where they are used as they are,
	scaled  []float32      // which these are then, unless there is no scale
	bias    []float32      // nil for none
}

// Prepack implements [grad.Prepacker].
func (op *conv2D) Prepack(c *grad.Call) any {
	w, b := c.InData(1), c.InData(2)
	e := c.Epilogue()
	if e == nil || e.Scale == nil {
		return &prepacked{weights: op.geometry.core(c).pack(w), bias: slices.Clone(b)}
	}
	scaled, bias := c.Scratch(len(w)), make([]float32, len(e.Shift))
	size := len(w) / len(e.Scale)
	for o, a := range e.Scale {
		vec.MulScalar(scaled[o*size:][:size], w[o*size:], a)
		bias[o] = e.Shift[o]
		if b != nil {
			bias[o] += a * b[o]
		}
	}
	p := &prepacked{weights: op.geometry.core(c).pack(scaled), bias: bias}
	if p.weights == nil {
		p.scaled = slices.Clone(scaled)
	}
	return p
}

// Fuses implements [grad.Fuser].
func (*conv2D) Fuses() {}

func (op *conv2D) Backward(c *grad.Call) {
	dy, k := c.GradOutData(0), op.geometry.core(c)
	if dw, add := c.BeginGrad(1); dw != nil {
		k.weight(dw, dy, c.InData(0), add)
		c.EndGrad(1)
	}
	if db, add := c.BeginGrad(2); db != nil {
		biasGrad(db, dy, k.n, k.pixels(), add)
		c.EndGrad(2)
	}
	if dx, add := c.BeginGrad(0); dx != nil {
		k.data(dx, dy, c.InData(1), add)
		c.EndGrad(0)
	}
}

// Forward2D convolves x [N, C, H, W] with weight [O, C/Groups, KH, KW] and adds
// bias [O], which may be nil. It panics if the shapes or settings do not fit.
func Forward2D(x, weight, bias *tensor.Tensor, s Settings) *tensor.Tensor {
	bs, b := optional(bias)
	c := newCore("Forward2D", s, x.Shape(), weight.Shape(), bs)
	y := tensor.Make[float32](c.n, c.o, c.out[0], c.out[1])
	c.forward(y.Data(), dense(x), dense(weight), b, nil, false)
	return y
}

// DataGrad2D returns the gradient with respect to an input of shape x, given the
// gradient dy with respect to the output: the transposed convolution. It panics
// if the shapes or settings do not fit.
func DataGrad2D(dy, weight *tensor.Tensor, x tensor.Shape, s Settings) *tensor.Tensor {
	c := newCore("DataGrad2D", s, x, weight.Shape(), nil)
	c.checkOutput("DataGrad2D", dy)
	dx := tensor.Make[float32](x...)
	c.data(dx.Data(), dense(dy), dense(weight), false)
	return dx
}

// WeightGrad2D returns the gradient with respect to a weight of shape weight,
// given the gradient dy with respect to the output. It panics if the shapes or
// settings do not fit.
func WeightGrad2D(dy, x *tensor.Tensor, weight tensor.Shape, s Settings) *tensor.Tensor {
	c := newCore("WeightGrad2D", s, x.Shape(), weight, nil)
	c.checkOutput("WeightGrad2D", dy)
	dw := tensor.Make[float32](weight...)
	c.weight(dw.Data(), dense(dy), dense(x), false)
	return dw
}

func newCore(name string, s Settings, x, w, b tensor.Shape) *core {
	g, err := s.infer(x, w, b)
	return g.newCore(name, err)
}

// newCore returns a core for a plain function, which panics if there is an error.
func (g *geometry) newCore(name string, err error) *core {
	if err != nil {
		panic(fmt.Sprintf("conv: %s: %v", name, err))
	}
	return &core{geometry: *g, offsets: make([]int, g.offsetsLen())}
}

func (c *core) checkOutput(name string, dy *tensor.Tensor) {
	if want := (tensor.Shape{c.n, c.o, c.out[0], c.out[1]}); !dy.Shape().Equal(want) {
		panic(fmt.Sprintf("conv: %s: gradient of the output has shape %v, want %v", name, dy.Shape(), want))
	}
}

// optional returns the shape and the elements of a bias, which may be nil.
func optional(bias *tensor.Tensor) (tensor.Shape, []float32) {
	if bias == nil {
		return nil, nil
	}
	return bias.Shape(), dense(bias)
}

// dense returns the elements of t in row-major order.
func dense(t *tensor.Tensor) []float32 {
	if !t.Contiguous() {
		t = t.Clone()
	}
	return t.Data()
}
