package grad

import (
	"errors"
	"fmt"
)

// Tuple makes several variables of one tape travel as one, such as the inputs of
// a network that has more than one. [Var.Part] takes it apart again. A tuple has
// no data and a shape of [0]; it is no operation and no operation takes it: that
// is an error of the operation. A tuple of one variable is that variable; a part
// may be a tuple itself.
//
//	y := net.Forward(grad.Tuple(tape.Input(picture), tape.Input(row)))
//
// A part that is nil or on another tape is an error. Tuple panics if there is no
// variable, on whose tape the error could be.
func Tuple(vs ...*Var) *Var {
	t := tapeOf(vs)
	if t.err != nil {
		return t.broken
	}
	for i, v := range vs {
		switch {
		case v == nil:
			return t.Fail("Tuple", fmt.Errorf("part %d is nil", i))
		case v.tape != t:
			return t.Fail("Tuple", errors.New("the parts are on different tapes"))
		}
	}
	if len(vs) == 1 {
		return vs[0]
	}
	if t.tupled == len(t.tuples) {
		t.tuples = append(t.tuples, &Var{tape: t})
	}
	v := t.tuples[t.tupled]
	t.tupled++
	v.parts = append(v.parts[:0], vs...)
	return v
}

// tapeOf returns the tape of the first variable that there is.
func tapeOf(vs []*Var) *Tape {
	for _, v := range vs {
		if v != nil {
			return v.tape
		}
	}
	panic("grad: Tuple: no variables")
}

// Parts returns the number of variables that v holds: 1 unless it is a [Tuple].
func (v *Var) Parts() int { return max(len(v.parts), 1) }

// Part returns part i of a [Tuple], from 0 on. Part 0 of any other variable is
// the variable itself. A part that is not there is an error.
func (v *Var) Part(i int) *Var {
	switch {
	case v.tape.err != nil:
		return v.tape.broken
	case i < 0 || i >= v.Parts():
		return v.tape.Fail("Part", fmt.Errorf("no part %d, have %d", i, v.Parts()))
	case v.parts == nil:
		return v
	}
	return v.parts[i]
}

// single reports a tuple where one variable is wanted; what names it.
func (v *Var) single(what string) error {
	if v.parts == nil {
		return nil
	}
	return fmt.Errorf("%s is a tuple of %d variables, want one; Part takes it apart", what, len(v.parts))
}
