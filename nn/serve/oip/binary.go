package oip

import (
	"encoding/binary"
	"math"
)

var le = binary.LittleEndian

// binary reads the data of the tensors that are given as bytes after the JSON.
func (d *decoder) binary(kind string, rest []byte) error {
	for i, g := range d.given {
		if g.size < 0 {
			continue
		}
		t := &d.tensors[g.slot]
		d.kind, d.index, d.name = kind, i, t.Name
		if g.size > int64(len(rest)) {
			return d.errorf("binary", "binary_data_size is %d, but only %d bytes follow", g.size, len(rest))
		}
		if err := d.raw(t, rest[:g.size]); err != nil {
			return err
		}
		rest = rest[g.size:]
	}
	d.kind, d.element = "", -1
	if len(rest) > 0 {
		return d.errorf("binary", "%d bytes follow the last tensor", len(rest))
	}
	return nil
}

// raw reads the data of a tensor from bytes.
func (d *decoder) raw(t *Tensor, b []byte) error {
	n, _ := elements(t.Shape)
	size := t.Datatype.Size()
	if t.Datatype == BYTES {
		size = 4 // at least
	}
	if n > len(b)/size || t.Datatype != BYTES && n*size != len(b) {
		return d.errorf("binary", "%d bytes of data, want %d elements of %s for shape %v", len(b), n, t.Datatype, t.Shape.Clone())
	}
	if err := d.takeElements(n); err != nil {
		return err
	}
	switch t.Datatype {
	case BOOL:
		return d.rawBools(t, b)
	case UINT8:
		data := reuse[uint8](t, n)
		copy(data, b)
		store(t, data)
	case INT8:
		data := reuse[int8](t, n)
		for i, c := range b {
			data[i] = int8(c)
		}
		store(t, data)
	case UINT16, FP16, BF16:
		numbers(t, b, 2, le.Uint16)
	case INT16:
		numbers(t, b, 2, func(b []byte) int16 { return int16(le.Uint16(b)) })
	case UINT32:
		numbers(t, b, 4, le.Uint32)
	case INT32:
		numbers(t, b, 4, func(b []byte) int32 { return int32(le.Uint32(b)) })
	case UINT64:
		numbers(t, b, 8, le.Uint64)
	case INT64:
		numbers(t, b, 8, func(b []byte) int64 { return int64(le.Uint64(b)) })
	case FP32:
		data := reuse[float32](t, n)
		for i := range data {
			data[i] = math.Float32frombits(le.Uint32(b[4*i:]))
		}
		store(t, data)
	case FP64:
		numbers(t, b, 8, func(b []byte) float64 { return math.Float64frombits(le.Uint64(b)) })
	case BYTES:
		return d.rawBytes(t, n, b)
	}
	return nil
}

// numbers reads all elements of t, which are size bytes each.
func numbers[T any](t *Tensor, b []byte, size int, value func([]byte) T) {
	data := reuse[T](t, len(b)/size)
	for i := range data {
		data[i] = value(b[i*size:])
	}
	store(t, data)
}

func (d *decoder) rawBools(t *Tensor, b []byte) error {
	data := reuse[bool](t, len(b))
	for i, c := range b {
		if c > 1 {
			d.element = i
			return d.errorf("data", "a BOOL is byte %d, want 0 or 1", c)
		}
		data[i] = c == 1
	}
	store(t, data)
	return nil
}

// rawBytes reads n elements of BYTES: lengths of four bytes, each with as many
// bytes behind it.
func (d *decoder) rawBytes(t *Tensor, n int, b []byte) error {
	data := reuse[[]byte](t, n)
	chars := make([]byte, 0, len(b)-4*n)
	for i := range data {
		d.element = i
		if len(b) < 4 {
			return d.errorf("binary", "%d bytes are left, want the 4 of a length", len(b))
		}
		length := le.Uint32(b)
		b = b[4:]
		if uint64(length) > uint64(len(b)) {
			return d.errorf("binary", "has length %d, but only %d bytes are left", length, len(b))
		}
		begin := len(chars)
		chars = append(chars, b[:length]...)
		data[i] = chars[begin:len(chars):len(chars)]
		b = b[length:]
	}
	d.element = -1
	if len(b) > 0 {
		return d.errorf("binary", "%d bytes follow the last element", len(b))
	}
	store(t, data)
	return nil
}
