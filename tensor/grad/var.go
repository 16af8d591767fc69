package grad

import (
	"errors"
	"fmt"

	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/tensor"
)

// Var is a tensor on a tape: an input, a parameter or the result of an
// operation. Its data are valid until the tape is reset.
type Var struct {
	tape *Tape
	data tensor.Tensor
	buf  []float32 // memory of data, if it is the Var's own
	call *Call     // what computed it; nil for a leaf
	leaf *leaf     // the parameter it stands for, or nil
	need bool      // its gradient is wanted

	parts []*Var // of a tuple, which has nothing else; see Tuple

	// A view shares the memory of base, whose data are contiguous, from offset
	// on.
	base   *Var
	offset int

	// Operations in place change the memory of a root: what was made before is gone.
	// read says that Backward of some operation reads it as it is.
	overwritten int // how often the memory of this root was
	seen        int // how often it had been when this Var was made
	read        bool

	// The gradient lies in gbuf of the root, in the layout of its data; grad is
	// the header that a view, or the root itself, sees it through.
	gbuf    []float32
	written bool // gbuf holds a gradient
	grad    tensor.Tensor
}

// Shape returns the shape. The caller must not change it. It is [0] if the tape
// holds an error, and for a [Tuple].
func (v *Var) Shape() tensor.Shape { return v.data.Shape() }

// Data returns the value, which the caller must not change. It is valid until
// the tape is reset.
func (v *Var) Data() *tensor.Tensor { return &v.data }

// Tape returns the tape.
func (v *Var) Tape() *Tape { return v.tape }

// Param returns the parameter that v stands for, nil if it is none. It may be
// called on a nil Var.
func (v *Var) Param() *Param {
	if v == nil || v.leaf == nil {
		return nil
	}
	return v.leaf.p
}

// Err returns the first error of the tape.
func (v *Var) Err() error { return v.tape.Err() }

// Grad returns the gradient that Backward computed with respect to v, or nil if
// there is none: v is no leaf, its gradient was not asked for, or the result
// does not depend on it. For a parameter it is valid until the optimizer's
// step, else until Reset.
func (v *Var) Grad() *tensor.Tensor {
	if !v.hasGrad() {
		return nil
	}
	return v.bindGrad()
}

// RequireGrad makes Backward compute the gradient with respect to the input v,
// and returns v. It must be called before v is used. Of a [Tuple] it means every
// part.
func (v *Var) RequireGrad() *Var {
	for _, p := range v.parts {
		p.RequireGrad()
	}
	v.need = true
	return v
}

// Detach returns a copy of v through which no gradient flows. It is an operation,
// so that a [Plan] computes it anew.
func (v *Var) Detach() *Var {
	d := apply1(detach{}, v)
	if v.tape.err == nil {
		d.call.need, d.need = false, false
	}
	return d
}

// root returns the Var whose memory v shares.
func (v *Var) root() *Var {
	if v.base != nil {
		return v.base
	}
	return v
}

// hasGrad reports whether a gradient was written for v.
func (v *Var) hasGrad() bool {
	r := v.root()
	if r.leaf != nil {
		return r.leaf.written
	}
	return r.written
}

// gradBuf returns the gradient memory of root v.
func (v *Var) gradBuf() []float32 {
	if v.leaf != nil {
		return v.leaf.grad
	}
	return v.gbuf
}

// openGrad makes sure that root r has gradient memory before view v of it is
// written, and reports whether v is the first to be written and covers it all.
func (r *Var) openGrad(v *Var) (first bool) {
	buf, written, get := &r.gbuf, &r.written, mem.Borrow
	if r.leaf != nil {
		buf, written, get = &r.leaf.grad, &r.leaf.written, mem.Get
	}
	if *buf == nil {
		*buf = get(r.data.Len())
	}
	if *written {
		return false
	}
	*written = true
	if v.data.Len() == r.data.Len() {
		return true
	}
	clear(*buf)
	return false
}

// bindGrad points the gradient header of v at the gradient memory of its root.
func (v *Var) bindGrad() *tensor.Tensor {
	buf := v.root().gradBuf()
	if v.data.Len() == 0 {
		return v.grad.Bind(nil, v.data.Shape())
	}
	return v.grad.BindStrided(buf[v.offset:], v.data.Shape(), v.data.Strides())
}

// dropGrad gives the gradient memory of a root back.
func (v *Var) dropGrad() {
	mem.Return(v.gbuf)
	v.gbuf, v.written = nil, false
}

// release gives all memory back.
func (v *Var) release() {
	mem.Put(v.buf)
	v.buf = nil
	v.dropGrad()
}

// Backward computes the gradient of v, which must have a single element, with
// respect to every parameter and input that wants one. Gradients add up: with
// those of earlier calls until the optimizer's step or [Tape.ZeroGrad]. It
// returns the first error of the tape, so a shape mistake made on the way to v
// is reported here.
func (v *Var) Backward() error {
	if v.tape.err == nil && v.parts == nil && v.data.Len() != 1 {
		return v.tape.fail("Backward", fmt.Errorf("of shape %v, want a single element; use BackwardFrom", v.Shape()))
	}
	return v.BackwardFrom(nil)
}

// BackwardFrom is [Var.Backward] for a v of any shape, given the gradient g of
// some result with respect to v; nil stands for ones.
func (v *Var) BackwardFrom(g *tensor.Tensor) error {
	t := v.tape
	switch {
	case t.err != nil:
		return t.err
	case t.mode&Gradients == 0:
		return t.fail("Backward", errors.New("the tape does not record gradients, want grad.Training or grad.Gradients"))
	case t.mode&Trace != 0:
		return t.fail("Backward", errors.New("the tape records a trace, which computes nothing"))
	case v.parts != nil:
		return t.fail("Backward", v.single("the result"))
	case g != nil && !g.Shape().Equal(v.Shape()):
		return t.fail("Backward", fmt.Errorf("gradient has shape %v, want %v", g.Shape(), v.Shape()))
	case !v.need:
		return t.fail("Backward", errors.New("the result depends on no parameter and no input that requires a gradient"))
	case v.seen != v.root().overwritten:
		return t.fail("Backward", errors.New("the result is gone: an operation in place has overwritten it"))
	}
	first := v.root().openGrad(v)
	addGrad(v.bindGrad(), g, first)
	for i := t.used - 1; i >= 0 && t.err == nil; i-- {
		t.calls[i].backward()
	}
	return t.Err() // an op's Backward may have found one
}

// backward runs Backward of one call if a gradient has reached its outputs, and
// gives the memory of those gradients back.
func (c *Call) backward() {
	if !c.need {
		return
	}
	reached := false
	for _, v := range c.out {
		if _, ok := c.op.(overwriter); v.base != nil && !ok {
			return // a view shares the gradient of its base
		}
		reached = reached || v.hasGrad()
	}
	if !reached {
		return
	}
	c.differentiate()
	for _, v := range c.out {
		v.dropGrad()
	}
	// What made the memory of a result in place drops the gradient, unless it needs none.
	if r := c.out[0].root(); r != c.out[0] && !c.in[0].need {
		r.dropGrad()
	}
}

// addGrad writes g, or ones, to dst, or adds it.
func addGrad(dst, g *tensor.Tensor, first bool) {
	if g == nil {
		g = &ones
	}
	if first {
		dst.Copy(g)
		return
	}
	tensor.AddTo(dst, dst, g)
}

var ones = *tensor.New([]float32{1})
