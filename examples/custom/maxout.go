package main

import (
	"fmt"

	"github.com/gannet-ml/gannet/nn"
	"github.com/gannet-ml/gannet/tensor"
	"github.com/gannet-ml/gannet/tensor/grad"
)

// maxout is an operation of our own: a struct whose exported fields are its
// attributes, with the methods of [grad.Op]. The gradient goes to the piece that was
// the largest, the first of several.
type maxout struct{ Pieces int }

// Name implements [grad.Op].
func (*maxout) Name() string { return "Maxout" }

// Needs implements [grad.Op]: Backward reads neither input nor output, since Forward
// saves which pieces were the largest.
func (*maxout) Needs() grad.Needs { return grad.Needs{} }

// Infer implements [grad.Op]. What it reports gets its place in the network from the
// tape.
func (op *maxout) Infer(in, out []tensor.Shape) error {
	x := in[0]
	switch {
	case op.Pieces < 1:
		return fmt.Errorf("%d pieces, want at least 1", op.Pieces)
	case len(x) < 2 || x[1]%op.Pieces != 0:
		return fmt.Errorf("input has shape %v, want [batch, channels, …] with a number of channels that %d divides", x, op.Pieces)
	}
	out[0] = append(out[0][:0], x...)
	out[0][1] /= op.Pieces
	return nil
}

// Forward implements [grad.Op]. In memory the pieces of an output channel lie one
// after the other, each as large as the channel.
func (op *maxout) Forward(c *grad.Call) {
	x, y := c.InData(0), c.Out(0).Data()
	largest := c.SaveInts(0, len(y))
	size := c.InShape(0)[2:].Size()
	for at := 0; at < len(y); at += size {
		pieces, out, won := x[at*op.Pieces:], y[at:at+size], largest[at:at+size]
		copy(out, pieces[:size])
		clear(won)
		for p := 1; p < op.Pieces; p++ {
			for i, v := range pieces[p*size : (p+1)*size] {
				if v > out[i] || v != v { // NaN is passed on
					out[i], won[i] = v, p
				}
			}
		}
	}
}

// Backward implements [grad.Op].
func (op *maxout) Backward(c *grad.Call) {
	dx, add := c.BeginGrad(0)
	if dx == nil {
		return
	}
	if !add {
		clear(dx)
	}
	g := c.GradOutData(0)
	largest := c.SaveInts(0, len(g))
	size := c.InShape(0)[2:].Size()
	for at := 0; at < len(g); at += size {
		pieces := dx[at*op.Pieces:]
		for i, p := range largest[at : at+size] {
			pieces[p*size+i] += g[at+i]
		}
	}
	c.EndGrad(0)
}

// Maxout returns the largest of every so many channels that follow each other
// (Goodfellow et al. 2013, arXiv 1302.4389): an activation that a network shapes
// itself, out of linear pieces. Shapes: x [N, Pieces·C, …], y [N, C, …].
type Maxout struct{ Pieces int }

// Build checks the setting; nn.Init and nn.Load call it.
func (m *Maxout) Build() error {
	if m.Pieces < 1 {
		return fmt.Errorf("custom: Maxout: %d pieces, want at least 1", m.Pieces)
	}
	return nil
}

// Forward implements [nn.Module].
func (m *Maxout) Forward(x *grad.Var) *grad.Var { return grad.Apply(maxout{Pieces: m.Pieces}, x) }

// Registered modules can be saved and loaded: their exported fields are what a file
// keeps of them.
func init() { nn.Register("custom.Maxout", &Maxout{}) }
