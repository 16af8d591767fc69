package npy

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/gannet-ml/gannet/internal/atomicfile"
	"github.com/gannet-ml/gannet/tensor"
)

// Save writes an array to a .npy file, in one step: until the whole is on the
// disk, the path holds what it held before.
func Save(path string, a tensor.Any) error {
	err := atomicfile.Write(path, func(w io.Writer) error { return encode(w, a) })
	if err != nil {
		return fmt.Errorf("npy: %s: %w", path, err)
	}
	return nil
}

// Encode writes an array to w in version 1.0 of the .npy format, little-endian
// and row-major.
func Encode(w io.Writer, a tensor.Any) error {
	if err := encode(w, a); err != nil {
		return fmt.Errorf("npy: %w", err)
	}
	return nil
}

func encode(w io.Writer, a tensor.Any) error {
	switch a := a.(type) {
	case *tensor.Tensor:
		return write(w, "<f4", a, func(b []byte, v float32) []byte { return le.AppendUint32(b, math.Float32bits(v)) })
	case *tensor.Ints:
		return write(w, "<i8", a, func(b []byte, v int) []byte { return le.AppendUint64(b, uint64(v)) })
	case *tensor.Bytes:
		return write(w, "|u1", a, func(b []byte, v uint8) []byte { return append(b, v) })
	case *tensor.Bools:
		return write(w, "|b1", a, func(b []byte, v bool) []byte {
			if v {
				return append(b, 1)
			}
			return append(b, 0)
		})
	}
	return fmt.Errorf("array is %v, want a tensor", a)
}

var le = binary.LittleEndian

// write writes a header and the elements, which add appends to bytes.
func write[T tensor.Element](w io.Writer, descr string, a *tensor.Array[T], add func(b []byte, v T) []byte) error {
	if a == nil {
		return fmt.Errorf("array is nil, want a tensor")
	}
	if a.Rank() > maxAxes {
		return fmt.Errorf("shape %v has more than %d axes", a.Shape(), maxAxes)
	}
	if !a.Contiguous() {
		a = a.Clone()
	}
	const chunk = 1 << 16
	b := headerOf(descr, a.Shape())
	for _, v := range a.Data() {
		if len(b) >= chunk {
			if _, err := w.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
		b = add(b, v)
	}
	_, err := w.Write(b)
	return err
}

// headerOf returns what comes before the elements. Spaces pad it so that they
// start at a multiple of 64, as NumPy has it.
func headerOf(descr string, shape tensor.Shape) []byte {
	sizes := strings.ReplaceAll(strings.Trim(shape.String(), "[]"), " ", ", ")
	if len(shape) == 1 {
		sizes += ","
	}
	dict := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, sizes)
	const start = len(magic) + 4
	end := (start + len(dict) + 1 + 63) / 64 * 64
	b := append([]byte(magic), 1, 0)
	b = le.AppendUint16(b, uint16(end-start))
	b = append(b, dict...)
	b = append(b, strings.Repeat(" ", end-1-len(b))...)
	return append(b, '\n')
}
