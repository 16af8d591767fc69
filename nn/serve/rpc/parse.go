package rpc

import (
	"math"
	"net/http"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/gannet-ml/gannet/nn/serve/oip"
)

// maxTensors, maxParameters and maxRank bound what a message has of small things,
// which take more memory than bytes of the message.
const (
	maxTensors    = 256 // inputs, and outputs
	maxParameters = 256 // in one place
	maxRank       = 16
)

// invalid returns the error of a message that says something it cannot.
func invalid(reason, format string, args ...any) error {
	return oip.Errorf(http.StatusBadRequest, reason, format, args...)
}

// message is a ModelInferRequest whose tensors are still as they came.
type message struct {
	model, version, id string
	parameters         map[string]any
	inputs             []input
	outputs            []oip.Output
	raw                [][]byte // of the inputs; none if they have contents
	withContents       bool     // some input
}

// input is an InferInputTensor.
type input struct {
	name       string
	datatype   oip.Datatype
	shape      []int
	parameters map[string]any
	contents   []byte // an InferTensorContents
}

// field is a field of a message. What it holds is bytes, or bits.
type field struct {
	number protowire.Number
	kind   protowire.Type
	bytes  []byte
	bits   uint64
}

// fields calls each for the fields of a message, in order; groups, which no message of
// the protocol has, are skipped. Like other parsers it takes a known number with
// another kind for an unknown field; it is up to each to look at the kind.
func fields(b []byte, each func(f field) error) error {
	for len(b) > 0 {
		number, kind, n := protowire.ConsumeTag(b)
		if n < 0 {
			return broken(n)
		}
		if number > protowire.MaxValidNumber {
			return invalid("message", "rpc: the message is broken: field number %d", number)
		}
		b = b[n:]
		f := field{number: number, kind: kind}
		switch kind {
		case protowire.VarintType:
			f.bits, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var bits uint32
			bits, n = protowire.ConsumeFixed32(b)
			f.bits = uint64(bits)
		case protowire.Fixed64Type:
			f.bits, n = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(b)
		default:
			n = protowire.ConsumeFieldValue(number, kind, b)
		}
		if n < 0 {
			return broken(n)
		}
		b = b[n:]
		if err := each(f); err != nil {
			return err
		}
	}
	return nil
}

// broken is the error of bytes that are no message.
func broken(n int) error {
	return invalid("message", "rpc: the message is broken: %w", protowire.ParseError(n))
}

// text reads a string.
func (f *field) text(dst *string) error {
	if !utf8.Valid(f.bytes) {
		return invalid("message", "rpc: %.64q is not valid UTF-8", f.bytes)
	}
	*dst = string(f.bytes)
	return nil
}

// parse reads a message but for its tensors, which stay parts of b.
func parse(b []byte) (*message, error) {
	m := new(message)
	err := fields(b, func(f field) error {
		if f.kind != protowire.BytesType {
			return nil
		}
		switch f.number {
		case 1:
			return f.text(&m.model)
		case 2:
			return f.text(&m.version)
		case 3:
			return f.text(&m.id)
		case 4:
			return parameter(&m.parameters, f.bytes)
		case 5:
			return m.input(f.bytes)
		case 6:
			return m.output(f.bytes)
		case 7:
			if len(m.raw) == maxTensors {
				return invalid("limit", "rpc: more than %d raw_input_contents", maxTensors)
			}
			m.raw = append(m.raw, f.bytes)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(m.raw) > 0 && m.withContents {
		return nil, invalid("raw", "rpc: the message has raw_input_contents, and contents of an input too")
	}
	return m, nil
}

// input reads an InferInputTensor.
func (m *message) input(b []byte) error {
	if len(m.inputs) == maxTensors {
		return invalid("limit", "rpc: more than %d inputs", maxTensors)
	}
	var in input
	err := fields(b, func(f field) error {
		switch {
		case f.number == 3:
			return in.axes(f)
		case f.kind != protowire.BytesType:
		case f.number == 1:
			return f.text(&in.name)
		case f.number == 2:
			return f.text((*string)(&in.datatype))
		case f.number == 4:
			return parameter(&in.parameters, f.bytes)
		case f.number == 5:
			// A message given in parts is the one of the parts together.
			m.withContents = true
			if in.contents == nil {
				in.contents = f.bytes[:len(f.bytes):len(f.bytes)]
			} else {
				in.contents = append(in.contents, f.bytes...)
			}
		}
		return nil
	})
	m.inputs = append(m.inputs, in)
	return err
}

// axes reads one size of a shape, or many.
func (in *input) axes(f field) error {
	if f.kind == protowire.VarintType {
		return in.axis(f.bits)
	}
	return varints(f.bytes, in.axis)
}

// axis appends a size to the shape.
func (in *input) axis(bits uint64) error {
	if len(in.shape) == maxRank {
		return in.errorf("limit", "a shape of more than %d axes", maxRank)
	}
	if size := int64(bits); size < 0 || size > math.MaxInt {
		return in.errorf("shape", "size %d of axis %d", size, len(in.shape))
	}
	in.shape = append(in.shape, int(bits))
	return nil
}

// varints calls each for packed numbers.
func varints(b []byte, each func(bits uint64) error) error {
	for len(b) > 0 {
		bits, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return broken(n)
		}
		if err := each(bits); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// output reads an InferRequestedOutputTensor.
func (m *message) output(b []byte) error {
	if len(m.outputs) == maxTensors {
		return invalid("limit", "rpc: more than %d outputs", maxTensors)
	}
	var out oip.Output
	err := fields(b, func(f field) error {
		switch {
		case f.kind != protowire.BytesType:
		case f.number == 1:
			return f.text(&out.Name)
		case f.number == 2:
			return parameter(&out.Parameters, f.bytes)
		}
		return nil
	})
	m.outputs = append(m.outputs, out)
	return err
}

// parameter reads an entry of a map of parameters.
func parameter(list *map[string]any, b []byte) error {
	var key string
	var value any
	err := fields(b, func(f field) error {
		switch {
		case f.kind != protowire.BytesType:
		case f.number == 1:
			return f.text(&key)
		case f.number == 2:
			return choice(&value, f.bytes)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if value == nil {
		return invalid("parameter", "rpc: parameter %.64q has no value", key)
	}
	if *list == nil {
		*list = map[string]any{}
	}
	(*list)[key] = value
	if len(*list) > maxParameters {
		return invalid("limit", "rpc: more than %d parameters", maxParameters)
	}
	return nil
}

// choice reads an InferParameter.
func choice(value *any, b []byte) error {
	return fields(b, func(f field) error {
		switch {
		case f.number == 1 && f.kind == protowire.VarintType:
			*value = f.bits != 0
		case f.number == 2 && f.kind == protowire.VarintType:
			*value = int64(f.bits)
		case f.number == 3 && f.kind == protowire.BytesType:
			var s string
			if err := f.text(&s); err != nil {
				return err
			}
			*value = s
		case f.number == 4 && f.kind == protowire.Fixed64Type:
			*value = math.Float64frombits(f.bits)
		case f.number == 5 && f.kind == protowire.VarintType:
			if f.bits > math.MaxInt64 {
				return invalid("parameter", "rpc: a parameter is %d, want at most %d", f.bits, int64(math.MaxInt64))
			}
			*value = int64(f.bits)
		}
		return nil
	})
}
