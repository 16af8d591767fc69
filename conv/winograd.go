package conv

import (
	"github.com/gannet-ml/gannet/internal/gemm"
	"github.com/gannet-ml/gannet/internal/winograd"
)

// fast is the working state of Winograd's algorithm.
type fast struct {
	conv    winograd.Conv
	weights winograd.Weights
	packed  gemm.Packed // the weights of a group, where they are not constant
}

// forwardFast is forward by Winograd's algorithm.
func (c *core) forwardFast(tile int, y, x, w, b []float32, packed []*gemm.Packed, add bool) {
	f := &c.fast
	for g := range c.groups {
		c.setForward(tile, g, w)
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
func (c *core) setForward(tile, g int, w []float32) {
	f, cg, og := &c.fast, c.c/c.groups, c.o/c.groups
	f.conv.Tile, f.conv.N, f.conv.XChannels, f.conv.YChannels = tile, c.n, cg, og
	f.conv.In, f.conv.Out, f.conv.Before = c.in, c.out, c.before
	f.conv.XPicture, f.conv.YPicture = c.c*c.in[0]*c.in[1], c.o*c.pixels()
	f.weights = winograd.Weights{Data: w[g*og*cg*9:], Out: og, In: cg, O: cg * 9, C: 9}
}

// dataFast is dataDirect by Winograd's algorithm.
func (c *core) dataFast(tile int, dx, dy, w []float32, before [2]int, add bool) {
	f, cg, og := &c.fast, c.c/c.groups, c.o/c.groups
	f.conv.Tile, f.conv.N, f.conv.XChannels, f.conv.YChannels = tile, c.n, og, cg
	f.conv.In, f.conv.Out, f.conv.Before = c.out, c.in, before
	f.conv.XPicture, f.conv.YPicture, f.conv.Add = c.o*c.pixels(), c.c*c.in[0]*c.in[1], add
	for g := range c.groups {
		f.conv.X, f.conv.Y = dy[g*og*c.pixels():], dx[g*cg*c.in[0]*c.in[1]:]
		f.weights = winograd.Weights{Data: w[g*og*cg*9:], Out: cg, In: og, O: 9, C: cg * 9, Flip: true}
		f.pack()
		f.conv.Run()
	}
	f.release()
}

// pack packs the weights at work.
func (f *fast) pack() {
	f.weights.Pack(&f.packed, f.conv.Tile, f.conv.Few())
	f.conv.Weights = &f.packed
}

// release holds on to nothing.
func (f *fast) release() {
	f.packed.Release()
	f.weights = winograd.Weights{}
	f.conv.X, f.conv.Y, f.conv.Bias, f.conv.Weights, f.conv.Finish = nil, nil, nil, nil, nil
}

// packFast brings the weights into the form that forwardFast takes.
func (c *core) packFast(tile int, w []float32) []*gemm.Packed {
	p := make([]*gemm.Packed, c.groups)
	for g := range p {
		c.setForward(tile, g, w)
		p[g] = new(gemm.Packed)
		c.fast.weights.Pack(p[g], tile, c.fast.conv.Few())
	}
	c.fast.release()
	return p
}
