package oip

import (
	"fmt"
	"net/http"
	"time"

	"github.com/gannet-ml/gannet/tensor"
)

// Datatype is the type of a tensor's elements, under the name that the protocol
// has for it.
type Datatype string

// The types of the protocol.
const (
	BOOL   Datatype = "BOOL"
	UINT8  Datatype = "UINT8"
	UINT16 Datatype = "UINT16"
	UINT32 Datatype = "UINT32"
	UINT64 Datatype = "UINT64"
	INT8   Datatype = "INT8"
	INT16  Datatype = "INT16"
	INT32  Datatype = "INT32"
	INT64  Datatype = "INT64"
	FP16   Datatype = "FP16" // IEEE 754 half precision
	BF16   Datatype = "BF16" // the upper half of an FP32
	FP32   Datatype = "FP32"
	FP64   Datatype = "FP64"
	BYTES  Datatype = "BYTES"
)

var datatypes = [...]Datatype{BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, INT64, FP16, BF16, FP32, FP64, BYTES}

// Size returns the number of bytes of an element, 0 for BYTES, whose elements have
// any, and −1 for a type that the protocol does not have.
func (d Datatype) Size() int {
	switch d {
	case BOOL, UINT8, INT8:
		return 1
	case UINT16, INT16, FP16, BF16:
		return 2
	case UINT32, INT32, FP32:
		return 4
	case UINT64, INT64, FP64:
		return 8
	case BYTES:
		return 0
	}
	return -1
}

// Port describes an input or output of a model.
type Port struct {
	Name     string       `json:"name"`
	Datatype Datatype     `json:"datatype"`
	Shape    tensor.Shape `json:"shape"` // −1 is a dimension of any size, as that of the batch
}

// Tensor is an input or output with its values, in row-major order. Parameters are
// strings, int64s, float64s and bools.
type Tensor struct {
	Name       string
	Datatype   Datatype
	Shape      tensor.Shape
	Data       any // a slice, see the package documentation
	Parameters map[string]any
	Binary     bool // in REST, as bytes after the JSON
}

// Output is an output that a request asks for.
type Output struct {
	Name       string
	Parameters map[string]any
	Binary     bool // in a REST answer, as bytes after the JSON
}

// Request asks a model for outputs.
type Request struct {
	ID         string // returned with the answer
	HasID      bool   // the client gave an ID, though it is empty
	Parameters map[string]any
	Inputs     []Tensor
	Outputs    []Output // none asks for all
	Binary     bool     // of outputs that are not listed
}

// WantsBinary reports whether an output shall be answered as bytes after the JSON.
func (r *Request) WantsBinary(output string) bool {
	for i := range r.Outputs {
		if r.Outputs[i].Name == output {
			return r.Outputs[i].Binary
		}
	}
	return r.Binary
}

// Response is the answer to a [Request].
type Response struct {
	Model, Version string
	ID             string
	HasID          bool // the request had an ID, though it is empty
	Parameters     map[string]any
	Outputs        []Tensor
}

// Error is why a request was not answered. Status is the one of HTTP; Reason a word
// for metrics and logs, such as "shape" or "queue_full". RetryAfter is when it makes
// sense to ask again, if Status is 429 or 503; 0 says nothing.
type Error struct {
	Status     int
	Reason     string
	Err        error
	RetryAfter time.Duration
}

// Error implements the interface error. It is Reason if there is no Err.
func (e *Error) Error() string {
	if e.Err == nil {
		return e.Reason
	}
	return e.Err.Error()
}

// Unwrap returns the error without its status.
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an [Error] with a message.
func Errorf(status int, reason, format string, args ...any) *Error {
	return &Error{Status: status, Reason: reason, Err: fmt.Errorf(format, args...)}
}

// invalid returns the error of a request that says something it cannot.
func invalid(reason, format string, args ...any) *Error {
	return Errorf(http.StatusBadRequest, reason, format, args...)
}
