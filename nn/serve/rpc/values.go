package rpc

import (
	"encoding/binary"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/gannet-ml/gannet/nn/serve/oip"
)

var le = binary.LittleEndian

// errorf returns an error that names the input.
func (in *input) errorf(reason, format string, args ...any) error {
	return invalid(reason, "rpc: input %.64q: %s", in.name, fmt.Sprintf(format, args...))
}

// elements returns the number of elements that the shape has.
func (in *input) elements() (int, error) {
	n, fits := 1, true
	for _, size := range in.shape {
		if size == 0 {
			return 0, nil
		}
		if n > math.MaxInt/size {
			fits = false
			continue
		}
		n *= size
	}
	if !fits {
		return 0, in.errorf("shape", "shape %v has more than %d elements", in.shape, math.MaxInt)
	}
	return n, nil
}

// raw reads n elements from raw contents, which the result may be a part of.
func (in *input) raw(b []byte, n int) (any, error) {
	size := in.datatype.Size()
	switch {
	case size < 0:
		return nil, in.errorf("datatype", "unknown datatype %.64q", in.datatype)
	case size == 0:
		return in.rawBytes(b, n)
	case n > len(b)/size || n*size != len(b):
		return nil, in.errorf("raw", "%d bytes of raw contents, want %d elements of %s for shape %v", len(b), n, in.datatype, in.shape)
	}
	switch in.datatype {
	case oip.BOOL:
		for i, c := range b {
			if c > 1 {
				return nil, in.errorf("data", "element %d: a BOOL is byte %d, want 0 or 1", i, c)
			}
		}
		return rawNumbers[bool](b, n)
	case oip.UINT8:
		return b, nil
	case oip.INT8:
		return rawNumbers[int8](b, n)
	case oip.UINT16, oip.FP16, oip.BF16:
		return rawNumbers[uint16](b, n)
	case oip.INT16:
		return rawNumbers[int16](b, n)
	case oip.UINT32:
		return rawNumbers[uint32](b, n)
	case oip.INT32:
		return rawNumbers[int32](b, n)
	case oip.UINT64:
		return rawNumbers[uint64](b, n)
	case oip.INT64:
		return rawNumbers[int64](b, n)
	case oip.FP64:
		return rawNumbers[float64](b, n)
	}
	dst := make([]float32, n)
	singles(dst, b)
	return dst, nil
}

// rawNumbers reads n numbers.
func rawNumbers[T any](b []byte, n int) (any, error) {
	dst := make([]T, n)
	_, err := binary.Decode(b, le, dst)
	return dst, err
}

// singles is binary.Decode for the type that most tensors have.
func singles(dst []float32, b []byte) {
	for i := range dst {
		dst[i] = math.Float32frombits(le.Uint32(b[4*i:]))
	}
}

// rawBytes reads n elements of BYTES: lengths of four bytes, each with as many bytes
// behind it.
func (in *input) rawBytes(b []byte, n int) (any, error) {
	if n > len(b)/4 {
		return nil, in.errorf("raw", "%d bytes of raw contents, want %d elements of BYTES for shape %v", len(b), n, in.shape)
	}
	dst := make([][]byte, n)
	for i := range dst {
		if len(b) < 4 {
			return nil, in.errorf("raw", "element %d: %d bytes are left, want the 4 of a length", i, len(b))
		}
		length := le.Uint32(b)
		b = b[4:]
		if uint64(length) > uint64(len(b)) {
			return nil, in.errorf("raw", "element %d has length %d, but only %d bytes are left", i, length, len(b))
		}
		dst[i], b = b[:length:length], b[length:]
	}
	if len(b) > 0 {
		return nil, in.errorf("raw", "%d bytes follow the last element", len(b))
	}
	return dst, nil
}

// contentsNames are the names of the fields of InferTensorContents.
var contentsNames = [...]string{
	1: "bool_contents", 2: "int_contents", 3: "int64_contents", 4: "uint_contents",
	5: "uint64_contents", 6: "fp32_contents", 7: "fp64_contents", 8: "bytes_contents",
}

// contentsField returns the field that holds elements of a datatype, 0 if none does.
func contentsField(d oip.Datatype) protowire.Number {
	switch d {
	case oip.BOOL:
		return 1
	case oip.INT8, oip.INT16, oip.INT32:
		return 2
	case oip.INT64:
		return 3
	case oip.UINT8, oip.UINT16, oip.UINT32:
		return 4
	case oip.UINT64:
		return 5
	case oip.FP32:
		return 6
	case oip.FP64:
		return 7
	case oip.BYTES:
		return 8
	}
	return 0
}

// values reads the n elements that are in contents. What is allocated follows from
// what is there, whatever the shape says.
func (in *input) values(n int) (any, error) {
	want := contentsField(in.datatype)
	if want == 0 {
		if in.datatype.Size() > 0 {
			return nil, in.errorf("datatype", "%s is not for contents, want raw_input_contents", in.datatype)
		}
		return nil, in.errorf("datatype", "unknown datatype %.64q", in.datatype)
	}
	got := 0
	err := fields(in.contents, func(f field) error {
		count, err := f.count()
		if err == nil && count > 0 && f.number != want {
			return in.errorf("data", "%d elements are in %s, want %s for %s", count, contentsNames[f.number], contentsNames[want], in.datatype)
		}
		got += count
		return err
	})
	if err != nil {
		return nil, err
	}
	if got != n {
		return nil, in.errorf("shape", "%d elements in %s, want the %d of shape %v", got, contentsNames[want], n, in.shape)
	}
	switch in.datatype {
	case oip.BOOL:
		return numbers(in, n, func(bits uint64) (bool, bool) { return bits != 0, true })
	case oip.INT8:
		return numbers(in, n, signed[int8])
	case oip.INT16:
		return numbers(in, n, signed[int16])
	case oip.INT32:
		return numbers(in, n, signed[int32])
	case oip.INT64:
		return numbers(in, n, func(bits uint64) (int64, bool) { return int64(bits), true })
	case oip.UINT8:
		return numbers(in, n, unsigned[uint8])
	case oip.UINT16:
		return numbers(in, n, unsigned[uint16])
	case oip.UINT32:
		return numbers(in, n, unsigned[uint32])
	case oip.UINT64:
		return numbers(in, n, func(bits uint64) (uint64, bool) { return bits, true })
	case oip.FP32:
		return in.floats32(n)
	case oip.FP64:
		return in.floats64(n)
	}
	dst := make([][]byte, 0, n)
	err = fields(in.contents, func(f field) error {
		if f.number == want && f.kind == protowire.BytesType {
			dst = append(dst, f.bytes)
		}
		return nil
	})
	return dst, err
}

// count returns the number of elements in a field of InferTensorContents, 0 if
// it is an unknown one. Repeated numbers may be packed in one field.
func (f *field) count() (int, error) {
	switch {
	case f.number < 1 || f.number > 8:
		return 0, nil
	case f.kind == protowire.BytesType:
		return f.packed()
	case f.kind == protowire.VarintType && f.number <= 5, f.kind == protowire.Fixed32Type && f.number == 6, f.kind == protowire.Fixed64Type && f.number == 7:
		return 1, nil
	}
	return 0, nil
}

// packed counts the elements in the bytes of a field.
func (f *field) packed() (int, error) {
	size := 0
	switch f.number {
	case 8:
		return 1, nil
	case 6:
		size = 4
	case 7:
		size = 8
	default:
		n, whole := 0, true
		for _, c := range f.bytes {
			if whole = c < 0x80; whole { // the last byte of a number
				n++
			}
		}
		if !whole {
			return 0, broken(-1)
		}
		return n, nil
	}
	if len(f.bytes)%size != 0 {
		return 0, broken(-1)
	}
	return len(f.bytes) / size, nil
}

// numbers reads n elements that are varints. The result of value is false for one that
// is out of range.
func numbers[T any](in *input, n int, value func(bits uint64) (T, bool)) (any, error) {
	dst := make([]T, 0, n)
	put := func(bits uint64) error {
		v, ok := value(bits)
		if !ok {
			return in.errorf("data", "element %d is %d, which is no %s", len(dst), int32(bits), in.datatype)
		}
		dst = append(dst, v)
		return nil
	}
	want := contentsField(in.datatype)
	err := fields(in.contents, func(f field) error {
		switch {
		case f.number != want:
		case f.kind == protowire.VarintType:
			return put(f.bits)
		case f.kind == protowire.BytesType:
			return varints(f.bytes, put)
		}
		return nil
	})
	return dst, err
}

// signed narrows an int32 of the protocol.
func signed[T int8 | int16 | int32](bits uint64) (T, bool) {
	v := int32(bits)
	return T(v), int32(T(v)) == v
}

// unsigned narrows a uint32 of the protocol.
func unsigned[T uint8 | uint16 | uint32](bits uint64) (T, bool) {
	v := uint32(bits)
	return T(v), uint32(T(v)) == v
}

// floats32 reads n elements of FP32.
func (in *input) floats32(n int) (any, error) {
	dst := make([]float32, n)
	rest := dst
	err := fields(in.contents, func(f field) error {
		switch {
		case f.number != 6:
		case f.kind == protowire.Fixed32Type:
			rest[0], rest = math.Float32frombits(uint32(f.bits)), rest[1:]
		case f.kind == protowire.BytesType:
			k := len(f.bytes) / 4
			singles(rest[:k], f.bytes)
			rest = rest[k:]
		}
		return nil
	})
	return dst, err
}

// floats64 reads n elements of FP64.
func (in *input) floats64(n int) (any, error) {
	dst := make([]float64, n)
	rest := dst
	err := fields(in.contents, func(f field) error {
		switch {
		case f.number != 7:
		case f.kind == protowire.Fixed64Type:
			rest[0], rest = math.Float64frombits(f.bits), rest[1:]
		case f.kind == protowire.BytesType:
			k := len(f.bytes) / 8
			for i := range k {
				rest[i] = math.Float64frombits(le.Uint64(f.bytes[8*i:]))
			}
			rest = rest[k:]
		}
		return nil
	})
	return dst, err
}
