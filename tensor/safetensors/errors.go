package safetensors

import (
	"errors"
	"fmt"
	"strings"
)

// FormatError says why the content of a file cannot be read, or why tensors
// cannot be written. Errors of the file system are not of this type.
//
//	safetensors: m.safetensors: tensor "a.weight": data_offsets [0 16] hold 16 bytes, shape [2 3] of F32 needs 24
type FormatError struct {
	Path   string // of the file; empty if there is none
	Tensor string // the name of the tensor; empty if it is not about one
	Offset int64  // position in the file; 0 if it is not about one
	Reason string
	Err    error // [errors.ErrUnsupported] for what is valid but cannot be read here
}

// Error returns the whole message.
func (e *FormatError) Error() string {
	var b strings.Builder
	b.WriteString("safetensors: ")
	if e.Path != "" {
		fmt.Fprintf(&b, "%s: ", e.Path)
	}
	if e.Tensor != "" {
		fmt.Fprintf(&b, "tensor %q: ", e.Tensor)
	}
	if e.Offset != 0 {
		fmt.Fprintf(&b, "byte %d: ", e.Offset)
	}
	b.WriteString(e.Reason)
	return b.String()
}

// Unwrap returns Err.
func (e *FormatError) Unwrap() error { return e.Err }

// bad returns an error about a file as a whole.
func bad(format string, args ...any) *FormatError {
	return &FormatError{Reason: fmt.Sprintf(format, args...)}
}

// badTensor returns an error about one tensor.
func badTensor(name, format string, args ...any) *FormatError {
	return &FormatError{Tensor: name, Reason: fmt.Sprintf(format, args...)}
}

// unsupported returns an error about a tensor that is valid but has no array
// here.
func unsupported(name, format string, args ...any) *FormatError {
	e := badTensor(name, format, args...)
	e.Err = errors.ErrUnsupported
	return e
}

// withPath adds the path of the file to a FormatError.
func withPath(err error, path string) error {
	if e, ok := errors.AsType[*FormatError](err); ok {
		e.Path = path
	}
	return err
}
