package conv

import (
	"cmp"
	"fmt"
	"math"

	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/parallel"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// Pool2D is a layer that replaces each window of a channel by one number: its
// maximum or its mean. Shapes: x [N, C, H, W], y [N, C, H', W'] as for [Conv2D].
// Windows next to each other touch unless a stride is given.
//
// The maximum passes a NaN on; its gradient goes to the first of equal maxima,
// and padding never wins. The mean counts padding as zeros, as in PyTorch
// (count_include_pad).
type Pool2D struct {
	Kernel [2]int // rows, columns
	Settings
	Mean bool // the mean in place of the maximum
}

// MaxPool2D returns a layer that takes the maximum of square windows.
func MaxPool2D(kernel int, opts ...Option) *Pool2D {
	return &Pool2D{Kernel: [2]int{kernel, kernel}, Settings: applyPool(opts).settings()}
}

// AvgPool2D returns a layer that takes the mean of square windows.
func AvgPool2D(kernel int, opts ...Option) *Pool2D {
	return &Pool2D{Kernel: [2]int{kernel, kernel}, Settings: applyPool(opts).settings(), Mean: true}
}

// Build checks the settings. nn.Init and nn.Load call it.
func (l *Pool2D) Build() error {
	op := l.op()
	if err := op.check(); err != nil {
		return fmt.Errorf("conv: %s: %w", op.Name(), err)
	}
	return nil
}

func (l *Pool2D) op() pool2D {
	return pool2D{Kernel: l.Kernel, Settings: l.Settings, Kind: kindOf(l.Mean)}
}

// Forward applies the layer to x [N, C, H, W].
//
//go:noinline
func (l *Pool2D) Forward(x *grad.Var) *grad.Var {
	// Inlined into another package, the list of inputs would cost an allocation.
	return grad.Apply(l.op(), x)
}

// PoolMax2D returns the maxima of the windows of x [N, C, H, W]. It panics if the
// shapes or settings do not fit.
func PoolMax2D(x *tensor.Tensor, kernel [2]int, s Settings) *tensor.Tensor {
	return (&pool2D{Kernel: kernel, Settings: s}).apply(x)
}

// PoolMean2D returns the means of the windows of x [N, C, H, W]. It panics if the
// shapes or settings do not fit.
func PoolMean2D(x *tensor.Tensor, kernel [2]int, s Settings) *tensor.Tensor {
	return (&pool2D{Kernel: kernel, Settings: s, Kind: mean}).apply(x)
}

// pooling is what becomes of a window.
type pooling int

const (
	maximum pooling = iota
	mean
	power // see LPPool2D
)

// kindOf returns the kind of the layers that know two.
func kindOf(average bool) pooling {
	if average {
		return mean
	}
	return maximum
}

// word returns the part of a layer's name that stands for the kind.
func (k pooling) word() string { return [...]string{"Max", "Avg", "LP"}[k] }

// pool2D is the operation of all kinds.
type pool2D struct {
	Kernel [2]int
	Settings
	Kind pooling
	P    float64 // of the kind power

	window
	x, y, dx, dy []float32
	add          bool // Backward adds to dx
	backward     bool
}

func (op *pool2D) Name() string { return op.Kind.word() + "Pool2D" }

func (op *pool2D) check() error {
	s, err := op.Settings.check()
	if err = cmp.Or(err, bounded("kernel", op.Kernel[:]...)); err != nil {
		return err
	}
	if op.Stride == [2]int{} {
		s.Stride = op.Kernel
	}
	for i := range 2 {
		if op.Kernel[i] < 1 {
			return fmt.Errorf("kernel %v, want at least 1 in rows and columns", op.Kernel)
		}
		if !s.Same && max(s.Pad[2*i], s.Pad[2*i+1]) > op.Kernel[i]/2 {
			return fmt.Errorf("padding %v is more than half of the kernel %v", s.Pad, op.Kernel)
		}
	}
	if s.Groups != 1 {
		return fmt.Errorf("%d groups, want none", s.Groups)
	}
	op.Settings = s
	return op.checkPower()
}

func (op *pool2D) Infer(in, out []tensor.Shape) error {
	x := in[0]
	if err := op.check(); err != nil {
		return err
	}
	if len(x) != 4 {
		return fmt.Errorf("input has shape %v, want [batch channels rows columns]", x)
	}
	var err error
	if op.window, err = op.place(op.Kernel, x[2], x[3]); err != nil {
		return err
	}
	out[0] = append(out[0][:0], x[0], x[1], op.out[0], op.out[1])
	return nil
}

func (op *pool2D) Needs() grad.Needs {
	if op.Kind == mean {
		return grad.Needs{}
	}
	return grad.Needs{In: 1, Out: 1}
}

func (op *pool2D) Forward(c *grad.Call) {
	op.x, op.y = c.InData(0), c.Out(0).Data()
	op.backward = false
	parallel.For(op.planes(c.InShape(0)), op)
}

func (op *pool2D) Backward(c *grad.Call) {
	dx, add := c.BeginGrad(0)
	if dx == nil {
		return
	}
	op.dx, op.add, op.dy = dx, add, c.GradOutData(0)
	if op.Kind != mean {
		op.x, op.y = c.InData(0), c.Out(0).Data()
	}
	op.backward = true
	parallel.For(op.planes(c.InShape(0)), op)
	c.EndGrad(0)
}

// planes returns the number of channels of all pictures, 0 if they are empty.
func (op *pool2D) planes(x tensor.Shape) int {
	if op.out[0]*op.out[1] == 0 {
		return 0
	}
	return x[0] * x[1]
}

// apply computes the operation outside of a tape.
func (op *pool2D) apply(x *tensor.Tensor) *tensor.Tensor {
	out := []tensor.Shape{nil}
	if err := op.Infer([]tensor.Shape{x.Shape()}, out); err != nil {
		panic(fmt.Sprintf("conv: %s: %v", op.Name(), err))
	}
	y := tensor.Make[float32](out[0]...)
	op.x, op.y = dense(x), y.Data()
	parallel.For(op.planes(x.Shape()), op)
	return y
}

// Do handles one channel of one picture.
func (op *pool2D) Do(_, plane int) {
	in, out := op.in[0]*op.in[1], op.out[0]*op.out[1]
	cut := func(s []float32, n int) []float32 {
		if s == nil {
			return nil
		}
		return s[plane*n:][:n]
	}
	x, y, dx, dy := cut(op.x, in), cut(op.y, out), cut(op.dx, in), cut(op.dy, out)
	if op.backward && !op.add {
		clear(dx)
	}
	// Disjoint 2×2 windows are what nearly every network has.
	two := op.Kind == maximum && op.kernel == [2]int{2, 2} && op.stride == op.kernel && op.dilation == [2]int{1, 1} &&
		op.before == [2]int{} && op.after == [2]int{}
	switch {
	case two && op.backward:
		op.maxBackward2(dx, dy, x, y)
	case two:
		op.max2(y, x)
	case op.Kind == mean && op.backward:
		op.meanBackward(dx, dy)
	case op.Kind == mean:
		op.mean(y, x)
	case op.Kind == power && op.backward:
		op.powerBackward(dx, dy, x, y)
	case op.Kind == power:
		op.power(y, x)
	case op.backward:
		op.maxBackward(dx, dy, x, y)
	default:
		op.max(y, x)
	}
}

// span returns the first and the end of the kernel elements on axis i that lie
// inside the picture at output position o, and where the window begins.
func (g *window) span(i, o int) (lo, hi, start int) {
	if g.adaptive {
		return g.share(i, o)
	}
	start = o*g.stride[i] - g.before[i]
	d := g.dilation[i]
	if start < 0 {
		lo = (-start + d - 1) / d
	}
	hi = min(g.kernel[i], (g.in[i]-start+d-1)/d)
	return lo, hi, start
}

// max takes the largest of the rows of a window first, whole rows at a time.
func (op *pool2D) max(y, x []float32) {
	width := op.in[1]
	largest := mem.Get(width)
	for i := range op.out[0] {
		h0, h1, top := op.span(0, i)
		to := y[i*op.out[1]:][:op.out[1]]
		if h0 >= h1 {
			vec.Fill(to, float32(math.Inf(-1)))
			continue
		}
		row := x[(top+h0*op.dilation[0])*width:][:width]
		for h := h0 + 1; h < h1; h++ {
			vec.Max(largest, x[(top+h*op.dilation[0])*width:], row)
			row = largest
		}
		for j := range to {
			w0, w1, left := op.span(1, j)
			m := float32(math.Inf(-1))
			for w := w0; w < w1; w++ {
				m = max(m, row[left+w*op.dilation[1]])
			}
			to[j] = m
		}
	}
	mem.Put(largest)
}

func (op *pool2D) maxBackward(dx, dy, x, y []float32) {
	for i := range op.out[0] {
		h0, h1, top := op.span(0, i)
		for j := range op.out[1] {
			w0, w1, left := op.span(1, j)
			m := y[i*op.out[1]+j]
		search:
			for h := h0; h < h1; h++ {
				at := (top + h*op.dilation[0]) * op.in[1]
				for w := w0; w < w1; w++ {
					k := at + left + w*op.dilation[1]
					if x[k] == m || x[k] != x[k] {
						dx[k] += dy[i*op.out[1]+j]
						break search
					}
				}
			}
		}
	}
}

// max2 is max for disjoint 2×2 windows.
func (op *pool2D) max2(y, x []float32) {
	wi, wo := op.in[1], op.out[1]
	for i := range op.out[0] {
		a, b, to := x[2*i*wi:][:2*wo], x[(2*i+1)*wi:][:2*wo], y[i*wo:][:wo]
		for j := range to {
			to[j] = max(a[2*j], a[2*j+1], b[2*j], b[2*j+1])
		}
	}
}

// maxBackward2 is maxBackward for disjoint 2×2 windows. Which of the four is the
// maximum is as good as random, so it is computed without branches: mispredicted
// they took most of the time.
func (op *pool2D) maxBackward2(dx, dy, x, y []float32) {
	wi, wo := op.in[1], op.out[1]
	for i := range op.out[0] {
		top := 2 * i * wi
		a, b, to := x[top:][:2*wo], x[top+wi:][:2*wo], dx[top:]
		m, dm := y[i*wo:][:wo], dy[i*wo:][:wo]
		for j, v := range m {
			k := 2 * j
			below0, below1, below2 := one(a[k] < v), one(a[k+1] < v), one(b[k] < v)
			if v != v { // the first NaN is the maximum
				below0, below1, below2 = one(a[k] == a[k]), one(a[k+1] == a[k+1]), one(b[k] == b[k])
			}
			below1 &= below0
			below2 &= below1
			// 0, 1, 2 or 3 of the first elements are not the maximum.
			to[k+below0-below1+below2+(wi*below1)] += dm[j]
		}
	}
}

// one returns 1 for true.
func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (op *pool2D) mean(y, x []float32) {
	scale := 1 / float32(op.kernel[0]*op.kernel[1])
	for i := range op.out[0] {
		h0, h1, top := op.span(0, i)
		for j := range op.out[1] {
			w0, w1, left := op.span(1, j)
			if op.adaptive {
				scale = 1 / float32((h1-h0)*(w1-w0))
			}
			var s float32
			for h := h0; h < h1; h++ {
				row := x[(top+h*op.dilation[0])*op.in[1]:]
				var part float32 // row by row, so that errors of large windows stay small
				for w := w0; w < w1; w++ {
					part += row[left+w*op.dilation[1]]
				}
				s += part
			}
			y[i*op.out[1]+j] = s * scale
		}
	}
}

func (op *pool2D) meanBackward(dx, dy []float32) {
	scale := 1 / float32(op.kernel[0]*op.kernel[1])
	for i := range op.out[0] {
		h0, h1, top := op.span(0, i)
		for j := range op.out[1] {
			w0, w1, left := op.span(1, j)
			if op.adaptive {
				scale = 1 / float32((h1-h0)*(w1-w0))
			}
			d := float32(dy[i*op.out[1]+j] * scale) // not fused with the sums below
			for h := h0; h < h1; h++ {
				row := dx[(top+h*op.dilation[0])*op.in[1]:]
				for w := w0; w < w1; w++ {
					row[left+w*op.dilation[1]] += d
				}
			}
		}
	}
}
