package conv

import (
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/winograd"
)

// none is the form of convolutions that Winograd's algorithm does not compute.
var none winograd.Form

// fast is the working state of Winograd's algorithm.
type fast struct {
	conv    winograd.Conv
	grad    winograd.WeightGrad
	weights winograd.Weights
	packed  gemm.Packed // the weights of a group, where they are not constant
}

// forwardFast is forward by Winograd's algorithm.
func (c *core) forwardFast(form winograd.Form, y, x, w, b []float32, packed []*gemm.Packed, add bool) {
	f := &c.fast
	for g := range c.groups {
		c.setForward(form, g, w)
		cg, og := f.conv.XChannels, f.conv.YChannels
		f.conv.X, f.conv.Y, f.conv.Add = x[g*cg*c.in[0]*c.in[1]:], y[g*og*c.pixels():], add
		f.conv.Bias, f.conv.Finish = nil, c.finish(g)
		if b != nil {
			f.conv.Bias = b[g*og : (g+1)*og]
		}
		if packed != nil {
			f.conv.Weights = packed[g]
		} else {
			f.pack()
		}
		f.conv.Run()
	}
	f.release()
}

// setForward makes ready for a group of the convolution.
func (c *core) setForward(form winograd.Form, g int, w []float32) {
	f, cg, og, size := &c.fast, c.c/c.groups, c.o/c.groups, form.Kernel*form.Kernel
	f.conv.Shape = c.shape(form)
	f.weights = winograd.Weights{Data: w[g*og*cg*size:], Out: og, In: cg, O: cg * size, C: size}
}

// shape returns the geometry of a group of the convolution.
func (c *core) shape(form winograd.Form) winograd.Shape {
	return winograd.Shape{
		Form: form, N: c.n, XChannels: c.c / c.groups, YChannels: c.o / c.groups,
		In: c.in, Out: c.out, Before: c.before,
		XPicture: c.c * c.in[0] * c.in[1], YPicture: c.o * c.pixels(),
	}
}

// dataFast is dataDirect by Winograd's algorithm.
func (c *core) dataFast(form winograd.Form, dx, dy, w []float32, before [2]int, add bool) {
	f, cg, og, size := &c.fast, c.c/c.groups, c.o/c.groups, form.Kernel*form.Kernel
	f.conv.Shape = winograd.Shape{
		Form: form, N: c.n, XChannels: og, YChannels: cg,
		In: c.out, Out: c.in, Before: before,
		XPicture: c.o * c.pixels(), YPicture: c.c * c.in[0] * c.in[1],
	}
	f.conv.Add = add
	for g := range c.groups {
		f.conv.X, f.conv.Y = dy[g*og*c.pixels():], dx[g*cg*c.in[0]*c.in[1]:]
		f.weights = winograd.Weights{Data: w[g*og*cg*size:], Out: cg, In: og, O: size, C: cg * size, Flip: true}
		f.pack()
		f.conv.Run()
	}
	f.release()
}

// weightFast is weight by Winograd's algorithm.
func (c *core) weightFast(form winograd.Form, dw, dy, x []float32, add bool) {
	f, cg, og := &c.fast, c.c/c.groups, c.o/c.groups
	f.grad.Shape, f.grad.Add = c.shape(form), add
	for g := range c.groups {
		f.grad.X, f.grad.DY = x[g*cg*c.in[0]*c.in[1]:], dy[g*og*c.pixels():]
		f.grad.DW = dw[g*og*cg*form.Kernel*form.Kernel:]
		f.grad.Run()
	}
	f.grad.X, f.grad.DY, f.grad.DW = nil, nil, nil
}

// pack packs the weights at work.
func (f *fast) pack() {
	f.weights.Pack(&f.packed, f.conv.Form, f.conv.Few())
	f.conv.Weights = &f.packed
}

// release holds on to nothing.
func (f *fast) release() {
	f.packed.Release()
	f.weights = winograd.Weights{}
	f.conv.X, f.conv.Y, f.conv.Bias, f.conv.Weights, f.conv.Finish = nil, nil, nil, nil, nil
}

// packFast brings the weights into the form that forwardFast takes.
func (c *core) packFast(form winograd.Form, w []float32) []*gemm.Packed {
	p := make([]*gemm.Packed, c.groups)
	for g := range p {
		c.setForward(form, g, w)
		p[g] = gemm.Lasting()
		c.fast.weights.Pack(p[g], form, c.fast.conv.Few())
	}
	c.fast.release()
	return p
}
