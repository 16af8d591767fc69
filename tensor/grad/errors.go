package grad

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
)

// ErrNoParams is the error of a layer that is applied before its parameters were
// made.
var ErrNoParams = errors.New("no parameters; call nn.Init or load weights")

// Error is a mistake made while a network was applied: a shape that does not
// fit, a parameter without a value. The first one stays on the tape.
type Error struct {
	// Place is the path of the layer from the outermost container inwards, such
	// as "Seq.3" or "features.0"; empty for an operation outside of layers.
	Place string
	// Op is the operation or layer, such as "Linear".
	Op string
	// Err says what is wrong: what was got and what is wanted.
	Err error
}

func (e *Error) Error() string {
	switch {
	case e.Place == "":
		return fmt.Sprintf("grad: %s: %v", e.Op, e.Err)
	default:
		return fmt.Sprintf("nn: %s (%s): %v", e.Place, e.Op, e.Err)
	}
}

// Unwrap returns e.Err.
func (e *Error) Unwrap() error { return e.Err }

// newError returns an error at a place: param, the path of the op's own parameter,
// if there is one, says most, else the parts of containers do. The outermost
// container's name comes first.
func newError(op string, err error, s *scope, param string) *Error {
	path, container := s.path()
	return &Error{Place: strings.Trim(container+"."+cmp.Or(param, path), "."), Op: op, Err: err}
}
