package oip

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"unicode/utf8"
)

// check returns the size of a tensor's data in bytes, or what is wrong with it.
func (t *Tensor) check() (size int, err error) {
	length, datatype := -1, t.Datatype
	switch data := t.Data.(type) {
	case []bool:
		length, datatype = len(data), BOOL
	case []uint8:
		length, datatype = len(data), UINT8
	case []uint16:
		length = len(data)
		if datatype != FP16 && datatype != BF16 {
			datatype = UINT16
		}
	case []uint32:
		length, datatype = len(data), UINT32
	case []uint64:
		length, datatype = len(data), UINT64
	case []int8:
		length, datatype = len(data), INT8
	case []int16:
		length, datatype = len(data), INT16
	case []int32:
		length, datatype = len(data), INT32
	case []int64:
		length, datatype = len(data), INT64
	case []float32:
		length, datatype = len(data), FP32
	case []float64:
		length, datatype = len(data), FP64
	case [][]byte:
		length, datatype = len(data), BYTES
		for i, b := range data {
			if uint64(len(b)) > math.MaxUint32 {
				return 0, fmt.Errorf("element %d has %d bytes, want at most %d", i, len(b), uint32(math.MaxUint32))
			}
			size += 4 + len(b)
		}
	}
	if length < 0 || datatype != t.Datatype {
		return 0, fmt.Errorf("data are a %T, which is not the type of datatype %q", t.Data, t.Datatype)
	}
	if err := t.Shape.Check(); err != nil {
		return 0, err
	}
	if n := t.Shape.Size(); n != length {
		return 0, fmt.Errorf("%d elements of data, want the %d of shape %v", length, n, t.Shape)
	}
	return size + length*t.Datatype.Size(), nil
}

// data writes a tensor's data as a flat list.
func (e *encoder) data(t *Tensor) {
	if t.Datatype == FP16 || t.Datatype == BF16 {
		e.fail(http.StatusBadRequest, "datatype", "%s has no form in JSON, ask for it as binary data", t.Datatype)
		return
	}
	e.raw("[")
	switch data := t.Data.(type) {
	case []bool:
		appendAll(e, data, strconv.AppendBool)
	case []uint8:
		appendAll(e, data, appendUint[uint8])
	case []uint16:
		appendAll(e, data, appendUint[uint16])
	case []uint32:
		appendAll(e, data, appendUint[uint32])
	case []uint64:
		appendAll(e, data, appendUint[uint64])
	case []int8:
		appendAll(e, data, appendInt[int8])
	case []int16:
		appendAll(e, data, appendInt[int16])
	case []int32:
		appendAll(e, data, appendInt[int32])
	case []int64:
		appendAll(e, data, appendInt[int64])
	case []float32:
		e.floats32(data)
	case []float64:
		e.floats64(data)
	case [][]byte:
		e.strings(data)
	}
	e.raw("]")
}

func appendAll[T any](e *encoder, data []T, value func([]byte, T) []byte) {
	dst := e.text
	for i, v := range data {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = value(dst, v)
	}
	e.text = dst
}

func appendUint[T uint8 | uint16 | uint32 | uint64](dst []byte, v T) []byte {
	return strconv.AppendUint(dst, uint64(v), 10)
}

func appendInt[T int8 | int16 | int32 | int64](dst []byte, v T) []byte {
	return strconv.AppendInt(dst, int64(v), 10)
}

func (e *encoder) floats32(data []float32) {
	for i, v := range data {
		if v-v != 0 {
			e.notFinite(i, float64(v))
			return
		}
	}
	appendAll(e, data, func(dst []byte, v float32) []byte { return appendFloat(dst, float64(v), 32) })
}

func (e *encoder) floats64(data []float64) {
	for i, v := range data {
		if v-v != 0 {
			e.notFinite(i, v)
			return
		}
	}
	appendAll(e, data, func(dst []byte, v float64) []byte { return appendFloat(dst, v, 64) })
}

// notFinite is the error of an element that is NaN or infinite.
func (e *encoder) notFinite(i int, v float64) {
	e.fail(http.StatusInternalServerError, "data", "element %d is %v, which JSON does not have; ask for binary data", i, v)
}

func (e *encoder) strings(data [][]byte) {
	for i, s := range data {
		if !utf8.Valid(s) {
			e.fail(http.StatusBadRequest, "data", "element %d is not valid UTF-8, which JSON must be; ask for binary data", i)
			return
		}
	}
	appendAll(e, data, appendString[[]byte])
}

// appendFloat appends the shortest decimal number that is read back as v, which is
// finite. It has a point or an exponent, so that it stays a floating-point number
// where types are guessed, and keeps the sign of zero.
func appendFloat(dst []byte, v float64, bits int) []byte {
	format := byte('f')
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	begin := len(dst)
	dst = strconv.AppendFloat(dst, v, format, -1, bits)
	if format == 'f' && bytes.IndexByte(dst[begin:], '.') < 0 {
		dst = append(dst, ".0"...)
	}
	return dst
}

// appendString appends a string of valid UTF-8 with quotes.
func appendString[S string | []byte](dst []byte, s S) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	begin := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[begin:i]...)
		begin = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, `\n`...)
		default:
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		}
	}
	dst = append(dst, s[begin:]...)
	return append(dst, '"')
}

// appendBinary appends data as the binary extension has them.
func appendBinary(dst []byte, data any) []byte {
	switch data := data.(type) {
	case []bool:
		for _, v := range data {
			dst = append(dst, 0)
			if v {
				dst[len(dst)-1] = 1
			}
		}
	case []uint8:
		dst = append(dst, data...)
	case []int8:
		for _, v := range data {
			dst = append(dst, uint8(v))
		}
	case []uint16:
		for _, v := range data {
			dst = le.AppendUint16(dst, v)
		}
	case []int16:
		for _, v := range data {
			dst = le.AppendUint16(dst, uint16(v))
		}
	case []uint32:
		for _, v := range data {
			dst = le.AppendUint32(dst, v)
		}
	case []int32:
		for _, v := range data {
			dst = le.AppendUint32(dst, uint32(v))
		}
	case []uint64:
		for _, v := range data {
			dst = le.AppendUint64(dst, v)
		}
	case []int64:
		for _, v := range data {
			dst = le.AppendUint64(dst, uint64(v))
		}
	case []float32:
		for _, v := range data {
			dst = le.AppendUint32(dst, math.Float32bits(v))
		}
	case []float64:
		for _, v := range data {
			dst = le.AppendUint64(dst, math.Float64bits(v))
		}
	case [][]byte:
		for _, v := range data {
			dst = append(le.AppendUint32(dst, uint32(len(v))), v...)
		}
	}
	return dst
}
