package oip

import (
	"fmt"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Encode appends the body of a request to dst, and returns it with the length of
// the JSON, the value of [Header]; it is -1, for no header, if all is JSON. Inputs
// with Binary set are written as bytes behind the JSON. What JSON does not hold, NaN
// or FP16 for example, is an error otherwise. Errors are of type [*Error].
func (r *Request) Encode(dst []byte) (body []byte, header int, err error) {
	e := encoder{text: dst, start: len(dst)}
	e.raw("{")
	if r.ID != "" || r.HasID {
		e.member("id")
		e.str(r.ID)
	}
	special := parameter{"binary_data_output", ""}
	if r.Binary {
		special.value = "true"
	}
	e.parameters(r.Parameters, special)
	e.tensors("inputs", r.Inputs)
	if len(r.Outputs) > 0 {
		e.member("outputs")
		e.raw("[")
		for i := range r.Outputs {
			e.output(&r.Outputs[i], r.Binary)
		}
		e.raw("]")
	}
	e.raw("}")
	return e.finish(r.Inputs)
}

// Encode appends the body of an answer to dst, and returns it with the length of the
// JSON, the value of [Header]; it is -1, for no header, if all is JSON. Outputs with
// Binary set are written as bytes behind the JSON; [Request.WantsBinary] tells which
// those are. What JSON does not hold is an error otherwise: FP16, BF16 and bytes
// that are not UTF-8 have status 400, since the client must ask for them otherwise,
// NaN and infinities status 500. Errors are of type [*Error].
func (r *Response) Encode(dst []byte) (body []byte, header int, err error) {
	e := encoder{text: dst, start: len(dst)}
	e.raw("{")
	e.member("model_name")
	e.str(r.Model)
	if r.Version != "" {
		e.member("model_version")
		e.str(r.Version)
	}
	if r.ID != "" || r.HasID {
		e.member("id")
		e.str(r.ID)
	}
	e.parameters(r.Parameters, parameter{})
	e.tensors("outputs", r.Outputs)
	e.raw("}")
	return e.finish(r.Outputs)
}

// encoder writes JSON behind start. After an error it does nothing.
type encoder struct {
	text   []byte
	start  int
	binary int // bytes that follow the JSON, -1 if no tensor is binary
	err    error

	kind, name string // of the tensor being written
}

// parameter is one that a field stands for. It is not written if its value is "".
type parameter struct{ key, value string }

func (e *encoder) raw(s string) { e.text = append(e.text, s...) }

// comma separates what follows from the element before, if there is one.
func (e *encoder) comma() {
	if last := e.text[len(e.text)-1]; last != '{' && last != '[' {
		e.raw(",")
	}
}

// member begins a member of an object. The key needs no escapes.
func (e *encoder) member(key string) {
	e.comma()
	e.raw(`"`)
	e.raw(key)
	e.raw(`":`)
}

// fail keeps the first error.
func (e *encoder) fail(status int, reason, format string, args ...any) {
	if e.err == nil {
		where := ""
		if e.kind != "" {
			where = fmt.Sprintf("%s %.64q: ", e.kind, e.name)
		}
		e.err = Errorf(status, reason, "oip: %s%w", where, fmt.Errorf(format, args...))
	}
}

// str writes a string.
func (e *encoder) str(s string) {
	if !utf8.ValidString(s) {
		e.fail(http.StatusInternalServerError, "json", "%.64q is not valid UTF-8", s)
	}
	e.text = appendString(e.text, s)
}

// parameters writes a member of that name if there are any.
func (e *encoder) parameters(m map[string]any, special parameter) {
	if len(m) == 0 && special.value == "" {
		return
	}
	e.member("parameters")
	e.raw("{")
	var keys []string
	if len(m) > 0 {
		keys = slices.Sorted(maps.Keys(m))
	}
	for _, key := range keys {
		if key == special.key && key != "" {
			e.fail(http.StatusInternalServerError, "parameters", "parameter %s is for the field Binary to set", key)
		}
		e.comma()
		e.str(key)
		e.raw(":")
		e.value(key, m[key])
	}
	if special.value != "" {
		e.member(special.key)
		e.raw(special.value)
	}
	e.raw("}")
}

// value writes the value of a parameter.
func (e *encoder) value(key string, v any) {
	switch v := v.(type) {
	case string:
		e.str(v)
	case bool:
		e.text = strconv.AppendBool(e.text, v)
	case int64:
		e.text = strconv.AppendInt(e.text, v, 10)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			e.fail(http.StatusInternalServerError, "parameters", "parameter %.64q is %v, which JSON does not have", key, v)
		}
		e.text = appendFloat(e.text, v, 64)
	default:
		e.fail(http.StatusInternalServerError, "parameters", "parameter %.64q is a %T, want a string, int64, float64 or bool", key, v)
	}
}

// output writes an output that is asked for; binary is the usual form.
func (e *encoder) output(o *Output, binary bool) {
	e.kind, e.name = "output", o.Name
	e.comma()
	e.raw("{")
	e.member("name")
	e.str(o.Name)
	special := parameter{"binary_data", ""}
	if o.Binary != binary {
		special.value = strconv.FormatBool(o.Binary)
	}
	e.parameters(o.Parameters, special)
	e.raw("}")
}

// tensors writes the list of all inputs or outputs.
func (e *encoder) tensors(key string, list []Tensor) {
	e.binary = -1
	e.member(key)
	e.raw("[")
	for i := range list {
		e.kind, e.name = key[:len(key)-1], list[i].Name
		e.comma()
		e.tensor(&list[i])
	}
	e.raw("]")
	e.kind = ""
}

// tensor writes one input or output, with its data if they are JSON.
func (e *encoder) tensor(t *Tensor) {
	e.raw("{")
	e.member("name")
	e.str(t.Name)
	e.member("datatype")
	e.str(string(t.Datatype))
	e.member("shape")
	e.raw("[")
	for _, d := range t.Shape {
		e.comma()
		e.text = strconv.AppendInt(e.text, int64(d), 10)
	}
	e.raw("]")
	size, err := t.check()
	if err != nil {
		e.fail(http.StatusInternalServerError, "data", "%w", err)
		return
	}
	if t.Binary {
		e.parameters(t.Parameters, parameter{"binary_data_size", strconv.Itoa(size)})
		e.binary = max(e.binary, 0) + size
	} else {
		e.parameters(t.Parameters, parameter{"binary_data_size", ""})
		e.member("data")
		e.data(t)
	}
	e.raw("}")
}

// finish appends the binary data of the tensors.
func (e *encoder) finish(list []Tensor) (body []byte, header int, err error) {
	if e.err != nil {
		return nil, 0, e.err
	}
	if e.binary < 0 {
		return e.text, -1, nil
	}
	header = len(e.text) - e.start
	e.text = slices.Grow(e.text, e.binary)
	for i := range list {
		if list[i].Binary {
			e.text = appendBinary(e.text, list[i].Data)
		}
	}
	return e.text, header, nil
}
