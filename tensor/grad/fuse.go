package grad

import (
	"slices"

	"github.com/gannet-ml/gannet/internal/vec"
	"github.com/gannet-ml/gannet/tensor"
)

// Fuser is implemented by an [Op] that can do what follows it as a part of its own
// work, while its result is still in the cache: in a [Plan], [Call.Epilogue] says
// what. The result's axis 1 is that of its channels.
type Fuser interface {
	Prepacker
	// Fuses does nothing; it marks the op.
	Fuses()
}

// Epilogue is what a call does to its result in place of the operations after it, in
// this order:
//
//	y ← y·Scale[channel] + Shift[channel]    if Scale is not nil
//	y ← y + Add                              if that is not nil
//	y ← Activate(y)                          if that is not nil
//
// The op brings Scale and Shift into its weights when it prepacks them.
type Epilogue struct {
	Scale, Shift []float32
	Add          *tensor.Tensor // of the same shape, contiguous
	Activate     func(dst, x []float32)

	add      *Var
	absorbed []*Call
}

// Finish applies what of the epilogue comes after the scale to elements of the
// result, which begin at number at of it.
func (e *Epilogue) Finish(y []float32, at int) {
	if e.Add != nil {
		vec.Add(y, y, e.Add.Data()[at:])
	}
	if e.Activate != nil {
		e.Activate(y, y)
	}
}

// ChannelScaler is implemented by an [Op] that in some calls only scales and shifts
// the channels of its first input, axis 1, as a batch normalisation does at
// prediction.
type ChannelScaler interface {
	// ScaleShift returns the factors and summands, or nil if the call does more.
	ScaleShift(c *Call) (scale, shift []float32)
}

// activator is implemented by ops of one input that work element by element, also in
// place.
type activator interface {
	activate() func(dst, x []float32)
}

func (*relu) activate() func(dst, x []float32)    { return vec.ReLU }
func (*tanh) activate() func(dst, x []float32)    { return vec.Tanh }
func (*sigmoid) activate() func(dst, x []float32) { return vec.Sigmoid }
func (*gelu) activate() func(dst, x []float32)    { return vec.GELU }

func (op *clamp) activate() func(dst, x []float32)    { return op.limit }
func (op *hardtanh) activate() func(dst, x []float32) { return (*clamp)(op).limit }

// Epilogue returns what the call has to do to its result, nil if that is nothing.
func (c *Call) Epilogue() *Epilogue { return c.epilogue }

// fuse gives every call that can do what follows it an epilogue, and drops the calls
// that are done so.
func (p *Plan) fuse() {
	calls := p.tape.calls[:p.tape.used]
	made, reader, reads := map[*Var]int{}, map[*Var]*Call{}, map[*Var]int{}
	for i, c := range calls {
		for _, v := range c.in {
			if v != nil {
				reads[v.root()]++
				reader[v.root()] = c
			}
		}
		for _, v := range c.out {
			if v.base == nil {
				made[v] = i
			}
		}
	}
	for _, v := range p.out {
		reads[v.root()]++
	}
	for i, c := range calls {
		if _, ok := c.op.(Fuser); !ok || c.dropped || !constantOperands(c) {
			continue
		}
		for y := c.out[0]; reads[y] == 1 && reader[y] != nil; y = c.out[0] {
			next := reader[y]
			if !c.absorb(next, y, func(v *Var) bool {
				at, computed := made[v.root()]
				return !computed || at < i
			}) {
				break
			}
			next.dropped = true
			c.out[0], next.out[0] = next.out[0], c.out[0]
		}
	}
}

// absorb takes next, which reads the result y of c, into the epilogue of c, if it
// can. There says of a Var whether it is computed before c.
func (c *Call) absorb(next *Call, y *Var, there func(*Var) bool) bool {
	e := c.epilogue
	if e == nil {
		e = new(Epilogue)
	}
	switch op := next.op.(type) {
	case ChannelScaler:
		if e.Scale != nil || e.add != nil || e.Activate != nil || next.in[0] != y || !constantOperands(next) {
			return false
		}
		scale, shift := op.ScaleShift(next)
		if scale == nil {
			return false
		}
		e.Scale, e.Shift = slices.Clone(scale), slices.Clone(shift)
		next.endScratch()
	case *add:
		other := next.in[0]
		if other == y {
			other = next.in[1]
		}
		if e.add != nil || e.Activate != nil || other == y || !there(other) ||
			!other.Shape().Equal(y.Shape()) || !other.data.Contiguous() {
			return false
		}
		e.add, e.Add = other, &other.data
	case activator:
		if e.Activate != nil {
			return false
		}
		e.Activate = op.activate()
	default:
		return false
	}
	e.absorbed = append(e.absorbed, next)
	c.epilogue = e
	return true
}

// sameEpilogue reports whether two calls scale their results by the same parameters.
func sameEpilogue(c, d *Call) bool {
	scaler := func(c *Call) *Call {
		if c.epilogue == nil || c.epilogue.Scale == nil {
			return nil
		}
		return c.epilogue.absorbed[0]
	}
	a, b := scaler(c), scaler(d)
	return a == nil && b == nil || a != nil && b != nil && sameOperands(a, b)
}
