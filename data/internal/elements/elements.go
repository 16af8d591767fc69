// Package elements reads the numbers of arrays that files hold, of any width and
// byte order, into the arrays of this library.
package elements

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/gannet-ml/gannet/internal/half"
	"github.com/gannet-ml/gannet/tensor"
)

// Type is the type of the numbers in a file.
type Type int

// Bool is read as *tensor.Bools, Uint8 as *tensor.Bytes, the other integers as
// *tensor.Ints and floats as *tensor.Tensor. Float64 rounds to the nearest
// float32; beyond its range that is infinite.
const (
	Bool Type = iota
	Uint8
	Int8
	Int16
	Uint16
	Int32
	Uint32
	Int64
	Uint64
	Float16
	Float32
	Float64
)

var sizes = [...]int{Bool: 1, Uint8: 1, Int8: 1, Int16: 2, Uint16: 2, Int32: 4, Uint32: 4, Int64: 8, Uint64: 8, Float16: 2, Float32: 4, Float64: 8}

// Size returns the number of bytes of one number.
func (t Type) Size() int { return sizes[t] }

// Bytes returns how many bytes an array of a shape has, or an error if the shape
// is impossible or they are more than an int64 can count.
func (t Type) Bytes(shape tensor.Shape) (int64, error) {
	if err := shape.Check(); err != nil {
		return 0, err
	}
	n, size := int64(shape.Size()), int64(t.Size())
	if n > math.MaxInt64/size {
		return 0, fmt.Errorf("shape %v: too many bytes", shape)
	}
	return n * size, nil
}

// Read reads an array in row-major order. The shape is one that [Type.Bytes]
// accepts. Memory grows as data come, so that a wrong shape costs only in
// proportion to what r delivers; have is how many bytes r is known to hold, for
// which memory is taken at once.
//
// An error comes with its place: the number of bytes before it.
func Read(r io.Reader, t Type, order binary.ByteOrder, shape tensor.Shape, have int64) (a tensor.Any, at int64, err error) {
	s := source{r, shape, t.Size(), have}
	switch t {
	case Bool:
		return read(s, bools)
	case Uint8:
		return read(s, func(dst, src []uint8) (int, error) { return copy(dst, src), nil })
	case Float16, Float32, Float64:
		return read(s, func(dst []float32, src []byte) (int, error) { return floats(dst, src, t, order) })
	}
	return read(s, func(dst []int, src []byte) (int, error) { return ints(dst, src, t, order) })
}

// source is what to read from.
type source struct {
	r     io.Reader
	shape tensor.Shape
	size  int // of an element, in bytes
	have  int64
}

const chunk = 1 << 16 // bytes that are read at a time

// read reads an array; convert returns at which element it failed.
func read[T tensor.Element](s source, convert func(dst []T, src []byte) (int, error)) (tensor.Any, int64, error) {
	n, per := s.shape.Size(), chunk/s.size
	known := min(int64(n), max(int64(per), s.have/int64(s.size)))
	data := make([]T, 0, known)
	buf := make([]byte, min(n, per)*s.size)
	for len(data) < n {
		first := len(data)
		count := min(n-first, per)
		src := buf[:count*s.size]
		at := int64(first) * int64(s.size)
		if got, err := io.ReadFull(s.r, src); err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return nil, at + int64(got), err
		}
		data = append(data, make([]T, count)...)
		if i, err := convert(data[first:], src); err != nil {
			return nil, at + int64(i)*int64(s.size), err
		}
	}
	return tensor.New(data, s.shape...), 0, nil
}

func bools(dst []bool, src []byte) (int, error) {
	for i, b := range src {
		if b > 1 {
			return i, fmt.Errorf("byte %d is no boolean, want 0 or 1", b)
		}
		dst[i] = b == 1
	}
	return 0, nil
}

func floats(dst []float32, src []byte, t Type, order binary.ByteOrder) (int, error) {
	for i := range dst {
		switch t {
		case Float16:
			dst[i] = half.Float32(order.Uint16(src[2*i:]))
		case Float32:
			dst[i] = math.Float32frombits(order.Uint32(src[4*i:]))
		case Float64:
			dst[i] = float32(math.Float64frombits(order.Uint64(src[8*i:])))
		}
	}
	return 0, nil
}

// ints converts integers; one that does not fit an int is an error.
func ints(dst []int, src []byte, t Type, order binary.ByteOrder) (int, error) {
	for i := range dst {
		var v int64
		switch t {
		case Int8:
			v = int64(int8(src[i]))
		case Int16:
			v = int64(int16(order.Uint16(src[2*i:])))
		case Uint16:
			v = int64(order.Uint16(src[2*i:]))
		case Int32:
			v = int64(int32(order.Uint32(src[4*i:])))
		case Uint32:
			v = int64(order.Uint32(src[4*i:]))
		case Int64:
			v = int64(order.Uint64(src[8*i:]))
		case Uint64:
			u := order.Uint64(src[8*i:])
			if u > math.MaxInt64 {
				return i, fmt.Errorf("%d does not fit an int", u)
			}
			v = int64(u)
		}
		if int64(int(v)) != v {
			return i, fmt.Errorf("%d does not fit an int", v)
		}
		dst[i] = int(v)
	}
	return 0, nil
}
