package grad

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/internal/rng"
	"github.com/gannet-ml/gannet/tensor"
)

// Mode is how a tape treats layers and what it records: a combination of
// [Train], [Gradients] and [Trace].
type Mode uint8

// The settings of a tape, which are independent of each other.
const (
	Train     Mode = 1 << iota // layers train: dropout drops, batch norm uses its batch
	Gradients                  // Backward may be called
	Trace                      // nothing is computed; the record can be made a [Plan]

	Evaluation Mode = 0                 // layers predict, nothing is differentiated
	Training        = Train | Gradients // what a training loop wants
)

// MaxSize is the largest number of values that a result may have, so that a
// network from a file cannot ask for any amount of memory.
const MaxSize = 1 << 30

// Tape records the operations of one step. A tape is used by one goroutine at a
// time; it is made once and reused for every step.
type Tape struct {
	mode Mode
	seed uint64
	step uint64
	err  *Error

	planned bool      // a plan took the tape over
	zeros   []float32 // of a trace

	scopes scope  // the root of the places that were entered
	scope  *scope // the place at hand

	calls  []*Call // the first used of them are this step's
	used   int
	inputs []*Var // leaves other than parameters, likewise
	fed    int
	tuples []*Var // likewise
	tupled int

	params map[*Param]*leaf
	order  []*leaf                   // in order of first use
	values map[*Param]*tensor.Tensor // stand for the parameters' own, if not nil

	observers []Observer
	streams   []*random
	broken    *Var // stands for every result after an error
}

// leaf is what a tape knows of a parameter.
type leaf struct {
	p       *Param
	v       Var
	grad    []float32 // in the layout of the value
	written bool      // grad holds a gradient

	staged   tensor.Tensor
	isStaged bool
}

// NewTape returns an empty tape. The seed keys the randomness of dropout and
// its kin.
func NewTape(mode Mode, seed uint64) *Tape {
	t := &Tape{mode: mode, seed: seed, params: map[*Param]*leaf{}}
	t.broken = &Var{tape: t}
	t.scope = &t.scopes
	return t
}

// Mode returns the tape's settings.
func (t *Tape) Mode() Mode { return t.mode }

// Err returns the first error made on the tape, or nil. After an error later
// operations do nothing.
func (t *Tape) Err() error {
	if t.err == nil {
		return nil // not a nil *Error in an error
	}
	return t.err
}

// Fail records an error of the named operation, unless there is one already, and
// returns a Var that carries it on. Layers use it for what no Op would notice.
func (t *Tape) Fail(op string, err error) *Var {
	t.fail(op, err)
	return t.broken
}

func (t *Tape) fail(op string, err error) error {
	if t.err == nil {
		t.err = newError(op, err, t.scope, "")
	}
	return t.err
}

// Step returns the number of times that the tape was reset. Together with the
// seed it keys randomness.
func (t *Tape) Step() uint64 { return t.step }

// SetStep continues at a step, as when training is resumed.
func (t *Tape) SetStep(step uint64) { t.step = step }

// Input puts x on the tape as the start of a computation. The tape reads x until
// Reset; a strided view is copied.
func (t *Tape) Input(x *tensor.Tensor) *Var {
	if t.err != nil {
		return t.broken
	}
	if x.Rank() > maxRank {
		return t.Fail("Input", fmt.Errorf("shape %v has %d axes, want at most %d", x.Shape(), x.Rank(), maxRank))
	}
	v := t.newLeaf()
	if x.Contiguous() {
		v.data.Bind(x.Data(), x.Shape())
		return v
	}
	v.buf = mem.Get(x.Len())
	v.data.Bind(v.buf, x.Shape()).Copy(x)
	return v
}

// Const is [Tape.Input] under the name that fits a value computed elsewhere.
func (t *Tape) Const(x *tensor.Tensor) *Var { return t.Input(x) }

// newLeaf returns a fresh leaf Var.
func (t *Tape) newLeaf() *Var {
	if t.fed == len(t.inputs) {
		t.inputs = append(t.inputs, &Var{tape: t})
	}
	v := t.inputs[t.fed]
	t.fed++
	v.need = false
	return v
}

// Use returns the Var that stands for parameter p on the tape; nil for nil, so
// that layers can pass a parameter they lack.
func (t *Tape) Use(p *Param) *Var {
	if p == nil {
		return nil
	}
	if t.err != nil {
		return t.broken
	}
	l := t.params[p]
	if l == nil {
		l = &leaf{p: p}
		l.v.tape, l.v.leaf = t, l
		t.params[p] = l
		t.order = append(t.order, l)
	}
	value := p.Value
	if t.values != nil {
		value = t.values[p]
	}
	if err := p.fits(value); err != nil {
		t.err = newError("Param", err, t.scope, p.layer())
		return t.broken
	}
	l.v.need = p.Trainable() && t.mode&Gradients != 0
	l.v.data.Bind(value.Data(), value.Shape())
	return &l.v
}

// Values makes the tape read the values of parameters from a snapshot in place
// of [Param.Value]; every parameter that is used must be in it. nil undoes it.
func (t *Tape) Values(snapshot map[*Param]*tensor.Tensor) { t.values = snapshot }

// Use returns the Var that stands for parameter p on the tape of x, or nil if p
// is nil.
func Use(x *Var, p *Param) *Var { return x.tape.Use(p) }

// stage returns the value that a buffer will have after the step.
func (l *leaf) stage() *tensor.Tensor {
	if !l.isStaged {
		if !l.staged.Shape().Equal(l.p.Value.Shape()) {
			l.staged = *tensor.Make[float32](l.p.Value.Shape()...)
		}
		l.staged.Copy(l.p.Value)
		l.isStaged = true
	}
	return &l.staged
}

// next returns the call at the next place.
func (t *Tape) next() *Call {
	if t.used == len(t.calls) {
		t.calls = append(t.calls, &Call{tape: t, index: t.used})
	}
	c := t.calls[t.used]
	c.scope = t.scope
	t.used++
	return c
}

// run infers the shapes of c, gives it outputs and computes them. It reports
// whether all went well.
func (t *Tape) run(c *Call, in []*Var) bool {
	c.in = append(c.in[:0], in...)
	c.shapes = c.shapes[:0]
	c.need = false
	c.hide, c.pending = false, nil // a panic may have left them
	c.endScratch()
	for i, v := range in {
		if v == nil {
			c.shapes = append(c.shapes, nil)
			continue
		}
		if v.tape != t {
			t.opError(c, errors.New("the inputs are on different tapes"))
			t.used-- // the call did not happen
			return false
		}
		if v.parts != nil {
			t.opError(c, v.single(fmt.Sprintf("input %d", i)))
			t.used--
			return false
		}
		if v.seen != v.root().overwritten {
			t.opError(c, fmt.Errorf("input %d is gone: an operation in place has overwritten it", i))
			t.used--
			return false
		}
		c.shapes = append(c.shapes, v.data.Shape())
		c.need = c.need || v.need
	}
	n := 1
	if m, ok := c.op.(MultiOutput); ok {
		n = m.Outputs()
	}
	for len(c.outs) < n {
		c.outs = append(c.outs, nil)
		c.out = append(c.out, &Var{})
	}
	c.outs, c.out = c.outs[:n], c.out[:n]
	if err := c.op.Infer(c.shapes, c.outs); err != nil {
		t.opError(c, err)
		t.used--
		return false
	}
	for _, s := range c.outs {
		err := error(nil)
		if s.Check() != nil || s.Size() > MaxSize {
			err = fmt.Errorf("the result has shape %v, want at most %d values", s, MaxSize)
		} else if len(s) > maxRank {
			err = fmt.Errorf("the result has %d axes, want at most %d", len(s), maxRank)
		}
		if err != nil {
			t.opError(c, err)
			t.used--
			return false
		}
	}
	c.markReads()
	view, isView := c.op.(viewer)
	for i, v := range c.out {
		v.tape, v.call, v.need = t, c, c.need
		v.base, v.offset = nil, 0
		v.overwritten, v.seen, v.read = 0, 0, false
		if isView {
			src := c.in[0]
			v.base = src.root()
			v.offset = src.offset + view.view(&v.data, &src.data)
			return t.overwrite(c)
		}
		if t.mode&Trace != 0 {
			v.data.Bind(t.blank(c.outs[i].Size()), c.outs[i])
			continue
		}
		v.buf = mem.Get(c.outs[i].Size())
		v.data.Bind(v.buf, c.outs[i])
	}
	t.compute(c)
	return t.err == nil
}

// compute computes c, unless the tape is a trace, which says what is to be computed.
func (t *Tape) compute(c *Call) {
	if t.mode&Trace == 0 {
		c.forward()
	}
}

// blank returns n zeros, which all results of a trace share.
func (t *Tape) blank(n int) []float32 {
	if n > len(t.zeros) {
		t.zeros = make([]float32, n)
	}
	return t.zeros[:n]
}

// markReads notes which inputs Backward will read.
func (c *Call) markReads() {
	if !c.need {
		return
	}
	for i, v := range c.in {
		if v != nil && c.op.Needs().In>>i&1 != 0 {
			v.root().read = true
		}
	}
}

// overwrite computes c if its result, a view, is another value than its input, and
// reports whether all went well.
func (t *Tape) overwrite(c *Call) bool {
	v, root := c.out[0], c.out[0].base
	if _, ok := c.op.(overwriter); !ok {
		v.seen = root.overwritten
		return true
	}
	err := root.mayBeOverwritten()
	for i, w := range c.in[1:] {
		if err == nil && w != nil && w.root() == root && !w.sameView(c.in[0]) {
			err = fmt.Errorf("input %d lies in the memory that the result takes, but is another view of it", i+1)
		}
	}
	if err != nil {
		t.opError(c, err)
		t.used--
		return false
	}
	t.compute(c)
	root.overwritten++
	v.seen, root.read = root.overwritten, c.need && c.op.Needs().Out&1 != 0
	return t.err == nil
}

// sameView reports whether v and w, which share memory, are the same elements in it.
func (v *Var) sameView(w *Var) bool {
	return v.offset == w.offset && v.data.Shape().Equal(w.data.Shape()) && slices.Equal(v.data.Strides(), w.data.Strides())
}

// mayBeOverwritten returns why the memory of root v must stay as it is, nil if it need not.
func (v *Var) mayBeOverwritten() error {
	switch {
	case v.call == nil:
		return errors.New("the input is no result of an operation, which alone may be overwritten")
	case v.read:
		return errors.New("the input must not be overwritten: an operation before needs it for its gradient")
	case v.need && v.call.op.Needs().Out>>slices.Index(v.call.out, v)&1 != 0:
		return fmt.Errorf("the input must not be overwritten: %s needs its result for its gradient", v.call.op.Name())
	}
	return nil
}

// opError records an error of call c.
func (t *Tape) opError(c *Call, err error) {
	t.err = newError(c.op.Name(), err, c.scope, c.paramPath())
}

// stream returns the random numbers of call i.
func (t *Tape) stream(i int) *random {
	for len(t.streams) <= i {
		t.streams = append(t.streams, &random{})
	}
	r := t.streams[i]
	r.s = rng.New(t.seed, rng.Mix(t.step, uint64(i)))
	return r
}

// Reset ends the step: it forgets the operations and the error, and all memory
// of the step goes back to the pool, so that no Var and no data of it may be
// used any longer. Gradients of parameters and staged buffers stay until the
// optimizer's step, or [Tape.ZeroGrad], so that several batches can add up.
func (t *Tape) Reset() {
	for _, c := range t.calls[:t.used] {
		c.release()
	}
	for _, v := range t.inputs[:t.fed] {
		v.release()
	}
	t.used, t.fed, t.tupled, t.err = 0, 0, 0, nil
	t.scope = &t.scopes
	t.step++
}

// Params yields the parameters that have a gradient, in the order of their
// first use on the tape, with the gradient. Optimizers call it.
func (t *Tape) Params(yield func(*Param, *tensor.Tensor) bool) {
	for _, l := range t.order {
		if l.written && !yield(l.p, l.v.bindGrad()) {
			return
		}
	}
}

// ParamGrad returns the gradient with respect to p, nil if there is none.
func (t *Tape) ParamGrad(p *Param) *tensor.Tensor {
	if l := t.params[p]; l != nil && l.written {
		return l.v.bindGrad()
	}
	return nil
}

// ZeroGrad drops the gradients of the parameters and the staged buffers.
func (t *Tape) ZeroGrad() {
	for _, l := range t.order {
		l.written, l.isStaged = false, false
	}
}

// Commit gives buffers the values that Forward staged, such as the running
// statistics of batch normalisation, and then drops gradients as
// [Tape.ZeroGrad] does. Optimizers call it at the end of their step; without it
// Forward changes nothing outside the tape.
func (t *Tape) Commit() {
	for _, l := range t.order {
		if l.isStaged {
			l.p.Value.Copy(&l.staged)
		}
	}
	t.ZeroGrad()
}

// Calls returns the operations of the step in order. The caller must not change
// the slice.
func (t *Tape) Calls() []*Call { return slices.Clip(t.calls[:t.used]) }
