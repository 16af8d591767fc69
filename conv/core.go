package conv

import (
	"github.com/gannet-ml/gannet/internal/depthwise"
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/im2col"
	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/internal/wgrad"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// core computes a convolution and its gradients on plain memory in [N, C, H, W]
// order. All three are matrix products whose operand is gathered from the
// picture while it is packed: no matrix of patches is ever stored. With P output
// pixels and K = C·KH·KW taps, for each picture (and each group of channels):
//
//	forward        Y[O×P]  = W[O×K] · patches(X)[K×P]
//	data gradient  dX[C×HW] = Wᵀ[C×O·KH·KW] · patches(dY)[O·KH·KW×HW]     stride 1
//	               dX       = fold(Wᵀ[K×O] · dY[O×P])                     other strides
//	weight gradient dW[O×K] = Σ over pictures dY[O×P] · patches(X)ᵀ[P×K]
//
// except that the last mostly reads the patches where they are; choose.go says when.
// Package im2col says how patches are gathered. Depthwise convolutions, as
// [geometry.depthwise] has them, are left to package depthwise.
//
// A core is working state, whose geometry is that of the call at hand.
type core struct {
	geometry
	offsets  []int          // of the taps in the padded picture; room for offsetsLen()
	epilogue *grad.Epilogue // of forward, nil for none
	finisher finisher

	call    gemm.Call
	w, y    gemm.Matrix
	patches im2col.Patches
	planes  im2col.Planes
	padder  im2col.Padder
	folder  im2col.Folder

	channels depthwise.Conv // of depthwise convolutions
	fast     fast           // Winograd's algorithm
	direct   wgrad.Call     // the weights' gradient in place
}

// offsetsLen returns the room that core.offsets needs for any of the products.
func (g *geometry) offsetsLen() int {
	kk := g.kernel[0] * g.kernel[1]
	return max(g.c, g.o) / g.groups * kk
}

// forward computes y = convolution of x with w, plus b if that is not nil; without
// b it can add to y. packed holds w packed by [core.pack], or is nil.
func (c *core) forward(y, x, w, b []float32, packed []*gemm.Packed, add bool) {
	if c.n == 0 { // which for a gemm.Call means a batch of 1
		return
	}
	if c.depthwise() {
		d := c.byChannel()
		d.Finish = c.finish(0)
		d.Forward(y, x, w, b, add)
		return
	}
	if form := c.forwardForm(); form != none {
		c.forwardFast(form, y, x, w, b, packed, add)
		return
	}
	p := c.pixels()
	c.gather(x)
	og, k := c.o/c.groups, c.taps()
	for g := range c.groups {
		c.patches.Base = g * c.patches.Picture / c.groups
		c.call = gemm.Call{
			Batch: c.n, M: og, N: p, K: k,
			A: c.weights(w, g, packed), SharedA: true, B: &c.patches,
			C: y[g*og*p:], CRow: p, CBatch: c.o * p, Finish: c.finish(g),
		}
		switch {
		case b != nil:
			c.call.Init, c.call.Bias = gemm.RowBias, b[g*og:(g+1)*og]
		case add:
			c.call.Init = gemm.FromC
		}
		c.call.Run()
	}
	c.padder.Release()
}

// finish returns what applies the epilogue to the result of a group, nil if there is
// none.
func (c *core) finish(group int) gemm.Finisher {
	if e := c.epilogue; e == nil || e.Add == nil && e.Activate == nil {
		return nil
	}
	c.finisher = finisher{c.epilogue, group * c.o / c.groups, c.o, c.pixels()}
	return &c.finisher
}

// finisher applies an epilogue to rows that are channels from first on.
type finisher struct {
	*grad.Epilogue
	first, channels, pixels int
}

// Row implements [gemm.Finisher].
func (f *finisher) Row(y []float32, picture, channel, pixel int) {
	f.Finish(y, (picture*f.channels+f.first+channel)*f.pixels+pixel)
}

// byChannel returns what computes the call at hand if it is depthwise.
func (c *core) byChannel() *depthwise.Conv {
	c.channels.Shape = depthwise.Shape{
		N: c.n, C: c.c, M: c.o / c.c, In: c.in, Kernel: c.kernel, Stride: c.stride, Before: c.before, Out: c.out,
	}
	return &c.channels
}

// sliding returns how the kernel moves over the input.
func (g *geometry) sliding() im2col.Window {
	return im2col.Window{In: g.in, Before: g.before, Kernel: g.kernel, Stride: g.stride, Dilation: g.dilation, Out: g.out}
}

// gather makes c.patches those of the first group of channels of the input x, in a copy
// that lasts until c.padder is released.
func (c *core) gather(x []float32) {
	c.patches = c.padder.Patches(x, c.n, c.c, c.sliding(), c.c/c.groups, c.offsets)
}

// weights returns the weight matrix [O×K] of a group.
func (c *core) weights(w []float32, g int, packed []*gemm.Packed) gemm.Operand {
	if packed != nil {
		return packed[g]
	}
	k := c.taps()
	c.w = gemm.Matrix{Data: w[g*c.o/c.groups*k:], I: k, K: 1}
	return &c.w
}

// pack brings the weights into the form that forward takes; it is nil where that is
// what they are.
func (c *core) pack(w []float32) []*gemm.Packed {
	if c.depthwise() {
		return nil
	}
	if form := c.forwardForm(); form != none {
		return c.packFast(form, w)
	}
	p := make([]*gemm.Packed, c.groups)
	for g := range p {
		p[g] = gemm.PackA(c.o/c.groups, c.taps(), c.weights(w, g, nil))
	}
	return p
}

// data computes the gradient with respect to the input, dx, or adds to it.
func (c *core) data(dx, dy, w []float32, add bool) {
	if c.n == 0 {
		return
	}
	if c.depthwise() {
		c.byChannel().Data(dx, dy, w, add)
		return
	}
	// The padding before dy with which every kernel element finds its output pixel.
	var before [2]int
	direct := c.stride == [2]int{1, 1}
	for i := range 2 {
		before[i] = c.dilation[i]*(c.kernel[i]-1) - c.before[i]
		direct = direct && before[i] >= 0 && c.in[i]-c.out[i]+c.before[i] >= 0
	}
	form := c.dataForm()
	switch {
	case direct && form != none:
		c.dataFast(form, dx, dy, w, before, add)
	case direct:
		c.dataDirect(dx, dy, w, before, add)
	default:
		c.dataFold(dx, dy, w, add)
	}
}

// dataDirect convolves dy, with zeros around it, with the flipped kernel; in and out
// change places.
func (c *core) dataDirect(dx, dy, w []float32, before [2]int, add bool) {
	cg, og, kk := c.c/c.groups, c.o/c.groups, c.kernel[0]*c.kernel[1]
	c.patches = c.padder.Patches(dy, c.n, c.o, im2col.Window{
		In: c.out, Before: before, Kernel: c.kernel, Stride: [2]int{1, 1}, Dilation: c.dilation, Out: c.in, Flipped: true,
	}, og, c.offsets)
	turned := mem.Get(cg * og * kk) // W with its first two axes exchanged
	size := c.in[0] * c.in[1]
	for g := range c.groups {
		for o := range og {
			for i := range cg {
				copy(turned[(i*og+o)*kk:][:kk], w[((g*og+o)*cg+i)*kk:])
			}
		}
		c.w = gemm.Matrix{Data: turned, I: og * kk, K: 1}
		c.patches.Base = g * c.patches.Picture / c.groups
		c.call = gemm.Call{
			Batch: c.n, M: cg, N: size, K: og * kk,
			A: &c.w, SharedA: true, B: &c.patches,
			C: dx[g*cg*size:], CRow: size, CBatch: c.c * size,
		}
		if add {
			c.call.Init = gemm.FromC
		}
		c.call.Run()
	}
	mem.Put(turned)
	c.padder.Release()
}

// dataFold computes the gradient of all patches of a picture, one picture at a
// time, and adds each patch to the pixels it was taken from.
func (c *core) dataFold(dx, dy, w []float32, add bool) {
	cg, og, k, p := c.c/c.groups, c.o/c.groups, c.taps(), c.pixels()
	if !add {
		clear(dx)
	}
	columns := mem.Get(k * p)
	size := c.in[0] * c.in[1]
	for n := range c.n {
		for g := range c.groups {
			c.w = gemm.Matrix{Data: w[g*og*k:], I: 1, K: k}
			c.y = gemm.Matrix{Data: dy[(n*c.o+g*og)*p:], I: 1, K: p}
			c.call = gemm.Call{M: k, N: p, K: og, A: &c.w, B: &c.y, C: columns, CRow: p}
			c.call.Run()
			c.folder.Fold(dx[(n*c.c+g*cg)*size:], columns, cg, c.sliding())
		}
	}
	mem.Put(columns)
}

// weight computes the gradient with respect to the weight, dw, or adds to it.
// Each element is one sum over all pixels of all pictures.
func (c *core) weight(dw, dy, x []float32, add bool) {
	form := c.weightForm()
	switch {
	case c.depthwise():
		c.byChannel().Weight(dw, dy, x, add)
	case form != none:
		c.weightFast(form, dw, dy, x, add)
	case c.weightInPlace():
		c.weightBy((*core).weightDirect, dw, dy, x, add)
	default:
		c.weightBy((*core).weightProduct, dw, dy, x, add)
	}
}

// weightBy computes the gradient of the weights group by group in one of the ways below.
func (c *core) weightBy(way func(c *core, dw []float32, add bool), dw, dy, x []float32, add bool) {
	c.gather(x)
	og, k := c.o/c.groups, c.taps()
	for g := range c.groups {
		c.patches.Base = g * c.patches.Picture / c.groups
		c.planes = im2col.Planes{Src: dy, Base: g * og * c.pixels(), Picture: c.o * c.pixels(), Size: c.pixels()}
		way(c, dw[g*og*k:], add)
	}
	c.padder.Release()
}

// weightDirect computes the gradient of a group's weights from the patches where they
// are.
func (c *core) weightDirect(dw []float32, add bool) {
	c.direct = wgrad.Call{X: c.patches, DY: c.planes, Pictures: c.n, Channels: c.o / c.groups, DW: dw, Add: add}
	c.direct.Run()
}

// weightProduct computes the gradient of a group's weights as a matrix product,
// which gathers the patches.
func (c *core) weightProduct(dw []float32, add bool) {
	c.call = gemm.Call{
		M: c.o / c.groups, N: c.taps(), K: c.n * c.pixels(), A: &c.planes, B: (*im2col.Transposed)(&c.patches),
		C: dw, CRow: c.taps(),
	}
	if add {
		c.call.Init = gemm.FromC
	}
	c.call.Run()
}

// biasGrad computes the gradient with respect to the bias, the sum of dy over n
// pictures and their pixels, or adds to it.
func biasGrad(db, dy []float32, n, pixels int, add bool) {
	for o := range db {
		var sum float32
		for i := range n {
			sum += vec.Sum(dy[(i*len(db)+o)*pixels:][:pixels])
		}
		if add {
			sum += db[o]
		}
		db[o] = sum
	}
}
