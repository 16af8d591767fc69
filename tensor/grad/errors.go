package grad

import (
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

	param string // the path of the first parameter among the op's inputs
	root  string // the kind of the outermost container that added its place
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

// locate sets Place from what is known of it: the path of the op's own
// parameter says most, else the indices that containers added.
func (e *Error) locate(path string) {
	if i := strings.LastIndexByte(e.param, '.'); i >= 0 {
		path = e.param[:i]
	}
	e.Place = path
	if e.root != "" {
		e.Place = strings.TrimSuffix(e.root+"."+path, ".")
	}
}
