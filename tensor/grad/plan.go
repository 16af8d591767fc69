package grad

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/gannet-ml/gannet/internal/mem"
	"github.com/gannet-ml/gannet/tensor"
)

// Plan is a computation that was traced once and can be run again on other
// inputs of the same shapes, in memory that was laid out for it: results that
// are never alive together share their place. A plan is used by one goroutine at
// a time. It takes its tape over.
type Plan struct {
	tape    *Tape
	in, out []*Var
	arena   []float32
}

// Plan makes a plan of everything recorded on the tape, whose mode must include
// [Trace] and not [Gradients]. In lists inputs, out results that will be read
// after each run. Constants are copied, but for index arrays and masks; parameters are read where they are, so
// give the tape a snapshot with [Tape.Values] unless they stay unchanged.
// Operations that can, bring constant operands into their fastest form; if share
// is a plan of the same network, its packed operands are used where inputs have the
// same shapes but for their first axis, the batch. An operation that is a
// [Fuser] also does what follows it: batch normalisation, the sum with another result,
// an activation.
func (t *Tape) Plan(in, out []*Var, share *Plan) (*Plan, error) {
	if t.err != nil {
		return nil, t.err
	}
	if t.mode&(Trace|Gradients) != Trace {
		return nil, errors.New("grad: Plan: the tape's mode must include Trace and not Gradients")
	}
	for _, v := range slices.Concat(in, out) {
		if err := v.single("an input or a result"); err != nil {
			return nil, fmt.Errorf("grad: Plan: %w", err)
		}
	}
	p := &Plan{tape: t, in: in, out: out}
	t.planned = true
	p.fuse()
	p.layOut()
	calls := t.calls[:t.used]
	same := share != nil && len(share.tape.calls[:share.tape.used]) == len(calls)
	for i, c := range calls {
		op, ok := c.op.(Prepacker)
		if !ok || c.dropped || !constantOperands(c) {
			continue
		}
		if same && sameOperands(c, share.tape.calls[i]) && sameEpilogue(c, share.tape.calls[i]) {
			c.packed = share.tape.calls[i].packed
		} else {
			c.packed = op.Prepack(c)
			c.endScratch()
		}
	}
	return p, nil
}

// constantOperands reports whether the inputs of c are parameters, or views of them, or
// absent, but for those that need not be: see [Prepacker].
func constantOperands(c *Call) bool {
	varies := uint32(1)
	if op, ok := c.op.(interface{ Varies() uint32 }); ok {
		varies = op.Varies()
	}
	for i, v := range c.in {
		if varies>>i&1 == 0 && v != nil && v.root().leaf == nil {
			return false
		}
	}
	return true
}

// sameOperands reports whether two calls apply the same kind of op to the same
// parameters.
func sameOperands(c, d *Call) bool {
	if reflect.TypeOf(c.op) != reflect.TypeOf(d.op) || len(c.in) != len(d.in) {
		return false
	}
	for i, v := range c.in {
		w := d.in[i]
		if (v == nil) != (w == nil) || v != nil && !sameParam(v, w) {
			return false
		}
	}
	return true
}

// sameParam reports whether v and w are the same view of one parameter, or samples of
// one shape: an op may pack its operands for that, though not for a batch.
func sameParam(v, w *Var) bool {
	p := v.root().Param()
	if p != w.root().Param() {
		return false
	}
	if p == nil {
		return sampleOf(v).Equal(sampleOf(w))
	}
	return v.offset == w.offset && v.Shape().Equal(w.Shape())
}

// sampleOf returns the shape of v without its first axis.
func sampleOf(v *Var) tensor.Shape { return v.Shape()[min(1, len(v.Shape())):] }

// span is a Var that needs memory from call first to call last.
type span struct {
	v           *Var
	first, last int
	size, at    int // in the arena
}

// overlaps reports whether a and b are alive together.
func (a *span) overlaps(b *span) bool { return a.first <= b.last && b.first <= a.last }

// layOut moves all Vars of the tape into one arena. Vars are placed by falling
// size, each at the lowest place that no Var alive at the same time takes (the
// greedy by size of Pisarchyk and Lee 2020, arXiv 2001.03288).
func (p *Plan) layOut() {
	t := p.tape
	spans := map[*Var]*span{}
	var list []*span
	add := func(v *Var, first int) {
		s := &span{v: v, first: first, last: first, size: (v.data.Len() + 15) &^ 15}
		spans[v] = s
		list = append(list, s)
	}
	for _, v := range p.in {
		add(v, -1)
	}
	for i, c := range t.calls[:t.used] {
		if c.dropped {
			for _, v := range c.out {
				mem.Put(v.buf)
				v.buf = nil
			}
			continue
		}
		if e := c.epilogue; e != nil && e.add != nil {
			if s := spans[e.add.root()]; s != nil {
				s.last = i
			}
		}
		for _, v := range c.in {
			if v == nil {
				continue
			}
			if s := spans[v.root()]; s != nil {
				s.last = i
			}
		}
		for _, v := range c.out {
			if v.base == nil {
				add(v, i)
			}
		}
	}
	for _, v := range p.out {
		if s := spans[v.root()]; s != nil {
			s.last = t.used
		}
	}
	slices.SortStableFunc(list, func(a, b *span) int { return cmp.Compare(b.size, a.size) })
	total := 0
	var placed []*span // by rising place
	for _, s := range list {
		s.at = 0
		for _, o := range placed {
			if s.overlaps(o) && s.at+s.size > o.at && s.at < o.at+o.size {
				s.at = o.at + o.size
			}
		}
		total = max(total, s.at+s.size)
		i, _ := slices.BinarySearchFunc(placed, s, func(o, s *span) int { return cmp.Compare(o.at, s.at) })
		placed = slices.Insert(placed, i, s)
	}
	p.arena = mem.Get(total)
	clear(p.arena)
	for _, v := range t.inputs[:t.fed] {
		if spans[v] == nil && v.buf == nil { // a constant, still the caller's memory
			v.buf = mem.Get(v.data.Len())
			copy(v.buf, v.data.Data())
			v.data.Bind(v.buf, v.data.Shape())
		}
	}
	for _, s := range list {
		mem.Put(s.v.buf)
		s.v.buf = nil
		s.v.data.Bind(p.arena[s.at:s.at+s.v.data.Len()], s.v.data.Shape())
	}
	for _, c := range t.calls[:t.used] {
		for _, v := range c.out {
			switch {
			case c.dropped: // nothing is there, but its shape counts
				v.data.Bind(p.arena[:v.data.Len()], v.data.Shape())
			case v.base != nil && v.data.Len() > 0:
				v.data.BindStrided(v.base.data.Raw()[v.offset:], v.data.Shape(), v.data.Strides())
			}
		}
	}
	t.zeros = nil // nobody looks at them any more
}

// In returns input i, for the caller to fill before [Plan.Run].
func (p *Plan) In(i int) *tensor.Tensor { return &p.in[i].data }

// Out returns result i, valid until the next [Plan.Run].
func (p *Plan) Out(i int) *tensor.Tensor { return &p.out[i].data }

// Bytes returns the memory that the plan holds for intermediate results.
func (p *Plan) Bytes() int { return 4 * len(p.arena) }

// Run computes the results from the inputs. It allocates nothing. Between
// operations it looks at ctx and returns its error if it is done.
func (p *Plan) Run(ctx context.Context) error {
	t := p.tape
	for _, c := range t.calls[:t.used] {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, ok := c.op.(viewer); ok || c.dropped {
			continue
		}
		c.forward()
		if err := t.err; err != nil {
			t.err = nil
			return err
		}
	}
	return nil
}

// Close gives the memory of the plan back. The plan must not be used
// afterwards.
func (p *Plan) Close() {
	for _, c := range p.tape.calls {
		c.packed, c.work, c.epilogue, c.dropped = nil, nil, nil, false
	}
	p.tape.planned = false
	p.tape.Reset()
	mem.Put(p.arena)
	p.arena = nil
}
