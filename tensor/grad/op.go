package grad

import (
	"fmt"

	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/rng"
	"github.com/gannet-ml/gannet/tensor"
)

// Op is a differentiable operation: a small struct whose exported fields are
// its attributes. [Apply] puts it on a tape; packages outside this module
// define their own in the same way.
//
// An op keeps nothing from one call to the next: what Backward needs beyond the
// attributes comes from [Call.In], [Call.Out], [Call.Save] and [Call.SaveInts].
// Unexported fields may hold what Infer derives from the shapes; working objects,
// kept so that a call need not allocate them, come from [Work].
type Op interface {
	// Name is the name of the operation in the terms of the field, "Conv2D".
	Name() string
	// Infer checks the shapes of the inputs and sets those of the outputs, in
	// the memory that out brings: out[0] = append(out[0][:0], …). An absent
	// optional input has a nil shape. The error says what was got and what is
	// wanted; the tape adds the place.
	Infer(in, out []tensor.Shape) error
	// Forward computes every element of the outputs. It must not write to the
	// inputs, which may be strided views; the outputs are contiguous.
	Forward(c *Call)
	// Backward adds, for every input i, the gradient with respect to it to what
	// [Call.GradIn] returns.
	Backward(c *Call)
	// Needs says which data Backward reads. The tape hides the rest from it, so
	// that it is known what could be released early.
	Needs() Needs
}

// Needs is a set of inputs and outputs whose data Backward reads; bit i stands
// for input or output i.
type Needs struct{ In, Out uint32 }

// MultiOutput is implemented by an [Op] that has other than one output.
type MultiOutput interface {
	Outputs() int
}

// Prepacker is implemented by an [Op] that can bring constant inputs, such as
// weights, into a form that makes Forward faster. A [Plan] calls Prepack once if
// all inputs but the first are parameters; Forward finds the result in
// [Call.Packed]. The form may depend on the shapes of the inputs, but not on their
// first axis. Where other inputs than the first need not be parameters, the op has a
// method Varies() uint32 that names them, and the first: bit i stands for input i.
type Prepacker interface {
	Prepack(c *Call) any
}

// viewer is implemented by ops whose output is a view of their only input:
// data and gradient are shared, nothing is computed.
type viewer interface {
	// view writes the output's header to dst and returns how many elements it
	// begins after the input.
	view(dst, src *tensor.Tensor) (offset int)
}

// overwriter is implemented by a viewer whose Forward overwrites its input with its
// result and whose Backward the gradient of the result with that of the input.
// Whatever else the input went to is before it on the tape, and adds to that later.
type overwriter interface {
	viewer
	overwrites()
}

// Call is one application of an [Op]: what Forward and Backward work on.
type Call struct {
	tape   *Tape
	op     Op
	index  int    // position on the tape
	scope  *scope // where in the network it was applied
	in     []*Var
	out    []*Var
	shapes []tensor.Shape // of the inputs, for Infer
	outs   []tensor.Shape
	need   bool // some input needs a gradient
	saved  [][]float32
	ints   [][]int
	temp   [][]float32
	packed any
	work   any // of Work

	epilogue *Epilogue // in a plan
	dropped  bool      // from a plan: another call does it

	pending      []float32 // between BeginGrad and EndGrad, if the gradient is strided
	pendingFirst bool
	header       tensor.Tensor
	hide         bool // Backward is running: In and Out follow Needs
}

// Op returns the operation.
func (c *Call) Op() Op { return c.op }

// Inputs returns the inputs; an absent optional one is nil. The caller must not
// change the slice.
func (c *Call) Inputs() []*Var { return c.in }

// Outputs returns the outputs. The caller must not change the slice.
func (c *Call) Outputs() []*Var { return c.out }

// In returns input i, or nil if it is absent. In Backward it panics unless
// [Op.Needs] names the input.
func (c *Call) In(i int) *tensor.Tensor {
	if c.in[i] == nil {
		return nil
	}
	if c.hide && c.op.Needs().In>>i&1 == 0 {
		panic(fmt.Sprintf("grad: %s: Backward reads input %d, which Needs does not name", c.op.Name(), i))
	}
	return &c.in[i].data
}

// InShape returns the shape of input i, nil if it is absent. Unlike [Call.In]
// it serves Backward for every input.
func (c *Call) InShape(i int) tensor.Shape {
	if c.in[i] == nil {
		return nil
	}
	return c.in[i].data.Shape()
}

// Out returns output i. In Backward it panics unless [Op.Needs] names it.
func (c *Call) Out(i int) *tensor.Tensor {
	if c.hide && c.op.Needs().Out>>i&1 == 0 {
		panic(fmt.Sprintf("grad: %s: Backward reads output %d, which Needs does not name", c.op.Name(), i))
	}
	return &c.out[i].data
}

// OutShape returns the shape of output i.
func (c *Call) OutShape(i int) tensor.Shape { return c.out[i].data.Shape() }

// GradOut returns, in Backward, the gradient with respect to output i, or nil
// if the result does not depend on that output. It may be a strided view.
func (c *Call) GradOut(i int) *tensor.Tensor {
	if !c.out[i].hasGrad() {
		return nil
	}
	return c.out[i].bindGrad()
}

// GradIn returns, in Backward, where the gradient with respect to input i goes,
// or nil if nobody wants it. If first is true nothing was written there and
// Backward must write every element; otherwise it adds to what is there. The
// tensor may be a strided view. Ask once for each input, and finish one input
// before asking for the next: one variable may be several inputs.
func (c *Call) GradIn(i int) (dst *tensor.Tensor, first bool) {
	v := c.in[i]
	if v == nil || !v.need {
		return nil, false
	}
	first = v.root().openGrad(v)
	return v.bindGrad(), first
}

// InData returns the elements of input i in row-major order, nil if it is
// absent: its own memory, or a copy in scratch memory if it is a strided view.
func (c *Call) InData(i int) []float32 {
	x := c.In(i)
	if x == nil {
		return nil
	}
	return c.dense(x)
}

// GradOutData returns the elements of [Call.GradOut] in row-major order in the
// same way.
func (c *Call) GradOutData(i int) []float32 {
	g := c.GradOut(i)
	if g == nil {
		return nil
	}
	return c.dense(g)
}

func (c *Call) dense(x *tensor.Tensor) []float32 {
	if x.Contiguous() {
		return x.Data()
	}
	b := c.Scratch(x.Len())
	c.header.Bind(b, x.Shape()).Copy(x)
	return b
}

// BeginGrad is [Call.GradIn] for ops that write row-major memory only: it
// returns such memory, in which Backward overwrites every element, or adds to
// them if add is true. Backward then calls [Call.EndGrad]. The result is nil if
// nobody wants the gradient.
func (c *Call) BeginGrad(i int) (dst []float32, add bool) {
	g, first := c.GradIn(i)
	if g == nil {
		return nil, false
	}
	if g.Contiguous() {
		return g.Data(), !first
	}
	c.pending, c.pendingFirst = c.Scratch(g.Len()), first
	return c.pending, false
}

// EndGrad brings what Backward wrote since [Call.BeginGrad] to where the
// gradient of input i lies.
func (c *Call) EndGrad(i int) {
	if c.pending == nil {
		return
	}
	dst := c.in[i].bindGrad()
	c.header.Bind(c.pending, dst.Shape())
	addGrad(dst, &c.header, c.pendingFirst)
	c.pending = nil
}

// Needed reports whether the gradient with respect to input i is wanted.
func (c *Call) Needed(i int) bool { return c.in[i] != nil && c.in[i].need }

// Train reports whether layers are in training mode.
func (c *Call) Train() bool { return c.tape.mode&Train != 0 }

// Recording reports whether Backward may follow; if not, Forward need not save
// anything for it.
func (c *Call) Recording() bool { return c.need && c.tape.mode&Gradients != 0 }

// Packed returns what [Prepacker.Prepack] returned when the plan was made, nil
// outside of plans.
func (c *Call) Packed() any { return c.packed }

// Rand returns the random numbers of this call. They depend on the seed of the
// tape, the step and the position of the call on the tape alone.
func (c *Call) Rand() Rand { return &c.tape.stream(c.index).s }

// Save returns a buffer of n floats that keeps its contents from Forward to
// Backward. Key is a small number that tells the buffers of a call apart; the
// first use decides the size.
func (c *Call) Save(key, n int) []float32 {
	for len(c.saved) <= key {
		c.saved = append(c.saved, nil)
	}
	if c.saved[key] == nil {
		c.saved[key] = mem.Get(n)
	}
	return c.saved[key][:n]
}

// SaveInts is [Call.Save] for integers. It may return the memory, and what it
// holds, of the same call in an earlier step.
func (c *Call) SaveInts(key, n int) []int {
	for len(c.ints) <= key {
		c.ints = append(c.ints, nil)
	}
	if cap(c.ints[key]) < n {
		c.ints[key] = make([]int, n)
	}
	return c.ints[key][:n]
}

// Scratch returns a buffer of n floats, with undefined contents, until the
// running Forward or Backward returns.
func (c *Call) Scratch(n int) []float32 {
	b := mem.Get(n)
	c.temp = append(c.temp, b)
	return b
}

// Work returns an object of the op's own that is kept for this place on the
// tape: zero at first, later in the state in which an earlier step left it. It
// serves to avoid allocations and must not influence results.
func Work[T any](c *Call) *T {
	w, ok := c.work.(*T)
	if !ok {
		w = new(T)
		c.work = w
	}
	return w
}

// Stage returns, for input i, a buffer such as a running mean, the value that
// it will have once the step is taken: its current value at first. Forward
// changes the staged value in place; optimizers commit it, see [Tape.Commit].
func (c *Call) Stage(i int) *tensor.Tensor { return c.in[i].leaf.stage() }

// Fail records an error that only the data could show, such as an index out of
// range, unless the tape has one already.
func (c *Call) Fail(err error) {
	if c.tape.err == nil {
		c.tape.opError(c, err)
	}
}

// endScratch gives scratch memory back.
func (c *Call) endScratch() {
	for i, b := range c.temp {
		mem.Put(b)
		c.temp[i] = nil
	}
	c.temp = c.temp[:0]
}

// release gives everything back that the call holds.
func (c *Call) release() {
	for _, v := range c.out {
		v.release()
	}
	for i, b := range c.saved {
		mem.Put(b)
		c.saved[i] = nil
	}
}

// random holds a stream in memory of the tape's, so that handing it out as an
// interface does not allocate.
type random struct{ s rng.Stream }

// Apply puts an operation with the given attributes and inputs on the tape of
// its inputs, computes it and returns its first output. A nil input is an
// absent optional one; the first one must be present.
//
//	y := grad.Apply(swish{Beta: 1.5}, x)
//
// The attributes are copied into an object that the tape keeps for this place,
// so the same network applied again allocates nothing. If the tape already
// holds an error, or the shapes do not fit, the result is an empty Var that
// carries the error on.
func Apply[O any, P interface {
	*O
	Op
}](attributes O, in ...*Var) *Var {
	c := record[O, P](attributes, in)
	if c == nil {
		return in[0].tape.broken
	}
	return c.out[0]
}

// ApplyMulti is [Apply] for an operation with several outputs. The slice belongs
// to the tape.
func ApplyMulti[O any, P interface {
	*O
	Op
	MultiOutput
}](attributes O, in ...*Var) []*Var {
	c := record[O, P](attributes, in)
	if c == nil {
		op := new(O) // not &attributes, which would then always be on the heap
		*op = attributes
		out := make([]*Var, P(op).Outputs())
		for i := range out {
			out[i] = in[0].tape.broken
		}
		return out
	}
	return c.out
}

// record does the work of Apply; nil means that the tape holds an error.
func record[O any, P interface {
	*O
	Op
}](attributes O, in []*Var) *Call {
	t := in[0].tape
	if t.err != nil {
		return nil
	}
	c := t.next()
	op, ok := c.op.(P)
	if !ok {
		op = new(O)
		c.op, c.packed = op, nil
	}
	*op = attributes
	if !t.run(c, in) {
		return nil
	}
	return c
}
